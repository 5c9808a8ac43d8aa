// solve: the X for which A X = B.
//
// Forward.  A is (n,n), B (n,k): k right sides, each with its own solution, a column of X:
//
//     sum_j A[i,j] X[j,c] = B[i,c]                            X = A^-1 B
//
//   found by elimination (lu.hpp), never by way of the inverse, which costs three times as
//   much and loses digits. A matrix without an inverse is an error that names it.
//
// Backward.  Change A and B a little. For the equation to hold, X must change so that
//
//     dA X + A dX = dB                    dX = A^-1 (dB - dA X)
//
//   (d means a small change here.) Let G be dL/dX, so that L changes by the sum of
//   G[j,c] dX[j,c], and W the solution of A^T W = G:
//
//     sum_jc G[j,c] dX[j,c] = sum_ic W[i,c] * (dB - dA X)[i,c]
//                           = sum_ic W[i,c] * (dB[i,c] - sum_j dA[i,j] X[j,c])
//
//   What stands beside dB[i,c] and dA[i,j] are the gradients:
//
//     dL/dB[i,c] = W[i,c]                       W = A^-T dX                   (*)
//     dL/dA[i,j] = - sum_c W[i,c] X[j,c]        dA = - W X^T                  (*)
//
//   An A or B that was stretched over a stack gets the sum. Check by thought: for n = 1
//   they are the derivatives of b/a: 1/a, and -b/a^2 = -(1/a) x.
//
// Saved for backward: X and the triangles of A, so that it is not factored again.
#include "ops/equations.hpp"
#include "ops/functions.hpp"
#include "ops/lu.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Solve {
  static void infer(Call& c) {
    require_square(c.in(0), "A");
    c.shape(0, Equations(c.in(0), c.in(1)).solutions(), c.in(0));
  }

  // saved[0]: the triangles L and U, in A's shape; saved[1]: the order of the rows
  template <class T>
  static void plan(Call& c) {
    hg_tensor triangles = c.in(0), rows = c.in(0);
    triangles.code = HG_FLOAT_CODE;
    rows.code = HG_INT_CODE;
    triangles.bits = rows.bits = 64;
    --rows.ndim;
    c.save(0, triangles);
    c.save(1, rows);
  }

  template <class T>
  static void forward(Call& c) {
    const Equations e(c.in(0), c.in(1));
    const Matrices matrices(c.in(0));
    const int64_t n = e.n, k = e.k;
    std::copy(c.in<T>(0), c.in<T>(0) + hg_numel(&c.in(0)), c.saved<double>(0));
    for (int64_t a = 0; a < matrices.count; ++a) {
      const int64_t column = lu(c, a, n).factor();
      if (column >= 0) fail_singular(a, matrices.count, column);
    }
    double *right = c.scratch<double>(n * k), *solution = c.scratch<double>(n * k);
    e.each([&](int64_t x, int64_t a, int64_t b) {
      std::copy(c.in<T>(1) + b * n * k, c.in<T>(1) + (b + 1) * n * k, right);
      lu(c, a, n).solve(right, solution, k);
      for (int64_t i = 0; i < n * k; ++i) c.out<T>(0)[x * n * k + i] = T(solution[i]);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Equations e(c.in(0), c.in(1));
    const int64_t n = e.n, k = e.k;
    const T *X = c.out<T>(0), *dX = c.dout<T>(0);
    double *G = c.scratch<double>(n * k), *W = c.scratch<double>(n * k);
    double *dA = sums(c, 0), *dB = sums(c, 1);
    e.each([&](int64_t x, int64_t a, int64_t b) {
      std::copy(dX + x * n * k, dX + (x + 1) * n * k, G);
      lu(c, a, n).solve_transposed(G, W, k);
      for (int64_t i = 0; dB && i < n * k; ++i) dB[b * n * k + i] += W[i];  // (*)
      for (int64_t i = 0; dA && i < n; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0;
          for (int64_t q = 0; q < k; ++q) {
            sum += W[i * k + q] * double(X[(x * n + j) * k + q]);
          }
          dA[(a * n + i) * n + j] -= sum;  // (*)
        }
      }
    });
    for (uint32_t i = 0; i < 2; ++i) {
      const double* sum = i == 0 ? dA : dB;
      for (int64_t j = 0; sum && j < hg_numel(&c.din(i)); ++j) c.din<T>(i)[j] = T(sum[j]);
    }
  }

 private:
  static LU lu(const Call& c, int64_t a, int64_t n) {
    return {c.saved<double>(0) + a * n * n, c.saved<int64_t>(1) + a * n, n};
  }

  // Zeros, one for each element of din[i], if that is wanted.
  static double* sums(const Call& c, uint32_t i) {
    if (!c.wants(i)) return nullptr;
    const int64_t count = hg_numel(&c.din(i));
    double* s = c.scratch<double>(count);
    std::fill(s, s + count, 0.0);
    return s;
  }
};

}  // namespace

void describe_solve(plugin::Plugin& p) {
  p.op<Solve>("core.solve")
      .doc("solves linear equations")
      .formula("A X = B")
      .in("A", "(..., n, n)")
      .in("B", "(..., n, k), or (..., n)")
      .out("X", "(..., n, k), or (..., n)")
      .sample("spd[3,3] normal[3,2]")
      .sample("spd[4,4] normal[4]")
      .sample("spd[2,3,3] normal[2,3]")
      .sample("spd[2,1,3,3] normal[4,3,2]")
      .sample("spd[0,0] normal[0,2]");
  p.kernel<Solve, float, double>("core.solve").keep_out({0});
}

}  // namespace ops

Tensor linalg::solve(const Tensor& a, const Tensor& b) {
  static constinit const Op op("core.solve");
  return run(op, {&a, &b});
}

}  // namespace hg
