// cross_entropy: the price, in nats, of being surprised by the truth.
//
// Forward.  x (N,C,d1,...) holds scores for C classes, for each of N samples (and each
// place d1,...; (C) alone is one sample). For one sample, with the probabilities p[c] =
// exp(x[c]) / sum_j exp(x[j]):
//
//     l = - sum_c q[c] * log p[c],      log p[c] = x[c] - log sum_j exp(x[j])
//
//   The target says what q is. With a class index t, a weight w[c] for each class and label
//   smoothing e (a share e of the truth is spread over all classes):
//
//     q[c] = w[c] * ( (1-e) * (c == t) + e/C )
//
//   With a probability y[c] for each class as target, y[c] stands in place of (c == t).
//   Without weights and smoothing only one term is left: l = -log p[t].
//
//   A sample whose index is `ignore_index` costs nothing. Reduction "mean" divides the sum
//   of all l by the sum of w[t] over the samples that count (class indices), or by the
//   number of samples (probabilities), as in PyTorch.
//
// Backward.  Let g = dL/dl of the sample, the norm of the mean included, and Q = sum_c
// q[c]. Since d log p[c] / dx[k] = (c == k) - p[k],
//
//     dL/dx[k] = - g sum_c q[c] * ((c == k) - p[k]) = g * (p[k] * Q - q[k])           (*)
//     dL/dy[k] = - g (1-e) w[k] * log p[k]            for probabilities as target     (**)
//
//   Check by thought: with plain indices (*) is g * (p[k] - (k == t)): the guess minus the
//   truth. It vanishes when the guess is right and sure, and sums to 0 over k.
//
// Saved for backward: x, the target, and for each sample log sum_j exp(x[j]) as two numbers
// (see LogSumExp), from which p[k] is one exp away.
//
// The delicate point: p is never formed in the forward pass. log p[c] is a difference of
// two numbers, exact even where p underflows: with scores of +-1e4 the loss is 2e4, not
// infinity.
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "ops/loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

enum Input { input, target, weight };
enum Attribute { reduction, ignore_index, label_smoothing };

bool has_probabilities(const Call& c) {
  const hg_tensor& t = c.in(target);
  return t.code == HG_FLOAT_CODE;
}

// q[c] of one sample, and what the sample adds to the norm of a mean.
template <class T>
class Truth {
 public:
  explicit Truth(const Call& c)
      : x_(c.in(input)),
        w_(c.given(weight) ? c.in<T>(weight) : nullptr),
        y_(has_probabilities(c) ? c.in<T>(target) : nullptr),
        t_(has_probabilities(c) ? nullptr : c.in<int64_t>(target)),
        ignored_(c.attr(ignore_index).integer()),
        e_(T(c.attr(label_smoothing).number())) {}

  bool ignored(int64_t s) const { return t_ && t_[s] == ignored_; }
  T w(int64_t k) const { return w_ ? w_[k] : T(1); }
  T q(int64_t s, int64_t k) const {
    T share = t_ ? T(t_[s] == k) : y_[x_.at(s, k)];
    return w(k) * ((1 - e_) * share + e_ / T(x_.C));
  }
  T norm(int64_t s) const { return !t_ ? T(1) : ignored(s) ? T(0) : w(t_[s]); }

  void check(int64_t s) const {
    if (t_ && !ignored(s)) check_class(s, t_[s], x_.C);
  }

 private:
  ClassLayout x_;
  const T *w_, *y_;
  const int64_t* t_;
  int64_t ignored_;
  T e_;
};

template <class T>
double mean_norm(const Truth<T>& truth, const ClassLayout& a) {
  double norm = 0;
  for (int64_t s = 0; s < a.samples(); ++s) norm += double(truth.norm(s));
  return norm;
}

struct CrossEntropy {
  static void infer(Call& c) {
    infer_class_loss(c, true);
    const int64_t ignored = c.attr(ignore_index).integer();
    require(!has_probabilities(c) || ignored < 0, "ignore_index is ", ignored,
            ", and the target holds probabilities: there is no index to ignore");
  }

