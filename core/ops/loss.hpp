// What the losses share: the reduction to one number, the sum of exponentials, and how
// samples and classes lie in memory. Losses of pairs of elements: see pointwise_loss.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "ops/ops.hpp"

namespace hg::ops {

void describe_softmax(plugin::Plugin& p);
void describe_log_softmax(plugin::Plugin& p);
void describe_cross_entropy(plugin::Plugin& p);
void describe_nll_loss(plugin::Plugin& p);
void describe_pointwise_losses(plugin::Plugin& p);
void describe_binary_cross_entropy(plugin::Plugin& p);
void describe_kl_div(plugin::Plugin& p);
void describe_cosine_similarity(plugin::Plugin& p);

/// log sum_j exp(x[j*step]), j = 0..n-1, n > 0, as two numbers whose sum it is: the largest
/// x, and the logarithm of a sum in which no exp overflows. Kept apart because x - top is
/// exact where x - (top + rest) has lost the digits of rest: with x = 10000, all of them
/// beyond the third. The largest x adds exp(0) = 1 to the sum, and log1p adds it: next to a
/// 1, what the others add would lose its digits, and a guess that is nearly sure would cost
/// nothing.
template <class T>
struct LogSumExp {
  T top, rest;
  LogSumExp(T top, T rest) : top(top), rest(rest) {}
  LogSumExp(const T* x, int64_t n, int64_t step) {
    int64_t largest = 0;
    for (int64_t j = 1; j < n; ++j) {
      if (x[j * step] > x[largest * step]) largest = j;
    }
    top = x[largest * step];
    T others = top - top;  // 0, or NaN if the scores have no largest finite one
    for (int64_t j = 0; j < n; ++j) {
      if (j != largest) others += std::exp(x[j * step] - top);
    }
    rest = std::log1p(others);
  }
  /// The logarithm of the probability of a score x.
  T log_p(T x) const { return (x - top) - rest; }
};

/// How the losses l[i] of the elements become the result: all of them ("none"), their sum,
/// or their sum divided by `norm` ("mean").
class Reduction {
 public:
  explicit Reduction(std::string_view word) : none_(word == "none"), sum_(word == "sum") {}
  bool none() const { return none_; }
  double norm(double mean_norm) const { return none_ || sum_ ? 1.0 : mean_norm; }

  static constexpr const char* choices = "mean|sum|none";
  static constexpr const char* doc = "mean, sum, or none: a loss for each element";

 private:
  bool none_, sum_;
};

/// Scores or log-probabilities x (N,C,d1,...), or (C) for one sample, seen as (N, C, M):
/// samples, classes, places within a sample. A "sample" s counts places, too: s = n*M + m.
struct ClassLayout {
  int64_t N = 1, C = 1, M = 1;
  explicit ClassLayout(const hg_tensor& x)
      : N(x.ndim > 1 ? x.shape[0] : 1), C(x.shape[x.ndim > 1 ? 1 : 0]) {
    for (int d = 2; d < x.ndim; ++d) M *= x.shape[d];
  }
  int64_t samples() const { return N * M; }
  int64_t at(int64_t s, int64_t k) const { return (s / M * C + k) * M + s % M; }
};

/// Refuses class t of sample s if there are only C.
inline void check_class(int64_t s, int64_t t, int64_t C) {
  plugin::require(t >= 0 && t < C, "target ", s, " is ", t, ", and there are ", C,
                  " classes, numbered from 0");
}

/// The shape rule of losses over classes: input 0 is x, 1 the target (checked against a
/// shape without classes if it holds indices), 2 the optional weights (C). Output 0 gets a
/// loss for each sample, or one number.
inline void infer_class_loss(plugin::Call& c, bool probabilities_allowed) {
  using plugin::require, plugin::shape_text, plugin::type_text;
  const hg_tensor &x = c.in(0), &t = c.in(1);
  require(x.ndim >= 1, "input is one number; it must be (C) or (N,C,...)");
  require(is_floating(x), "input is ", type_text(x),
          "; what it holds for each class is a floating-point number");
  const int axis = x.ndim > 1 ? 1 : 0;
  require(x.shape[axis] > 0, "input is ", shape_text(x), ": there are no classes");
  c.like(0, x);
  hg_tensor& y = c.out(0);
  for (int d = axis; d + 1 < x.ndim; ++d) y.shape[d] = x.shape[d + 1];
  y.ndim = x.ndim - 1;
  if (probabilities_allowed && is_floating(t)) {
    require(same_shape(x, t), "input is ", shape_text(x), ", target is ", shape_text(t),
            ": probabilities need the input's shape (class indices are of type i64)");
    require(dtype_of(t) == dtype_of(x), "input is ", type_text(x), ", target is ",
            type_text(t));
  } else {
    require(t.code == HG_INT_CODE && t.bits == 64, "the target's type is ", type_text(t),
            "; class indices are i64",
            probabilities_allowed ? ", probabilities the input's type" : "",
            is_floating(t) ? "" : "\n  hint: target.to(i64)");
    require(same_shape(y, t), "input is ", shape_text(x), ", so target must be ",
            shape_text(y), ", and it is ", shape_text(t));
  }
  if (c.given(2)) {
    const hg_tensor& w = c.in(2);
    require(w.ndim == 1 && w.shape[0] == x.shape[axis], "weight is ", shape_text(w),
            "; there are ", x.shape[axis], " classes");
    require(dtype_of(w) == dtype_of(x), "input is ", type_text(x), ", weight is ",
            type_text(w));
  }
  if (Reduction(c.attr(0).string()).none()) return;
  y.ndim = 0;
}

}  // namespace hg::ops
