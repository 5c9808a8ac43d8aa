// Gradient-boosted decision trees: many small trees, each mending what the others miss.
//
//     F_0(x) = start                         the best constant
//     F_m(x) = F_{m-1}(x) + rate * tree_m(x)
//
// Tree m is grown to lower the loss of F_{m-1} (split.hpp): its leaves hold a Newton step
// for their rows. With squared loss that is a tree fitted to the residuals y - F_{m-1}; in
// general to the negative gradient. No row is ever re-weighted (that is AdaBoost), and the
// trees depend on each other, each on all before it (those of a random forest do not: they
// are grown side by side and averaged).
//
// `rate`, the shrinkage, takes a part of each step only: then the next trees can correct
// it, and the sum generalises better (Friedman 2001). Growing each tree on a share of the
// rows or columns helps likewise, and is cheaper (Friedman, "Stochastic gradient boosting",
// 2002).
//
//     auto model = trees::boost(train_x, train_y, {.rounds = 300});
//     Tensor y = model.predict(test_x);
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trees/bins.hpp"
#include "trees/loss.hpp"
#include "trees/tree.hpp"

namespace hg::trees {

struct BoostOptions {
  Loss loss = Loss::squared;
  int rounds = 100;
  double learning_rate = 0.1;
  TreeOptions tree = {};
  int bins = most_bins;     // of a column of numbers
  double row_share = 1;     // of the rows, drawn for each round
  double column_share = 1;  // of the features, drawn for each tree
  /// A share of the rows is set aside, and the loss on it is watched: after `patience`
  /// rounds without a new lowest value, boosting stops, and the trees after the best round
  /// are thrown away. 0: all rows teach, all rounds run.
  double validation_share = 0;
  int patience = 10;
  uint64_t seed = 0;
  /// Called after each round with its number from 1 on, and the losses (the validation
  /// loss NaN without validation rows).
  std::function<void(int round, double train, double validation)> progress = {};
};

class Boosted {
 public:
  /// squared, absolute: (N) f64, the predicted values. Classifiers: (N) i64, the most
  /// probable class. With `rounds`, by the first so many rounds alone.
  Tensor predict(const Features& x, int rounds = -1) const;
  /// Classifiers: (N,C) f64; the rows add up to 1.
  Tensor predict_probabilities(const Features& x, int rounds = -1) const;
  /// (N,K) f64: what the trees add up to, before it is made a prediction.
  Tensor scores(const Features& x, int rounds = -1) const;
  /// The mean loss on other rows.
  double loss(const Features& x, const Tensor& y, const Tensor& weights = {},
              int rounds = -1) const;

  Loss kind() const { return loss_; }
  const std::vector<Feature>& features() const { return features_; }
  int rounds() const { return int(trees_.size() / start_.size()); }
  /// Scores per row: the number of classes with softmax, else 1.
  int score_count() const { return int(start_.size()); }
  const std::vector<double>& start() const { return start_; }
  /// Round counted from 0; with softmax, `score` chooses the class that it speaks for.
  const Tree& tree(int round, int score = 0) const;
  std::string to_string(int round, int score = 0, int max_depth = 0) const;

  /// The mean loss on the training and on the validation rows after each round that was
  /// run, thrown away ones too; the start's loss first. Not stored in files.
  const std::vector<double>& train_losses() const { return train_losses_; }
  const std::vector<double>& validation_losses() const { return validation_losses_; }

  // ---- which features matter? (importance.cpp) ------------------------------------------
  /// (F) f64: the gains of all splits that ask about a feature, as shares of 1.
  Tensor gain_importance() const;
  /// (F) i64: how many splits ask about it.
  Tensor split_counts() const;

  // ---- files (model_file.cpp) -----------------------------------------------------------
  /// As a safetensors file, replaced at once or not at all.
  void save(const std::string& path) const;
  /// Throws unless the file is a whole and sound model.
  static Boosted load(const std::string& path);

 private:
  friend class Booster;
  Boosted() = default;
  size_t tree_count(int rounds, const char* operation) const;

  Loss loss_ = Loss::squared;
  int classes_ = 0;
  std::vector<Feature> features_;
  std::vector<double> start_;  // (K)
  std::vector<Tree> trees_;    // round by round; in a round, by score
  std::vector<double> train_losses_, validation_losses_;
};

/// Trains on features (N,F) and targets (N) or (N,1): numbers, or for a classifier the
/// classes' numbers 0, 1, ... in any type. Weights (N), none negative, say how much a row
/// counts. The result depends on data, options and seed, not on the number of threads.
Boosted boost(const Features& x, const Tensor& y, const BoostOptions& options = {},
              const Tensor& weights = {});

/// (F,repeats) f64: how much the loss rises when a column's values are dealt out to the
/// rows at random, so that it says nothing any more. On rows that were not trained on, it
/// shows what a feature is worth; gains show what the trees made of it.
Tensor permutation_importance(const Boosted& model, const Features& x, const Tensor& y,
                              int repeats = 5, uint64_t seed = 0);

}  // namespace hg::trees
