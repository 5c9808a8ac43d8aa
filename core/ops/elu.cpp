// elu: the exponential linear unit, a relu that levels off at -alpha.
//
// Forward.
//
//     y = x if x > 0, else alpha * (e^x - 1)
//
// Backward.
//
//     dL/dx = dy if x > 0, else dy * alpha * e^x                                 (*)
//
//   Check by thought: with alpha = 1 both pieces have slope 1 at 0, so the curve has no
//   corner. With another alpha it has one, and there the left slope, alpha, is taken, as
//   PyTorch does.
//
// Saved for backward: x.
//
// Delicate.  e^x - 1 loses its digits for small x; expm1 does not.
//
// Source: Clevert, Unterthiner, Hochreiter, "Fast and accurate deep network learning by
// exponential linear units", 2015.
#include "nn/functional.hpp"
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

template <class T>
struct Elu {
  static constexpr bool keeps_x = true;
  T alpha;
  explicit Elu(const Call& c) : alpha(T(c.attr(0).number())) {}
  T y(T x) const { return x <= 0 ? alpha * std::expm1(x) : x; }
  T dx(T x, T dy) const { return x <= 0 ? dy * (alpha * std::exp(x)) : dy; }
};

}  // namespace

void describe_elu(plugin::Plugin& p) {
  describe_with<Elu>(p, "core.elu")
      .doc("Negative elements level off at -alpha.")
      .formula("y = x if x > 0 else alpha * (exp(x) - 1)")
      .attr("alpha", HG_FLOAT, 1.0, "how far down it goes")
      .sample("distinct[3,4]").sample("normal")
      .sample("distinct[2,1,3]", R"({"alpha":0.5})");
}

}  // namespace ops

Tensor nn::functional::elu(const Tensor& x, double alpha) {
  static constinit const Op op("core.elu");
  return run(op, {&x}, {alpha});
}

}  // namespace hg
