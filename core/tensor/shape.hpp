// The sizes of a tensor, and arithmetic on them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>

#include "handgrad_abi.h"
#include "tensor/error.hpp"

namespace hg {

constexpr int max_rank = HG_MAX_RANK;

/// Up to 8 whole numbers: sizes, strides, or axes. The empty Shape is that of a tensor
/// with one element and no axes. (PyTorch allows 64 axes; eight keep every tensor's
/// metadata in one small block, and no program in the course has more than six.)
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
  Shape(std::span<const int64_t> sizes) {
    if (sizes.size() > size_t(max_rank)) {
      throw Error("shape", std::to_string(sizes.size()) + " axes; a tensor has at most " +
                               std::to_string(max_rank));
    }
    std::copy(sizes.begin(), sizes.end(), data_);
    rank_ = int(sizes.size());
  }

  int size() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  int64_t& operator[](int i) { return data_[i]; }
  int64_t operator[](int i) const { return data_[i]; }
  int64_t* begin() { return data_; }
  int64_t* end() { return data_ + rank_; }
  const int64_t* begin() const { return data_; }
  const int64_t* end() const { return data_ + rank_; }
  int64_t back() const { return data_[rank_ - 1]; }

  void push_back(int64_t n) {
    if (rank_ == max_rank) throw Error("shape", "more than 8 axes");
    data_[rank_++] = n;
  }
  void insert(int at, int64_t n) {
    push_back(n);
    std::rotate(data_ + at, data_ + rank_ - 1, data_ + rank_);
  }
  void erase(int at) {
    std::copy(data_ + at + 1, data_ + rank_, data_ + at);
    --rank_;
  }

  bool operator==(const Shape& other) const {
    return rank_ == other.rank_ && std::equal(begin(), end(), other.begin());
  }

  /// The product of the sizes; 1 for the empty shape. Throws if the sizes other than 0
  /// have a product above 2^63 - 1, so that strides fit, too.
  int64_t numel() const {
    int64_t n = 1;
    bool none = false;
    for (int64_t size : *this) {
      none |= size == 0;
      if (__builtin_mul_overflow(n, size == 0 ? 1 : size, &n)) {
        throw Error("shape", to_string() + " has more elements than 64 bits can count");
      }
    }
    return none ? 0 : n;
  }

  /// "(2,3)"; "()" when empty; "(5,)" for one axis would be Python's way, "(5)" is ours.
  std::string to_string() const {
    std::string text = "(";
    for (int i = 0; i < rank_; ++i) text += (i ? "," : "") + std::to_string(data_[i]);
    return text + ")";
  }
  friend std::ostream& operator<<(std::ostream& out, const Shape& s) {
    return out << s.to_string();
  }

 private:
  int64_t data_[max_rank] = {};
  int rank_ = 0;
};

/// Row-major strides in elements: the last axis has 1. A size of 0 counts as 1, so that
/// empty tensors have sensible strides. (Sizes that numel() refuses wrap around.)
inline Shape contiguous_strides(const Shape& sizes) {
  Shape strides = sizes;
  int64_t step = 1;
  for (int d = sizes.size() - 1; d >= 0; --d) {
    strides[d] = step;
    step = int64_t(uint64_t(step) * uint64_t(std::max<int64_t>(sizes[d], 1)));
  }
  return strides;
}

/// `axis` counted from the end when negative, checked: 0 <= result < rank. A rank-0
/// tensor takes 0 and -1, as in PyTorch.
inline int wrap_axis(const char* operation, int64_t axis, int rank) {
  int64_t limit = std::max(rank, 1);
  if (axis < -limit || axis >= limit) {
    throw Error(operation, "axis " + std::to_string(axis) + " of a tensor with " +
                               std::to_string(rank) + " axes",
                "axes go from " + std::to_string(-limit) + " to " + std::to_string(limit - 1));
  }
  return int(axis < 0 ? axis + limit : axis);
}

}  // namespace hg
