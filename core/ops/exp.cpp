// exp, log: the exponential function and its inverse.
//
// Forward.
//
//     exp:  y = e^x                      log:  y = ln(x)
//
// Backward.  exp is the function that is its own slope. log undoes exp, x = e^y, so its
//   slope is one over that of exp at y:
//
//     exp:  dL/dx = dy * y               log:  dL/dx = dy / x                    (*)
//
//   Check by thought: through log and then exp, x comes back and so must dy. Indeed
//   (dy * e^(ln x)) / x = dy.
//
// Saved for backward: y for exp, x for log.
//
// Delicate.  e^89 is beyond f32 (e^710 beyond f64) and gives inf. log(0) is -inf with an
// infinite slope; below 0 it is NaN. log of a softmax meets all three: see log_softmax.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Exp {
  static constexpr bool keeps_x = false, keeps_y = true;
  static auto y(auto x) { return std::exp(x); }
  static auto dx(auto, auto y, auto dy) { return dy * y; }
};

struct Log {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::log(x); }
  static auto dx(auto x, auto, auto dy) { return dy / x; }
};

}  // namespace

void describe_exp(plugin::Plugin& p) {
  p.op<Unary<Exp>>("core.exp")
      .doc("e to the power of each element.")
      .formula("y = exp(x)")
      .in("input").out("output")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Exp>(p, "core.exp", Floats{});

  p.op<Unary<Log>>("core.log")
      .doc("The natural logarithm of each element.")
      .formula("y = ln(x)")
      .in("input").out("output")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("positive[3,4]").sample("positive").sample("positive[2,1,3]");
  unary_kernels<Log>(p, "core.log", Floats{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op exp_op("core.exp"), log_op("core.log");
}

Tensor Tensor::exp() const { return run(exp_op, {this}); }
Tensor Tensor::log() const { return run(log_op, {this}); }
Tensor Tensor::exp_() const { return run_in_place(exp_op, {this}); }
Tensor Tensor::log_() const { return run_in_place(log_op, {this}); }

}  // namespace hg
