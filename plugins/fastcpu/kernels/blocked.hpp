// Convolution with the channels of a place side by side, in blocks of W.
//
//     y[f,k] = sum over taps t and channels c of w[t,c,k] x[place[f] + offset[t], c]
//
// Lanes are channels k of y: a vector of weights meets one number of x, copied to all
// lanes, for each of some windows f. So windows need not be neighbours. With a stride, or
// on a grid of 2 x 2, where vectors of windows (conv.hpp) would compute much that is
// dropped, nothing is computed in vain, as long as there are channels enough to fill the
// vectors. x is laid out by outer.hpp.
//
//     R windows x V vectors of k: R*V sums in registers; for each channel c of a tap
//     V loads of weights and R loads of x serve R*V multiplications
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// Blocks of channels of x, each seen by a tap: so many, and how far they lie from where a
/// window begins, in floats.
struct Terms {
  int64_t count;
  const int32_t* offset;
};

struct Blocked {
  int64_t lanes;     ///< channels of a block
  int64_t channels;  ///< of y that are computed at a time, a multiple of lanes
  /// y[f*channels + k] = bias[k] + the sum, for f < windows and k < channels; x + place[f]
  /// is where window f begins. The weights of term t are w[(t*lanes + c)*channels + k].
  void (*correlate)(const Terms& terms, const float* x, const int32_t* place,
                    int64_t windows, const float* w, const float* bias, float* y);
};
HG_TABLES(Blocked, blocked)

}  // namespace hg::fastcpu
