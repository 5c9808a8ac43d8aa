#include "arithmetic.hpp"

#include "map.hpp"

namespace hg::fastcpu::ISA {
namespace {

struct Sum {
  static F y(F a, F b, float alpha) { return a + alpha * b; }
};
struct Product {
  static F y(F a, F b, float alpha) { return alpha * a * b; }
};
struct Quotient {
  static F y(F a, F b, float) { return a / b; }
};

template <class Formula>
void both(const float* a, const float* b, float* y, int64_t n, float alpha) {
  map(n, y, [=](F a, F b) { return Formula::y(a, b, alpha); }, a, b);
}
template <class Formula>
void number_b(const float* a, const float* b, float* y, int64_t n, float alpha) {
  const F number = all(*b);
  map(n, y, [=](F a) { return Formula::y(a, number, alpha); }, a);
}
template <class Formula>
void number_a(const float* a, const float* b, float* y, int64_t n, float alpha) {
  const F number = all(*a);
  map(n, y, [=](F b) { return Formula::y(number, b, alpha); }, b);
}
template <class Formula>
constexpr Rows rows{both<Formula>, number_b<Formula>, number_a<Formula>};

// Half as many doubles as floats.
typedef float Half __attribute__((vector_size(2 * W)));
typedef double D __attribute__((vector_size(4 * W)));
constexpr int lanes = W / 2;

HG_INLINE D load_doubles(const float* p) {
  Half v;
  __builtin_memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, D);
}

void add_to(const float* x, double* sum, int64_t n) {
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    D s;
    __builtin_memcpy(&s, sum + i, sizeof s);
    s += load_doubles(x + i);
    __builtin_memcpy(sum + i, &s, sizeof s);
  }
  for (; i < n; ++i) sum[i] += double(x[i]);
}

// Four sums side by side: one alone would wait for each addition to end, four cycles.
double total(const float* x, int64_t n) {
  D s[4] = {};
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    for (int k = 0; k < 4; ++k) s[k] += load_doubles(x + i + k * lanes);
  }
  const D all = (s[0] + s[2]) + (s[1] + s[3]);
  double sum = 0;
  for (int k = 0; k < lanes; ++k) sum += all[k];
  for (; i < n; ++i) sum += double(x[i]);
  return sum;
}

}  // namespace

extern const Arithmetic arithmetic{rows<Sum>, rows<Product>, rows<Quotient>, add_to, total};

}  // namespace hg::fastcpu::ISA
