// tile.hpp: the innermost part of a matrix product, a tile of c that stays in registers.
//
//     c[i,j] = start[i,j] + sum_l a[i,l] b[l,j]      for a few i and a few vectors of j
//
// What limits it. A fused multiply-add needs two factors; fetched from memory for each,
// they would cost two loads per operation, and the CPU does no more loads than operations.
// So each loaded value must be used several times. With R x V vectors of c in registers, a
// step of l loads V vectors of b and R single numbers of a, each copied to all lanes, for
// R*V operations: 16 loads for 28 operations at 14 x 2. And as the next operation on a
// register of c must wait for the last, at least 8 of them (latency 4, two pipes) must be
// on the way.
//
// How near this gets. On a Zen 4 (AVX-512, one vector operation a cycle, 118 GFLOP/s at 3.7
// GHz), all tiles from 4 x 2 vectors to 14 x 2 reach 115 to 118 as long as a and b come
// from the L1 cache. The larger ones need less of b per operation, so they also do where b
// comes from the L2 cache. 14 x 2 takes 28 + 2 + 1 of the 32 registers; with AVX2, which
// has 16, 6 x 2 takes 12 + 2 + 1.
//
// The panels. a is read down a column, tile_rows numbers for each l, b along a row,
// tile_columns for each l. Copied into that order (pack_rows, pack_columns) both are read
// from the first to the last byte, which the CPU fetches ahead of time.
#pragma once

#include "vec.hpp"

namespace hg::fastcpu::ISA {
namespace {

constexpr int tile_vectors = 2;
constexpr int tile_columns = tile_vectors * W;
#if defined(__AVX512F__)
constexpr int tile_rows = 14;
#elif defined(__AVX__)
constexpr int tile_rows = 6;
#else
constexpr int tile_rows = 4;
#endif

// ---- what a tile starts from -----------------------------------------------------------

/// at[i*row_step + j], or at[i*row_step] for all j unless it goes `across`; null: zeros.
struct Start {
  const float* at = nullptr;
  int64_t row_step = 0;
  bool across = true;
};
HG_INLINE Start from_zero() { return {}; }
/// What c holds: the products are added to it.
HG_INLINE Start from_c(const float* c, int64_t ldc) { return {c, ldc, true}; }
/// bias[i] in all of row i (steps 1, 0), or bias[j] in all of column j (steps 0, 1).
HG_INLINE Start from_bias(const float* bias, int64_t row_step, int64_t column_step) {
  return {bias, row_step, column_step == 1};
}

// ---- the tile --------------------------------------------------------------------------

// R rows, V vectors wide, the last one `last` numbers (0 < last <= W). Step l reads
// a[i*a_row + l*a_step] for i < R, and V whole vectors from b + l*b_step on.
template <int R, int V>
HG_INLINE void tile(int64_t k, const float* a, int64_t a_row, int64_t a_step,
                    const float* b, int64_t b_step, float* c, int64_t ldc, int64_t last,
                    Start start) {
  F sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      const float* at = start.at + i * start.row_step + (start.across ? v * W : 0);
      sum[i][v] = !start.at                     ? F{}
                  : !start.across               ? all(*at)
                  : v == V - 1 && last < W      ? load_first(at, last)
                                                : load(at);
    }
  }
  for (int64_t l = 0; l < k; ++l) {
    F row[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) row[v] = load(b + v * W);
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i) {
      const F x = all(a[i * a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[i][v] += x * row[v];
    }
    a += a_step;
    b += b_step;
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      if (v == V - 1 && last < W)
        store_first(c + i * ldc + v * W, sum[i][v], last);
      else
        store(c + i * ldc + v * W, sum[i][v]);
    }
  }
}

// A function for each number of rows, so that a tile at the edge takes no longer than its
// rows do. The number is known only when it runs: a table, filled at compile time.
using Tile = void (*)(int64_t k, const float* a, int64_t a_row, int64_t a_step,
                      const float* b, int64_t b_step, float* c, int64_t ldc, int64_t last,
                      Start start);

template <int R, int V, bool packed>
void tile_function(int64_t k, const float* a, int64_t a_row, int64_t a_step, const float* b,
                   int64_t b_step, float* c, int64_t ldc, int64_t last, Start start) {
  tile<R, V>(k, a, packed ? 1 : a_row, a_step, b, b_step, c, ldc, last, start);
}

template <int... Is>
struct Indices {};
template <int N, int... Is>
struct UpTo : UpTo<N - 1, N - 1, Is...> {};
template <int... Is>
struct UpTo<0, Is...> { using type = Indices<Is...>; };

template <int V, bool packed, class = typename UpTo<tile_rows>::type>
struct Tiles;
template <int V, bool packed, int... Is>
struct Tiles<V, packed, Indices<Is...>> {
  static constexpr Tile of[tile_rows] = {tile_function<Is + 1, V, packed>...};
};

/// c[i*ldc + j] = start[i,j] + sum_l a[i*a_row + l*a_step] * b[l*b_step + j] for i < rows
/// <= tile_rows, j < columns <= tile_columns. b is read in whole vectors: what lies behind
/// the last column must be readable, and is ignored.
HG_INLINE void multiply_strided(int64_t k, const float* a, int64_t a_row, int64_t a_step,
                                const float* b, int64_t b_step, float* c, int64_t ldc,
                                int64_t rows, int64_t columns, Start start) {
  const Tile f = columns > W
                     ? (a_row == 1 ? Tiles<2, true>::of : Tiles<2, false>::of)[rows - 1]
                     : (a_row == 1 ? Tiles<1, true>::of : Tiles<1, false>::of)[rows - 1];
  f(k, a, a_row, a_step, b, b_step, c, ldc, columns > W ? columns - W : columns, start);
}

