// lstsq: least squares, the X for which A X comes nearest to B.
//
// Forward.  A is (m,n) with m >= n and independent columns: more equations than unknowns,
// which no X can all satisfy. Each column of X makes the residual S = B - A X shortest:
//
//     minimize  sum_i S[i,c]^2          where the slope is 0:     A^T S = 0
//
//   The normal equations A^T A X = A^T B say the same, but squaring A squares the ratio of
//   its longest to its shortest direction, and half of the digits may go. Reflections keep
//   lengths: with A = Q R (householder.hpp),
//
//     |B - A X| = |Q^T B - R X|       is shortest for     R X = first n rows of Q^T B
//
//   Columns that depend on each other leave X undetermined: an error.
//
// Backward.  Change A and B a little (d means a small change); A^T (B - A X) stays 0:
//
//     dA^T S + A^T (dB - dA X - A dX) = 0
//     dX = N (dA^T S + A^T (dB - dA X))           N = (A^T A)^-1 = R^-1 R^-T
//
//   With G = dL/dX and W = N G, as N is symmetric, L changes by
//
//     sum G*dX = sum_ic dA[i,:] W[:,c] S[i,c]  +  sum_ic (A W)[i,c] (dB - dA X)[i,c]
//
//   and what stands beside dB[i,c] and dA[i,j] are the gradients:
//
//     dL/dB[i,c] = (A W)[i,c]                                                 (*)
//     dL/dA[i,j] = sum_c S[i,c] W[j,c] - (A W)[i,c] X[j,c]                    (*)
//
//   Check by thought: if A is square the residual S is 0, A W = A^-T G, and this is the
//   backward pass of solve.
//
// Saved for backward: A, B and X; A is factored again.
#include <limits>

