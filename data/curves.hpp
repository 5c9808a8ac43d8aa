// Logarithms and powers without a floating point unit.
//
// The laws behind the tables are about ratios: ten times the power is ten decibels more,
// and a house of twice the size costs so many per cent more. They need log2 and 2^x, and
// what a library gives for those differs in the last digit from machine to machine. These
// here are integers. One octave, a factor of two, is cut into 65536 steps.
#pragma once

#include <cstdint>

namespace hg::data {

/// Steps to the octave.
inline constexpr int64_t octave = 65536;

/// log2(n), in steps, rounded down; n is 1 at least.
///
/// With n = 2^k * m and 1 <= m < 2, k is the whole part. Squaring m doubles its logarithm:
/// if m*m has reached 2, the next binary digit of log2(m) is a one, and m*m is halved.
inline int64_t log2_steps(uint64_t n) {
  int64_t whole = 63;
  while (!(n >> whole & 1)) --whole;
  uint64_t m = whole >= 31 ? n >> (whole - 31) : n << (31 - whole);  // 2^31 stands for 1
  int64_t digits = 0;
  for (int i = 0; i < 16; ++i) {
    m = m * m >> 31;
    digits = 2 * digits + static_cast<int64_t>(m >> 32);
    if (m >> 32) m >>= 1;
  }
  return whole * octave + digits;
}

/// The largest whole number whose log2_steps() are at most `steps`, below 2^40: 2^x by
/// bisection, so that there is only one formula to get right. 0 if steps are negative.
inline int64_t exp2_steps(int64_t steps) {
  int64_t number = 0;
  for (int64_t bit = int64_t{1} << 39; bit > 0; bit /= 2) {
    if (log2_steps(static_cast<uint64_t>(number + bit)) <= steps) number += bit;
  }
  return number;
}

/// 1000 * 10 * log10(2^(steps/octave)): a ratio in thousandths of a decibel.
inline int64_t millibels(int64_t steps) { return steps * 30103 / 10 / octave; }

}  // namespace hg::data
