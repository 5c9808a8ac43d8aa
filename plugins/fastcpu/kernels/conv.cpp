#include "conv.hpp"

#include "lanes.hpp"
#include "tile.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- the buffer ------------------------------------------------------------------------

// Whole vectors are stored; what goes beyond the end is overwritten by what comes next.
HG_INLINE void zeros(float* to, int64_t n) {
  for (int64_t i = 0; i < n; i += W) store(to + i, F{});
}
HG_INLINE void copy(const float* x, int64_t step, float* to, int64_t n) {
  if (step == 1) {
    int64_t i = 0;
    for (; i + W <= n; i += W) store(to + i, load(x + i));
    if (i < n) store(to + i, load_first(x + i, n - i));
  } else {
    for (int64_t i = 0; i < n; ++i) to[i] = x[i * step];
  }
}

// The places of phase `phase` that lie in the image: first <= i < last.
struct Inside {
  int64_t first, last;
};
HG_INLINE Inside inside(const LatticeAxis& a, int64_t phase) {
  // i*stride + phase - before >= 0, and <= size - 1
  const int64_t low = a.before - phase, high = a.size - 1 + low;
  int64_t first = low <= 0 ? 0 : ceil_div(low, a.stride);
  int64_t last = high < 0 ? 0 : high / a.stride + 1;
  if (last > a.places) last = a.places;
  if (first > last) first = last;
  return {first, last};
}

void spread(const Lattice& l, const float* x, int64_t image_step, int64_t images,
            int64_t channels, float* buffer) {
  const int64_t plane = l.h.size * l.w.size, block = l.h.places * l.w.places;
  const int64_t used = l.h.phases * l.w.phases * l.images * l.image_pitch;
  for (int64_t c = 0; c < channels; ++c, x += plane, buffer += l.pitch) {
    float* to = buffer;
    for (int64_t a = 0; a < l.h.phases; ++a) {
      for (int64_t b = 0; b < l.w.phases; ++b) {
        const Inside rows = inside(l.h, a), columns = inside(l.w, b);
        const int64_t n = columns.last - columns.first;
        for (int64_t g = 0; g < images; ++g, to += l.image_pitch) {
          const float* image =
              x + g * image_step + b - l.w.before + columns.first * l.w.stride;
          float* row = to + rows.first * l.w.places;
          zeros(to, row - to);
          for (int64_t i = rows.first; i < rows.last; ++i, row += l.w.places) {
            zeros(row, columns.first);
            if (n > 0) {
              copy(image + (i * l.h.stride + a - l.h.before) * l.w.size, l.w.stride,
                   row + columns.first, n);
            }
            zeros(row + columns.last, l.w.places - columns.last);
          }
          zeros(row, to + block - row);
          zeros(to + block, l.image_pitch - block);
        }
        zeros(to, (l.images - images) * l.image_pitch);
        to += (l.images - images) * l.image_pitch;
      }
    }
    zeros(buffer + used, l.pitch - used);
  }
}

void pack(const float* w, int64_t row_step, const int32_t* from, int64_t J, int64_t rows,
          float* a) {
  for (int64_t j = 0; j < J; ++j) {
    for (int64_t i = 0; i < rows; ++i) a[j * rows + i] = w[i * row_step + from[j]];
  }
}

// ---- products --------------------------------------------------------------------------

// As wide as the registers allow: R V sums, V vectors of the buffer, one weight.
constexpr int registers = W == 16 ? 32 : 16;
constexpr int most_vectors = 6;
constexpr int vectors_for(int R) {
  const int v = (registers - 1) / (R + 1);
  return v < most_vectors ? v : most_vectors;
}

