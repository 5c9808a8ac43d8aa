// The logistic curve and its integral, exact however large x is. sigmoid, silu, gelu,
// softplus, swiglu and the losses of scores are made of them.
#pragma once

#include <algorithm>
#include <cmath>

namespace hg::ops {

/// 1 / (1 + e^-x). With u = e^-|x|, which lies in (0,1] and cannot overflow, that is
/// 1/(1+u) on the right of 0; on the left both sides of the fraction are multiplied by
/// u = e^x, which gives u/(1+u).
template <class T>
T logistic(T x) {
  const T u = std::exp(-std::abs(x));
  return (x < 0 ? u : T(1)) / (1 + u);
}

/// log(1 + e^x), whose slope is logistic(x). On the right of 0, e^x is taken out of the
/// logarithm: log(e^x (e^-x + 1)) = x + log(1 + e^-x). So again only e^-|x| is formed, and
/// log1p keeps what is too small to be added to 1.
template <class T>
T log_one_plus_exp(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
}

/// The slope of x s, s = logistic(x): by the product rule s + x s (1 - s).
template <class T>
T silu_slope(T x) {
  const T s = logistic(x);
  return s * (1 + x * (1 - s));
}

}  // namespace hg::ops
