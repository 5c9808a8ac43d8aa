// softplus: a relu with a rounded corner.
//
// Forward.  With a number b (`beta`) that says how sharp the corner is:
//
//     y = log(1 + e^(b x)) / b,          y = x where b x > threshold
//
//   Where b x > 20, log(1 + e^(bx)) and b x agree to nine digits.
//
// Backward.  The chain rule through the logarithm and the exponential:
//
//     dL/dx = dy * 1/b * 1/(1 + e^(bx)) * b e^(bx) = dy * logistic(b x),
//     dL/dx = dy where b x > threshold                                           (*)
//
//   Check by thought: softplus is the integral of the sigmoid. As b grows, the sigmoid
//   turns into a step at 0, and softplus into relu.
//
// Saved for backward: x.
//
// Delicate.  e^(bx) overflows unless the threshold forbids it; log_one_plus_exp (see
// logistic.hpp) is exact for every x.
#include "nn/functional.hpp"
#include "ops/elementwise.hpp"
#include "ops/logistic.hpp"

namespace hg {
namespace ops {
namespace {

template <class T>
struct Softplus {
  static constexpr bool keeps_x = true;
  T b, threshold;
  explicit Softplus(const Call& c)
      : b(T(c.attr(0).number())), threshold(T(c.attr(1).number())) {
    require(b != 0, "beta is 0, and the result is divided by it");
  }
  T y(T x) const { return b * x > threshold ? x : log_one_plus_exp(b * x) / b; }
  T dx(T x, T dy) const { return b * x > threshold ? dy : dy * logistic(b * x); }
};

}  // namespace

void describe_softplus(plugin::Plugin& p) {
  describe_with<Softplus>(p, "core.softplus")
      .doc("A relu with a rounded corner.")
      .formula("y = log(1 + exp(beta*x)) / beta, x where beta*x > threshold")
      .attr("beta", HG_FLOAT, 1.0, "how sharp the corner is")
      .attr("threshold", HG_FLOAT, 20.0, "of beta*x, above which y is x")
      .sample("normal[3,4]").sample("normal", R"({"beta":2.5})")
      .sample("normal[2,1,3]", R"({"beta":-0.5})");
}

}  // namespace ops

Tensor nn::functional::softplus(const Tensor& x, double beta, double threshold) {
  static constinit const Op op("core.softplus");
  return run(op, {&x}, {beta, threshold});
}

}  // namespace hg
