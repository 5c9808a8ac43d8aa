#include "trees/tree.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace hg::trees {

const TreeNode& Tree::leaf(const Features& x, size_t row) const {
  const TreeNode* node = nodes.data();
  while (!node->is_leaf()) {
    const double value = x.column(size_t(node->feature))[row];
    const bool yes = std::isnan(value) ? node->missing_yes
                   : node->set >= 0    ? sets[size_t(node->set)][size_t(value)]
                                       : value <= node->threshold;
    node = &nodes[size_t(yes ? node->yes : node->no)];
  }
  return *node;
}

int64_t Tree::leaf_count() const {
  return std::count_if(nodes.begin(), nodes.end(),
                       [](const TreeNode& n) { return n.is_leaf(); });
}

int64_t Tree::depth() const {
  std::vector<int64_t> depth(nodes.size());  // children stand behind their parents
  for (size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].is_leaf()) continue;
    depth[size_t(nodes[n].yes)] = depth[size_t(nodes[n].no)] = depth[n] + 1;
  }
  return *std::max_element(depth.begin(), depth.end());
}

namespace {

template <class... Numbers>
std::string formatted(const char* format, Numbers... numbers) {
  char text[128];
  std::snprintf(text, sizeof text, format, numbers...);
  return text;
}

std::string listed(const CategorySet& set, const std::vector<std::string>& categories) {
  std::string text;
  for (size_t at = 0; at < categories.size(); ++at) {
    if (set[at]) text += (text.empty() ? "" : ", ") + categories[at];
  }
  return "{" + text + "}";
}

struct Printer {
  const Tree& tree;
  const std::vector<Feature>& features;

  std::string line(const TreeNode& node) const {
    const std::string rows = formatted("%lld rows", static_cast<long long>(node.rows));
    if (node.is_leaf()) return formatted("%+.4g", node.value + 0.0) + "  (" + rows + ")";
    const Feature& feature = features[size_t(node.feature)];
    std::string question;
    if (node.set >= 0) {
      question = " in " + listed(tree.sets[size_t(node.set)], feature.categories);
    } else if (node.threshold == std::numeric_limits<double>::infinity()) {
      question = " is there";
    } else {
      question = formatted(" <= %.6g", node.threshold);
    }
    return feature.name + question + "?  (missing: " + (node.missing_yes ? "yes" : "no") +
           ", gain " + formatted("%.4g", node.gain) + ", " + rows + ")";
  }
};

}  // namespace

std::string Tree::to_string(const std::vector<Feature>& known, int max_depth) const {
  struct Waiting {
    int32_t node;
    int depth;
    const char* answer;
  };
  const Printer printer{*this, known};
  std::string text;
  std::vector<Waiting> stack{{0, 0, ""}};
  while (!stack.empty()) {
    const auto [at, depth, answer] = stack.back();
    stack.pop_back();
    const TreeNode& node = nodes[size_t(at)];
    const std::string margin(size_t(2 * depth), ' ');
    text += margin + answer + printer.line(node) + "\n";
    if (node.is_leaf()) continue;
    if (max_depth > 0 && depth == max_depth) {
      text += margin + "  ...\n";
      continue;
    }
    stack.push_back({node.no, depth + 1, "no:  "});
    stack.push_back({node.yes, depth + 1, "yes: "});
  }
  return text;
}

}  // namespace hg::trees
