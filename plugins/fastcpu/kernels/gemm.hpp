// The product of two matrices of floats, on one thread.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// c[i,j] = start + sum_l a[i,l] b[l,j]. Steps count elements, any are allowed: a[i,l] lies
/// at a[i*a_row + l*a_column]. The rows of c are dense.
struct Product {
  int64_t m, n, k;
  const float* a;
  int64_t a_row, a_column;
  const float* b;
  int64_t b_row, b_column;
  float* c;
  int64_t c_row;
  const float* bias = nullptr;  // start is bias[i*bias_row + j*bias_column], if given
  bool add = false;             // start is c[i,j]; not with a bias
  int64_t bias_row = 0, bias_column = 1;  // one is 0, the other 1
};

struct Gemm {
  int64_t columns;  // of a tile
  /// By tiles, columns of b packed into panels.
  void (*by_tiles)(const Product&);
  /// The same for c^T = b^T a^T: each tile is turned over when it is written.
  void (*by_turned_tiles)(const Product&);
  /// Each element of c as the product of a row of a and a column of b; both must be dense:
  /// a_column is 1, and so is b_row.
  void (*by_dots)(const Product&);
  /// y[j] = sum_i x[i*step + j] for i < rows, or += that, for j < columns.
  void (*column_sums)(const float* x, int64_t step, int64_t rows, int64_t columns, float* y,
                      bool add);
};
HG_TABLES(Gemm, gemm)

}  // namespace hg::fastcpu
