// The numbers that a case starts from.
//
// Element i of stream s is made of words of hg_philox(s, i), the generator in
// handgrad_abi.h, which takes ten lines in any language; peers/philox.py has them in
// Python. Both sides of a race thus start from the same weights and data and must compute
// the same losses. That shows that they do the same work.
#pragma once

#include "nn/module.hpp"
#include "tensor/tensor.hpp"

namespace hg::bench {

/// Uniform in [-bound, bound).
Tensor uniform(const Shape& shape, double bound, uint64_t stream);
/// Standard normal.
Tensor normal(const Shape& shape, uint64_t stream);
/// Whole numbers in [0, n), i64.
Tensor whole(const Shape& shape, int64_t n, uint64_t stream);

/// Draws parameter k of a network from stream 1000 + k. A weight with two axes or more is
/// uniform within 1/sqrt(fan_in), and so is a bias behind it, which is PyTorch's own start
/// for linear and convolutional layers. Scales and offsets of normalisations stay 1 and 0.
void start(const nn::Module& net);

}  // namespace hg::bench
