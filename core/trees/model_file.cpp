// Boosted models as safetensors files: all nodes of all trees in columns, one element each.
//
//     tree.begin   (T+1) i64   tree t has the nodes begin[t] to begin[t+1]-1
//     node.*       (n)         feature, set, yes, no i32; threshold, value, gain f64;
//                              rows i64; missing_yes u8; nodes counted within their tree
//     sets         (s,256) u8  is a category in a set? node.set counts over all trees
//     start        (K) f64
//
// and as metadata the loss, the number of classes, and the features: "feature.3" is a
// name, "feature.3.categories" says how many there are, "feature.3.category.0" names one.
// A file may hold anything, so nothing of it is used before it is checked: no answer leads
// out of the tree or back up, and every feature is there.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "io/safetensors.hpp"
#include "trees/boost.hpp"

namespace hg::trees {
namespace {

constexpr const char* loss_names[] = {"squared", "absolute", "logistic", "softmax"};
constexpr size_t set_size = CategorySet().size();

// ---- one column of all nodes ------------------------------------------------------------

template <class T, class Member>
Tensor column(const std::vector<const TreeNode*>& nodes, Member member) {
  const Tensor result = empty({int64_t(nodes.size())}, dtype_of<T>());
  const auto to = result.span<T>();
  for (size_t n = 0; n < nodes.size(); ++n) to[n] = T(nodes[n]->*member);
  return result;
}

// ---- reading what may be wrong ----------------------------------------------------------

struct Reader {
  std::string path;
  io::Metadata metadata;
  io::Tensors tensors;

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error("load", path + " is no boosted model: " + problem);
  }

  void require(bool rule, const std::string& problem) const {
    if (!rule) fail(problem);
  }

  template <class T>
  std::span<const T> list(const std::string& name, int64_t count = -1,
                          int64_t width = 0) const {
    const auto found = tensors.find(name);
    require(found != tensors.end(), "it has no tensor '" + name + "'");
    const Tensor& t = found->second;
    const bool shaped = t.dim() == (width ? 2 : 1) && (!width || t.size(1) == width);
    require(t.dtype() == dtype_of<T>() && shaped && (count < 0 || t.size(0) == count),
            "'" + name + "' is " + t.shape().to_string() + " of " + hg::name(t.dtype()));
    return t.span<T>();
  }

  const std::string& text(const std::string& key) const {
    const auto found = metadata.find(key);
    require(found != metadata.end(), "'" + key + "' is missing");
    return found->second;
  }

  int number(const std::string& key, int most) const {
    const std::string& digits = text(key);
    int value = -1;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    require(error == std::errc() && end == digits.data() + digits.size() && value >= 0 &&
                value <= most,
            "'" + key + "' is '" + digits + "'");
    return value;
  }
};

std::vector<Feature> read_features(const Reader& file) {
  std::vector<Feature> features;
  const int count = file.number("features", 1 << 24);
  for (int f = 0; f < count; ++f) {
    const std::string key = "feature." + std::to_string(f);
    Feature feature{file.text(key)};
    feature.nominal = file.metadata.contains(key + ".categories");
    const int categories =
        feature.nominal ? file.number(key + ".categories", most_bins) : 0;
    for (int c = 0; c < categories; ++c) {
      feature.categories.push_back(file.text(key + ".category." + std::to_string(c)));
    }
    auto sorted = feature.categories;
    std::sort(sorted.begin(), sorted.end());
    file.require(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
                 "'" + key + "' has a category twice");
    features.push_back(std::move(feature));
  }
  return features;
}

// ---- all trees --------------------------------------------------------------------------

class TreeReader {
 public:
  TreeReader(const Reader& file, const std::vector<Feature>& features)
      : file_(file),
        features_(features),
        begin_(file.list<int64_t>("tree.begin")),
        feature_(file.list<int32_t>("node.feature")),
        set_(nodes<int32_t>("set")),
        yes_(nodes<int32_t>("yes")),
        no_(nodes<int32_t>("no")),
        missing_yes_(nodes<uint8_t>("missing_yes")),
        threshold_(nodes<double>("threshold")),
        value_(nodes<double>("value")),
        gain_(nodes<double>("gain")),
        rows_(nodes<int64_t>("rows")),
        sets_(file.list<uint8_t>("sets", -1, int64_t(set_size))) {
    file.require(
        !begin_.empty() && begin_.front() == 0 && begin_.back() == int64_t(feature_.size()),
        "'tree.begin' does not cover the nodes");
    for (size_t t = 0; t + 1 < begin_.size(); ++t) {
      file.require(begin_[t] < begin_[t + 1], "'tree.begin' does not rise");
    }
  }

  size_t count() const { return begin_.size() - 1; }

  Tree read(size_t t) const {
    Tree tree;
    const auto first = size_t(begin_[t]), end = size_t(begin_[t + 1]);
    for (size_t at = first; at < end; ++at) {
      TreeNode node{.feature = feature_[at],
                    .threshold = threshold_[at],
                    .missing_yes = missing_yes_[at] != 0,
                    .yes = yes_[at],
                    .no = no_[at],
                    .value = value_[at],
                    .gain = gain_[at],
                    .rows = rows_[at]};
      check(node, int64_t(at - first), int64_t(end - first));
      if (!node.is_leaf() && features_[size_t(node.feature)].nominal) {
        node.set = int32_t(tree.sets.size());
        tree.sets.push_back(read_set(set_[at]));
      }
      tree.nodes.push_back(node);
    }
    return tree;
  }

