// Random masks.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

struct Dropout {
  /// y[i] = scale x[i], but 0 where word i of the stream `seed` (hg_philox) is below
  /// `limit`; for i from `begin` to `end` - 1. x and y are those of element 0.
  void (*apply)(const float* x, float* y, int64_t begin, int64_t end, uint64_t seed,
                uint64_t limit, float scale);
};
HG_TABLES(Dropout, dropout)

}  // namespace hg::fastcpu
