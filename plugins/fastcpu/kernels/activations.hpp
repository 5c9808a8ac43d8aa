// Activations.
#pragma once

#include "curve.hpp"

namespace hg::fastcpu {

struct Activations {
  Curve relu, sigmoid, tanh;  // their slopes are computed from y
  Curve leaky_relu, hardtanh, clamp, silu, gelu, gelu_tanh, elu, softplus;  // from x
};
HG_TABLES(Activations, activations)

}  // namespace hg::fastcpu
