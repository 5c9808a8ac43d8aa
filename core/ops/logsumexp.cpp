// logsumexp: the logarithm of a sum of exponentials, a maximum without a kink.
//
// Forward.  For the x[i] that meet in one y, with m = max_i x[i]:
//
//     y = log sum_i exp(x[i])
//       = m + log sum_i exp(x[i] - m)
//
//   The second line is the first with a factor exp(m) taken out of the sum; in it nothing
//   overflows, and the largest term is 1. y lies between m and m + log n: it follows the
//   largest x and is smooth where two of them tie. It is also the normalizer of
//   probabilities, log_softmax(x) = x - logsumexp(x).
//   A sum without terms is 0, so its logarithm is -inf.
//
// Backward.  By the chain rule through log and exp:
//
//     dy/dx[i] = exp(x[i]) / sum_j exp(x[j]) = exp(x[i] - y)
//     dL/dx[i] = dy * exp(x[i] - y)                                           (*)
//
//   which is dy times the softmax of x. Check by thought: softmax sums to 1, as it must,
//   for raising all x by 1 raises y by 1.
//
// Saved for backward: x and y.
//
// An infinite m stays out of the subtraction, where inf - inf would be nan: if all x are
// -inf then y is -inf, and if one is inf, y is. Slopes there are nan: none exists.
#include <cmath>
#include <limits>

#include "ops/extreme.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct LogSumExp {
  static void infer(Call& c) { infer_reduced(c, c.in(0)); }

  template <class T>
  static void forward(Call& c) {
    const Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    const T* x = c.in<T>(0);
    T *y = c.out<T>(0), *m = c.scratch<T>(r.outputs);
    std::fill(m, m + r.outputs, -std::numeric_limits<T>::infinity());
    r.fold(x, m, [](T& top, T v) { top = Largest::beats(v, top) ? v : top; });
    for (int64_t k = 0; k < r.outputs; ++k) m[k] = std::isinf(m[k]) ? T(0) : m[k];
    double* sum = c.scratch<double>(r.outputs);
    std::fill(sum, sum + r.outputs, 0.0);
    r.spread([&](int64_t i, int64_t k) { sum[k] += double(std::exp(x[i] - m[k])); });
    for (int64_t k = 0; k < r.outputs; ++k) y[k] = T(double(m[k]) + std::log(sum[k]));
  }

  template <class T>
  static void backward(Call& c) {
    const Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    const T *x = c.in<T>(0), *y = c.out<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    r.spread([&](int64_t i, int64_t k) { dx[i] = dy[k] * std::exp(x[i] - y[k]); });  // (*)
  }
};

}  // namespace

void describe_logsumexp(plugin::Plugin& p) {
  p.op<LogSumExp>("core.logsumexp")
      .doc("the logarithm of the sum of exponentials along some axes, or of all")
      .formula("y[k] = log sum_i exp(x[k,i])")
      .in("input")
      .out("output")
      .attr("dim", HG_INTS, {}, "the axes to sum along; none: all")
      .attr("keepdim", HG_BOOL, false, "keep them, with size 1")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,4]", R"({"dim":[1]})")
      .sample("normal[2,3,4]", R"({"dim":[0,-1],"keepdim":true})")
      .sample("normal[2,3]")
      .sample("normal[]");
  p.kernel<LogSumExp, float, double>("core.logsumexp").keep_in({0}).keep_out({0});
}

}  // namespace ops

static constinit const Op logsumexp_op("core.logsumexp");

Tensor Tensor::logsumexp(int64_t axis, bool keepdim) const {
  return run(logsumexp_op, {this}, {Shape{axis}, keepdim});
}

Tensor Tensor::logsumexp(const Shape& axes, bool keepdim) const {
  return run(logsumexp_op, {this}, {axes, keepdim});
}

}  // namespace hg
