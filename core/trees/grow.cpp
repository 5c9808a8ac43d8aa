#include "trees/grow.hpp"

#include <algorithm>
#include <array>

#include "host/parallel.hpp"

namespace hg::trees {
namespace {

// Sums over the bins of every feature, one feature after the other.
using Histogram = std::vector<Sum>;

// A leaf that may be split yet.
struct Open {
  int32_t node;
  int depth;
  size_t begin, end;  // its rows
  Sum sum;
  Histogram histogram = {};
  Split split = {};

  int64_t rows() const { return int64_t(end - begin); }
};

class Grower {
 public:
  Grower(const GrowthData& data, const TreeOptions& options) : data_(data), o_(options) {
    for (const int f : data.columns) {
      first_cell_.push_back(cell_count_);
      cell_count_ += size_t(data.bins.count(size_t(f))) + 1;
    }
    first_cell_.push_back(cell_count_);
    grown_.rows.assign(data.rows.begin(), data.rows.end());
    spare_.resize(data.rows.size());
    picked_.resize(data.rows.size());
  }

  GrownTree grow() {
    Open root{
        .node = new_node(), .depth = 0, .begin = 0, .end = grown_.rows.size(), .sum = {}};
    for (const uint32_t n : grown_.rows) {
      root.sum += Sum{data_.gradients[n].g, data_.gradients[n].h, 1};
    }
    leaf_count_ = 1;
    if (may_split(root)) {
      sum_up(root, nullptr);
      find_split(root);
    }
    keep(std::move(root));
    while (!open_.empty()) {
      std::pop_heap(open_.begin(), open_.end(), less_gain);
      Open next = std::move(open_.back());
      open_.pop_back();
      leaf_count_ < o_.max_leaves ? split(std::move(next)) : close(next);
    }
    return std::move(grown_);
  }

 private:
  static bool less_gain(const Open& a, const Open& b) {
    if (a.split.gain != b.split.gain) return a.split.gain < b.split.gain;
    return a.node > b.node;
  }

  int32_t new_node() {
    grown_.tree.nodes.emplace_back();
    return int32_t(grown_.tree.nodes.size()) - 1;
  }

  bool may_split(const Open& leaf) const {
    return leaf_count_ < o_.max_leaves && leaf.rows() >= 2 * o_.min_samples_leaf &&
           leaf.rows() >= 2 && (o_.max_depth == 0 || leaf.depth < o_.max_depth);
  }

  void keep(Open leaf) {
    if (leaf.split.gain <= 0) return close(leaf);
    open_.push_back(std::move(leaf));
    std::push_heap(open_.begin(), open_.end(), less_gain);
  }

  void close(const Open& leaf) {
    TreeNode& node = grown_.tree.nodes[size_t(leaf.node)];
    node.rows = leaf.rows();
    node.value = leaf_value(leaf.sum, o_.l2);
    grown_.leaves.push_back({leaf.node, leaf.begin, leaf.end});
  }

  // ---- sums over bins -------------------------------------------------------------------

  // Sums up the leaf's rows, bin by bin, and takes them from the parent's sums if there is
  // a parent. The gradients are first put side by side, once for all features; these then
  // go to several threads where there are rows enough to keep them busy.
  void sum_up(Open& leaf, Open* parent) {
    for (size_t n = leaf.begin; n < leaf.end; ++n) {
      picked_[n] = data_.gradients[grown_.rows[n]];
    }
    leaf.histogram.resize(cell_count_);
    const int64_t enough = 1 << 14;  // additions worth waking a thread for
    const int64_t grain = std::max(int64_t{1}, enough / std::max(leaf.rows(), int64_t{1}));
    in_parallel(int64_t(data_.columns.size()), grain, [&](int64_t begin, int64_t end) {
      for (auto i = size_t(begin); i < size_t(end); ++i) {
        const auto sums = cells(leaf, i);
        add_rows(leaf, data_.bins.codes(size_t(data_.columns[i])), sums.data());
        if (!parent) continue;
        const auto all = cells(*parent, i);
        for (size_t b = 0; b < all.size(); ++b) all[b] -= sums[b];
      }
    });
  }

