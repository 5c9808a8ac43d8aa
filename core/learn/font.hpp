// A small typeface for the titles of image sheets.
//
// Its letters are dots on a grid of 5x9, readable as such in font.cpp. Drawn as strokes
// from each dot to its neighbours, they have smooth curves at every size.
#pragma once

#include <string_view>
#include <vector>

namespace hg::learn {

inline constexpr int glyph_width = 5,
                     glyph_height = 9;   // rows 7 and 8 reach below the line
inline constexpr int glyph_advance = 6;  // from one letter to the next

/// A straight stroke between two dots of the grid, y downwards; a lone dot has both ends
/// in the same place.
struct Stroke {
  double x0, y0, x1, y1;
};

/// The strokes of a letter; ASCII is known, every other letter is a box.
std::vector<Stroke> glyph(char32_t code);

}  // namespace hg::learn