#include "ops/equations.hpp"
#include "ops/functions.hpp"
#include "ops/householder.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct LeastSquares {
  static void infer(Call& c) {
    const Equations e(c.in(0), c.in(1));
    plugin::require(e.m >= e.n, "A is ", plugin::shape_text(c.in(0)), ": ", e.m,
                    " equations leave ", e.n, " unknowns undetermined",
                    "\n  hint: there must be at least as many rows as columns");
    c.shape(0, e.solutions(), c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    const Equations e(c.in(0), c.in(1));
    const Factors factors(c, c.in<T>(0));
    double *b = c.scratch<double>(e.m * e.k), *work = c.scratch<double>(e.k);
    e.each([&](int64_t x, int64_t a, int64_t right) {
      const T* B = c.in<T>(1) + right * e.m * e.k;
      std::copy(B, B + e.m * e.k, b);
      const Householder qr = factors[a];
      qr.apply_transposed(b, e.k, work);
      qr.solve(b, e.k);
      for (int64_t i = 0; i < e.n * e.k; ++i) c.out<T>(0)[x * e.n * e.k + i] = T(b[i]);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Equations e(c.in(0), c.in(1));
    const int64_t m = e.m, n = e.n, k = e.k;
    if (m * n * k == 0) return clear<T>(c);
    const Factors factors(c, c.in<T>(0));
    const double* A = widened(c, c.in<T>(0), hg_numel(&c.in(0)));
    const double* B = widened(c, c.in<T>(1), hg_numel(&c.in(1)));
    const double* X = widened(c, c.out<T>(0), hg_numel(&c.out(0)));
    double *dA = sums(c, 0), *dB = sums(c, 1);
    double *W = c.scratch<double>(n * k), *AW = c.scratch<double>(m * k);
    double* S = c.scratch<double>(m * k);
    e.each([&](int64_t x, int64_t a, int64_t b) {
      const double *A_ = A + a * m * n, *X_ = X + x * n * k;
      std::copy(c.dout<T>(0) + x * n * k, c.dout<T>(0) + (x + 1) * n * k, W);
      factors[a].solve_transposed(W, k);
      factors[a].solve(W, k);
      c.gemm<double>(false, false, m, k, n, 1, A_, n, W, k, 0, AW, k);
      std::copy(B + b * m * k, B + (b + 1) * m * k, S);
      c.gemm<double>(false, false, m, k, n, -1, A_, n, X_, k, 1, S, k);
      for (int64_t i = 0; i < m * k; ++i) dB[b * m * k + i] += AW[i];  // (*)
      double* dA_ = dA + a * m * n;
      c.gemm<double>(false, true, m, n, k, 1, S, k, W, k, 1, dA_, n);  // (*)
      c.gemm<double>(false, true, m, n, k, -1, AW, k, X_, k, 1, dA_, n);
    });
    if (T* to = c.din<T>(0)) std::transform(dA, dA + hg_numel(&c.in(0)), to, narrow<T>);
    if (T* to = c.din<T>(1)) std::transform(dB, dB + hg_numel(&c.in(1)), to, narrow<T>);
  }

 private:
  // Each A of the stack as a Q R, with an R that can be divided by.
  struct Factors {
    int64_t m, n, k;
    double *a, *tau, *work;

    template <class T>
    Factors(const Call& c, const T* A) {
      const Matrices matrices(c.in(0));
      m = matrices.rows;
      n = k = matrices.columns;
      a = widened(c, A, matrices.count * m * n);
      tau = c.scratch<double>(matrices.count * k);
      work = c.scratch<double>(n);
      for (int64_t s = 0; s < matrices.count; ++s) {
        Householder qr = (*this)[s];
        qr.factor();
        for (int64_t j = 0; j < n; ++j) require_independent(qr, j, s, matrices.count);
      }
    }
    Householder operator[](int64_t s) const {
      return {a + s * m * n, m, n, tau + s * k, work};
    }
  };

  // R[j,j] is the part of column j that points along no column before; the rest of the
  // column stands above it. Less than rounding can make is nothing.
  static void require_independent(const Householder& qr, int64_t j, int64_t s,
                                  int64_t count) {
    double largest = 0;
    for (int64_t i = 0; i <= j; ++i) largest = std::max(largest, std::abs(qr.R(i, j)));
    const double rounding = std::numeric_limits<double>::epsilon() * double(qr.m) * largest;
    plugin::require(!(std::abs(qr.R(j, j)) <= rounding), "the columns of ",
                    count == 1 ? "A" : plugin::text("matrix ", s, " of ", count),
                    " are not independent: column ", j, " is a sum of multiples of those ",
                    "before it, so there are many solutions");
  }

  static double* sums(const Call& c, uint32_t i) {
    const int64_t count = hg_numel(&c.in(i));
    double* s = c.scratch<double>(count);
    std::fill(s, s + count, 0.0);
    return s;
  }
  template <class T>
  static T narrow(double x) {
    return T(x);
  }
  template <class T>
  static void clear(Call& c) {
    for (uint32_t i = 0; i < 2; ++i) {
      if (T* dx = c.din<T>(i)) std::fill(dx, dx + hg_numel(&c.din(i)), T(0));
    }
  }
};

}  // namespace

void describe_lstsq(plugin::Plugin& p) {
  p.op<LeastSquares>("core.lstsq")
      .doc("least squares: the X that makes |A X - B| smallest")
      .formula("A^T A X = A^T B")
      .in("A", "(..., m, n), m >= n, of full rank")
      .in("B", "(..., m, k), or (..., m)")
      .out("X", "(..., n, k), or (..., n)")
      .sample("normal[5,3] normal[5,2]")
      .sample("normal[4,2] normal[4]")
      .sample("normal[2,3,3] normal[2,3]")
      .sample("normal[2,1,4,2] normal[3,4,1]")
      .sample("normal[3,0] normal[3,2]");
  p.kernel<LeastSquares, float, double>("core.lstsq").keep_in({0, 1}).keep_out({0});
}

}  // namespace ops

Tensor linalg::lstsq(const Tensor& a, const Tensor& b) {
  static constinit const Op op("core.lstsq");
  return run(op, {&a, &b});
}

}  // namespace hg
