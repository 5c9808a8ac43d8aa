// matmul: products of matrices and of stacks of them, by the products of gemm.cpp.
//
// Those take any steps, so transposed and sliced matrices are read where they lie. A stack
// is shared among the threads matrix by matrix, unless it holds few and large ones. What
// can be one larger product becomes one: then there is less to pack and more to reuse.
#include <array>
#include <vector>

#include "gemm.hpp"

namespace hg::fastcpu {
namespace {

// Element [s, n, m] of a stack lies at data[s*step + n*row_step + m*column_step], with a
// size and a step for each axis in front of the last two.
struct Stack {
  float* data;
  int64_t rows = 1, columns = 1, row_step = 0, column_step = 0;
  int rank;
  std::array<int64_t, HG_MAX_RANK> size{}, step{};

  // The last two axes of t are the matrix, but for a side that t lacks (a vector).
  Stack(const hg_tensor& t, bool has_rows, bool has_columns)
      : data(static_cast<float*>(t.data)), rank(t.ndim) {
    if (has_columns) take_last(t, columns, column_step);
    if (has_rows) take_last(t, rows, row_step);
    std::copy(t.shape, t.shape + rank, size.begin());
    std::copy(t.strides, t.strides + rank, step.begin());
  }
  Stack transposed() const {
    Stack s = *this;
    std::swap(s.rows, s.columns);
    std::swap(s.row_step, s.column_step);
    return s;
  }

  // Axis d, counted from the last one; along axes that are stretched the step is 0.
  int64_t size_at(int d) const { return d < rank ? size[size_t(rank - 1 - d)] : 1; }
  int64_t step_at(int d) const {
    return size_at(d) == 1 ? 0 : step[size_t(rank - 1 - d)];
  }
  int64_t numel() const {
    int64_t n = rows * columns;
    for (int d = 0; d < rank; ++d) n *= size_at(d);
    return n;
  }

 private:
  void take_last(const hg_tensor& t, int64_t& n, int64_t& n_step) {
    --rank;
    n = t.shape[rank];
    n_step = t.strides[rank];
  }
};

// One axis of the stack: how many there are, and how far the next one is in a, b, y.
struct Axis {
  int64_t n, a, b, y;
};

// The axes without those of size 1, the last one first.
std::vector<Axis> axes_of(const Stack& a, const Stack& b, const Stack& y) {
  std::vector<Axis> axes;
  for (int d = 0; d < std::max({a.rank, b.rank, y.rank}); ++d) {
    const int64_t na = a.size_at(d), nb = b.size_at(d), ny = y.size_at(d);
    const int64_t n = na != 1 ? na : nb != 1 ? nb : ny;
    if (n != 1) axes.push_back({n, a.step_at(d), b.step_at(d), y.step_at(d)});
  }
  return axes;
}

// (S,N,K) x (K,M) is the one product (S*N,K) x (K,M). And in the gradient of that b, the
// sum over S of sums over N is one sum over S*N.
void merge(std::vector<Axis>& axes, Product& p) {
  while (!axes.empty()) {
    const Axis& s = axes.front();
    if (s.b == 0 && s.a == p.m * p.a_row && s.y == p.m * p.c_row)
      p.m *= s.n;
    else if (s.y == 0 && s.a == p.k * p.a_column && s.b == p.k * p.b_row)
      p.k *= s.n;
    else
      return;
    axes.erase(axes.begin());
  }
}

// p, moved to number i of the stack that the axes span.
Product at(Product p, const std::vector<Axis>& axes, int64_t i) {
  for (const Axis& axis : axes) {
    const int64_t s = i % axis.n;
    i /= axis.n;
    p.a += s * axis.a;
    p.b += s * axis.b;
    p.c += s * axis.y;
  }
  return p;
}
int64_t count(const std::vector<Axis>& axes) {
  int64_t n = 1;
  for (const Axis& axis : axes) n *= axis.n;
  return n;
}

// y = a b, or y += a b, matrix by matrix. Where y does not have an axis that a and b have,
// it is the sum over it. y is contiguous.
void multiply(const Call& c, const Stack& a, const Stack& b, const Stack& y, bool add) {
  if (y.numel() == 0) return;
  Product p{y.rows,     y.columns, a.columns,     a.data, a.row_step, a.column_step, b.data,
            b.row_step, b.column_step, y.data, y.columns, nullptr, add};
  std::vector<Axis> axes = axes_of(a, b, y), summed;
  merge(axes, p);
  for (size_t i = axes.size(); i-- > 0;) {
    if (axes[i].y != 0) continue;
    summed.insert(summed.begin(), axes[i]);
    axes.erase(axes.begin() + int64_t(i));
  }
  const int64_t terms = count(summed);
  if (terms == 0) p.k = 0;  // a sum of nothing
  for (int64_t t = 0; t < std::max<int64_t>(terms, 1); ++t) {
    Product term = terms > 0 ? at(p, summed, t) : p;
    term.add = add || t > 0;
    multiply_all(c, count(axes), [&](int64_t i) { return at(term, axes, i); });
  }
}

// A vector on the left is a row, on the right a column; y lacks that side.
Stack left(const hg_tensor& a) { return {a, a.ndim > 1, true}; }
Stack right(const hg_tensor& b) { return {b, true, b.ndim > 1}; }
Stack result(const Call& c, const hg_tensor& y) {
  return {y, c.in(0).ndim > 1, c.in(1).ndim > 1};
}

struct Matmul {
  template <class T>
  static void forward(Call& c) {
    multiply(c, left(c.in(0)), right(c.in(1)), result(c, c.out(0)), false);
  }
  template <class T>
  static void backward(Call& c) {
    const Stack a = left(c.in(0)), b = right(c.in(1)), dy = result(c, c.dout(0));
    if (c.wants(0)) multiply(c, dy, b.transposed(), left(c.din(0)), c.adds(0));
    if (c.wants(1)) multiply(c, a.transposed(), dy, right(c.din(1)), c.adds(1));
  }
};

}  // namespace

void describe_matmul(Plugin& p) {
  p.kernel<Matmul, float>("core.matmul")
      .keep_in({0, 1})
      .flags(HG_STRIDED_OK | HG_ACCUMULATES | HG_KEEP_CROSSWISE)
      .priority(priority);
}

}  // namespace hg::fastcpu
