// Windows that slide over a grid, and what they see written as columns: im2col, and its
// way back, col2im. Convolutions, transposed ones, unfold and fold are made of them.
//
// A kernel of R x S taps slides over an image x (C,H,W). Tap (r,s) of window (p,q) lies on
//
//     h = p stride - padding + r dilation,    w = q stride - padding + s dilation
//
//   (each axis has its own three numbers). Around the image there are zeros: padding. From
//   one end of a kernel to the other it is 1 + dilation places, so that
//
//     P = floor((H + 2 padding - 1 - dilation) / stride) + 1
//
//   windows fit along H. im2col makes each window a column of a matrix:
//
//     col[(c,r,s), (p,q)] = x[c,h,w],  or 0 where (h,w) lies outside
//
//   One channel, 3 x 3, windows of 2 x 2 (p,q from left to right, r,s downwards):
//
//     1 2 3          1 2 4 5
//     4 5 6    ->    2 3 5 6
//     7 8 9          4 5 7 8
//                    5 6 8 9
//
// Backward.  x[c,h,w] was copied to every (r,s), (p,q) that leads to (h,w), with factor 1;
// its gradient is the sum over these paths, which is called col2im:
//
//     dL/dx[c,h,w] = sum over (r,s), (p,q) that lead to (h,w) of dcol[(c,r,s), (p,q)]  (*)
//
//   Check by thought: with dcol = 1 everywhere, the 5 above gets 4, a corner 1: as many
//   windows as see it.
//
// Here every grid has three axes; a sequence is a volume whose depth and height are 1.
#pragma once

#include <algorithm>
#include <array>

#include "ops/ops.hpp"
#include "tensor/shape.hpp"

namespace hg::ops {

/// "(2,3)" in a message, spelled out only when the message is.
struct ListText {
  std::span<const int64_t> list;
  friend std::ostream& operator<<(std::ostream& out, const ListText& t) {
    out << "(";
    for (size_t i = 0; i < t.list.size(); ++i) out << (i ? "," : "") << t.list[i];
    return out << ")";
  }
};

class Windows {
 public:
  using List = std::span<const int64_t>;
  using Grid = std::array<int64_t, 3>;

  /// Each list has one number for each axis of the grid, at most three.
  Windows(List grid, List kernel, List stride, List padding, List dilation)
      : grid_(three(grid, 1)),
        kernel_(three(kernel, 1)),
        stride_(three(stride, 1)),
        padding_(three(padding, 0)),
        dilation_(three(dilation, 1)) {
    auto one_each = [&](List list, const char* name) {
      plugin::require(list.size() == grid.size(), name, " is ", ListText{list},
                      ": the grid ", ListText{grid}, " needs ", grid.size(),
                      grid.size() == 1 ? " number" : " numbers, one for each axis");
    };
    one_each(kernel, "kernel");
    one_each(stride, "stride");
    one_each(padding, "padding");
    one_each(dilation, "dilation");
    for (int64_t k : kernel) {
      plugin::require(k >= 1, "the kernel is ", ListText{kernel},
                      ": along each axis it must have at least one tap");
    }
    for (size_t d = 0; d < 3; ++d) {
      int64_t padded = 0;
      int64_t& span = span_[d];
      const bool counts = !__builtin_mul_overflow(dilation_[d], kernel_[d] - 1, &span) &&
                          !__builtin_add_overflow(span, 1, &span) &&
                          !__builtin_mul_overflow(padding_[d], 2, &padded) &&
                          !__builtin_add_overflow(padded, grid_[d], &padded);
      plugin::require(counts, "kernel ", ListText{kernel}, ", padding ", ListText{padding},
                      ", dilation ", ListText{dilation}, ": too large to count with");
      count_[d] = padded < span_[d] ? 0 : (padded - span_[d]) / stride_[d] + 1;
    }
  }

