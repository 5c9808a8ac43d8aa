// The largest or smallest of several numbers, and where it stands: what max, min, argmax
// and argmin share.
#pragma once

#include "ops/along.hpp"
#include "ops/ops.hpp"
#include "tensor/convert.hpp"
#include "tensor/shape.hpp"

namespace hg::ops {

/// Does x take the place of the best so far? Only if it is strictly better, so that the
/// first of several equals stays. NaN beats every number and is beaten by none: what went
/// wrong somewhere shows in the result.
struct Largest {
  static constexpr const char* word = "largest";
  template <class T>
  static bool beats(T x, T best) {
    return x > best || (x != x && best == best);
  }
};
struct Smallest {
  static constexpr const char* word = "smallest";
  template <class T>
  static bool beats(T x, T best) {
    return x < best || (x != x && best == best);
  }
};

/// x around the axis that attribute 0 names; all of x is one axis if it names none.
inline Along searched(const plugin::Call& c, const hg_tensor& x) {
  if (c.attr(0).given()) return Along(x, c.axis(0, x));
  Along all;
  all.n = hg_numel(&x);
  return all;
}

/// In infer: the shape of the results, with attributes 0 dim and 1 keepdim.
inline Shape infer_searched(const plugin::Call& c, const char* word) {
  const hg_tensor& x = c.in(0);
  bool given = c.attr(0).given(), keepdim = c.attr(1).flag();
  int axis = given ? c.axis(0, x) : -1;
  Shape shape;
  for (int d = 0; d < x.ndim; ++d) {
    bool searched = !given || d == axis;
    if (!searched || keepdim) shape.push_back(searched ? 1 : x.shape[d]);
  }
  plugin::require(!given || x.ndim == 0 || x.shape[axis] > 0, "axis ", axis, " of ",
                  plugin::shape_text(x), " has size 0: there is no ", word, " element");
  plugin::require(given || hg_numel(&x) > 0, "a tensor ", plugin::shape_text(x),
                  " has no elements, so none is the ", word);
  return shape;
}

/// For each o and i the first best of x[o, j, i] over j; calls found(k, j, x) with the
/// number k = o*inner + i of the result.
template <class Order, class T, class Found>
void search(const Along& a, const T* x, const Found& found) {
  for (int64_t o = 0; o < a.outer; ++o) {
    for (int64_t i = 0; i < a.inner; ++i) {
      const T* line = x + a.at(o, 0, i);
      T best = load(line);
      int64_t where = 0;
      for (int64_t j = 1; j < a.n; ++j) {
        T candidate = load(line + j * a.inner);
        if (Order::beats(candidate, best)) {
          best = candidate;
          where = j;
        }
      }
      found(o * a.inner + i, where, best);
    }
  }
}

}  // namespace hg::ops