 private:
  template <class T>
  std::span<const T> nodes(const std::string& name) const {
    return file_.list<T>("node." + name, int64_t(feature_.size()));
  }

  void check(const TreeNode& node, int64_t at, int64_t count) const {
    const auto below = [&](int32_t next) { return next > at && next < count; };
    file_.require(std::isfinite(node.value) && std::isfinite(node.gain) &&
                      !std::isnan(node.threshold),
                  "a number of a node is not finite");
    if (node.is_leaf()) return;
    file_.require(size_t(node.feature) < features_.size(), "a node asks about no feature");
    file_.require(below(node.yes) && below(node.no), "an answer leads out of its tree");
  }

  CategorySet read_set(int32_t number) const {
    file_.require(number >= 0 && size_t(number) < sets_.size() / set_size,
                  "a node has no set of categories");
    CategorySet set;
    for (size_t c = 0; c < set_size; ++c)
      set[c] = sets_[size_t(number) * set_size + c] != 0;
    return set;
  }

  const Reader& file_;
  const std::vector<Feature>& features_;
  std::span<const int64_t> begin_;
  std::span<const int32_t> feature_, set_, yes_, no_;
  std::span<const uint8_t> missing_yes_;
  std::span<const double> threshold_, value_, gain_;
  std::span<const int64_t> rows_;
  std::span<const uint8_t> sets_;
};

}  // namespace

void Boosted::save(const std::string& path) const {
  std::vector<int64_t> begin{0};
  std::vector<TreeNode> nodes;
  std::vector<uint8_t> sets;
  for (const Tree& tree : trees_) {
    for (TreeNode node : tree.nodes) {
      if (node.set >= 0) {
        const CategorySet& set = tree.sets[size_t(node.set)];
        node.set = int32_t(sets.size() / set_size);
        for (size_t c = 0; c < set_size; ++c) sets.push_back(set[c]);
      }
      nodes.push_back(node);
    }
    begin.push_back(int64_t(nodes.size()));
  }
  std::vector<const TreeNode*> all;
  for (const TreeNode& node : nodes) all.push_back(&node);

  const Tensor set_table = empty({int64_t(sets.size() / set_size), int64_t(set_size)}, u8);
  std::copy(sets.begin(), sets.end(), set_table.span<uint8_t>().begin());
  io::Metadata text{{"loss", loss_names[size_t(loss_)]},
                    {"classes", std::to_string(classes_)},
                    {"features", std::to_string(features_.size())}};
  for (size_t f = 0; f < features_.size(); ++f) {
    const std::string key = "feature." + std::to_string(f);
    const auto& categories = features_[f].categories;
    text[key] = features_[f].name;
    if (features_[f].nominal) text[key + ".categories"] = std::to_string(categories.size());
    for (size_t c = 0; c < categories.size(); ++c) {
      text[key + ".category." + std::to_string(c)] = categories[c];
    }
  }
  io::write_safetensors(path,
                        {{"tree.begin", tensor(begin, i64)},
                         {"node.feature", column<int32_t>(all, &TreeNode::feature)},
                         {"node.set", column<int32_t>(all, &TreeNode::set)},
                         {"node.yes", column<int32_t>(all, &TreeNode::yes)},
                         {"node.no", column<int32_t>(all, &TreeNode::no)},
                         {"node.missing_yes", column<uint8_t>(all, &TreeNode::missing_yes)},
                         {"node.threshold", column<double>(all, &TreeNode::threshold)},
                         {"node.value", column<double>(all, &TreeNode::value)},
                         {"node.gain", column<double>(all, &TreeNode::gain)},
                         {"node.rows", column<int64_t>(all, &TreeNode::rows)},
                         {"sets", set_table},
                         {"start", tensor(start_, f64)}},
                        text);
}

Boosted Boosted::load(const std::string& path) {
  Reader file{path, {}, {}};
  file.tensors = io::read_safetensors(path, &file.metadata);
  Boosted model;
  const auto known =
      std::find(std::begin(loss_names), std::end(loss_names), file.text("loss"));
  file.require(known != std::end(loss_names), "its loss is '" + file.text("loss") + "'");
  model.loss_ = Loss(known - std::begin(loss_names));
  model.classes_ = file.number("classes", 1 << 24);
  model.features_ = read_features(file);
  const auto start = file.list<double>("start");
  model.start_.assign(start.begin(), start.end());
  const int classes = model.loss_ == Loss::logistic ? 2 : int(start.size());
  file.require(model.classes_ == (is_classifier(model.loss_) ? classes : 0) &&
                   (model.loss_ == Loss::softmax ? start.size() >= 2 : start.size() == 1),
               "the scores do not fit the classes");
  for (const double s : start) file.require(std::isfinite(s), "a start is not finite");
  const TreeReader trees(file, model.features_);
  file.require(trees.count() % start.size() == 0, "a round lacks trees");
  for (size_t t = 0; t < trees.count(); ++t) model.trees_.push_back(trees.read(t));
  return model;
}

}  // namespace hg::trees
