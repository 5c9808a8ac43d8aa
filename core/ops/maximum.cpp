// maximum, minimum: the larger, or the smaller, of two numbers, element by element.
//
// Forward.
//
//     maximum:  y = max(a, b)            minimum:  y = min(a, b)
//
//   A NaN on either side gives NaN: a broken number must not vanish from sight.
//
// Backward.  y is the winner and moves with it alone. The one kink is a tie, where each
//   direction has a slope of its own; we follow PyTorch and let both have half:
//
//     dL/da = dy if a wins, dy/2 at a tie, 0 if it loses;  dL/db likewise        (*)
//
//   Check by thought: for numbers the two gradients add up to dy. Feeding x to both sides
//   gives y = x, with dy/2 + dy/2 = dy.
//
// Saved for backward: a and b.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

/// sign is 1 for maximum; -1 turns the order around.
template <int sign>
struct Extreme {
  static constexpr bool keeps_a = true, keeps_b = true, keeps_y = false;
  static bool beats(auto a, auto b) { return sign > 0 ? a > b : a < b; }
  template <class T>
  static T y(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? a : b;
    }
    return beats(a, b) ? a : b;
  }
  static auto da(auto a, auto b, auto, auto dy) {
    return a == b ? dy / 2 : beats(b, a) ? 0 : dy;
  }
  static auto db(auto a, auto b, auto y, auto dy) { return da(b, a, y, dy); }
};

template <int sign>
void describe(plugin::Plugin& p, const char* name, const char* doc, const char* formula) {
  p.op<Binary<Extreme<sign>>>(name)
      .doc(doc)
      .formula(formula)
      .in("input").in("other").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("distinct[3,4] distinct[3,4]")
      .sample("normal[3,1,4] normal[2,1]")
      .sample("normal normal[2,3]");
  binary_kernels<Extreme<sign>>(p, name, AllTypes{});
}

}  // namespace

void describe_maximum(plugin::Plugin& p) {
  describe<1>(p, "core.maximum", "The larger of two numbers, element by element.",
              "y = max(a, b)");
  describe<-1>(p, "core.minimum", "The smaller of two numbers, element by element.",
               "y = min(a, b)");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op maximum_op("core.maximum"), minimum_op("core.minimum");
}

Tensor Tensor::maximum(const Tensor& other) const {
  return run(maximum_op, {this, &other});
}
Tensor Tensor::minimum(const Tensor& other) const {
  return run(minimum_op, {this, &other});
}

}  // namespace hg
