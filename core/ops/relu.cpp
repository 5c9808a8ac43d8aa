// relu: what is negative becomes 0.
//
// Forward.
//
//     y = max(x, 0)
//
//   NaN stays NaN: a broken number must not turn into a harmless 0.
//
// Backward.  Where x > 0, y moves as x does; where x < 0, y does not move:
//
//     dL/dx = dy where y > 0, else 0                                             (*)
//
//   At the corner x = 0 every slope from 0 to 1 would do; 0 is taken, as PyTorch does.
//   Note that y > 0 exactly where x > 0, so the output tells all.
//
//   Check by thought: a unit whose x is negative for every example gets no gradient, and
//   stays as it is: this is the "dead" unit that a large step can make.
//
// Saved for backward: y.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Relu {
  static constexpr bool keeps_x = false, keeps_y = true;
  template <class T>
  static T y(T x) { return x < T(0) ? T(0) : x; }
  template <class T>
  static T dx(T, T y, T dy) { return y <= T(0) ? T(0) : dy; }
};

}  // namespace

void describe_relu(plugin::Plugin& p) {
  p.op<Unary<Relu>>("core.relu")
      .doc("Negative elements become 0.")
      .formula("y = max(x, 0)")
      .in("input").out("output")
      .sample("distinct[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Relu>(p, "core.relu", Numbers{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.relu");

Tensor Tensor::relu() const { return run(op, {this}); }
Tensor Tensor::relu_() const { return run_in_place(op, {this}); }

}  // namespace hg
