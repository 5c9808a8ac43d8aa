#include "trees/targets.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hg::trees {
namespace {

// A larger number in the targets is hardly a class: each costs a tree in every round.
constexpr int most_classes = 1000;

std::vector<double> read_list(const Tensor& list, int64_t rows, const char* what,
                              const std::string& operation) {
  const bool column = list.dim() == 2 && list.size(1) == 1;
  if ((list.dim() != 1 && !column) || list.size(0) != rows) {
    throw Error(operation, std::string(what) + " are " + list.shape().to_string() +
                               ", but x has " + std::to_string(rows) + " rows");
  }
  return list.to_vector<double>();
}

std::string value_at(double value, size_t row) {
  return std::to_string(value) + " in row " + std::to_string(row);
}

void check_classes(Loss loss, Targets& t, int classes, const std::string& operation) {
  const int limit = classes > 0 ? classes : loss == Loss::logistic ? 2 : most_classes;
  int largest = 0;
  for (size_t n = 0; n < t.y.size(); ++n) {
    if (t.y[n] != std::trunc(t.y[n]) || t.y[n] < 0 || t.y[n] >= limit) {
      throw Error(operation,
                  "the targets of a classifier are the numbers of classes, 0 to " +
                      std::to_string(limit - 1) + "; found " + value_at(t.y[n], n),
                  classes == 0 && loss == Loss::logistic && t.y[n] >= 2
                      ? "Loss::softmax has any number of classes"
                      : "");
    }
    largest = std::max(largest, int(t.y[n]));
  }
  t.classes = classes > 0 ? classes : std::max(largest + 1, 2);
}

}  // namespace

double Targets::total_weight() const {
  return w.empty() ? double(y.size()) : std::accumulate(w.begin(), w.end(), 0.0);
}

Targets Targets::rows(std::span<const uint32_t> rows) const {
  Targets result;
  result.classes = classes;
  for (const uint32_t n : rows) {
    result.y.push_back(y[n]);
    if (!w.empty()) result.w.push_back(w[n]);
  }
  return result;
}

Targets read_targets(Loss loss, const Tensor& y, const Tensor& weights, int64_t rows,
                     int classes, const std::string& operation) {
  Targets t;
  t.y = read_list(y, rows, "targets", operation);
  for (size_t n = 0; n < t.y.size(); ++n) {
    if (!std::isfinite(t.y[n])) {
      throw Error(operation, "a target must be finite; found " + value_at(t.y[n], n),
                  "leave out rows whose target is not known");
    }
  }
  if (is_classifier(loss)) check_classes(loss, t, classes, operation);
  if (!weights.defined()) return t;
  t.w = read_list(weights, rows, "weights", operation);
  for (size_t n = 0; n < t.w.size(); ++n) {
    if (!std::isfinite(t.w[n]) || t.w[n] < 0) {
      throw Error(operation,
                  "a weight is finite and not negative; found " + value_at(t.w[n], n));
    }
  }
  if (!(t.total_weight() > 0)) throw Error(operation, "all weights are 0");
  return t;
}

}  // namespace hg::trees
