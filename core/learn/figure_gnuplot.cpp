// A figure in ink: the gnuplot script for it, and its file.
//
// The script has every curve in places between 0 and 1 and every tick with its label, so
// that picture and terminal drawing agree, and gnuplot has nothing left to guess.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "learn/contour.hpp"
#include "learn/figure.hpp"
#include "learn/gnuplot.hpp"
#include "learn/output.hpp"
#include "learn/utf8.hpp"
#include "learn/view.hpp"
#include "tensor/error.hpp"

namespace hg {

namespace {

using namespace learn;

// In single quotes gnuplot takes everything as it is, but a quote, which is doubled.
std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const std::string& letter : letters(text)) out += letter == "'" ? "''" : letter;
  return out + "'";
}

// The label of a tick is a format: a percent sign is doubled.
std::string as_format(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '%' ? "%%" : std::string(1, c);
  return in_quotes(out);
}

std::string hex(Rgb c) {
  char text[16];
  std::snprintf(text, sizeof text, "'#%02x%02x%02x'", c.red, c.green, c.blue);
  return text;
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.7g", value);
  return text;
}

const char* dash_type(Dash dash) {
  switch (dash) {
    case Dash::dashed: return "(10,8)";
    case Dash::dash_dot: return "(10,7,1,7)";
    case Dash::dotted: return "(1,5)";
    default: return "solid";
  }
}

int point_type(Marker marker) {
  switch (marker) {
    case Marker::plus: return 1;
    case Marker::cross: return 2;
    case Marker::star: return 3;
    case Marker::square: return 5;
    case Marker::triangle: return 9;
    case Marker::diamond: return 13;
    default: return 7;  // a filled circle
  }
}

double point_size(const PlotLayer& layer) {
  const double small = layer.style.marker == Marker::dot ? 0.3 : 0.8;
  return layer.x.size() > 100 ? small / 2 : small;
}

// The corner where a legend of this size, in places, covers the fewest points. The upper
// right one wins a draw, as the eye looks there first.
const char* emptiest_corner(const Axes& axes, const View& view, double width,
                            double height) {
  struct Corner {
    const char* name;
    double x, y;
    int points = 0;
  };
  std::array<Corner, 4> corners{{{"top right", 1 - width, 1 - height},
                                 {"bottom right", 1 - width, 0},
                                 {"top left", 0, 1 - height},
                                 {"bottom left", 0, 0}}};
  for (const PlotLayer& layer : axes.layers()) {
    for (size_t i = 0; i < layer.x.size() && i < layer.y.size(); ++i) {
      const double x = view.x.place(layer.x[i]), y = view.y.place(layer.y[i]);
      for (Corner& c : corners) {
        const bool below = y <= c.y + height || layer.kind == PlotLayer::Kind::bars;
        c.points += x >= c.x && x <= c.x + width && y >= c.y && below;
      }
    }
  }
  return std::min_element(
             corners.begin(), corners.end(),
             [](const Corner& a, const Corner& b) { return a.points < b.points; })
      ->name;
}

// One block of inline data and the words that plot it.
struct Plot {
  std::string data, words;
};

class AxesScript {
 public:
  AxesScript(const Axes& axes, double width, double height)
      : axes_(axes), view_(axes), width_(width), height_(height) {}

  // `first` numbers the data blocks, for all axes of a figure share their names.
  std::string write(int first) {
    for (const PlotLayer& layer : axes_.layers()) {
      if (layer.kind == PlotLayer::Kind::line) add_line(layer);
      if (layer.kind == PlotLayer::Kind::bars) add_bars(layer);
      if (layer.kind == PlotLayer::Kind::contour) add_contour(layer);
      if (layer.kind == PlotLayer::Kind::heatmap) add_heatmap(layer);
    }
    std::string script = settings(), plot = "plot ";
    if (plots_.empty()) plots_.push_back({"-1 -1\n", "with points notitle"});
    for (size_t i = 0; i < plots_.size(); ++i) {
      const std::string name = "$d" + std::to_string(first + int(i));
      script += name + " << EOD\n" + plots_[i].data + "EOD\n";
      plot += (i ? ", \\\n     " : "") + name + " " + plots_[i].words;
    }
    return script + plot + "\n";
  }

  int blocks() const { return int(plots_.size()); }

