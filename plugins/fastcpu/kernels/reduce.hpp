// Many numbers become one.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// `count` pieces of `size` numbers side by side, `step` apart.
struct Pieces {
  int64_t count, step, size;
};

struct Reductions {
  /// The sum of all; the sum of their squares.
  double (*sum)(const float* x, Pieces p);
  double (*squares)(const float* x, Pieces p);
  /// sum[i] = the sum of element i of every piece.
  void (*columns)(const float* x, Pieces p, double* sum);
  /// The first of the largest (smallest) of n > 0 numbers; a nan beats them, the first.
  int64_t (*argmax)(const float* x, int64_t n);
  int64_t (*argmin)(const float* x, int64_t n);
};
HG_TABLES(Reductions, reductions)

}  // namespace hg::fastcpu
