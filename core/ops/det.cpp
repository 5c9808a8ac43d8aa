// det: the determinant of a matrix, the factor by which it changes volumes.
//
// Forward.  Elimination adds multiples of rows to others, which no volume feels, and ends
// in a triangle, whose volume is the product of its diagonal. Swapping two rows or columns
// turns the sign. Written as a product, with both rows and columns in the order p, q in
// which they gave pivots,
//
//     A[p[i], q[j]] = (L U)[i,j]          det A = sign * U[0,0] * ... * U[n-1,n-1]
//
//   The pivot is the largest element of all that is left, so a 0 is met only when nothing
//   else is there, and then the determinant is 0: that is a number like any other, not an
//   error. (Searching all of it costs a comparison for each multiplication.)
//
// Backward.  The determinant is linear in each A[i,j]. The slope is the cofactor C[i,j],
// the signed determinant without row i and column j:
//
//     dL/dA[i,j] = dy * C[i,j]                                                (*)
//
//   For a regular A, C = det A * A^-T. That fails just where a slope is most wanted, at
//   det A = 0. But the matrix of cofactors, transposed, has a product rule without any
//   division by the determinant, adj(L U) = adj(U) adj(L), and its factors are at hand.
//   adj(L) = L^-1, as det L = 1. With the last row and column of U split off,
//
//         U = R r        adj(U) = det R * u R^-1   -R^-1 r
//             0 u                         0           1
//
//   (multiply: U adj(U) = u det R * I = det U * I). Only R is inverted, and the search for
//   pivots has left the smallest to u. If R is singular too, the rank of A is n-2 or less,
//   every cofactor is 0 and so is the gradient.
//   Check by thought: for n = 1, R is empty with det R = 1, and the slope of a is 1. For
//   (a b; c d) the cofactors are (d -c; -b a), the derivatives of ad - bc.
//
// Saved for backward: A.
#include <numeric>

#include "ops/equations.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

// The triangles of one matrix, by complete pivoting.
struct Elimination {
  const int64_t n;
  double *a, sign = 1;
  int64_t *p, *q;

  Elimination(const Call& c, int64_t n)
      : n(n),
        a(c.scratch<double>(n * n)),
        p(c.scratch<int64_t>(n)),
        q(c.scratch<int64_t>(n)) {}

  template <class T>
  void factor(const T* matrix) {
    std::copy(matrix, matrix + n * n, a);
    std::iota(p, p + n, int64_t(0));
    std::iota(q, q + n, int64_t(0));
    sign = 1;
    for (int64_t j = 0; j < n; ++j) {
      bring_pivot(j);
      if (at(j, j) == 0) return;  // all that is left is 0
      for (int64_t i = j + 1; i < n; ++i) {
        const double multiple = at(i, j) /= at(j, j);
        for (int64_t k = j + 1; k < n; ++k) at(i, k) -= multiple * at(j, k);
      }
    }
  }

  double& at(int64_t i, int64_t j) const { return a[i * n + j]; }
  double diagonal(int64_t count) const {
    double product = 1;
    for (int64_t j = 0; j < count; ++j) product *= at(j, j);
    return product;
  }

  // z := adj(U) adj(L)
  void adjugate(double* z) const {
    const double det_R = diagonal(n - 1), u = at(n - 1, n - 1);
    std::fill(z, z + n * n, 0.0);
    for (int64_t j = 0; j < n; ++j) {  // column j of adj(U) / det R, from the bottom up
      double* column = z + j;
      if (j == n - 1) column[j * n] = 1;
      for (int64_t i = std::min(j, n - 2); i >= 0; --i) {
        double sum = i == j ? u : 0;
        for (int64_t k = i + 1; k <= j; ++k) sum -= at(i, k) * column[k * n];
        column[i * n] = sum / at(i, i);
      }
    }
    for (int64_t i = 0; i < n; ++i) {  // row by row, z L = det R * adj(U) / det R
      double* row = z + i * n;
      for (int64_t j = n - 1; j >= 0; --j) {
        for (int64_t k = j + 1; k < n; ++k) row[j] -= row[k] * at(k, j);
      }
      for (int64_t j = 0; j < n; ++j) row[j] *= det_R;
    }
  }

 private:
  void bring_pivot(int64_t j) {
    int64_t row = j, column = j;
    for (int64_t i = j; i < n; ++i) {
      for (int64_t k = j; k < n; ++k) {
        if (std::abs(at(i, k)) > std::abs(at(row, column))) {
          row = i;
          column = k;
        }
      }
    }
    if (row != j) {
      std::swap_ranges(a + row * n, a + row * n + n, a + j * n);
      std::swap(p[row], p[j]);
      sign = -sign;
    }
    if (column != j) {
      for (int64_t i = 0; i < n; ++i) std::swap(at(i, column), at(i, j));
      std::swap(q[column], q[j]);
      sign = -sign;
    }
  }
};

struct Det {
  static void infer(Call& c) {
    require_square(c.in(0), "A");
    c.like(0, c.in(0));
    c.out(0).ndim -= 2;
  }

  template <class T>
  static void forward(Call& c) {
    const Matrices A(c.in(0));
    Elimination e(c, A.rows);
    for (int64_t s = 0; s < A.count; ++s) {
      e.factor(c.in<T>(0) + s * e.n * e.n);
      c.out<T>(0)[s] = T(e.sign * e.diagonal(e.n));
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Matrices A(c.in(0));
    Elimination e(c, A.rows);
    const int64_t n = e.n;
    double* z = c.scratch<double>(n * n);
    for (int64_t s = 0; n > 0 && s < A.count; ++s) {
      e.factor(c.in<T>(0) + s * n * n);
      T* dA = c.din<T>(0) + s * n * n;
      if (e.diagonal(n - 1) == 0) {
        std::fill(dA, dA + n * n, T(0));
        continue;
      }
      e.adjugate(z);
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          const double cofactor = e.sign * z[j * n + i];
          dA[e.p[i] * n + e.q[j]] = T(double(c.dout<T>(0)[s]) * cofactor);  // (*)
        }
      }
    }
  }
};

}  // namespace

void describe_det(plugin::Plugin& p) {
  p.op<Det>("core.det")
      .doc("the determinant of each matrix in a stack")
      .formula("y = sum over permutations p of sign(p) * A[0,p0] * A[1,p1] * ...")
      .in("A", "(..., n, n)")
      .out("output", "(...)")
      .sample("normal[3,3]")
      .sample("normal[2,2,4,4]")
      .sample("normal[1,1]")
      .sample("normal[2,0,0]");
  p.kernel<Det, float, double>("core.det").keep_in({0});
}

}  // namespace ops

Tensor linalg::det(const Tensor& a) {
  static constinit const Op op("core.det");
  return run(op, {&a});
}

}  // namespace hg