 private:
  std::string settings() const {
    const auto& layers = axes_.layers();
    const auto heat = std::find_if(
        layers.begin(), layers.end(),
        [](const PlotLayer& layer) { return layer.kind == PlotLayer::Kind::heatmap; });
    std::string s;
    s += "set title " + in_quotes(axes_.title()) + "\n";
    s += "set xlabel " + in_quotes(axes_.x().label) + "\n";
    s += "set ylabel " + in_quotes(axes_.y().label) + "\n";
    // Names stand closer than numbers do.
    const double per_inch = heat == layers.end() ? 1.7 : 3.5;
    s += "set xtics " + tick_list(view_.xticks(int(width_ * per_inch) + 1, true)) + "\n";
    s += "set ytics " + tick_list(view_.yticks(int(height_ * per_inch) + 1, true)) + "\n";
    if (heat == layers.end()) {
      s += "set grid lw 0.6 lc '#d8d8d8' lt 1\nset border 3 lw 1 lc '#404040'\n";
    } else {
      const auto [low, high] = heat_range(*heat);
      s += "unset grid\nset border 15 lw 1 lc '#404040'\n";
      s += "set cbrange [" + number(low) + ":" + number(high) + "]\n";
    }
    return s + key() + "\n";
  }

  std::string key() const {
    int rows = 0, letters = 0;
    for (const PlotLayer& layer : axes_.layers()) {
      if (layer.label.empty()) continue;
      ++rows;
      letters = std::max(letters, display_width(layer.label));
    }
    if (rows == 0) return "unset key";
    // In inches: a sample of 0.5, letters of 0.09, rows of 0.2.
    return std::string("set key ") + emptiest_corner(axes_, view_,
                                                     (0.5 + 0.09 * letters) / width_,
                                                     0.2 * (rows + 1) / height_);
  }

  static std::string tick_list(const std::vector<Tick>& marks) {
    std::string out = "(";
    for (const Tick& tick : marks) {
      if (out.size() > 1) out += ", ";
      out += as_format(tick.label) + " " + number(tick.place);
      if (tick.label.empty()) out += " 1";  // a small tick
    }
    return out + ")";
  }

  // gnuplot breaks a line where the data has an empty line.
  void add_line(const PlotLayer& layer) {
    std::string data;
    for (size_t i = 0; i < layer.x.size(); ++i) {
      const double x = view_.x.place(layer.x[i]), y = view_.y.place(layer.y[i]);
      data += std::isfinite(x + y) ? number(x) + " " + number(y) + "\n" : "\n";
    }
    if (data.find_first_not_of('\n') == std::string::npos) data = "-1 -1\n";
    const Style& style = layer.style;
    std::string words = "with ";
    if (style.dash != Dash::none) {
      words += style.marker == Marker::none ? "lines" : "linespoints";
      words += std::string(" dt ") + dash_type(style.dash) + " lw 2";
    } else {
      words += "points";
    }
    if (style.marker != Marker::none) {
      words += " pt " + std::to_string(point_type(style.marker)) + " ps " +
               number(point_size(layer));
    }
    words += " lc rgb " + hex(style.colour);
    add(std::move(data), std::move(words), layer.label);
  }

  void add_bars(const PlotLayer& layer) {
    std::string data;
    for (size_t i = 0; i < layer.x.size(); ++i) {
      const View::Box box = view_.bar(layer, i);
      if (!std::isfinite(box.left + box.right + box.high)) continue;
      data += number((box.left + box.right) / 2) + " " + number(box.low) + " " +
              number(box.left) + " " + number(box.right) + " " + number(box.low) + " " +
              number(box.high) + "\n";
    }
    if (data.empty()) data = "-1 -1 -1 -1 -1 -1\n";
    add(std::move(data),
        "using 1:2:3:4:5:6 with boxxyerror lc rgb " + hex(layer.style.colour) +
            " fs solid 0.85 noborder",
        layer.label);
  }

  void add_contour(const PlotLayer& layer) {
    for (size_t level = 0; level < layer.levels.size(); ++level) {
      std::string data;
      for (const Segment& s :
           contour_lines(layer.x, layer.y, layer.z, layer.levels[level])) {
        data += number(view_.x.place(s.x0)) + " " + number(view_.y.place(s.y0)) + "\n" +
                number(view_.x.place(s.x1)) + " " + number(view_.y.place(s.y1)) + "\n\n";
      }
      if (data.empty()) continue;
      add(std::move(data), "with lines lw 1.5 lc rgb " + hex(level_colour(layer, level)),
          "");
    }
  }

