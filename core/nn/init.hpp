// Starting values of parameters. Each changes its argument in place, without recording.
#pragma once

#include "tensor/tensor.hpp"

namespace hg::nn::init {

/// Every element uniform in [low, high).
void uniform_(const Tensor& t, double low = 0, double high = 1);
/// Every element normal with this mean and standard deviation.
void normal_(const Tensor& t, double mean = 0, double std = 1);
void constant_(const Tensor& t, Scalar value);
void zeros_(const Tensor& t);
void ones_(const Tensor& t);

}  // namespace hg::nn::init
