// Several sums kept side by side.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "learn/values.hpp"
#include "tensor/error.hpp"

namespace hg {

/// The sums that a pass over the data collects, n of them:
///
///     Accumulator metric(3);                       // loss, correct ones, examples
///     for (...) metric.add(loss, correct, count);
///     double accuracy = metric[1] / metric[2];
class Accumulator {
 public:
  explicit Accumulator(size_t n) : sums_(n, 0.0) {}

  /// Adds one number of any type to each sum.
  template <Arithmetic... Numbers>
  void add(Numbers... numbers) {
    add_all({static_cast<double>(numbers)...});
  }
  void reset() { sums_.assign(sums_.size(), 0.0); }

  double operator[](size_t i) const {
    if (i >= sums_.size()) {
      throw Error("Accumulator", "sum " + std::to_string(i) + " of " +
                                     std::to_string(sums_.size()) + ", counted from 0");
    }
    return sums_[i];
  }
  size_t size() const { return sums_.size(); }

 private:
  void add_all(std::initializer_list<double> numbers) {
    if (numbers.size() != sums_.size()) {
      throw Error("Accumulator", "add() got " + std::to_string(numbers.size()) +
                                     " numbers for " + std::to_string(sums_.size()) +
                                     " sums");
    }
    size_t i = 0;
    for (double number : numbers) sums_[i++] += number;
  }

  std::vector<double> sums_;
};

}  // namespace hg
