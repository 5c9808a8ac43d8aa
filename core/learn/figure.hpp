// Figures: curves, points, histograms, contours and heat maps.
//
// A Figure only describes what is to be seen. From one description come a drawing in
// letters for the terminal, an SVG and a PNG (both by gnuplot, where it is installed).
//
//     Figure figure = plot(x, {f, g}, {.xlabel = "x", .legend = {"f(x)", "g(x)"}});
//     std::cout << figure.text();
//     figure.save("curves.svg");
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "learn/scale.hpp"
#include "learn/style.hpp"
#include "learn/terminal.hpp"
#include "learn/values.hpp"

namespace hg {

/// One thing drawn in an Axes. Which fields are used depends on the kind.
struct PlotLayer {
  enum class Kind { line, bars, contour, heatmap } kind;
  Style style = {};
  std::string label = {};              // its name in the legend; "" for none
  std::vector<double> x = {}, y = {};  // line: points; bars: centres and heights
  double width = 0;                    // bars: of each
  std::vector<double> z = {};          // contour, heatmap: rows x columns, row-major
  size_t rows = 0, columns = 0;
  std::vector<double> levels = {};  // contour: the heights its lines follow
};

/// One pair of axes and what is drawn between them. Every call returns the same axes, so
/// that calls chain: axes.line(x, y, "m--").xlabel("epoch").yscale("log").
class Axes {
 public:
  /// A curve through the points, or the points alone when `format` has a marker and no
  /// dashes. NaN, infinity, and on a log axis zero or less, leave a gap.
  Axes& line(Values x, Values y, const std::string& format = "", std::string label = "");
  Axes& scatter(Values x, Values y, const std::string& format = "o",
                std::string label = "");

  /// How many of the values fall in each of `bins` equal parts of their range; several
  /// sets share the bins and stand side by side.
  Axes& histogram(const Curves& sets, int bins = 20, std::vector<std::string> labels = {});

  /// Bars from 0 to heights[i], `width` wide, around x = centres[i].
  Axes& bars(Values centres, Values heights, double width = 0.8, std::string label = "");

  /// Lines of equal height: z[i*x.size() + j] belongs to (x[j], y[i]). Seven levels
  /// spread over the range of z, unless they are given.
  Axes& contour(Values x, Values y, Values z, Values levels = {});

  /// A matrix as colours, row 0 on top: z has rows*columns elements.
  Axes& heatmap(Values z, size_t rows, size_t columns);
  Axes& heatmap(const Tensor& matrix);

  Axes& title(std::string text);
  Axes& xlabel(std::string text);
  Axes& ylabel(std::string text);
  /// Names the layers that have none yet, in order.
  Axes& legend(const std::vector<std::string>& labels);
  Axes& xlim(Limits limits);
  Axes& ylim(Limits limits);
  /// "linear" or "log".
  Axes& xscale(const std::string& scale);
  Axes& yscale(const std::string& scale);
  /// Names for the places 0, 1, 2, ... of an axis: words of a sentence, classes.
  Axes& xnames(std::vector<std::string> names);
  Axes& ynames(std::vector<std::string> names);

  /// Forgets the layers; labels, limits and scales stay.
  Axes& clear();

  struct Side {
    std::string label;
    learn::ScaleKind kind = learn::ScaleKind::linear;
    Limits limits;
    std::vector<std::string> names;
  };
  const std::vector<PlotLayer>& layers() const { return layers_; }
  const Side& x() const { return x_; }
  const Side& y() const { return y_; }
  const std::string& title() const { return title_; }

 private:
  std::vector<PlotLayer> layers_;
  Side x_, y_;
  std::string title_;
};

/// Inches, as in the course: PNG has 200 pixels to the inch, the terminal 16 columns.
struct FigureSize {
  double width = 4.5, height = 3;
};

/// What plot() and Animator take, named and ordered as in the course.
struct PlotOptions {
  std::string xlabel = {}, ylabel = {};
  std::vector<std::string> legend = {};
  Limits xlim = {}, ylim = {};
  std::string xscale = "linear", yscale = "linear";
  std::vector<std::string> fmts = {"-", "m--", "g-.", "r:"};
  int nrows = 1, ncols = 1;
  FigureSize figsize = {};  // of the whole figure
  std::string title = {};
};

/// A grid of Axes.
class Figure {
 public:
  struct Options {
    int nrows = 1, ncols = 1;
    FigureSize figsize = {};
  };
  Figure() : Figure(Options()) {}
  explicit Figure(Options options);

  int nrows() const { return options_.nrows; }
  int ncols() const { return options_.ncols; }
  FigureSize figsize() const { return options_.figsize; }

  /// By row and column, or counted along the rows.
  Axes& axes(int row, int column);
  const Axes& axes(int row, int column) const;
  Axes& axes(int index = 0);
  const Axes& axes(int index = 0) const;

  /// The drawing in letters, no wider than the terminal, each line ended by '\n'.
  std::string text() const { return text(terminal()); }
  std::string text(const Terminal& terminal) const;

  /// Writes an .svg or a .png; a missing folder is made. False when gnuplot is not
  /// installed: the first time, one line on the error output says so.
  bool save(const std::filesystem::path& path) const;

 private:
  Options options_;
  std::vector<Axes> axes_;
};

/// Curves over common x values, curve i in format fmts[i], cycling.
Figure plot(const Values& x, const Curves& y, const PlotOptions& options = {});
/// The same over 0, 1, 2, ...; all curves have as many points.
Figure plot(const Curves& y, const PlotOptions& options = {});

/// Applies the labels, limits and scales of `options` to `axes`.
void configure(Axes& axes, const PlotOptions& options);

}  // namespace hg
