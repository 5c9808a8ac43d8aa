// Convolutions of 3 x 3 taps with fewer multiplications: kernels/winograd.hpp.
#pragma once

#include "conv_shape.hpp"

namespace hg::fastcpu {

/// Is a convolution one that Winograd's algorithm can do, and does sooner?
bool winograd_pays(const ConvShape& s);

/// Its error must not be much more than that of a plain sum, which is small where few
/// numbers are added: dx of few channels of y, dw of grids one or two windows high or wide.
bool winograd_is_accurate_for_dx(const ConvShape& s);
bool winograd_is_accurate_for_dw(const ConvShape& s);

void winograd_forward(const Call& c, const ConvShape& s);
void winograd_backward_input(const Call& c, const ConvShape& s);
void winograd_backward_weight(const Call& c, const ConvShape& s);

}  // namespace hg::fastcpu
