// What trees shall predict, checked and in plain numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::trees {

/// What is to be made small (loss.hpp).
enum class Loss { squared, absolute, logistic, softmax };

constexpr bool is_classifier(Loss loss) {
  return loss == Loss::logistic || loss == Loss::softmax;
}

struct Targets {
  std::vector<double> y;  // (N): values, or the classes' numbers
  std::vector<double> w;  // (N): weights; empty: 1 each
  int classes = 0;        // 0 for values

  double weight(size_t n) const { return w.empty() ? 1 : w[n]; }
  double total_weight() const;
  Targets rows(std::span<const uint32_t> rows) const;
};

/// Reads y, (N) or (N,1), and weights, (N) or none. Targets must be finite; those of a
/// classifier whole numbers 0, 1, ..., below 2 with logistic, and below `classes` if that
/// is not 0 (else the largest one decides how many there are). Throws in the name of
/// `operation`.
Targets read_targets(Loss loss, const Tensor& y, const Tensor& weights, int64_t rows,
                     int classes, const std::string& operation);

}  // namespace hg::trees
