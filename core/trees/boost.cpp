#include "trees/boost.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "host/parallel.hpp"
#include "tensor/random.hpp"
#include "trees/grow.hpp"
#include "trees/sample.hpp"

namespace hg::trees {
namespace {

void check(bool rule, const char* what, double found) {
  if (rule) return;
  char text[128];
  std::snprintf(text, sizeof text, "%s; got %g", what, found);
  throw Error("boost", text);
}

void check_options(const BoostOptions& o) {
  const auto share = [](double s) { return s > 0 && s <= 1; };
  check(o.rounds >= 1, "rounds is 1 or more", o.rounds);
  check(o.learning_rate > 0 && std::isfinite(o.learning_rate),
        "learning_rate is a number above 0", o.learning_rate);
  check(o.tree.max_leaves >= 2, "max_leaves is 2 or more", o.tree.max_leaves);
  check(o.tree.max_depth >= 0, "max_depth is 0 (no limit) or more", o.tree.max_depth);
  check(o.tree.min_samples_leaf >= 1, "min_samples_leaf is 1 or more",
        o.tree.min_samples_leaf);
  check(o.tree.min_hessian >= 0, "min_hessian is 0 or more", o.tree.min_hessian);
  check(o.tree.l2 >= 0 && std::isfinite(o.tree.l2), "l2 is 0 or more", o.tree.l2);
  check(o.tree.min_gain >= 0, "min_gain is 0 or more", o.tree.min_gain);
  check(o.tree.category_smoothing >= 0, "category_smoothing is 0 or more",
        o.tree.category_smoothing);
  check(o.bins >= 2 && o.bins <= most_bins, "bins is from 2 to 255", o.bins);
  check(share(o.row_share), "row_share is above 0 and at most 1", o.row_share);
  check(share(o.column_share), "column_share is above 0 and at most 1", o.column_share);
  check(o.validation_share >= 0 && o.validation_share < 1,
        "validation_share is at least 0 and below 1", o.validation_share);
  check(o.patience >= 1, "patience is 1 or more", o.patience);
}

// Samples with what is known of them, and the scores (K,N) of the trees so far.
struct Samples {
  Features x;
  Targets targets;
  std::vector<double> scores;

  size_t count() const { return size_t(x.row_count()); }
  std::span<double> scores_of(int k) {
    return {scores.data() + size_t(k) * count(), count()};
  }
};

std::vector<uint32_t> others(size_t n, const std::vector<uint32_t>& chosen) {
  std::vector<uint32_t> result;
  for (uint32_t i = 0, c = 0; i < n; ++i) {
    if (c < chosen.size() && chosen[c] == i)
      ++c;
    else
      result.push_back(i);
  }
  return result;
}

}  // namespace

class Booster {
 public:
  Booster(Samples train, Samples validation, const BoostOptions& options)
      : o_(options),
        train_(std::move(train)),
        validation_(std::move(validation)),
        bins_(train_.x, options.bins),
        random_(options.seed) {
    model_.loss_ = o_.loss;
    model_.classes_ = train_.targets.classes;
    model_.features_ = train_.x.features();
    model_.start_ = start_scores(o_.loss, train_.targets);
    for (Samples* s : {&train_, &validation_}) {
      for (const double start : model_.start_) {
        s->scores.insert(s->scores.end(), s->count(), start);
      }
    }
    gradients_.resize(train_.scores.size());
  }

  Boosted run() {
    measure_both();
    int best_round = 0;
    for (int round = 1; round <= o_.rounds; ++round) {
      add_trees();
      measure_both();
      const std::vector<double>& watched = model_.validation_losses_;
      if (o_.progress) {
        o_.progress(
            round, model_.train_losses_.back(),
            watched.empty() ? std::numeric_limits<double>::quiet_NaN() : watched.back());
      }
      if (watched.empty()) continue;
      if (watched.back() < watched[size_t(best_round)]) best_round = round;
      if (round - best_round >= o_.patience) break;
    }
    if (validation_.count() > 0) {
      model_.trees_.resize(size_t(best_round) * model_.start_.size());
    }
    return std::move(model_);
  }

