// What the networks of chapter 13 are built of: the convolutions of 7.2 with the
// normalisation of 7.5.
#pragma once

#include <initializer_list>

#include "handgrad.hpp"

namespace blocks {

using namespace hg;

/// (N,in,H,W) -> (N,out,H,W). A normalisation stands behind the convolution, which needs no
/// bias therefore.
inline void add(nn::Sequential& net, int64_t in, int64_t out) {
  net.add<nn::Conv2d>(nn::ConvOptions{.in_channels = in,
                                      .out_channels = out,
                                      .kernel_size = 3,
                                      .padding = 1,
                                      .bias = false});
  net.add<nn::BatchNorm2d>(out);
  net.add<nn::ReLU>();
}

/// For each number of channels a block and a pooling, which halves height and width.
inline void add_halving(nn::Sequential& net, int64_t in,
                        std::initializer_list<int64_t> channels) {
  for (int64_t out : channels) {
    add(net, in, out);
    net.add<nn::MaxPool2d>(2);
    in = out;
  }
}

}  // namespace blocks
