// arithmetic: a + alpha b, a - alpha b, a b, a / b, with broadcasting.
//
// The limit is memory: for each element of y two numbers are read and one is written. On
// one core of a Zen 4, two tensors of 4096 x 1024 are added in 1.2 ms, 42 GB/s, of which a
// good part comes from the third-level cache. Stores that are not streamed
// (kernels/map.hpp) made it 1.9 ms, pages of 4 KiB instead of 2 MiB (core/tensor/pool.cpp)
// 2.8 ms.
//
// Backward, where an operand was stretched its gradient is a sum over the whole of dy.
// Terms are formed a short row at a time, in the first-level cache, and added up in double
// precision, as the reference does; in row-major order for each element of the result, so
// that the sum does not depend on the number of threads.
#include "kernels/arithmetic.hpp"

#include "broadcast.hpp"
#include "unary.hpp"

namespace hg::fastcpu {
namespace {

bool same_shape(const hg_tensor& a, const hg_tensor& b) {
  if (a.ndim != b.ndim) return false;
  for (int d = 0; d < a.ndim; ++d) {
    if (a.shape[d] != b.shape[d]) return false;
  }
  return true;
}

const float* floats(const hg_tensor& t) { return static_cast<const float*>(t.data); }

void row(const Rows& f, const int64_t* step, const float* a, const float* b, float* y,
         int64_t n, float alpha) {
  if (step[1] == 0 && n > 0) {
    if (step[0] != 0) return f.number_b(a, b, y, n, alpha);
    f.number_b(a, b, y, 1, alpha);  // a single number, as often as need be
    for (int64_t i = 1; i < n; ++i) y[i] = y[0];
    return;
  }
  (step[0] == 0 && n > 0 ? f.number_a : f.both)(a, b, y, n, alpha);
}

// y = f(a, b), the two stretched to y's shape.
void stretch(const Call& c, const Rows& f, const hg_tensor& ta, const hg_tensor& tb,
             const hg_tensor& ty, float alpha) {
  const float *a = floats(ta), *b = floats(tb);
  auto* y = static_cast<float*>(ty.data);
  const Broadcast<2> loop(ty, {&ta, &tb});
  const int64_t n = hg_numel(&ty) ? loop.row() : 0, *step = loop.inner();
  if (loop.rank == 1) {
    return share_out(c, n, [&](int64_t i, int64_t end) {
      row(f, step, a + i * step[0], b + i * step[1], y + i, end - i, alpha);
    });
  }
  if (n == 0) return;
  c.parallel(loop.rows(), elementwise_grain / n + 1, [&](int64_t begin, int64_t end) {
    float* to = y + begin * n;
    loop.for_rows(begin, end, [&](const int64_t* at) {
      row(f, step, a + at[0], b + at[1], to, n, alpha);
      to += n;
    });
  });
}

void apply(const Call& c, const Rows& f, const hg_tensor& a, const hg_tensor& b,
           const hg_tensor& y, float alpha = 1) {
  if (!same_shape(a, b)) return stretch(c, f, a, b, y, alpha);
  const float *pa = floats(a), *pb = floats(b);
  auto* py = static_cast<float*>(y.data);
  share_out(c, hg_numel(&y), [&](int64_t i, int64_t end) {
    f.both(pa + i, pb + i, py + i, end - i, alpha);
  });
}

// ---- gradients ------------------------------------------------------------------------

constexpr int64_t short_row = 2048;  // numbers: 8 KiB, a quarter of a first-level cache

// dx = scale * the sum of the terms over the axes along which x was stretched; term(i, n,
// to) computes n of them from element i of the full shape on and says where they are,
// which may be in `to`.
template <class Term>
void sum_terms(const Call& c, const hg_tensor& tx, const hg_tensor& full, float scale,
               const Term& term) {
  const int64_t count = hg_numel(&tx), n_full = hg_numel(&full);
  auto* dx = static_cast<float*>(tx.data);
  double* sum = c.scratch<double>(count > 0 ? count : 1);
  for (int64_t i = 0; i < count; ++i) sum[i] = 0;
  const Arithmetic& kernels = best_arithmetic();

  // Adds the terms of n elements from i on; x moves by `step` for each.
  const auto add = [&](int64_t i, int64_t n, double* to, int64_t step) {
    alignas(64) float room[short_row];
    for (int64_t done = 0; done < n; done += short_row) {
      const int64_t k = n - done < short_row ? n - done : short_row;
      const float* terms = term(i + done, k, room);
      if (step == 0) *to += kernels.total(terms, k);
      else kernels.add_to(terms, to + done, k);
    }
  };

  const Broadcast<2> loop(full, {&full, &tx});
  const int64_t n = loop.row(), step = loop.inner()[1], rows = n_full ? loop.rows() : 0;
  if (count == 1) {
    // One number: parts of a fixed length, each with its own sum, then the sum of those.
    constexpr int64_t length = 16 * short_row;
    const int64_t parts = ceil_div(n_full, length);
    double* part = c.scratch<double>(parts + 1);
    c.parallel(parts, 1, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        part[p] = 0;
        const int64_t i = p * length;
        add(i, n_full - i < length ? n_full - i : length, part + p, 0);
      }
    });
    for (int64_t p = 0; p < parts; ++p) *sum += part[p];
  } else if (step == 1 && n_full > elementwise_grain) {
    // Rows of x's own: threads share out the columns.
    c.parallel(n, elementwise_grain / rows + 1, [&](int64_t begin, int64_t end) {
      loop.for_rows(0, rows, [&](const int64_t* at) {
        add(at[0] + begin, end - begin, sum + at[1] + begin, 1);
      });
    });
  } else {
    // Threads share out x's outermost own axis, if any: `outer` rows of the loop at a time.
    int axis = loop.rank - 1;
    while (axis > 0 && loop.step[axis][1] == 0) --axis;
    const int64_t size = axis > 0 ? loop.size[axis] : 1;
    int64_t inside = 1;
    for (int d = 1; d < axis; ++d) inside *= loop.size[d];
    const int64_t outside = rows / (size * inside > 0 ? size * inside : 1);
    c.parallel(size, elementwise_grain * size / (n_full + 1) + 1,
               [&](int64_t begin, int64_t end) {
      for (int64_t o = 0; o < outside; ++o) {
        loop.for_rows((o * size + begin) * inside, (o * size + end) * inside,
                      [&](const int64_t* at) { add(at[0], n, sum + at[1], step); });
      }
    });
  }
  for (int64_t i = 0; i < count; ++i) dx[i] = float(double(scale) * sum[i]);
}

