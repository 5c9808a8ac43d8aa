// Stacks of matrices, and of right sides to them: the shapes of A X = B.
//
// A is (..., m, n). B is a matrix of k right sides (..., m, k), or one right side (..., m).
// One for each A of a stack, (..., m) could be taken for a matrix; as in PyTorch it counts
// as right sides if B has one axis, or just the axes of A but the last. The axes in front
// number the equations, and broadcast.
#pragma once

#include "ops/ops.hpp"
#include "tensor/strides.hpp"

namespace hg::ops {

/// The last two sizes of a stack of matrices, and how many they are.
struct Matrices {
  int64_t rows, columns, count = 1;
  explicit Matrices(const hg_tensor& t)
      : rows(t.shape[t.ndim - 2]), columns(t.shape[t.ndim - 1]) {
    for (int d = 0; d + 2 < t.ndim; ++d) count *= t.shape[d];
  }
};

/// In infer: a must be a matrix, or a stack of them, of f32 or f64.
inline void require_matrix(const hg_tensor& a, const char* name) {
  plugin::require(a.ndim >= 2, name, " is ", plugin::shape_text(a),
                  "; it must be a matrix, or a stack of them");
  plugin::require(is_floating(a), name, " is ", plugin::type_text(a),
                  "; it must be f32 or f64\n  hint: ", name, ".to(f64)");
}

inline void require_square(const hg_tensor& a, const char* name) {
  require_matrix(a, name);
  plugin::require(a.shape[a.ndim - 2] == a.shape[a.ndim - 1], name, " is ",
                  plugin::shape_text(a), "; its matrices must be square");
}

/// Numbers of any floating type, as doubles in scratch memory.
template <class T>
double* widened(const plugin::Call& c, const T* x, int64_t count) {
  double* copy = c.scratch<double>(count);
  std::copy(x, x + count, copy);
  return copy;
}

class Equations {
 public:
  int64_t m, n, k = 1;
  bool vector;  // B is (..., m)

  Equations(const hg_tensor& a, const hg_tensor& b) {
    using plugin::require, plugin::shape_text, plugin::type_text;
    require_matrix(a, "A");
    require(dtype_of(a) == dtype_of(b), "A is ", type_text(a), ", B is ", type_text(b),
            ": both must have one element type");
    require(b.ndim > 0, "B is one number; it must have a row for each row of A");
    m = a.shape[a.ndim - 2];
    n = a.shape[a.ndim - 1];
    vector = b.ndim == 1 ||
             (b.ndim == a.ndim - 1 && std::equal(b.shape, b.shape + b.ndim, a.shape));
    const int sides = vector ? 1 : 2;
    if (!vector) k = b.shape[b.ndim - 1];
    const int64_t rows = b.shape[b.ndim - sides];
    require(rows == m, "A is ", shape_text(a), ", B is ", shape_text(b), ": A has ", m,
            " rows, and B ", rows);
    a_stack_ = Shape(std::span(a.shape, size_t(a.ndim - 2)));
    b_stack_ = Shape(std::span(b.shape, size_t(b.ndim - sides)));
    stack_ = a_stack_;
    while (stack_.size() < b_stack_.size()) stack_.insert(0, 1);
    for (int i = 1; i <= b_stack_.size(); ++i) {
      int64_t &size = stack_[stack_.size() - i], other = b_stack_[b_stack_.size() - i];
      require(size == other || size == 1 || other == 1, "A is ", shape_text(a), ", B is ",
              shape_text(b), ": the stacks do not broadcast, as sizes ", size, " and ",
              other, " differ and neither is 1");
      if (size == 1) size = other;
    }
  }

  /// X's shape: the stack, n rows, and the columns that B has.
  Shape solutions() const {
    Shape shape = stack_;
    shape.push_back(n);
    if (!vector) shape.push_back(k);
    return shape;
  }

  /// Calls f(x, a, b) for each equation, with the numbers of its three matrices.
  template <class F>
  void each(const F& f) const {
    Loops<3> loops(stack_, {contiguous_strides(stack_), steps(a_stack_), steps(b_stack_)});
    loops.for_each_row([&](const auto& at, int64_t count) {
      const auto [dx, da, db] = loops.inner();
      for (int64_t i = 0; i < count; ++i) f(at[0] + i * dx, at[1] + i * da, at[2] + i * db);
    });
  }

 private:
  Shape steps(const Shape& own) const {
    const Shape strides = contiguous_strides(own);
    const int missing = stack_.size() - own.size();
    Shape result = stack_;
    for (int d = 0; d < stack_.size(); ++d) {
      const bool stretched = d < missing || own[d - missing] == 1;
      result[d] = stretched ? 0 : strides[d - missing];
    }
    return result;
  }

  Shape a_stack_, b_stack_, stack_;
};

}  // namespace hg::ops