  // saved[0] (samples, 2): top and rest of each sample's log sum_j exp(x[j])
  template <class T>
  static void plan(Call& c) {
    int64_t shape[] = {ClassLayout(c.in(input)).samples(), 2}, strides[] = {2, 1};
    hg_tensor s = c.in(input);
    s.ndim = 2;
    s.shape = shape;
    s.strides = strides;
    c.save(0, s);
  }

  template <class T>
  static void forward(Call& c) {
    ClassLayout a(c.in(input));
    Truth<T> truth(c);
    Reduction how(c.attr(reduction).string());
    const T* x = c.in<T>(input);
    T *y = c.out<T>(0), *saved = c.saved<T>(0);
    double sum = 0;
    for (int64_t s = 0; s < a.samples(); ++s) {
      truth.check(s);
      const T* row = x + a.at(s, 0);
      LogSumExp<T> lse(row, a.C, a.M);
      saved[2 * s] = lse.top;
      saved[2 * s + 1] = lse.rest;
      T l = 0;
      for (int64_t k = 0; k < a.C && !truth.ignored(s); ++k) {
        T q = truth.q(s, k);
        if (q != 0) l -= q * lse.log_p(row[k * a.M]);
      }
      if (how.none()) y[s] = l;
      sum += double(l);
    }
    if (!how.none()) *y = T(sum / how.norm(mean_norm(truth, a)));
  }

  template <class T>
  static void backward(Call& c) {
    ClassLayout a(c.in(input));
    Truth<T> truth(c);
    Reduction how(c.attr(reduction).string());
    const T *x = c.in<T>(input), *dl = c.dout<T>(0), *saved = c.saved<T>(0);
    T *dx = c.din<T>(input), *dy = c.din<T>(target);
    T norm = T(how.norm(mean_norm(truth, a))), e = T(c.attr(label_smoothing).number());
    for (int64_t s = 0; s < a.samples(); ++s) {
      T g = truth.ignored(s) ? T(0) : dl[how.none() ? s : 0] / norm, Q = 0;
      LogSumExp<T> lse(saved[2 * s], saved[2 * s + 1]);
      for (int64_t k = 0; k < a.C; ++k) Q += truth.q(s, k);
      for (int64_t k = 0; k < a.C; ++k) {
        int64_t at = a.at(s, k);
        T log_p = lse.log_p(x[at]);
        if (dx) dx[at] = g * (std::exp(log_p) * Q - truth.q(s, k));                 // (*)
        if (dy) dy[at] = -g * (1 - e) * truth.w(k) * log_p;                         // (**)
      }
    }
  }
};

}  // namespace

void describe_cross_entropy(plugin::Plugin& p) {
  p.op<CrossEntropy>("core.cross_entropy")
      .doc("softmax and negative log-likelihood in one")
      .formula("l = -sum_c q[c] * log softmax(x)[c]")
      .in("input", "scores (N,C,...) or (C)")
      .in("target", "class indices (N,...), i64, or probabilities of the input's shape")
      .optional_in("weight", "(C), of each class")
      .out("output")
      .choice("reduction", "mean", Reduction::choices, Reduction::doc)
      .attr("ignore_index", HG_INT, -100, "samples with this index cost nothing")
      .attr("label_smoothing", HG_FLOAT, 0.0, "share of the truth spread over all classes",
            0.0, 1.0)
      .nondiff_in({2})
      .sample("normal[4,3] index(3)[4]")
      .sample("normal[4,3] index(3)[4] positive[3]", R"({"label_smoothing":0.1})")
      .sample("normal[2,3,4] index(3)[2,4]", R"({"reduction":"none"})")
      .sample("normal[2,3,4] index(3)[2,4]", R"({"reduction":"sum","ignore_index":1})")
      .sample("normal[5,4] uniform[5,4] positive[4]", R"({"label_smoothing":0.2})")
      .sample("normal[3] index(3)[]");
  p.kernel<CrossEntropy, float, double>("core.cross_entropy").keep_in({0, 1, 2});
}

}  // namespace ops

Tensor nn::functional::cross_entropy(const Tensor& input, const Tensor& target,
                                     const Tensor& weight, const std::string& reduction,
                                     int64_t ignore_index, double label_smoothing) {
  static constinit const Op op("core.cross_entropy");
  return run(op, {&input, &target, &weight}, {reduction, ignore_index, label_smoothing});
}

}  // namespace hg
