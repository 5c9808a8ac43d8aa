// Scenes for lesson 13.51: discs, squares and triangles on a restless ground, each with the
// box that just holds it; and how much two boxes overlap.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "handgrad.hpp"

namespace scenes {

using namespace hg;

inline constexpr int side = 48;  // pixels

/// A box in pixels, from its left upper to its right lower corner.
struct Box {
  double left, top, right, bottom;
  int label = 0;     // what is in it: a disc, a square, a triangle
  double score = 1;  // how sure is whoever found it?

  double area() const { return (right - left) * (bottom - top); }
};

/// Intersection over union: the area that both share in parts of what they cover together.
inline double iou(const Box& a, const Box& b) {
  const double wide = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double high = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (wide <= 0 || high <= 0) return 0;
  return wide * high / (a.area() + b.area() - wide * high);
}

struct Scenes {
  Tensor images;                        // (N,3,48,48) u8
  std::vector<std::vector<Box>> boxes;  // of each scene
};

/// Is the middle of pixel (x,y) inside the form that fills the box?
inline bool inside(const Box& box, int x, int y) {
  const double u = (x + 0.5 - box.left) / (box.right - box.left);  // 0 to 1 across the box
  const double v = (y + 0.5 - box.top) / (box.bottom - box.top);
  if (u < 0 || u > 1 || v < 0 || v > 1) return false;
  if (box.label == 0) return (u - 0.5) * (u - 0.5) + (v - 0.5) * (v - 0.5) < 0.25;
  return box.label == 1 || std::abs(u - 0.5) < v / 2;
}

/// `count` scenes with one to four things, of which none has its middle near another's.
inline Scenes make(int64_t count, uint64_t seed) {
  std::mt19937_64 dice(seed);  // the same numbers in every standard library
  const auto upto = [&](int most) { return int(dice() % uint64_t(most + 1)); };
  Scenes set{empty({count, 3, side, side}, u8), {}};
  const auto pixels = set.images.span<uint8_t>();
  for (size_t n = 0; n < size_t(count); ++n) {
    std::vector<Box> boxes;
    std::vector<std::array<int, 3>> colors{
        {upto(255), upto(255), upto(255)}};  // the ground
    for (int tries = 0, wanted = 1 + upto(3); std::ssize(boxes) < wanted && tries < 50;
         ++tries) {
      const int width = 9 + upto(12), height = std::clamp(width + upto(8) - 4, 8, 22);
      const int left = upto(side - width), top = upto(side - height);
      const Box box{double(left), double(top), double(left + width), double(top + height),
                    upto(2)};
      const std::array<int, 3> color{upto(255), upto(255), upto(255)};
      const bool near = std::any_of(boxes.begin(), boxes.end(), [&](const Box& other) {
        const double x = (box.left + box.right - other.left - other.right) / 2;
        const double y = (box.top + box.bottom - other.top - other.bottom) / 2;
        return x * x + y * y < 14 * 14;
      });
      const int seen = std::abs(color[0] - colors[0][0]) +
                       std::abs(color[1] - colors[0][1]) +
                       std::abs(color[2] - colors[0][2]);
      if (near || seen < 120) continue;
      boxes.push_back(box);
      colors.push_back(color);
    }
    const int noise = 5 + upto(35), slope = upto(4) - 2;
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        size_t which = 0;
        for (size_t b = 0; b < boxes.size(); ++b)
          if (inside(boxes[b], x, y)) which = b + 1;
        for (size_t c = 0; c < 3; ++c) {
          const int light = slope * (x - side / 2) + upto(2 * noise) - noise;
          const size_t at = ((n * 3 + c) * side + size_t(y)) * side + size_t(x);
          pixels[at] = uint8_t(std::clamp(colors[which][c] + light, 0, 255));
        }
      }
    }
    set.boxes.push_back(std::move(boxes));
  }
  return set;
}

/// The scene four times as large, with the boxes drawn into it: (3,192,192) u8.
inline Tensor drawn(const Tensor& image, const std::vector<Box>& boxes) {
  constexpr int zoom = 4, size = zoom * side;
  const Tensor large =
      data::resize(size, size, data::Interpolation::nearest)(image).clone();
  const auto pixels = large.span<uint8_t>();
  const auto dot = [&](double x, double y, int label) {
    const int column = std::clamp(int(x * zoom), 0, size - 1);
    const int row = std::clamp(int(y * zoom), 0, size - 1);
    for (int c = 0; c < 3; ++c)  // red, green or blue, as the label says
      pixels[size_t((c * size + row) * size + column)] = c == label ? 255 : 0;
  };
  for (const Box& b : boxes) {
    for (double t = 0; t <= 1; t += 1.0 / size) {
      for (double wide : {0.0, 0.3}) {  // lines of two pixels
        const double x = b.left + t * (b.right - b.left),
                     y = b.top + t * (b.bottom - b.top);
        dot(x, b.top + wide, b.label);
        dot(x, b.bottom - wide, b.label);
        dot(b.left + wide, y, b.label);
        dot(b.right - wide, y, b.label);
      }
    }
  }
  return large;
}

}  // namespace scenes
