// Convolutions of 3 x 3 taps with fewer multiplications: kernels/winograd.hpp.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

/// Is a convolution one that Winograd's algorithm can do, and does sooner?
bool winograd_pays(const ConvShape& s);

/// The reference sums dx so well, over each tap's channels of y first, then over taps, that
/// with fewer channels of y its error is less than a quarter of Winograd's.
constexpr int64_t winograd_least_sum = 32;

void winograd_forward(const Call& c, const ConvShape& s);
void winograd_backward_input(const Call& c, const ConvShape& s);
void winograd_backward_weight(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
