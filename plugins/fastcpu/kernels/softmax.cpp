#include "softmax.hpp"

#include "math.hpp"
#include "sums.hpp"

namespace hg::fastcpu::ISA {
namespace {

constexpr float infinity = __builtin_inff();

// ---- along rows -------------------------------------------------------------------------

HG_INLINE float largest_of_row(const float* x, int64_t n) {
  F top[4] = {all(-infinity), all(-infinity), all(-infinity), all(-infinity)};
  each_of_four(n, [&](int k, auto at) {
    top[k] = larger(top[k], at.or_else(x, -infinity));
  });
  return largest(larger(larger(top[0], top[1]), larger(top[2], top[3])));
}

// What exp(x - top) adds up to. For the logarithm, without the largest ones, each of which
// adds 1: they are counted, and the sum is complete but for one of them. Next to that 1,
// small terms would lose their digits; log1p puts it back.
template <bool log>
HG_INLINE float sum_of_row(const float* x, float* y, int64_t n, float top) {
  Lanes sum, ties;
  each_of_four(n, [&](int k, auto at) {
    const F v = at(x), e = exp_negative(v - top);
    if constexpr (log) {
      const I is_top = v == top;
      sum.v[k] += at.only(is_top ? F{} : e);
      ties.v[k] += at.only(is_top ? all(1.0f) : F{});
    } else {
      sum.v[k] += at.only(e);
      at.put(y, e);
    }
  });
  return log ? float(sum.sum() + (ties.sum() - 1)) : float(sum.sum());
}

template <bool log>
void forward(const float* x, float* y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float top = largest_of_row(x, n);
    const float sum = sum_of_row<log>(x, y, n, top);
    if constexpr (log) {
      // top - top is 0, or nan where there is no largest number.
      const float rest = __builtin_log1pf(sum + (top - top));
      each_vector(0, n, [&](auto at) { at.put(y, (at(x) - top) - rest); });
    } else {
      const float share = 1.0f / sum;
      each_vector(0, n, [&](auto at) { at.put(y, at(y) * share); });
    }
  }
}

// softmax: dx = y (dy - sum y dy). log_softmax: dx = dy - e^y sum dy.
template <bool log>
HG_INLINE F slope(F y, F dy, F sum) {
  return log ? dy - exp_negative(y) * sum : y * (dy - sum);
}

template <bool log>
void backward(const float* y, const float* dy, float* dx, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, y += n, dy += n, dx += n) {
    Lanes sum;
    each_of_four(n, [&](int k, auto at) { sum.v[k] += log ? at(dy) : at(y) * at(dy); });
    const F total = all(float(sum.sum()));
    each_vector(0, n, [&](auto at) { at.put(dx, slope<log>(at(y), at(dy), total)); });
  }
}

// ---- across rows ------------------------------------------------------------------------

// Each lane has a column of its own. A row of the tile is read from its first number to its
// last, for all columns, before the next row: memory is read in its own order.
template <bool log>
void forward_across(const float* x, float* y, int64_t n, int64_t step, int64_t columns) {
  float top[softmax_tile], sum[softmax_tile], ties[softmax_tile];
  each_vector(0, columns, [&](auto at) {
    at.put(top, all(-infinity));
    at.put(sum, F{});
    at.put(ties, F{});
  });
  for (int64_t j = 0; j < n; ++j) {
    const float* row = x + j * step;
    each_vector(0, columns, [&](auto at) { at.put(top, larger(at(top), at(row))); });
  }
  for (int64_t j = 0; j < n; ++j) {
    const float* row = x + j * step;
    float* out = y + j * step;
    each_vector(0, columns, [&](auto at) {
      const F v = at(row), e = exp_negative(v - at(top));
      if constexpr (log) {
        const I is_top = v == at(top);
        at.put(sum, at(sum) + (is_top ? F{} : e));
        at.put(ties, at(ties) + (is_top ? all(1.0f) : F{}));
      } else {
        at.put(sum, at(sum) + e);
        at.put(out, e);
      }
    });
  }
  if constexpr (log) {
    for (int64_t i = 0; i < columns; ++i) {
      sum[i] = __builtin_log1pf(sum[i] + (ties[i] - 1.0f) + (top[i] - top[i]));
    }
  } else {
    each_vector(0, columns, [&](auto at) { at.put(sum, 1.0f / at(sum)); });
  }
  for (int64_t j = 0; j < n; ++j) {
    const float* row = x + j * step;
    float* out = y + j * step;
    each_vector(0, columns, [&](auto at) {
      at.put(out, log ? (at(row) - at(top)) - at(sum) : at(out) * at(sum));
    });
  }
}

template <bool log>
void backward_across(const float* y, const float* dy, float* dx, int64_t n, int64_t step,
                     int64_t columns) {
  float sum[softmax_tile];
  each_vector(0, columns, [&](auto at) { at.put(sum, F{}); });
  for (int64_t j = 0; j < n; ++j) {
    const float *out = y + j * step, *d = dy + j * step;
    each_vector(0, columns, [&](auto at) {
      at.put(sum, at(sum) + (log ? at(d) : at(out) * at(d)));
    });
  }
  for (int64_t j = 0; j < n; ++j) {
    const float *out = y + j * step, *d = dy + j * step;
    float* to = dx + j * step;
    each_vector(0, columns, [&](auto at) {
      at.put(to, slope<log>(at(out), at(d), at(sum)));
    });
  }
}

}  // namespace

extern const Softmax softmax{forward<false>, backward<false>, forward_across<false>,
                             backward_across<false>};
extern const Softmax log_softmax{forward<true>, backward<true>, forward_across<true>,
                                 backward_across<true>};

}  // namespace hg::fastcpu::ISA