// dx = dy times scale, summed where x was stretched.
void pass_on(const Call& c, uint32_t i, float scale) {
  if (!c.wants(i)) return;
  const hg_tensor &dx = c.din(i), &dy = c.dout(0);
  const float* from = floats(dy);
  if (same_shape(dx, dy)) {
    auto* to = static_cast<float*>(dx.data);
    return share_out(c, hg_numel(&dx), [&](int64_t begin, int64_t end) {
      best_arithmetic().product.number_b(from + begin, &scale, to + begin, end - begin, 1);
    });
  }
  sum_terms(c, dx, dy, scale, [&](int64_t at, int64_t, float*) { return from + at; });
}

// dx = f(dy, other), summed where x was stretched; `other` may be stretched as well.
void combine(const Call& c, uint32_t i, const Rows& f, const hg_tensor& dy,
             const hg_tensor& other) {
  if (!c.wants(i)) return;
  const hg_tensor& dx = c.din(i);
  if (same_shape(dx, dy)) return apply(c, f, dy, other, dx);
  const float *a = floats(dy), *b = floats(other);
  if (same_shape(dy, other)) {
    return sum_terms(c, dx, dy, 1, [&](int64_t at, int64_t n, float* to) {
      f.both(a + at, b + at, to, n, 1);
      return static_cast<const float*>(to);
    });
  }
  // Both x and `other` are stretched, along different axes: the terms, then their sum.
  hg_tensor terms = dy;
  terms.data = c.scratch<float>(hg_numel(&dy) + 1);
  stretch(c, f, dy, other, terms, 1);
  const float* made = floats(terms);
  sum_terms(c, dx, dy, 1, [&](int64_t at, int64_t, float*) { return made + at; });
}

// ---- the operators --------------------------------------------------------------------

// y = a + sign alpha b
template <int sign>
struct Sum {
  static float factor(const Call& c) { return float(sign * c.attr(0).number()); }
  template <class T>
  static void forward(Call& c) {
    apply(c, best_arithmetic().sum, c.in(0), c.in(1), c.out(0), factor(c));
  }
  template <class T>
  static void backward(Call& c) {
    pass_on(c, 0, 1);
    pass_on(c, 1, factor(c));
  }
};

struct Product {
  template <class T>
  static void forward(Call& c) {
    apply(c, best_arithmetic().product, c.in(0), c.in(1), c.out(0));
  }
  template <class T>
  static void backward(Call& c) {
    combine(c, 0, best_arithmetic().product, c.dout(0), c.in(1));
    combine(c, 1, best_arithmetic().product, c.dout(0), c.in(0));
  }
};

// dL/da = dy / b, dL/db = -dy y / b
struct Quotient {
  template <class T>
  static void plan(Call& c) {
    if (c.attr(0).given()) decline();  // rounded: the reference knows how
  }
  template <class T>
  static void forward(Call& c) {
    apply(c, best_arithmetic().quotient, c.in(0), c.in(1), c.out(0));
  }
  template <class T>
  static void backward(Call& c) {
    const Arithmetic& kernels = best_arithmetic();
    combine(c, 0, kernels.quotient, c.dout(0), c.in(1));
    if (!c.wants(1)) return;
    hg_tensor moved = c.dout(0);
    moved.data = c.scratch<float>(hg_numel(&moved) + 1);
    apply(c, kernels.product, c.dout(0), c.out(0), moved, -1);
    combine(c, 1, kernels.quotient, moved, c.in(1));
  }
};

}  // namespace

void describe_arithmetic(Plugin& p) {
  p.kernel<Sum<1>, float>("core.add")
      .may_alias({0}).pass_dout({0, 1}).knows(2, 0).priority(priority + 1);
  p.kernel<Sum<1>, float>("core.add").may_alias({0}).pass_dout({0}).priority(priority);
  p.kernel<Sum<-1>, float>("core.sub").may_alias({0}).pass_dout({0}).priority(priority);
  p.kernel<Product, float>("core.mul")
      .may_alias({0}).keep_in({0, 1}).flags(HG_KEEP_CROSSWISE).priority(priority);
  p.kernel<Quotient, float>("core.div")
      .may_alias({0}).keep_in({1}).keep_out({0}).priority(priority);
}

}  // namespace hg::fastcpu
