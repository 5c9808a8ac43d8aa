#include "learn/text_grid.hpp"

#include <algorithm>

#include "learn/utf8.hpp"

namespace hg::learn {

TextGrid::TextGrid(int rows, int columns)
    : rows_(rows), columns_(columns), cells_(size_t(rows) * size_t(columns)) {}

bool TextGrid::inside(int row, int column) const {
  return row >= 0 && row < rows_ && column >= 0 && column < columns_;
}

Cell& TextGrid::at(int row, int column) {
  return cells_[size_t(row) * size_t(columns_) + size_t(column)];
}
const Cell& TextGrid::at(int row, int column) const {
  return cells_[size_t(row) * size_t(columns_) + size_t(column)];
}

void TextGrid::put(int row, int column, std::string_view text, std::optional<Rgb> colour,
                   bool bold) {
  for (const std::string& letter : letters(text)) {
    const int width = display_width(letter);
    if (width == 0 && inside(row, column - 1)) {  // an accent joins the letter before
      at(row, column - 1).letter += letter;
      continue;
    }
    if (inside(row, column) && inside(row, column + width - 1)) {
      at(row, column) = {letter, colour, {}, bold};
      if (width == 2) at(row, column + 1) = {"", colour, {}, bold};
    }
    column += width;
  }
}

void TextGrid::put(int row, int column, const TextGrid& grid) {
  for (int r = 0; r < grid.rows(); ++r) {
    for (int c = 0; c < grid.columns(); ++c) {
      if (inside(row + r, column + c)) at(row + r, column + c) = grid.at(r, c);
    }
  }
}

std::string TextGrid::text(ColourDepth depth) const {
  std::string out;
  for (int r = 0; r < rows_; ++r) {
    int end = columns_;
    while (end > 0 && at(r, end - 1).letter == " " && !at(r, end - 1).behind) --end;
    std::string style;  // the escape codes in force
    for (int c = 0; c < end; ++c) {
      const Cell& cell = at(r, c);
      std::string wanted;
      if (depth != ColourDepth::none) {
        if (cell.bold) wanted += "\x1b[1m";
        if (cell.colour) wanted += foreground(*cell.colour, depth);
        if (cell.behind) wanted += background(*cell.behind, depth);
      }
      if (wanted != style) {
        if (!style.empty()) out += "\x1b[0m";
        out += wanted;
        style = wanted;
      }
      out += cell.letter;
    }
    if (!style.empty()) out += "\x1b[0m";
    out += '\n';
  }
  return out;
}

}  // namespace hg::learn
