// nll_loss: the negative log-likelihood of the true classes, from log-probabilities.
//
// Forward.  x (N,C,d1,...) holds log-probabilities, t the true class of each sample (and
// place), w[c] a weight for each class:
//
//     l[n] = -w[t[n]] * x[n, t[n]]
//
//   Reduction "mean" is the weighted mean, sum_n l[n] / sum_n w[t[n]]. A sample whose t is
//   `ignore_index` costs nothing and has no part in the norm.
//
// Backward.  With g[n] = dL/dl[n], the norm included:
//
//     dL/dx[n,k] = -g[n] * w[k] * (k == t[n])                                       (*)
//
//   Check by thought: only the true class's log-probability is looked at, so only it is
//   asked to grow. That the others must shrink comes in through log_softmax.
//
// Saved for backward: t and w. x is not needed: l is linear in it.
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "ops/loss.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

enum Input { input, target, weight };
enum Attribute { reduction, ignore_index };

struct NllLoss {
  static void infer(Call& c) { infer_class_loss(c, false); }

  // Calls body(sample, class, weight) for every sample that counts; returns sum of weights.
  template <class T, class Body>
  static double each(const Call& c, const ClassLayout& a, const Body& body) {
    const int64_t* t = c.in<int64_t>(target);
    const T* w = c.given(weight) ? c.in<T>(weight) : nullptr;
    double norm = 0;
    for (int64_t s = 0; s < a.N * a.M; ++s) {
      if (t[s] == c.attr(ignore_index).integer()) continue;
      check_class(s, t[s], a.C);
      T weight_of = w ? w[t[s]] : T(1);
      norm += double(weight_of);
      body(s, t[s], weight_of);
    }
    return norm;
  }

  template <class T>
  static void forward(Call& c) {
    ClassLayout a(c.in(input));
    Reduction how(c.attr(reduction).string());
    const T* x = c.in<T>(input);
    T* y = c.out<T>(0);
    if (how.none()) std::fill(y, y + a.N * a.M, T(0));
    double sum = 0;
    double norm = each<T>(c, a, [&](int64_t s, int64_t k, T w) {
      T l = -w * x[a.at(s, k)];
      if (how.none()) y[s] = l;
      sum += double(l);
    });
    if (!how.none()) *y = T(sum / how.norm(norm));
  }

  template <class T>
  static void backward(Call& c) {
    ClassLayout a(c.in(input));
    Reduction how(c.attr(reduction).string());
    const T* dl = c.dout<T>(0);
    T* dx = c.din<T>(input);
    std::fill(dx, dx + hg_numel(&c.in(input)), T(0));
    T norm = T(how.norm(each<T>(c, a, [](int64_t, int64_t, T) {})));
    each<T>(c, a, [&](int64_t s, int64_t k, T w) {
      dx[a.at(s, k)] = -dl[how.none() ? s : 0] / norm * w;                          // (*)
    });
  }
};

}  // namespace

void describe_nll_loss(plugin::Plugin& p) {
  p.op<NllLoss>("core.nll_loss")
      .doc("negative log-likelihood of the true classes")
      .formula("l[n] = -w[t[n]] * x[n,t[n]]")
      .in("input", "log-probabilities (N,C,...) or (C)").in("target", "(N,...), i64")
      .optional_in("weight", "(C), of each class").out("output")
      .choice("reduction", "mean", Reduction::choices, Reduction::doc)
      .attr("ignore_index", HG_INT, -100, "samples with this index cost nothing")
      .nondiff_in({1, 2})
      .sample("normal[4,3] index(3)[4]")
      .sample("normal[2,3,4] index(3)[2,4] positive[3]")
      .sample("normal[2,3,4] index(3)[2,4]", R"({"reduction":"none","ignore_index":2})");
  p.kernel<NllLoss, float, double>("core.nll_loss").keep_in({1, 2});
}

}  // namespace ops

Tensor nn::functional::nll_loss(const Tensor& input, const Tensor& target,
                                const Tensor& weight, const std::string& reduction,
                                int64_t ignore_index) {
  static constinit const Op op("core.nll_loss");
  return run(op, {&input, &target, &weight}, {reduction, ignore_index});
}

}  // namespace hg
