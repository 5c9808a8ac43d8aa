// A figure drawn in letters, for the terminal.
//
//                        title
//     ylabel                     ⠤⠤⠤⠤ label  ⠤ ⠤⠤ label
//     0.8 ┤⢄
//         │ ⠉⠢⢄
//     0.6 ┤    ⠉⠒⠤⢄
//         └┬───────┬───────┬
//          0       1       2
//                xlabel
#include <algorithm>
#include <cmath>

#include "learn/canvas.hpp"
#include "learn/contour.hpp"
#include "learn/figure.hpp"
#include "learn/text_grid.hpp"
#include "learn/utf8.hpp"
#include "learn/view.hpp"

namespace hg {

namespace {

using namespace learn;

constexpr double columns_per_inch = 16, rows_per_inch = 16.0 / 3;
constexpr int narrowest = 34;  // columns below which a drawing says nothing

// The letters of the frame, in Unicode or ASCII.
struct Frame {
  const char *side, *tick_left, *corner, *bottom, *tick_below;
};
constexpr Frame lines{"│", "┤", "└", "─", "┬"}, ascii{"|", "+", "+", "-", "+"};

char marker_letter(Marker marker, size_t index) {
  switch (marker) {
    case Marker::circle: return 'o';
    case Marker::dot: return '.';
    case Marker::cross: return 'x';
    case Marker::plus: return '+';
    case Marker::square: return '#';
    case Marker::triangle: return '^';
    case Marker::diamond: return '%';
    case Marker::star: return '*';
    case Marker::none: break;
  }
  constexpr std::string_view letters = "*+ox#@%&=~";
  return letters[index % letters.size()];
}

Pen pen_of(const PlotLayer& layer, size_t index, const Terminal& terminal) {
  Pen pen;
  pen.colour = layer.style.colour;
  if (*pen.colour == parse_format("k", 0).colour) pen.colour.reset();  // the terminal's own
  pen.letter = marker_letter(layer.style.marker, index);
  pen.dash = layer.style.dash;
  // Letters tell the curves apart already, and are too coarse for gaps.
  if (!terminal.utf8 && pen.dash != Dash::none) pen.dash = Dash::solid;
  return pen;
}

// A cell of a heat map without colours, from light to dark.
std::string shade(double share, bool utf8) {
  static const std::vector<std::string> blocks = letters(" ░▒▓█"),
                                        ascii_ramp = letters(" .:-=+*#%@");
  const auto& ramp = utf8 ? blocks : ascii_ramp;
  if (std::isnan(share)) return " ";
  return ramp[size_t(std::lround(std::clamp(share, 0.0, 1.0) * double(ramp.size() - 1)))];
}

// Draws one Axes into a grid of its own.
class AxesDrawing {
 public:
  AxesDrawing(const Axes& axes, int rows, int columns, const Terminal& terminal)
      : axes_(axes), view_(axes), terminal_(terminal), grid_(rows, columns) {}

  TextGrid draw() {
    top_ = put_title() + put_header();
    height_ = grid_.rows() - top_ - (axes_.x().label.empty() ? 2 : 3);
    put_y_axis();
    put_x_axis();
    put_heatmaps();
    put_canvas();
    return std::move(grid_);
  }

 private:
  int put_title() {
    if (axes_.title().empty()) return 0;
    const std::string title = fit(axes_.title(), grid_.columns());
    grid_.put(0, (grid_.columns() - display_width(title)) / 2, title, {}, true);
    return 1;
  }

