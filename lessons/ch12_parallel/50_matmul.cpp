// # 12.50 The product of two matrices, as fast as it gets
//
// Nearly all the time of a network goes into products of matrices. Three loops compute one,
// and reach one or two per cent of what the machine can do. Where is the rest, and how does
// a library get at it?
//
// You know: matrix products (2.3), caches and blocks of columns (11.5).
// New here: the order of loops, vector registers, a tile in registers, packing, blocks for
// the caches, threads; and how to find the limit of a machine before chasing it.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// The kernels below are written for the vector unit of x86 CPUs since 2013: AVX2, with
// fused multiply-add. An ARM CPU has the same things under other names.
#if defined(__x86_64__)
#include <immintrin.h>

// ## Three loops
// C = A B for matrices of n x n numbers, row after row in memory:
//
//     C[i,j] = sum_l A[i,l] B[l,j]

using Product = void (*)(int64_t n, const float* A, const float* B, float* C);

void by_definition(int64_t n, const float* A, const float* B, float* C) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t l = 0; l < n; ++l) sum += A[i * n + l] * B[l * n + j];
      C[i * n + j] = sum;
    }
  }
}

// Two things are wrong with that. Each addition waits for the one before it, and an
// addition takes three or four cycles. And the inner loop walks down a *column* of B: it
// uses 4 bytes of every cache line of 64 that it fetches.
//
// ## The order of the loops
// The same n^3 steps, the two inner loops exchanged. Now the innermost runs along a row of
// B and a row of C, and all of its additions are independent. (The pragma asks for four
// steps in each round: a loop of six instructions can take half as long again merely
// because it lies across two cache lines of the program.)

void along_rows(int64_t n, const float* A, const float* B, float* C) {
  std::fill(C, C + n * n, 0.0f);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t l = 0; l < n; ++l) {
      const float x = A[i * n + l];
#pragma GCC unroll 4
      for (int64_t j = 0; j < n; ++j) C[i * n + j] += x * B[l * n + j];
    }
  }
}

// ## Eight at a time
// A vector register of AVX2 holds eight floats, and one instruction, a *fused
// multiply-add*, computes x*y + z for all eight: 16 operations. The attribute tells the
// compiler that this one function may use it; the rest of the program still runs on any
// CPU.

[[gnu::target("avx2,fma")]] void by_vectors(int64_t n, const float* A, const float* B,
                                            float* C) {
  std::fill(C, C + n * n, 0.0f);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t l = 0; l < n; ++l) {
      const __m256 x = _mm256_broadcast_ss(A + i * n + l);  // the same number eight times
#pragma GCC unroll 4
      for (int64_t j = 0; j < n; j += 8) {
        float* c = C + i * n + j;
        _mm256_storeu_ps(
            c, _mm256_fmadd_ps(x, _mm256_loadu_ps(B + l * n + j), _mm256_loadu_ps(c)));
      }
    }
  }
}

// ## A tile of C in registers
// Count what the last loop does for one multiply-add: load a vector of B, load one of C,
// store it again. The core could do two multiply-adds in a cycle, but it can store only one
// vector. The arithmetic waits for C to come and go.
//
// So C should stay where it is. There are 16 registers: let 12 of them hold a *tile* of C,
// 6 rows of 16 columns. In step l the tile needs 2 vectors of B and 6 numbers of A, and
// makes 12 multiply-adds of them:
//
//     loads per multiply-add:   (R + V) / (R V)  =  (6 + 2) / (6 * 2)  =  2/3
//
// and no store at all until the sum is complete. Twelve sums at once have a second use: the
// result of a multiply-add is there after four cycles, and in this time eight others can
// start. With fewer than eight sums the unit would idle.
//
// `a` and `b` say where the tile's rows of A and columns of B begin, the steps how far it
// is to the next row of each. `add` goes on with a sum that C holds already.

constexpr int R = 6, V = 2, width = 8 * V;

