#include "reduce.hpp"

#include "lanes.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- sums -------------------------------------------------------------------------------

// Half a vector of floats makes a whole vector of doubles. So a sum in double costs two
// additions for W numbers instead of one, and two conversions: some 6 cycles, more than
// the third-level cache takes to deliver them, and less than memory does.
constexpr int half = W / 2;
typedef float H __attribute__((vector_size(2 * W)));
typedef double D __attribute__((vector_size(4 * W)));

HG_INLINE D doubles(const float* p) {
  H v;
  __builtin_memcpy(&v, p, sizeof v);
  return __builtin_convertvector(v, D);
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

// Four rows are read at a time, from the first column to the last: memory is read in
// its own order and each sum is fetched, and put back, once for four numbers.
template <int R>
HG_INLINE void add_rows(const float* x, const Pieces& p, double* sum) {
  int64_t i = 0;
  for (; i + half <= p.size; i += half) {
    D s;
    __builtin_memcpy(&s, sum + i, sizeof s);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) s += doubles(x + r * p.step + i);
    __builtin_memcpy(sum + i, &s, sizeof s);
  }
  for (; i < p.size; ++i) {
    for (int r = 0; r < R; ++r) sum[i] += double(x[r * p.step + i]);
  }
}

void columns(const float* x, Pieces p, double* sum) {
  for (int64_t i = 0; i < p.size; ++i) sum[i] = 0;
  int64_t k = 0;
  for (; k + 4 <= p.count; k += 4) add_rows<4>(x + k * p.step, p, sum);
  for (; k < p.count; ++k) add_rows<1>(x + k * p.step, p, sum);
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
