// Reductions: sum, mean, the 2-norm, max and argmax.
//
// What limits it. Every number is read once, 4 bytes, for one addition: the speed is that
// of memory, or of the cache where the numbers are still there. Sums are made in double, as
// by the reference (kernels/reduce.cpp): 16 MiB in the third-level cache of a Zen 4
// take 0.44 ms, 38 GB/s, on one thread, where sums in f32 could be read at 70. From memory,
// at 10 to 20 GB/s, there is no difference.
//
// Which numbers meet? Neighbouring axes that are both reduced, or both kept, are one axis.
// What is left is seldom more than
//
//     R      everything             KR    rows           of which R are the last axes
//     RK     columns                KRK   columns, in several matrices
//     RKR    the channels of images (N,C,H,W) over N, H and W; KRKR likewise
//
// A thread has outputs of its own, or, where there are few, parts of the input, cut by the
// shape alone; the same numbers have the same sum, whatever the number of threads.
#include <algorithm>
#include <cmath>

#include "fastcpu.hpp"
#include "kernels/reduce.hpp"

namespace hg::fastcpu {
namespace {

// x as (outer, n, inner, last) of which outer and inner are kept, n and last reduced.
struct Layout {
  int64_t outer = 1, n = 1, inner = 1, last = 1;
  bool fits = true;
  int64_t outputs() const { return outer * inner; }
  int64_t count() const { return n * last; }

