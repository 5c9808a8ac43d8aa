// Softmax and its logarithm, along rows and across them.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

struct Softmax {
  // Of `rows` rows of n numbers, each.
  void (*forward)(const float* x, float* y, int64_t rows, int64_t n);
  void (*backward)(const float* y, const float* dy, float* dx, int64_t rows, int64_t n);
  // Of `columns` columns, up to softmax_tile, whose n numbers are `step` apart.
  void (*forward_across)(const float* x, float* y, int64_t n, int64_t step,
                         int64_t columns);
  void (*backward_across)(const float* y, const float* dy, float* dx, int64_t n,
                          int64_t step, int64_t columns);
};
constexpr int64_t softmax_tile = 256;

HG_TABLES(Softmax, softmax)
HG_TABLES(Softmax, log_softmax)

}  // namespace hg::fastcpu
