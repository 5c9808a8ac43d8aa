// qr: a matrix as a product of orthonormal columns and a triangle.
//
// Forward.  For A (m,n) and k = min(m,n), by Householder's reflections (householder.hpp):
//
//     A = Q R          Q (m,k): Q^T Q = I          R (k,n): 0 below its diagonal
//
//   Column j of A is a sum of the first j+1 columns of Q, with column j of R for weights.
//
// Backward.  For m >= n and independent columns. Change A a little (d means a small change)
// and multiply dA = dQ R + Q dR by Q^T from the left, by R^-1 from the right:
//
//     C := Q^T dA R^-1 = O + dR R^-1            O := Q^T dQ
//
//   Q^T Q = I gives dQ^T Q + Q^T dQ = 0: O is antisymmetric, O[j,i] = -O[i,j]. And dR R^-1
//   is an upper triangle, so below the diagonal C is O, which settles both:
//
//     O = low(C) - low(C)^T          dR = (C - O) R          dQ = dA R^-1 - Q (C - O)
//
//   where low keeps what is below the diagonal. Let G = dL/dQ, H = dL/dR. L changes by
//
//     sum G*dQ + sum H*dR = sum G*(dA R^-1) + sum M*(C - O)      M = H R^T - Q^T G
//
//   C - O has C[i,j] + C[j,i] above the diagonal, C[i,i] on it and 0 below it, so C[i,j]
//   has the factor M[i,j] if i <= j, and M[j,i] if i > j. Call this matrix, the upper half
//   of M mirrored to the lower, N. The rest is C = Q^T dA R^-1 put in:
//
//     sum N*C = sum (Q N R^-T)*dA          dL/dA = (G + Q N) R^-T             (*)
//
//   Check by thought: for one column, R is the length of A and Q its direction; N is then
//   h r - q.g, and (*) is h q + (g - q (q.g)) / r: along the column only the length
//   changes, across it only the direction.
//   A wide A (m < n) has no gradient here.
//
// Saved for backward: Q and R.
#include "ops/equations.hpp"
#include "ops/functions.hpp"
#include "ops/householder.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct Qr {
  static void infer(Call& c) {
    const hg_tensor& a = c.in(0);
    require_matrix(a, "A");
    const int64_t k = std::min(a.shape[a.ndim - 2], a.shape[a.ndim - 1]);
    c.like(0, a);
    c.like(1, a);
    c.out(0).shape[a.ndim - 1] = k;
    c.out(1).shape[a.ndim - 2] = k;
  }

  template <class T>
  static void forward(Call& c) {
    const Matrices A(c.in(0));
    const int64_t m = A.rows, n = A.columns, k = std::min(m, n);
    double *a = c.scratch<double>(m * n), *q = c.scratch<double>(m * k);
    double* work = c.scratch<double>(k);
    Householder qr(c, a, m, n);
    for (int64_t s = 0; s < A.count; ++s) {
      std::copy(c.in<T>(0) + s * m * n, c.in<T>(0) + (s + 1) * m * n, a);
      qr.factor();
      std::fill(q, q + m * k, 0.0);
      for (int64_t i = 0; i < k; ++i) q[i * k + i] = 1;
      qr.apply(q, k, work);  // Q is what it makes of the identity's columns
      T *Q = c.out<T>(0) + s * m * k, *R = c.out<T>(1) + s * k * n;
      for (int64_t i = 0; i < m * k; ++i) Q[i] = T(q[i]);
      for (int64_t i = 0; i < k; ++i) {
        for (int64_t j = 0; j < n; ++j) R[i * n + j] = j < i ? T(0) : T(qr.R(i, j));
      }
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Matrices A(c.in(0));
    const int64_t m = A.rows, n = A.columns;
    require(m >= n, "A is ", plugin::shape_text(c.in(0)),
            ": qr has no gradient for matrices with more columns than rows");
    if (hg_numel(&c.in(0)) == 0) return;
    double *M = c.scratch<double>(n * n), *Z = c.scratch<double>(m * n);
    for (int64_t s = 0; s < A.count; ++s) {
      const double* Q = widened(c, c.out<T>(0) + s * m * n, m * n);
      double* R = widened(c, c.out<T>(1) + s * n * n, n * n);
      const double* G = widened(c, c.dout<T>(0) + s * m * n, m * n);
      double* H = widened(c, c.dout<T>(1) + s * n * n, n * n);
      for (int64_t i = 0; i < n; ++i) std::fill(H + i * n, H + i * n + i, 0.0);
      c.gemm<double>(false, true, n, n, n, 1, H, n, R, n, 0, M, n);
      c.gemm<double>(true, false, n, n, m, -1, Q, n, G, n, 1, M, n);
      for (int64_t i = 0; i < n; ++i) {
        require(R[i * n + i] != 0, "column ", i, " of A depends on those before it: Q and ",
                "R jump there, and have no gradient");
        for (int64_t j = 0; j < i; ++j) M[i * n + j] = M[j * n + i];
      }
      std::copy(G, G + m * n, Z);
      c.gemm<double>(false, false, m, n, n, 1, Q, n, M, n, 1, Z, n);
      T* dA = c.din<T>(0) + s * m * n;  // (*), row by row: dA R^T = Z
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = n - 1; j >= 0; --j) {
          double sum = Z[i * n + j];
          for (int64_t l = j + 1; l < n; ++l) sum -= Z[i * n + l] * R[j * n + l];
          dA[i * n + j] = T(Z[i * n + j] = sum / R[j * n + j]);
        }
      }
    }
  }
};

}  // namespace

void describe_qr(plugin::Plugin& p) {
  p.op<Qr>("core.qr")
      .doc("orthonormal columns times an upper triangle")
      .formula("A = Q R")
      .in("A", "(..., m, n)")
      .out("Q", "(..., m, k), k = min(m, n)")
      .out("R", "(..., k, n)")
      .sample("normal[5,3]")
      .sample("normal[2,3,3]")
      .sample("normal[4,1]")
      .sample("normal[3,0]");
  p.kernel<Qr, float, double>("core.qr").keep_out({0, 1});
}

}  // namespace ops

std::pair<Tensor, Tensor> linalg::qr(const Tensor& a) {
  static constinit const Op op("core.qr");
  std::vector<Tensor> results = run_all(op, {&a});
  return {results[0], results[1]};
}

}  // namespace hg
