// Winograd's convolution: 3 x 3 taps with a quarter of the multiplications.
//
// One axis. Four results of a kernel with three taps, y = (y0..y3) from d = (d0..d5), are
// a polynomial product in disguise: y is the transpose of multiplying g(x) = g0 + g1 x + g2
// x^2 by a cubic. A product of degree 5 is known from its values at six points, and a value
// of the product is one multiplication. So 6 instead of 4*3 = 12, if turning numbers into
// values at points, and back, is free (Toom and Cook; Winograd; for images Lavin and Gray,
// "Fast algorithms for convolutional neural networks", 2015):
//
//     y = A^T ((G g) . (B^T d))            . is the product of numbers at the same point
//
// With the points 0, a, -a, b, -b and infinity, column or row p of the point p, f_p the
// product of p's distances from the other finite points:
//
//     A^T  [i, p]   = p^i                  at infinity 1 for i = 3, else 0
//     G    [p, j]   = p^j / f_p            at infinity 1 for j = 2, else 0
//     B^T  [p, i]   = coefficient of x^i in the product of (x - q) over finite q other than
//                     p; at infinity over all finite q
//
// In two axes each matrix acts on columns, then on rows: patches of 6 x 6 make 4 x 4
// results with 36 multiplications instead of 144.
//
//     Y = A^T [ (G g G^T) . (B^T d B) ] A        summed over channels inside [ ]
//
// The sum over channels, for all tiles and all kernels, is a matrix product for each of the
// 36 points: M[tile,k] = sum_c V[tile,c] U[c,k]. That is where the time goes.
//
// Backward. dx is a convolution of dy with the kernels turned by half a circle: the same
// again. For dw transpose the formula: A dy A^T at the points, times V, summed over all
// tiles, and then G^T [] G.
//
// Accuracy. Powers of the points are large and small numbers that nearly cancel. If values
// at all points have errors of one size, result i gets, from all matrices together,
//
//     s_i = | p^i |G_p| |B_p| |  over points p           (lengths of vectors)
//
// times that along each axis:           s_0   s_1   s_2   s_3
//
//     0 +-1 +-2  (the textbooks')       3.0   2.9   4.2   9.7
//     0 +-1/sqrt(2) +-sqrt(2)           4.6   3.0   3.0   4.6
//     0 +-3/4 +-3/2                     4.2   2.9   3.1   5.1
//     0 +-11/16 +-23/16                 4.7   2.8   2.8   4.6     taken here
//
// The last were found by trying all pairs of sixteenths; floats hold their powers exactly.
// The values' errors come from the sum over channels most of all: one chain of 64 additions
// made dx 9 times as inexact as the reference's (the largest error of each; it adds a tap's
// channels first, then nine taps). In stretches of 16, which are then added, it is 4.5
// times, and y, beside chains of 9*64, 2 times. A grid one or two results wide or high has
// them at s_1 and s_2. For kernels of two matrices less far apart, F(2x2) with 0 +-1, the
// errors are smaller than the reference's, and so is the gain: 2.25 times instead of 4.
//
// Not a number. A nan or an infinity in x makes nan of all 16 results of each tile whose
// patch holds it, also of those whose windows do not see it.
#pragma once

#include <stdint.h>

#include "../isa.hpp"
#include "store.hpp"

namespace hg::fastcpu {

/// Some rows of tiles of one image (H,W): the tile in row i, column j begins at place
/// (4 i - top, 4 j - left). Results outside the image are dropped; with more than one tile,
/// top and left of results are 0.
struct TileBand {
  int64_t H, W, top, left;
  int64_t first, rows, columns;  ///< rows first..first+rows-1 of tiles
};

// Numbers of many tiles and channels at the 36 points: element
//     point*step + (c / lanes)*chunk + tile*lanes + c % lanes
struct AtPoints {
  float* at;
  int64_t step, chunk;
};

struct Winograd {
  int64_t lanes, panel;  ///< panel: channels of y that are computed at once
  /// Floats of a band in between: channels of a place side by side.
  int64_t (*between)(const TileBand& band);
  /// v = B^T d B for the tiles of a band; n <= lanes channels of x, each H*W.
  void (*input)(const TileBand& band, const float* x, int64_t n, float* between,
                const AtPoints& v);
  /// m = A d A^T, likewise, of dy; tiles do not overlap.
  void (*gradient)(const TileBand& band, const float* dy, int64_t n, float* between,
                   const AtPoints& m);
  /// y = A^T m A + bias, or y += that; n <= lanes channels. (bias may be null.)
  void (*output)(const TileBand& band, const AtPoints& m, float* between, const float* bias,
                 Store how, float* y, int64_t n);
  /// u = G g G^T for n <= panel channels of y (lanes) and C channels of x, padded to `rows`
  /// with zeros; kernel (k,c) is at g + k*k_step + c*c_step, turned if `turned`.
  /// u[point*rows*width + c*width + k], where width is n rounded up to whole vectors.
  void (*weights)(const float* g, int64_t k_step, int64_t c_step, bool turned, int64_t n,
                  int64_t C, int64_t rows, float* u);
  /// m[t,k] = sum_c v[t,c] u[c,k] at all points, for n <= panel channels k, t < tiles,
  /// c < C; the sums of `stretch` channels are made by themselves, then added.
  void (*multiply)(int64_t tiles, int64_t C, int64_t stretch, const AtPoints& v,
                   const float* u, int64_t n, const AtPoints& m);
  /// dw = or += G^T du G of n <= lanes channels k at one c: du[point*step + k], 9 numbers
  /// at dw + k*k_step.
  void (*weights_gradient)(const float* du, int64_t step, int64_t n, int64_t k_step,
                           bool add, float* dw);
};
HG_TABLES(Winograd, winograd)

}  // namespace hg::fastcpu
