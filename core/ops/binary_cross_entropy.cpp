// binary_cross_entropy, and binary_cross_entropy_with_logits: what is paid for a guess at
// yes or no. The target t is 1 for yes, 0 for no, or a probability between.
//
// binary_cross_entropy        x is the probability of yes, w a weight for each element:
//
//     l     = -w (t log x + (1-t) log(1-x))
//     dl/dx = w (x - t) / (x (1-x))
//     dl/dt = w (log(1-x) - log x)                                               (*)
//
//   The first slope is -w (t/x - (1-t)/(1-x)) over one denominator. Logarithms are cut off
//   at -100, as in PyTorch, so that x = 0 and x = 1 cost 100 where they are wrong, not
//   infinity; the denominator counts as 1e-12 at least.
//
// binary_cross_entropy_with_logits     x is a score, s = logistic(x) the probability. With
// log s = -log(1 + e^-x), log(1-s) = -x - log(1 + e^-x), and a factor p (`pos_weight`) on
// the price of a missed yes:
//
//     l     = w ((1-t) x + q log(1 + e^-x)),       q = 1 + (p-1) t
//     dl/dx = w ((1-t) - q (1-s)),                 1-s = logistic(-x)
//     dl/dt = w ((p-1) log(1 + e^-x) - x)                                       (**)
//
//   Check by thought: for p = 1 the slope in x is w (s - t), the guess minus the truth. It
//   stays 1 for a score that is very wrong, where the slope of binary_cross_entropy behind
//   a sigmoid has lost all digits to the cut-off.
//
// Saved for backward: x, t and the weights, which get no gradient themselves.
//
// Delicate.  log(1 + e^-x) overflows for very negative x; log_one_plus_exp (logistic.hpp)
// is exact for scores of any size.
#include "nn/functional.hpp"
#include "ops/logistic.hpp"
#include "ops/pointwise_loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct BinaryCrossEntropy : PairFormula {
  Weights w;
  explicit BinaryCrossEntropy(const Call& c) : PairFormula(c), w(c, 2) {}
  template <class T> static T cut_log(T x) { return std::max(std::log(x), T(-100)); }
  template <class T> T y(T x, T t, int64_t i) const {
    require(x >= 0 && x <= 1, "element ", i, " of the input is ", x,
            "; a probability lies in [0,1]\n  hint: "
            "binary_cross_entropy_with_logits takes scores of any size");
    return -w.at<T>(i) * (t * cut_log(x) + (1 - t) * cut_log(1 - x));
  }
  template <class T> T dx(T x, T t, int64_t i) const {
    return w.at<T>(i) * (x - t) / std::max(x * (1 - x), T(1e-12));
  }
  template <class T> T dt(T x, T, int64_t i) const {
    return w.at<T>(i) * (cut_log(1 - x) - cut_log(x));
  }
};

struct WithLogits : PairFormula {
  Weights w, p;
  explicit WithLogits(const Call& c) : PairFormula(c), w(c, 2), p(c, 3) {}
  template <class T> T q(T t, int64_t i) const { return 1 + (p.at<T>(i) - 1) * t; }
  template <class T> T y(T x, T t, int64_t i) const {
    return w.at<T>(i) * ((1 - t) * x + q(t, i) * log_one_plus_exp(-x));
  }
  template <class T> T dx(T x, T t, int64_t i) const {
    return w.at<T>(i) * ((1 - t) - q(t, i) * logistic(-x));
  }
  template <class T> T dt(T x, T, int64_t i) const {
    return w.at<T>(i) * ((p.at<T>(i) - 1) * log_one_plus_exp(-x) - x);
  }
};

}  // namespace

void describe_binary_cross_entropy(plugin::Plugin& p) {
  p.op<PointwiseLoss<BinaryCrossEntropy>>("core.binary_cross_entropy")
      .doc("cross-entropy of probabilities of two classes")
      .formula("l = -w*(t*log(x) + (1-t)*log(1-x)), logs at least -100")
      .in("input", "the probability x").in("target")
      .optional_in("weight", "of each element")
      .out("output")
      .choice("reduction", "mean", Reduction::choices, Reduction::doc)
      .promote(HG_PROMOTE_FLOAT, {0, 1, 2})
      .nondiff_in({2})
      .sample("simplex[3,4] uniform[3,4]")
      .sample("simplex[2,5] uniform[2,5] positive[2,5]", R"({"reduction":"sum"})");
  p.kernel<PointwiseLoss<BinaryCrossEntropy>, float, double>("core.binary_cross_entropy")
      .keep_in({0, 1, 2});

  const char* with_logits = "core.binary_cross_entropy_with_logits";
  p.op<PointwiseLoss<WithLogits>>(with_logits)
      .doc("the same from scores, exact however large they are")
      .formula("l = w*((1-t)*x + q*log(1+exp(-x))), q = 1 + (pos_weight-1)*t")
      .in("input", "the score x").in("target").optional_in("weight", "of each element")
      .optional_in("pos_weight", "of each element, for t = 1").out("output")
      .choice("reduction", "mean", Reduction::choices, Reduction::doc)
      .promote(HG_PROMOTE_FLOAT, {0, 1, 2, 3})
      .nondiff_in({2, 3})
      .sample("normal[3,4] uniform[3,4]")
      .sample("normal[2,5] uniform[2,5] positive[2,5] positive[2,5]",
              R"({"reduction":"none"})");
  p.kernel<PointwiseLoss<WithLogits>, float, double>(with_logits).keep_in({0, 1, 2, 3});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace nn::functional {
namespace {

Tensor weights_for(const Tensor& w, const Tensor& x) {
  return w.defined() ? w.expand(x.shape()) : w;
}

}  // namespace

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
