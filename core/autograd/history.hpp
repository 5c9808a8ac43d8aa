// The recorded graph in words.
#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg {

/// What PyTorch shows as grad_fn.next_functions: the operations that led to t, the last one
/// first. At each the way goes on along the input with the longest history, so that a
/// network's layers are all on it: {"MseLossBackward", "LinearBackward", ...}. Empty for a
/// tensor that was not recorded.
std::vector<std::string> history(const Tensor& t);

}  // namespace hg
