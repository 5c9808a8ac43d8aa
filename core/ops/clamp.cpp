// clamp: every element brought into the range from min to max.
//
// Forward.
//
//     y = min if x < min,  max if x > max,  else x
//
//   One of the bounds may be left out. If min > max, y is max everywhere, as in PyTorch.
//
// Backward.  Inside the range y moves as x does, outside it stays at the bound:
//
//     dL/dx = dy where min <= x <= max, else 0                                   (*)
//
//   At the bounds themselves both sides would do; the gradient passes, as in PyTorch.
//
//   Check by thought: clamp(min=0) is relu, but for what happens at 0 exactly.
//
// Saved for backward: x. (y would not tell a clamped x from one that was at the bound.)
//
// A tensor of whole numbers needs whole bounds. PyTorch would change its type to f32; the
// C++ functions do so too when they are given a fraction.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Clamp {
  /// Bound k as a T, or `missing` if it was not given.
  template <class T>
  static T bound(const Call& c, uint32_t k, T missing) {
    return c.attr(k).given() ? convert<T>(c.attr(k).number()) : missing;
  }
  template <class T>
  static T lowest() {
    using Limits = std::numeric_limits<T>;
    return is_whole<T> ? Limits::lowest() : -Limits::infinity();
  }
  template <class T>
  static T highest() {
    using Limits = std::numeric_limits<T>;
    return is_whole<T> ? Limits::max() : Limits::infinity();
  }

  static void infer(Call& c) {
    c.like(0, c.in(0));
    require(c.attr(0).given() || c.attr(1).given(), "both min and max are left out");
    for (uint32_t k = 0; k < 2; ++k) {
      if (!c.attr(k).given() || is_floating(c.in(0))) continue;
      double v = c.attr(k).number();
      require(v == std::trunc(v), k == 0 ? "min" : "max", " is ", v,
              ", but the tensor is of type ", plugin::type_text(c.in(0)),
              ": whole numbers take whole bounds\n  hint: convert it first: x.to(f32)");
    }
  }

  template <class T>
  static void forward(Call& c) {
    T low = bound<T>(c, 0, lowest<T>()), high = bound<T>(c, 1, highest<T>());
    auto f = [low, high](T x) {  // a bound of NaN makes all of y NaN
      if (x < low || low != low) x = low;
      return x > high || high != high ? high : x;
    };
    map<T>(c, c.out(0), f, Elements<T>{c.in(0)});
  }

  template <class T>
  static void backward(Call& c) {
    T low = bound<T>(c, 0, lowest<T>()), high = bound<T>(c, 1, highest<T>());
    auto dx = [low, high](auto x, auto dy) { return x >= low && x <= high ? dy : T(0); };
    gradient<T>(c, 0, dx, Elements<T>{c.in(0)}, Elements<T>{c.dout(0)});
  }
};

}  // namespace

void describe_clamp(plugin::Plugin& p) {
  p.op<Clamp>("core.clamp")
      .doc("Every element brought into the range from min to max.")
      .formula("y = min(max(x, min), max)")
      .in("input").out("output")
      .attr("min", HG_FLOAT, {}, "the lower bound; left out: none")
      .attr("max", HG_FLOAT, {}, "the upper bound; left out: none")
      .sample("distinct[3,4]", R"({"min":-0.4,"max":0.7})")
      .sample("normal[2,3]", R"({"min":0})")
      .sample("normal", R"({"max":0.1})");
  elementwise_kernels<Clamp>(p, "core.clamp", Numbers{}).may_alias({0}).keep_in({0});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.clamp");

Tensor Tensor::clamp(std::optional<Scalar> min, std::optional<Scalar> max) const {
  bool fraction = (min && min->kind() == 2) || (max && max->kind() == 2);
  Tensor x = fraction && !is_floating(dtype()) ? to(f32) : *this;
  return run(op, {&x}, {min, max});
}
Tensor Tensor::clamp_(std::optional<Scalar> min, std::optional<Scalar> max) const {
  return run_in_place(op, {this}, {min, max});
}

}  // namespace hg
