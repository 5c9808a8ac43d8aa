// silu: the sigmoid linear unit, x times its own sigmoid; also called swish.
//
// Forward.
//
//     s = 1 / (1 + e^-x)                 y = x * s
//
// Backward.  By the product rule, with ds/dx = s (1-s) from sigmoid.cpp:
//
//     dL/dx = dy * s * (1 + x * (1 - s))                                         (*)
//
//   Check by thought: far to the right s is 1 and the slope 1; far to the left both fade,
//   and at 0 the slope is 1/2. Between, y dips to -0.28 at x = -1.28, where (*) is 0.
//
// Saved for backward: x.
//
// Source: Elfwing, Uchibe, Doya, "Sigmoid-weighted linear units", 2017.
#include "nn/functional.hpp"
#include "ops/elementwise.hpp"
#include "ops/logistic.hpp"

namespace hg {
namespace ops {
namespace {

struct Silu {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return x * logistic(x); }
  static auto dx(auto x, auto, auto dy) { return dy * silu_slope(x); }
};

}  // namespace

void describe_silu(plugin::Plugin& p) {
  unary_kernels<Silu>(p, "core.silu", Floats{});
  p.op<Unary<Silu>>("core.silu")
      .doc("Each element times its own sigmoid.")
      .formula("y = x / (1 + exp(-x))")
      .in("input").out("output")
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
}

}  // namespace ops

Tensor nn::functional::silu(const Tensor& x) {
  static constinit const Op op("core.silu");
  return run(op, {&x});
}

}  // namespace hg
