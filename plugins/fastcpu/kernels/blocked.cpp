#include "blocked.hpp"

#include "tile.hpp"

namespace hg::fastcpu::ISA {
namespace {

// The tile of tile.hpp, turned over: its rows are windows, found in a table.
template <int R>
void blocked_tile(const Terms& terms, const float* x, const int32_t* place, const float* w,
                  const float* bias, float* y) {
  constexpr int V = tile_vectors;
  F sum[R][V];
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) sum[i][v] = load(bias + v * W);
  }
  for (int64_t t = 0; t < terms.count; ++t) {
    const float* block = x + terms.offset[t];
    for (int c = 0; c < W; ++c, w += tile_columns) {
      F row[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; ++v) row[v] = load(w + v * W);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const F xi = all(block[place[i] + c]);
#pragma GCC unroll 2
        for (int v = 0; v < V; ++v) sum[i][v] += xi * row[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) store(y + i * tile_columns + v * W, sum[i][v]);
  }
}

using BlockedTile = void (*)(const Terms&, const float*, const int32_t*, const float*,
                             const float*, float*);
template <class = typename UpTo<tile_rows>::type>
struct BlockedTiles;
template <int... Is>
struct BlockedTiles<Indices<Is...>> {
  static constexpr BlockedTile of[tile_rows] = {blocked_tile<Is + 1>...};
};

void correlate(const Terms& terms, const float* x, const int32_t* place, int64_t windows,
               const float* w, const float* bias, float* y) {
  const int64_t tiles = ceil_div(windows, tile_rows);  // of about equal height
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t f = windows * t / tiles, rows = windows * (t + 1) / tiles - f;
    BlockedTiles<>::of[rows - 1](terms, x, place + f, w, bias, y + f * tile_columns);
  }
}

}  // namespace

extern const Blocked blocked{W, tile_columns, correlate};

}  // namespace hg::fastcpu::ISA
