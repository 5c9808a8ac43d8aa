#include "learn/bar.hpp"

#include <cmath>
#include <cstdlib>

#include "learn/scale.hpp"

namespace hg {

bool Bound::holds_for(double value) const {
  switch (kind) {
    case Kind::at_least: return value >= target;
    case Kind::at_most: return value <= target;
    case Kind::near: return std::abs(value - target) <= tolerance;
  }
  return false;
}

namespace learn {

namespace {

std::string rule(const Bound& bound, int digits) {
  const std::string target = short_number(bound.target, digits);
  switch (bound.kind) {
    case Bound::Kind::at_least: return ">= " + target;
    case Bound::Kind::at_most: return "<= " + target;
    case Bound::Kind::near: break;
  }
  if (bound.tolerance == 0) return "== " + target;
  return "within " + short_number(bound.tolerance, digits) + " of " + target;
}

double as_printed(double value, int digits) {
  return std::strtod(short_number(value, digits).c_str(), nullptr);
}

}  // namespace

std::string bar_line(const std::string& what, double value, Bound bound) {
  const bool met = bound.holds_for(value);
  // Four digits are enough to read; but 0.81996 must not be called less than 0.82 and
  // printed as 0.82, and 2.00003 with a tolerance of 1e-6 is not to be read as 2.
  int digits = 4;
  for (; digits < 17; ++digits) {
    const Bound printed{bound.kind, as_printed(bound.target, digits),
                        as_printed(bound.tolerance, digits)};
    const bool close = std::abs(printed.target - bound.target) <= bound.tolerance;
    const bool spelled_out = bound.kind != Bound::Kind::near || close;
    if (spelled_out && printed.holds_for(as_printed(value, digits)) == met) break;
  }
  const std::string number = short_number(value, digits);
  if (!met) return "MISS " + what + " " + number + ", expected " + rule(bound, digits);
  const bool spoken = bound.kind == Bound::Kind::near && bound.tolerance != 0;
  return "ok   " + what + " " + number + (spoken ? ", " : " ") + rule(bound, digits);
}

}  // namespace learn
}  // namespace hg
