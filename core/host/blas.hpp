// OpenBLAS, the library behind matrix products of f32 and f64.
#pragma once

#include <cstdint>

namespace hg::blas {

/// c = alpha op(a) op(b) + beta c on one thread, row-major; sizes below 2^31.
void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, double beta, float* c,
          int64_t ldc);
void gemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, double alpha,
          const double* a, int64_t lda, const double* b, int64_t ldb, double beta,
          double* c, int64_t ldc);

/// Which of its kernels OpenBLAS uses: "SkylakeX", "Haswell", "Zen", ...
const char* kernels();

/// What is wrong with that choice on this CPU; empty if nothing.
const char* problem();

}  // namespace hg::blas
