// Convolution with the channels of a place side by side: kernels/blocked.hpp.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

/// Are vectors of channels filled better than vectors, or Winograd's tiles, of windows?
bool blocked_pays(const ConvShape& s);
void blocked_forward(const Call& c, const ConvShape& s);
void blocked_backward_input(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
