// Ten things to draw, each as an answer to the question: what is at this place?
//
// A place is a point of the thing's own square, u to the right and v down, both from -512
// to 511 with (0,0) in the middle. The answer is the number of a part, 1 to 3, each of
// which gets a colour of its own, or 0: nothing there. Which form a thing has within its
// kind (long or short, round or pointed) is a list of measures, 100 for the usual.
#pragma once

#include <array>
#include <cstdlib>

#include "cloth.hpp"

namespace hg::data::outlines {

using Measures = std::array<int64_t, 4>;  // percent

// ---- forms ------------------------------------------------------------------------------

inline bool box(Point p, int64_t left, int64_t top, int64_t right, int64_t bottom) {
  return left <= p.x && p.x < right && top <= p.y && p.y < bottom;
}

inline bool oval(Point p, int64_t x, int64_t y, int64_t width, int64_t height) {
  const int64_t a = (p.x - x) * height, b = (p.y - y) * width;
  return a * a + b * b < width * width * height * height;
}

/// On which side of the line from a to b does p lie? The sign tells.
inline int64_t side(Point p, Point a, Point b) {
  return (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
}

inline bool triangle(Point p, Point a, Point b, Point c) {
  const int64_t ab = side(p, a, b), bc = side(p, b, c), ca = side(p, c, a);
  return (ab >= 0 && bc >= 0 && ca >= 0) || (ab <= 0 && bc <= 0 && ca <= 0);
}

// ---- things that go ---------------------------------------------------------------------

inline int wheels(Point p, int64_t apart, int64_t size) {
  for (const int64_t x : {-apart, apart}) {
    if (oval(p, x, 140, size / 3, size / 3)) return 2;
    if (oval(p, x, 140, size, size)) return 3;
  }
  return 0;
}

inline int car(Point p, const Measures& m) {
  const int64_t half = 320 * m[0] / 100, roof = -130 * m[1] / 100, slope = m[2] - 40;
  if (const int wheel = wheels(p, half * 3 / 5, 65 + m[3] / 5)) return wheel;
  const int64_t inset = (p.y - roof) * slope / 100, cabin = half * 2 / 5 + inset;
  if (p.y >= roof && p.y < -10 && -cabin <= p.x && p.x < cabin)
    return box(p, -cabin + 40, roof + 35, cabin - 40, -10) && !box(p, -15, roof, 15, 0) ? 2
                                                                                        : 1;
  return box(p, -half, -10, half, 140) ? 1 : 0;
}

inline int truck(Point p, const Measures& m) {
  const int64_t half = 320 * m[0] / 100, top = -190 * m[1] / 100, cab = half * m[2] / 250;
  if (const int wheel = wheels(p, half * 3 / 5, 65 + m[3] / 5)) return wheel;
  if (box(p, half - cab + 15, -110, half, 140))
    return box(p, half - cab / 2, -80, half - 20, 0) ? 2 : 1;
  return box(p, -half, top, half - cab, 110) ? 1 : 0;
}

inline int boat(Point p, const Measures& m) {
  const int64_t half = 330 * m[0] / 100, mast = -330 * m[1] / 100, x = m[2] - 120;
  if (p.y >= 90 && p.y < 220 && std::abs(p.x) < half - (p.y - 90) * m[3] / 100) return 1;
  if (triangle(p, {x + 25, mast}, {x + 25, 60}, {x + half * 2 / 3, 60})) return 2;
  if (triangle(p, {x - 25, mast * 3 / 4}, {x - 25, 60}, {x - half / 2, 60})) return 2;
  return box(p, x - 12, mast, x + 12, 90) ? 3 : 0;
}

// ---- things that stand ------------------------------------------------------------------

inline int house(Point p, const Measures& m) {
  const int64_t half = 230 * m[0] / 100, eaves = -60 * m[1] / 100, door = m[3] - 100;
  const int64_t top = eaves - 220 * m[2] / 100, over = half + 50;
  if (triangle(p, {0, top}, {-over, eaves}, {over, eaves})) return 2;
  if (box(p, door - 35, 90, door + 45, 260)) return 3;
  if (box(p, -half + 40, 10, -half + 120, 80)) return 3;
  if (box(p, half - 120, 10, half - 40, 80)) return 3;
  return box(p, -half, eaves, half, 260) ? 1 : 0;
}

inline int tree(Point p, const Measures& m) {
  const int64_t wide = 220 * m[0] / 100, high = 250 * m[1] / 100, trunk = 35 * m[2] / 100;
  bool crown = false;
  if (m[3] < 100) {  // a fir, three skirts
    for (const int64_t y : {-high, -high / 2, int64_t{0}})
      crown |= triangle(p, {0, y - 120}, {-wide * (y + 2 * high) / (2 * high), y + 130},
                        {wide * (y + 2 * high) / (2 * high), y + 130});
  } else {  // or an oak, three clouds
    crown = oval(p, -wide / 3, -40, wide * 2 / 3, high / 2) ||
            oval(p, wide / 3, -60, wide * 2 / 3, high / 2) ||
            oval(p, 0, -high * 2 / 3, wide * 2 / 3, high / 2);
  }
  return crown ? 1 : box(p, -trunk, 0, trunk, 290) ? 3 : 0;
}

inline int mushroom(Point p, const Measures& m) {
  const int64_t wide = 250 * m[0] / 100, high = 220 * m[1] / 100, stem = 60 * m[2] / 100;
  if (p.y < 20 && oval(p, 0, 20, wide, high)) {
    const int64_t dot = m[3] / 3;
    const bool spot = oval(p, 0, -high / 2, dot, dot) ||
                      oval(p, -wide / 2, -40, dot, dot) || oval(p, wide / 2, -50, dot, dot);
    return spot ? 2 : 1;
  }
  return box(p, -stem, 0, stem, 260) ? 3 : 0;
}

inline int flower(Point p, const Measures& m) {
  const int64_t far = 105 * m[0] / 100, petal = 70 * m[1] / 100, y = -110;
  if (oval(p, 0, y, 60 * m[2] / 100, 60 * m[2] / 100)) return 2;
  for (const Point way :
       {Point{0, -100}, {87, -50}, {87, 50}, {0, 100}, {-87, 50}, {-87, -50}})
    if (oval(p, way.x * far / 100, y + way.y * far / 100, petal, petal)) return 1;
  if (oval(p, m[3], 190, 90, 30)) return 3;
  return box(p, -16, y, 16, 300) ? 3 : 0;
}

// ---- things that live, and one to drink from --------------------------------------------

inline int fish(Point p, const Measures& m) {
  const int64_t half = 230 * m[0] / 100, high = 120 * m[1] / 100, tail = 110 * m[2] / 100;
  if (oval(p, half * 3 / 5, -high / 4, 28, 28)) return 3;
  if (oval(p, 0, 0, half, high)) return m[3] > 100 && (p.x + 512) / 60 % 2 ? 2 : 1;
  if (triangle(p, {-half + 60, 0}, {-half - tail, -tail}, {-half - tail, tail})) return 2;
  return triangle(p, {-half / 2, -high / 2}, {half / 3, -high / 2}, {-half / 3, -high - 80})
           ? 2
           : 0;
}

inline int bird(Point p, const Measures& m) {
  const int64_t half = 200 * m[0] / 100, high = 110 * m[1] / 100, head = 75 * m[2] / 100;
  const int64_t x = half * 4 / 5, y = -high * 4 / 5;
  if (oval(p, x + head / 3, y - head / 4, 22, 22)) return 3;
  if (triangle(p, {x + head / 2, y - 25}, {x + head / 2, y + 35}, {x + head + 90, y + 10}))
    return 3;
  if (oval(p, -half / 5, -10, half / 2, high / 2)) return 2;
  if (oval(p, 0, 0, half, high) || oval(p, x, y, head, head)) return 1;
  if (triangle(p, {-half / 2, 0}, {-half - 120, -40}, {-half - 100, 60})) return 2;
  const int64_t leg = m[3] / 3;
  return box(p, -leg - 10, 0, -leg + 10, high + 90) ||
                 box(p, leg - 10, 0, leg + 10, high + 90)
           ? 3
           : 0;
}

inline int cup(Point p, const Measures& m) {
  const int64_t half = 170 * m[0] / 100, top = -190 * m[1] / 100, narrow = m[3] - 70;
  const int64_t edge = half - (p.y - top) * narrow / 300;
  if (p.y >= top && p.y < 210 && -edge <= p.x && p.x < edge)
    return p.y < top + 40 ? 3 : m[3] > 100 && p.y > -20 && p.y < 60 ? 2 : 1;
  const int64_t ring = 110 * m[2] / 100;
  return oval(p, half, 0, ring, ring) && !oval(p, half, 0, ring - 45, ring - 45) ? 1 : 0;
}

}  // namespace hg::data::outlines
