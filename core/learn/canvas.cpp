#include "learn/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "learn/utf8.hpp"

namespace hg::learn {

namespace {

// Dots drawn (+) and left out (-), over and over along the line.
bool dash_is_on(Dash dash, int walked) {
  auto in_pattern = [walked](std::string_view pattern) {
    return pattern[size_t(walked) % pattern.size()] == '+';
  };
  switch (dash) {
    case Dash::none: return false;
    case Dash::solid: return true;
    case Dash::dashed: return in_pattern("++++++---");
    case Dash::dash_dot: return in_pattern("++++++--+--");
    case Dash::dotted: return in_pattern("+--");
  }
  return true;
}

// Cuts a line from (a0,b0) to (a1,b1) to where a is between 0 and 1; false if that is
// nowhere. An end that is moved lands on the border exactly, however far away it was.
bool cut(double& a0, double& b0, double& a1, double& b1) {
  if ((a0 < 0 && a1 < 0) || (a0 > 1 && a1 > 1)) return false;
  const double from_a = a0, from_b = b0, da = a1 - a0, db = b1 - b0;
  auto move_inside = [&](double& a, double& b) {
    if (a >= 0 && a <= 1) return;
    const double border = a < 0 ? 0 : 1;
    b = from_b + (border - from_a) / da * db;
    a = border;
  };
  move_inside(a0, b0);
  move_inside(a1, b1);
  return true;
}

}  // namespace

Canvas::Canvas(int rows, int columns, bool braille)
    : rows_(rows),
      columns_(columns),
      cell_width_(braille ? 2 : 1),
      cell_height_(braille ? 4 : 1),
      cells_(size_t(rows) * size_t(columns)) {}

int Canvas::dot_x(double x) const {
  return int(std::lround(x * (columns_ * cell_width_ - 1)));
}
int Canvas::dot_y(double y) const {
  return int(std::lround((1 - y) * (rows_ * cell_height_ - 1)));
}

void Canvas::dot(int x, int y, const Pen& pen) {
  if (x < 0 || y < 0 || x >= columns_ * cell_width_ || y >= rows_ * cell_height_) return;
  Dots& cell =
      cells_[size_t(y / cell_height_) * size_t(columns_) + size_t(x / cell_width_)];
  // Unicode numbers the dots down the left column, then the right; the lowest two came
  // later and have the highest bits.
  constexpr unsigned bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  cell.bits |= bit[y % cell_height_][x % cell_width_];
  cell.letter = pen.letter;
  cell.colour = pen.colour;
}

void Canvas::line(double x0, double y0, double x1, double y1, Pen& pen) {
  if (!std::isfinite(x0 + y0 + x1 + y1)) return;
  if (!cut(x0, y0, x1, y1) || !cut(y0, x0, y1, x1)) return;
  // One dot for each step along the longer side.
  const int from_x = dot_x(x0), from_y = dot_y(y0), to_x = dot_x(x1), to_y = dot_y(y1);
  const int steps = std::max(std::abs(to_x - from_x), std::abs(to_y - from_y));
  for (int i = 0; i <= steps; ++i) {
    const double share = steps == 0 ? 0 : double(i) / steps;
    const int x = int(std::lround(from_x + share * (to_x - from_x)));
    const int y = int(std::lround(from_y + share * (to_y - from_y)));
    if (x == pen.last_x && y == pen.last_y) continue;  // a corner is walked once
    pen.last_x = x;
    pen.last_y = y;
    if (dash_is_on(pen.dash, pen.walked++)) dot(x, y, pen);
  }
}

void Canvas::point(double x, double y, Marker marker, const Pen& pen) {
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) return;
  const int cx = dot_x(x), cy = dot_y(y);
  dot(cx, cy, pen);
  if (cell_width_ == 1 || marker == Marker::dot || marker == Marker::none) return;
  const bool diagonal = marker == Marker::cross;
  const bool upright = marker == Marker::plus || marker == Marker::star;
  if (diagonal || upright) {
    for (int d : {-1, 1}) {
      dot(cx + d, diagonal ? cy + d : cy, pen);
      dot(diagonal ? cx + d : cx, diagonal ? cy - d : cy + d, pen);
    }
    return;
  }
  for (int d = 1; d < 4; ++d) dot(cx + d % 2, cy + d / 2, pen);
}

void Canvas::fill(double x0, double y0, double x1, double y1, const Pen& pen) {
  if (!std::isfinite(x0 + y0 + x1 + y1)) return;
  const auto [left, right] = std::minmax({x0, x1});
  const auto [low, high] = std::minmax({y0, y1});
  if (right < 0 || left > 1 || high < 0 || low > 1) return;
  for (int x = dot_x(std::max(left, 0.0)); x <= dot_x(std::min(right, 1.0)); ++x) {
    for (int y = dot_y(std::min(high, 1.0)); y <= dot_y(std::max(low, 0.0)); ++y) {
      dot(x, y, pen);
    }
  }
}

void Canvas::put_on(TextGrid& grid, int row, int column) const {
  for (int r = 0; r < rows_; ++r) {
    for (int c = 0; c < columns_; ++c) {
      const Dots& cell = cells_[size_t(r) * size_t(columns_) + size_t(c)];
      if (cell.bits == 0) continue;
      const std::string letter =
          cell_width_ == 2 ? encode(0x2800 + cell.bits) : std::string(1, cell.letter);
      grid.put(row + r, column + c, letter, cell.colour);
    }
  }
}

}  // namespace hg::learn
