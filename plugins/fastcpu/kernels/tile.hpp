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
// The panel. b is read along its rows, tile_columns numbers of each. Copied in that order
// (pack_columns) they are read from the first to the last byte, which the CPU fetches ahead
// of time. a is read where it lies.
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

/// Element (i,j) from at[i*row_step + j*column_step], or from zero where `at` is null. The
/// steps are ldc, 1 for c itself, to which the products are then added; 1, 0 for a bias of
/// each row; 0, 1 for one of each column. column_step is nothing else than 0 or 1.
struct Start {
  const float* at = nullptr;
  int64_t row_step = 0, column_step = 0;
};

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
      const float* at = start.at + i * start.row_step + v * W * start.column_step;
      sum[i][v] = !start.at                ? F{}
                  : !start.column_step     ? all(*at)
                  : v == V - 1 && last < W ? load_first(at, last)
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
// rows do. The number is known only when it runs: a table, filled at compile time. `dense`:
// a_row is 1.
using Tile = void (*)(int64_t k, const float* a, int64_t a_row, int64_t a_step,
                      const float* b, int64_t b_step, float* c, int64_t ldc, int64_t last,
                      Start start);

template <int R, int V, bool dense>
void tile_function(int64_t k, const float* a, int64_t a_row, int64_t a_step, const float* b,
                   int64_t b_step, float* c, int64_t ldc, int64_t last, Start start) {
  tile<R, V>(k, a, dense ? 1 : a_row, a_step, b, b_step, c, ldc, last, start);
}

template <int... Is>
struct Indices {};
template <int N, int... Is>
struct UpTo : UpTo<N - 1, N - 1, Is...> {};
template <int... Is>
struct UpTo<0, Is...> { using type = Indices<Is...>; };

template <int V, bool dense, class = typename UpTo<tile_rows>::type>
struct Tiles;
template <int V, bool dense, int... Is>
struct Tiles<V, dense, Indices<Is...>> {
  static constexpr Tile of[tile_rows] = {tile_function<Is + 1, V, dense>...};
};

/// c[i*ldc + j] = start[i,j] + sum_l a[i*a_row + l*a_step] * b[l*b_step + j] for i < rows
/// <= tile_rows, j < columns <= tile_columns. b is read in whole vectors: what lies behind
/// the last column must be readable, and is ignored.
HG_INLINE void multiply_tile(int64_t k, const float* a, int64_t a_row, int64_t a_step,
                             const float* b, int64_t b_step, float* c, int64_t ldc,
                             int64_t rows, int64_t columns, Start start) {
  const Tile f = columns > W
                     ? (a_row == 1 ? Tiles<2, true>::of : Tiles<2, false>::of)[rows - 1]
                     : (a_row == 1 ? Tiles<1, true>::of : Tiles<1, false>::of)[rows - 1];
  f(k, a, a_row, a_step, b, b_step, c, ldc, columns > W ? columns - W : columns, start);
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

/// A panel: out[l*tile_columns + j] = b[l*row_step + j*column_step] for l < k, j < columns
/// <= tile_columns, and zeros behind the last column.
static inline void pack_columns(const float* b, int64_t row_step, int64_t column_step,
                                int64_t k, int64_t columns, float* out) {
  if (column_step == 1) {  // copied
    for (int64_t l = 0; l < k; ++l, b += row_step, out += tile_columns) {
      for (int v = 0; v < tile_vectors; ++v) {
        const int64_t left = columns - v * W;
        store(out + v * W, left >= W  ? load(b + v * W)
                           : left > 0 ? load_first(b + v * W, left)
                                      : F{});
      }
    }
  } else if (row_step == 1) {  // turned over, W x W numbers at a time
    for (int64_t l = 0; l < k; l += W) {
      const int64_t rows = k - l < W ? k - l : W;
      F block[tile_vectors][W];
      for (int v = 0; v < tile_vectors; ++v) {
#pragma GCC unroll 16
        for (int i = 0; i < W; ++i) {
          const int64_t j = v * W + i;
          const float* column = b + j * column_step + l;
          block[v][i] = j >= columns ? F{}
                        : rows == W  ? load(column)
                                     : load_first(column, rows);
        }
        transpose(block[v]);
      }
      for (int64_t i = 0; i < rows; ++i, out += tile_columns) {
        for (int v = 0; v < tile_vectors; ++v) store(out + v * W, block[v][i]);
      }
    }
  } else {
    for (int64_t l = 0; l < k; ++l, out += tile_columns) {
      for (int64_t j = 0; j < tile_columns; ++j) {
        out[j] = j < columns ? b[l * row_step + j * column_step] : 0.0f;
      }
    }
  }
}

}  // namespace
}  // namespace hg::fastcpu::ISA
