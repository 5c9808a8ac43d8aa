#include "learn/figure.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tensor/error.hpp"

namespace hg {

namespace {

std::vector<double> list(const Values& values) { return {values.begin(), values.end()}; }

void require_same_size(const char* what, const char* a, size_t na, const char* b,
                       size_t nb) {
  if (na == nb) return;
  throw Error(what, std::string(a) + " has " + std::to_string(na) + " elements, " + b +
                        " has " + std::to_string(nb) + "; they must be as many");
}

size_t checked_index(int index, int count, const std::string& what) {
  if (index >= 0 && index < count) return size_t(index);
  throw Error("axes", what + " " + std::to_string(index) + " of a figure that has " +
                          std::to_string(count));
}

learn::Extent extent_of(const Curves& sets) {
  learn::Extent extent;
  for (const Values& set : sets) {
    for (double value : set) extent.include(value, learn::ScaleKind::linear);
  }
  return extent;
}

}  // namespace

Axes& Axes::line(Values x, Values y, const std::string& format, std::string label) {
  require_same_size("line", "x", x.size(), "y", y.size());
  PlotLayer layer{PlotLayer::Kind::line, parse_format(format, layers_.size()),
                  std::move(label)};
  layer.x = list(x);
  layer.y = list(y);
  layers_.push_back(std::move(layer));
  return *this;
}

Axes& Axes::scatter(Values x, Values y, const std::string& format, std::string label) {
  line(std::move(x), std::move(y), format, std::move(label));
  Style& style = layers_.back().style;
  style.dash = Dash::none;
  if (style.marker == Marker::none) style.marker = Marker::circle;
  return *this;
}

Axes& Axes::histogram(const Curves& sets, int bins, std::vector<std::string> labels) {
  if (bins < 1 || bins > 10000) {
    throw Error("histogram",
                "bins is " + std::to_string(bins) + "; from 1 to 10000 make sense");
  }
  learn::Extent range = extent_of(sets);
  if (range.empty()) range = {0, 1};
  if (range.low == range.high) range = {range.low - 0.5, range.high + 0.5};
  const double width = (range.high - range.low) / bins;

  for (size_t s = 0; s < sets.size(); ++s) {
    std::vector<double> counts(size_t(bins), 0.0);
    for (double value : sets[s]) {
      if (!std::isfinite(value)) continue;
      const auto bin = std::min(size_t((value - range.low) / width), size_t(bins) - 1);
      counts[bin] += 1;  // the last bin includes its upper end
    }
    // Several sets divide each bin among them, and leave a tenth of it free.
    const double share = sets.size() == 1 ? width : 0.9 * width / double(sets.size());
    std::vector<double> centres(counts.size());
    for (size_t b = 0; b < centres.size(); ++b) {
      centres[b] = range.low + double(b) * width + (double(s) + 0.5) * share;
    }
    bars(centres, counts, share, s < labels.size() ? labels[s] : "");
  }
  return *this;
}

Axes& Axes::bars(Values centres, Values heights, double width, std::string label) {
  require_same_size("bars", "centres", centres.size(), "heights", heights.size());
  if (!(width > 0 && std::isfinite(width))) {
    throw Error("bars", "width is " + learn::short_number(width) + "; it must be above 0");
  }
  PlotLayer layer{PlotLayer::Kind::bars, parse_format("", layers_.size()),
                  std::move(label)};
  layer.x = list(centres);
  layer.y = list(heights);
  layer.width = width;
  layers_.push_back(std::move(layer));
  return *this;
}

Axes& Axes::contour(Values x, Values y, Values z, Values levels) {
  if (x.size() < 2 || y.size() < 2)
    throw Error("contour", "x and y need two values or more");
  require_same_size("contour", "z", z.size(), "the grid", x.size() * y.size());
  PlotLayer layer{PlotLayer::Kind::contour, {}, ""};
  layer.x = list(x);
  layer.y = list(y);
  layer.z = list(z);
  layer.rows = y.size();
  layer.columns = x.size();
  layer.levels = list(levels);
  if (layer.levels.empty()) {
    learn::Extent range = extent_of(z);
    for (int i = 1; i <= 7 && range.low < range.high; ++i) {
      layer.levels.push_back(range.low + (range.high - range.low) * i / 8);
    }
  }
  layers_.push_back(std::move(layer));
  return *this;
}

Axes& Axes::heatmap(Values z, size_t rows, size_t columns) {
  if (rows == 0 || columns == 0) throw Error("heatmap", "the matrix has no elements");
  require_same_size("heatmap", "z", z.size(), "the matrix", rows * columns);
  PlotLayer layer{PlotLayer::Kind::heatmap, {}, ""};
  layer.z = list(z);
  layer.rows = rows;
  layer.columns = columns;
  layers_.push_back(std::move(layer));
  return *this;
}

Axes& Axes::title(std::string text) {
  title_ = std::move(text);
  return *this;
}

Axes& Axes::xlabel(std::string text) {
  x_.label = std::move(text);
  return *this;
}

Axes& Axes::ylabel(std::string text) {
  y_.label = std::move(text);
  return *this;
}

Axes& Axes::xlim(Limits limits) {
  x_.limits = limits;
  return *this;
}

Axes& Axes::ylim(Limits limits) {
  y_.limits = limits;
  return *this;
}

Axes& Axes::xscale(const std::string& scale) {
  x_.kind = learn::scale_kind(scale, "x");
  return *this;
}

Axes& Axes::yscale(const std::string& scale) {
  y_.kind = learn::scale_kind(scale, "y");
  return *this;
}

Axes& Axes::xnames(std::vector<std::string> names) {
  x_.names = std::move(names);
  return *this;
}

Axes& Axes::ynames(std::vector<std::string> names) {
  y_.names = std::move(names);
  return *this;
}

Axes& Axes::legend(const std::vector<std::string>& labels) {
  size_t next = 0;
  for (PlotLayer& layer : layers_) {
    if (next < labels.size() && layer.label.empty()) layer.label = labels[next++];
  }
  return *this;
}

Axes& Axes::clear() {
  layers_.clear();
  return *this;
}

Figure::Figure(Options options) : options_(options) {
  if (options.nrows < 1 || options.ncols < 1 || options.nrows > 50 || options.ncols > 50) {
    throw Error("figure", "a grid of " + std::to_string(options.nrows) + " by " +
                              std::to_string(options.ncols) + "; each may be 1 to 50");
  }
  const FigureSize size = options.figsize;
  if (!(size.width >= 1 && size.width <= 40 && size.height >= 1 && size.height <= 40)) {
    throw Error("figure", "figsize is {" + learn::short_number(size.width) + ", " +
                              learn::short_number(size.height) +
                              "}; it is in inches, 1 to 40");
  }
  axes_.resize(size_t(options.nrows * options.ncols));
}

const Axes& Figure::axes(int row, int column) const {
  const size_t r = checked_index(row, nrows(), "row");
  return axes_[r * size_t(ncols()) + checked_index(column, ncols(), "column")];
}

const Axes& Figure::axes(int index) const {
  return axes_[checked_index(index, nrows() * ncols(), "axes")];
}

Axes& Figure::axes(int row, int column) {
  return const_cast<Axes&>(std::as_const(*this).axes(row, column));
}
Axes& Figure::axes(int index) {
  return const_cast<Axes&>(std::as_const(*this).axes(index));
}

void configure(Axes& axes, const PlotOptions& options) {
  axes.title(options.title).xlabel(options.xlabel).ylabel(options.ylabel);
  axes.xlim(options.xlim).ylim(options.ylim);
  axes.xscale(options.xscale).yscale(options.yscale).legend(options.legend);
}

Figure plot(const Values& x, const Curves& y, const PlotOptions& options) {
  Figure figure({options.nrows, options.ncols, options.figsize});
  Axes& axes = figure.axes();
  for (size_t i = 0; i < y.size(); ++i) {
    const auto& fmts = options.fmts;
    axes.line(x, y[i], fmts.empty() ? "" : fmts[i % fmts.size()]);
  }
  configure(axes, options);
  return figure;
}

Figure plot(const Curves& y, const PlotOptions& options) {
  std::vector<double> x(y.size() == 0 ? 0 : y[0].size());
  std::iota(x.begin(), x.end(), 0.0);
  return plot(x, y, options);
}

}  // namespace hg
