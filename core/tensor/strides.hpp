// Visiting the elements of several tensors in step, whatever their strides.
#pragma once

#include <array>
#include <cstdlib>

#include "tensor/impl.hpp"

namespace hg {

/// The shape that a and b broadcast to: sizes are matched from the last axis on, and a
/// size of 1 (or a missing axis) stretches to the other's.
Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b);

/// t's strides as seen by a loop over `shape`: 0 along the axes on which t is stretched.
/// Throws if t does not broadcast to `shape`.
Shape broadcast_strides(const char* operation, const hg_tensor& t, const Shape& shape);

/// Nested loops over one shape in N tensors at once, with as few axes as will do. Say a
/// (4,5,6) array and a slice [:, :, 0:3] of another, strides (30,6,1), are walked together:
///
///     shape (4,5,3)   strides (15,3,1) and (30,6,1)
///     merged (20,3)   steps    (3,1)   and  (6,1)       as 30 = 5*6 and 15 = 5*3
///
/// Two neighbouring axes are one if, in every tensor, a step of the outer equals a whole
/// run of the inner. Axes of size 1 go; the rest are ordered by the first tensor's memory,
/// its smallest step innermost. There is always at least one axis.
template <size_t N>
struct Loops {
  using Offsets = std::array<int64_t, N>;  // of the N tensors, in elements

  int rank = 0;
  int64_t size[max_rank];
  Offsets step[max_rank];

  Loops(const Shape& shape, const std::array<Shape, N>& strides) {
    for (int d = 0; d < shape.size(); ++d) {
      if (shape[d] == 0) {  // nothing to visit: one axis of size 0
        rank = 0;
        push(0, {});
        return;
      }
      if (shape[d] == 1) continue;
      Offsets steps;
      for (size_t k = 0; k < N; ++k) steps[k] = strides[k][d];
      push(shape[d], steps);
    }
    if (rank == 0) push(1, {});
    sort_axes();
    merge_axes();
  }

  /// Calls f(offsets) for each index of the first `axes` axes, the last of them fastest.
  template <class F>
  void for_each(int axes, F&& f) const {
    int64_t index[max_rank] = {};
    Offsets at{};
    for (;;) {
      f(at);
      int d = axes - 1;
      for (; d >= 0; --d) {
        bool more = ++index[d] < size[d];
        int64_t steps = more ? 1 : 1 - size[d];  // one on, or back to the start
        for (size_t k = 0; k < N; ++k) at[k] += steps * step[d][k];
        if (more) break;
        index[d] = 0;
      }
      if (d < 0) return;
    }
  }

  /// Calls f(offsets, n) for each run of n elements along the innermost axis; there, tensor
  /// k goes on by inner()[k] elements.
  template <class F>
  void for_each_row(F&& f) const {
    for_each(rank - 1, [&](const Offsets& at) { f(at, size[rank - 1]); });
  }
  const Offsets& inner() const { return step[rank - 1]; }

  void swap_axes(int d, int e) {
    std::swap(size[d], size[e]);
    std::swap(step[d], step[e]);
  }

 private:
  void push(int64_t n, const Offsets& steps) {
    size[rank] = n;
    step[rank++] = steps;
  }
  void sort_axes() {  // insertion sort: at most 8 axes, mostly in order already
    for (int i = 1; i < rank; ++i) {
      for (int d = i; d > 0 && std::abs(step[d - 1][0]) < std::abs(step[d][0]); --d) {
        swap_axes(d - 1, d);
      }
    }
  }
  void merge_axes() {
    int last = 0;  // of those kept so far
    for (int d = 1; d < rank; ++d) {
      bool one = true;
      for (size_t k = 0; k < N; ++k) one &= step[last][k] == size[d] * step[d][k];
      if (one) {
        size[last] *= size[d];
        step[last] = step[d];
      } else {
        ++last;
        size[last] = size[d];
        step[last] = step[d];
      }
    }
    rank = last + 1;
  }
};

}  // namespace hg