  // Every element becomes a rectangle of its colour: sharp at any size, also in SVG. Each
  // reaches a little under its right and lower neighbours, or else white would shine
  // through the seams.
  void add_heatmap(const PlotLayer& layer) {
    std::string data;
    for (size_t i = 0; i < layer.rows; ++i) {
      for (size_t j = 0; j < layer.columns; ++j) {
        const double z = layer.z[i * layer.columns + j];
        if (!std::isfinite(z)) continue;
        const double right = j + 1 < layer.columns ? 0.6 : 0.5;
        const double below = i + 1 < layer.rows ? 0.6 : 0.5;
        const double x0 = view_.x.place(double(j) - 0.5);
        const double x1 = view_.x.place(double(j) + right);
        const double y0 = view_.y.place(double(i) - 0.5);
        const double y1 = view_.y.place(double(i) + below);
        if (!std::isfinite(x0 + x1 + y0 + y1)) continue;
        data += number((x0 + x1) / 2) + " " + number((y0 + y1) / 2) + " " + number(x0) +
                " " + number(x1) + " " + number(y0) + " " + number(y1) + " " + number(z) +
                "\n";
      }
    }
    if (data.empty()) data = "-1 -1 -1 -1 -1 -1 0\n";
    add(std::move(data), "using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc palette",
        "");
  }

  void add(std::string data, std::string words, const std::string& label) {
    words += label.empty() ? " notitle" : " title " + in_quotes(label);
    plots_.push_back({std::move(data), std::move(words)});
  }

  const Axes& axes_;
  View view_;
  double width_, height_;  // inches
  std::vector<Plot> plots_;
};

std::string terminal_line(const std::string& extension, FigureSize size) {
  const bool png = extension == ".png";
  const int dots = png ? 200 : 100;  // to the inch
  std::ostringstream line;
  line << "set terminal " << (png ? "pngcairo" : "svg") << " noenhanced size "
       << std::lround(size.width * dots) << ',' << std::lround(size.height * dots)
       << (png ? " font 'sans,10' fontscale 1.7 linewidth 2 pointscale 2"
               : " font 'sans-serif,13' linewidth 1")
       << " rounded background '#ffffff'\n";
  return line.str();
}

// What all axes have in common.
std::string preamble(int rows, int columns) {
  std::string palette;
  for (int i = 0; i <= 8; ++i) {
    palette += (i ? ", " : "") + std::to_string(i) + " " + hex(heat_colour(i / 8.0));
  }
  return "set encoding utf8\n"
         "set xrange [0:1]\nset yrange [0:1]\nset clip two\n"
         "set tics nomirror out scale 0.6,0.3 textcolor '#303030'\n"
         "set key opaque fillcolor rgb '#30ffffff' Left reverse samplen 3 spacing 1.1 "
         "width 1 box lw 0.5 lc '#d0d0d0'\n"
         "set cbtics scale 0.4\nset format cb '%g'\n"
         "set palette defined (" +
         palette + ")\n" + "set multiplot layout " + std::to_string(rows) + "," +
         std::to_string(columns) + "\n";
}

void say_once_that_gnuplot_is_missing() {
  static std::atomic<bool> said{false};
  if (said.exchange(true)) return;
  std::fputs("no picture: gnuplot is not installed (apt install gnuplot-nox)\n", stderr);
}

}  // namespace

bool Figure::save(const std::filesystem::path& path) const {
  const std::string extension = path.extension().string();
  if (extension != ".svg" && extension != ".png") {
    throw Error("save", "'" + path.string() + "': a figure is saved as .svg or .png");
  }
  std::string script = terminal_line(extension, figsize()) + preamble(nrows(), ncols());
  int blocks = 0;
  for (int i = 0; i < nrows() * ncols(); ++i) {
    AxesScript one(axes(i), figsize().width / ncols(), figsize().height / nrows());
    script += one.write(blocks);
    blocks += one.blocks();
  }
  const auto picture = learn::run_gnuplot(script + "unset multiplot\n");
  if (!picture) {
    say_once_that_gnuplot_is_missing();
    return false;
  }
  learn::write_file(path, *picture, "save");
  return true;
}

}  // namespace hg
