// leaky_relu: relu with a small slope on the left.
//
// Forward.  With the slope m (`negative_slope`), which is a constant:
//
//     y = x if x > 0, else m * x
//
// Backward.
//
//     dL/dx = dy if x > 0, else m * dy                                           (*)
//
//   At the corner x = 0 every slope from m to 1 would do; m is taken, as PyTorch does.
//
//   Check by thought: with m = 0 this is relu. With m > 0 a unit that is negative for every
//   example still gets a gradient, m times as strong: it cannot die.
//
// Saved for backward: x.
#include "nn/functional.hpp"
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

template <class T>
struct LeakyRelu {
  static constexpr bool keeps_x = true;
  T m;
  explicit LeakyRelu(const Call& c) : m(T(c.attr(0).number())) {}
  T y(T x) const { return x > 0 ? x : m * x; }
  T dx(T x, T dy) const { return x > 0 ? dy : m * dy; }
};

}  // namespace

void describe_leaky_relu(plugin::Plugin& p) {
  describe_with<LeakyRelu>(p, "core.leaky_relu")
      .doc("Negative elements are made small.")
      .formula("y = x if x > 0 else negative_slope * x")
      .attr("negative_slope", HG_FLOAT, 0.01, "on the left of 0")
      .sample("distinct[3,4]").sample("distinct", R"({"negative_slope":0.3})")
      .sample("distinct[2,1,3]", R"({"negative_slope":-1})");
}

}  // namespace ops

Tensor nn::functional::leaky_relu(const Tensor& x, double negative_slope) {
  static constinit const Op op("core.leaky_relu");
  return run(op, {&x}, {negative_slope});
}

}  // namespace hg
