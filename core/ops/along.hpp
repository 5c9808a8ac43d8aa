// A tensor seen around one axis.
//
// In row-major order, element [o, j, i] of a tensor with axes (..., axis, ...) lies at
//
//     (o * n + j) * inner + i
//
// where n is the size of the axis, and o and i number the elements of the axes before and
// after it. For (2,3,4,5) and axis 1: outer = 2, n = 3, inner = 20.
#pragma once

#include "handgrad_abi.h"

namespace hg::ops {

struct Along {
  int64_t outer = 1, n = 1, inner = 1;

  Along() = default;
  /// A tensor without axes has one element along an axis of size 1.
  Along(const hg_tensor& t, int axis) {
    for (int d = 0; d < t.ndim; ++d) {
      (d < axis ? outer : d == axis ? n : inner) *= t.shape[d];
    }
  }
  int64_t at(int64_t o, int64_t j, int64_t i) const { return (o * n + j) * inner + i; }
  int64_t lines() const { return outer * inner; }

  /// Calls f(l, first) for each line along the axis: l counts the lines from 0, and their
  /// elements lie at first, first + inner, ..., first + (n-1)*inner.
  template <class F>
  void each_line(const F& f) const {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t i = 0; i < inner; ++i) f(o * inner + i, at(o, 0, i));
    }
  }
};

}  // namespace hg::ops
