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
// Saved for backward: a if b wants a gradient, b if a does (HG_KEEP_CROSSWISE). So x * 2
// keeps no x.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Product {
  static auto y(auto a, auto b) { return times(a, b); }
};

struct Mul : Binary<Product> {
  template <class T>
  static void backward(Call& c) {
    Elements<T> a{c.in(0)}, b{c.in(1)}, dy{c.dout(0)};
    gradient<T>(c, 0, [](auto b, auto dy) { return dy * b; }, b, dy);
    gradient<T>(c, 1, [](auto a, auto dy) { return dy * a; }, a, dy);
  }
};

}  // namespace

void describe_mul(plugin::Plugin& p) {
  p.op<Mul>("core.mul")
      .doc("The product of two tensors, element by element.")
      .formula("y = a * b")
      .in("input").in("other").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[3,1,4] normal[2,1]")
      .sample("normal normal[2,3]")
      .sample("normal[5] normal");
  elementwise_kernels<Mul>(p, "core.mul", AllTypes{})
      .may_alias({0}).keep_in({0, 1}).flags(HG_KEEP_CROSSWISE);
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.mul");

Tensor operator*(const Tensor& a, const Tensor& b) { return run(op, {&a, &b}); }
Tensor operator*(const Tensor& a, Scalar b) { return a * wrapped_number(b, a); }
Tensor operator*(Scalar a, const Tensor& b) { return wrapped_number(a, b) * b; }
Tensor Tensor::mul(const Tensor& other) const { return *this * other; }
Tensor Tensor::mul(Scalar other) const { return *this * other; }
Tensor Tensor::mul_(const Tensor& other) const { return run_in_place(op, {this, &other}); }
Tensor Tensor::mul_(Scalar other) const { return mul_(wrapped_number(other, *this)); }

}  // namespace hg
