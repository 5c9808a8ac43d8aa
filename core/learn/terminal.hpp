// What the standard output can show: drawings, colour, text that is redrawn in place.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hg {

/// How many colours the output shows.
enum class ColourDepth { none, indexed, full };  // no escape codes; 256 colours; 24 bits

struct Rgb {
  uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Rgb&) const = default;
};

/// What is known of the standard output. The values given here are those of a file or a
/// pipe, and they are the same everywhere, so that a lesson's printed text is, too.
struct Terminal {
  bool live = false;  // a terminal whose cursor obeys: text may be redrawn in place
  int columns = 80, rows = 24;
  ColourDepth colours = ColourDepth::none;
  bool utf8 = false;  // braille, blocks and superscripts; else plain ASCII
};

/// The standard output as it is now; asked anew each time, for windows get resized.
/// NO_COLOR and TERM=dumb are respected, the character set is that of the locale.
Terminal terminal();

/// The same from its parts, for those who want to choose them: is it a terminal, its size
/// (0 if not known), and what the environment answers (null for "not set").
using Environment = std::function<const char*(const char*)>;
Terminal describe_terminal(bool is_terminal, int columns, int rows, const Environment&);

/// Switches drawings, progress and other talk off (--quiet). Errors are not talk.
void set_quiet(bool quiet);
bool is_quiet();

/// The columns that UTF-8 text takes: two for a wide (Chinese, emoji) character, none
/// for a combining one.
int display_width(std::string_view text);

/// `text` if it fits, else its beginning, so that it takes at most `columns`.
std::string fit(std::string_view text, int columns);

/// The escape codes for a colour of the letters or behind them; "" without colours.
std::string foreground(Rgb colour, ColourDepth depth);
std::string background(Rgb colour, ColourDepth depth);

}  // namespace hg
