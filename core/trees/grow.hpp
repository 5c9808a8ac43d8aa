// Growing one tree, the most promising leaf first.
//
// Start with one leaf that holds all rows. Find the best split of every leaf, carry out the
// one with the largest gain, and go on until there are max_leaves, or nothing gains. (Level
// by level is the other custom; it spends leaves where little is to be gained.)
//
// The cost lies in the sums over bins. Two savings make it small: of two children only
// the one with fewer rows is summed up, since the other is the parent minus it; and the
// last split's children, which will not be split, need no sums.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trees/bins.hpp"
#include "trees/split.hpp"
#include "trees/tree.hpp"

namespace hg::trees {

/// What a tree is grown from.
struct GrowthData {
  const Bins& bins;
  const std::vector<Feature>& features;
  std::span<const Gradient> gradients;  // of all rows of bins
  std::span<const uint32_t> rows;       // those to grow with, rising
  std::span<const int> columns;         // the features it may ask about, rising
};

struct GrownTree {
  Tree tree;
  /// The rows of a leaf are rows[begin] to rows[end-1].
  struct Leaf {
    int32_t node;
    size_t begin, end;
  };
  std::vector<Leaf> leaves;
  std::vector<uint32_t> rows;
};

/// The values of its leaves are -G/(H + l2). The same tree for any number of threads: each
/// feature is summed up by one thread, in the order of the rows.
GrownTree grow_tree(const GrowthData& data, const TreeOptions& options);

}  // namespace hg::trees
