#include "gemm.hpp"

#include "tile.hpp"

namespace hg::fastcpu::ISA {
namespace {

HG_INLINE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
/// How long the pieces are if n is cut into as few as it takes, equal ones of at most
/// `longest`.
HG_INLINE int64_t even(int64_t n, int64_t longest) {
  return n <= longest ? n : ceil_div(n, ceil_div(n, longest));
}

// ---- by tiles --------------------------------------------------------------------------

// k is cut into parts of at most this: 384 rows of a panel of b are 48 KiB (AVX-512), which
// the L2 cache holds beside what is read of a. Longer parts mean fewer visits of c.
constexpr int64_t longest_part = 384;
// So many rows of a are multiplied with a panel of b before the next panel is packed: often
// enough to pay for that (3% of the time at 256 rows, half of that at 512), and still few
// enough for most of a, 768 KiB, to stay in the L2 cache until the next panel.
constexpr int64_t rows_at_hand = 512;

// c[j,i] = tile[i,j], or += that.
void write_turned(const float* tile, int64_t rows, int64_t columns, float* c, int64_t c_row,
                  bool add) {
  for (int64_t j = 0; j < columns; j += W) {
    F x[W];
#pragma GCC unroll 16
    for (int i = 0; i < W; ++i) x[i] = i < rows ? load(tile + i * tile_columns + j) : F{};
    transpose(x);
    for (int64_t l = 0; l < least(columns - j, W); ++l) {
      float* to = c + (j + l) * c_row;
      store_first(to, add ? load_first(to, rows) + x[l] : x[l], rows);
    }
  }
}

// How many rows of a are multiplied with a panel of b at a time. Where a row is a multiple
// of 4 KiB, the numbers below each other fall in the same set of the L1 cache, which holds
// 8.
int64_t height_for(const Product& p, int64_t rows) {
  return even(rows, p.a_row % 1024 == 0 ? tile_rows / 2 : tile_rows);
}

template <bool turned>
void blocks(const Product& p) {
  alignas(64) float panel[tile_columns * longest_part];
  alignas(64) float tile[tile_columns * W];
  const int64_t part = p.k > 0 ? even(p.k, longest_part) : 1;
  for (int64_t i0 = 0; i0 < p.m; i0 += rows_at_hand) {
    const int64_t i1 = least(p.m, i0 + rows_at_hand), height = height_for(p, i1 - i0);
    for (int64_t l = 0; l == 0 || l < p.k; l += part) {
      const int64_t k = least(p.k - l, part);
      const bool add = l > 0 || p.add;
      for (int64_t j = 0; j < p.n; j += tile_columns) {
        const int64_t columns = least(p.n - j, tile_columns);
        const float* b = p.b + l * p.b_row + j * p.b_column;
        int64_t b_step = p.b_row;
        if (p.b_column != 1 || columns % W != 0 || i1 - i0 > 2 * tile_rows) {
          pack_columns(b, p.b_row, p.b_column, k, columns, panel);
          b = panel;
          b_step = tile_columns;
        }
        for (int64_t i = i0; i < i1; i += height) {
          const float* a = p.a + i * p.a_row + l * p.a_column;
          const int64_t rows = least(i1 - i, height);
          Start start;
          if (p.bias && !add) {
            start = {p.bias + i * p.bias_row + j * p.bias_column, p.bias_row,
                     p.bias_column};
          }
          if constexpr (turned) {
            multiply_tile(k, a, p.a_row, p.a_column, b, b_step, tile, tile_columns, rows,
                          columns, start);
            write_turned(tile, rows, columns, p.c + j * p.c_row + i, p.c_row, add);
          } else {
            float* c = p.c + i * p.c_row + j;
            if (add) start = {c, p.c_row, 1};
            multiply_tile(k, a, p.a_row, p.a_column, b, b_step, c, p.c_row, rows, columns,
                          start);
          }
        }
      }
    }
  }
}

void by_tiles(const Product& p) { blocks<false>(p); }

void by_turned_tiles(const Product& p) {
  blocks<true>({p.n, p.m, p.k, p.b, p.b_column, p.b_row, p.a, p.a_column, p.a_row, p.c,
                p.c_row, p.bias, p.add, p.bias_column, p.bias_row});
}

// ---- by dots ---------------------------------------------------------------------------

// So many rows of a and columns of b at a time: W sums.
constexpr int dot_columns = 4, dot_rows = W / dot_columns;

// Lane i of the result is the sum of all lanes of x[i]. At each stage two vectors that hold
// `width` sums each become one that holds twice as many.
template <int width, int... Js>
HG_INLINE void halve(F (&x)[W], Indices<Js...>) {
#pragma GCC unroll 16
  for (int i = 0; i < W; i += 2 * width) {
    const F a = x[i], b = x[i + width];
    x[i] = __builtin_shufflevector(a, b, (Js & width ? W + Js - width : Js)...) +
           __builtin_shufflevector(a, b, (Js & width ? W + Js : Js + width)...);
  }
}
HG_INLINE F sums(F (&x)[W]) {
  constexpr typename UpTo<W>::type lanes;
  halve<1>(x, lanes);
  halve<2>(x, lanes);
#if defined(__AVX__)
  halve<4>(x, lanes);
#endif
#if defined(__AVX512F__)
  halve<8>(x, lanes);
#endif
  return x[0];
}

// out[r*dot_columns + s] = a[r] * b[s], both k long, for s < columns.
template <int columns>
HG_INLINE void dots(int64_t k, const float* const (&a)[dot_rows],
                    const float* const (&b)[dot_columns], float* out) {
  F sum[W] = {};
  auto step = [&](auto&& read) {
    F y[columns];
#pragma GCC unroll 4
    for (int s = 0; s < columns; ++s) y[s] = read(b[s]);
#pragma GCC unroll 4
    for (int r = 0; r < dot_rows; ++r) {
      const F x = read(a[r]);
#pragma GCC unroll 4
      for (int s = 0; s < columns; ++s) sum[r * dot_columns + s] += x * y[s];
    }
  };
  int64_t l = 0;
  for (; l + W <= k; l += W) step([&](const float* p) { return load(p + l); });
  if (l < k) step([&](const float* p) { return load_first(p + l, k - l); });
  store(out, sums(sum));
}

void by_dots(const Product& p) {
  // The factor with fewer vectors gives the columns: its last group may be a small one.
  const bool turned = p.m < p.n;
  const int64_t m = turned ? p.n : p.m, n = turned ? p.m : p.n;
  const float* a = turned ? p.b : p.a;
  const float* b = turned ? p.a : p.b;
  const int64_t a_row = turned ? p.b_column : p.a_row;
  const int64_t b_column = turned ? p.a_row : p.b_column;
  const int64_t width = even(n, dot_columns);
  for (int64_t i = 0; i < m; i += dot_rows) {
    for (int64_t j = 0; j < n; j += width) {
      const int64_t columns = least(n - j, width);
      // What is missing at the edge is computed from the last vector there is, and dropped.
      const float *x[dot_rows], *y[dot_columns];
      for (int r = 0; r < dot_rows; ++r) x[r] = a + least(i + r, m - 1) * a_row;
      for (int s = 0; s < dot_columns; ++s) y[s] = b + least(j + s, n - 1) * b_column;
      float sum[W];
      if (columns == 4) dots<4>(p.k, x, y, sum);
      if (columns == 3) dots<3>(p.k, x, y, sum);
      if (columns == 2) dots<2>(p.k, x, y, sum);
      if (columns == 1) dots<1>(p.k, x, y, sum);
      for (int64_t r = 0; r < least(m - i, dot_rows); ++r) {
        for (int64_t s = 0; s < columns; ++s) {
          const int64_t row = turned ? j + s : i + r, column = turned ? i + r : j + s;
          float& c = p.c[row * p.c_row + column];
          const int64_t at = row * p.bias_row + column * p.bias_column;
          const float start = p.add ? c : p.bias ? p.bias[at] : 0.0f;
          c = start + sum[r * dot_columns + s];
        }
      }
    }
  }
}

// ---- column sums -----------------------------------------------------------------------

// Halves of halves: the error of a sum of n numbers grows with log n.
F sum_down(const float* x, int64_t step, int64_t rows, int64_t columns) {
  constexpr int64_t at_once = 64;
  if (rows > at_once) {
    const int64_t half = round_up(rows / 2, at_once);
    return sum_down(x, step, half, columns) +
           sum_down(x + half * step, step, rows - half, columns);
  }
  F sum[4] = {};  // four at a time, as an addition takes three or four cycles
  auto row = [&](int64_t i) {
    return columns == W ? load(x + i * step) : load_first(x + i * step, columns);
  };
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    for (int s = 0; s < 4; ++s) sum[s] += row(i + s);
  }
  for (; i < rows; ++i) sum[0] += row(i);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

void column_sums(const float* x, int64_t step, int64_t rows, int64_t columns, float* y,
                 bool add) {
  for (int64_t j = 0; j < columns; j += W) {
    const int64_t n = least(columns - j, W);
    const F sum = sum_down(x + j, step, rows, n);
    store_first(y + j, add ? load_first(y + j, n) + sum : sum, n);
  }
}

}  // namespace

extern const Gemm gemm{tile_columns, by_tiles, by_turned_tiles, by_dots, column_sums};

}  // namespace hg::fastcpu::ISA
