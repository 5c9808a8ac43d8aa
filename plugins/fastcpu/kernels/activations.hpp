// Activations.
#pragma once

#include "curve.hpp"

namespace hg::fastcpu {

/// y = silu(a) b, and its gradients.
struct Gate {
  void (*forward)(const float* a, const float* b, float* y, int64_t n);
  void (*backward_a)(const float* a, const float* b, const float* dy, float* da, int64_t n);
  void (*backward_b)(const float* a, const float* dy, float* db, int64_t n);
};

struct Activations {
  Curve relu, sigmoid, tanh;  // their slopes are computed from y
  Curve leaky_relu, hardtanh, clamp, silu, gelu, gelu_tanh, elu, softplus;  // from x
  Gate swiglu;
};
HG_TABLES(Activations, activations)

}  // namespace hg::fastcpu
