#include "winograd.hpp"

#include "beside.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- the matrices ----------------------------------------------------------------------

constexpr float a = 11 / 16.0f, b = 23 / 16.0f;  // the points 0, a, -a, b, -b, infinity
constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
constexpr int tile_size = 4, points = 36;

// B^T: x^4 - (a2+b2) x^2 + a2 b2 at 0; x (x+a) (x^2-b2) at a; ...
HG_INLINE void to_points_of_input(const F (&d)[6], F (&v)[6]) {
  v[0] = a2 * b2 * d[0] - (a2 + b2) * d[2] + d[4];
  const F p = d[4] - b2 * d[2], q = d[3] - b2 * d[1];
  v[1] = p + a * q;
  v[2] = p - a * q;
  const F r = d[4] - a2 * d[2], s = d[3] - a2 * d[1];
  v[3] = r + b * s;
  v[4] = r - b * s;
  v[5] = a2 * b2 * d[1] - (a2 + b2) * d[3] + d[5];
}
// A^T
HG_INLINE void from_points(const F (&m)[6], F (&y)[4]) {
  const F sa = m[1] + m[2], da = m[1] - m[2], sb = m[3] + m[4], db = m[3] - m[4];
  y[0] = m[0] + sa + sb;
  y[1] = a * da + b * db;
  y[2] = a2 * sa + b2 * sb;
  y[3] = a3 * da + b3 * db + m[5];
}
// A
HG_INLINE void to_points_of_gradient(const F (&y)[4], F (&m)[6]) {
  const F ea = y[0] + a2 * y[2], oa = a * y[1] + a3 * y[3];
  const F eb = y[0] + b2 * y[2], ob = b * y[1] + b3 * y[3];
  m[0] = y[0];
  m[1] = ea + oa;
  m[2] = ea - oa;
  m[3] = eb + ob;
  m[4] = eb - ob;
  m[5] = y[3];
}
// f: of 0, of a and -a (their signs agree), of b and -b.
constexpr float f0 = a2 * b2, fa = 2 * a2 * (a2 - b2), fb = 2 * b2 * (b2 - a2);
// G
HG_INLINE void to_points_of_kernel(const F (&g)[3], F (&u)[6]) {
  u[0] = g[0] * (1 / f0);
  const F ea = (g[0] + a2 * g[2]) * (1 / fa), oa = g[1] * (a / fa);
  const F eb = (g[0] + b2 * g[2]) * (1 / fb), ob = g[1] * (b / fb);
  u[1] = ea + oa;
  u[2] = ea - oa;
  u[3] = eb + ob;
  u[4] = eb - ob;
  u[5] = g[2];
}
// G^T
HG_INLINE void to_kernel(const F (&u)[6], F (&g)[3]) {
  const F sa = (u[1] + u[2]) * (1 / fa), da = (u[1] - u[2]) * (a / fa);
  const F sb = (u[3] + u[4]) * (1 / fb), db = (u[3] - u[4]) * (b / fb);
  g[0] = u[0] * (1 / f0) + sa + sb;
  g[1] = da + db;
  g[2] = a2 * sa + b2 * sb + u[5];
}

// Both axes: `one` on the columns of a block of n x n vectors, then on the rows; the result
// is m x m.
template <int n, int m, class One, class Get, class Put>
HG_INLINE void both_axes(const One& one, const Get& get, const Put& put) {
  F half[m][n];
#pragma GCC unroll 6
  for (int j = 0; j < n; ++j) {
    F in[n], out[m];
#pragma GCC unroll 6
    for (int i = 0; i < n; ++i) in[i] = get(i, j);
    one(in, out);
#pragma GCC unroll 6
    for (int i = 0; i < m; ++i) half[i][j] = out[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < m; ++i) {
    F out[m];
    one(half[i], out);
#pragma GCC unroll 6
    for (int j = 0; j < m; ++j) put(i, j, out[j]);
  }
}

int64_t between(const TileBand& t) {
  return ((t.rows * tile_size + 2) * (t.columns * tile_size + 2) + W) * W;
}

void input(const TileBand& t, const float* x, int64_t n, float* between,
           const AtPoints& v) {
  const int64_t width = t.columns * tile_size + 2;
  lay_beside(x, t.H, t.W, n, t.first * tile_size - t.top, -t.left, t.rows * tile_size + 2,
             width, between);
  float* to = v.at;
  for (int64_t i = 0; i < t.rows; ++i) {
    for (int64_t j = 0; j < t.columns; ++j, to += W) {
      const float* patch = between + (i * tile_size * width + j * tile_size) * W;
      both_axes<6, 6>(
          to_points_of_input,
          [&](int r, int s) { return load(patch + (r * width + s) * W); },
          [&](int r, int s, F value) { store(to + (r * 6 + s) * v.step, value); });
    }
  }
}

void gradient(const TileBand& t, const float* dy, int64_t n, float* between,
              const AtPoints& m) {
  const int64_t width = t.columns * tile_size;
  lay_beside(dy, t.H, t.W, n, t.first * tile_size, 0, t.rows * tile_size, width, between);
  float* to = m.at;
  for (int64_t i = 0; i < t.rows; ++i) {
    for (int64_t j = 0; j < t.columns; ++j, to += W) {
      const float* patch = between + (i * tile_size * width + j * tile_size) * W;
      both_axes<4, 6>(
          to_points_of_gradient,
          [&](int r, int s) { return load(patch + (r * width + s) * W); },
          [&](int r, int s, F value) { store(to + (r * 6 + s) * m.step, value); });
    }
  }
}

void output(const TileBand& t, const AtPoints& m, float* between, const float* bias,
            Store how, float* y, int64_t n) {
  const int64_t plane = t.H * t.W, top = t.first * tile_size;
  const int64_t rows = t.H - top < t.rows * tile_size ? t.H - top : t.rows * tile_size;
  const F shift = bias ? load_first(bias, n) : F{};
  const float* from = m.at;
  for (int64_t i = 0; i < t.rows; ++i) {
    for (int64_t j = 0; j < t.columns; ++j, from += W) {
      const int64_t h = i * tile_size - t.top, w = j * tile_size - t.left;
      both_axes<6, 4>(
          from_points, [&](int r, int s) { return load(from + (r * 6 + s) * m.step); },
          [&](int r, int s, F value) {
            const bool there = h + r >= 0 && h + r < rows && w + s >= 0 && w + s < t.W;
            if (there) store(between + ((h + r) * t.W + w + s) * W, value + shift);
          });
    }
  }
  y += top * t.W;
  for (int64_t p = 0; p < rows * t.W; p += W) {
    const int64_t places = rows * t.W - p < W ? rows * t.W - p : W;
    F block[W];
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) block[i] = load(between + (p + i) * W);
    transpose(block);
    float lines[W * W];
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) store(lines + i * W, block[i]);
    for (int64_t k = 0; k < n; ++k) {
      float* to = y + k * plane + p;
      const F value = load(lines + k * W);
      if (how == Store::add) {
        store_first(to, load_first(to, places) + value, places);
      } else if (places < W) {
        store_first(to, value, places);
      } else if (how == Store::past_cache && (uintptr_t)to % sizeof(F) == 0) {
        stream(to, value);
      } else {
        store(to, value);
      }
    }
  }
  if (how == Store::past_cache) fence_streams();
}

