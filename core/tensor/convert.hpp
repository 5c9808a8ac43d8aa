// One number, from one element type to another.
#pragma once

#include <limits>

#include "tensor/dtype.hpp"

namespace hg {

/// The nearest thing To has to x.
///   to bool            x != 0, so NaN is true
///   fraction to whole  drops what follows the point; a number beyond To's range becomes
///                      the end of it on that side, NaN becomes 0. (C++ leaves both
///                      undefined, and PyTorch's answer depends on the machine.)
///   whole to whole     the low bits: 300 as u8 is 44, -1 as u8 is 255
///   to floating point  rounds to nearest, ties to even; f16 and bf16 by way of f32
template <class To, class From>
constexpr To convert(From x) {
  constexpr bool half_to = std::is_same_v<To, Half> || std::is_same_v<To, BFloat16>;
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (std::is_same_v<From, Half> || std::is_same_v<From, BFloat16>) {
    return convert<To>(float(x));
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From(0);
  } else if constexpr (half_to) {
    return To(static_cast<float>(x));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    using Limits = std::numeric_limits<To>;
    constexpr From above = From(uint64_t(1) << Limits::digits);  // max + 1: a power of two
    if (x >= above) return Limits::max();
    if (x < From(Limits::min())) return Limits::min();
    return x == x ? static_cast<To>(x) : To(0);
  } else {
    return static_cast<To>(x);
  }
}

/// Reads an element. A bool is read as a byte: memory that came from elsewhere may hold
/// other bytes than 0 and 1, which C++ does not allow in a bool.
template <class T>
T load(const T* p) {
  if constexpr (std::is_same_v<T, bool>)
    return *reinterpret_cast<const uint8_t*>(p) != 0;
  else
    return *p;
}

}  // namespace hg
