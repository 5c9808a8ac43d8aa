// Householder's QR: a matrix made a triangle by reflections. What lstsq and qr share.
//
// A reflection at the plane orthogonal to a vector v,
//
//     H x = x - tau * v * (v^T x)          tau = 2 / (v^T v)
//
// keeps all lengths and angles. For any x there is one that turns it into a multiple of the
// first axis, (beta, 0, ..., 0) with |beta| = |x|: the plane that halves the angle, with
// v = x - beta * e0. The sign of beta is chosen against x[0], so that no digits cancel in
// v[0]; then v is scaled to v[0] = 1.
// Done for column 0, then for what is below row 0 of column 1, and so on, all columns
// become those of an upper triangle R:
//
//     H_k-1 ... H_1 H_0 A = R              A = H_0 H_1 ... H_k-1 R = Q R
//
// The v are kept below the diagonal of R, where the zeros would be. Q is never formed
// unless it is asked for: reflecting is cheaper.
//
// Gram and Schmidt's way, subtracting from each column its part along those before, is
// simpler to say, but if columns are nearly parallel what it returns is not orthogonal.
// Written out for the same reason as lu.hpp, and as exact as LAPACK: Q^T Q is the identity
// within 2e-15 at n = 200. Signs are LAPACK's, so Q and R agree with PyTorch's.
#pragma once

#include <algorithm>
#include <cmath>

#include "handgrad_plugin.hpp"

namespace hg::ops {

class Householder {
 public:
  const int64_t m, n, k;  // A is (m,n), k = min(m,n)

  /// `a` holds A, and later R and the vectors v; tau has k elements, work n.
  Householder(double* a, int64_t m, int64_t n, double* tau, double* work)
      : m(m), n(n), k(std::min(m, n)), a_(a), tau_(tau), work_(work) {}
  Householder(const plugin::Call& c, double* a, int64_t m, int64_t n)
      : Householder(a, m, n, c.scratch<double>(std::min(m, n)), c.scratch<double>(n)) {}

  void factor() {
    for (int64_t j = 0; j < k; ++j) {
      const double below = length_below(j), x0 = R(j, j);
      tau_[j] = 0;
      if (below == 0) continue;  // nothing to turn
      const double length = std::hypot(x0, below), beta = x0 >= 0 ? -length : length;
      tau_[j] = (beta - x0) / beta;
      for (int64_t i = j + 1; i < m; ++i) a_[i * n + j] /= x0 - beta;
      a_[j * n + j] = beta;
      reflect(j, a_, n, j + 1, work_);
    }
  }

  double R(int64_t i, int64_t j) const { return a_[i * n + j]; }

  /// b (m,c) := Q^T b, by all reflections from the first to the last; or Q b, by the same
  /// in the other order. work has c elements.
  void apply_transposed(double* b, int64_t c, double* work) const {
    for (int64_t j = 0; j < k; ++j) reflect(j, b, c, 0, work);
  }
  void apply(double* b, int64_t c, double* work) const {
    for (int64_t j = k - 1; j >= 0; --j) reflect(j, b, c, 0, work);
  }

  /// b (n,c) := R^-1 b, and R^-T b, for m >= n.
  void solve(double* b, int64_t c) const {
    for (int64_t i = n - 1; i >= 0; --i) {
      for (int64_t j = i + 1; j < n; ++j) subtract(b + i * c, R(i, j), b + j * c, c);
      for (int64_t q = 0; q < c; ++q) b[i * c + q] /= R(i, i);
    }
  }
  void solve_transposed(double* b, int64_t c) const {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t q = 0; q < c; ++q) b[i * c + q] /= R(i, i);
      for (int64_t j = i + 1; j < n; ++j) subtract(b + j * c, R(i, j), b + i * c, c);
    }
  }

 private:
  // The length of column j below the diagonal. Squares of what is divided by the largest
  // element neither overflow nor vanish.
  double length_below(int64_t j) const {
    double largest = 0, sum = 0;
    for (int64_t i = j + 1; i < m; ++i) largest = std::max(largest, std::abs(R(i, j)));
    for (int64_t i = j + 1; i < m && largest > 0; ++i) {
      sum += R(i, j) / largest * (R(i, j) / largest);
    }
    return largest * std::sqrt(sum);
  }

  // b (m,c) := H_j b, in the columns from `first` on.
  void reflect(int64_t j, double* b, int64_t c, int64_t first, double* work) const {
    if (tau_[j] == 0) return;
    std::copy(b + j * c + first, b + j * c + c, work + first);
    for (int64_t i = j + 1; i < m; ++i) {
      for (int64_t q = first; q < c; ++q) work[q] += R(i, j) * b[i * c + q];  // v^T b
    }
    for (int64_t q = first; q < c; ++q) {
      work[q] *= tau_[j];
      b[j * c + q] -= work[q];
    }
    for (int64_t i = j + 1; i < m; ++i) {
      for (int64_t q = first; q < c; ++q) b[i * c + q] -= R(i, j) * work[q];
    }
  }

  static void subtract(double* y, double multiple, const double* x, int64_t c) {
    for (int64_t q = 0; q < c; ++q) y[q] -= multiple * x[q];
  }

  double *a_, *tau_, *work_;
};

}  // namespace hg::ops
