// inv: the inverse of a matrix.
//
// Forward.  Y with A Y = I: the columns of Y solve the equations whose right sides are the
// columns of the identity (lu.hpp).
//
//   To solve A x = b, solve(A, b) does a third of the work and is more exact.
//
// Backward.  Change A a little, by dA. A Y = I must go on to hold:
//
//     dA Y + A dY = 0                     dY = - Y dA Y
//     dY[i,j] = - sum_nm Y[i,n] dA[n,m] Y[m,j]
//
//   (d means a small change here.) With G = dL/dY, L changes by the sum of G[i,j] dY[i,j],
//   and what stands beside dA[n,m] in it is the gradient:
//
//     dL/dA[n,m] = - sum_ij Y[i,n] G[i,j] Y[m,j]        dA = - Y^T G Y^T      (*)
//
//   Check by thought: for one number y = 1/a, and (*) is -g/a^2.
//
// Saved for backward: Y. A is not needed.
#include "ops/equations.hpp"
#include "ops/functions.hpp"
#include "ops/lu.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Inv {
  static void infer(Call& c) {
    require_square(c.in(0), "A");
    c.like(0, c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    const Matrices A(c.in(0));
    const int64_t n = A.rows;
    double *a = c.scratch<double>(n * n), *y = c.scratch<double>(n * n);
    double* identity = c.scratch<double>(n * n);
    std::fill(identity, identity + n * n, 0.0);
    for (int64_t i = 0; i < n; ++i) identity[i * n + i] = 1;
    int64_t* rows = c.scratch<int64_t>(n);
    for (int64_t s = 0; s < A.count; ++s) {
      std::copy(c.in<T>(0) + s * n * n, c.in<T>(0) + (s + 1) * n * n, a);
      const LU lu(a, rows, n);
      const int64_t column = lu.factor();
      if (column >= 0) fail_singular(s, A.count, column);
      lu.solve(identity, y, n);
      for (int64_t i = 0; i < n * n; ++i) c.out<T>(0)[s * n * n + i] = T(y[i]);
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Matrices A(c.in(0));
    const int64_t n = A.rows;
    if (hg_numel(&c.in(0)) == 0) return;
    T* product = c.scratch<T>(n * n);
    for (int64_t s = 0; s < A.count; ++s) {
      const T *Y = c.out<T>(0) + s * n * n, *G = c.dout<T>(0) + s * n * n;
      c.gemm<T>(true, false, n, n, n, 1, Y, n, G, n, 0, product, n);  // (*)
      c.gemm<T>(false, true, n, n, n, -1, product, n, Y, n, 0, c.din<T>(0) + s * n * n, n);
    }
  }
};

}  // namespace

void describe_inv(plugin::Plugin& p) {
  p.op<Inv>("core.inv")
      .doc("the inverse of each matrix in a stack")
      .formula("A Y = I")
      .in("A", "(..., n, n)")
      .out("output", "(..., n, n)")
      .sample("spd[3,3]")
      .sample("spd[2,4,4]")
      .sample("positive[1,1]")
      .sample("spd[2,0,0]");
  p.kernel<Inv, float, double>("core.inv").keep_out({0});
}

}  // namespace ops

Tensor linalg::inv(const Tensor& a) {
  static constinit const Op op("core.inv");
  return run(op, {&a});
}

}  // namespace hg
