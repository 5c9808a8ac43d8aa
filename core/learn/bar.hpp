// What a lesson promises of a number, and whether it came true.
#pragma once

#include <string>

#include "learn/values.hpp"

namespace hg {

/// A rule for one number; made by at_least(), at_most() and near().
struct Bound {
  enum class Kind { at_least, at_most, near } kind;
  double target = 0, tolerance = 0;

  /// Never true of NaN.
  bool holds_for(double value) const;
};

template <Arithmetic T>
Bound at_least(T target) {
  return {Bound::Kind::at_least, static_cast<double>(target)};
}
template <Arithmetic T>
Bound at_most(T target) {
  return {Bound::Kind::at_most, static_cast<double>(target)};
}
/// |value - target| <= tolerance.
template <Arithmetic T, Arithmetic U>
Bound near(T target, U tolerance) {
  return {Bound::Kind::near, static_cast<double>(target), static_cast<double>(tolerance)};
}

namespace learn {

/// "ok   test accuracy 0.836 >= 0.82", or "MISS test accuracy 0.736, expected >= 0.82":
/// with so many digits that the numbers printed stand as the rule says.
std::string bar_line(const std::string& what, double value, Bound bound);

}  // namespace learn
}  // namespace hg