[[gnu::target("avx2,fma")]] void tile(int64_t k, const float* a, int64_t a_step,
                                      const float* b, int64_t b_step, float* c,
                                      int64_t c_step, bool add) {
  __m256 sum[R][V];
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) {
      sum[r][v] = add ? _mm256_loadu_ps(c + r * c_step + 8 * v) : _mm256_setzero_ps();
    }
  }
  for (int64_t l = 0; l < k; ++l) {
    const __m256 b0 = _mm256_loadu_ps(b + l * b_step);
    const __m256 b1 = _mm256_loadu_ps(b + l * b_step + 8);
#pragma GCC unroll 6
    for (int r = 0; r < R; ++r) {
      const __m256 x = _mm256_broadcast_ss(a + r * a_step + l);
      sum[r][0] = _mm256_fmadd_ps(x, b0, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(x, b1, sum[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < V; ++v) _mm256_storeu_ps(c + r * c_step + 8 * v, sum[r][v]);
  }
}

void by_tiles(int64_t n, const float* A, const float* B, float* C) {
  for (int64_t j = 0; j < n; j += width) {
    for (int64_t i = 0; i < n; i += R) {
      tile(n, A + i * n, n, B + j, n, C + i * n + j, n, false);
    }
  }
}

// ## Packing
// For a tile, B is read in pieces of 64 bytes, a row apart: every piece on another page of
// memory, and pages have to be looked up, too. Where a row is a multiple of 4096 bytes it
// is worse: all pieces compete for the same 8 places of the cache. So the 16 columns are
// first copied together into a *panel*, once for all n/6 tiles that use it.

void pack(int64_t k, const float* B, int64_t b_step, float* panel) {
  for (int64_t l = 0; l < k; ++l) {
    std::copy(B + l * b_step, B + l * b_step + width, panel + l * width);
  }
}

void packed(int64_t n, const float* A, const float* B, float* C) {
  std::vector<float> panel(size_t(n * width));
  for (int64_t j = 0; j < n; j += width) {
    pack(n, B + j, n, panel.data());
    for (int64_t i = 0; i < n; i += R) {
      tile(n, A + i * n, n, panel.data(), width, C + i * n + j, n, false);
    }
  }
}

// ## Blocks for the caches
// A core has a small fast cache, L1, of 32 KiB or more, and a larger, slower one, L2, of
// perhaps 1 MiB. A panel of n rows takes 64 n bytes: 144 KiB for n = 2304, too many for L1.
// And A is read once for each panel: 20 MiB of it, too many for L2. So the sum over l is
// cut into parts, 256 rows of the panel (16 KiB), and the rows of A into blocks of 384
// (384 x 256 numbers, 384 KiB). Each block is used for all panels before the next one is
// touched.
//
// The price: C is visited once for each part of the sum, and each panel is packed once for
// each block of rows. Both are small beside the 256 steps of a tile.

void rows_in_blocks(int64_t first, int64_t last, int64_t n, const float* A, const float* B,
                    float* C) {
  constexpr int64_t part = 256, block = 384;
  std::vector<float> panel(size_t(part * width));
  for (int64_t l = 0; l < n; l += part) {
    const int64_t k = std::min(part, n - l);
    for (int64_t i0 = first; i0 < last; i0 += block) {
      for (int64_t j = 0; j < n; j += width) {
        pack(k, B + l * n + j, n, panel.data());
        for (int64_t i = i0; i < std::min(i0 + block, last); i += R) {
          tile(k, A + i * n + l, n, panel.data(), width, C + i * n + j, n, l > 0);
        }
      }
    }
  }
}
void in_blocks(int64_t n, const float* A, const float* B, float* C) {
  rows_in_blocks(0, n, n, A, B, C);
}

// ## Threads
// Rows of C are independent of each other, so each core takes its share of them. Nothing is
// written by two threads, and each number is computed by the same steps as before: the
// result does not depend on how many there are.

void on_all_cores(int64_t n, const float* A, const float* B, float* C) {
  const int64_t threads = num_threads(), tiles = n / R;
  std::vector<std::jthread> team;
  for (int64_t t = 0; t < threads; ++t) {
    team.emplace_back([=] {
      rows_in_blocks(tiles * t / threads * R, tiles * (t + 1) / threads * R, n, A, B, C);
    });
  }
}  // each jthread is waited for here

// ## What the machine can do
// Before anything is called slow, the limit must be known. Twelve multiply-adds that depend
// on nothing but themselves, in registers, again and again: there is nothing to wait for.

[[gnu::target("avx2,fma")]] float multiply_adds(int64_t times) {
  __m256 sum[12], all = _mm256_setzero_ps();
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) sum[i] = _mm256_set1_ps(float(i));
  const __m256 x = _mm256_set1_ps(0.5f), y = _mm256_set1_ps(1.0f);
  for (int64_t step = 0; step < times; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) sum[i] = _mm256_fmadd_ps(sum[i], x, y);
  }
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) all = _mm256_add_ps(all, sum[i]);
  return _mm256_cvtss_f32(all);
}

