// The gradient of a convolution's weights, with channels side by side: kernels/outer.hpp.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

/// Are there enough channels to fill vectors?
bool outer_pays(const ConvShape& s);
void outer_backward_weight(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
