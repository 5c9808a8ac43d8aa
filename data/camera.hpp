// A bad camera: turns a piece of cloth into a photo of 28x28 pixels.
//
// It works backwards, from the photo to the cloth: a pixel asks at 3x3 points of itself
// where on the cloth they look, and takes the mean of what is there. However the cloth is
// turned, no gap can open. The light, folds and noise come on top, and now and then
// something stands in the way.
#pragma once

#include "cloth.hpp"
#include "dice.hpp"

namespace hg::data {

/// Points of the photo are odd numbers from -83 to 83, so that (0,0) is its centre: two
/// per sample, three samples per pixel, 168 across 28 pixels.
constexpr int64_t per_pixel = 6, photo_width = 28 * per_pixel;

/// Where a point of the photo looks. A rotation needs cos and sin of its angle w. With
/// t = tan(w/2) both are plain fractions,
///
///     cos w = (1 - t*t)/(1 + t*t)          sin w = 2*t/(1 + t*t)
///
/// so throwing t instead of w spares us a table of sines. Fractions are stored times 1024.
struct Pose {
  explicit Pose(Dice& dice) : shift{dice.around(0, 20), dice.around(0, 20)} {
    const int64_t t = dice.around(0, 160), one = 1024;  // |t| = 160: 18 degrees
    const int64_t cos = one * (one * one - t * t) / (one * one + t * t);
    const int64_t sin = one * 2 * t * one / (one * one + t * t);
    const int64_t slant = dice.around(0, 160);
    const int64_t wide = dice.around(97, 15), high = wide + dice.around(0, 10);  // percent
    const bool flipped = dice.chance(25);
    xx = one * cos / photo_width * 100 / wide * (flipped ? -1 : 1);
    xy = one * (sin + slant) / photo_width * 100 / wide;
    yx = one * -sin / photo_width * 100 / high * (flipped ? -1 : 1);
    yy = one * cos / photo_width * 100 / high;
    narrowing = dice.around(0, 220);
    sagging = dice.around(0, 90);
  }

  Point on_cloth(int64_t x, int64_t y) const {  // >> 10 divides by 1024, rounding down
    x -= shift.x;
    y -= shift.y;
    const int64_t u = (xx * x + xy * y) >> 10, v = (yx * x + yy * y) >> 10;
    return {u + (u * v * narrowing >> 19), v + (u * u * sagging >> 19)};
  }

  Point shift;                 // points of the photo
  int64_t xx, xy, yx, yy;      // 1024 times the units per point
  int64_t narrowing, sagging;  // one end is farther off; the sides hang or stand
};

/// Brightness of a pixel, 256 for full. It falls off to one side, because the lamp stands
/// at the other, and it has folds: a lattice of 5x5 random heights, bilinear in between.
class Light {
 public:
  explicit Light(Dice& dice)
      : slope_{dice.around(0, 5), dice.around(0, 5)}, level_(dice.around(250, 80)) {
    const int64_t depth = dice.between(5, 60);
    for (int64_t& height : lattice_) height = dice.between(-depth, depth);
  }

  int64_t at(int64_t x, int64_t y) const {
    const int64_t* corner = &lattice_[static_cast<size_t>(y / 7 * 5 + x / 7)];
    const int64_t right = x % 7, left = 7 - right, lower = y % 7, upper = 7 - lower;
    const int64_t fold = upper * (left * corner[0] + right * corner[1]) +
                         lower * (left * corner[5] + right * corner[6]);
    return level_ + fold / 49 + slope_.x * (x - 14) + slope_.y * (y - 14);
  }

 private:
  Point slope_;
  int64_t level_;
  std::array<int64_t, 25> lattice_;
};

/// In one photo of six a straight bar is in front of the garment, mostly a black one: the
/// points whose distance from a line, dot(across, p)/|across| - offset, is below its width.
class Bar {
 public:
  explicit Bar(Dice& dice)
      : there_(dice.chance(16)),
        across_{dice.between(-16, 16), dice.between(-16, 16)},
        offset_(dice.between(-60, 60)),
        width_(dice.between(5, 14)),
        grey_(dice.chance(75) ? 0 : dice.between(40, 220)) {
    const int64_t length = integer_sqrt(across_.x * across_.x + across_.y * across_.y);
    offset_ *= length;  // once here, so that no division is needed later
    width_ *= length;
  }

  bool hides(int64_t x, int64_t y) const {
    const int64_t distance = across_.x * x + across_.y * y - offset_;
    return there_ && -width_ < distance && distance < width_;
  }
  int64_t grey() const { return grey_; }

 private:
  bool there_;
  Point across_;            // square to the bar
  int64_t offset_, width_;  // points of the photo, times |across|
  int64_t grey_;
};

/// Photographs `cloth` into 28*28 bytes, row by row. Black stays free of noise, as if the
/// garment had been cut out.
inline void photograph(const Cloth& cloth, Dice& dice, uint8_t* pixels) {
  const Pose pose(dice);
  const Light light(dice);
  const Bar bar(dice);
  const int64_t noise = dice.between(4, 40);
  for (int64_t r = 0; r < 28; ++r)
    for (int64_t c = 0; c < 28; ++c) {
      const int64_t x0 = c * per_pixel + per_pixel / 2 - photo_width / 2;  // its middle
      const int64_t y0 = r * per_pixel + per_pixel / 2 - photo_width / 2;
      int64_t sum = 0;
      for (int64_t y = y0 - 2; y <= y0 + 2; y += 2)
        for (int64_t x = x0 - 2; x <= x0 + 2; x += 2) {
          const Point p = pose.on_cloth(x, y);
          sum += bar.hides(x, y) ? bar.grey() : cloth.at(p.x, p.y);
        }
      int64_t grey = sum / 9 * light.at(c, r) / 256;
      if (grey > 0) grey += dice.around(0, noise);
      *pixels++ = static_cast<uint8_t>(std::clamp<int64_t>(grey, 0, 255));
    }
}

}  // namespace hg::data
