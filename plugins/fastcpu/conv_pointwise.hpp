// 1 x 1 convolutions as products of matrices.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

/// Is s one that the following two compute, and fast?
bool pointwise_pays(const ConvShape& s);
void pointwise_forward(const Call& c, const ConvShape& s);
void pointwise_backward_input(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