double peak() {
  constexpr int64_t times = 100000;
  double best = 0;  // operations per second
  for (int run = 0; run < 200; ++run) {
    Timer timer;
    const float sum = multiply_adds(times);
    const double seconds = timer.stop();
    // Were the sum of no use to anybody, the compiler would leave it out.
    if (sum > 0) best = std::max(best, 12 * 16 * double(times) / seconds);
  }
  return best / 1e9;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "12.50 The product of two matrices, as fast as it gets");
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    return lesson.skip("this CPU has no AVX2");
  }
  const double limit = peak();
  std::printf("one core: at most %.0f GFLOP/s\n", limit);
  //~ one core: at most 118 GFLOP/s

  // That is the clock times 32: two multiply-adds of eight lanes in every cycle.
  //
  // ## The race
  // Whole numbers from -4 to 4 make sums that f32 holds exactly, in any order. So all ways
  // must give the same numbers, and not just nearly. The sizes are multiples of 6 and of
  // 16; what to do with others is an exercise.

  const auto numbers = [](int64_t n) { return randint(-4, 5, {n, n}).to(f32); };
  double apart = 0;
  // The best of some runs, in GFLOP/s.
  const auto speed = [&](const Tensor& A, const Tensor& B, int runs, Product product) {
    const int64_t n = len(A);
    const Tensor C = zeros({n, n});  // (n,n)
    double best = INFINITY;          // seconds
    for (int run = 0; run < runs; ++run) {
      Timer timer;
      product(n, A.span<float>().data(), B.span<float>().data(), C.span<float>().data());
      best = std::min(best, timer.stop());
    }
    apart = std::max(apart, (C - A.mm(B)).abs().max().item());
    return 2.0 * std::pow(double(n), 3) / best / 1e9;
  };

  const int64_t n = lesson.check() ? 192 : 768;
  const Tensor A = numbers(n), B = numbers(n);  // (n,n)
  std::vector<double> places, speeds;
  std::vector<std::string> names;
  const auto show = [&](const char* name, double gflops) {
    std::printf("%-8s %7.2f GFLOP/s %6.1f %%\n", name, gflops, 100 * gflops / limit);
    places.push_back(double(places.size()));
    speeds.push_back(gflops);
    names.push_back(name);
  };
  show("loops", speed(A, B, 2, by_definition));
  show("rows", speed(A, B, 3, along_rows));
  show("vectors", speed(A, B, 10, by_vectors));
  show("tiles", speed(A, B, 30, by_tiles));
  show("packed", speed(A, B, 30, packed));
  show("blocks", speed(A, B, 30, in_blocks));
  show("threads", speed(A, B, 60, on_all_cores));
  double best = INFINITY;  // seconds
  for (int run = 0; run < 60; ++run) {
    Timer timer;
    const Tensor C = A.mm(B);  // (n,n)
    best = std::min(best, timer.stop());
  }
  show("library", 2.0 * std::pow(double(n), 3) / best / 1e9);
  //~ loops       2.12 GFLOP/s    1.8 %
  //~ rows        7.06 GFLOP/s    6.0 %
  //~ vectors    40.51 GFLOP/s   34.2 %
  //~ tiles      97.50 GFLOP/s   82.5 %
  //~ packed    108.81 GFLOP/s   92.0 %
  //~ blocks    104.45 GFLOP/s   88.4 %
  //~ threads   202.87 GFLOP/s  171.4 %
  //~ library   195.44 GFLOP/s  165.2 %

  Figure figure;
  figure.axes().bars(places, speeds).xnames(names).ylabel("GFLOP/s");
  lesson.show(figure, "speeds");

  // Turning the loops over brings a factor of three, vectors nearly six more, and then it
  // is all about memory: where the numbers are when the arithmetic wants them. Each step is
  // a few lines, none changes what is computed. (The last two lines are from two cores.)
  //
  // Blocks bring nothing here. At n = 768 A and B lie in the third cache, and the machine
  // fetches them ahead of time. What is a gain on paper has to be measured, and where it is
  // one: with nine times as much of A and B, 20 MiB each, the third cache is full.

  const int64_t m = lesson.check() ? 384 : 2304;
  const Tensor A2 = numbers(m), B2 = numbers(m);  // (m,m)
  std::printf("n = %d: packed %.0f GFLOP/s, in blocks %.0f\n", int(m),
              speed(A2, B2, 4, packed), speed(A2, B2, 4, in_blocks));
  //~ n = 2304: packed 89 GFLOP/s, in blocks 95

  std::printf("largest difference between two ways: %g\n", apart);
  //> largest difference between two ways: 0

  // ## What a library does besides
  // It has tiles for every instruction set (AVX-512 has 32 registers of 16 floats, so its
  // tiles are 14 x 32), and chooses when the program starts. It takes matrices of any
  // shape, and small ones by other ways: with ten columns, as in softmax regression, a tile
  // of 32 would be empty for the most part. handgrad takes the same steps, in some 500
  // lines of plugins/fastcpu: kernels/tile.hpp, kernels/gemm.cpp and gemm.cpp.
  //
  // ## Bars
  // Speeds are printed, and promise nothing: the machine may have other things to do. What
  // is promised is that every way computes the product, to the last bit.

  lesson.expect("largest difference between two ways", apart, at_most(0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

#else
int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "12.50 The product of two matrices, as fast as it gets");
  return lesson.skip("its kernels are written for x86");
} catch (...) {
  return lesson_stopped();
}
#endif

// ## Summary
// - Find the limit first: two multiply-adds of a whole vector in each cycle.
// - What slows a loop down is waiting: for the last sum, for a store, for memory.
// - A number that was fetched must be used often: in registers (a tile), in L1 (a panel),
//   in L2 (a block).
// - Copying data into the order in which it is read pays if it is read many times.
//
// ## Exercises
// 1. (Predict, then run.) Tiles of R x V vectors: 1 x 1, 1 x 2, 2 x 2, 4 x 2, 6 x 2,
//    12 x 1, 8 x 2. Count the loads per multiply-add, the sums under way, the registers.
//    Which are slow, and which of the three counts says so?
// 2. (Derive.) A cache holds three blocks of b x b numbers, one each of A, B and C. How
//    many numbers does the product of n x n matrices fetch from outside? How large must b
//    be if the core computes 118 GFLOP/s and memory delivers 15 GB/s?
// 3. (Code.) Take matrices of any shape, (m,k) times (k,n), with the same tile.
// 4. (Code.) C = A^T B, with A as it lies in memory, and again the same tile.
