// swiglu: one half of the features says how much of the other half passes.
//
// Forward.  For two tensors of one shape, a the gate, b the value:
//
//     s = 1 / (1 + e^-a)                 y = a * s * b
//
//   that is silu(a) * b. In a network, a = x W and b = x V are two views of one input.
//
// Backward.  y is a product, and each factor's slope is the other factor; the slope of
// silu(a) is that of silu.cpp:
//
//     dL/da = dy * b * s * (1 + a * (1 - s))
//     dL/db = dy * a * s                                                         (*)
//
//   Check by thought: where b is 0 the gate makes no difference, and its gradient is 0.
//
// Saved for backward: a and b. This is why swiglu is an operator of its own and not
// silu and mul: those would keep silu(a) as well, half as much again, and pass over the
// memory twice.
//
// Source: Shazeer, "GLU variants improve transformer", 2020.
#include "nn/functional.hpp"
#include "ops/elementwise.hpp"
#include "ops/logistic.hpp"

namespace hg {
namespace ops {
namespace {

struct Gated {
  static constexpr bool keeps_a = true, keeps_b = true, keeps_y = false;
  static auto y(auto a, auto b) { return a * logistic(a) * b; }
  static auto da(auto a, auto b, auto, auto dy) { return dy * b * silu_slope(a); }
  static auto db(auto a, auto, auto, auto dy) { return dy * (a * logistic(a)); }
};

struct Swiglu : Binary<Gated> {
  static void infer(Call& c) {
    const hg_tensor &a = c.in(0), &b = c.in(1);
    require(same_shape(a, b), "gate is ", plugin::shape_text(a), ", value is ",
            plugin::shape_text(b), ": each number needs a gate of its own");
    c.like(0, a);
  }
};

}  // namespace

void describe_swiglu(plugin::Plugin& p) {
  binary_kernels<Gated>(p, "core.swiglu", Floats{});
  p.op<Swiglu>("core.swiglu")
      .doc("The silu of a gate times a value.")
      .formula("y = a / (1 + exp(-a)) * b")
      .in("gate").in("value").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] normal[3,4]").sample("normal normal")
      .sample("normal[2,1,3] normal[2,1,3]");
}

}  // namespace ops

Tensor nn::functional::swiglu(const Tensor& gate, const Tensor& value) {
  static constinit const Op op("core.swiglu");
  return run(op, {&gate, &value});
}

}  // namespace hg
