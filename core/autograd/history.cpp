#include "autograd/history.hpp"

#include "autograd/node.hpp"
#include "tensor/impl.hpp"

namespace hg {

std::vector<std::string> history(const Tensor& t) {
  std::vector<std::string> names;
  t.desc();  // throws if the handle is empty
  const Node* node = edge_of(t.impl()).node;
  while (node) {
    names.push_back(node->name());
    // A node's number is one more than the largest of those before it.
    const Node* longest = nullptr;
    for (uint32_t i = 0; i < node->n_in; ++i) {
      const Node* before = node->edge[i].node;
      if (before && (!longest || before->number > longest->number)) longest = before;
    }
    node = longest;
  }
  return names;
}

}  // namespace hg
