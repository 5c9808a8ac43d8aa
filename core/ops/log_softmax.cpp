// log_softmax: the logarithm of softmax, computed without softmax.
//
// Forward.  For one row x[0..K-1] along the axis `dim`:
//
//     y[k] = log( exp(x[k]) / sum_j exp(x[j]) ) = x[k] - log sum_j exp(x[j])
//
//   Taking the logarithm of a softmax fails where a probability underflows to 0: log 0 is
//   -inf, and its slope inf. The right side never forms the probability. In it, with
//   m = max_j x[j], nothing overflows either:
//
//     log sum_j exp(x[j]) = m + log sum_j exp(x[j] - m)
//
// Backward.  Given dy[j] = dL/dy[j]. With p[k] = exp(y[k]), the probability,
//
//     dy[j]/dx[k] = (j == k) - p[k]
//     dL/dx[k]    = dy[k] - p[k] * sum_j dy[j]                               (*)
//
//   Check by thought: the dx of a row sum to 0, since the p sum to 1. Adding a constant to
//   a row changes nothing, so the loss has no slope in that direction.
//
// Saved for backward: y, from which p is one exp away.
#include <cmath>

#include "ops/along.hpp"
#include "ops/functions.hpp"
#include "ops/loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct LogSoftmax {
  static void infer(Call& c) {
    c.axis(0, c.in(0));
    c.like(0, c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    Along a(c.in(0), c.axis(0, c.in(0)));
    for (int64_t o = 0; o < a.outer; ++o) {
      for (int64_t i = 0; i < a.inner && a.n > 0; ++i) {
        LogSumExp<T> lse(x + a.at(o, 0, i), a.n, a.inner);
        for (int64_t k = 0; k < a.n; ++k) y[a.at(o, k, i)] = lse.log_p(x[a.at(o, k, i)]);
      }
    }
  }

  template <class T>
  static void backward(Call& c) {
    const T *y = c.out<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    Along a(c.in(0), c.axis(0, c.in(0)));
    for (int64_t o = 0; o < a.outer; ++o) {
      for (int64_t i = 0; i < a.inner; ++i) {
        T sum = 0;
        for (int64_t j = 0; j < a.n; ++j) sum += dy[a.at(o, j, i)];
        for (int64_t k = 0; k < a.n; ++k) {
          int64_t at = a.at(o, k, i);
          dx[at] = dy[at] - std::exp(y[at]) * sum;                                  // (*)
        }
      }
    }
  }
};

}  // namespace

void describe_log_softmax(plugin::Plugin& p) {
  p.op<LogSoftmax>("core.log_softmax")
      .doc("the logarithms of softmax's probabilities")
      .formula("y[k] = x[k] - log sum_j exp(x[j])")
      .in("input").out("output")
      .attr("dim", HG_INT, -1, "the axis whose probabilities sum to 1")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,4]")
      .sample("normal[2,5,3]", R"({"dim":1})");
  p.kernel<LogSoftmax, float, double>("core.log_softmax").keep_out({0});
}

}  // namespace ops

static constinit const Op log_softmax_op("core.log_softmax");

Tensor Tensor::log_softmax(int64_t axis) const { return run(log_softmax_op, {this}, {axis}); }

}  // namespace hg
