// Putting the elements of a line in order: what sort and topk share.
#pragma once

#include <numeric>

#include "ops/along.hpp"
#include "ops/ops.hpp"
#include "tensor/convert.hpp"

namespace hg::ops {

/// Elements of one line, by number: does j come before k? The order is total, so every way
/// of sorting gives the same result: nan counts as larger than any number, and of equals
/// the one that stands first comes first, whichever the direction.
template <class T>
struct Before {
  const T* line;
  int64_t step;
  bool descending;

  bool operator()(int64_t j, int64_t k) const {
    const T a = load(line + j * step), b = load(line + k * step);
    if (less(a, b)) return !descending;
    if (less(b, a)) return descending;
    return j < k;
  }

 private:
  static bool less(T a, T b) { return a < b || (a == a && b != b); }
};

/// In each line of x along an axis, brings the `k` first places in order to the front, with
/// `arrange(begin, end, before)`, and writes values y and their places (both k long).
template <class T, class Arrange>
void order_lines(const plugin::Call& c, int axis, int64_t k, bool descending,
                 const Arrange& arrange) {
  const Along a(c.in(0), axis), to(c.out(0), axis);
  const T* x = c.in<T>(0);
  T* y = c.out<T>(0);
  int64_t *places = c.out<int64_t>(1), *order = c.scratch<int64_t>(a.n);
  for (int64_t o = 0; o < a.outer; ++o) {
    for (int64_t i = 0; i < a.inner; ++i) {
      const T* line = x + a.at(o, 0, i);
      std::iota(order, order + a.n, int64_t(0));
      arrange(order, order + a.n, Before<T>{line, a.inner, descending});
      for (int64_t j = 0; j < k; ++j) {
        y[to.at(o, j, i)] = load(line + order[j] * a.inner);
        places[to.at(o, j, i)] = order[j];
      }
    }
  }
}

/// dx = 0, and dx[places[j]] = dy[j] in each line: each y[j] is a copy of that x.
template <class T>
void return_to_places(const plugin::Call& c, int axis) {
  const Along a(c.in(0), axis), from(c.dout(0), axis);
  const T* dy = c.dout<T>(0);
  const int64_t* places = c.out<int64_t>(1);
  T* dx = c.din<T>(0);
  std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
  for (int64_t o = 0; o < a.outer; ++o) {
    for (int64_t i = 0; i < a.inner; ++i) {
      for (int64_t j = 0; j < from.n; ++j) {
        dx[a.at(o, places[from.at(o, j, i)], i)] = dy[from.at(o, j, i)];
      }
    }
  }
}

}  // namespace hg::ops
