// vec.hpp: as many floats as the CPU computes with at once.
//
// The kernels are written once, in terms of F (W floats) and I (W whole numbers of 32
// bits), and compiled for each instruction set: W is 16 with AVX-512, 8 with AVX2, else 4.
// Both are vector types of the compiler, so +, -, *, / and comparisons act on all lanes at
// once, and a * b + c becomes one fused operation where there is one. A comparison gives
// lanes of -1 (true) and 0, for `mask ? a : b`.
//
// Nothing here comes from the C++ library: an inline function of it, compiled for AVX-512,
// might be the copy that the linker keeps for the whole plugin.
#pragma once

#include <stdint.h>

#if defined(__AVX__)
#pragma GCC diagnostic push  // of a value in there that is undefined on purpose
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#include "../round.hpp"

namespace hg::fastcpu::ISA {
namespace {  // each object keeps its own: see above

#if defined(__AVX512F__)
constexpr int W = 16;
#elif defined(__AVX__)
constexpr int W = 8;
#else
constexpr int W = 4;
#endif

typedef float F __attribute__((vector_size(4 * W)));
typedef int32_t I __attribute__((vector_size(4 * W)));

#define HG_INLINE static inline __attribute__((always_inline))

/// W floats from memory, at any address.
HG_INLINE F load(const float* p) {
  F v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
HG_INLINE void store(float* p, F v) { __builtin_memcpy(p, &v, sizeof v); }

/// Past the caches, straight to memory: p is aligned to sizeof(F), and fence_streams()
/// comes before anybody reads.
HG_INLINE void stream(float* p, F v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, (__m512)v);
#elif defined(__AVX__)
  _mm256_stream_ps(p, (__m256)v);
#else
  store(p, v);
#endif
}
HG_INLINE void fence_streams() {
#if defined(__AVX__)
  _mm_sfence();
#endif
}

/// x in every lane. (x - 0 is x for every x; x + 0 would turn -0 into 0.)
HG_INLINE F all(float x) { return x - F{}; }
HG_INLINE I all(int32_t x) { return x - I{}; }

#if defined(__AVX2__) && !defined(__AVX512F__)
HG_INLINE I first_lanes(int64_t n) { return I{0, 1, 2, 3, 4, 5, 6, 7} < int32_t(n); }
#endif

/// The first n floats (0 <= n <= W), zeros behind them; nothing beyond is touched.
HG_INLINE F load_first(const float* p, int64_t n) {
#if defined(__AVX512F__)
  return (F)_mm512_maskz_loadu_ps(__mmask16((1u << n) - 1), p);
#elif defined(__AVX2__)
  return (F)_mm256_maskload_ps(p, (__m256i)first_lanes(n));
#else
  F v = {};
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}
HG_INLINE void store_first(float* p, F v, int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), (__m512)v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, (__m256i)first_lanes(n), (__m256)v);
#else
  for (int64_t i = 0; i < n; ++i) p[i] = v[i];
#endif
}

/// The bits of a float as a whole number, and back.
HG_INLINE I bits(F v) { return (I)v; }
HG_INLINE F floats(I v) { return (F)v; }
/// Conversion, exact up to 2^24.
HG_INLINE F to_float(I v) { return __builtin_convertvector(v, F); }

/// The larger of each pair; b where one is nan.
HG_INLINE F larger(F a, F b) {
#if defined(__AVX512F__)
  return (F)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX__)
  return (F)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}
HG_INLINE F smaller(F a, F b) {
#if defined(__AVX512F__)
  return (F)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX__)
  return (F)_mm256_min_ps((__m256)a, (__m256)b);
#else
  return a < b ? a : b;
#endif
}

HG_INLINE F magnitude(F v) { return floats(bits(v) & 0x7fffffff); }

HG_INLINE F square_root(F v) {
#if defined(__AVX512F__)
  return (F)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX__)
  return (F)_mm256_sqrt_ps((__m256)v);
#else
  for (int i = 0; i < W; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
#endif
}

/// f(lower half, upper half), and so on with what that gives, until one number is left.
template <class Function>
HG_INLINE float fold(F v, const Function& f) {
  typedef float F4 __attribute__((vector_size(16)));
#if defined(__AVX512F__)
  typedef float F8 __attribute__((vector_size(32)));
  const F8 eight = f(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                     __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#elif defined(__AVX__)
  const F eight = v;
#endif
#if defined(__AVX__)
  const F4 four = f(__builtin_shufflevector(eight, eight, 0, 1, 2, 3),
                    __builtin_shufflevector(eight, eight, 4, 5, 6, 7));
#else
  const F4 four = v;
#endif
  const F4 two = f(four, __builtin_shufflevector(four, four, 2, 3, 2, 3));
  return f(two, __builtin_shufflevector(two, two, 1, 1, 1, 1))[0];
}
/// The sum of all lanes, in a tree: ((0+8)+(4+12)) + ...
HG_INLINE float sum(F v) {
  return fold(v, [](auto a, auto b) { return a + b; });
}
/// The largest lane.
HG_INLINE float largest(F v) {
  return fold(v, [](auto a, auto b) { return b > a ? b : a; });
}

}  // namespace
}  // namespace hg::fastcpu::ISA
