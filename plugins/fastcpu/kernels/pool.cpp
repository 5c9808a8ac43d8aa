#include "pool.hpp"

#include "sums.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- places of a window -----------------------------------------------------------------

HG_INLINE int64_t first_of(const PoolAxis& a, int64_t o) {
  return o * a.stride - a.padding;
}
HG_INLINE int64_t reach_of(const PoolAxis& a) { return (a.kernel - 1) * a.dilation + 1; }

// The part of window o that lies in the axis: first, first + dilation, ..., below end.
struct Places {
  int64_t first, end;
};
HG_INLINE Places places(const PoolAxis& a, int64_t o) {
  const int64_t first = first_of(a, o), end = first + reach_of(a), step = a.dilation;
  return {first < 0 ? first + (step - 1 - first) / step * step : first,
          end < a.n ? end : a.n};
}

// The windows from `begin` up to `end` lie in the axis as a whole.
struct Inside {
  int64_t begin, end;
};
HG_INLINE Inside inside(const PoolAxis& a) {
  int64_t begin = 0, end = a.size;
  while (begin < a.size && first_of(a, begin) < 0) ++begin;
  while (end > begin && first_of(a, end - 1) + reach_of(a) > a.n) --end;
  return {begin, end};
}

// Do the windows stand side by side, 2 x 2 places each, with nothing over the edge?
HG_INLINE bool in_pairs(const PoolAxis& a) {
  return a.kernel == 2 && a.stride == 2 && a.dilation == 1 && a.padding == 0 &&
         2 * a.size <= a.n;
}
HG_INLINE bool pairs(const Pool& p) { return in_pairs(p.h) && in_pairs(p.w); }

// x[0], x[stride], x[2 stride], ...: n of them, at most W, nothing else is read.
HG_INLINE F load_strided(const float* x, int64_t stride, int64_t n) {
  if (stride == 1) return n >= W ? load(x) : load_first(x, n);
  if (stride == 2) {
    const int64_t span = 2 * n - 1;
    return span > W ? evens(load(x), load_first(x + W, span - W))
                    : evens(load_first(x, span), F{});
  }
  F v = {};
  for (int64_t i = 0; i < n; ++i) v[i] = x[i * stride];
  return v;
}

// row[at], row[at+1], ..., with `other` in the lanes outside of row[0] to row[n-1].
HG_INLINE F load_within(const float* row, int64_t n, int64_t at, float other) {
  if (at >= 0 && at + W <= n) return load(row + at);
#if defined(__AVX512F__)
  const int64_t before = at < 0 ? -at : 0, end = n - at;
  if (before >= W || end <= 0) return all(other);
  const uint32_t inside = (end >= W ? 0xffffu : (1u << end) - 1) & (0xffffu << before);
  return (F)_mm512_mask_loadu_ps((__m512)all(other), __mmask16(inside), row + at);
#else
  F v = all(other);
  for (int64_t i = at < 0 ? -at : 0; i < W && at + i < n; ++i) v[i] = row[at + i];
  return v;
#endif
}

// ---- the largest ------------------------------------------------------------------------

// The best of W windows so far. A place takes over if its number is larger, or nan: of
// equals the first stays, of several nan the last.
struct Best {
  F value;
  I where;
  void offer(F x, I place) {
    const I wins = (x > value) | (x != x);
    value = wins ? x : value;
    where = wins ? place : where;
  }
};

// Places are numbers of 32 bits here, and of 64 outside.
HG_INLINE void store_places(int64_t* k, I where, int64_t n) {
#if defined(__AVX512F__)
  const __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256((__m512i)where));
  const __m512i high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64((__m512i)where, 1));
  const uint32_t first = (1u << n) - 1;
  _mm512_mask_storeu_epi64(k, __mmask8(first), low);
  _mm512_mask_storeu_epi64(k + 8, __mmask8(first >> 8), high);
#else
  for (int64_t i = 0; i < n; ++i) k[i] = where[i];
#endif
}

constexpr float infinity = __builtin_inff();

// The numbers of a row that W windows see at one of their places: row[at], row[at+stride],
// ...; minus infinity, which never wins, where that is outside.
HG_INLINE F seen(const float* row, int64_t n, int64_t at, int64_t stride) {
  if (stride == 1) return load_within(row, n, at, -infinity);
  if (stride == 2) {
    return evens(load_within(row, n, at, -infinity),
                 load_within(row, n, at + W, -infinity));
  }
  F v = all(-infinity);
  for (int64_t i = 0; i < W; ++i, at += stride) {
    if (at >= 0 && at < n) v[i] = row[at];
  }
  return v;
}