/// The same for panels: element i of column l is a[l*tile_rows + i], element j of row l is
/// b[l*tile_columns + j].
HG_INLINE void multiply_tile(int64_t k, const float* a, const float* b, float* c,
                             int64_t ldc, int64_t rows, int64_t columns, Start start) {
  multiply_strided(k, a, 1, tile_rows, b, tile_columns, c, ldc, rows, columns, start);
}
/// c = a b, or c += a b.
HG_INLINE void multiply_tile(int64_t k, const float* a, const float* b, float* c,
                             int64_t ldc, int64_t rows, int64_t columns, bool add) {
  multiply_tile(k, a, b, c, ldc, rows, columns, add ? from_c(c, ldc) : from_zero());
}

// ---- packing ---------------------------------------------------------------------------

// One stage of turning over a block of W x W numbers: pairs of rows `width` apart exchange
// pieces of that width, so that bit `width` of the lane and of the row's number change
// places.
template <int width, int... Js>
HG_INLINE void exchange(F (&x)[W], Indices<Js...>) {
#pragma GCC unroll 16
  for (int i = 0; i < W; ++i) {
    if (i & width) continue;
    const F a = x[i], b = x[i + width];
    x[i] = __builtin_shufflevector(a, b, (Js & width ? W + Js - width : Js)...);
    x[i + width] = __builtin_shufflevector(a, b, (Js & width ? W + Js : Js + width)...);
  }
}
/// x[i][j] and x[j][i] change places.
HG_INLINE void transpose(F (&x)[W]) {
  constexpr typename UpTo<W>::type lanes;
  exchange<1>(x, lanes);
  exchange<2>(x, lanes);
#if defined(__AVX__)
  exchange<4>(x, lanes);
#endif
#if defined(__AVX512F__)
  exchange<8>(x, lanes);
#endif
}

/// One panel: out[l*height + i] = x[i*across + l*along] for i < n, and 0 for n <= i <
/// height.
static inline void pack_panel(const float* x, int64_t across, int64_t along, int64_t n,
                              int64_t k, int64_t height, float* out) {
  const float* const end = out + k * height;
  // A store may go beyond its column, into the next, which is written afterwards.
  auto put = [&](float* to, F v, int64_t count) {
    if (count >= W || to + W <= end)
      store(to, v);
    else
      store_first(to, v, count);
  };
  if (across == 1) {  // copied
    for (int64_t l = 0; l < k; ++l, x += along, out += height) {
      for (int64_t i = 0; i < height; i += W) {
        const int64_t left = n - i;
        put(out + i, left >= W ? load(x + i) : left > 0 ? load_first(x + i, left) : F{},
            height - i);
      }
    }
  } else if (along == 1) {  // turned over, W x W numbers at a time
    for (int64_t l = 0; l < k; l += W) {
      const int64_t columns = k - l < W ? k - l : W;
      F block[tile_columns > tile_rows ? tile_columns / W + 1 : 2][W];
      const int64_t blocks = (height + W - 1) / W;
      for (int64_t p = 0; p < blocks; ++p) {
#pragma GCC unroll 16
        for (int64_t i = 0; i < W; ++i) {
          const float* row = x + (p * W + i) * across + l;
          block[p][i] = p * W + i >= n ? F{}
                        : columns == W ? load(row)
                                       : load_first(row, columns);
        }
        transpose(block[p]);
      }
      for (int64_t j = 0; j < columns; ++j) {
        for (int64_t p = 0; p < blocks; ++p) {
          put(out + (l + j) * height + p * W, block[p][j], height - p * W);
        }
      }
    }
  } else {
    for (int64_t l = 0; l < k; ++l) {
      for (int64_t i = 0; i < height; ++i) {
        out[l * height + i] = i < n ? x[i * across + l * along] : 0.0f;
      }
    }
  }
}

/// `rows` rows of a matrix, a[i*row_step + l*column_step] for l < k, as panels of
/// tile_rows: row i of panel p stands at out[p*tile_rows*k + l*tile_rows + i]; zeros behind
/// the last.
HG_INLINE void pack_rows(const float* a, int64_t row_step, int64_t column_step,
                         int64_t rows, int64_t k, float* out) {
  for (int64_t i = 0; i < rows; i += tile_rows, out += tile_rows * k) {
    pack_panel(a + i * row_step, row_step, column_step,
               rows - i < tile_rows ? rows - i : tile_rows, k, tile_rows, out);
  }
}
/// `columns` columns, b[l*row_step + j*column_step] for l < k, as panels of tile_columns:
/// column j of panel p stands at out[p*tile_columns*k + l*tile_columns + j].
HG_INLINE void pack_columns(const float* b, int64_t row_step, int64_t column_step,
                            int64_t k, int64_t columns, float* out) {
  for (int64_t j = 0; j < columns; j += tile_columns, out += tile_columns * k) {
    pack_panel(b + j * column_step, column_step, row_step,
               columns - j < tile_columns ? columns - j : tile_columns, k, tile_columns,
               out);
  }
}

}  // namespace
}  // namespace hg::fastcpu::ISA
