// What the losses share: the reduction to one number, the sum of exponentials, and the
// loops of those that compare two tensors element by element.
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

/// log sum_j exp(x[j*step]), j = 0..n-1, n > 0, as two numbers whose sum it is: the largest
/// x, and the logarithm of a sum in which no exp overflows. Kept apart because x - top is
/// exact where x - (top + rest) has lost the digits of rest: with x = 10000, all of them
/// beyond the third.
template <class T>
struct LogSumExp {
  T top, rest;
  LogSumExp(T top, T rest) : top(top), rest(rest) {}
  LogSumExp(const T* x, int64_t n, int64_t step) : top(x[0]) {
    for (int64_t j = 1; j < n; ++j) top = std::max(top, x[j * step]);
    T sum = 0;
    for (int64_t j = 0; j < n; ++j) sum += std::exp(x[j * step] - top);
    rest = std::log(sum);
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

/// A loss of pairs (x[i], t[i]): Formula f(call) knows
///     f.y(x, t)                          the loss of one element
///     f.dx(x, t), f.dt(x, t)             its slopes
/// and the attribute `reduction` comes first. Sums are made in double precision. With
/// g = dL/dy (of y[i], or of the one result divided by the norm), dL/dx[i] = g * f.dx.
template <class Formula>
struct PointwiseLoss {
  static void infer(plugin::Call& c) {
    plugin::require(same_shape(c.in(0), c.in(1)), "input is ", plugin::shape_text(c.in(0)),
                    ", target is ", plugin::shape_text(c.in(1)), ": they must agree");
    for (uint32_t i = 2; i < c.n_in(); ++i) {
      if (!c.given(i)) continue;
      plugin::require(same_shape(c.in(0), c.in(i)), "input is ",
                      plugin::shape_text(c.in(0)), ", the weights are ",
                      plugin::shape_text(c.in(i)), ": they must agree");
    }
    c.like(0, c.in(0));
    if (!Reduction(c.attr(0).string()).none()) c.out(0).ndim = 0;
  }

  template <class T>
  static void forward(plugin::Call& c) {
    Formula f(c);
    Reduction reduction(c.attr(0).string());
    const T *x = c.in<T>(0), *t = c.in<T>(1);
    T* y = c.out<T>(0);
    int64_t n = hg_numel(&c.in(0));
    if (reduction.none()) {
      for (int64_t i = 0; i < n; ++i) y[i] = f.y(x[i], t[i], i);
    } else {
      double sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += double(f.y(x[i], t[i], i));
      *y = T(sum / reduction.norm(f.norm(c)));
    }
  }

  template <class T>
  static void backward(plugin::Call& c) {
    Formula f(c);
    Reduction reduction(c.attr(0).string());
    const T *x = c.in<T>(0), *t = c.in<T>(1), *dy = c.dout<T>(0);
    T *dx = c.din<T>(0), *dt = c.din<T>(1);
    int64_t n = hg_numel(&c.in(0)), step = reduction.none() ? 1 : 0;
    T norm = T(reduction.norm(f.norm(c)));
    for (int64_t i = 0; i < n; ++i) {
      T g = dy[i * step] / norm;
      if (dx) dx[i] = g * f.dx(x[i], t[i], i);
      if (dt) dt[i] = g * f.dt(x[i], t[i], i);
    }
  }
};

}  // namespace hg::ops
