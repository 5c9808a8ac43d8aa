#include "learn/view.hpp"

#include <algorithm>
#include <cmath>

namespace hg::learn {

namespace {

constexpr double line_margin = 0.04;  // curves do not touch the frame

bool has(const Axes& axes, PlotLayer::Kind kind) {
  const auto& layers = axes.layers();
  return std::any_of(layers.begin(), layers.end(),
                     [kind](const PlotLayer& layer) { return layer.kind == kind; });
}

Scale x_scale(const Axes& axes) {
  const ScaleKind kind = axes.x().kind;
  Extent extent;
  for (const PlotLayer& layer : axes.layers()) {
    if (layer.kind == PlotLayer::Kind::heatmap) {
      extent.include(-0.5, kind);
      extent.include(double(layer.columns) - 0.5, kind);
    }
    for (double x : layer.x) {
      extent.include(x - layer.width / 2, kind);
      extent.include(x + layer.width / 2, kind);
    }
  }
  const bool tight =
      has(axes, PlotLayer::Kind::heatmap) || has(axes, PlotLayer::Kind::contour);
  return make_scale(kind, axes.x().limits, extent, tight ? 0 : line_margin, "x");
}

Scale y_scale(const Axes& axes) {
  const ScaleKind kind = axes.y().kind;
  Extent extent;
  for (const PlotLayer& layer : axes.layers()) {
    if (layer.kind == PlotLayer::Kind::heatmap) {
      extent.include(-0.5, kind);
      extent.include(double(layer.rows) - 0.5, kind);
    }
    for (double y : layer.y) extent.include(y, kind);
  }
  Limits limits = axes.y().limits;
  if (has(axes, PlotLayer::Kind::bars) && kind == ScaleKind::linear) {
    extent.include(0, kind);  // a bar stands on zero
    if (extent.low == 0 && extent.high > 0 && std::isnan(limits.low)) limits.low = 0;
  }
  const bool heat = has(axes, PlotLayer::Kind::heatmap);
  const bool tight = heat || has(axes, PlotLayer::Kind::contour);
  const Scale upright = make_scale(kind, limits, extent, tight ? 0 : line_margin, "y");
  // A matrix has its row 0 on top.
  return {kind, upright.low(), upright.high(), heat};
}

// Every name if there is room for all, else every second, third, ...
std::vector<Tick> name_ticks(const Scale& scale, const std::vector<std::string>& names,
                             int about) {
  std::vector<Tick> out;
  const size_t room = size_t(std::max(about, 1));
  const size_t stride = std::max<size_t>(1, (names.size() + room - 1) / room);
  for (size_t i = 0; i < names.size(); i += stride) {
    const double place = scale.place(double(i));
    if (place >= 0 && place <= 1) out.push_back({place, names[i]});
  }
  return out;
}

std::vector<std::string> counted(size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

}  // namespace

View::View(const Axes& axes)
    : x(x_scale(axes)), y(y_scale(axes)), xnames(axes.x().names), ynames(axes.y().names) {
  for (const PlotLayer& layer : axes.layers()) {
    if (layer.kind != PlotLayer::Kind::heatmap) continue;
    if (xnames.empty()) xnames = counted(layer.columns);
    if (ynames.empty()) ynames = counted(layer.rows);
  }
}

std::vector<Tick> View::xticks(int about, bool utf8) const {
  return xnames.empty() ? ticks(x, about, utf8) : name_ticks(x, xnames, about);
}
std::vector<Tick> View::yticks(int about, bool utf8) const {
  return ynames.empty() ? ticks(y, about, utf8) : name_ticks(y, ynames, about);
}

View::Box View::bar(const PlotLayer& layer, size_t i) const {
  // On a log axis there is no zero to stand on: bars stand on the frame.
  const double foot = y.kind() == ScaleKind::log ? 0 : y.place(0);
  return {x.place(layer.x[i] - layer.width / 2), foot,
          x.place(layer.x[i] + layer.width / 2), y.place(layer.y[i])};
}

std::pair<double, double> heat_range(const PlotLayer& layer) {
  Extent range;
  for (double value : layer.z) range.include(value, ScaleKind::linear);
  if (range.empty()) return {0, 1};
  if (range.low == range.high) return {range.low - 0.5, range.high + 0.5};
  return {range.low, range.high};
}

Rgb level_colour(const PlotLayer& layer, size_t level) {
  // The lightest fifth of the colours is too faint for a line on white.
  const double last = double(std::max<size_t>(layer.levels.size(), 2) - 1);
  return heat_colour(0.1 + 0.7 * double(level) / last);
}

}  // namespace hg::learn
