// What both drawings of an Axes, in letters and in ink, have to agree on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "learn/figure.hpp"
#include "learn/scale.hpp"

namespace hg::learn {

/// The two scales of an Axes with its data, and the names along them.
struct View {
  explicit View(const Axes& axes);

  std::vector<Tick> xticks(int about, bool utf8) const;
  std::vector<Tick> yticks(int about, bool utf8) const;

  /// A bar's corners, as places: left, low, right, high.
  struct Box {
    double left, low, right, high;
  };
  Box bar(const PlotLayer& layer, size_t i) const;

  Scale x, y;
  std::vector<std::string> xnames, ynames;
};

/// The smallest and largest number of a heat map; {0, 1} when it has none that is finite.
std::pair<double, double> heat_range(const PlotLayer& layer);

/// The colour of a contour line: the lowest level dark, the highest light.
Rgb level_colour(const PlotLayer& layer, size_t level);

}  // namespace hg::learn