// The tile of tile.hpp, but row j of b is found in a table.
template <int R, int V>
void shifted_tile(int64_t J, const float* a, const float* buffer, const int32_t* shift,
                  float* c, int64_t pitch) {
  F sum[R][V] = {};
  for (int64_t j = 0; j < J; ++j) {
    const float* b = buffer + shift[j];
    F row[V];
#pragma GCC unroll 6
    for (int v = 0; v < V; ++v) row[v] = load(b + v * W);
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const F x = all(a[i]);
#pragma GCC unroll 6
      for (int v = 0; v < V; ++v) sum[i][v] += x * row[v];
    }
    a += R;
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 6
    for (int v = 0; v < V; ++v) store(c + i * pitch + v * W, sum[i][v]);
  }
}

using ShiftedTile = void (*)(int64_t, const float*, const float*, const int32_t*, float*,
                             int64_t);
template <int R, int V>
constexpr ShiftedTile shifted_tile_if_it_fits() {
  if constexpr (V <= vectors_for(R))
    return shifted_tile<R, V>;
  else
    return nullptr;
}
template <int V, class = typename UpTo<tile_rows>::type>
struct ShiftedTiles;
template <int V, int... Is>
struct ShiftedTiles<V, Indices<Is...>> {
  static constexpr ShiftedTile of[tile_rows] = {shifted_tile_if_it_fits<Is + 1, V>()...};
};
constexpr const ShiftedTile* shifted_tiles[most_vectors] = {
    ShiftedTiles<1>::of, ShiftedTiles<2>::of, ShiftedTiles<3>::of,
    ShiftedTiles<4>::of, ShiftedTiles<5>::of, ShiftedTiles<6>::of};

void correlate(const Runs& runs, int64_t J, const float* a, int64_t rows,
               const float* buffer, const int32_t* shift, float* c, int64_t pitch) {
  const int64_t vectors = ceil_div(runs.length, W), widest = vectors_for(int(rows));
  const int64_t tiles = ceil_div(vectors, widest);  // of about equal width
  for (int64_t run = 0; run < runs.count; ++run) {
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t first = vectors * t / tiles, v = vectors * (t + 1) / tiles - first;
      const int64_t f = run * runs.step + first * W;
      shifted_tiles[v - 1][rows - 1](J, a, buffer + f, shift, c + f, pitch);
    }
  }
}

void land(const Landing& to, const float* c, float bias, float* y) {
  const F b = all(bias);
  const bool add = to.how == Store::add;
  for (int64_t g = 0; g < to.images; ++g, c += to.image_pitch, y += to.image_step) {
    for (int64_t i = 0; i < to.rows; ++i) {
      const float* from = c + (to.row + i) * to.width + to.column;
      float* row = y + i * to.row_step;
      int64_t j = 0;
      if (to.how == Store::past_cache && (uintptr_t)row % sizeof(F) == 0) {
        for (; j + W <= to.columns; j += W) stream(row + j, load(from + j) + b);
      }
      if (to.column_step == 1) {
        for (; j < to.columns; j += W) {
          const int64_t n = to.columns - j < W ? to.columns - j : W;
          const F value = load_first(from + j, n) + b;
          store_first(row + j, add ? load_first(row + j, n) + value : value, n);
        }
      } else {
        for (; j < to.columns; ++j) {
          float& target = row[j * to.column_step];
          target = add ? target + (from[j] + bias) : from[j] + bias;
        }
      }
    }
  }
  if (to.how == Store::past_cache) fence_streams();
}

// ---- products for dw -------------------------------------------------------------------

// Lane i is the sum of x[i], for x[0] to x[W-1].
HG_INLINE F sums_of_lanes(F (&x)[W]) {
#pragma GCC unroll 4
  for (int n = W; n > 1; n /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < n / 2; ++i) {
      x[i] = evens(x[2 * i], x[2 * i + 1]) + odds(x[2 * i], x[2 * i + 1]);
    }
  }
  return x[0];
}

