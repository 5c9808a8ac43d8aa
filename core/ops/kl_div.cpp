// kl_div: the Kullback-Leibler divergence, what it costs to believe in one distribution
// when another is true.
//
// Forward.  x is the logarithm of the believed probability, t the true probability (or,
// with log_target, its logarithm). For each element:
//
//     l = t * (log t - x),               0 where t = 0
//
//   The divergence of two distributions is the sum of l over a row. "batchmean" sums all
//   and divides by the number of rows, the mean divergence; "mean" divides by the number of
//   elements.
//
// Backward.  x enters linearly. For t, the product rule; if t = e^z is given by its
// logarithm z, one factor dt/dz = t more:
//
//     dl/dx = -t
//     dl/dt = log t - x + 1              dl/dz = t * (log t - x + 1)             (*)
//
//   Check by thought: with x[k] the log_softmax of scores, the -t[k] of (*) turn into
//   softmax[k] - t[k] at the scores (see log_softmax.cpp): the slope of cross-entropy, from
//   which the divergence differs by sum_k t[k] log t[k], in which x has no part.
//
// Saved for backward: x and t.
//
// Delicate.  t log t is 0 * -inf at t = 0, which is NaN, and its limit is 0. The slope in t
// there is -inf, and stays so. x = -inf where t = 0 gives NaN, as in PyTorch.
#include "nn/functional.hpp"
#include "ops/pointwise_loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Divergence {
  bool logs, rows;
  explicit Divergence(const Call& c)
      : logs(c.attr(1).flag()), rows(c.attr(0).string() == "batchmean") {}
  double norm(const Call& c) const {
    const hg_tensor& x = c.in(0);
    return rows && x.ndim > 0 ? double(x.shape[0]) : double(hg_numel(&x));
  }
  template <class T> T p(T t) const { return logs ? std::exp(t) : t; }
  template <class T> T log_p(T t) const { return logs ? t : std::log(t); }

  template <class T> T y(T x, T t, int64_t) const {
    return p(t) == 0 ? -p(t) * x : p(t) * (log_p(t) - x);
  }
  template <class T> T dx(T, T t, int64_t) const { return -p(t); }
  template <class T> T dt(T x, T t, int64_t) const {
    if (!logs) return log_p(t) - x + 1;
    return p(t) == 0 ? -p(t) * x : p(t) * (log_p(t) - x + 1);
  }
};

}  // namespace

void describe_kl_div(plugin::Plugin& p) {
  describe_loss<Divergence>(p, "core.kl_div",
                            "Kullback-Leibler divergence from log-probabilities",
                            "l = t*(log t - x)", "mean|batchmean|sum|none")
      .attr("log_target", HG_BOOL, false, "t is given by its logarithm")
      .sample("normal[3,4] simplex[3,4]", R"({"reduction":"batchmean"})")
      .sample("normal[5] simplex[5]", R"({"reduction":"none"})")
      .sample("normal[3,4] normal[3,4]", R"({"log_target":true})");
}

}  // namespace ops

Tensor nn::functional::kl_div(const Tensor& input, const Tensor& target,
                              const std::string& reduction, bool log_target) {
  static constinit const Op op("core.kl_div");
  auto [x, t] = ops::matched("kl_div", input, target);
  return run(op, {&x, &t}, {reduction, log_target});
}

}  // namespace hg
