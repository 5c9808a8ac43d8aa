#include "learn/contour.hpp"

#include <array>
#include <cmath>
#include <cstddef>

namespace hg::learn {

namespace {

struct Corner {
  double x, y, z;
};

// A plane over a triangle meets the level in one straight piece or not at all: the piece
// enters and leaves through those two sides whose ends lie on different sides of it.
void cut_triangle(const std::array<Corner, 3>& t, double level, std::vector<Segment>& out) {
  std::array<double, 4> ends{};
  size_t found = 0;
  for (size_t i = 0; i < 3; ++i) {
    const Corner &a = t[i], &b = t[(i + 1) % 3];
    if ((a.z < level) == (b.z < level)) continue;
    const double share = (level - a.z) / (b.z - a.z);
    ends[found++] = a.x + share * (b.x - a.x);
    ends[found++] = a.y + share * (b.y - a.y);
  }
  if (found == 4) out.push_back({ends[0], ends[1], ends[2], ends[3]});
}

}  // namespace

// Each cell is cut into four triangles that meet in its middle, at the mean height of its
// corners. A saddle, where the corners alone leave two ways to draw the lines, is so
// decided by its middle.
std::vector<Segment> contour_lines(const std::vector<double>& x,
                                   const std::vector<double>& y,
                                   const std::vector<double>& z, double level) {
  std::vector<Segment> out;
  const size_t columns = x.size();
  for (size_t i = 0; i + 1 < y.size(); ++i) {
    for (size_t j = 0; j + 1 < columns; ++j) {
      const std::array<Corner, 4> corner{
          {{x[j], y[i], z[i * columns + j]},
           {x[j + 1], y[i], z[i * columns + j + 1]},
           {x[j + 1], y[i + 1], z[(i + 1) * columns + j + 1]},
           {x[j], y[i + 1], z[(i + 1) * columns + j]}}};
      Corner middle{0, 0, 0};
      for (const Corner& c : corner) {
        middle.x += c.x / 4;
        middle.y += c.y / 4;
        middle.z += c.z / 4;
      }
      if (!std::isfinite(middle.z)) continue;
      for (size_t k = 0; k < 4; ++k) {
        cut_triangle({corner[k], corner[(k + 1) % 4], middle}, level, out);
      }
    }
  }
  return out;
}

}  // namespace hg::learn
