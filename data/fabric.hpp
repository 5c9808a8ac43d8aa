// Inks: what a shape's cells are filled with, place by place (Cloth::lay).
#pragma once

#include <algorithm>
#include <cstdint>

#include "dice.hpp"

namespace hg::data {

enum class Pattern { plain, stripes, bars, checks, dots, patches, fade };

/// The ink of dyed cloth.
struct Fabric {
  Pattern pattern;
  int64_t grey, accent;   // of the ground and of the pattern
  int64_t period, width;  // of the pattern, units
  int64_t grain;          // how much the threads differ
  uint64_t seed;

  int64_t operator()(int64_t x, int64_t y, int64_t) const {
    const int64_t thread = speckle(seed, (x + 512) / 40, (y + 512) / 40) - 128;
    return std::max<int64_t>(12, dye(x + 512, y + 512) + grain * thread / 128);
  }

  int64_t dye(int64_t x, int64_t y) const {  // x and y from 0 to 1023
    const int64_t along = x % period, down = y % period;
    switch (pattern) {
      case Pattern::plain: return grey;
      case Pattern::stripes: return down < width ? accent : grey;
      case Pattern::bars: return along < width ? accent : grey;
      case Pattern::checks:
        return grey + (accent - grey) * ((along < width) + (down < width)) / 2;
      case Pattern::dots: {
        const int64_t dx = (x + y / period % 2 * period / 2) % period - period / 2;
        const int64_t dy = down - period / 2;
        return 4 * (dx * dx + dy * dy) < width * width ? accent : grey;
      }
      case Pattern::patches:
        return speckle(~seed, x / width, y / width) < 90 ? accent : grey;
      case Pattern::fade: return grey + (accent - grey) * y / 1024;
    }
    return grey;
  }

  /// A grey that stands out from the ground.
  int64_t contrast(int64_t by) const { return grey > 140 ? grey - by : grey + by; }
};

/// A fabric at random, without a pattern in `plain` cases of a hundred.
inline Fabric dyed(Dice& dice, int64_t plain) {
  const int64_t kind = dice.chance(plain) ? 0 : dice.between(1, 6);
  Fabric fabric{};
  fabric.pattern = static_cast<Pattern>(kind);
  fabric.grey = dice.between(75, 250);
  fabric.accent = fabric.contrast(dice.between(50, 130));
  fabric.period = dice.between(70, 180);
  fabric.width = fabric.period * dice.between(30, 60) / 100;
  fabric.grain = dice.between(0, 30);
  fabric.seed = dice.roll();
  return fabric;
}

/// Keeps so many hundredths of the grey that is there: a shadow, a seam; above 100, light.
inline auto tint(int64_t percent) {
  return [percent](int64_t, int64_t, int64_t grey) { return grey * percent / 100; };
}

/// One grey: buttons, soles, buckles.
inline auto flat(int64_t grey) {
  return [grey](int64_t, int64_t, int64_t) { return grey; };
}

}  // namespace hg::data
