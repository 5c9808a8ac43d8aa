// 1 x 1 convolutions as products of matrices.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

/// One tap, stride 1, no padding: and images that fill the tiles of a product?
bool pointwise_pays(const ConvShape& s);
void pointwise_forward(const Call& c, const ConvShape& s);
void pointwise_backward_input(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
