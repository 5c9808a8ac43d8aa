// The networks of the workloads. Their twins in PyTorch are in peers/models.py; parameters
// stand in the same order in both, because they are drawn in that order.
#pragma once

#include <memory>

#include "nn/module.hpp"

namespace hg::bench {

using Net = std::shared_ptr<nn::Module>;

// vision.cpp
Net line();            // Linear(2, 1)
Net softmax();         // Linear(784, 10)
Net mlp();             // 784-256-10, ReLU
Net lenet_d2l();       // sigmoid, average pooling, padded: the lecture's
Net lenet_relu();      // ReLU and maximum pooling
Net alexnet_small();   // three convolutions 3x3 with 32, 64, 128 channels, two dense layers
Net vgg_small();       // VGG-11 with a quarter of its channels and batch normalisation
Net resnet18_d2l();    // for 1x96x96
Net resnet18_cifar();  // for 3x32x32

// sequences.cpp
Net rnn_char();        // one-hot letters, 256 hidden units
Net gru_char();
Net lstm_char();
Net lstm_2x512();      // an embedding and two layers
Net gpt(int layers, int64_t width, int64_t heads, int64_t context);

}  // namespace hg::bench
