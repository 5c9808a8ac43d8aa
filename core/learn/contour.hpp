// Lines of equal height on a grid.
#pragma once

#include <vector>

namespace hg::learn {

struct Segment {
  double x0, y0, x1, y1;
};

/// The pieces of the lines z = level, where z[i*x.size() + j] is the height at (x[j], y[i])
/// and heights between the grid's points are interpolated. A cell with a NaN has none.
std::vector<Segment> contour_lines(const std::vector<double>& x,
                                   const std::vector<double>& y,
                                   const std::vector<double>& z, double level);

}  // namespace hg::learn
