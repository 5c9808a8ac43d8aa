// Running the graph backwards.
#pragma once

#include <vector>

#include "autograd/node.hpp"

namespace hg {

/// Adds dL/dx to x.grad() for every leaf x that the roots depend on, where
/// L = sum over roots of sum(gradient * root). An undefined gradient stands for 1 and needs
/// a root with one element. Unless `retain_graph`, what the graph kept is freed on the way,
/// and a second pass over it is an error.
void backward(const std::vector<Tensor>& roots, const std::vector<Tensor>& gradients = {},
              bool retain_graph = false);

/// dL/d(input) for each of `inputs` (leaves or results), returned, not added to grad().
/// An input that L does not depend on gives an undefined tensor if `allow_unused`, else an
/// error. Hooks of the inputs are not called.
std::vector<Tensor> grad(const std::vector<Tensor>& roots,
                         const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& gradients = {},
                         bool retain_graph = false, bool allow_unused = false);

}  // namespace hg
