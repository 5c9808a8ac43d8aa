// Moving elements along axes: what roll, flip and pad share.
//
// In each of them an element of y is one of x, and its index along an axis of x follows
// from its index along the same axis of y alone:
//
//     y[i, j, ...] = x[f0(i), f1(j), ...]
//
// So one list for each axis says everything; it holds f(i) times the stride of x, ready to
// be added up. An index that comes from nowhere in x (padding) is marked as outside.
// Backward, x[m] has a path through every element of y that was copied from it:
//
//     dL/dx[m] = sum over i, j, ... with (f0(i), f1(j), ...) = m of dy[i, j, ...]    (*)
#pragma once

#include "ops/ops.hpp"
#include "tensor/convert.hpp"
#include "tensor/shape.hpp"

namespace hg::ops {

class Moves {
 public:
  static constexpr int64_t outside = -1;

  /// from(d, i) is f_d(i), or `outside`. x and y have as many axes.
  template <class From>
  Moves(const plugin::Call& c, const Shape& x, const Shape& y, const From& from) : y_(y) {
    const Shape strides = contiguous_strides(x);
    for (int d = 0; d < y.size(); ++d) {
      int64_t* list = c.scratch<int64_t>(y[d]);
      for (int64_t i = 0; i < y[d]; ++i) {
        const int64_t place = from(d, i);
        list[i] = place == outside ? outside : place * strides[d];
      }
      list_[d] = list;
    }
  }

  /// Calls f(j, m) for each element j of y, in order: it is element m of x, or comes from
  /// `outside`.
  template <class F>
  void each(const F& f) const {
    int64_t j = 0;
    walk(0, 0, j, f);
  }

 private:
  // m: where in x the indices of the axes before d lead.
  template <class F>
  void walk(int d, int64_t m, int64_t& j, const F& f) const {
    if (d == y_.size()) return f(j++, m);
    for (int64_t i = 0; i < y_[d]; ++i) {
      const int64_t place = list_[d][i];
      const int64_t at = m == outside || place == outside ? outside : m + place;
      if (d + 1 == y_.size()) {
        f(j++, at);
      } else {
        walk(d + 1, at, j, f);
      }
    }
  }

  Shape y_;
  const int64_t* list_[max_rank];
};

/// y[j] = x[m], or `filling` where it comes from outside.
template <class T>
void copy_moved(const plugin::Call& c, const Moves& moves, T filling = T()) {
  const T* x = c.in<T>(0);
  T* y = c.out<T>(0);
  moves.each(
      [&](int64_t j, int64_t m) { y[j] = m == Moves::outside ? filling : load(x + m); });
}

/// dx[m] = the sum of the dy[j] that were copied from it.
template <class T>
void add_moved(const plugin::Call& c, const Moves& moves) {
  const T* dy = c.dout<T>(0);
  T* dx = c.din<T>(0);
  if (!c.adds(0)) std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
  moves.each([&](int64_t j, int64_t m) {
    if (m != Moves::outside) dx[m] = T(dx[m] + dy[j]);  // (*)
  });
}

}  // namespace hg::ops
