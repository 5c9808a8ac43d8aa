// mul: the product, element by element.
//
// Forward.
//
//     y = a * b
//
// Backward.  How far y moves when a does is told by b, and the other way round:
//
//     dL/da = dy * b             dL/db = dy * a                                  (*)
//
//   and where an operand was stretched, its gradient is summed (broadcast.hpp).
//
//   Check by thought: a factor of 0 blocks the gradient of the other factor, as a closed
//   gate does in an LSTM; and x * x gives x*dy twice over, 2x*dy, the slope of a square.
//
// Saved for backward: a and b, each for the other's gradient.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Mul {
  static constexpr bool keeps_a = true, keeps_b = true, keeps_y = false;
  template <class T>
  static T y(T a, T b) { return times(a, b); }
  template <class T>
  static T da(T, T b, T, T dy) { return dy * b; }
  template <class T>
  static T db(T a, T, T, T dy) { return dy * a; }
};

}  // namespace

void describe_mul(plugin::Plugin& p) {
  p.op<Binary<Mul>>("core.mul")
      .doc("The product of two tensors, element by element.")
      .formula("y = a * b")
      .in("input").in("other").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[3,1,4] normal[2,1]")
      .sample("normal normal[2,3]")
      .sample("normal[5] normal");
  binary_kernels<Mul>(p, "core.mul", AllTypes{});
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op op("core.mul");

Tensor operator*(const Tensor& a, const Tensor& b) { return run(op, {&a, &b}); }
Tensor operator*(const Tensor& a, Scalar b) { return a * wrapped_number(b, a); }
Tensor operator*(Scalar a, const Tensor& b) { return wrapped_number(a, b) * b; }
Tensor Tensor::mul(const Tensor& other) const { return *this * other; }
Tensor Tensor::mul(Scalar other) const { return *this * other; }
Tensor Tensor::mul_(const Tensor& other) const { return run_in_place(op, {this, &other}); }
Tensor Tensor::mul_(Scalar other) const { return mul_(wrapped_number(other, *this)); }

}  // namespace hg
