// Broadcasting: how operands of different shapes meet, and what it means backwards.
//
// Forward.  In a + b with a (2,3) and b (3), b acts as if it were repeated for each row:
//
//     y[i,j] = a[i,j] + b[j]
//
//   The rule: write the shapes under each other, flush right. Two sizes must be equal, or
//   one of them 1, and that one is stretched; a missing axis counts as 1. Nothing is
//   copied: along a stretched axis the stride is 0, so each step finds the same number.
//
// Backward.  One b[j] is used in every row i and reaches L through y[0,j], y[1,j], ...;
//   sum the paths:
//
//     dL/db[j] = sum_i dL/dy[i,j] * dy[i,j]/db[j]                                (*)
//
//   So the gradient of a stretched operand is summed over the axes along which it was
//   stretched. Check by thought: it has b's shape again, as a gradient must; and if twice
//   as many rows use b[j], it pulls twice as hard.
//
// Rounding.  The sums of (*) are made in double precision, each by one thread in row-major
// order: the result does not depend on the number of threads, and adding up 60000 rows of
// f32 loses nothing.
#pragma once

#include "handgrad_plugin.hpp"
#include "tensor/convert.hpp"
#include "tensor/strides.hpp"

namespace hg::ops {

using plugin::Call;
using plugin::require;

// ---- shapes ----------------------------------------------------------------------------

/// Says that the sizes of axis -i do not meet, and how they might.
[[noreturn]] void fail_broadcast(const hg_tensor& a, const char* a_name, const hg_tensor& b,
                                 const char* b_name, int i);

/// Output 0 gets the shape that a and b broadcast to, and a's element type.
inline void infer_broadcast(Call& c, const hg_tensor& a, const hg_tensor& b,
                            const char* a_name = "input", const char* b_name = "other") {
  const hg_tensor &longer = a.ndim >= b.ndim ? a : b, &shorter = a.ndim >= b.ndim ? b : a;
  hg_tensor& y = c.out(0);
  c.like(0, longer);
  c.set_type(0, a.code, a.bits);
  for (int i = 1; i <= shorter.ndim; ++i) {
    int64_t& n = y.shape[y.ndim - i];
    int64_t m = shorter.shape[shorter.ndim - i];
    if (n == m) continue;
    if (n != 1 && m != 1) fail_broadcast(a, a_name, b, b_name, i);
    if (n == 1) n = m;
  }
}

/// t's strides as a loop over `shape` sees them: 0 along the axes that are stretched.
inline Shape stretched(const hg_tensor& t, const Shape& shape) {
  Shape strides = shape;
  int missing = shape.size() - t.ndim;
  for (int d = 0; d < shape.size(); ++d) {
    bool own = d >= missing && t.shape[d - missing] != 1;
    strides[d] = own ? t.strides[d - missing] : 0;
  }
  return strides;
}

/// 1 if t's elements, in the order of y's, lie one after the other; 0 if t is one number
/// for all of y; -1 if it takes loops over the axes.
inline int64_t row_step(const hg_tensor& t, const hg_tensor& y) {
  bool dense = t.ndim == y.ndim;
  int64_t expected = 1;
  for (int d = t.ndim - 1; dense && d >= 0; --d) {
    dense = t.shape[d] == y.shape[d] && (t.strides[d] == expected || t.shape[d] == 1);
    expected *= t.shape[d];
  }
  return dense ? 1 : hg_numel(&t) == 1 ? 0 : -1;
}

// ---- operands of a loop ----------------------------------------------------------------

/// A tensor with elements of type T.
template <class T>
struct Elements {
  const hg_tensor& t;
  const T* data() const { return static_cast<const T*>(t.data); }
  int64_t step(const hg_tensor& y) const { return row_step(t, y); }
  Shape strides(const Shape& shape) const { return stretched(t, shape); }
};

/// In the place of a tensor that was not kept, because the formula does not read it.
template <class T>
struct NotKept {
  struct Nowhere {
    Nowhere operator+(int64_t) const { return {}; }
  };
  Nowhere data() const { return {}; }
  int64_t step(const hg_tensor&) const { return 1; }
  Shape strides(const Shape& shape) const { return stretched(hg_tensor{}, shape); }
  friend T load(Nowhere) { return T(0); }
};

/// t, or nothing, as a kernel's masks promise.
template <class T, bool kept>
auto elements(const hg_tensor& t) {
  if constexpr (kept) return Elements<T>{t};
  else return NotKept<T>{};
}

// ---- loops -----------------------------------------------------------------------------

/// Work for a thread of its own: some ten microseconds.
constexpr int64_t grain = 32768;

/// Calls f(offsets, n) for each row of the loops. Threads share out axis `axis`, if it
/// pays; -1 keeps it all on this one.
template <size_t N, class F>
void for_each_row(const Call& c, const Loops<N>& loops, int axis, const F& f) {
  int64_t total = 1;
  for (int d = 0; d < loops.rank; ++d) total *= loops.size[d];
  if (axis < 0 || total <= grain) return loops.for_each_row(f);
  int64_t size = loops.size[axis], each = total / size;  // elements per index of the axis
  c.parallel(size, std::max<int64_t>(1, grain / each), [&](int64_t i, int64_t end) {
    Loops<N> part = loops;
    part.size[axis] = end - i;
    part.for_each_row([&](auto at, int64_t n) {
      for (size_t k = 0; k < N; ++k) at[k] += i * loops.step[axis][k];
      f(at, n);
    });
  });
}

/// y[i] = f(x[i*step], ...), i = 0 to n-1. Dense rows have a loop that compilers vectorise.
template <class Y, class F, class... X>
void map_row(Y* y, int64_t n, const F& f, const int64_t* step, X... x) {
  if (std::all_of(step, step + sizeof...(X), [](int64_t s) { return s == 1; })) {
    for (int64_t i = 0; i < n; ++i) y[i] = f(load(x + i)...);
  } else {
    [&]<size_t... K>(std::index_sequence<K...>) {
      for (int64_t i = 0; i < n; ++i) y[i] = f(load(x + i * step[K])...);
    }(std::index_sequence_for<X...>());
  }
}

/// The same for two operands, with loops for one number beside a dense row.
template <class Y, class F, class A, class B>
void map_row(Y* y, int64_t n, const F& f, const int64_t* step, const A* a, const B* b) {
  if (step[0] == 1 && step[1] == 1) {
    for (int64_t i = 0; i < n; ++i) y[i] = f(load(a + i), load(b + i));
  } else if (step[0] == 1 && step[1] == 0 && n > 0) {
    const B number = load(b);
    for (int64_t i = 0; i < n; ++i) y[i] = f(load(a + i), number);
  } else if (step[0] == 0 && step[1] == 1 && n > 0) {
    const A number = load(a);
    for (int64_t i = 0; i < n; ++i) y[i] = f(number, load(b + i));
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = f(load(a + i * step[0]), load(b + i * step[1]));
  }
}

/// Large or strided operands. Out of line, so that a few numbers do not pay for the room
/// that this takes on the stack.
template <class Y, class F, class... Operands>
[[gnu::noinline]] void map_rows(const Call& c, const hg_tensor& y, const F& f,
                                const int64_t* step, const Operands&... x) {
  constexpr size_t N = sizeof...(x);
  Y* data = static_cast<Y*>(y.data);
  if (std::all_of(step, step + N, [](int64_t s) { return s >= 0; })) {
    c.parallel(hg_numel(&y), grain, [&](int64_t i, int64_t end) {
      [&]<size_t... K>(std::index_sequence<K...>) {
        map_row(data + i, end - i, f, step, (x.data() + i * step[K])...);
      }(std::make_index_sequence<N>());
    });
    return;
  }
  Shape shape = shape_of(y);
  Loops<N + 1> loops(shape, {strides_of(y), x.strides(shape)...});
  for_each_row(c, loops, 0, [&](const auto& at, int64_t n) {
    [&]<size_t... K>(std::index_sequence<K...>) {
      map_row(data + at[0], n, f, loops.inner().data() + 1, (x.data() + at[K + 1])...);
    }(std::make_index_sequence<N>());
  });
}

/// y = f(x, ...) for every element of y, which is contiguous; the operands are stretched to
/// its shape.
template <class Y, class F, class... Operands>
void map(const Call& c, const hg_tensor& y, const F& f, const Operands&... x) {
  const int64_t step[] = {x.step(y)...};
  int64_t n = hg_numel(&y);
  bool small = n <= grain;
  for (int64_t s : step) small &= s >= 0;
  if (small) map_row(static_cast<Y*>(y.data), n, f, step, x.data()...);
  else map_rows<Y>(c, y, f, step, x...);
}

/// The gradient of input i: g(x, ...) for each element of the full shape, that of dout, and
/// where the input was stretched, the sum (*) of those. Does nothing if nobody wants it.
/// Whole numbers have no gradient: for them there is nothing to compile.
template <class T, class G, class... Operands>
void gradient(const Call&, uint32_t, const G&, const Operands&...)
  requires std::is_integral_v<T>
{}

template <class T, class G, class... Operands>
void gradient(const Call& c, uint32_t i, const G& g, const Operands&... x) {
  if (!c.wants(i)) return;
  constexpr size_t N = sizeof...(x);
  const hg_tensor &dx = c.din(i), &dy = c.dout(0);
  if (same_shape(dx, dy)) return map<T>(c, dx, g, x...);

  int64_t count = hg_numel(&dx);
  double* sum = c.scratch<double>(count);
  std::fill(sum, sum + count, 0.0);
  Shape shape = shape_of(dy);
  Loops<N + 2> loops(shape, {contiguous_strides(shape), stretched(dx, shape),
                             x.strides(shape)...});
  int own = 0;  // an axis of dx itself: threads that share it out never meet in a sum
  while (own < loops.rank && loops.step[own][1] == 0) ++own;
  if (own == loops.rank) own = -1;
  for_each_row(c, loops, own, [&](const auto& at, int64_t n) {
    [&]<size_t... K>(std::index_sequence<K...>) {
      const auto& step = loops.inner();
      for (int64_t j = 0; j < n; ++j) {
        auto term = g(load(x.data() + at[K + 2] + j * step[K + 2])...);
        sum[at[1] + j * step[1]] += double(term);
      }
    }(std::make_index_sequence<N>());
  });
  T* data = static_cast<T*>(dx.data);
  for (int64_t j = 0; j < count; ++j) data[j] = convert<T>(sum[j]);
}

}  // namespace hg::ops