  // The legend as pieces of grid, one for each named layer.
  std::vector<TextGrid> legend() const {
    std::vector<TextGrid> entries;
    for (size_t i = 0; i < axes_.layers().size(); ++i) {
      const PlotLayer& layer = axes_.layers()[i];
      if (layer.kind == PlotLayer::Kind::heatmap) entries.push_back(heat_legend(layer));
      if (layer.label.empty()) continue;
      const std::string label = fit(layer.label, grid_.columns() - 5);
      TextGrid entry(1, 5 + display_width(label));
      Canvas sample(1, 4, terminal_.utf8);
      Pen pen = pen_of(layer, i, terminal_);
      if (layer.kind == PlotLayer::Kind::bars) sample.fill(0, 0, 1, 1, pen);
      sample.line(0, 0.4, 1, 0.4, pen);
      if (layer.style.marker != Marker::none)
        sample.point(0.5, 0.4, layer.style.marker, pen);
      sample.put_on(entry, 0, 0);
      entry.put(0, 5, label);
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  TextGrid heat_legend(const PlotLayer& layer) const {
    const auto [low, high] = heat_range(layer);
    const std::string left = short_number(low, 3), right = short_number(high, 3);
    constexpr int steps = 10;
    TextGrid entry(1, int(left.size() + right.size()) + steps + 2);
    entry.put(0, 0, left);
    for (int i = 0; i < steps; ++i) {
      heat_cell(entry.at(0, int(left.size()) + 1 + i), double(i) / (steps - 1));
    }
    entry.put(0, int(left.size()) + steps + 2, right);
    return entry;
  }

  void heat_cell(Cell& cell, double share) const {
    if (terminal_.colours == ColourDepth::none) {
      cell = {shade(share, terminal_.utf8)};
    } else {
      cell = {" ", {}, heat_colour(share)};
    }
  }

  // The label of the y axis on the left, the legend on the right, below it if too long.
  int put_header() {
    const std::vector<TextGrid> entries = legend();
    const int row = axes_.title().empty() ? 0 : 1;
    const std::string ylabel = fit(axes_.y().label, grid_.columns());
    grid_.put(row, 0, ylabel);

    std::vector<std::vector<const TextGrid*>> rows(1);
    int used = ylabel.empty() ? 0 : display_width(ylabel) + 2;
    for (const TextGrid& entry : entries) {
      if (used + entry.columns() > grid_.columns() && used > 0) {
        rows.emplace_back();
        used = 0;
      }
      rows.back().push_back(&entry);
      used += entry.columns() + 2;
    }
    for (size_t r = 0; r < rows.size(); ++r) {
      int width = -2;
      for (const TextGrid* entry : rows[r]) width += entry->columns() + 2;
      int column = std::max(0, grid_.columns() - width);
      for (const TextGrid* entry : rows[r]) {
        grid_.put(row + int(r), column, *entry);
        column += entry->columns() + 2;
      }
    }
    return ylabel.empty() && entries.empty() ? 0 : int(rows.size());
  }

  const Frame& frame() const { return terminal_.utf8 ? lines : ascii; }

  void put_y_axis() {
    std::vector<Tick> marks = view_.yticks(std::max(2, height_ * 2 / 5), terminal_.utf8);
    std::erase_if(marks, [](const Tick& tick) { return tick.label.empty(); });
    int label_width = 0;
    for (Tick& tick : marks) {
      tick.label = fit(tick.label, grid_.columns() / 3);
      label_width = std::max(label_width, display_width(tick.label));
    }
    left_ = label_width + 2;
    width_ = grid_.columns() - left_;
    for (int r = 0; r < height_; ++r) grid_.put(top_ + r, left_ - 1, frame().side);
    int free_above = top_ + height_;
    for (const Tick& tick : marks) {
      const int row = top_ + row_of(tick.place);
      if (std::abs(row - free_above) < 1)
        continue;  // two names in one row: the first stays
      free_above = row;
      grid_.put(row, label_width - display_width(tick.label), tick.label);
      grid_.put(row, left_ - 1, frame().tick_left);
    }
  }

  // As many labels as stand apart by two columns at least.
  void put_x_axis() {
    const int row = top_ + height_;
    grid_.put(row, left_ - 1, frame().corner);
    for (int c = 0; c < width_; ++c) grid_.put(row, left_ + c, frame().bottom);

    std::vector<Tick> marks;
    for (int about = std::max(width_ / 8, 2); about >= 1; --about) {
      marks = view_.xticks(about, terminal_.utf8);
      std::erase_if(marks, [](const Tick& tick) { return tick.label.empty(); });
      if (apart(marks)) break;
    }
    for (const Tick& tick : marks) {
      grid_.put(row, left_ + column_of(tick.place), frame().tick_below);
      grid_.put(row + 1, label_column(tick), tick.label);
    }
    const std::string label = fit(axes_.x().label, grid_.columns());
    grid_.put(row + 2, std::max(0, left_ + (width_ - display_width(label)) / 2), label);
  }

  bool apart(const std::vector<Tick>& marks) const {
    int free_from = 0;
    for (const Tick& tick : marks) {
      if (label_column(tick) < free_from) return false;
      free_from = label_column(tick) + display_width(tick.label) + 2;
    }
    return true;
  }

  int label_column(const Tick& tick) const {
    const int width = display_width(tick.label);
    return std::clamp(left_ + column_of(tick.place) - width / 2, 0,
                      std::max(0, grid_.columns() - width));
  }

  // The letter in which the canvas has the dot of a place.
  int column_of(double place) const {
    const int dots = terminal_.utf8 ? 2 : 1;
    return int(std::lround(std::clamp(place, 0.0, 1.0) * (width_ * dots - 1))) / dots;
  }
  int row_of(double place) const {
    const int dots = terminal_.utf8 ? 4 : 1;
    return int(std::lround((1 - std::clamp(place, 0.0, 1.0)) * (height_ * dots - 1))) /
           dots;
  }

  void put_heatmaps() {
    for (const PlotLayer& layer : axes_.layers()) {
      if (layer.kind != PlotLayer::Kind::heatmap) continue;
      const auto [low, high] = heat_range(layer);
      const Scale &sx = view_.x, &sy = view_.y;
      for (int r = 0; r < height_; ++r) {
        for (int c = 0; c < width_; ++c) {
          const double x = sx.low() + (c + 0.5) / width_ * (sx.high() - sx.low());
          const double y = sy.low() + (r + 0.5) / height_ * (sy.high() - sy.low());
          const double i = std::floor(y + 0.5), j = std::floor(x + 0.5);
          if (!(i >= 0 && j >= 0 && i < double(layer.rows) && j < double(layer.columns))) {
            continue;
          }
          const double value = layer.z[size_t(i) * layer.columns + size_t(j)];
          if (!std::isfinite(value)) continue;
          heat_cell(grid_.at(top_ + r, left_ + c), (value - low) / (high - low));
        }
      }
    }
  }

  void put_canvas() {
    Canvas canvas(height_, width_, terminal_.utf8);
    for (size_t i = 0; i < axes_.layers().size(); ++i) {
      const PlotLayer& layer = axes_.layers()[i];
      Pen pen = pen_of(layer, i, terminal_);
      if (layer.kind == PlotLayer::Kind::bars) put_bars(canvas, layer, pen);
      if (layer.kind == PlotLayer::Kind::contour) put_contour(canvas, layer, pen);
      if (layer.kind == PlotLayer::Kind::line) put_line(canvas, layer, pen);
    }
    canvas.put_on(grid_, top_, left_);
  }

  void put_line(Canvas& canvas, const PlotLayer& layer, Pen& pen) const {
    const bool many = layer.x.size() > 100;  // big markers would run together
    const Marker marker =
        many && layer.style.marker != Marker::none ? Marker::dot : layer.style.marker;
    for (size_t i = 0; i < layer.x.size(); ++i) {
      const double x = view_.x.place(layer.x[i]), y = view_.y.place(layer.y[i]);
      if (i > 0) {
        canvas.line(view_.x.place(layer.x[i - 1]), view_.y.place(layer.y[i - 1]), x, y,
                    pen);
      }
      // A curve of one point alone, or between two gaps, is seen as a dot.
      if (marker != Marker::none || is_alone(layer, i)) canvas.point(x, y, marker, pen);
    }
  }

  bool is_alone(const PlotLayer& layer, size_t i) const {
    auto drawn = [&](size_t k) {
      return k < layer.x.size() && !std::isnan(view_.x.place(layer.x[k])) &&
             !std::isnan(view_.y.place(layer.y[k]));
    };
    return !drawn(i + 1) && (i == 0 || !drawn(i - 1));
  }

  void put_bars(Canvas& canvas, const PlotLayer& layer, const Pen& pen) const {
    for (size_t i = 0; i < layer.x.size(); ++i) {
      const View::Box box = view_.bar(layer, i);
      if (layer.y[i] == 0) continue;
      canvas.fill(box.left, box.low, box.right, box.high, pen);
    }
  }

  void put_contour(Canvas& canvas, const PlotLayer& layer, Pen pen) const {
    for (size_t level = 0; level < layer.levels.size(); ++level) {
      pen.colour = level_colour(layer, level);
      pen.letter = char('0' + level % 10);
      for (const Segment& s :
           contour_lines(layer.x, layer.y, layer.z, layer.levels[level])) {
        canvas.line(view_.x.place(s.x0), view_.y.place(s.y0), view_.x.place(s.x1),
                    view_.y.place(s.y1), pen);
      }
    }
  }

  const Axes& axes_;
  View view_;
  const Terminal& terminal_;
  TextGrid grid_;
  int top_ = 0, left_ = 0, height_ = 0, width_ = 0;  // where the canvas is, in letters
};

}  // namespace

// The axes of a row stand beside each other where the terminal has the columns for it,
// else as many as fit, and the others below.
std::string Figure::text(const Terminal& terminal) const {
  constexpr int gap = 3;
  const int columns = std::max(
      narrowest,
      std::min(terminal.columns, int(std::lround(figsize().width * columns_per_inch))));
  const int beside = std::clamp((columns + gap) / (narrowest + gap), 1, ncols());
  const int width = (columns + gap) / beside - gap;
  const int height =
      std::max(10, int(std::lround(figsize().height * rows_per_inch / nrows())));

  std::string out;
  for (int row = 0; row < nrows(); ++row) {
    for (int first = 0; first < ncols(); first += beside) {
      TextGrid band(height, columns);
      for (int c = first; c < std::min(first + beside, ncols()); ++c) {
        const TextGrid drawing = AxesDrawing(axes(row, c), height, width, terminal).draw();
        band.put(0, (c - first) * (width + gap), drawing);
      }
      out += band.text(terminal.colours);
    }
  }
  return out;
}

}  // namespace hg
