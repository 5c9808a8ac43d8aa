// One step of an optimizer, for n weights in a row.
#pragma once

#include <stdint.h>

#include "../isa.hpp"

namespace hg::fastcpu {

/// The numbers in the formulas of plugins/optim; `sign` is -1 to climb.
struct SgdStep {
  float sign, decay, mu, keep, rate;
  bool first, ahead;
};
struct AdamStep {
  float sign, decay, take1, keep2, take2, root, tiny, rate, shrink;
};
struct RmspropStep {
  float sign, decay, keep, take, tiny, mu, rate;
};
struct AdagradStep {
  float sign, decay, tiny, rate;
};

/// p: weights, g: gradients; then the state, where null is for "none".
struct Optimizers {
  void (*sgd)(float* p, const float* g, float* b, int64_t n, const SgdStep& s);
  void (*adam)(float* p, const float* g, float* m, float* v, float* v_max, int64_t n,
               const AdamStep& s);
  void (*rmsprop)(float* p, const float* g, float* v, float* a, float* b, int64_t n,
                  const RmspropStep& s);
  void (*adagrad)(float* p, const float* g, float* sum, int64_t n, const AdagradStep& s);
};
HG_TABLES(Optimizers, optimizers)

}  // namespace hg::fastcpu