  // The part of a leaf's histogram that belongs to column i.
  std::span<Sum> cells(Open& leaf, size_t i) const {
    return {leaf.histogram.data() + first_cell_[i], first_cell_[i + 1] - first_cell_[i]};
  }

  void add_rows(const Open& leaf, const uint8_t* codes, Sum* sums) const {
    for (size_t n = leaf.begin; n < leaf.end; ++n) {
      Sum& sum = sums[codes[grown_.rows[n]]];
      sum.g += picked_[n].g;
      sum.h += picked_[n].h;
      sum.rows += 1;
    }
  }

  void find_split(Open& leaf) {
    for (size_t i = 0; i < data_.columns.size(); ++i) {
      const int f = data_.columns[i];
      Split found = data_.features[size_t(f)].nominal
                      ? best_set(cells(leaf, i), leaf.sum, o_)
                      : best_threshold(cells(leaf, i), leaf.sum, o_);
      found.feature = f;
      if (found.gain > leaf.split.gain) leaf.split = found;
    }
  }

  // ---- carrying a split out -------------------------------------------------------------

  void split(Open leaf) {
    ++leaf_count_;
    const int32_t yes_node = new_node(), no_node = new_node();
    write_question(leaf, yes_node, no_node);
    const size_t middle = part_rows(leaf);
    Open yes{yes_node, leaf.depth + 1, leaf.begin, middle, leaf.split.yes};
    Open no{no_node, leaf.depth + 1, middle, leaf.end, leaf.split.no};
    Open& fewer = yes.rows() <= no.rows() ? yes : no;
    Open& more = yes.rows() <= no.rows() ? no : yes;
    if (may_split(more)) {
      sum_up(fewer, &leaf);
      more.histogram = std::move(leaf.histogram);
      find_split(more);
      if (may_split(fewer)) find_split(fewer);
    }
    keep(std::move(yes));
    keep(std::move(no));
  }

  void write_question(const Open& leaf, int32_t yes_node, int32_t no_node) {
    const Split& s = leaf.split;
    Tree& tree = grown_.tree;
    TreeNode& node = tree.nodes[size_t(leaf.node)];
    node.feature = s.feature;
    node.missing_yes = s.missing_yes;
    node.yes = yes_node;
    node.no = no_node;
    node.gain = s.gain;
    node.rows = leaf.rows();
    if (data_.features[size_t(s.feature)].nominal) {
      node.set = int32_t(tree.sets.size());
      tree.sets.push_back(s.set);
    } else {
      node.threshold = data_.bins.border(size_t(s.feature), s.bin);
    }
  }

  // Rows that answer yes come to stand in front; both parts keep their order.
  size_t part_rows(const Open& leaf) {
    const Split& s = leaf.split;
    const auto f = size_t(s.feature);
    const uint8_t* const codes = data_.bins.codes(f);
    std::array<bool, 256> answer{};
    for (int bin = 0; bin < data_.bins.count(f); ++bin) {
      answer[size_t(bin)] = data_.features[f].nominal ? s.set[size_t(bin)] : bin <= s.bin;
    }
    answer[size_t(data_.bins.count(f))] = s.missing_yes;
    size_t yes = leaf.begin, no = 0;
    for (size_t n = leaf.begin; n < leaf.end; ++n) {
      const uint32_t row = grown_.rows[n];
      const bool is_yes = answer[codes[row]];
      grown_.rows[yes] = row;
      spare_[no] = row;
      yes += is_yes;
      no += !is_yes;
    }
    std::copy_n(spare_.begin(), no, grown_.rows.begin() + std::ptrdiff_t(yes));
    return yes;
  }

  const GrowthData& data_;
  const TreeOptions& o_;
  GrownTree grown_;
  std::vector<Open> open_;  // a heap, the largest gain on top
  int leaf_count_ = 0;
  std::vector<size_t> first_cell_;  // of each column, in a histogram; the end of the last
  size_t cell_count_ = 0;
  std::vector<uint32_t> spare_;
  std::vector<Gradient> picked_;
};

}  // namespace

GrownTree grow_tree(const GrowthData& data, const TreeOptions& options) {
  return Grower(data, options).grow();
}

}  // namespace hg::trees
