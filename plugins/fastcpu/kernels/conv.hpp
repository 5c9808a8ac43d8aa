// Convolution, as rows of a matrix that are never written down.
//
// im2col (core/ops/im2col.hpp) copies x R*S times, so that row (c,r,s) of a matrix holds
// what tap (r,s) of channel c sees from all windows; then y = w col. But with stride 1 that
// row is channel c itself, read from another place on: window (p,q) sees x[p+r, q+s], which
// lies r*width + s further on than x[p,q]. So, with x in a buffer whose rows are `width`
// wide, zeros around the image included, and windows numbered f = p*width + q,
//
//     col[(c,r,s), f] = buffer[shift(c,r,s) + f]       shift = c*pitch + r*width + s
//
// and a matrix product can load col from where x stands. The windows with q beyond the last
// column are no windows: they are computed all the same, and dropped (2 of 34 in a row for
// 3 x 3 on 32 x 32). A stride becomes 1 by sorting x by phases, the places h mod stride and
// w mod stride, each an image of its own: all windows then meet tap (r,s) in one phase, at
// consecutive places. Dilation is but another shift.
//
//     x, stride 2:   a b c d e     phases:   a c e   b d    ->  taps 0 and 2 of the windows
//                                                               at a, c read phase 0
//
// A worker does this for a few images at a time, as many as its L2 cache holds: the copy
// costs two instructions for each vector of x, the products that follow K R S.
#pragma once

#include <stdint.h>

#include "../isa.hpp"
#include "store.hpp"

namespace hg::fastcpu {

/// An axis of an image in the buffer: place i of phase a is i*stride + a - before. Outside
/// 0..size-1 there are zeros. (`before` may be negative: the first places are left out.)
struct LatticeAxis {
  int64_t size, stride, before, phases, places;
};

/// Some images, channel by channel: channel c, phase (a,b), image g, place (i,j) is element
///     c*pitch + ((a*w.phases + b)*images + g)*image_pitch + i*w.places + j
struct Lattice {
  LatticeAxis h, w;
  int64_t images, image_pitch, pitch;
};

/// Runs of windows f that are computed without a gap: from i*step on, `length` long.
struct Runs {
  int64_t count, step, length;
};

/// Where results go: window (i,j) of image g, i < rows, j < columns, stands at
/// f = g*image_pitch + (row + i)*width + column + j, and belongs into
/// y[g*image_step + i*row_step + j*column_step].
struct Landing {
  int64_t images, image_pitch, width, row, column, rows, columns;
  int64_t image_step, row_step, column_step;
  Store how;
};

struct Conv {
  int64_t max_rows;  ///< of a panel of weights
  int64_t lanes;     ///< numbers computed at once
  /// Copies `channels` channels of `images` <= l.images images into the buffer, zeros for
  /// the images that are missing and up to pitch.
  void (*spread)(const Lattice& l, const float* x, int64_t image_step, int64_t images,
                 int64_t channels, float* buffer);
  /// a[j*rows + i] = w[i*row_step + from[j]] for j < J, i < rows.
  void (*pack)(const float* w, int64_t row_step, const int32_t* from, int64_t J,
               int64_t rows, float* a);
  /// c[i*pitch + f] = sum_j a[j*rows + i] buffer[shift[j] + f] for all f of the runs.
  void (*correlate)(const Runs& runs, int64_t J, const float* a, int64_t rows,
                    const float* buffer, const int32_t* shift, float* c, int64_t pitch);
  /// y = c + bias, or y += c + bias.
  void (*land)(const Landing& to, const float* c, float bias, float* y);
  /// dw[k*J + j] += sum_f dy[k*dy_pitch + f] x[shift[j] + f] over the runs, for k < rows;
  /// dy is 0 where there is no window, and behind the runs.
  void (*dots)(const Runs& runs, const float* dy, int64_t dy_pitch, int64_t rows,
               const float* x, const int32_t* shift, int64_t J, float* dw);
  /// sum[i] = (add ? sum[i] : 0) + part[i] + part[step + i] + ... of `parts` parts, i < n.
  void (*gather)(const float* part, int64_t parts, int64_t step, bool add, float* sum,
                 int64_t n);
  /// The sum of n numbers.
  double (*total)(const float* x, int64_t n);
};
HG_TABLES(Conv, conv)

}  // namespace hg::fastcpu
