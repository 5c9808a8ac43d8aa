// Layer normalisation of rows.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// n features in each of some rows; w and b may be null.
struct LayerNorm {
  /// saved: mean and 1/sqrt(variance + eps) of each row.
  void (*forward)(const float* x, const float* w, const float* b, float* y, double* saved,
                  int64_t rows, int64_t n, double eps);
  /// Writes dx, if it is not null, and the sums over these rows to dw and db, if those are
  /// not null.
  void (*backward)(const float* x, const float* w, const float* dy, const double* saved,
                   float* dx, float* dw, float* db, int64_t rows, int64_t n);
};
HG_TABLES(LayerNorm, layer_norm)

}  // namespace hg::fastcpu
