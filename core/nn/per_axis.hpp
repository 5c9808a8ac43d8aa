// Settings with a value for each axis of a grid: kernel sizes, strides, paddings.
#pragma once

#include <concepts>
#include <string>

#include "tensor/shape.hpp"

namespace hg::nn {

/// One number for all axes, conv2d(x, w, b, 2), or one for each, conv2d(x, w, b, {2, 1}).
class PerAxis {
 public:
  PerAxis() = default;  ///< nothing said
  template <std::integral T>
  PerAxis(T all) : values_{int64_t(all)} {}
  PerAxis(std::initializer_list<int64_t> each) : values_(each) {}
  PerAxis(const Shape& each) : values_(each) {}

  /// As it was given: no number, one, or one for each axis.
  const Shape& values() const { return values_; }
  bool given() const { return !values_.empty(); }
  /// One number for each of `axes` axes. `name` is for the message if there are others.
  Shape over(int axes, const std::string& name) const;

 private:
  Shape values_;
};

/// How many zeros to put around an input: numbers, or "valid" (none), or "same" (as many
/// as leave the size as it is, at stride 1; an odd one goes behind).
class Padding : public PerAxis {
 public:
  using PerAxis::PerAxis;
  Padding(const PerAxis& p) : PerAxis(p) {}
  Padding(const char* rule);
  Padding(const std::string& rule) : Padding(rule.c_str()) {}
  bool same() const { return same_; }

 private:
  bool same_ = false;
};

}  // namespace hg::nn
