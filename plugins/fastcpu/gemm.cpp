// gemm: which way a product of matrices is computed, and how the threads share it.
//
// The limit is the number of multiplications and additions, but for two things. Before it
// is used, a matrix whose rows run across the tiles' is turned over, which costs as much
// time as 8 rows of the other factor; and a tile that c does not fill computes for nothing.
// So the way depends on the shape. Measured on one core of a Zen 4, in GFLOP/s of 118,
// beside OpenBLAS 0.3.21 with its AVX-512 kernels:
//
//     y = x w^T, 256x10x784       100 by dots; 65 by tiles, 10 of 16 lanes used     49
//                32x1024x256      100 by turned tiles; 80 by tiles, w turned over   82
//                256x256x784      106 by tiles                                     102
//                2048x1536x384     95 by tiles                                      92
//     dw = dy^T x, 10x784x256     115 by tiles                                      66
#include "gemm.hpp"

namespace hg::fastcpu {
namespace {

// So many rows or columns of c, or fewer, do not fill a tile.
constexpr int64_t few = 12;

Product rows_of(Product p, int64_t begin, int64_t end) {
  p.m = end - begin;
  p.a += begin * p.a_row;
  p.c += begin * p.c_row;
  if (p.bias) p.bias += begin * p.bias_row;
  return p;
}
Product columns_of(Product p, int64_t begin, int64_t end) {
  p.n = end - begin;
  p.b += begin * p.b_column;
  p.c += begin;
  if (p.bias) p.bias += begin * p.bias_column;
  return p;
}

// Where c is cut. Cut into columns, each thread packs its own part of b; cut into rows,
// each packs all of b. (By turned tiles it is the other way round.)
bool cut_columns(const Product& p, Way way) {
  const Gemm& gemm = best_gemm();
  if (way == gemm.by_tiles) return p.n >= 4 * gemm.columns || p.m < p.n;
  if (way == gemm.by_turned_tiles) return p.m < 4 * gemm.columns && p.m < p.n;
  return p.m < p.n;
}

}  // namespace

Way best_way(const Product& p) {
  const Gemm& gemm = best_gemm();
  const bool both_dense = p.a_column == 1 && p.b_row == 1;
  if (both_dense && p.k >= 128 && (p.n <= few || p.m <= 4)) return gemm.by_dots;
  if (p.b_row == 1 && p.b_column != 1 && p.m < p.n) return gemm.by_turned_tiles;
  // Numbers that lie 4 KiB apart compete for the same places in the L1 cache. Those of b
  // are packed first, so the factor in question takes its place.
  if (p.a_row == 1 && p.b_column == 1 && p.a_column % 1024 == 0 && p.b_row % 1024 != 0)
    return gemm.by_turned_tiles;
  return gemm.by_tiles;
}

void multiply(const Call& c, const Product& p) {
  const Way way = best_way(p);
  const double work = 2.0 * double(p.m) * double(p.n) * double(p.k);
  if (work < 2 * product_grain) return way(p);
  // Parts begin where a cache line of c does, if c does.
  constexpr int64_t unit = 16;
  const bool columns = cut_columns(p, way);
  const int64_t size = columns ? p.n : p.m, units = ceil_div(size, unit);
  const auto grain = int64_t(product_grain / (work / double(units))) + 1;
  c.parallel(units, grain, [&](int64_t begin, int64_t end) {
    const int64_t last = std::min(end * unit, size);
    way(columns ? columns_of(p, begin * unit, last) : rows_of(p, begin * unit, last));
  });
}

}  // namespace hg::fastcpu
