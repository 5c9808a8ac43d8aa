// The losses that compare a guess x with a target t, element by element. They differ only
// in the formula for one element; reduction "mean" divides the sum of all elements by their
// number.
//
// mse_loss      l = (x - t)^2                       dl/dx = 2 (x - t)
// l1_loss       l = |x - t|                         dl/dx = sign(x - t)
//
//   The square punishes one large miss more than many small ones and has a slope that fades
//   as the miss does. The absolute value treats all misses alike, so outliers pull less,
//   but its slope jumps at 0.
//
// huber_loss    with d = x - t, a parabola that goes on as its tangent:
//               l = d^2/2                 if |d| <= delta        dl/dx = d
//               l = delta (|d| - delta/2) beyond                 dl/dx = delta sign(d)
// smooth_l1     huber divided by delta (there called beta); beta = 0 is l1
//
// binary_cross_entropy        x is the probability of t = 1:
//               l = -w (t log x + (1-t) log(1-x))
//               dl/dx = w (x - t) / (x (1-x))
//   Logarithms are cut off at -100, as PyTorch does, so that x = 0 and x = 1 cost 100 where
//   they are wrong, not infinity; the denominator of the slope is at least 1e-12.
//
// binary_cross_entropy_with_logits     x is a score, sigmoid(x) the probability:
//               l = w ( (1-t) x + q log(1 + e^-x) ),   q = 1 + (p-1) t, p = pos_weight
//   log(1 + e^-x) overflows for very negative x; it is computed as
//               log(1 + e^-|x|) + max(-x, 0),
//   the same number, from an exponential that is at most 1. With s = sigmoid(x),
//               dl/dx = w ( (1-t) - q (1-s) )
//   For p = 1 that is w (s - t): the guess minus the truth.
//
// kl_div        x is a logarithm of a probability, t a probability (or its logarithm):
//               l = t (log t - x),  0 where t = 0          dl/dx = -t
//   "mean" divides by all elements; "batchmean" by the rows only, which makes it the
//   divergence of the definition, averaged over the batch.
//
// The slopes with respect to t follow in the same way and are written beside dx below.
//
// Check by thought: each l is 0 (or least) where the guess equals the target, and there its
// dl/dx is 0, or jumps through 0.
//
// Saved for backward: x and t (and the weights), since every slope depends on both.
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "ops/loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

template <class T>
T sign_of(T d) { return T((d > 0) - (d < 0)); }

// What most formulas need: the mean is over all elements.
struct Formula {
  explicit Formula(const Call&) {}
  static double norm(const Call& c) { return double(hg_numel(&c.in(0))); }
};

struct Squared : Formula {
  using Formula::Formula;
  template <class T> static T y(T x, T t, int64_t) { return (x - t) * (x - t); }
  template <class T> static T dx(T x, T t, int64_t) { return 2 * (x - t); }
  template <class T> static T dt(T x, T t, int64_t) { return 2 * (t - x); }
};

struct Absolute : Formula {
  using Formula::Formula;
  template <class T> static T y(T x, T t, int64_t) { return std::abs(x - t); }
  template <class T> static T dx(T x, T t, int64_t) { return sign_of(x - t); }
  template <class T> static T dt(T x, T t, int64_t) { return sign_of(t - x); }
};

struct Huber : Formula {
  double delta;
  explicit Huber(const Call& c) : Formula(c), delta(c.attr(1).number()) {}
  template <class T> T y(T x, T t, int64_t) const {
    T d = std::abs(x - t), e = T(delta);
    return d <= e ? d * d / 2 : e * (d - e / 2);
  }
  template <class T> T dx(T x, T t, int64_t) const {
    T d = x - t, e = T(delta);
    return std::abs(d) <= e ? d : e * sign_of(d);
  }
  template <class T> T dt(T x, T t, int64_t i) const { return -dx(x, t, i); }
};

struct SmoothL1 : Formula {
  double beta;
  explicit SmoothL1(const Call& c) : Formula(c), beta(c.attr(1).number()) {}
  template <class T> T y(T x, T t, int64_t) const {
    T d = std::abs(x - t), b = T(beta);
    return d < b ? d * d / (2 * b) : d - b / 2;
  }
  template <class T> T dx(T x, T t, int64_t) const {
    T d = x - t, b = T(beta);
    return std::abs(d) < b ? d / b : sign_of(d);
  }
  template <class T> T dt(T x, T t, int64_t i) const { return -dx(x, t, i); }
};

// A weight for each element, if they were given as input `i`; else 1.
struct Weights {
  const hg_tensor* t;
  Weights(const Call& c, uint32_t i) : t(c.given(i) ? &c.in(i) : nullptr) {}
  template <class T> T at(int64_t i) const {
    return t ? static_cast<const T*>(t->data)[i] : T(1);
  }
};

