// What a plot is given: lists of numbers, from whatever holds them.
#pragma once

#include <concepts>
#include <initializer_list>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace hg {

class Tensor;

template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

/// A list of numbers, copied as doubles out of a vector, a span, a braced list or a
/// tensor of any shape and dtype, taken in row-major order.
class Values {
 public:
  Values() = default;
  Values(std::initializer_list<double> numbers) : numbers_(numbers) {}
  Values(std::vector<double> numbers) : numbers_(std::move(numbers)) {}
  Values(const Tensor& tensor);

  template <Arithmetic T>
  Values(const std::vector<T>& numbers) : Values(std::span<const T>(numbers)) {}
  Values(const std::vector<bool>& bits) {
    for (bool bit : bits) numbers_.push_back(bit ? 1 : 0);
  }
  template <Arithmetic T, size_t N>
  Values(std::span<T, N> numbers) {
    numbers_.reserve(numbers.size());
    for (T number : numbers) numbers_.push_back(static_cast<double>(number));
  }

  size_t size() const { return numbers_.size(); }
  bool empty() const { return numbers_.empty(); }
  double operator[](size_t i) const { return numbers_[i]; }
  auto begin() const { return numbers_.begin(); }
  auto end() const { return numbers_.end(); }

 private:
  std::vector<double> numbers_;
};

/// One list of numbers or several: what plot() draws as one curve each.
class Curves {
 public:
  Curves() = default;
  Curves(std::initializer_list<double> one) : lists_{Values(one)} {}
  Curves(std::initializer_list<Values> several) : lists_(several) {}
  Curves(std::vector<Values> several) : lists_(std::move(several)) {}
  template <std::convertible_to<Values> T>
  Curves(const T& one) : lists_{Values(one)} {}

  size_t size() const { return lists_.size(); }
  const Values& operator[](size_t i) const { return lists_[i]; }
  auto begin() const { return lists_.begin(); }
  auto end() const { return lists_.end(); }

 private:
  std::vector<Values> lists_;
};

/// An end of an axis that the data decides.
inline constexpr double automatic = std::numeric_limits<double>::quiet_NaN();

/// The ends of an axis: {0, 1}, or one of them `automatic`, or {} for both.
struct Limits {
  double low = automatic, high = automatic;
  Limits() = default;
  template <Arithmetic A, Arithmetic B>
  Limits(A low_end, B high_end)
      : low(static_cast<double>(low_end)), high(static_cast<double>(high_end)) {}
};

}  // namespace hg
