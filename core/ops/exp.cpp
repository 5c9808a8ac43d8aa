// exp, log: the exponential function and its inverse, with their relatives expm1, log1p,
// log2 and log10.
//
// Forward.
//
//     exp:    y = e^x                    log:    y = ln(x)
//     expm1:  y = e^x - 1                log1p:  y = ln(1 + x)
//                                        log2:   y = ln(x)/ln(2)
//                                        log10:  y = ln(x)/ln(10)
//
// Backward.  exp is the function that is its own slope. log undoes exp, x = e^y, so its
//   slope is one over that of exp at y:
//
//     exp:    dL/dx = dy * y             log:    dL/dx = dy / x
//     expm1:  dL/dx = dy * (y + 1)       log1p:  dL/dx = dy / (1 + x)
//                                        log2:   dL/dx = dy / (x * ln(2))
//                                        log10:  dL/dx = dy / (x * ln(10))       (*)
//
//   Check by thought: through log and then exp, x comes back and so must dy. Indeed
//   (dy * e^(ln x)) / x = dy.
//
// Saved for backward: y for exp and expm1, x for the logarithms.
//
// Delicate.  e^89 is beyond f32 (e^710 beyond f64) and gives inf. log(0) is -inf with an
// infinite slope; below 0 it is NaN. log of a softmax meets all three: see log_softmax.
//   Near x = 0, e^x is 1 plus little, and the little loses its digits in the 1: in f32,
// exp(1e-8) - 1 is 0. expm1 and log1p never form that sum.
#include <numbers>

#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Exp {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return std::exp(x); }
  static auto dx(auto, auto y, auto dy) { return dy * y; }
};

struct Expm1 {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return std::expm1(x); }
  static auto dx(auto, auto y, auto dy) { return dy * (y + 1); }
};

struct Log {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::log(x); }
  static auto dx(auto x, auto, auto dy) { return dy / x; }
};

struct Log1p {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::log1p(x); }
  static auto dx(auto x, auto, auto dy) { return dy / (1 + x); }
};

struct Log2 {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::log2(x); }
  template <class T>
  static T dx(T x, T, T dy) { return dy / (x * std::numbers::ln2_v<T>); }
};

struct Log10 {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::log10(x); }
  template <class T>
  static T dx(T x, T, T dy) { return dy / (x * std::numbers::ln10_v<T>); }
};

}  // namespace

void describe_exp(plugin::Plugin& p) {
  describe_fraction<Exp>(p, "core.exp", anywhere)
      .doc("e to the power of each element.")
      .formula("y = exp(x)");
  describe_fraction<Expm1>(p, "core.expm1", anywhere)
      .doc("e to the power of each element, less 1; exact near 0.")
      .formula("y = exp(x) - 1");
  describe_fraction<Log>(p, "core.log", positive)
      .doc("The natural logarithm of each element.")
      .formula("y = ln(x)");
  describe_fraction<Log1p>(p, "core.log1p", positive)
      .doc("The natural logarithm of 1 plus each element; exact near 0.")
      .formula("y = ln(1 + x)");
  describe_fraction<Log2>(p, "core.log2", positive)
      .doc("The logarithm to the base 2 of each element.")
      .formula("y = ln(x)/ln(2)");
  describe_fraction<Log10>(p, "core.log10", positive)
      .doc("The logarithm to the base 10 of each element.")
      .formula("y = ln(x)/ln(10)");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op exp_op("core.exp"), expm1_op("core.expm1"), log_op("core.log"),
    log1p_op("core.log1p"), log2_op("core.log2"), log10_op("core.log10");
}

Tensor Tensor::exp() const { return run(exp_op, {this}); }
Tensor Tensor::expm1() const { return run(expm1_op, {this}); }
Tensor Tensor::log() const { return run(log_op, {this}); }
Tensor Tensor::log1p() const { return run(log1p_op, {this}); }
Tensor Tensor::log2() const { return run(log2_op, {this}); }
Tensor Tensor::log10() const { return run(log10_op, {this}); }
Tensor Tensor::exp_() const { return run_in_place(exp_op, {this}); }
Tensor Tensor::log_() const { return run_in_place(log_op, {this}); }

}  // namespace hg
