// Numbers in plain memory: what an operator is called with, and what comes out of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::cli::check {

/// The elements of a tensor in row-major order, or an optional input that is absent.
struct Array {
  bool given = false;
  Shape shape;
  DType dtype = f32;
  std::vector<std::byte> bytes;

  Array() = default;
  Array(const Shape& shape, DType dtype);
  explicit Array(const Tensor& t);  // of an undefined tensor: absent

  int64_t size() const { return int64_t(bytes.size() / size_of(dtype)); }
  bool floating() const { return given && is_floating(dtype); }
  double operator[](int64_t i) const;
  void set(int64_t i, double value);
  Array as(DType other) const;
  Tensor tensor() const;  // undefined if absent

  /// "[1,2]", the index of element i.
  std::string index_text(int64_t i) const;
  double largest() const;  // |x|, of elements that are finite
};

/// Is element i the same in a and b, bit for bit?
bool same_bits(const Array& a, const Array& b, int64_t i);

/// The first element that is not the same in a and b, bit for bit.
std::optional<int64_t> first_difference(const Array& a, const Array& b);

/// The element at which a and b differ most, if it is by more than `tolerance`. Infinities
/// of one sign are equal, and so are NaNs.
std::optional<int64_t> worst_difference(const Array& a, const Array& b, double tolerance);

/// The distance from 1 to the next number of a floating type: 2^-23 for f32.
double unit_of(DType t);

/// "0.25", with all digits that matter.
std::string number_text(double x);

/// Drawing random numbers takes longer than most kernels. Of many only so many are drawn,
/// which are then repeated.
constexpr int64_t few_numbers = 8191;
void repeat_first(Array& a, int64_t n);

/// Arrays of numbers that look random, none of them within 0.1 of 0, where a wrong term
/// would hide: the gradients that backward is called with.
Array weights(const Shape& shape, DType dtype, uint64_t seed);

}  // namespace hg::cli::check
