// Axes: where a value lies between the two ends, and which values get a label.
#pragma once

#include <string>
#include <vector>

#include "learn/values.hpp"

namespace hg::learn {

enum class ScaleKind { linear, log };

/// "linear" or "log"; anything else is an error that names `axis`.
ScaleKind scale_kind(const std::string& name, const std::string& axis);

/// The smallest and largest value that an axis can show; empty before the first one.
struct Extent {
  double low = 1, high = 0;
  bool empty() const { return low > high; }
  /// Widens to `value`, if that is finite and, on a log axis, above 0.
  void include(double value, ScaleKind kind);
};

/// Maps values to their place on an axis: 0 at the low end, 1 at the high one.
class Scale {
 public:
  /// Needs low < high, both finite, and low > 0 on a log axis.
  Scale(ScaleKind kind, double low, double high, bool reversed = false);

  /// NaN for what an axis cannot show: NaN, infinity, on a log axis zero and below.
  double place(double value) const;

  ScaleKind kind() const { return kind_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  ScaleKind kind_;
  double low_, high_;
  bool reversed_;
};

/// The scale of an axis: `limits` where they are given, else the data's extent with a
/// margin of `margin` times its length at either end.
Scale make_scale(ScaleKind kind, Limits limits, Extent data, double margin,
                 const std::string& axis);

struct Tick {
  double place;
  std::string label;  // empty: a small tick between two labelled ones
};

/// Round values between the ends, `about` of them with a label. Numbers too long for
/// plain digits become powers of ten: "10⁻⁶", or "1e-6" without `utf8`.
std::vector<Tick> ticks(const Scale& scale, int about, bool utf8);

/// `value` in `digits` significant digits, but without needless zeros, and whole below a
/// million: "0.25", "60000", "1.5e6".
std::string short_number(double value, int digits = 4);

}  // namespace hg::learn
