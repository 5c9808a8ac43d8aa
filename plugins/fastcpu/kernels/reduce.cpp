#include "reduce.hpp"

#include "lanes.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- sums -------------------------------------------------------------------------------

// Half a vector of floats makes a whole vector of doubles. So a sum in double costs two
// additions for W numbers instead of one, and two conversions; from memory, and from the
// third-level cache, the numbers come more slowly than that.
constexpr int half = W / 2;
typedef float H __attribute__((vector_size(2 * W)));
typedef double D __attribute__((vector_size(4 * W)));

HG_INLINE D doubles(const float* p) {
  H v;
  __builtin_memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, D);
}
HG_INLINE D first_doubles(const float* p, int64_t n) {
  D v = {};
  for (int64_t i = 0; i < n; ++i) v[i] = double(p[i]);
  return v;
}
HG_INLINE double sum_of(D v) {
  double sum = 0;
  for (int i = 0; i < half; ++i) sum += v[i];
  return sum;
}

// The sum of f(x) over all pieces, in four vectors: no addition waits for the one before.
template <class Function>
HG_INLINE double sum_of_each(const float* x, Pieces p, const Function& f) {
  D s[4] = {};
  double rest = 0;
  for (int64_t k = 0; k < p.count; ++k, x += p.step) {
    int64_t i = 0;
    for (; i + 4 * half <= p.size; i += 4 * half) {
      s[0] += f(doubles(x + i));
      s[1] += f(doubles(x + i + half));
      s[2] += f(doubles(x + i + 2 * half));
      s[3] += f(doubles(x + i + 3 * half));
    }
    for (; i + half <= p.size; i += half) s[0] += f(doubles(x + i));
    for (; i < p.size; ++i) rest += f(double(x[i]));
  }
  return sum_of((s[0] + s[1]) + (s[2] + s[3])) + rest;
}

double sum(const float* x, Pieces p) {
  return sum_of_each(x, p, [](auto v) { return v; });
}
double squares(const float* x, Pieces p) {
  return sum_of_each(x, p, [](auto v) { return v * v; });
}

// Eight vectors of columns at a time: their sums stay in registers for all the rows, and of
// every row a whole cache line or more is used.
template <int V>
HG_INLINE void columns_of(const float* x, const Pieces& p, double* sum) {
  D s[V] = {};
  for (int64_t k = 0; k < p.count; ++k, x += p.step) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) s[v] += doubles(x + v * half);
  }
  __builtin_memcpy(sum, s, sizeof s);
}

void columns(const float* x, Pieces p, double* sum) {
  int64_t i = 0;
  for (; i + 8 * half <= p.size; i += 8 * half) columns_of<8>(x + i, p, sum + i);
  for (; i + half <= p.size; i += half) columns_of<1>(x + i, p, sum + i);
  if (i == p.size) return;
  D s = {};
  const int64_t n = p.size - i;
  for (int64_t k = 0; k < p.count; ++k) s += first_doubles(x + k * p.step + i, n);
  __builtin_memcpy(sum + i, &s, uint64_t(n) * sizeof(double));
}

// ---- the largest ------------------------------------------------------------------------

struct Largest {
  template <class T>
  static auto beats(T x, T best) { return (x > best) | ((x != x) & (best == best)); }
};
struct Smallest {
  template <class T>
  static auto beats(T x, T best) { return (x < best) | ((x != x) & (best == best)); }
};

// Every lane finds the first best of its own; among those, the best with the lowest place.
template <class Order>
int64_t search(const float* x, int64_t n) {
  int64_t where = 0, i = 1;
  float best = x[0];
  if (n >= W) {
    F value = load(x);
    I place = lanes(), here = lanes();
    for (i = W; i + W <= n; i += W) {
      here += W;
      const F v = load(x + i);
      const I wins = Order::beats(v, value);
      value = wins ? v : value;
      place = wins ? here : place;
    }
    best = value[0];
    where = place[0];
    for (int k = 1; k < W; ++k) {
      const bool same = value[k] == best || (value[k] != value[k] && best != best);
      if (Order::beats(value[k], best) || (same && place[k] < where)) {
        best = value[k];
        where = place[k];
      }
    }
  }
  for (; i < n; ++i) {
    if (Order::beats(x[i], best)) {
      best = x[i];
      where = i;
    }
  }
  return where;
}

}  // namespace

extern const Reductions reductions{sum, squares, columns, search<Largest>,
                                   search<Smallest>};

}  // namespace hg::fastcpu::ISA
