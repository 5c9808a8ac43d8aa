#include "loss.hpp"

#include "math.hpp"
#include "sums.hpp"

namespace hg::fastcpu::ISA {
namespace {

constexpr float infinity = __builtin_inff();

// Every second number u, of W rows at once, becomes ln(1 + u). What the sum w = 1 + u has
// lost, u - (w - 1), is put back: ln(w + d) = ln w + d/w.
HG_INLINE void log1p_of_sums(float* top_and_rest, int64_t rows) {
  auto rests = [](F u) {
    const F w = 1.0f + u;
    return log(w) + (u - (w - 1.0f)) / w;
  };
  int64_t r = 0;
  for (; r + W <= rows; r += W, top_and_rest += 2 * W) {
    const F a = load(top_and_rest), b = load(top_and_rest + W);
    const F top = evens(a, b), rest = rests(odds(a, b));
    store(top_and_rest, zipped_low(top, rest));
    store(top_and_rest + W, zipped_high(top, rest));
  }
  for (; r < rows; ++r, top_and_rest += 2) top_and_rest[1] = rests(all(top_and_rest[1]))[0];
}

// The largest of a row adds exp(0) = 1 to the sum, next to which small terms would lose
// their digits: the others are summed without it, and log1p adds it. Of several that are
// equally large, all but one count as others.
void log_sum_exp(const float* x, float* top_and_rest, int64_t rows, int64_t classes) {
  for (int64_t r = 0; r < rows; ++r, x += classes, top_and_rest += 2) {
    F most[4] = {all(-infinity), all(-infinity), all(-infinity), all(-infinity)};
    each_of_four(classes, [&](int k, auto at) {
      most[k] = larger(most[k], at.or_else(x, -infinity));
    });
    const float top = largest(larger(larger(most[0], most[1]), larger(most[2], most[3])));
    Lanes others, ties;
    each_of_four(classes, [&](int k, auto at) {
      const F v = at(x);
      const I is_top = v == top;
      others.v[k] += at.only(is_top ? F{} : exp_negative(v - top));
      ties.v[k] += at.only(is_top ? all(1.0f) : F{});
    });
    // top - top is 0, or nan where there is no largest finite number.
    const float sum = float(others.sum() + (ties.sum() - 1)) + (top - top);
    top_and_rest[0] = top;
    top_and_rest[1] = sum;
  }
  log1p_of_sums(top_and_rest - 2 * rows, rows);
}

void cross_entropy_backward(const float* x, const float* top_and_rest, int64_t t, float g,
                            float* dx, int64_t classes) {
  const F top = all(top_and_rest[0]), rest = all(top_and_rest[1]);
  each_vector(0, classes, [&](auto at) {
    const F p = exp_negative((at(x) - top) - rest);
    const F truth = lanes() == all(int32_t(t - at.i)) ? all(1.0f) : F{};
    at.put(dx, g * (p - truth));
  });
}

double squared_error(const float* x, const float* t, float* y, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i += block_size) {
    Lanes part;
    each_of_four(n - i < block_size ? n - i : block_size, [&](int k, auto at) {
      const F d = at(x + i) - at(t + i);
      part.v[k] += d * d;
      if (y) at.put(y + i, d * d);
    });
    sum += part.sum();
  }
  return sum;
}

void squared_error_backward(const float* x, const float* t, const float* g, float* d,
                            int64_t n, float factor, bool one_for_all) {
  if (one_for_all) {
    const F slope = all(*g * factor);
    each_vector(0, n, [&](auto at) { at.put(d, slope * (at(x) - at(t))); });
  } else {
    each_vector(0, n, [&](auto at) { at.put(d, at(g) * factor * (at(x) - at(t))); });
  }
}

}  // namespace

extern const Losses losses{log_sum_exp, cross_entropy_backward, squared_error,
                           squared_error_backward};

}  // namespace hg::fastcpu::ISA
