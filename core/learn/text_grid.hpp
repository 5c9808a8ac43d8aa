// Letters in rows and columns, each with its colours: what a drawing is put together on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learn/terminal.hpp"

namespace hg::learn {

struct Cell {
  std::string letter = " ";  // "" is the right half of a wide letter
  std::optional<Rgb> colour = {}, behind = {};
  bool bold = false;
};

class TextGrid {
 public:
  TextGrid(int rows, int columns);

  int rows() const { return rows_; }
  int columns() const { return columns_; }
  Cell& at(int row, int column);
  const Cell& at(int row, int column) const;

  /// Writes `text` to the right of (row, column); what does not fit is left out.
  void put(int row, int column, std::string_view text, std::optional<Rgb> colour = {},
           bool bold = false);

  /// Copies a smaller grid, its upper left corner to (row, column).
  void put(int row, int column, const TextGrid& grid);

  /// The rows, each ended by '\n', without blanks at their ends.
  std::string text(ColourDepth depth) const;

 private:
  bool inside(int row, int column) const;

  int rows_, columns_;
  std::vector<Cell> cells_;
};

}  // namespace hg::learn
