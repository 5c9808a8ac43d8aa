// Lines and points made of letters.
//
// Unicode has a letter for each of the 256 ways to set the 2x4 dots of a braille cell, so
// a terminal of 80x24 letters shows a picture of 160x96 dots. Without Unicode a cell is
// one dot, and shows the letter of the curve that passes through it.
#pragma once

#include <optional>
#include <vector>

#include "learn/style.hpp"
#include "learn/text_grid.hpp"

namespace hg::learn {

/// What draws: a colour, a letter for ASCII drawings, and how far into its dashes it is.
struct Pen {
  std::optional<Rgb> colour = {};
  char letter = '*';
  Dash dash = Dash::solid;
  int walked = 0, last_x = -1, last_y = -1;
};

/// Places are given from (0,0), the lower left corner, to (1,1), the upper right one.
/// What lies outside is cut off; a place that is not finite draws nothing.
class Canvas {
 public:
  Canvas(int rows, int columns, bool braille);

  void line(double x0, double y0, double x1, double y1, Pen& pen);
  void point(double x, double y, Marker marker, const Pen& pen);
  void fill(double x0, double y0, double x1, double y1, const Pen& pen);

  /// Writes the cells that have a dot, the first one at (row, column).
  void put_on(TextGrid& grid, int row, int column) const;

 private:
  void dot(int x, int y, const Pen& pen);  // counted in dots, from the upper left
  int dot_x(double x) const;
  int dot_y(double y) const;

  struct Dots {
    unsigned bits = 0;
    char letter = ' ';
    std::optional<Rgb> colour = {};
  };
  int rows_, columns_, cell_width_, cell_height_;
  std::vector<Dots> cells_;
};

}  // namespace hg::learn
