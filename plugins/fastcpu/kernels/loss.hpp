// Losses: cross-entropy of rows of scores, and squared errors.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

struct Losses {
  /// The logarithm of sum exp(x) of each row, as two numbers: the largest x, and the rest.
  void (*log_sum_exp)(const float* x, float* top_and_rest, int64_t rows, int64_t classes);
  /// dx = g (exp((x - top) - rest) - (k == t)) for one row.
  void (*cross_entropy_backward)(const float* x, const float* top_and_rest, int64_t t,
                                 float g, float* dx, int64_t classes);
  /// sum (x - t)^2, and y = (x - t)^2 if y is not null.
  double (*squared_error)(const float* x, const float* t, float* y, int64_t n);
  /// d = g (x - t), with a g for each element, or one for all.
  void (*squared_error_backward)(const float* x, const float* t, const float* g, float* d,
                                 int64_t n, float factor, bool one_for_all);
};
HG_TABLES(Losses, losses)

}  // namespace hg::fastcpu
