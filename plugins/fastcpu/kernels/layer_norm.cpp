#include "layer_norm.hpp"

#include "sums.hpp"

namespace hg::fastcpu::ISA {
namespace {

// Both passes over a row, for the mean and for the squares of the distances from it, add up
// in blocks (sums.hpp). The row comes from the L1 cache the second time, and the third.
HG_INLINE double mean_of(const float* x, int64_t n) {
  double mean = 0;
  for (int64_t i = 0; i < n; i += block_size) {
    Lanes sum;
    each_of_four(n - i < block_size ? n - i : block_size,
                 [&](int k, auto at) { sum.v[k] += at(x + i); });
    mean += sum.sum();
  }
  return mean / double(n);
}

// The mean and (1/n) sum (x - mean)^2. The first pass leaves the mean with the rounding of
// f32. The distances from that add up to what it is off, which is put right: where the
// mean is large beside the spread, that rounding is not small beside the spread.
struct Statistics {
  double mean, variance;
};
HG_INLINE Statistics statistics_of(const float* x, int64_t n) {
  const float about = float(mean_of(x, n));
  double squares = 0, off = 0;
  for (int64_t i = 0; i < n; i += block_size) {
    Lanes sum, rest;
    each_of_four(n - i < block_size ? n - i : block_size, [&](int k, auto at) {
      const F d = at.only(at(x + i) - about);
      sum.v[k] += d * d;
      rest.v[k] += d;
    });
    squares += sum.sum();
    off += rest.sum();
  }
  off /= double(n);
  const double variance = squares / double(n) - off * off;
  return {double(about) + off, variance < 0 ? 0 : variance};
}

template <bool scaled, bool moved>
HG_INLINE void rows_forward(const float* x, const float* w, const float* b, float* y,
                            double* saved, int64_t rows, int64_t n, double eps) {
  for (int64_t row = 0; row < rows; ++row, x += n, y += n, saved += 2) {
    const auto [mean, variance] = statistics_of(x, n);
    const double r = 1 / __builtin_sqrt(variance + eps);
    saved[0] = mean;
    saved[1] = r;
    // h = (x - m) r - off r, with the mean as a float m and the rest of it, off
    const F m = all(float(mean)), scale = all(float(r)),
            rest = all(float((mean - double(float(mean))) * r));
    each_vector(0, n, [&](auto at) {
      F h = (at(x) - m) * scale - rest;
      if constexpr (scaled) h = h * at(w);
      if constexpr (moved) h = h + at(b);
      at.put(y, h);
    });
  }
}

void forward(const float* x, const float* w, const float* b, float* y, double* saved,
             int64_t rows, int64_t n, double eps) {
  if (w && b) rows_forward<true, true>(x, w, b, y, saved, rows, n, eps);
  else if (w) rows_forward<true, false>(x, w, b, y, saved, rows, n, eps);
  else if (b) rows_forward<false, true>(x, w, b, y, saved, rows, n, eps);
  else rows_forward<false, false>(x, w, b, y, saved, rows, n, eps);
}

// dx = r (g - (1/n) sum g - h (1/n) sum g h), with g = dy w.
template <bool scaled>
HG_INLINE void row_backward(const float* x, const float* w, const float* dy, float* dx,
                            int64_t n, F m, F r, F rest) {
  double sum_g = 0, sum_gh = 0;
  for (int64_t i = 0; i < n; i += block_size) {
    Lanes of_g, of_gh;
    each_of_four(n - i < block_size ? n - i : block_size, [&](int k, auto at) {
      F g = at(dy + i);
      if constexpr (scaled) g = g * at(w + i);
      of_g.v[k] += g;
      of_gh.v[k] += at.only(g * ((at(x + i) - m) * r - rest));
    });
    sum_g += of_g.sum();
    sum_gh += of_gh.sum();
  }
  const F mean_g = all(float(sum_g / double(n))), mean_gh = all(float(sum_gh / double(n)));
  each_vector(0, n, [&](auto at) {
    F g = at(dy);
    if constexpr (scaled) g = g * at(w);
    at.put(dx, r * ((g - mean_g) - ((at(x) - m) * r - rest) * mean_gh));
  });
}

// In the order of the rows, with one addition of f32 for each.
template <bool weight, bool bias>
HG_INLINE void add_row(const float* x, const float* dy, float* dw, float* db, int64_t n,
                       F m, F r, F rest) {
  each_vector(0, n, [&](auto at) {
    const F d = at(dy);
    if constexpr (weight) at.put(dw, at(dw) + d * ((at(x) - m) * r - rest));
    if constexpr (bias) at.put(db, at(db) + d);
  });
}

void backward(const float* x, const float* w, const float* dy, const double* saved,
              float* dx, float* dw, float* db, int64_t rows, int64_t n) {
  each_vector(0, n, [&](auto at) {
    if (dw) at.put(dw, F{});
    if (db) at.put(db, F{});
  });
  for (int64_t row = 0; row < rows; ++row, x += n, dy += n, saved += 2) {
    const F m = all(float(saved[0])), r = all(float(saved[1]));
    const F rest = all(float((saved[0] - double(float(saved[0]))) * saved[1]));
    if (dx) {
      if (w) row_backward<true>(x, w, dy, dx, n, m, r, rest);
      else row_backward<false>(x, w, dy, dx, n, m, r, rest);
      dx += n;
    }
    if (dw && db) add_row<true, true>(x, dy, dw, db, n, m, r, rest);
    else if (dw) add_row<true, false>(x, dy, dw, db, n, m, r, rest);
    else if (db) add_row<false, true>(x, dy, dw, db, n, m, r, rest);
  }
}

}  // namespace

extern const LayerNorm layer_norm{forward, backward};

}  // namespace hg::fastcpu::ISA
