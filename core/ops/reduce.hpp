// What the reductions share: sum, mean, norm, all, any turn the elements along some axes
// into one number.
//
// Walking x in memory order, every element x[i] belongs to one element y[k]. A step along
// a kept axis moves k, one along a reduced axis does not: k's stride there is 0. For x
// (2,3,4) reduced over axis 1, y is (2,4):
//
//     axis        0    1    2
//     x's stride  12   4    1
//     y's stride  4    0    1
#pragma once

#include "ops/ops.hpp"
#include "tensor/strides.hpp"

namespace hg::ops {

/// The axes of x that attribute k names (a number, a list, or none for all), one bit each.
inline unsigned reduced_axes(const plugin::Call& c, const hg_tensor& x, uint32_t k = 0) {
  const hg_value& dim = c.c->attr[k];
  if (dim.kind == HG_INT) return 1u << c.axis(k, x);
  if (dim.count == 0) return ~0u;  // none, or the empty list
  unsigned axes = 0;
  for (int64_t axis : c.attr(k).integers()) {
    unsigned bit = 1u << plugin::Call::wrap(axis, x.ndim);
    plugin::require((axes & bit) == 0, "axis ", axis, " is named twice in ",
                    Shape(c.attr(k).integers()));
    axes |= bit;
  }
  return axes;
}

/// In infer: output 0 is x without the axes that attribute k names; where attribute k + 1,
/// keepdim, is on, they stay with size 1. Returns those axes.
inline unsigned infer_reduced(plugin::Call& c, const hg_tensor& x, uint32_t k = 0) {
  unsigned axes = reduced_axes(c, x, k);
  bool keepdim = c.attr(k + 1).flag();
  Shape shape;
  for (int d = 0; d < x.ndim; ++d) {
    bool reduced = axes >> d & 1;
    if (!reduced || keepdim) shape.push_back(reduced ? 1 : x.shape[d]);
  }
  c.shape(0, shape, x);
  return axes;
}

struct Reduction {
  int64_t outputs = 1;  // elements of y
  int64_t count = 1;    // elements of x that meet in one of y

  Reduction(const hg_tensor& x, unsigned axes) : loops_(shape_of(x), strides(x, axes)) {
    for (int d = 0; d < x.ndim; ++d) (axes >> d & 1 ? count : outputs) *= x.shape[d];
  }

  /// Calls add(y[k], x[i]) for every i, in order.
  template <class T, class Y, class Add>
  void fold(const T* x, Y* y, const Add& add) const {
    int64_t step = loops_.inner()[1];
    loops_.for_each_row([&](const auto& at, int64_t n) {
      const T* row = x + at[0];
      if (step == 0 && n > 0) {  // the whole row goes into one number
        Y sum = y[at[1]];
        for (int64_t i = 0; i < n; ++i) add(sum, load(row + i));
        y[at[1]] = sum;
      } else {
        for (int64_t i = 0; i < n; ++i) add(y[at[1] + i * step], load(row + i));
      }
    });
  }

  /// Calls f(i, k) for every i, in order.
  template <class F>
  void spread(const F& f) const {
    int64_t step = loops_.inner()[1];
    loops_.for_each_row([&](const auto& at, int64_t n) {
      for (int64_t i = 0; i < n; ++i) f(at[0] + i, at[1] + i * step);
    });
  }

 private:
  static std::array<Shape, 2> strides(const hg_tensor& x, unsigned axes) {
    Shape kept = shape_of(x);
    int64_t step = 1;
    for (int d = x.ndim - 1; d >= 0; --d) {
      bool reduced = axes >> d & 1;
      kept[d] = reduced ? 0 : step;
      if (!reduced) step *= x.shape[d];
    }
    return {contiguous_strides(shape_of(x)), kept};
  }
  Loops<2> loops_;  // over x and y
};

}  // namespace hg::ops
