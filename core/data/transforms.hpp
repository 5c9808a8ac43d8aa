// What is done to images on their way from the file to the network.
#pragma once

#include <functional>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::data {

/// Takes images (...,C,H,W), one or a batch of them, and returns as many.
using Transform = std::function<Tensor(const Tensor&)>;

/// Bytes 0 to 255 to f32 from 0 to 1: torchvision's ToTensor. (That one also brings the
/// channels to the front. Here they stand there from the start.)
Transform to_tensor();

/// Images of height x width pixels, bytes or floating point, whatever their size was. A
/// new pixel is a mean of the old ones around its place, weighted by how near they are.
Transform resize(int64_t height, int64_t width);

/// (x - mean[c]) / std[c] for each channel c: with the data's own mean and deviation, the
/// numbers have mean 0 and deviation 1 then.
Transform normalize(std::vector<double> mean, std::vector<double> std);

/// One transform after the other.
Transform compose(std::vector<Transform> transforms);

}  // namespace hg::data
