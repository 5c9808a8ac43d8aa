// The networks of the workloads.
#pragma once

#include <memory>

#include "nn/module.hpp"

namespace hg::bench {

using Net = std::shared_ptr<nn::Module>;

Net line();     // Linear(2, 1)
Net softmax();  // Linear(784, 10)
Net mlp();      // 784-256-10, ReLU

}  // namespace hg::bench
