// Which features matter?
//
// The gains of a feature's splits, added up, say how much the trees made of it in training.
// They flatter features with many values: there is always a threshold that fits the noise.
// A permutation says what the model would lose without knowing the feature, on rows of
// one's choice. Of two columns that say the same, neither is missed alone.
#include <algorithm>
#include <numeric>

#include "tensor/random.hpp"
#include "trees/boost.hpp"

namespace hg::trees {

Tensor Boosted::gain_importance() const {
  const Tensor result = zeros({int64_t(features_.size())}, f64);
  const auto gain = result.span<double>();
  for (const Tree& tree : trees_) {
    for (const TreeNode& node : tree.nodes) {
      if (!node.is_leaf()) gain[size_t(node.feature)] += node.gain;
    }
  }
  const double sum = std::accumulate(gain.begin(), gain.end(), 0.0);
  for (double& g : gain) g = sum > 0 ? g / sum : 0;
  return result;
}

Tensor Boosted::split_counts() const {
  const Tensor result = zeros({int64_t(features_.size())}, i64);
  const auto count = result.span<int64_t>();
  for (const Tree& tree : trees_) {
    for (const TreeNode& node : tree.nodes) {
      if (!node.is_leaf()) ++count[size_t(node.feature)];
    }
  }
  return result;
}

Tensor permutation_importance(const Boosted& model, const Features& given, const Tensor& y,
                              int repeats, uint64_t seed) {
  if (repeats < 1) {
    throw Error("permutation_importance",
                "repeats is 1 or more; got " + std::to_string(repeats));
  }
  const Features x = given.as_known(model.features(), "permutation_importance");
  const double before = model.loss(x, y);
  const Tensor result = empty({int64_t(x.size()), int64_t(repeats)}, f64);
  const auto rise = result.span<double>();
  Generator random(seed);
  for (size_t i = 0; i < rise.size(); ++i) {
    const uint64_t draw = random.next_seed();
    std::vector<uint32_t> order(static_cast<size_t>(x.row_count()));
    std::iota(order.begin(), order.end(), 0u);
    for (size_t n = order.size(); n > 1; --n) {  // Fisher and Yates
      std::swap(order[n - 1], order[uniform_below(draw, n, n)]);
    }
    rise[i] = model.loss(x.reordered(i / size_t(repeats), order), y) - before;
  }
  return result;
}

}  // namespace hg::trees
