// Copies and filling.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

struct Copying {
  void (*copy)(const float* x, float* y, int64_t n);
  void (*fill)(float value, float* y, int64_t n);
};
HG_TABLES(Copying, copying)

}  // namespace hg::fastcpu
