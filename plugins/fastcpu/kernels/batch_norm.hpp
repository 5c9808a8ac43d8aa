// Batch normalisation: one channel as planes, or a few channels as columns.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// Where the values of a channel lie: `size` of them side by side, `count` times, `step`
/// numbers from one plane to the next.
struct Planes {
  int64_t count, step, size;
};

/// A matrix of `rows` rows, `step` numbers apart, of which these columns are meant.
struct Columns {
  int64_t rows, step, columns;
};

/// Sum and mean of so many numbers, and the sum of their squared distances from the mean.
struct Moments {
  double count, mean, squares;
};

struct BatchNorm {
  /// Merges x into what is known of the channel.
  void (*moments)(const float* x, Planes at, Moments* channel);
  /// y = (x - m) a + b
  void (*scale)(const float* x, float* y, Planes at, float m, float a, float b);
  /// Adds sum dy and sum dy (x - m) to sum.
  void (*sums)(const float* x, const float* dy, Planes at, float m, double sum[2]);
  /// dx = a dy + b (x - m) + c
  void (*backward)(const float* x, const float* dy, float* dx, Planes at, float m, float a,
                   float b, float c);

  // The same for columns, with an m, a, b, c for each. Sums start from 0 here.
  void (*column_moments)(const float* x, Columns at, double* mean, double* squares);
  void (*scale_columns)(const float* x, float* y, Columns at, const float* m,
                        const float* a, const float* b);
  void (*column_sums)(const float* x, const float* dy, Columns at, const float* m,
                      double* sum_dy, double* sum_dyx);
  void (*backward_columns)(const float* x, const float* dy, float* dx, Columns at,
                           const float* m, const float* a, const float* b, const float* c);
};
HG_TABLES(BatchNorm, batch_norm)

}  // namespace hg::fastcpu
