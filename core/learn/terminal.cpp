#include "learn/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstdlib>

#include "learn/utf8.hpp"

namespace hg {

namespace {

std::atomic<bool> quiet_now{false};

// The first of the three variables that is set and not empty decides, as POSIX has it.
bool locale_is_utf8(const Environment& variable) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = variable(name);
    if (!value || !*value) continue;
    std::string letters;
    for (const char* p = value; *p; ++p) {
      if (*p != '-') letters += char(std::tolower(static_cast<unsigned char>(*p)));
    }
    return letters.find("utf8") != std::string::npos;
  }
  return false;
}

// 256 colours: 16 that the user may redefine, a cube of 6x6x6, then 24 greys.
int nearest_index(Rgb c) {
  const int high = std::max({c.red, c.green, c.blue});
  const int low = std::min({c.red, c.green, c.blue});
  if (high - low < 12) {  // the greys are 8, 18, ..., 238
    const int grey = (c.red + c.green + c.blue) / 3;
    if (grey < 4) return 16;
    if (grey > 246) return 231;
    return 232 + std::clamp((grey - 3) / 10, 0, 23);
  }
  auto level = [](int v) { return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40; };
  return 16 + 36 * level(c.red) + 6 * level(c.green) + level(c.blue);
}

std::string colour_code(int layer, Rgb c, ColourDepth depth) {
  if (depth == ColourDepth::none) return "";
  const std::string start = "\x1b[" + std::to_string(layer);
  if (depth == ColourDepth::indexed) {
    return start + ";5;" + std::to_string(nearest_index(c)) + "m";
  }
  return start + ";2;" + std::to_string(c.red) + ";" + std::to_string(c.green) + ";" +
         std::to_string(c.blue) + "m";
}

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
         (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

bool is_combining(char32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0xfe00 && c <= 0xfe0f);
}

}  // namespace

Terminal describe_terminal(bool is_terminal, int columns, int rows,
                           const Environment& variable) {
  Terminal t;
  t.utf8 = locale_is_utf8(variable);
  if (!is_terminal) return t;
  if (columns > 0) t.columns = columns;
  if (rows > 0) t.rows = rows;

  auto value = [&](const char* name) {
    const char* text = variable(name);
    return std::string(text ? text : "");
  };
  const std::string kind = value("TERM");
  t.live = !kind.empty() && kind != "dumb";
  if (t.live && value("NO_COLOR").empty()) {
    const std::string depth = value("COLORTERM");
    t.colours =
        depth == "truecolor" || depth == "24bit" ? ColourDepth::full : ColourDepth::indexed;
  }
  return t;
}

Terminal terminal() {
  winsize size{};
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  if (is_terminal) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  return describe_terminal(is_terminal, size.ws_col, size.ws_row,
                           [](const char* name) { return std::getenv(name); });
}

void set_quiet(bool quiet) { quiet_now = quiet; }
bool is_quiet() { return quiet_now; }

int display_width(std::string_view text) {
  int width = 0;
  for (const std::string& letter : learn::letters(text)) {
    const char32_t code = learn::code_point(letter);
    width += is_combining(code) ? 0 : is_wide(code) ? 2 : 1;
  }
  return width;
}

std::string fit(std::string_view text, int columns) {
  std::string kept;
  int width = 0;
  for (const std::string& letter : learn::letters(text)) {
    width += display_width(letter);
    if (width > columns) break;
    kept += letter;
  }
  return kept;
}

std::string foreground(Rgb colour, ColourDepth depth) {
  return colour_code(38, colour, depth);
}
std::string background(Rgb colour, ColourDepth depth) {
  return colour_code(48, colour, depth);
}

}  // namespace hg
