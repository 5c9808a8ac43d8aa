// Chance, the same on every machine.
//
// std::uniform_int_distribution may give other numbers in another standard library, so
// the generated sets throw dice of their own: SplitMix64 (Steele, Lea, Flood, "Fast
// splittable pseudorandom number generators", 2014). A counter walks in steps of an odd
// constant, and a mixing function turns each count into 64 well stirred bits. Unsigned
// arithmetic wraps around by definition, so nothing here is left to the compiler.
//
// One rule for those who throw: one throw per expression. In f(roll(), roll()) and in
// roll() - roll() a compiler may throw either first, and compilers differ. Statements are
// in order, and so are the elements between braces: Point{roll(), roll()} is safe.
#pragma once

#include <cstdint>

namespace hg::data {

/// Turns any 64 bits into 64 that look unrelated; one to one, so no two inputs meet.
inline uint64_t stirred(uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  return bits ^ (bits >> 31);
}

/// The number, 0 to 255, of the place (x,y): random, but the same whenever it is asked for.
inline int64_t speckle(uint64_t seed, int64_t x, int64_t y) {
  const uint64_t place = static_cast<uint64_t>(x) << 32 ^ static_cast<uint64_t>(y);
  return static_cast<int64_t>(stirred(seed + place) >> 56);
}

class Dice {
 public:
  /// The n-th sequence of `seed`.
  Dice(uint64_t seed, uint64_t n) : count_(stirred(stirred(seed) + n)) {}

  uint64_t roll() { return stirred(count_ += 0x9e3779b97f4a7c15u); }

  /// Each of low, ..., high equally often (to one part in 2^32 divided by their number).
  int64_t between(int64_t low, int64_t high) {
    const uint64_t values = static_cast<uint64_t>(high - low + 1);
    return low + static_cast<int64_t>(((roll() >> 32) * values) >> 32);
  }

  /// Within middle - spread, ..., middle + spread, mostly near the middle: the mean of
  /// three throws, a bell without tails.
  int64_t around(int64_t middle, int64_t spread) {
    int64_t sum = 0;
    for (int i = 0; i < 3; ++i) sum += between(-spread, spread);
    return middle + sum / 3;
  }

  bool chance(int64_t percent) { return between(0, 99) < percent; }

 private:
  uint64_t count_;
};

}  // namespace hg::data
