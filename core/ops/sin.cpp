// sin, cos: of angles in radians.
//
// Forward.
//
//     sin:  y = sin(x)                   cos:  y = cos(x)
//
// Backward.  The slope of one is the other, a quarter of a turn ahead:
//
//     sin:  dL/dx = dy * cos(x)          cos:  dL/dx = -dy * sin(x)              (*)
//
//   Check by thought: (cos t, sin t) runs around a circle with velocity (-sin t, cos t),
//   which is at right angles to the radius, as it should.
//
// Saved for backward: x. The output alone would not do: sin(x) fits two slopes.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Sin {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::sin(x); }
  static auto dx(auto x, auto, auto dy) { return dy * std::cos(x); }
};

struct Cos {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::cos(x); }
  static auto dx(auto x, auto, auto dy) { return -dy * std::sin(x); }
};

}  // namespace

void describe_sin(plugin::Plugin& p) {
  p.op<Unary<Sin>>("core.sin")
      .doc("The sine of each element, an angle in radians.")
      .formula("y = sin(x)")
      .in("input").out("output")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Sin>(p, "core.sin", Floats{});

  p.op<Unary<Cos>>("core.cos")
      .doc("The cosine of each element, an angle in radians.")
      .formula("y = cos(x)")
      .in("input").out("output")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Cos>(p, "core.cos", Floats{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op sin_op("core.sin"), cos_op("core.cos");
}

Tensor Tensor::sin() const { return run(sin_op, {this}); }
Tensor Tensor::cos() const { return run(cos_op, {this}); }

}  // namespace hg