  /// How many windows there are along each of the last `axes` axes; 0 where the kernel is
  /// larger than the padded grid.
  List count(int axes) const { return List(count_).last(size_t(axes)); }
  /// Other numbers of windows. Some may then lie outside the grid altogether.
  void set_count(List count) { count_ = three(count, 1); }
  /// Places from one end of the kernel to the other.
  List span(int axes) const { return List(span_).last(size_t(axes)); }
  bool fit() const { return std::ranges::min(count_) > 0; }
  /// Throws if the columns of C channels have more elements than 64 bits can count.
  void require_countable(int64_t C) const {
    Shape{C, kernel_[0], kernel_[1], kernel_[2], count_[0], count_[1], count_[2]}.numel();
  }

  int64_t places() const { return product(grid_); }
  int64_t taps() const { return product(kernel_); }
  int64_t windows() const { return product(count_); }

  /// Goes through the elements e of the columns of one channel, in order: copy(e, m) if it
  /// is a copy of place m of the grid, outside(e) if it lies in the padding.
  template <class Copy, class Outside>
  void each(const Copy& copy, const Outside& outside) const {
    int64_t e = 0;
    const auto [R0, R1, R2] = kernel_;
    const auto [P0, P1, P2] = count_;
    for (int64_t tap = 0; tap < R0 * R1 * R2; ++tap) {
      const int64_t r0 = tap / (R1 * R2), r1 = tap / R2 % R1, r2 = tap % R2;
      const Range in0 = inside(0, r0), in1 = inside(1, r1), in2 = inside(2, r2);
      for (int64_t p0 = 0; p0 < P0; ++p0) {
        for (int64_t p1 = 0; p1 < P1; ++p1) {
          const bool row = in0.has(p0) && in1.has(p1);
          const int64_t begin = row ? in2.begin : P2, end = row ? in2.end : P2;
          const int64_t line = row ? at(0, p0, r0) * grid_[1] + at(1, p1, r1) : 0;
          for (int64_t p2 = 0; p2 < begin; ++p2) outside(e++);
          for (int64_t p2 = begin; p2 < end; ++p2) {
            copy(e++, line * grid_[2] + at(2, p2, r2));
          }
          for (int64_t p2 = end; p2 < P2; ++p2) outside(e++);
        }
      }
    }
  }

 private:
  static Grid three(List list, int64_t filling) {
    Grid g{filling, filling, filling};
    const size_t n = std::min<size_t>(list.size(), 3);
    std::copy_backward(list.begin(), list.begin() + int64_t(n), g.end());
    return g;
  }
  static int64_t product(const Grid& g) { return g[0] * g[1] * g[2]; }
  // Where tap r of window p lies along axis d.
  int64_t at(size_t d, int64_t p, int64_t r) const {
    return p * stride_[d] - padding_[d] + r * dilation_[d];
  }
  // The windows along axis d whose tap r lies inside the grid: 0 <= p stride - gap < size.
  struct Range {
    int64_t begin, end;
    bool has(int64_t p) const { return p >= begin && p < end; }
  };
  Range inside(size_t d, int64_t r) const {
    const int64_t gap = padding_[d] - r * dilation_[d];
    auto windows_before = [&](int64_t place) {  // how many p have p stride < place
      return place <= 0 ? 0 : std::min((place - 1) / stride_[d] + 1, count_[d]);
    };
    return {windows_before(gap), windows_before(grid_[d] + gap)};
  }

  Grid grid_, kernel_, stride_, padding_, dilation_, span_{}, count_{};
};

/// The columns of x (C, grid): col (C * taps, windows).
template <class T>
void im2col(const Windows& windows, int64_t C, const T* x, T* col) {
  for (int64_t c = 0; c < C; ++c) {
    windows.each([=](int64_t e, int64_t m) { col[e] = x[m]; },
                 [=](int64_t e) { col[e] = T(0); });
    x += windows.places();
    col += windows.taps() * windows.windows();
  }
}

/// Adds the columns up where they came from; x (C, grid) holds numbers to begin with.
template <class T>
void col2im(const Windows& windows, int64_t C, const T* col, T* x) {
  for (int64_t c = 0; c < C; ++c) {
    windows.each([=](int64_t e, int64_t m) { x[m] += col[e]; },  // (*)
                 [](int64_t) {});
    x += windows.places();
    col += windows.taps() * windows.windows();
  }
}

}  // namespace hg::ops
