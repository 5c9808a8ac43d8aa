#include "host/blas.hpp"

#include <cblas.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

extern "C" char* openblas_get_corename();

namespace hg::blas {
namespace {

// ---- choosing its kernels -------------------------------------------------------------
//
// OpenBLAS brings kernels for many CPUs and chooses when it is loaded. A release knows the
// CPUs of its time; on a newer one it may fall back to kernels of 2004 (SSE3), and is then
// five times slower. What a kernel needs is not a model but an instruction set, so we
// choose by that: AVX-512 or AVX2. Where OpenBLAS knows the CPU this costs nothing: on a
// Zen 4 its own choice (Cooperlake) and ours (SkylakeX) run the same code for f32 and f64.
//
// The choice is read from the environment, before main, by a constructor without a
// priority. Ours has priority 101, so it runs first. (That needs OpenBLAS inside this
// library, libopenblas.a: a shared one has run its constructors before ours.)

enum class Vectors { other, avx2, avx512 };

Vectors vectors() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return Vectors::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Vectors::avx2;
#endif
  return Vectors::other;
}

// Variables that the user has set are left alone. OpenBLAS starts its own threads when it
// is loaded unless told not to; ours are in host/threads.cpp. Programs that this one starts
// inherit both settings.
__attribute__((constructor(101))) void prepare() {
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
  if (vectors() == Vectors::avx512) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
  if (vectors() == Vectors::avx2) setenv("OPENBLAS_CORETYPE", "Haswell", 0);
}

CBLAS_TRANSPOSE flag(bool trans) { return trans ? CblasTrans : CblasNoTrans; }

// The user may have asked for more threads; inside our own they would only get in the way.
void one_thread() {
  static const bool done = [] { return openblas_set_num_threads(1), true; }();
  (void)done;
}

}  // namespace

void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, double beta, float* c,
          int64_t ldc) {
  one_thread();
  cblas_sgemm(CblasRowMajor, flag(trans_a), flag(trans_b), int(m), int(n), int(k),
              float(alpha), a, int(lda), b, int(ldb), float(beta), c, int(ldc));
}

void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha,
          const double* a, int64_t lda, const double* b, int64_t ldb, double beta,
          double* c, int64_t ldc) {
  one_thread();
  cblas_dgemm(CblasRowMajor, flag(trans_a), flag(trans_b), int(m), int(n), int(k), alpha, a,
              int(lda), b, int(ldb), beta, c, int(ldc));
}

const char* kernels() { return openblas_get_corename(); }

const char* problem() {
  constexpr std::string_view slow[] = {
      "Prescott",     "Core2",     "Penryn", "Dunnington", "Nehalem", "Katmai",
      "Coppermine",   "Northwood", "Banias", "Atom",       "Athlon",  "Opteron",
      "Opteron_SSE3", "Barcelona", "Bobcat", "Nano",       "Unknown"};
  bool is_slow = std::find(std::begin(slow), std::end(slow), kernels()) != std::end(slow);
  if (vectors() == Vectors::other || !is_slow) return "";
  return "OpenBLAS uses kernels for an old CPU, several times slower than this one could "
         "be; "
         "set OPENBLAS_CORETYPE=Haswell (SkylakeX with AVX-512) in the environment";
}

}  // namespace hg::blas
