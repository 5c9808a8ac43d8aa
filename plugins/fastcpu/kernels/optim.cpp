#include "optim.hpp"

#include "sums.hpp"

namespace hg::fastcpu::ISA {
namespace {

// Which state there is does not change within a loop: each case has a loop of its own. The
// settings are copied, so that the compiler knows that no store changes them.

template <bool momentum>
void sgd_steps(float* p, const float* g, float* b, int64_t n, SgdStep s) {
  each_vector(0, n, [&](auto at) {
    const F w = at(p);
    F d = s.sign * at(g) + s.decay * w;
    if constexpr (momentum) {
      const F leaky = s.first ? d : s.mu * at(b) + s.keep * d;
      at.put(b, leaky);
      d = s.ahead ? d + s.mu * leaky : leaky;
    }
    at.put(p, w - s.rate * d);
  });
}

void sgd(float* p, const float* g, float* b, int64_t n, const SgdStep& s) {
  b ? sgd_steps<true>(p, g, b, n, s) : sgd_steps<false>(p, g, b, n, s);
}

// Two quotients and a root for each weight: the limit where all is in the cache.
template <bool amsgrad>
void adam_steps(float* p, const float* g, float* m, float* v, float* v_max, int64_t n,
                AdamStep s) {
  each_vector(0, n, [&](auto at) {
    const F w = at(p), d = s.sign * at(g) + s.decay * w;
    F mean = at(m), square = s.keep2 * at(v) + s.take2 * d * d;
    mean += s.take1 * (d - mean);
    at.put(m, mean);
    at.put(v, square);
    if constexpr (amsgrad) {
      square = larger(square, at(v_max));
      at.put(v_max, square);
    }
    at.put(p, s.shrink * w - s.rate * mean / (square_root(square) / s.root + s.tiny));
  });
}

void adam(float* p, const float* g, float* m, float* v, float* v_max, int64_t n,
          const AdamStep& s) {
  v_max ? adam_steps<true>(p, g, m, v, v_max, n, s)
        : adam_steps<false>(p, g, m, v, v_max, n, s);
}

template <bool centered, bool momentum>
void rmsprop_steps(float* p, const float* g, float* v, float* a, float* b, int64_t n,
                   RmspropStep s) {
  each_vector(0, n, [&](auto at) {
    const F w = at(p);
    F d = s.sign * at(g) + s.decay * w;
    const F square = s.keep * at(v) + s.take * d * d;
    at.put(v, square);
    F spread = square;
    if constexpr (centered) {
      F mean = at(a);
      mean += s.take * (d - mean);
      at.put(a, mean);
      spread -= mean * mean;
    }
    d /= square_root(spread) + s.tiny;
    if constexpr (momentum) {
      d = s.mu * at(b) + d;
      at.put(b, d);
    }
    at.put(p, w - s.rate * d);
  });
}

void rmsprop(float* p, const float* g, float* v, float* a, float* b, int64_t n,
             const RmspropStep& s) {
  if (a && b) rmsprop_steps<true, true>(p, g, v, a, b, n, s);
  else if (a) rmsprop_steps<true, false>(p, g, v, a, b, n, s);
  else if (b) rmsprop_steps<false, true>(p, g, v, a, b, n, s);
  else rmsprop_steps<false, false>(p, g, v, a, b, n, s);
}

void adagrad(float* p, const float* g, float* sum, int64_t n, const AdagradStep& given) {
  const AdagradStep s = given;
  each_vector(0, n, [&](auto at) {
    const F w = at(p), d = s.sign * at(g) + s.decay * w, total = at(sum) + d * d;
    at.put(sum, total);
    at.put(p, w - s.rate * d / (square_root(total) + s.tiny));
  });
}

}  // namespace

extern const Optimizers optimizers{sgd, adam, rmsprop, adagrad};

}  // namespace hg::fastcpu::ISA
