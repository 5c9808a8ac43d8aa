// # Solutions to 12.50: the product of two matrices, as fast as it gets

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

#if defined(__x86_64__)
#include <immintrin.h>

namespace {

// The lesson's tile, of any size: R rows of V vectors.
template <int R, int V>
[[gnu::target("avx2,fma")]] void tile(int64_t k, const float* a, int64_t a_step,
                                      const float* b, int64_t b_step, float* c,
                                      int64_t c_step) {
  __m256 sum[R][V];
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 12
    for (int v = 0; v < V; ++v) sum[r][v] = _mm256_setzero_ps();
  }
  for (int64_t l = 0; l < k; ++l) {
#pragma GCC unroll 12
    for (int r = 0; r < R; ++r) {
      const __m256 x = _mm256_broadcast_ss(a + r * a_step + l);
#pragma GCC unroll 12
      for (int v = 0; v < V; ++v) {
        sum[r][v] = _mm256_fmadd_ps(x, _mm256_loadu_ps(b + l * b_step + 8 * v), sum[r][v]);
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 12
    for (int v = 0; v < V; ++v) _mm256_storeu_ps(c + r * c_step + 8 * v, sum[r][v]);
  }
}

constexpr int rows = 6, width = 16;  // of the tile in the lesson

// GFLOP/s of one tile, a and b in the L1 cache.
template <int R, int V>
double speed() {
  constexpr int64_t k = 128, times = 2000;
  const std::vector<float> a(R * k, 1.0f), b(k * 8 * V, 0.5f);
  std::vector<float> c(R * 8 * V);
  double best = INFINITY;  // seconds
  for (int run = 0; run < 20; ++run) {
    Timer timer;
    for (int64_t i = 0; i < times; ++i) {
      tile<R, V>(k, a.data(), k, b.data(), 8 * V, c.data(), 8 * V);
    }
    best = std::min(best, timer.stop());
  }
  std::printf("1. %2d x %d: %.2f loads per multiply-add, %2d sums, %5.1f GFLOP/s\n", R, V,
              double(R + V) / (R * V), R * V, 2.0 * R * 8 * V * k * times / best / 1e9);
  return double(c[0] == k * 0.5f);
}

// The numbers that reach the cache from outside when it holds one block of each matrix.
int64_t fetched(int64_t n, int64_t b) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; i += b) {
    for (int64_t j = 0; j < n; j += b) {
      for (int64_t l = 0; l < n; l += b) count += 2 * b * b;  // a block of A and one of B
      count += b * b;                                         // the finished block of C
    }
  }
  return count;
}

