// The bundled pictures in colour: ten kinds of things, drawn in front of something.
//
// They stand in for CIFAR-10 where it is not at hand: 32x32 pixels, red, green and blue,
// ten classes. A class is a form (outlines.hpp) and nothing else. Colours, size, place,
// tilt, background and light are thrown for every picture, and as often as not something
// stands before the thing. So no pixel by itself says what the picture shows, which is
// where a linear model ends and a convolution begins.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "data/generated.hpp"
#include "dice.hpp"
#include "outlines.hpp"
#include "pictures.hpp"

namespace hg::data {
namespace {

constexpr std::array part_of{
    outlines::car,      outlines::truck,  outlines::boat, outlines::house, outlines::tree,
    outlines::mushroom, outlines::flower, outlines::fish, outlines::bird,  outlines::cup};

struct Color {
  int64_t red, green, blue;  // 0 to 255
};

Color any_color(Dice& dice) {
  return {dice.between(0, 255), dice.between(0, 255), dice.between(0, 255)};
}

int64_t distance(const Color& a, const Color& b) {
  return std::abs(a.red - b.red) + std::abs(a.green - b.green) + std::abs(a.blue - b.blue);
}

/// Points of the photo are odd numbers from -63 to 63, so that (0,0) is its middle: two per
/// sample, two samples per pixel.
constexpr int64_t side_in_pixels = 32, side_in_points = 4 * side_in_pixels;

/// Where on the thing a point of the photo looks: turned by an angle w, slanted, mirrored,
/// shrunk. cos w and sin w are fractions of t = tan(w/2), as in camera.hpp, times 1024.
class Pose {
 public:
  explicit Pose(Dice& dice) : shift_{dice.around(0, 26), dice.around(0, 22)} {
    const int64_t t = dice.around(0, 200), one = 1024;  // |t| = 200: 22 degrees
    const int64_t cos = one * (one * one - t * t) / (one * one + t * t);
    const int64_t sin = one * 2 * t * one / (one * one + t * t);
    const int64_t slant = dice.around(0, 200);
    const int64_t size = dice.between(65, 110);  // percent
    const int64_t flip = dice.chance(50) ? -1 : 1;
    xx_ = flip * 8 * cos * 100 / size;
    xy_ = flip * 8 * (sin + slant) * 100 / size;
    yx_ = -8 * sin * 100 / size;
    yy_ = 8 * cos * 100 / size;
  }

  Point on_thing(int64_t x, int64_t y) const {
    x -= shift_.x;
    y -= shift_.y;
    return {(xx_ * x + xy_ * y) >> 10, (yx_ * x + yy_ * y) >> 10};
  }

 private:
  Point shift_;                // points of the photo
  int64_t xx_, xy_, yx_, yy_;  // 1024 times the units per point
};

/// What is behind: one colour that turns into another across the photo, spots, stripes.
class Background {
 public:
  explicit Background(Dice& dice)
      : from_(any_color(dice)),
        to_(any_color(dice)),
        way_{dice.between(-3, 3), dice.between(-3, 3)},
        kind_(dice.between(0, 3)),
        cell_(dice.between(6, 30)),
        strength_(dice.between(15, 80)),
        seed_(dice.roll()) {}

  Color at(int64_t x, int64_t y) const {
    // A third of 570 in the middle, -186 to 570 towards the corners.
    const int64_t share = 192 + way_.x * x + way_.y * y;
    const auto mix = [&](int64_t a, int64_t b) { return a + (b - a) * share / 570; };
    int64_t more = 0;
    const int64_t column = (x + 64) / cell_, row = (y + 64) / cell_;
    if (kind_ == 1) more = (speckle(seed_, column, row) - 128) * strength_ / 128;
    if (kind_ == 2) more = (row % 2 * 2 - 1) * strength_ / 2;
    if (kind_ == 3) more = ((row + column) % 2 * 2 - 1) * strength_ / 2;
    return {mix(from_.red, to_.red) + more, mix(from_.green, to_.green) + more,
            mix(from_.blue, to_.blue) + more};
  }

 private:
  Color from_, to_;
  Point way_;
  int64_t kind_, cell_, strength_;
  uint64_t seed_;
};

/// A disc or a board that has nothing to do with the thing, behind it or before it.
class Clutter {
 public:
  explicit Clutter(Dice& dice)
      : color(any_color(dice)),
        before(dice.chance(20)),
        middle_{dice.between(-60, 60), dice.between(-60, 60)},
        half_{dice.between(4, 22), dice.between(4, 22)},
        round_(dice.chance(50)) {}

  bool covers(int64_t x, int64_t y) const {
    const Point p{x - middle_.x, y - middle_.y};
    return round_ ? outlines::oval(p, 0, 0, half_.x, half_.y)
                  : outlines::box(p, -half_.x, -half_.y, half_.x, half_.y);
  }

  Color color;
  bool before;

 private:
  Point middle_, half_;  // points of the photo
  bool round_;
};

void draw(uint8_t label, Dice& dice, uint8_t* pixels) {
  const Background background(dice);
  const Color behind = background.at(0, 0);
  std::array<Color, 3> colors{};
  for (Color& color : colors) {  // one that can be told from what is behind
    do color = any_color(dice);
    while (distance(color, behind) < 130);
  }
  outlines::Measures measures{};
  for (int64_t& measure : measures) measure = dice.between(72, 128);
  const Pose pose(dice);
  const std::array clutter{Clutter(dice), Clutter(dice), Clutter(dice)};
  const int64_t light = dice.between(150, 300), noise = dice.between(4, 30);

  for (int64_t r = 0; r < side_in_pixels; ++r)
    for (int64_t c = 0; c < side_in_pixels; ++c) {
      Color sum{};
      for (int64_t k = 0; k < 4; ++k) {
        const int64_t x = 4 * c + 2 * (k % 2) + 1 - side_in_points / 2;
        const int64_t y = 4 * r + 2 * (k / 2) + 1 - side_in_points / 2;
        Color color = background.at(x, y);
        for (const Clutter& one : clutter)
          if (!one.before && one.covers(x, y)) color = one.color;
        if (const int part = part_of[label](pose.on_thing(x, y), measures))
          color = colors[static_cast<size_t>(part - 1)];
        for (const Clutter& one : clutter)
          if (one.before && one.covers(x, y)) color = one.color;
        sum.red += color.red;
        sum.green += color.green;
        sum.blue += color.blue;
      }
      constexpr int64_t plane = side_in_pixels * side_in_pixels;
      int64_t at = r * side_in_pixels + c;
      for (const int64_t shade : {sum.red, sum.green, sum.blue}) {
        const int64_t value = shade * light / 1024 + dice.around(0, noise);
        pixels[at] = static_cast<uint8_t>(std::clamp<int64_t>(value, 0, 255));
        at += plane;
      }
    }
}

}  // namespace

ColorImages generate_drawings(uint64_t seed, int64_t count, int64_t first) {
  constexpr int64_t most = 10'000'000;  // 31 gigabytes: a larger count is a mistake
  constexpr int64_t bytes = 3 * side_in_pixels * side_in_pixels;
  ColorImages set{count, side_in_pixels, side_in_pixels, {}, {}};
  draw_each("generate_drawings", set, bytes, seed, first, most, draw);
  return set;
}

}  // namespace hg::data