 private:
  void measure_both() {
    model_.train_losses_.push_back(
        measure(o_.loss, train_.targets, train_.scores, gradients_));
    if (validation_.count() == 0) return;
    model_.validation_losses_.push_back(
        measure(o_.loss, validation_.targets, validation_.scores));
  }

  // One tree for each score, all from the gradients at the round's start.
  void add_trees() {
    const size_t count = train_.count();
    const auto rows = sample(count, o_.row_share, random_.next_seed());
    for (int k = 0; k < model_.score_count(); ++k) {
      const auto columns = sample(train_.x.size(), o_.column_share, random_.next_seed());
      const std::vector<int> asked(columns.begin(), columns.end());
      const auto gradients = std::span(gradients_).subspan(size_t(k) * count, count);
      GrownTree grown =
          grow_tree({bins_, model_.features_, gradients, rows, asked}, o_.tree);
      if (o_.loss == Loss::absolute) set_medians(grown);
      for (TreeNode& node : grown.tree.nodes) node.value *= o_.learning_rate;
      add_to_scores(grown, k);
      model_.trees_.push_back(std::move(grown.tree));
    }
  }

  // Absolute loss: the best value of a leaf is the median of its rows' residuals.
  void set_medians(GrownTree& grown) {
    std::vector<double> residuals(train_.count());
    for (size_t n = 0; n < residuals.size(); ++n) {
      residuals[n] = train_.targets.y[n] - train_.scores[n];
    }
    for (const GrownTree::Leaf& leaf : grown.leaves) {
      const auto rows = std::span(grown.rows).subspan(leaf.begin, leaf.end - leaf.begin);
      grown.tree.nodes[size_t(leaf.node)].value =
          weighted_median(residuals, train_.targets.w, rows);
    }
  }

  void add_to_scores(const GrownTree& grown, int k) {
    const auto scores = train_.scores_of(k);
    if (grown.rows.size() < train_.count()) {
      add_leaves(grown.tree, train_, k);
    } else {
      for (const GrownTree::Leaf& leaf : grown.leaves) {
        const double value = grown.tree.nodes[size_t(leaf.node)].value;
        for (size_t i = leaf.begin; i < leaf.end; ++i) scores[grown.rows[i]] += value;
      }
    }
    add_leaves(grown.tree, validation_, k);
  }

  static void add_leaves(const Tree& tree, Samples& to, int k) {
    const auto scores = to.scores_of(k);
    in_parallel(int64_t(to.count()), 1 << 12, [&](int64_t begin, int64_t end) {
      for (auto n = size_t(begin); n < size_t(end); ++n) {
        scores[n] += tree.leaf(to.x, n).value;
      }
    });
  }

  const BoostOptions& o_;
  Samples train_, validation_;
  Bins bins_;
  Generator random_;
  std::vector<Gradient> gradients_;  // (K,N)
  Boosted model_;
};

Boosted boost(const Features& x, const Tensor& y, const BoostOptions& o,
              const Tensor& weights) {
  check_options(o);
  const auto count = size_t(x.row_count());
  if (count == 0) throw Error("boost", "x has no rows");
  if (x.size() == 0) throw Error("boost", "x has no columns");
  if (count > std::numeric_limits<uint32_t>::max())
    throw Error("boost", "x has 2^32 rows or more");
  const Targets targets = read_targets(o.loss, y, weights, x.row_count(), 0, "boost");

  std::vector<uint32_t> watched;
  if (o.validation_share > 0) {
    watched = sample(count, o.validation_share, Generator(o.seed ^ 0x5eed).next_seed());
  }
  const std::vector<uint32_t> taught = others(count, watched);
  if (taught.empty()) {
    throw Error("boost", "validation_share leaves none of the " + std::to_string(count) +
                             " rows to train on");
  }
  Samples train{x.rows(taught), targets.rows(taught), {}};
  Samples validation{x.rows(watched), targets.rows(watched), {}};
  if (!(train.targets.total_weight() > 0)) {
    throw Error("boost", "all weights of the training rows are 0");
  }
  const std::vector<Feature> known = limit_categories(train.x, most_bins);
  train.x = train.x.as_known(known, "boost");
  validation.x = validation.x.as_known(known, "boost");
  return Booster(std::move(train), std::move(validation), o).run();
}

}  // namespace hg::trees
