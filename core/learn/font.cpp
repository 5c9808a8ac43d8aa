#include "learn/font.hpp"

#include <array>

namespace hg::learn {

namespace {

constexpr int in_a_row = 14;

// The 95 printable letters of ASCII, from the blank to the tilde, and then the box that
// stands for all others; fourteen in a row, six columns from each to the next.
// clang-format off
constexpr std::array<std::string_view, 63> art{
    //       !     "     #     $     %     &     '     (     )     *     +     ,     -
    "        #    # #   # #    #   ##  #  ##     #      #   #                           ",
    "        #    # #   # #   #### ##  # #  #    #     #     #     #     #              ",
    "        #         ##### # #      #  #  #         #       #  # # #   #              ",
    "        #          # #   ###    #    ##          #       #   ###  #####        ### ",
    "                  #####   # #  #    # # #        #       #  # # #   #              ",
    "                   # #  ####  #  ## #  #          #     #     #     #     #        ",
    "        #          # #    #   #  ##  ## #          #   #                  #        ",
    "                                                                         #         ",
    "                                                                                   ",
    // .     /     0     1     2     3     4     5     6     7     8     9     :     ;
    "          #  ###    #    ###   ###     #  #####  ###  #####  ###   ###             ",
    "          # #   #  ##   #   # #   #   ##  #     #         # #   # #   #            ",
    "         #  #  ##   #       #     #  # #  ####  #        #  #   # #   #   #     #  ",
    "        #   # # #   #      #    ##  #  #      # ####     #   ###   ####            ",
    "       #    ##  #   #     #       # #####     # #   #   #   #   #     #            ",
    "      #     #   #   #    #    #   #    #  #   # #   #   #   #   #     #         #  ",
    "  #   #      ###   ###  #####  ###     #   ###   ###    #    ###   ###    #     #  ",
    "                                                                               #   ",
    "                                                                                   ",
    // <     =     >     ?     @     A     B     C     D     E     F     G     H     I
    "   #         #     ###   ###    #   ####   ###  ####  ##### #####  ###  #   #  ### ",
    "  #           #   #   # #   #  # #  #   # #   # #   # #     #     #   # #   #   #  ",
    " #    #####    #      # # ### #   # #   # #     #   # #     #     #     #   #   #  ",
    "#               #    #  # # # #   # ####  #     #   # ####  ####  #  ## #####   #  ",
    " #    #####    #    #   # ### ##### #   # #     #   # #     #     #   # #   #   #  ",
    "  #           #         #     #   # #   # #   # #   # #     #     #   # #   #   #  ",
    "   #         #      #    ###  #   # ####   ###  ####  ##### #      ###  #   #  ### ",
    "                                                                                   ",
    "                                                                                   ",
    // J     K     L     M     N     O     P     Q     R     S     T     U     V     W
    "  ### #   # #     #   # #   #  ###  ####   ###  ####   #### ##### #   # #   # #   #",
    "   #  #  #  #     ## ## ##  # #   # #   # #   # #   # #       #   #   # #   # #   #",
    "   #  # #   #     # # # # # # #   # #   # #   # #   # #       #   #   # #   # #   #",
    "   #  ##    #     # # # #  ## #   # ####  #   # ####   ###    #   #   # #   # # # #",
    "   #  # #   #     #   # #   # #   # #     # # # # #       #   #   #   # #   # # # #",
    "#  #  #  #  #     #   # #   # #   # #     #  #  #  #      #   #   #   #  # #  ## ##",
    " ##   #   # ##### #   # #   #  ###  #      ## # #   # ####    #    ###    #   #   #",
    "                                                                                   ",
    "                                                                                   ",
    // X     Y     Z     [     \     ]     ^     _     `     a     b     c     d     e
    "#   # #   # #####  ##   #       ##    #          #          #               #      ",
    "#   # #   #     #  #    #        #   # #          #         #               #      ",
    " # #   # #     #   #     #       #  #   #              ###  ####   ###   ####  ### ",
    "  #     #     #    #      #      #                        # #   # #   # #   # #   #",
    " # #    #    #     #       #     #                     #### #   # #     #   # #####",
    "#   #   #   #      #        #    #                    #   # #   # #   # #   # #    ",
    "#   #   #   #####  ##       #   ##                     #### ####   ###   ####  ####",
    "                                          #####                                    ",
    "                                                                                   ",
    // f     g     h     i     j     k     l     m     n     o     p     q     r     s
    "  ##        #       #      #  #      ##                                            ",
    " #          #                 #       #                                            ",
    "####   #### ####   ##     ##  #  #    #   ## #  ####   ###  ####   #### # ##   ####",
    " #    #   # #   #   #      #  # #     #   # # # #   # #   # #   # #   # ##    #    ",
    " #    #   # #   #   #      #  ##      #   # # # #   # #   # #   # #   # #      ### ",
    " #    #   # #   #   #      #  # #     #   # # # #   # #   # #   # #   # #         #",
    " #     #### #   #  ###     #  #  #   ###  # # # #   #  ###  ####   #### #     #### ",
    "          #                #                                #         #            ",
    "       ###               ##                                 #         #            ",
    // t     u     v     w     x     y     z     {     |     }     ~
    " #                                           #    #    #          #####            ",
    " #                                          #     #     #         #   #            ",
    "####  #   # #   # #   # #   # #   # #####   #     #     #    #    #   #            ",
    " #    #   # #   # #   #  # #  #   #    #   #      #      #  # # # #   #            ",
    " #    #   # #   # # # #   #   #   #   #     #     #     #      #  #   #            ",
    " #    #   #  # #  # # #  # #  #   #  #      #     #     #         #   #            ",
    "  ##   ####   #    # #  #   #  #### #####    #    #    #          #####            ",
    "                                  #                                                ",
    "                               ###                                                 ",
};
// clang-format on

bool has_dot(int glyph, int row, int column) {
  if (row < 0 || row >= glyph_height || column < 0 || column >= glyph_width) return false;
  const std::string_view line = art[size_t(glyph / in_a_row * glyph_height + row)];
  return line[size_t(glyph % in_a_row * glyph_advance + column)] == '#';
}

}  // namespace

std::vector<Stroke> glyph(char32_t code) {
  const int index = code >= 32 && code < 127 ? int(code) - 32 : 95;
  std::vector<Stroke> strokes;
  for (int r = 0; r < glyph_height; ++r) {
    for (int c = 0; c < glyph_width; ++c) {
      if (!has_dot(index, r, c)) continue;
      auto join = [&](int row, int column) {
        strokes.push_back({double(c), double(r), double(column), double(row)});
      };
      const bool left = has_dot(index, r, c - 1), right = has_dot(index, r, c + 1);
      const bool below = has_dot(index, r + 1, c);
      join(r, c);
      if (right) join(r, c + 1);
      if (below) join(r + 1, c);
      // Dots that touch by their corners alone make a slanted stroke.
      if (!right && !below && has_dot(index, r + 1, c + 1)) join(r + 1, c + 1);
      if (!left && !below && has_dot(index, r + 1, c - 1)) join(r + 1, c - 1);
    }
  }
  return strokes;
}

}  // namespace hg::learn
