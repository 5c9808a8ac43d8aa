// Whole numbers, rounded up.
#pragma once

#include <stdint.h>

namespace hg::fastcpu {

// The kernels use these too, so they must leave no copy in any object: kernels/vec.hpp.

/// n / d, rounded up; n >= 0, d > 0.
[[gnu::always_inline]] constexpr int64_t ceil_div(int64_t n, int64_t d) {
  return (n + d - 1) / d;
}
/// The least multiple of `unit` that is n or more.
[[gnu::always_inline]] constexpr int64_t round_up(int64_t n, int64_t unit) {
  return ceil_div(n, unit) * unit;
}

}  // namespace hg::fastcpu
