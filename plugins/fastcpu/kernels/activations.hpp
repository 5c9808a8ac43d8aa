// Activations over n floats in a row.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

struct Activations {
  void (*relu)(const float* x, float* y, int64_t n);
  void (*relu_backward)(const float* y, const float* dy, float* dx, int64_t n);
};
HG_TABLES(Activations, activations)

}  // namespace hg::fastcpu
