// Checks and first values that Conv and ConvTranspose share.
#pragma once

#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

/// A setting with a number for each axis, none below `least` (or above 2^31, so that sums
/// and products of them fit). `layer` is for the message.
Shape each_axis(const std::string& layer, const PerAxis& setting, int axes,
                const char* name, int64_t least);
/// Throws unless there are no fewer than 0 channels, and `groups` equal parts of them.
void require_channels(const std::string& layer, int64_t in_channels, int64_t out_channels,
                      int64_t groups);
/// Are all of them n?
bool all_are(const Shape& sizes, int64_t n);

/// PyTorch's first values of a convolution's weight and bias (or none).
void reset_conv(Parameter& weight, Parameter& bias);

}  // namespace hg::nn
