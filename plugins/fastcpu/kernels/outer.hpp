// dw with the channels of a place side by side: sums of outer products.
//
//     dw[k,c] = sum over windows t of dy[t,k] v[t,c]     v: what one tap sees of channel c
//
// One product of a vector of channels k with single channels c for each window, and nothing
// is computed between windows, whatever the stride, or beyond an image, however small.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// Windows of some images and where they see v, in floats from step to step; dy has windows
/// without gaps, image_step from image to image.
struct Walk {
  int64_t images, rows, columns;
  int64_t v_image, v_row, v_column, dy_image;
};

struct Outer {
  int64_t lanes;
  /// n <= lanes channels of an image (rows, columns) side by side, places (top, left) to
  /// (top + height, left + width), zeros outside the image: to[(i*width + j)*lanes + c].
  void (*lay)(const float* x, int64_t rows, int64_t columns, int64_t n, int64_t top,
              int64_t left, int64_t height, int64_t width, float* to);
  /// du[c*K + k] = or += the sum, for c < C, k < K, both whole vectors; chunks of channels
  /// are v_chunk and dy_chunk apart.
  void (*outer)(const Walk& walk, const float* v, int64_t v_chunk, int64_t C,
                const float* dy, int64_t dy_chunk, int64_t K, bool add, float* du);
  /// dw[k*k_step + t] = or += du[t*step + k] for k < K, t < taps.
  void (*turn)(const float* du, int64_t step, int64_t K, int64_t taps, int64_t k_step,
               bool add, float* dw);
};
HG_TABLES(Outer, outer)

}  // namespace hg::fastcpu
