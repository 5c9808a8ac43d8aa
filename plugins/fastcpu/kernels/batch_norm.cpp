#include "batch_norm.hpp"

#include "sums.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- a channel as planes ----------------------------------------------------------------

// The planes of a channel are taken in blocks that fit the L1 cache, twice: once for the
// block's mean, once for the squares of the distances from it. So x is read from memory a
// single time, and yet no large number is subtracted from another of its size, as in
// sum x^2 - R m^2. Two blocks, of n and k numbers, whose means are d apart, have together
//
//     mean = m_n + d k/(n+k)         squares = s_n + s_k + d^2 n k/(n+k)
//
// (Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample
// variances, 1979).
HG_INLINE void merge(Moments& a, const Moments& b) {
  const double n = a.count + b.count, d = b.mean - a.mean;
  a.mean += d * b.count / n;
  a.squares += b.squares + d * d * a.count * b.count / n;
  a.count = n;
}

Moments of_block(const float* x, int64_t planes, int64_t step, int64_t size) {
  Lanes sum;
  for (int64_t p = 0; p < planes; ++p) {
    const float* at_plane = x + p * step;
    each_of_four(size, [&](int k, auto at) { sum.v[k] += at(at_plane); });
  }
  const double n = double(planes * size), about = double(float(sum.sum() / n));
  const F centre = all(float(about));
  Lanes squares, rest;
  for (int64_t p = 0; p < planes; ++p) {
    const float* at_plane = x + p * step;
    each_of_four(size, [&](int k, auto at) {
      const F d = at.only(at(at_plane) - centre);
      squares.v[k] += d * d;
      rest.v[k] += d;
    });
  }
  // `about` is the mean but for its rounding; what is left is known from the second pass.
  const double off = rest.sum() / n;
  return {n, about + off, squares.sum() - n * off * off};
}

void moments(const float* x, Planes at, Moments* channel) {
  const int64_t size = at.size < block_size ? at.size : block_size;
  for (int64_t i = 0; i < at.size; i += size) {
    const int64_t n = at.size - i < size ? at.size - i : size;
    merge(*channel, of_block(x + i, at.count, at.step, n));
  }
}

void scale(const float* x, float* y, Planes p, float m, float a, float b) {
  for (int64_t n = 0; n < p.count; ++n, x += p.step, y += p.step) {
    each_vector(0, p.size, [&](auto at) { at.put(y, (at(x) - all(m)) * a + b); });
  }
}

void sums(const float* x, const float* dy, Planes p, float m, double sum[2]) {
  for (int64_t n = 0; n < p.count; ++n, x += p.step, dy += p.step) {
    for (int64_t i = 0; i < p.size; i += block_size) {
      Lanes of_dy, of_dyx;
      each_of_four(p.size - i < block_size ? p.size - i : block_size, [&](int k, auto at) {
        const F g = at(dy + i);
        of_dy.v[k] += g;
        of_dyx.v[k] += g * at.only(at(x + i) - all(m));
      });
      sum[0] += of_dy.sum();
      sum[1] += of_dyx.sum();
    }
  }
}

void backward(const float* x, const float* dy, float* dx, Planes p, float m, float a,
              float b, float c) {
  for (int64_t n = 0; n < p.count; ++n, x += p.step, dy += p.step, dx += p.step) {
    each_vector(0, p.size, [&](auto at) {
      at.put(dx, at(dy) * a + ((at(x) - all(m)) * b + c));
    });
  }
}

// ---- channels as columns ----------------------------------------------------------------

// Of planes with few places, or none but one, a vector takes several, or several channels:
// every column has sums of its own. Rows are taken in blocks, as above.
constexpr int64_t rows_of_block = 128;

template <class Each>
HG_INLINE void blocks_of_rows(int64_t rows, const Each& each) {
  for (int64_t r = 0; r < rows; r += rows_of_block) {
    each(r, rows - r < rows_of_block ? rows : r + rows_of_block);
  }
}

HG_INLINE void add_lanes(double* sum, F v, int64_t n) {
  float x[W];
  store(x, v);
  for (int64_t i = 0; i < n; ++i) sum[i] += double(x[i]);
}
HG_INLINE int64_t columns_of(Whole) { return W; }
HG_INLINE int64_t columns_of(First at) { return at.n; }

void column_moments(const float* x, Columns m, double* mean, double* squares) {
  for (int64_t j = 0; j < m.columns; ++j) mean[j] = squares[j] = 0;
  each_vector(0, m.columns, [&](auto at) {
    const int64_t n = columns_of(at);
    double *means = mean + at.i, off[W] = {};
    blocks_of_rows(m.rows, [&](int64_t r, int64_t end) {
      F sum[2] = {};
      for (; r + 2 <= end; r += 2) {
        sum[0] += at(x + r * m.step);
        sum[1] += at(x + (r + 1) * m.step);
      }
      if (r < end) sum[0] += at(x + r * m.step);
      add_lanes(means, sum[0] + sum[1], n);
    });
    F centre = {};
    for (int64_t j = 0; j < n; ++j) centre[j] = float(means[j] /= double(m.rows));
    blocks_of_rows(m.rows, [&](int64_t r, int64_t end) {
      F sum = {}, rest = {};
      for (; r < end; ++r) {
        const F d = at(x + r * m.step) - centre;
        sum += d * d;
        rest += d;
      }
      add_lanes(squares + at.i, sum, n);
      add_lanes(off, rest, n);
    });
    for (int64_t j = 0; j < n; ++j) {
      off[j] /= double(m.rows);
      means[j] = double(float(means[j])) + off[j];
      squares[at.i + j] -= double(m.rows) * off[j] * off[j];
    }
  });
}

void scale_columns(const float* x, float* y, Columns to, const float* m, const float* a,
                   const float* b) {
  for (int64_t r = 0; r < to.rows; ++r, x += to.step, y += to.step) {
    each_vector(0, to.columns,
                [&](auto at) { at.put(y, (at(x) - at(m)) * at(a) + at(b)); });
  }
}

void column_sums(const float* x, const float* dy, Columns of, const float* m,
                 double* sum_dy, double* sum_dyx) {
  for (int64_t j = 0; j < of.columns; ++j) sum_dy[j] = sum_dyx[j] = 0;
  each_vector(0, of.columns, [&](auto at) {
    const F centre = at(m);
    blocks_of_rows(of.rows, [&](int64_t r, int64_t end) {
      F g = {}, gx = {};
      for (; r < end; ++r) {
        const F d = at(dy + r * of.step);
        g += d;
        gx += d * (at(x + r * of.step) - centre);
      }
      add_lanes(sum_dy + at.i, g, columns_of(at));
      add_lanes(sum_dyx + at.i, gx, columns_of(at));
    });
  });
}

void backward_columns(const float* x, const float* dy, float* dx, Columns of,
                      const float* m, const float* a, const float* b, const float* c) {
  for (int64_t r = 0; r < of.rows; ++r, x += of.step, dy += of.step, dx += of.step) {
    each_vector(0, of.columns, [&](auto at) {
      at.put(dx, at(dy) * at(a) + ((at(x) - at(m)) * at(b) + at(c)));
    });
  }
}

}  // namespace

extern const BatchNorm batch_norm{moments, scale, sums, backward, column_moments,
                                  scale_columns, column_sums, backward_columns};

}  // namespace hg::fastcpu::ISA