  Layout(const Call& c, const hg_tensor& x, uint32_t attribute) {
    unsigned axes = 0;
    for (int64_t axis : c.attr(attribute).integers()) {
      axes |= 1u << Call::wrap(axis, x.ndim);
    }
    if (axes == 0) axes = ~0u;
    int64_t* const parts[] = {&outer, &n, &inner, &last};
    int part = 0;
    for (int d = 0; d < x.ndim; ++d) {
      if (x.shape[d] == 1) continue;
      const bool reduced = axes >> d & 1;
      while (part < 4 && (part % 2 == 1) != reduced) ++part;
      if (part == 4) {
        fits = false;
        return;
      }
      *parts[part] *= x.shape[d];
    }
    if (inner == 1) {  // R, KR: the last axes are reduced
      last *= n;
      n = 1;
    }
  }
};

// Calls add(i, sum) for each output i.
template <class Sum, class Add>
void each_output(const Call& c, const Layout& a, const float* x, const Sum& sum,
                 const Add& add) {
  constexpr int64_t part = 1 << 16;
  if (a.outputs() == 1) {  // everything: cut into parts
    const int64_t parts = ceil_div(a.last, part);
    double* sums = c.scratch<double>(parts);
    c.parallel(parts, 1, [&](int64_t k, int64_t end) {
      for (; k < end; ++k) {
        sums[k] = sum(x + k * part, Pieces{1, 0, std::min(part, a.last - k * part)});
      }
    });
    double total = 0;
    for (int64_t k = 0; k < parts; ++k) total += sums[k];
    return add(0, total);
  }
  const int64_t each = std::max<int64_t>(a.count(), 1);
  c.parallel(a.outputs(), std::max<int64_t>(elementwise_grain / each, 1),
             [&](int64_t i, int64_t end) {
               for (; i < end; ++i) {
                 const int64_t o = i / a.inner, k = i % a.inner;
                 const float* from = x + (o * a.n * a.inner + k) * a.last;
                 add(i, sum(from, Pieces{a.n, a.inner * a.last, a.last}));
               }
             });
}

// RK, KRK: the columns of `outer` matrices (n, inner), some rows of them at a time.
template <class Add>
void each_column(const Call& c, const Layout& a, const float* x, const Add& add) {
  const int64_t rows = std::max<int64_t>((1 << 16) / std::max<int64_t>(a.inner, 1), 1);
  const int64_t parts = std::max<int64_t>(ceil_div(a.n, rows), 1);
  double* sums = c.scratch<double>(a.outer * parts * a.inner);
  const int64_t each = std::max<int64_t>(std::min(a.n, rows) * a.inner, 1);
  c.parallel(a.outer * parts, std::max<int64_t>(elementwise_grain / each, 1),
             [&](int64_t p, int64_t end) {
               for (; p < end; ++p) {
                 const int64_t o = p / parts, row = p % parts * rows;
                 best_reductions().columns(
                     x + (o * a.n + row) * a.inner,
                     Pieces{std::min(rows, a.n - row), a.inner, a.inner},
                     sums + p * a.inner);
               }
             });
  for (int64_t o = 0; o < a.outer; ++o) {
    for (int64_t i = 0; i < a.inner; ++i) {
      double total = 0;
      for (int64_t p = 0; p < parts; ++p) total += sums[(o * parts + p) * a.inner + i];
      add(o * a.inner + i, total);
    }
  }
}

// Calls fill(i, from, size) for the pieces of x that belong to output i alone, or, if there
// are columns, copy(first, from, size) for pieces that belong to outputs first, first+1...
template <class Fill, class Copy>
void each_piece(const Call& c, const Layout& a, const Fill& fill, const Copy& copy) {
  const bool columns = a.last == 1 && a.inner > 1;
  const int64_t size = std::max<int64_t>(columns ? a.inner : a.last, 1);
  const int64_t pieces = a.outer * a.n * (columns ? 1 : a.inner);
  c.parallel(pieces, std::max<int64_t>(elementwise_grain / size, 1),
             [&](int64_t p, int64_t end) {
               for (; p < end; ++p) {
                 if (columns) copy(p / a.n * a.inner, p * a.inner, a.inner);
                 else fill(p / (a.n * a.inner) * a.inner + p % a.inner, p * a.last, a.last);
               }
             });
}

// ---- sum and mean -----------------------------------------------------------------------

template <bool is_mean>
struct Sum {
  enum { dim, keepdim, dtype };
  template <class T>
  static void plan(Call& c) {
    const hg_tensor& y = c.out(0);
    if (!Layout(c, c.in(0), dim).fits || y.code != HG_FLOAT_CODE || y.bits != 32) decline();
  }
  template <class T>
  static void forward(Call& c) {
    const Layout a(c, c.in(0), dim);
    const double n = is_mean ? double(a.count()) : 1;
    auto put = [&](int64_t i, double sum) { c.out<float>(0)[i] = float(sum / n); };
    if (a.last == 1 && a.inner > 1) each_column(c, a, c.in<float>(0), put);
    else each_output(c, a, c.in<float>(0), best_reductions().sum, put);
  }
  template <class T>
  static void backward(Call& c) {
    const Layout a(c, c.din(0), dim);
    const float n = is_mean ? float(a.count()) : 1, *dy = c.dout<float>(0);
    float* dx = c.din<float>(0);
    each_piece(
        c, a,
        [&](int64_t i, int64_t from, int64_t size) {
          std::fill_n(dx + from, size, dy[i] / n);
        },
        [&](int64_t i, int64_t from, int64_t size) {
          for (int64_t k = 0; k < size; ++k) dx[from + k] = dy[i + k] / n;
        });
  }
};

// ---- the length of a vector -------------------------------------------------------------

struct Norm {
  enum { p, dim, keepdim };
  template <class T>
  static void plan(Call& c) {
    const Layout a(c, c.in(0), dim);
    if (c.attr(p).number() != 2 || !a.fits || (a.last == 1 && a.inner > 1)) decline();
  }
  template <class T>
  static void forward(Call& c) {
    each_output(c, Layout(c, c.in(0), dim), c.in<float>(0), best_reductions().squares,
                [&](int64_t i, double sum) { c.out<float>(0)[i] = float(std::sqrt(sum)); });
  }
  template <class T>
  static void backward(Call& c) {
    const float *x = c.in<float>(0), *y = c.out<float>(0), *dy = c.dout<float>(0);
    float* dx = c.din<float>(0);
    auto slope = [&](int64_t i, int64_t from, int64_t size) {
      for (int64_t k = from; k < from + size; ++k) {
        dx[k] = x[k] == 0 || y[i] == 0 ? 0 : dy[i] * (x[k] / y[i]);
      }
    };
    each_piece(c, Layout(c, c.in(0), dim), slope, slope);
  }
};

// ---- the largest along the last axis ----------------------------------------------------

bool along_last(const Call& c) {
  const hg_tensor& x = c.in(0);
  return c.attr(0).given() && x.ndim > 0 && c.axis(0, x) == x.ndim - 1 &&
         x.shape[x.ndim - 1] < int64_t(1) << 31;
}

template <class Found>
void each_row(const Call& c, bool largest, const Found& found) {
  const hg_tensor& x = c.in(0);
  const int64_t n = x.shape[x.ndim - 1], rows = n ? hg_numel(&x) / n : 0;
  const auto search = largest ? best_reductions().argmax : best_reductions().argmin;
  c.parallel(rows, elementwise_grain / (n + 1) + 1, [&](int64_t r, int64_t end) {
    for (; r < end; ++r) found(r, search(c.in<float>(0) + r * n, n), n);
  });
}

template <bool largest>
struct Arg {
  template <class T>
  static void plan(Call& c) {
    if (!along_last(c)) decline();
  }
  template <class T>
  static void forward(Call& c) {
    each_row(c, largest, [&](int64_t r, int64_t k, int64_t) { c.out<int64_t>(0)[r] = k; });
  }
};

template <bool largest>
struct Extreme : Arg<largest> {
  template <class T>
  static void forward(Call& c) {
    each_row(c, largest, [&](int64_t r, int64_t k, int64_t n) {
      c.out<float>(0)[r] = c.in<float>(0)[r * n + k];
      c.out<int64_t>(1)[r] = k;
    });
  }
  template <class T>
  static void backward(Call& c) {
    const hg_tensor& x = c.din(0);
    const int64_t n = x.shape[x.ndim - 1], rows = n ? hg_numel(&x) / n : 0;
    c.parallel(rows, elementwise_grain / (n + 1) + 1, [&](int64_t r, int64_t end) {
      for (; r < end; ++r) {
        float* row = c.din<float>(0) + r * n;
        std::fill_n(row, n, 0.0f);
        row[c.out<int64_t>(1)[r]] = c.dout<float>(0)[r];
      }
    });
  }
};

}  // namespace

void describe_reduce(Plugin& p) {
  p.kernel<Sum<false>, float>("core.sum").priority(priority);
  p.kernel<Sum<true>, float>("core.mean").priority(priority);
  p.kernel<Norm, float>("core.norm").keep_in({0}).keep_out({0}).priority(priority);
  p.kernel<Arg<true>, float>("core.argmax").priority(priority);
  p.kernel<Arg<false>, float>("core.argmin").priority(priority);
  p.kernel<Extreme<true>, float>("core.max").keep_out({1}).priority(priority);
  p.kernel<Extreme<false>, float>("core.min").keep_out({1}).priority(priority);
}

}  // namespace hg::fastcpu