void max_any(const float* x, float* y, int64_t* k, const Pool& p) {
  for (int64_t j = 0; j < p.w.size; j += W) {
    const int64_t n = p.w.size - j < W ? p.w.size - j : W, left = first_of(p.w, j);
    const I step = lanes() * int32_t(p.w.stride);
    // A window's first place in the row, where it begins before the row does.
    I start = step + int32_t(left);
    for (int64_t t = left; t < 0; t += p.w.dilation) {
      start += (start < 0) & int32_t(p.w.dilation);
    }
    for (int64_t i = 0; i < p.h.size; ++i) {
      const Places rows = places(p.h, i);
      Best best{all(-infinity), start + int32_t(rows.first * p.w.n)};
      for (int64_t r = rows.first; r < rows.end; r += p.h.dilation) {
        I place = step + int32_t(r * p.w.n + left);
        for (int64_t t = 0; t < p.w.kernel; ++t, place += int32_t(p.w.dilation)) {
          best.offer(seen(x + r * p.w.n, p.w.n, left + t * p.w.dilation, p.w.stride),
                     place);
        }
      }
      store_first(y + i * p.w.size + j, best.value, n);
      store_places(k + i * p.w.size + j, best.where, n);
    }
  }
}

// Two rows of two vectors hold W windows of 2 x 2: their numbers at even places come first,
// those at odd places second.
void max_of_pairs(const float* x, float* y, int64_t* k, const Pool& p) {
  for (int64_t i = 0; i < p.h.size; ++i, y += p.w.size, k += p.w.size) {
    const int64_t row = 2 * i * p.w.n;
    for (int64_t j = 0; j < p.w.size; j += W) {
      const int64_t n = p.w.size - j < W ? p.w.size - j : W, at = row + 2 * j;
      const int64_t low = 2 * n < W ? 2 * n : W, high = 2 * n - low;
      auto read = [&](const float* from, int64_t count) {
        return n >= W ? load(from) : load_first(from, count);
      };
      const F a = read(x + at, low), b = read(x + at + W, high);
      const F c = read(x + at + p.w.n, low), d = read(x + at + p.w.n + W, high);
      const I place = all(int32_t(at)) + lanes() * 2;
      Best best{evens(a, b), place};
      best.offer(odds(a, b), place + 1);
      best.offer(evens(c, d), place + int32_t(p.w.n));
      best.offer(odds(c, d), place + int32_t(p.w.n + 1));
      if (n >= W) store(y + j, best.value);
      else store_first(y + j, best.value, n);
      store_places(k + j, best.where, n);
    }
  }
}

void max(const float* x, float* y, int64_t* k, const Pool& p) {
  pairs(p) ? max_of_pairs(x, y, k, p) : max_any(x, y, k, p);
}

void clear(float* x, int64_t n) {
  each_vector(0, n, [&](auto at) { at.put(x, F{}); });
}

// Writes a window's four numbers, or rather W windows' 4 W, without reading.
void max_of_pairs_backward(const int64_t* k, const float* dy, float* dx, const Pool& p) {
  typedef int64_t Wide __attribute__((vector_size(8 * W)));
  for (int64_t i = 0; i < p.h.size; ++i, dy += p.w.size, k += p.w.size) {
    const int64_t row = 2 * i * p.w.n;
    float* to[2] = {dx + row, dx + row + p.w.n};
    int64_t j = 0;
    for (; j + W <= p.w.size; j += W) {
      Wide wide;
      __builtin_memcpy(&wide, k + j, sizeof wide);
      // Which of the four: 0 or 1 in the first row, n or n + 1 in the second.
      const I which = __builtin_convertvector(wide, I) - int32_t(row + 2 * j) - lanes() * 2;
      const F g = load(dy + j);
      for (int r = 0; r < 2; ++r) {
        const int32_t first = r ? int32_t(p.w.n) : 0;
        const F even = which == first ? g : F{}, odd = which == first + 1 ? g : F{};
        store(to[r] + 2 * j, zipped_low(even, odd));
        store(to[r] + 2 * j + W, zipped_high(even, odd));
      }
    }
    for (int r = 0; r < 2; ++r) clear(to[r] + 2 * j, p.w.n - 2 * j);
    for (; j < p.w.size; ++j) dx[k[j]] = dy[j];
  }
  clear(dx + 2 * p.h.size * p.w.n, (p.h.n - 2 * p.h.size) * p.w.n);
}

void max_backward(const int64_t* k, const float* dy, float* dx, const Pool& p) {
  if (pairs(p)) return max_of_pairs_backward(k, dy, dx, p);
  clear(dx, p.h.n * p.w.n);
  for (int64_t o = 0; o < p.h.size * p.w.size; ++o) dx[k[o]] += dy[o];
}

// ---- the mean ---------------------------------------------------------------------------

struct Divisor {
  int64_t given;
  bool count_padding;
  // Of a window with these places, the numbers of which along the axes are i and j.
  float operator()(const Pool& p, int64_t i, int64_t j, Places rows, Places columns) const {
    if (given) return float(given);
    if (!count_padding)
      return float((rows.end - rows.first) * (columns.end - columns.first));
    auto padded = [](const PoolAxis& a, int64_t o) {
      const int64_t end = first_of(a, o) + a.kernel, last = a.n + a.padding;
      return (end < last ? end : last) - first_of(a, o);
    };
    return float(padded(p.h, i) * padded(p.w, j));
  }
};

HG_INLINE float sum_of_window(const float* x, const Pool& p, Places rows, Places columns) {
  float sum = 0;
  for (int64_t i = rows.first; i < rows.end; ++i) {
    for (int64_t j = columns.first; j < columns.end; ++j) sum += x[i * p.w.n + j];
  }
  return sum;
}

