// Drawing with integers: outlines, and the cloth they are laid on.
//
// Why no floating point? The pictures are to be the same bytes everywhere, and a*b + c is
// not: one compiler rounds the product and then the sum, another fuses both into one
// instruction that rounds once. Integers have one right answer. So places are counted in
// *units* too small to be seen:
//
//     (-512,-512) ------> x        cell of the cloth   8 units; 128x128 cells
//          |    (0,0)              pixel of the photo  36.6 units at life size
//          v         (511,511)
//          y
//
// A shape is a closed polygon. Curves are polygons whose corners were cut (smooth), and
// all that is long and thin, a sleeve, a strap, a lace, is a ribbon.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace hg::data {

struct Point {
  int64_t x, y;  // units
};

using Outline = std::vector<Point>;

/// The largest r with r*r <= n. Newton's method from above: while r is larger than the
/// root, (r + n/r)/2 lies between them.
inline int64_t integer_sqrt(int64_t n) {
  int64_t r = n, next = (n + 1) / 2;
  while (next < r) {
    r = next;
    next = (r + n / r) / 2;
  }
  return r;
}

/// A right half, listed from top to bottom, closed by its mirror image on the left.
inline Outline mirrored(Outline right) {
  for (size_t i = right.size(); i-- > 0;) right.push_back({-right[i].x, right[i].y});
  return right;
}

/// Chaikin's corner cutting: of each side the middle half is kept, so each corner becomes
/// two blunter ones. Repeated, it tends to a quadratic B-spline.
inline Outline smooth(Outline shape, int rounds = 2) {
  for (; rounds > 0; --rounds) {
    Outline cut;
    for (size_t i = 0; i < shape.size(); ++i) {
      const Point p = shape[i], q = shape[(i + 1) % shape.size()];
      cut.push_back({(3 * p.x + q.x) / 4, (3 * p.y + q.y) / 4});
      cut.push_back({(p.x + 3 * q.x) / 4, (p.y + 3 * q.y) / 4});
    }
    shape = std::move(cut);
  }
  return shape;
}

/// Nearly an ellipse: a rectangle with its corners cut.
inline Outline oval(Point centre, int64_t rx, int64_t ry) {
  const int64_t x = centre.x, y = centre.y;
  return smooth({{x - rx, y - ry}, {x + rx, y - ry}, {x + rx, y + ry}, {x - rx, y + ry}},
                3);
}

/// A band along `spine`, its width going evenly from `first` to `last`. At each point its
/// edges lie half a width to either side, square to the way from the point before to the
/// point after.
inline Outline ribbon(const std::vector<Point>& spine, int64_t first, int64_t last) {
  Outline left, right;
  const size_t end = spine.size() - 1;
  for (size_t i = 0; i <= end; ++i) {
    const Point from = spine[i > 0 ? i - 1 : 0], p = spine[i],
                to = spine[std::min(i + 1, end)];
    const int64_t dx = to.x - from.x, dy = to.y - from.y;
    const int64_t length = std::max<int64_t>(1, integer_sqrt(dx * dx + dy * dy));
    const int64_t width =
        first + (last - first) * static_cast<int64_t>(i) / static_cast<int64_t>(end);
    const Point side{-dy * width / (2 * length), dx * width / (2 * length)};
    left.push_back({p.x + side.x, p.y + side.y});
    right.push_back({p.x - side.x, p.y - side.y});
  }
  left.insert(left.end(), right.rbegin(), right.rend());
  return left;
}

/// A square of cloth, black at first. An *ink* gives the grey of a place from what is
/// there already: ink(x, y, grey) -> grey.
class Cloth {
 public:
  /// Inks every cell whose middle lies inside the shape. A row crosses the shape's sides
  /// at some x; in order, the crossings mean in, out, in, out. A side counts for the rows
  /// from its upper end up to but without its lower one: so two sides that meet in a
  /// corner are crossed once between them, not twice.
  template <class Ink>
  void lay(const Outline& shape, const Ink& ink) {
    const auto higher = [](const Point& p, const Point& q) { return p.y < q.y; };
    const auto [top, bottom] = std::minmax_element(shape.begin(), shape.end(), higher);
    for (int64_t row = cell(top->y); row <= cell(bottom->y); ++row) {
      const int64_t y = middle(row);
      crossings_.clear();
      for (size_t i = 0; i < shape.size(); ++i) {
        const Point p = shape[i], q = shape[(i + 1) % shape.size()];
        if ((p.y <= y) != (q.y <= y))
          crossings_.push_back(p.x + (q.x - p.x) * (y - p.y) / (q.y - p.y));
      }
      std::sort(crossings_.begin(), crossings_.end());
      for (size_t i = 0; i + 1 < crossings_.size(); i += 2)
        for (int64_t c = first_from(crossings_[i]); c < cells; ++c) {
          const int64_t x = middle(c);
          if (x >= crossings_[i + 1]) break;
          uint8_t& grey = grey_[static_cast<size_t>(row * cells + c)];
          grey = static_cast<uint8_t>(std::clamp<int64_t>(ink(x, y, grey), 0, 255));
        }
    }
  }

  /// The shape, and then its mirror image: left and right sleeves, legs, collars.
  template <class Ink>
  void lay_pair(Outline shape, const Ink& ink) {
    lay(shape, ink);
    for (Point& p : shape) p.x = -p.x;
    lay(shape, ink);
  }

  /// The grey at (x,y); black beside the cloth.
  int64_t at(int64_t x, int64_t y) const {
    const uint64_t column = static_cast<uint64_t>(x + half) / unit;  // huge if x < -half
    const uint64_t row = static_cast<uint64_t>(y + half) / unit;
    return column < cells && row < cells ? grey_[row * cells + column] : 0;
  }

 private:
  static constexpr int64_t cells = 128, unit = 8, half = cells * unit / 2;

  static int64_t cell(int64_t place) {
    return (std::clamp(place, -half, half - 1) + half) / unit;
  }
  /// The first cell whose middle is at x or to the right of it.
  static int64_t first_from(int64_t x) {
    return std::max<int64_t>(0, x + half + unit / 2 - 1) / unit;
  }
  static int64_t middle(int64_t cell) { return cell * unit + unit / 2 - half; }

  std::array<uint8_t, cells * cells> grey_{};
  std::vector<int64_t> crossings_;
};

}  // namespace hg::data
