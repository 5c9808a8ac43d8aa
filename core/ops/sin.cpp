// sin, cos, tan, asin, acos, atan, sinh, cosh: functions of angles in radians, those that
// find the angle, and the same for the hyperbola.
//
// Forward.
//
//     sin, cos:    the point (cos x, sin x) of the circle u^2 + v^2 = 1, x along the rim
//     tan:         sin(x) / cos(x)
//     asin, acos:  the angle whose sine, cosine is x; from -pi/2 to pi/2, from 0 to pi
//     atan:        the angle whose tangent is x, from -pi/2 to pi/2
//     sinh, cosh:  (e^x - e^-x)/2, (e^x + e^-x)/2: cosh^2 - sinh^2 = 1
//
// Backward.  The slope of the sine is the cosine, a quarter of a turn ahead; one more
//   quarter on, it is -sin. For tan, the quotient rule: (cos^2 + sin^2) / cos^2 = 1 + y^2.
//
//     sin:   dL/dx = dy * cos(x)         cos:   dL/dx = -dy * sin(x)
//     tan:   dL/dx = dy * (1 + y^2)                                              (*)
//     sinh:  dL/dx = dy * cosh(x)        cosh:  dL/dx = dy * sinh(x)
//
//   An inverse has one over the slope. For y = asin(x) that is 1/cos(y), and cos(y) =
//   sqrt(1 - sin(y)^2) = sqrt(1 - x^2); acos(x) = pi/2 - asin(x); for y = atan(x) it is
//   1/(1 + tan(y)^2):
//
//     asin:  dL/dx = dy / sqrt(1 - x^2)
//     acos:  dL/dx = -dy / sqrt(1 - x^2)
//     atan:  dL/dx = dy / (1 + x^2)                                             (**)
//
//   Check by thought: (cos t, sin t) runs around a circle with velocity (-sin t, cos t),
//   which is at right angles to the radius, as it should.
//
// Saved for backward: x (for tan y). For sin, y would not do: it fits two slopes.
//
// Delicate.  Near x = 1, 1 - x^2 is a small difference of two numbers close to 1.
// (1-x)*(1+x) is the same, and 1-x is exact there. Outside [-1,1] no angle is found: NaN.
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

struct Tan {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return std::tan(x); }
  static auto dx(auto, auto y, auto dy) { return dy * (1 + y * y); }
};

struct Asin {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::asin(x); }
  static auto dx(auto x, auto, auto dy) { return dy / std::sqrt((1 - x) * (1 + x)); }
};

struct Acos {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::acos(x); }
  static auto dx(auto x, auto, auto dy) { return -dy / std::sqrt((1 - x) * (1 + x)); }
};

struct Atan {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::atan(x); }
  static auto dx(auto x, auto, auto dy) { return dy / (1 + x * x); }
};

struct Sinh {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::sinh(x); }
  static auto dx(auto x, auto, auto dy) { return dy * std::cosh(x); }
};

struct Cosh {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::cosh(x); }
  static auto dx(auto x, auto, auto dy) { return dy * std::sinh(x); }
};

}  // namespace

void describe_sin(plugin::Plugin& p) {
  describe_fraction<Sin>(p, "core.sin", anywhere)
      .doc("The sine of each element, an angle in radians.")
      .formula("y = sin(x)");
  describe_fraction<Cos>(p, "core.cos", anywhere)
      .doc("The cosine of each element, an angle in radians.")
      .formula("y = cos(x)");
  describe_fraction<Tan>(p, "core.tan", below_one)
      .doc("The tangent of each element, an angle in radians.")
      .formula("y = sin(x) / cos(x)");
  describe_fraction<Asin>(p, "core.asin", below_one)
      .doc("The angle in radians whose sine each element is; NaN outside [-1,1].")
      .formula("sin(y) = x, |y| <= pi/2");
  describe_fraction<Acos>(p, "core.acos", below_one)
      .doc("The angle in radians whose cosine each element is; NaN outside [-1,1].")
      .formula("cos(y) = x, 0 <= y <= pi");
  describe_fraction<Atan>(p, "core.atan", anywhere)
      .doc("The angle in radians whose tangent each element is.")
      .formula("tan(y) = x, |y| <= pi/2");
  describe_fraction<Sinh>(p, "core.sinh", anywhere)
      .doc("The hyperbolic sine of each element.")
      .formula("y = (exp(x) - exp(-x)) / 2");
  describe_fraction<Cosh>(p, "core.cosh", anywhere)
      .doc("The hyperbolic cosine of each element.")
      .formula("y = (exp(x) + exp(-x)) / 2");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op sin_op("core.sin"), cos_op("core.cos"), tan_op("core.tan"),
    asin_op("core.asin"), acos_op("core.acos"), atan_op("core.atan"), sinh_op("core.sinh"),
    cosh_op("core.cosh");
}

Tensor Tensor::sin() const { return run(sin_op, {this}); }
Tensor Tensor::cos() const { return run(cos_op, {this}); }
Tensor Tensor::tan() const { return run(tan_op, {this}); }
Tensor Tensor::asin() const { return run(asin_op, {this}); }
Tensor Tensor::acos() const { return run(acos_op, {this}); }
Tensor Tensor::atan() const { return run(atan_op, {this}); }
Tensor Tensor::sinh() const { return run(sinh_op, {this}); }
Tensor Tensor::cosh() const { return run(cosh_op, {this}); }

}  // namespace hg