void average_of_pairs(const float* x, float* y, const Pool& p, float divisor) {
  for (int64_t i = 0; i < p.h.size; ++i, y += p.w.size) {
    const float* row = x + 2 * i * p.w.n;
    for (int64_t j = 0; j < p.w.size; j += W, row += 2 * W) {
      const int64_t n = p.w.size - j < W ? p.w.size - j : W;
      const int64_t low = 2 * n < W ? 2 * n : W, high = 2 * n - low;
      auto column = [&](int64_t at, int64_t count) {
        const float *a = row + at, *b = a + p.w.n;
        return n >= W ? load(a) + load(b) : load_first(a, count) + load_first(b, count);
      };
      const F left = column(0, low), right = column(W, high);
      const F mean = (evens(left, right) + odds(left, right)) / divisor;
      if (n >= W) store(y + j, mean);
      else store_first(y + j, mean, n);
    }
  }
}

void average(const float* x, float* y, const Pool& p, int64_t divisor, bool count_padding) {
  if (pairs(p)) return average_of_pairs(x, y, p, divisor ? float(divisor) : 4.0f);
  const Divisor divide{divisor, count_padding};
  const Inside in = inside(p.w);
  for (int64_t i = 0; i < p.h.size; ++i, y += p.w.size) {
    const Places rows = places(p.h, i);
    auto alone = [&](int64_t j) {
      const Places columns = places(p.w, j);
      y[j] = sum_of_window(x, p, rows, columns) / divide(p, i, j, rows, columns);
    };
    for (int64_t j = 0; j < in.begin; ++j) alone(j);
    for (int64_t j = in.begin; j < in.end; j += W) {
      const int64_t n = in.end - j < W ? in.end - j : W;
      F sum = {};
      for (int64_t r = rows.first; r < rows.end; ++r) {
        for (int64_t t = 0; t < p.w.kernel; ++t) {
          sum += load_strided(x + r * p.w.n + first_of(p.w, j) + t, p.w.stride, n);
        }
      }
      sum /= divide(p, i, j, rows, places(p.w, j));
      if (n >= W) store(y + j, sum);
      else store_first(y + j, sum, n);
    }
    for (int64_t j = in.end; j < p.w.size; ++j) alone(j);
  }
}

void average_of_pairs_backward(const float* dy, float* dx, const Pool& p, float divisor) {
  for (int64_t i = 0; i < p.h.size; ++i, dy += p.w.size) {
    float *a = dx + 2 * i * p.w.n, *b = a + p.w.n;
    int64_t j = 0;
    for (; j + W <= p.w.size; j += W) {
      const F share = load(dy + j) / divisor;
      const F low = zipped_low(share, share), high = zipped_high(share, share);
      store(a + 2 * j, low);
      store(a + 2 * j + W, high);
      store(b + 2 * j, low);
      store(b + 2 * j + W, high);
    }
    for (; j < p.w.size; ++j) {
      a[2 * j] = a[2 * j + 1] = b[2 * j] = b[2 * j + 1] = dy[j] / divisor;
    }
    if (2 * j < p.w.n) {
      clear(a + 2 * j, p.w.n - 2 * j);
      clear(b + 2 * j, p.w.n - 2 * j);
    }
  }
  clear(dx + 2 * p.h.size * p.w.n, (p.h.n - 2 * p.h.size) * p.w.n);
}

void average_backward(const float* dy, float* dx, const Pool& p, int64_t divisor,
                      bool count_padding) {
  if (pairs(p)) {
    return average_of_pairs_backward(dy, dx, p, divisor ? float(divisor) : 4.0f);
  }
  clear(dx, p.h.n * p.w.n);
  const Divisor divide{divisor, count_padding};
  for (int64_t i = 0; i < p.h.size; ++i, dy += p.w.size) {
    const Places rows = places(p.h, i);
    for (int64_t j = 0; j < p.w.size; ++j) {
      const Places columns = places(p.w, j);
      const float share = dy[j] / divide(p, i, j, rows, columns);
      for (int64_t r = rows.first; r < rows.end; ++r) {
        for (int64_t t = columns.first; t < columns.end; ++t) dx[r * p.w.n + t] += share;
      }
    }
  }
}

void means(const float* x, float* y, int64_t planes, int64_t n) {
  for (int64_t p = 0; p < planes; ++p, x += n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i += block_size) {
      Lanes part;
      each_of_four(n - i < block_size ? n - i : block_size,
                   [&](int k, auto at) { part.v[k] += at(x + i); });
      sum += part.sum();
    }
    y[p] = float(sum / double(n));
  }
}

void means_backward(const float* dy, float* dx, int64_t planes, int64_t n) {
  for (int64_t p = 0; p < planes; ++p, dx += n) {
    const F share = all(dy[p] / float(n));
    each_vector(0, n, [&](auto at) { at.put(dx, share); });
  }
}

}  // namespace

extern const Pooling pooling{max, max_backward, average, average_backward, means,
                             means_backward};

}  // namespace hg::fastcpu::ISA
