// Convolution as a product with rows that are only shifted: kernels/conv.hpp. For any
// stride up to 8, padding, dilation and groups.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

void shifted_forward(const Call& c, const ConvShape& s);
void shifted_backward_input(const Call& c, const ConvShape& s);
void shifted_backward_weight(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
