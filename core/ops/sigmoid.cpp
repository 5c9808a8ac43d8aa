// sigmoid, tanh: the two S-shaped curves, from 0 to 1 and from -1 to 1.
//
// Forward.
//
//     sigmoid:  y = 1 / (1 + e^-x)
//     tanh:     y = (e^x - e^-x) / (e^x + e^-x)  =  2 * sigmoid(2x) - 1
//
// Backward.  With u = e^-x, sigmoid is y = 1/(1+u), and du/dx = -u:
//
//     dy/dx = u / (1+u)^2 = 1/(1+u) * u/(1+u) = y * (1 - y)
//
//   For tanh, with s = sigmoid(2x): dy/dx = 4 * s * (1-s), and s = (1+y)/2 makes that
//   (1+y) * (1-y) = 1 - y^2:
//
//     sigmoid:  dL/dx = dy * y * (1 - y)
//     tanh:     dL/dx = dy * (1 - y^2)                                           (*)
//
//   Check by thought: both are steepest in the middle, with slopes 1/4 and 1, and flat at
//   the ends. Ten sigmoids in a row pass on less than a millionth of a gradient (1/4^10):
//   this is the vanishing gradient.
//
// Saved for backward: y.
//
// Delicate.  e^-x overflows for very negative x: in f32, 1/(1 + e^100) comes out as 0,
// though sigmoid(-100) is 3.8e-44. logistic.hpp has a form that does not overflow. For the
// logarithm of a sigmoid see binary_cross_entropy_with_logits.
#include "ops/elementwise.hpp"
#include "ops/logistic.hpp"

namespace hg {
namespace ops {
namespace {

struct Sigmoid {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return logistic(x); }
  static auto dx(auto, auto y, auto dy) { return dy * y * (1 - y); }
};

struct Tanh {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return std::tanh(x); }
  static auto dx(auto, auto y, auto dy) { return dy * (1 - y * y); }
};

}  // namespace

void describe_sigmoid(plugin::Plugin& p) {
  describe_fraction<Sigmoid>(p, "core.sigmoid", anywhere)
      .doc("The logistic curve, from 0 to 1.")
      .formula("y = 1 / (1 + exp(-x))");
  describe_fraction<Tanh>(p, "core.tanh", anywhere)
      .doc("The hyperbolic tangent, from -1 to 1.")
      .formula("y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op sigmoid_op("core.sigmoid"), tanh_op("core.tanh");
}

Tensor Tensor::sigmoid() const { return run(sigmoid_op, {this}); }
Tensor Tensor::tanh() const { return run(tanh_op, {this}); }
Tensor Tensor::sigmoid_() const { return run_in_place(sigmoid_op, {this}); }
Tensor Tensor::tanh_() const { return run_in_place(tanh_op, {this}); }

}  // namespace hg
