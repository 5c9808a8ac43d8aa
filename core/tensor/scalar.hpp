// A plain C++ number where a tensor meets one: x + 2, full({3}, 0.5).
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tensor/convert.hpp"

namespace hg {

/// Remembers whether it was a bool, a whole number or a fraction, because that decides the
/// element type of a result: an i64 tensor plus 2 stays i64, plus 2.5 becomes f32.
class Scalar {
 public:
  Scalar(bool value) : kind_(0), i_(value) {}
  template <std::integral T>
  Scalar(T value) : kind_(1), i_(int64_t(value)) {}
  template <std::floating_point T>
  Scalar(T value) : kind_(2), f_(double(value)) {}

  /// 0 bool, 1 whole number, 2 fraction (the kinds of DTypeInfo).
  int kind() const { return kind_; }
  double to_double() const { return to<double>(); }
  int64_t to_int64() const { return to<int64_t>(); }

  /// The type a tensor of it has: bool, i64, or f32.
  DType dtype() const { return kind_ == 0 ? bool_ : kind_ == 1 ? i64 : f32; }

  /// The value as a T, by the rules of convert.hpp.
  template <class T>
  T to() const {
    return kind_ == 2 ? convert<T>(f_) : convert<T>(i_);
  }
  /// As it would be written, for messages: "2", "0.5", "true".
  std::string to_string() const {
    if (kind_ == 0) return i_ ? "true" : "false";
    if (kind_ == 1) return std::to_string(i_);
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", f_);
    return text;
  }

 private:
  int kind_;
  union {
    int64_t i_;
    double f_;
  };
};

}  // namespace hg
