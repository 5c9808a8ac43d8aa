// The shape that all functions of one number have in the tables.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// y = f(x) and dx = f'(x) dy over n numbers in a row. `kept` is x or y, whichever the
/// slope is computed from (it may be null if neither is). a and b are settings, for those
/// that have any. y may be x.
struct Curve {
  void (*forward)(const float* x, float* y, int64_t n, float a, float b);
  void (*backward)(const float* kept, const float* dy, float* dx, int64_t n, float a,
                   float b);
};

}  // namespace hg::fastcpu