// A tile of dw: lane l of sum[k][j] takes every W-th window, and the lanes are added at the
// end.
constexpr int dot_rows = W == 16 ? 6 : 3, dot_columns = W == 16 ? 4 : 3;
template <int A, int B>
void dot_tile(const Runs& runs, const float* dy, int64_t dy_pitch, const float* x,
              const int32_t* shift, float* dw, int64_t J) {
  F sum[A * B] = {};
  for (int64_t run = 0; run < runs.count; ++run) {
    for (int64_t f = run * runs.step, end = f + runs.length; f < end; f += W) {
      F b[B];
#pragma GCC unroll 4
      for (int j = 0; j < B; ++j) b[j] = load(x + shift[j] + f);
#pragma GCC unroll 6
      for (int i = 0; i < A; ++i) {
        const F a = load(dy + i * dy_pitch + f);
#pragma GCC unroll 4
        for (int j = 0; j < B; ++j) sum[i * B + j] += a * b[j];
      }
    }
  }
  float totals[round_up(A * B, W)];
#pragma GCC unroll 6
  for (int first = 0; first < A * B; first += W) {
    F part[W];
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) part[i] = first + i < A * B ? sum[first + i] : F{};
    store(totals + first, sums_of_lanes(part));
  }
  for (int i = 0; i < A; ++i) {
    for (int j = 0; j < B; ++j) dw[i * J + j] += totals[i * B + j];
  }
}

using DotTile = void (*)(const Runs&, const float*, int64_t, const float*, const int32_t*,
                         float*, int64_t);
template <int A, class = typename UpTo<dot_columns>::type>
struct DotTiles;
template <int A, int... Is>
struct DotTiles<A, Indices<Is...>> {
  static constexpr DotTile of[dot_columns] = {dot_tile<A, Is + 1>...};
};
template <class = typename UpTo<dot_rows>::type>
struct AllDotTiles;
template <int... Is>
struct AllDotTiles<Indices<Is...>> {
  static constexpr const DotTile* of[dot_rows] = {DotTiles<Is + 1>::of...};
};

void dots(const Runs& runs, const float* dy, int64_t dy_pitch, int64_t rows, const float* x,
          const int32_t* shift, int64_t J, float* dw) {
  const int64_t parts = ceil_div(rows, dot_rows);  // of about equal height
  for (int64_t p = 0; p < parts; ++p) {
    const int64_t k = rows * p / parts, height = rows * (p + 1) / parts - k;
    for (int64_t j = 0; j < J; j += dot_columns) {
      const int64_t n = J - j < dot_columns ? J - j : dot_columns;
      AllDotTiles<>::of[height - 1][n - 1](runs, dy + k * dy_pitch, dy_pitch, x, shift + j,
                                           dw + k * J + j, J);
    }
  }
}

void gather(const float* part, int64_t parts, int64_t step, bool add, float* sum,
            int64_t n) {
  for (int64_t i = 0; i < n; i += W) {
    const int64_t m = n - i < W ? n - i : W;
    F s = add ? load_first(sum + i, m) : F{};
    for (int64_t p = 0; p < parts; ++p) s += load_first(part + p * step + i, m);
    store_first(sum + i, s, m);
  }
}

double total(const float* x, int64_t n) {
  double sums = 0;
  constexpr int64_t stretch = 1024;  // short enough for floats, long enough to be cheap
  for (int64_t i = 0; i < n; i += stretch) {
    F s[4] = {};
    const int64_t end = n - i < stretch ? n : i + stretch;
    int64_t m = i;
    for (; m + 4 * W <= end; m += 4 * W) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) s[v] += load(x + m + v * W);
    }
    for (; m + W <= end; m += W) s[0] += load(x + m);
    if (m < end) s[1] += load_first(x + m, end - m);
    sums += double(sum((s[0] + s[1]) + (s[2] + s[3])));
  }
  return sums;
}

}  // namespace

extern const Conv conv{tile_rows, W, spread, pack, correlate, land, dots, gather, total};

}  // namespace hg::fastcpu::ISA
