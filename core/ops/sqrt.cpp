// sqrt, rsqrt, square, reciprocal: the powers 1/2, -1/2, 2 and -1.
//
// Forward.
//
//     sqrt:  y = x^(1/2)   rsqrt:  y = x^(-1/2)   square:  y = x^2   reciprocal:  y = x^-1
//
// Backward.  All four are y = x^p with slope p * x^(p-1), written with y where that is
//   shorter:
//
//     sqrt:        dL/dx = dy / (2 * y)
//     rsqrt:       dL/dx = -dy/2 * y^3
//     square:      dL/dx = dy * 2 * x
//     reciprocal:  dL/dx = -dy * y^2                                             (*)
//
//   Check by thought: sqrt undoes square, and 2x * 1/(2*sqrt(x^2)) is 1 for x > 0.
//
// Saved for backward: x for square, y for the others.
//
// Delicate.  sqrt is infinitely steep at 0. A norm sqrt(sum of squares) has gradient
// inf * 0 = NaN at the origin; where that can occur, add a small number under the root.
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

struct Sqrt {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return std::sqrt(x); }
  static auto dx(auto, auto y, auto dy) { return dy / (2 * y); }
};

struct Rsqrt {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return 1 / std::sqrt(x); }
  static auto dx(auto, auto y, auto dy) { return -dy / 2 * (y * y * y); }
};

struct Square {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return times(x, x); }
  static auto dx(auto x, auto, auto dy) { return dy * (2 * x); }
};

struct Reciprocal {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return 1 / x; }
  static auto dx(auto, auto y, auto dy) { return -dy * (y * y); }
};

}  // namespace

void describe_sqrt(plugin::Plugin& p) {
  describe_fraction<Sqrt>(p, "core.sqrt", positive)
      .doc("The square root of each element.")
      .formula("y = x^(1/2)");
  describe_fraction<Rsqrt>(p, "core.rsqrt", positive)
      .doc("One over the square root of each element.")
      .formula("y = x^(-1/2)");
  describe_fraction<Reciprocal>(p, "core.reciprocal", positive)
      .doc("One over each element.")
      .formula("y = 1/x");

  p.op<Unary<Square>>("core.square")
      .doc("The square of each element.")
      .formula("y = x^2")
      .in("input").out("output")
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Square>(p, "core.square", Numbers{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op sqrt_op("core.sqrt"), rsqrt_op("core.rsqrt"), square_op("core.square"),
    reciprocal_op("core.reciprocal");
}

Tensor Tensor::sqrt() const { return run(sqrt_op, {this}); }
Tensor Tensor::square() const { return run(square_op, {this}); }
Tensor Tensor::reciprocal() const { return run(reciprocal_op, {this}); }
Tensor Tensor::sqrt_() const { return run_in_place(sqrt_op, {this}); }
Tensor rsqrt(const Tensor& x) { return run(rsqrt_op, {&x}); }

}  // namespace hg
