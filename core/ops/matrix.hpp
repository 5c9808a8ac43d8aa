// Stacks of matrices in memory, and their products.
#pragma once

#include "ops/ops.hpp"
#include "tensor/strides.hpp"

namespace hg::ops {

/// Matrices of one size, numbered by the axes of `size`. Steps count elements: element
/// [s, n, m] lies at data[s*step + n*row_step + m*column_step].
template <class T>
struct Stack {
  T* data;
  int64_t rows = 1, columns = 1, row_step = 0, column_step = 0;
  Shape size, step;

  /// The last two axes of t are the matrix, but for a side that t lacks (a vector).
  Stack(const hg_tensor& t, bool has_rows, bool has_columns)
      : data(static_cast<T*>(t.data)), size(shape_of(t)), step(strides_of(t)) {
    if (has_columns) take_last(columns, column_step);
    if (has_rows) take_last(rows, row_step);
  }

  Stack transposed() const {
    Stack s = *this;
    std::swap(s.rows, s.columns);
    std::swap(s.row_step, s.column_step);
    return s;
  }
  int64_t numel() const { return size.numel() * rows * columns; }

  // A matrix can be handed to the host's product if its rows lie in one piece each, some
  // distance apart, or if that holds for its columns: then it is the transpose of one.
  bool has_dense_rows() const {
    return (columns == 1 || column_step == 1) && (rows == 1 || row_step >= columns);
  }
  bool has_dense_columns() const { return transposed().has_dense_rows(); }
  /// The distance of two rows; of a single one, any that is long enough will do.
  int64_t row_distance() const {
    return rows == 1 ? std::max<int64_t>(columns, 1) : row_step;
  }

  /// `size` of the stack, seen as `wanted`: along stretched axes the step is 0.
  Shape steps_over(const Shape& wanted) const {
    Shape result = wanted;
    int missing = wanted.size() - size.size();
    for (int d = 0; d < wanted.size(); ++d) {
      result[d] = d < missing || size[d - missing] == 1 ? 0 : step[d - missing];
    }
    return result;
  }

 private:
  void take_last(int64_t& n, int64_t& n_step) {
    int d = size.size() - 1;
    n = size[d];
    n_step = step[d];
    size.erase(d);
    step.erase(d);
  }
};

/// The matrices as they are, or a copy of them in scratch memory if neither their rows nor
/// their columns are dense.
template <class T>
Stack<const T> readable(const plugin::Call& c, Stack<const T> a) {
  if (a.has_dense_rows() || a.has_dense_columns()) return a;
  Shape shape = a.size, from = a.step;
  shape.push_back(a.rows);
  shape.push_back(a.columns);
  from.push_back(a.row_step);
  from.push_back(a.column_step);
  Shape to = contiguous_strides(shape);
  T* copy = c.scratch<T>(shape.numel());
  Loops<2> loops(shape, {to, from});
  loops.for_each_row([&](const auto& at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      copy[at[0] + i * loops.inner()[0]] = a.data[at[1] + i * loops.inner()[1]];
    }
  });
  a.data = copy;
  a.row_step = a.columns;
  a.column_step = 1;
  for (int d = 0; d < a.size.size(); ++d) a.step[d] = to[d];
  return a;
}

/// y = a b, or y += a b, matrix by matrix; stacks of size 1 stretch. If it is y that
/// stretches, the products that belong to one matrix of it are added up. y is contiguous.
template <class T>
void multiply(const plugin::Call& c, Stack<const T> a, Stack<const T> b, Stack<T> y,
              bool add = false) {
  Shape stack =
      broadcast_shapes("matmul", broadcast_shapes("matmul", a.size, b.size), y.size);
  if (y.numel() == 0) return;
  if (stack.numel() == 0 || a.columns == 0) {  // sums without terms
    if (!add) std::fill(y.data, y.data + y.numel(), T(0));
    return;
  }
  a = readable(c, a);
  b = readable(c, b);
  Loops<3> loops(stack, {y.steps_over(stack), a.steps_over(stack), b.steps_over(stack)});

  // The innermost axis of the stack is often nothing but more rows: (S,N,K) x (K,M) is the
  // one product (S*N,K) x (K,M). Or it is more terms: in the gradient of that b, the sum
  // over N and the sum over S are one sum over S*N.
  int64_t& count = loops.size[loops.rank - 1];
  const int64_t y_step = loops.inner()[0], a_step = loops.inner()[1];
  const int64_t b_step = loops.inner()[2];
  Stack<const T> a_rows = a, a_columns = a, b_rows = b;
  a_rows.rows *= count;
  a_columns.columns *= count;
  b_rows.rows *= count;
  if (count == 1) {
  } else if (b_step == 0 && a_step == a.rows * a.row_step && a_rows.has_dense_rows() &&
             y_step == y.rows * y.row_step) {
    a = a_rows;
    y.rows *= count;
    count = 1;
  } else if (y_step == 0 && a_step == a.columns * a.column_step &&
             a_columns.has_dense_columns() && b_step == b.rows * b.row_step &&
             b_rows.has_dense_rows()) {
    a = a_columns;
    b = b_rows;
    count = 1;
  }

  bool trans_a = !a.has_dense_rows(), trans_b = !b.has_dense_rows();
  int64_t lda = (trans_a ? a.transposed() : a).row_distance();
  int64_t ldb = (trans_b ? b.transposed() : b).row_distance();
  bool summed = false;
  for (int d = 0; d < loops.rank; ++d) summed |= loops.size[d] > 1 && loops.step[d][0] == 0;
  if (summed && !add) std::fill(y.data, y.data + y.numel(), T(0));
  double beta = summed || add ? 1 : 0;
  loops.for_each_row([&](const auto& at, int64_t n) {
    int64_t calls = summed ? n : 1;  // products into one place must not run side by side
    for (int64_t i = 0; i < calls; ++i) {
      c.gemm<T>(trans_a, trans_b, y.rows, y.columns, a.columns, 1.0,
                a.data + at[1] + i * a_step, lda, b.data + at[2] + i * b_step, ldb, beta,
                y.data + at[0] + i * y_step, y.columns, n / calls, a_step, b_step, y_step);
    }
  });
}

}  // namespace hg::ops