struct BinaryCrossEntropy : Formula {
  Weights weight;
  explicit BinaryCrossEntropy(const Call& c) : Formula(c), weight(c, 2) {}
  template <class T> static T cut_log(T x) { return std::max(std::log(x), T(-100)); }
  template <class T> T y(T x, T t, int64_t i) const {
    require(x >= 0 && x <= 1, "element ", i, " of the input is ", x,
            "; a probability lies in [0,1] (is a sigmoid missing?)");
    return -weight.at<T>(i) * (t * cut_log(x) + (1 - t) * cut_log(1 - x));
  }
  template <class T> T dx(T x, T t, int64_t i) const {
    return weight.at<T>(i) * (x - t) / std::max(x * (1 - x), T(1e-12));
  }
  template <class T> T dt(T x, T, int64_t i) const {
    return weight.at<T>(i) * (cut_log(1 - x) - cut_log(x));
  }
};

struct WithLogits : Formula {
  Weights weight, positive;
  explicit WithLogits(const Call& c) : Formula(c), weight(c, 2), positive(c, 3) {}
  // log(1 + exp(-x))
  template <class T> static T softplus_minus(T x) {
    return std::log1p(std::exp(-std::abs(x))) + std::max(-x, T(0));
  }
  template <class T> T y(T x, T t, int64_t i) const {
    T q = 1 + (positive.at<T>(i) - 1) * t;
    return weight.at<T>(i) * ((1 - t) * x + q * softplus_minus(x));
  }
  template <class T> T dx(T x, T t, int64_t i) const {
    T q = 1 + (positive.at<T>(i) - 1) * t;
    T e = std::exp(-std::abs(x));                       // 1 - sigmoid(x), without overflow
    T rest = x >= 0 ? e / (1 + e) : 1 / (1 + e);
    return weight.at<T>(i) * ((1 - t) - q * rest);
  }
  template <class T> T dt(T x, T, int64_t i) const {
    return weight.at<T>(i) * ((positive.at<T>(i) - 1) * softplus_minus(x) - x);
  }
};

struct Divergence {
  bool logs, rows;
  explicit Divergence(const Call& c)
      : logs(c.attr(1).flag()), rows(c.attr(0).string() == "batchmean") {}
  double norm(const Call& c) const {
    const hg_tensor& x = c.in(0);
    return rows && x.ndim > 0 ? double(x.shape[0]) : double(hg_numel(&x));
  }
  template <class T> T y(T x, T t, int64_t) const {
    if (logs) return std::exp(t) * (t - x);
    return t > 0 ? t * (std::log(t) - x) : T(0) * x;
  }
  template <class T> T dx(T, T t, int64_t) const { return logs ? -std::exp(t) : -t; }
  template <class T> T dt(T x, T t, int64_t) const {
    if (logs) return std::exp(t) * (t - x + 1);
    return t > 0 ? std::log(t) - x + 1 : T(0);
  }
};

template <class F>
plugin::OpBuilder& loss(plugin::Plugin& p, const char* name, const char* doc,
                        const char* formula, const char* choices = Reduction::choices) {
  p.kernel<PointwiseLoss<F>, float, double>(name).keep_in({0, 1});
  return p.op<PointwiseLoss<F>>(name)
      .doc(doc).formula(formula)
      .in("input", "the guess x").in("target", "t, of the same shape").out("output")
      .choice("reduction", "mean", choices, Reduction::doc)
      .promote(HG_PROMOTE_FLOAT, {0, 1});
}

}  // namespace

