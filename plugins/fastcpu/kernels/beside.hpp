// beside.hpp: the channels of a place side by side, a chunk of W at a time.
//
// x (C,H,W) has the places of a channel side by side. Where a computation treats all places
// alike but differs from channel to channel, vectors of channels suit it better; W x W
// numbers at a time are turned over, 4 shuffles for each vector.
#pragma once

#include "tile.hpp"

namespace hg::fastcpu::ISA {
namespace {

// W channels of up to W places in a row change from x[channel][place] to
// block[place][channel].
HG_INLINE void load_places(const float* x, int64_t plane, int64_t channels, int64_t places,
                           F (&block)[W]) {
#pragma GCC unroll 16
  for (int64_t c = 0; c < W; ++c) {
    block[c] = c >= channels ? F{}
             : places >= W   ? load(x + c * plane)
                             : load_first(x + c * plane, places);
  }
  transpose(block);
}

/// The places from (top, left) to (top + height, left + width) of up to W channels of an
/// image (rows, columns), zeros outside, as to[(i*width + j)*W + channel].
static inline void lay_beside(const float* x, int64_t rows, int64_t columns,
                              int64_t channels, int64_t top, int64_t left, int64_t height,
                              int64_t width, float* to) {
  const int64_t first = top < 0 ? 0 : top, last = top + height < rows ? top + height : rows;
  const int64_t right = left + width < columns ? left + width : columns;
  for (int64_t i = 0; i < height; ++i) {
    const bool in = top + i >= first && top + i < last;
    float* row = to + i * width * W;
    const int64_t before = !in || -left > width ? width : -left;
    for (int64_t j = 0; j < before; ++j) store(row + j * W, F{});
    for (int64_t j = right > left ? right - left : 0; in && j < width; ++j) {
      store(row + j * W, F{});
    }
  }
  // Places in the order of memory, from row to row.
  int64_t h = first, w = 0;
  for (int64_t p = first * columns; p < last * columns; p += W) {
    const int64_t n = last * columns - p < W ? last * columns - p : W;
    F block[W];
    load_places(x + p, rows * columns, channels, n, block);
    float lines[W * W];
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) store(lines + i * W, block[i]);
    for (int64_t i = 0; i < n; ++i) {
      if (w >= left && w < right) {
        store(to + ((h - top) * width + w - left) * W, load(lines + i * W));
      }
      if (++w == columns) {
        w = 0;
        ++h;
      }
    }
  }
}

}  // namespace
}  // namespace hg::fastcpu::ISA
