// How a classifier does: how often it is right, and what it takes for what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "learn/figure.hpp"
#include "tensor/tensor.hpp"

namespace hg {

namespace nn {
class Module;
}
namespace data {
class DataLoader;
}

/// How many rows of `scores` (N,K) have their largest number where the truth (N) says. In
/// place of scores, the classes themselves (N).
int64_t count_correct(const Tensor& scores, const Tensor& truth);

/// The share of examples (x, class) whose class `net` names; of no examples, NaN. The net
/// is in evaluation mode meanwhile, then all of it in the mode that `net` itself was in.
/// Nothing is recorded. Lesson 6.6 writes it out.
double evaluate_accuracy(nn::Module& net, data::DataLoader& examples);

/// Counts what was predicted (columns) of examples of each true class (rows):
///
///     ConfusionMatrix confusion(fashion_names);
///     for (auto& [X, y] : test) confusion.add(net(X), y);
///     std::cout << confusion.text() << confusion.report();
///     lesson.show(confusion.figure(), "confusion");
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::vector<std::string> names);
  explicit ConfusionMatrix(int64_t classes);  // called 0, 1, 2, ...

  /// Scores (N,K) or classes (N), and the true classes (N).
  void add(const Tensor& scores, const Tensor& truth);

  int64_t classes() const { return int64_t(names_.size()); }
  int64_t count(int64_t truth, int64_t predicted) const;
  int64_t total() const;
  /// The share of right answers: of all, of the examples of a class (its accuracy), and of
  /// those where it was predicted. Nothing of nothing is NaN.
  double accuracy() const;
  double recall(int64_t c) const;
  double precision(int64_t c) const;
  /// Their harmonic mean, 2pr/(p+r), near the smaller of the two.
  double f1(int64_t c) const;

  Tensor counts() const;      // (K,K), i64
  Tensor normalised() const;  // (K,K), f64: the shares of each row, which sum to 1

  /// The counts as a table, or the shares in percent.
  std::string text(bool normalised = false) const;
  /// A line for each class: precision, recall, f1, number of examples.
  std::string report() const;
  /// A heat map of the shares, or of the counts.
  Figure figure(bool normalised = true) const;

 private:
  int64_t row_sum(int64_t truth) const;
  int64_t column_sum(int64_t predicted) const;
  void check_class(const char* what, int64_t c) const;

  std::vector<std::string> names_;
  std::vector<int64_t> counts_;  // row-major
};

}  // namespace hg
