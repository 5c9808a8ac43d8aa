// A regression tree: questions about one feature each, and a number at every end.
//
//     chord <= 0.2                     is the column at most a threshold?
//       yes: colour in {blue, red}     is it one of these categories?
//         yes: +1.5
//         no:  -0.5
//       no:  +0.25
//
// The tree is a function that is constant on boxes: each leaf is one box. A missing value
// answers as the question has learned that it should.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trees/features.hpp"

namespace hg::trees {

/// Some of the categories of a nominal feature, by their places.
using CategorySet = std::bitset<256>;

struct TreeNode {
  int32_t feature = -1;       // asked about; -1 in a leaf
  int32_t set = -1;           // nominal: yes if the category is in sets[set]
  double threshold = 0;       // numbers: yes if x <= threshold
  bool missing_yes = false;   // what a missing value answers
  int32_t yes = -1, no = -1;  // the next nodes, numbered higher than this one
  double value = 0;           // what a leaf adds to the score
  double gain = 0;            // how much the split lowered the loss (grow.hpp)
  int64_t rows = 0;           // of the training rows, how many came here

  bool is_leaf() const { return feature < 0; }
};

struct Tree {
  std::vector<TreeNode> nodes;  // the root first
  std::vector<CategorySet> sets;

  /// The leaf where a row of x ends. x has the features that the tree was grown with.
  const TreeNode& leaf(const Features& x, size_t row) const;
  int64_t leaf_count() const;
  /// Questions on the longest way from the root to a leaf.
  int64_t depth() const;
  /// As above, a line for each node, with what missing values answer, the gain, and the
  /// number of training rows. Nodes deeper than `max_depth` are left out (0: none are).
  std::string to_string(const std::vector<Feature>& features, int max_depth = 0) const;
};

}  // namespace hg::trees