void weights(const float* g, int64_t k_step, int64_t c_step, bool turned, int64_t n,
             int64_t C, int64_t rows, float* u) {
  const int64_t width = round_up(n, W), step = rows * width;
  for (int64_t k = 0; k < width; k += W) {
    const int64_t lanes = n - k < W ? n - k : W;
    for (int64_t c = 0; c < rows; ++c) {
      float taps[9][W] = {};
      if (c < C) {
        for (int64_t i = 0; i < lanes; ++i) {
          const float* kernel = g + (k + i) * k_step + c * c_step;
          for (int t = 0; t < 9; ++t) taps[turned ? 8 - t : t][i] = kernel[t];
        }
      }
      float* to = u + c * width + k;
      both_axes<3, 6>(
          to_points_of_kernel, [&](int r, int s) { return load(taps[r * 3 + s]); },
          [&](int r, int s, F value) { store(to + (r * 6 + s) * step, value); });
    }
  }
}

void weights_gradient(const float* du, int64_t step, int64_t n, int64_t k_step, bool add,
                      float* dw) {
  float taps[9][W];
  both_axes<6, 3>(
      to_kernel, [&](int r, int s) { return load(du + (r * 6 + s) * step); },
      [&](int r, int s, F value) { store(taps[r * 3 + s], value); });
  for (int64_t i = 0; i < n; ++i) {
    for (int t = 0; t < 9; ++t) {
      float& to = dw[i * k_step + t];
      to = add ? to + taps[t][i] : taps[t][i];
    }
  }
}

// ---- the products ----------------------------------------------------------------------

// R tiles, V vectors of channels of y: the tile of tile.hpp, where a comes in chunks of W
// channels. After `stretch` channels the sums are added to m and begin anew.
template <int R, int V>
void product_tile(int64_t C, int64_t stretch, const float* v, int64_t v_chunk,
                  const float* u, float* m, int64_t m_chunk) {
  for (int64_t c = 0; c < C;) {
    F sum[R][V] = {};
    const bool more = c > 0;
    for (const int64_t end = C - c < stretch ? C : c + stretch; c < end; ++c, u += V * W) {
      const float* x = v + c / W * v_chunk + c % W;
      F row[V];
#pragma GCC unroll 2
      for (int j = 0; j < V; ++j) row[j] = load(u + j * W);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const F xi = all(x[i * W]);
#pragma GCC unroll 2
        for (int j = 0; j < V; ++j) sum[i][j] += xi * row[j];
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < V; ++j) {
        float* to = m + j * m_chunk + i * W;
        store(to, more ? load(to) + sum[i][j] : sum[i][j]);
      }
    }
  }
}
using ProductTile = void (*)(int64_t, int64_t, const float*, int64_t, const float*, float*,
                             int64_t);
template <int V, class = typename UpTo<tile_rows>::type>
struct ProductTiles;
template <int V, int... Is>
struct ProductTiles<V, Indices<Is...>> {
  static constexpr ProductTile of[tile_rows] = {product_tile<Is + 1, V>...};
};

void multiply(int64_t tiles, int64_t C, int64_t stretch, const AtPoints& v, const float* u,
              int64_t n, const AtPoints& m) {
  const int64_t width = round_up(n, W), groups = ceil_div(tiles, tile_rows);
  const ProductTile* product = width == W ? ProductTiles<1>::of : ProductTiles<2>::of;
  for (int64_t p = 0; p < points; ++p, u += C * width) {
    for (int64_t i = 0; i < groups; ++i) {  // of about equal size
      const int64_t t = tiles * i / groups, rows = tiles * (i + 1) / groups - t;
      product[rows - 1](C, stretch, v.at + p * v.step + t * W, v.chunk, u,
                        m.at + p * m.step + t * W, m.chunk);
    }
  }
}

}  // namespace

extern const Winograd winograd{W,      2 * W,   between,  input,           gradient,
                               output, weights, multiply, weights_gradient};

}  // namespace hg::fastcpu::ISA