void describe_pointwise_losses(plugin::Plugin& p) {
  loss<Squared>(p, "core.mse_loss", "mean squared error", "l = (x - t)^2")
      .sample("normal[3,4] normal[3,4]")
      .sample("normal[5] normal[5]", R"({"reduction":"none"})")
      .sample("normal[2,3] normal[2,3]", R"({"reduction":"sum"})");
  loss<Absolute>(p, "core.l1_loss", "mean absolute error", "l = |x - t|")
      .sample("distinct[3,4] normal[3,4]")
      .sample("distinct[5] normal[5]", R"({"reduction":"none"})");
  loss<Huber>(p, "core.huber_loss", "a parabola with straight arms",
              "l = d^2/2 if |d| <= delta else delta*(|d| - delta/2), d = x - t")
      .attr("delta", HG_FLOAT, 1.0, "where the arms begin", 1e-30)
      .sample("normal[4,5] normal[4,5]")
      .sample("normal[7] normal[7]", R"({"reduction":"sum","delta":0.3})");
  loss<SmoothL1>(p, "core.smooth_l1_loss", "l1 with a rounded tip",
                 "l = d^2/(2 beta) if |d| < beta else |d| - beta/2, d = x - t")
      .attr("beta", HG_FLOAT, 1.0, "where the arms begin", 0.0)
      .sample("normal[4,5] normal[4,5]")
      .sample("normal[7] normal[7]", R"({"reduction":"none","beta":0.5})");
  loss<Divergence>(p, "core.kl_div", "Kullback-Leibler divergence from log-probabilities",
                   "l = t*(log t - x)", "mean|batchmean|sum|none")
      .attr("log_target", HG_BOOL, false, "t is given by its logarithm")
      .sample("normal[3,4] simplex[3,4]", R"({"reduction":"batchmean"})")
      .sample("normal[3,4] normal[3,4]", R"({"log_target":true})");

  p.op<PointwiseLoss<BinaryCrossEntropy>>("core.binary_cross_entropy")
      .doc("cross-entropy of probabilities of two classes")
      .formula("l = -w*(t*log(x) + (1-t)*log(1-x)), logs at least -100")
      .in("input", "the probability x").in("target").optional_in("weight", "of each element")
      .out("output")
      .choice("reduction", "mean", Reduction::choices, Reduction::doc)
      .promote(HG_PROMOTE_FLOAT, {0, 1, 2})
      .nondiff_in({2})
      .sample("simplex[3,4] uniform[3,4]")
      .sample("simplex[2,5] uniform[2,5] positive[2,5]", R"({"reduction":"sum"})");
  p.kernel<PointwiseLoss<BinaryCrossEntropy>, float, double>("core.binary_cross_entropy")
      .keep_in({0, 1, 2});

  p.op<PointwiseLoss<WithLogits>>("core.binary_cross_entropy_with_logits")
      .doc("the same from scores, exact however large they are")
      .formula("l = w*((1-t)*x + q*log(1+exp(-x))), q = 1 + (pos_weight-1)*t")
      .in("input", "the score x").in("target").optional_in("weight", "of each element")
      .optional_in("pos_weight", "of each element, for t = 1").out("output")
      .choice("reduction", "mean", Reduction::choices, Reduction::doc)
      .promote(HG_PROMOTE_FLOAT, {0, 1, 2, 3})
      .nondiff_in({2, 3})
      .sample("normal[3,4] uniform[3,4]")
      .sample("normal[2,5] uniform[2,5] positive[2,5] positive[2,5]", R"({"reduction":"none"})");
  p.kernel<PointwiseLoss<WithLogits>, float, double>("core.binary_cross_entropy_with_logits")
      .keep_in({0, 1, 2, 3});
}

}  // namespace ops

namespace nn::functional {
namespace {

// Two shapes that differ broadcast, as in PyTorch, and nearly always that is a mistake:
// (N,1) against (N) compares every guess with every target. So it is said.
std::pair<Tensor, Tensor> matched(const char* loss, const Tensor& x, const Tensor& t) {
  if (x.shape() == t.shape()) return {x, t};
  std::string text = std::string(loss) + ": input is " + x.shape().to_string() +
                     ", target is " + t.shape().to_string() +
                     ": they are broadcast, which is seldom meant; reshape one of them";
  host_table()->log(host_table(), HG_WARNING, text.c_str());
  Tensor zero = x * 0 + t * 0;  // of the shape that both broadcast to
  return {x.expand(zero.shape()), t.expand(zero.shape())};
}

Tensor weights_for(const Tensor& w, const Tensor& x) {
  return w.defined() ? w.expand(x.shape()) : w;
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, const std::string& reduction) {
  static constinit const Op op("core.mse_loss");
  auto [x, t] = matched("mse_loss", input, target);
  return run(op, {&x, &t}, {reduction});
}

Tensor l1_loss(const Tensor& input, const Tensor& target, const std::string& reduction) {
  static constinit const Op op("core.l1_loss");
  auto [x, t] = matched("l1_loss", input, target);
  return run(op, {&x, &t}, {reduction});
}

Tensor huber_loss(const Tensor& input, const Tensor& target, const std::string& reduction,
                  double delta) {
  static constinit const Op op("core.huber_loss");
  auto [x, t] = matched("huber_loss", input, target);
  return run(op, {&x, &t}, {reduction, delta});
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const std::string& reduction,
                      double beta) {
  static constinit const Op op("core.smooth_l1_loss");
  auto [x, t] = matched("smooth_l1_loss", input, target);
  return run(op, {&x, &t}, {reduction, beta});
}

Tensor kl_div(const Tensor& input, const Tensor& target, const std::string& reduction,
              bool log_target) {
  static constinit const Op op("core.kl_div");
  auto [x, t] = matched("kl_div", input, target);
  return run(op, {&x, &t}, {reduction, log_target});
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight,
                            const std::string& reduction) {
  static constinit const Op op("core.binary_cross_entropy");
  Tensor w = weights_for(weight, input);
  return run(op, {&input, &target, &w}, {reduction});
}

Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const Tensor& weight, const std::string& reduction,
                                        const Tensor& pos_weight) {
  static constinit const Op op("core.binary_cross_entropy_with_logits");
  Tensor w = weights_for(weight, input), p = weights_for(pos_weight, input);
  return run(op, {&input, &target, &w, &p}, {reduction});
}

}  // namespace nn::functional
}  // namespace hg
