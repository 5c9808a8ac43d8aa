// Pooling of one plane: an image of one channel of one sample.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// Along one axis: window o covers `kernel` places, `dilation` apart, from o*stride -
/// padding on.
struct PoolAxis {
  int64_t n, size, kernel, stride, padding, dilation;
};

struct Pool {
  PoolAxis h, w;
};

struct Pooling {
  void (*max)(const float* x, float* y, int64_t* k, const Pool& p);
  void (*max_backward)(const int64_t* k, const float* dy, float* dx, const Pool& p);
  /// `divisor`: of every window; 0: as many as it has places, with those in the padding
  /// if `count_padding`.
  void (*average)(const float* x, float* y, const Pool& p, int64_t divisor,
                  bool count_padding);
  void (*average_backward)(const float* dy, float* dx, const Pool& p, int64_t divisor,
                           bool count_padding);
  /// y[p] = the mean of plane p, of n numbers.
  void (*means)(const float* x, float* y, int64_t planes, int64_t n);
  void (*means_backward)(const float* dy, float* dx, int64_t planes, int64_t n);
};
HG_TABLES(Pooling, pooling)

}  // namespace hg::fastcpu
