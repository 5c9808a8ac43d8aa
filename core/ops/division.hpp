// The three ways to divide with a remainder; shared by div and remainder.
#pragma once

#include "ops/elementwise.hpp"

namespace hg::ops {

template <class T>
void refuse_zero(T b) {
  if constexpr (is_whole<T>) {
    require(b != 0,
            "a whole number was divided by 0\n  hint: floats give inf or nan instead");
  }
}

/// The fraction dropped: 7/2 is 3, -7/2 is -3. The lowest number over -1 would be one more
/// than the highest there is (and a trap on x86); it wraps around to itself.
template <class T>
T divide_trunc(T a, T b) {
  if constexpr (!is_whole<T>) return std::trunc(a / b);
  else {
    refuse_zero(b);
    if (b == static_cast<T>(-1)) return std::is_signed_v<T> ? minus(T(0), a) : T(a / b);
    return static_cast<T>(a / b);
  }
}

/// What is left of a when b was taken away floor(a/b) times: 0, or of b's sign. Of -7 and
/// 2 it is 1.
template <class T>
T floor_remainder(T a, T b) {
  refuse_zero(b);
  T r;
  if constexpr (!is_whole<T>) r = std::fmod(a, b);
  else if (std::is_signed_v<T> && b == static_cast<T>(-1)) r = 0;
  else r = static_cast<T>(a % b);
  return r != T(0) && (r < T(0)) != (b < T(0)) ? plus(r, b) : r;
}

/// Down to the next whole number: 7/2 is 3, -7/2 is -4.
template <class T>
T divide_floor(T a, T b) {
  if constexpr (!is_whole<T>) {
    if (b == T(0)) return a / b;  // inf or nan
    T r = std::fmod(a, b), quotient = (a - r) / b;  // whole, but for its rounding
    if (r != T(0) && (r < T(0)) != (b < T(0))) quotient -= T(1);
    return quotient == T(0) ? std::copysign(T(0), a / b) : std::nearbyint(quotient);
  } else {
    T quotient = divide_trunc(a, b);
    bool exact = times(quotient, b) == a;
    return !exact && (a < 0) != (b < 0) ? minus(quotient, T(1)) : quotient;
  }
}

}  // namespace hg::ops
