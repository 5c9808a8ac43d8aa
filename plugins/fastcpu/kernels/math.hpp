// math.hpp: exp, log, tanh, sigmoid, erf, and the normal distribution, of W floats at once.
//
// The C library's functions take one number at a time, at ten to fifty cycles each. These
// take W of them through the same few multiplications, without a branch, in one or two
// cycles a number. All follow one plan:
//
//   1. An identity moves the argument into a short interval: e^x = 2^n e^r, and so on.
//   2. There a polynomial is as good as the function: its error is below what f32 can
//      show. The coefficients are the best possible (Remez); tests/reference/minimax.py
//      finds them, and prints the error that each polynomial leaves.
//   3. The way back is exact, or nearly.
//
// All are within 4 units in the last place (ulp) of the true value, whatever the argument;
// the largest error found is said with each function, rounded up over the three instruction
// sets. Infinities, nan, -0 and denormals come out as they do from the C library.
// tests/fastcpu_math_test.cpp measures again, over all 2^32 floats if asked to.
#pragma once

#include "vec.hpp"

namespace hg::fastcpu::ISA {
namespace {

// ---- pieces ---------------------------------------------------------------------------

/// c0 + c1 x + c2 x^2 + ...: Horner's rule, from the highest power down.
template <class... Rest>
HG_INLINE F polynomial(F x, float c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) return all(c0);
  else return polynomial(x, rest...) * x + c0;
}

/// |x| with the sign of `sign`.
HG_INLINE F with_sign(F x, F sign) {
  return floats((bits(x) & 0x7fffffff) | (bits(sign) & int32_t(0x80000000)));
}

/// 2^n for whole n from -126 to 127: the exponent's bits of a float are n + 127.
HG_INLINE F power_of_two(I n) { return floats((n + 127) << 23); }

/// p 2^n. Results below 2^-126, which are denormal, and those beyond the largest number
/// come out right: n may be from -252 to 254, in two steps of half the way.
HG_INLINE F scale(F p, I n) {
#if defined(__AVX512F__)
  return (F)_mm512_scalef_ps((__m512)p, (__m512)to_float(n));
#else
  const I half = n >> 1;
  return p * power_of_two(half) * power_of_two(n - half);
#endif
}

/// 1/x for x from 1 to 2^100, to 1 ulp. A division holds up the multipliers for as long as
/// five multiplications. AVX-512 has an estimate with 14 bits, r = (1 - e)/x; the error e
/// = 1 - x r is known, and r + r e = (1 - e^2)/x has 28.
HG_INLINE F reciprocal(F x) {
#if defined(__AVX512F__)
  const F r = (F)_mm512_rcp14_ps((__m512)x);
  return (1.0f - x * r) * r + r;
#else
  return 1.0f / x;
#endif
}

// ---- e^x ------------------------------------------------------------------------------
//
// With n = x/ln 2, rounded to the nearest whole number, and r = x - n ln 2:
//
//     e^x = 2^n e^r,   |r| <= ln(2)/2 = 0.35
//     e^r = 1 + r + r^2 q(r),   q of degree 4: off by 2^-26 of e^r - 1
//
// Rounding: added to 1.5 * 2^23, a float has no room for binary digits after the point, so
// the addition itself rounds; the whole number is then in the lowest bits.
//
// n ln 2 is about as large as x, and its rounding would be an error of e^x. So ln 2 comes
// in two parts: n times the first, which has 16 bits, is exact, and so is its difference
// from x; the second, 1.4e-6, only adds what was left out.

struct Reduced {
  I n;
  F r;
};
HG_INLINE Reduced reduce(F x) {
  constexpr float shift = 0x1.8p23f, log2_e = 0x1.715476p0f;
  constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
  const F shifted = x * log2_e + shift;
  const F n = shifted - shift;
  return {bits(shifted) - 0x4b400000, (x - n * ln2_high) - n * ln2_low};
}

/// e^r - 1 for |r| <= ln(2)/2.
HG_INLINE F exp_minus_1_reduced(F r) {
  const F q = polynomial(r, 0x1.fffffep-2f, 0x1.5554aap-3f, 0x1.55579ep-5f, 0x1.122c7ap-7f,
                         0x1.6ab2bcp-10f);
  return r * r * q + r;
}

/// e^x for x from -104 to 89.
HG_INLINE F exp_within(F x) {
  const auto [n, r] = reduce(x);
  return scale(exp_minus_1_reduced(r) + 1.0f, n);
}
/// e^x for x up to 89: below -104 it rounds to 0.
HG_INLINE F exp_negative(F x) { return exp_within(larger(all(-104.0f), x)); }
/// e^x. From 88.73 on it is inf. 1.1 ulp.
HG_INLINE F exp(F x) { return exp_negative(smaller(all(89.0f), x)); }

/// e^x - 1 for x up to 88, where the difference would lose the digits of a small x:
/// 2^n (e^r - 1) + (2^n - 1). Both terms have few bits of error, and they cancel only in
/// part: for n = -1, the worst case, 0.5 (e^r - 1) is at most 0.21 and 2^n - 1 is -0.5.
/// Below -25 it is -1.
HG_INLINE F exp_minus_1(F x) {
  const auto [n, r] = reduce(larger(all(-25.0f), x));
  const F power = power_of_two(n);
  return exp_minus_1_reduced(r) * power + (power - 1.0f);
}

// ---- ln x -----------------------------------------------------------------------------
//
// x = 2^n (1 + f), with 1 + f from sqrt(1/2) to sqrt(2), so that n = 0 on both sides of 1
// and nothing cancels there:
//
//     ln x = n ln 2 + ln(1 + f),    ln(1 + f) = f - f^2/2 + f^3 p(f),   p of degree 7
//
// p is off by 2^-27 of ln(1 + f). The small terms are added first. A float's bits count
// upwards as the float does: those of x less those of sqrt(1/2) have n in front.

/// ln x. -inf for 0, nan below. 0.9 ulp.
HG_INLINE F log(F x) {
  constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 0x1.7f7d1cp-20f;
  const I denormal = (I)(x < 0x1p-126f);  // too small for a full exponent: 2^23 times that
  const I b = bits(denormal ? x * 0x1p23f : x);
  const I n = (b - 0x3f3504f3) >> 23;
  const F f = floats(b - (n << 23)) - 1.0f;
  const F e = to_float(denormal ? n - 23 : n);

  const F p = polynomial(f, 0x1.555554p-2f, -0x1.000228p-2f, 0x1.99a036p-3f,
                         -0x1.547226p-3f, 0x1.22d5dcp-3f, -0x1.0d81b6p-3f,
                         0x1.0575a8p-3f, -0x1.39063ep-4f);
  F y = e * ln2_high + (f + (e * ln2_low + f * f * (f * p - 0.5f)));
  y = x == __builtin_inff() ? x : y;
  y = x > 0.0f ? y : all(__builtin_nanf(""));
  return x == 0.0f ? all(-__builtin_inff()) : y;
}

/// ln(1 + u) for u from 0 to 1. The sum w = 1 + u is rounded; what it lost, u - (w - 1), is
/// put back to first order: ln(w + d) = ln(w) + d/w.
HG_INLINE F log_one_plus(F u) {
  const F w = 1.0f + u;
  return log(w) + (u - (w - 1.0f)) / w;
}

// ---- tanh, sigmoid --------------------------------------------------------------------

/// With t = e^(2|x|) - 1, tanh |x| is t/(t + 2). Above 10 it rounds to 1, long before t
/// overflows. 2.5 ulp.
HG_INLINE F tanh(F x) {
  const F t = exp_minus_1(2.0f * smaller(all(10.0f), magnitude(x)));
  return with_sign(t / (t + 2.0f), x);
}

/// 1/(1 + e^-x), and 1 less that, both without cancellation or overflow: with u = e^-|x|,
/// one of them is 1/(1 + u) and the other u/(1 + u).
struct Sigmoid {
  F y, rest;
};
HG_INLINE Sigmoid sigmoid_both(F x) {
  const F u = exp_negative(-magnitude(x));
  const F upper = 1.0f / (1.0f + u), lower = u * upper;
  return {x < 0.0f ? lower : upper, x < 0.0f ? upper : lower};
}
/// 1/(1 + e^-x) alone. 2.4 ulp.
HG_INLINE F sigmoid(F x) {
  const F u = exp_negative(-magnitude(x));
  return (x < 0.0f ? u : all(1.0f)) / (1.0f + u);
}

// ---- the normal distribution ----------------------------------------------------------

/// erf(x) = 2/sqrt(pi) * integral from 0 to x of e^(-t^2) dt. Up to |x| = 1 an odd
/// polynomial, x + x p(x^2); above, 1 - e^q(|x|), where q approximates ln(erfc): of a
/// number near 1, what is subtracted needs few digits. From 4 on that rounds to 1. 1.2
/// ulp.
HG_INLINE F erf(F x) {
  const F a = smaller(all(4.0f), magnitude(x));
  const F p = polynomial(x * x, 0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2ce6p-4f,
                         -0x1.b7f71ap-6f, 0x1.53f224p-8f, -0x1.a3515ep-11f,
                         0x1.4771fep-14f);
  const F q = polynomial(a, -0x1.5cda9cp-12f, -0x1.208b1ap+0f, -0x1.46b430p-1f,
                         -0x1.a67e9cp-4f, 0x1.661848p-6f, -0x1.82e8f0p-9f, 0x1.87b2ecp-13f);
  return a < 1.0f ? x * p + x : with_sign(1.0f - exp_within(q), x);
}

/// The chance that a normal variable is below x, and the density there times sqrt(2 pi).
struct Normal {
  F below, bell;
};

/// e^(-x^2/2) as 2^z, z = -x^2 log2(e)/2: with n = z rounded, 2^(z-n) is a polynomial of
/// degree 5, off by 2^-23 of it. The rounding of log2(e) is an error that grows with x,
/// while the bell gets smaller faster: 2^-23 of the bell's height at most.
HG_INLINE F bell(F x) {
  constexpr float shift = 0x1.8p23f, half_log2_e = 0x1.715476p-1f;
  const F square = smaller(all(208.0f), x * x);  // beyond, it rounds to 0
  const F shifted = shift - square * half_log2_e, n = shifted - shift;
  const F f = -square * half_log2_e - n;
  const F p = polynomial(f, 1.0f, 0x1.62e42ap-1f, 0x1.ebf9a4p-3f, 0x1.c6b596p-5f,
                         0x1.3cf3b2p-7f, 0x1.5cb8b8p-10f);
  return scale(p, bits(shifted) - 0x4b400000);
}

/// The tail beyond |x| is the bell times a function that falls slowly from 1/2: t = 1/(1 +
/// |x|/4) times a polynomial in s = |x| t, which runs from 0 to 4. So gelu and its slope
/// get by with one exponential. (A polynomial in t would do as well, but for small x,
/// where t is close to 1 and has lost what tells them apart.) x times
/// the chance, gelu, is within 2.4 ulp of x.
HG_INLINE Normal normal(F x) {
  const F density = bell(x);
  const F a = smaller(all(16.0f), magnitude(x));  // beyond, the bell is 0
  const F t = reciprocal(a * 0.25f + 1.0f);
  const F s = a * t;
  const F tail = density * t * polynomial(s, 0.5f, -0x1.188446p-2f, 0x1.4ef470p-4f,
                                          -0x1.9831ecp-7f, 0x1.1253e0p-12f,
                                          0x1.aa1d1ep-13f, -0x1.772bfap-16f);
  return {x > 0.0f ? 1.0f - tail : tail, density};
}

}  // namespace
}  // namespace hg::fastcpu::ISA