int64_t up(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

// C (m,n) = A (m,k) B (k,n), any sizes: zeros fill what is missing of the last tiles.
Tensor any_size(const Tensor& A, const Tensor& B) {
  const int64_t m = A.size(0), k = A.size(1), n = B.size(1);
  const int64_t M = up(m, rows), N = up(n, width);
  Tensor a = zeros({M, k}), b = zeros({k, N}), c = zeros({M, N});  // (M,k) (k,N) (M,N)
  a[slice(0, m)] = A;
  b[{all, slice(0, n)}] = B;
  const float* from_a = a.span<float>().data();
  const float* from_b = b.span<float>().data();
  float* to = c.span<float>().data();
  for (int64_t j = 0; j < N; j += width) {
    for (int64_t i = 0; i < M; i += rows) {
      tile<rows, 2>(k, from_a + i * k, k, from_b + j, N, to + i * N + j, N);
    }
  }
  return c[{slice(0, m), slice(0, n)}].contiguous();  // (m,n)
}

// C (m,n) = A^T B with A (k,m) as it lies in memory; m and n are whole tiles.
Tensor transposed(const Tensor& A, const Tensor& B) {
  const int64_t k = A.size(0), m = A.size(1), n = B.size(1);
  Tensor c = zeros({m, n});  // (m,n)
  const float* from_a = A.span<float>().data();
  const float* from_b = B.span<float>().data();
  std::vector<float> panel(size_t(rows * k));  // six columns of A as rows
  for (int64_t i = 0; i < m; i += rows) {
    for (int64_t l = 0; l < k; ++l) {
      for (int64_t r = 0; r < rows; ++r) panel[size_t(r * k + l)] = from_a[l * m + i + r];
    }
    for (int64_t j = 0; j < n; j += width) {
      tile<rows, 2>(k, panel.data(), k, from_b + j, n, c.span<float>().data() + i * n + j,
                    n);
    }
  }
  return c;
}

Tensor numbers(int64_t n, int64_t m) { return randint(-4, 5, {n, m}).to(f32); }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "12.50 The product of two matrices: solutions");
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return lesson.skip("this CPU has no AVX2");
  }

  // ## 1. Tiles of other sizes
  // A core can load two vectors a cycle, as many as it can multiply and add: more than one
  // load per multiply-add is too many. And below eight sums the four cycles of a multiply-
  // add show: 1 x 1 waits for itself, and would run at an eighth of the speed, 1 x 2 at a
  // quarter, 2 x 2 at half. They are a little faster: the core looks some hundred
  // instructions ahead, and begins the next tile while one comes to its end. 8 x 2 has all
  // it needs except registers: with 16 sums there is none left for b, and the compiler
  // keeps some of the sums in memory.

  const double right = speed<1, 1>() + speed<1, 2>() + speed<2, 2>() + speed<4, 2>() +
                       speed<6, 2>() + speed<12, 1>() + speed<8, 2>();
  lesson.expect("1. tiles that compute the right sum", right, near(7, 0));

  // ## 2. Blocks and memory
  // There are (n/b)^2 blocks of C, each the sum of n/b products, and each of these fetches
  // a block of A and one of B, 2 b^2 numbers:
  //
  //     (n/b)^2 (n/b) 2 b^2 + n^2  =  2 n^3 / b + n^2
  //
  // Without blocks b is 1, and every operation fetches a number. With them, 2 n^3
  // operations need 8 n^3 / b bytes, b/4 operations for each byte. The core wants 118/15 =
  // 8 of them, so b must be 32 at least: 12 KiB, which fits L1. The second cache has room
  // for b = 256.

  const int64_t n = 1536;
  for (int64_t b : {1, 32, 256}) {
    const double formula = 2 * std::pow(double(n), 3) / double(b) + double(n * n);
    const double bytes = 4 * double(b == 1 ? int64_t(formula) : fetched(n, b));
    std::printf("2. blocks of %3d: %8.1f MB, %5.2f operations for each byte\n", int(b),
                bytes / 1e6, 2 * std::pow(double(n), 3) / bytes);
    lesson.expect("2. the count over the formula", bytes / 4 / formula, near(1, 1e-12));
  }

  // ## 3. Any shape
  // The simplest way is to fill up with zeros: they add nothing to any sum. (A library
  // packs anyway, and puts the zeros into its panels; so A and B need no copy of their
  // own.)

  double apart = 0;
  for (const Shape& s : {Shape{101, 35, 67}, Shape{1, 1, 1}, Shape{6, 300, 16},
                         Shape{7, 2, 17}, Shape{5, 64, 33}}) {
    const Tensor A = numbers(s[0], s[1]), B = numbers(s[1], s[2]);
    apart = std::max(apart, (any_size(A, B) - A.mm(B)).abs().max().item());
  }
  lesson.expect("3. difference from the library", apart, at_most(0));

  // ## 4. A transposed
  // Only the packing changes. The six numbers that a step needs lie side by side in A, so
  // they can even be read in place: a tile whose a is read at a[l*a_step + r] is what the
  // gradient of a layer's weights, dw = dy^T x, uses.

  const Tensor A = numbers(83, 120), B = numbers(83, 96);
  lesson.expect("4. difference from the library",
                (transposed(A, B) - A.t().mm(B)).abs().max().item(), at_most(0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

#else
int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "12.50 The product of two matrices: solutions");
  return lesson.skip("its kernels are written for x86");
} catch (...) {
  return lesson_stopped();
}
#endif
