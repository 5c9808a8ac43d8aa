#include "outer.hpp"

#include "beside.hpp"

namespace hg::fastcpu::ISA {
namespace {

// Channels of x by vectors of channels of y: 16 sums, enough to hide the latency of 4.
constexpr int tile_channels = W == 16 ? 8 : 4;

template <int V>
HG_INLINE void outer_tile(const Walk& walk, const float* v, const float* dy,
                          int64_t dy_chunk, bool add, float* du, int64_t K) {
  F sum[tile_channels][V] = {};
  for (int64_t n = 0; n < walk.images; ++n) {
    const float* y = dy + n * walk.dy_image;
    for (int64_t p = 0; p < walk.rows; ++p) {
      const float* x = v + n * walk.v_image + p * walk.v_row;
      for (int64_t q = 0; q < walk.columns; ++q, x += walk.v_column, y += W) {
        F row[V];
#pragma GCC unroll 2
        for (int j = 0; j < V; ++j) row[j] = load(y + j * dy_chunk);
#pragma GCC unroll 8
        for (int i = 0; i < tile_channels; ++i) {
          const F xi = all(x[i]);
#pragma GCC unroll 2
          for (int j = 0; j < V; ++j) sum[i][j] += xi * row[j];
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < tile_channels; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < V; ++j) {
      float* to = du + i * K + j * W;
      store(to, add ? load(to) + sum[i][j] : sum[i][j]);
    }
  }
}

void outer_products(const Walk& walk, const float* v, int64_t v_chunk, int64_t C,
                    const float* dy, int64_t dy_chunk, int64_t K, bool add, float* du) {
  for (int64_t k = 0; k < K; k += 2 * W, dy += 2 * dy_chunk) {
    for (int64_t c = 0; c < C; c += tile_channels) {
      const float* rows = v + c / W * v_chunk + c % W;
      float* to = du + c * K + k;
      if (K - k > W)
        outer_tile<2>(walk, rows, dy, dy_chunk, add, to, K);
      else
        outer_tile<1>(walk, rows, dy, dy_chunk, add, to, K);
    }
  }
}

void turn(const float* du, int64_t step, int64_t K, int64_t taps, int64_t k_step, bool add,
          float* dw) {
  for (int64_t k = 0; k < K; ++k) {
    for (int64_t t = 0; t < taps; ++t) {
      float& to = dw[k * k_step + t];
      to = add ? to + du[t * step + k] : du[t * step + k];
    }
  }
}

}  // namespace

extern const Outer outer{W, lay_beside, outer_products, turn};

}  // namespace hg::fastcpu::ISA
