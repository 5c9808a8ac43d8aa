// The look of a curve: its colour, dashes and marker, and how "m--" spells them.
#pragma once

#include <string>

#include "learn/terminal.hpp"

namespace hg {

enum class Dash { none, solid, dashed, dash_dot, dotted };
enum class Marker { none, circle, dot, cross, plus, square, triangle, diamond, star };

struct Style {
  Rgb colour;
  Dash dash = Dash::solid;
  Marker marker = Marker::none;
};

/// Reads a format as the course writes them: a colour letter (b g r c m y k), dashes
/// ("-", "--", "-.", ":") and a marker (o . x + s ^ D *), each of them optional and in
/// any order. A marker alone draws no line; "" is a solid line. Without a letter the
/// colour is number `index` of the palette.
Style parse_format(const std::string& format, size_t index);

/// Colours that people with any form of colour-blindness can tell apart, after
/// M. Okabe and K. Ito (2008), without their yellow, which is too faint for a thin line.
Rgb palette(size_t index);

/// The colour of a number between 0 and 1 in a heat map: from dark blue by green to
/// yellow, growing steadily lighter, so that it also reads in grey (matplotlib's viridis).
Rgb heat_colour(double share);

}  // namespace hg
