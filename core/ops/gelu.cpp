// gelu: the Gaussian error linear unit, x times the chance that a normal variable is below
// x.
//
// Forward.  Let F be the distribution of a normal variable of mean 0 and variance 1, and f
// its density:
//
//     F(x) = (1 + erf(x/sqrt(2))) / 2            f(x) = exp(-x^2/2) / sqrt(2 pi)
//     y = x * F(x)                                              approximate = "none"
//
//   An older form, from before erf was fast, stands in for F by a logistic curve:
//
//     u = sqrt(2/pi) * (x + 0.044715 x^3)
//     y = x * (1 + tanh(u)) / 2  =  x * s,  s = logistic(2u)    approximate = "tanh"
//
//   It is off by less than 0.0005. (1 + tanh(u))/2 is logistic(2u): see sigmoid.cpp.
//
// Backward.  The product rule; the slope of F is f, that of s is s (1-s) * 2 du/dx, and
// 1 - logistic(2u) = logistic(-2u):
//
//     none:  dL/dx = dy * (F(x) + x f(x))
//     tanh:  dL/dx = dy * (s + x * s * logistic(-2u) * 2 du/dx),
//            du/dx = sqrt(2/pi) * (1 + 3 * 0.044715 x^2)                         (*)
//
//   Check by thought: far to the right y is x and the slope 1, far to the left both are 0,
//   and at 0 the slope is F(0) = 1/2. Between, unlike relu, y dips below 0: to -0.17.
//
// Saved for backward: x.
//
// Delicate.  On the left 1 + erf(...) is 1 minus almost 1, and all digits are lost below
// x = -6 (f32). erfc(z) = 1 - erf(z) is computed without that difference, and F(x) is
// erfc(-x/sqrt(2)) / 2. The logistic form has no such difference either.
//
// Source: Hendrycks, Gimpel, "Gaussian error linear units", 2016.
#include <numbers>

#include "nn/functional.hpp"
#include "ops/elementwise.hpp"
#include "ops/logistic.hpp"

namespace hg {
namespace ops {
namespace {

template <class T>
struct Gelu {
  static constexpr bool keeps_x = true;
  static constexpr T sqrt_half = std::numbers::sqrt2_v<T> / 2;
  static constexpr T density_0 = std::numbers::inv_sqrtpi_v<T> * sqrt_half;  // f(0)
  static constexpr T slope_0 = 2 * density_0;                                // sqrt(2/pi)
  static constexpr T cubic = T(0.044715);
  bool tanh;

  explicit Gelu(const Call& c) : tanh(c.attr(0).string() == "tanh") {}

  static T F(T x) { return std::erfc(-x * sqrt_half) / 2; }
  static T f(T x) { return density_0 * std::exp(-x * x / 2); }
  static T u(T x) { return slope_0 * (x + cubic * x * x * x); }
  static T du(T x) { return slope_0 * (1 + 3 * cubic * x * x); }

  T y(T x) const { return x * (tanh ? logistic(2 * u(x)) : F(x)); }
  T dx(T x, T dy) const {
    if (!tanh) return dy * (F(x) + x * f(x));
    const T s = logistic(2 * u(x));
    return dy * (s + x * s * logistic(-2 * u(x)) * 2 * du(x));
  }
};

}  // namespace

void describe_gelu(plugin::Plugin& p) {
  describe_with<Gelu>(p, "core.gelu")
      .doc("Each element times the chance that a normal variable is below it.")
      .formula("y = x * (1 + erf(x/sqrt(2))) / 2")
      .choice("approximate", "none", "none|tanh", "tanh: a logistic curve instead of erf")
      .sample("normal[3,4]").sample("normal")
      .sample("normal[2,1,3]", R"({"approximate":"tanh"})");
}

}  // namespace ops

Tensor nn::functional::gelu(const Tensor& x, const std::string& approximate) {
  static constinit const Op op("core.gelu");
  return run(op, {&x}, {approximate});
}

}  // namespace hg
