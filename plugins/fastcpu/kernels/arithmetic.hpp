// Sums, products and quotients of rows.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// y[i] = f(a[i], b[i]) over n numbers in a row; or one of the two is a number for all i.
struct Rows {
  using Function = void (*)(const float* a, const float* b, float* y, int64_t n,
                            float alpha);
  Function both, number_b, number_a;
};

struct Arithmetic {
  Rows sum;       // a + alpha b
  Rows product;   // alpha a b
  Rows quotient;  // a / b
  /// sum[i] += x[i], in double precision.
  void (*add_to)(const float* x, double* sum, int64_t n);
  /// The sum of x, in double precision.
  double (*total)(const float* x, int64_t n);
};
HG_TABLES(Arithmetic, arithmetic)

}  // namespace hg::fastcpu
