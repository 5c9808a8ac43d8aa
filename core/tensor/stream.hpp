// A stream of random numbers: element i as a function of (seed, i), in the laws that
// tensors are drawn from.
#pragma once

#include <cmath>
#include <numbers>

#include "tensor/dtype.hpp"

namespace hg {

/// Two words of a Philox block that nothing else uses: a fresh, well mixed seed.
inline uint64_t derive_seed(uint64_t seed, uint64_t purpose, uint64_t number) {
  uint32_t block[4];
  hg_philox_block(seed ^ purpose, number, block);
  return block[0] | uint64_t(block[1]) << 32;
}
constexpr uint64_t for_calls = 0x63616c6c73000000, for_threads = 0x7468726561647300,
                   for_retries = 0x7265747279000000;

class Stream {
 public:
  explicit Stream(uint64_t seed) : seed_(seed) {}

  /// Word i, hg_philox(seed, i). Neighbouring words share a block of four, which is kept.
  uint32_t word(uint64_t i) {
    if (i >> 2 != number_) {
      number_ = i >> 2;
      hg_philox_block(seed_, number_, block_);
    }
    return block_[i & 3];
  }
  /// Element i as a stream of 64-bit words.
  uint64_t wide(uint64_t i) {
    uint64_t low = word(2 * i);
    return low | uint64_t(word(2 * i + 1)) << 32;
  }

  /// In [0,1): as many leading bits as a T has, so that no rounding can reach 1.
  template <class T>
  double uniform(uint64_t i) {
    if constexpr (std::is_same_v<T, double>)
      return double(wide(i) >> 11) * 0x1p-53;
    else if constexpr (std::is_same_v<T, Half>)
      return double(word(i) >> 21) * 0x1p-11;
    else if constexpr (std::is_same_v<T, BFloat16>)
      return double(word(i) >> 24) * 0x1p-8;
    else
      return double(word(i) >> 8) * 0x1p-24;
  }

  /// Standard normal, by Box and Muller, A note on the generation of random normal
  /// deviates, 1958.
  ///
  /// Two independent standard normals x, y are a point of the plane with density
  /// exp(-(x^2+y^2)/2) / (2 pi). In polar coordinates that is
  /// exp(-r^2/2) r dr * dphi/(2 pi): the angle is uniform, and r, independent of it, has
  ///
  ///     P(r > R) = integral from R of exp(-r^2/2) r dr = exp(-R^2/2)
  ///
  /// So with u uniform in (0,1], r = sqrt(-2 ln u) has the right law: r > R is
  /// u < exp(-R^2/2), which happens with just that probability. With v uniform in [0,1),
  ///
  ///     x = r cos(2 pi v)
  ///
  /// is normal. (y = r sin(2 pi v) is another one; using it too would tie neighbouring
  /// elements together.) The least u, 2^-32, makes 6.66 the largest x: a true normal
  /// exceeds that once in 7e10 draws.
  double normal(uint64_t i) {
    double u = (double(word(2 * i)) + 1) * 0x1p-32;
    double v = double(word(2 * i + 1)) * 0x1p-32;
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  }

  /// A whole number in [0, n), by Lemire, Fast random integer generation in an interval,
  /// 2019.
  ///
  /// For x uniform among the 2^64 words, the upper half of the 128-bit product x*n is in
  /// [0, n). The products are spread evenly, n apart, over n intervals of length 2^64, one
  /// for each result; an interval holds floor(2^64/n) of them, or one more. If products
  /// whose lower half is under 2^64 mod n are thrown away, each holds floor(2^64/n).
  uint64_t below(uint64_t i, uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    Wide product = Wide(wide(i)) * n;
    if (uint64_t(product) < n) {
      uint64_t rest = (0 - n) % n;  // 2^64 mod n
      for (uint64_t retry = 1; uint64_t(product) < rest; ++retry) {
        product = Wide(derive_seed(seed_, for_retries + retry, i)) * n;
      }
    }
    return uint64_t(product >> 64);
  }

 private:
  uint64_t seed_, number_ = ~uint64_t(0);
  uint32_t block_[4] = {};
};

}  // namespace hg
