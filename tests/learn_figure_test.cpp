// Figures: what they hold, their drawing in letters, and the pictures that gnuplot makes.
#define BOOST_TEST_MODULE learn_figure
#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "learn/canvas.hpp"
#include "learn/contour.hpp"
#include "learn/figure.hpp"
#include "learn/gnuplot.hpp"
#include "learn/utf8.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/output.hpp"
#include "support/stb_image.hpp"

using namespace hg;
using namespace hg::learn;
using namespace hg::test;
namespace fs = std::filesystem;

namespace {

const double nan_value = std::nan("");

Terminal unicode() {
  Terminal t;
  t.utf8 = true;
  return t;
}

Terminal coloured() {
  Terminal t = unicode();
  t.colours = ColourDepth::full;
  return t;
}

// A small figure, so that its drawing can be read in the source of a test.
constexpr FigureSize small{2.5, 2};

Figure tent() {
  return plot({0, 1, 2}, Values{0, 1, 0},
              {.xlabel = "x",
               .ylabel = "y",
               .legend = {"tent"},
               .xlim = {0, 2},
               .ylim = {0, 1},
               .figsize = small});
}

Figure single(const Axes& axes) {
  Figure figure({1, 1, small});
  figure.axes() = axes;
  return figure;
}

// How many cells of a drawing have dots of braille.
int dotted_cells(const std::string& drawing) {
  int cells = 0;
  for (const std::string& letter : letters(drawing)) {
    const char32_t code = code_point(letter);
    cells += code > 0x2800 && code < 0x2900;
  }
  return cells;
}

int lines_of(const std::string& text) {
  return int(std::count(text.begin(), text.end(), '\n'));
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

using hg::test::Folder;

}  // namespace

// ---- what a figure holds -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lists_of_different_lengths_are_refused) {
  Axes axes;
  BOOST_TEST(fails_with("line: x has 2 elements, y has 3", [&] {
    axes.line({1, 2}, {1, 2, 3});
  }));
  BOOST_TEST(fails_with("line: x has 1 elements", [&] { axes.scatter({1}, {1, 2, 3}); }));
  BOOST_TEST(fails_with("bars: centres has 2 elements", [&] { axes.bars({1, 2}, {1}); }));
  BOOST_TEST(fails_with("contour: z has 3 elements, the grid has 4", [&] {
    axes.contour({0, 1}, {0, 1}, {1, 2, 3});
  }));
  BOOST_TEST(fails_with("heatmap: z has 3 elements", [&] {
    axes.heatmap({1, 2, 3}, 2, 2);
  }));
  BOOST_TEST(fails_with("heatmap: the matrix has no", [&] { axes.heatmap({}, 0, 2); }));
  BOOST_TEST(axes.layers().empty());
}

BOOST_AUTO_TEST_CASE(a_grid_has_its_axes_and_no_others) {
  Figure figure({2, 3, {9, 4}});
  figure.axes(1, 2).title("last");
  BOOST_TEST(figure.axes(5).title() == "last");
  BOOST_TEST(fails_with("row 2 of a figure that has 2", [&] { figure.axes(2, 0); }));
  BOOST_TEST(fails_with("axes -1 of a figure that has 6", [&] { figure.axes(-1); }));
  BOOST_TEST(fails_with("a grid of 0 by 1", [] { Figure({0, 1, {}}); }));
  BOOST_TEST(fails_with("figsize is {0, 3}; it is in inches", [] {
    Figure({1, 1, {0, 3}});
  }));
}

BOOST_AUTO_TEST_CASE(plot_gives_each_curve_its_format_and_name) {
  const Numbers y{1, 2, 3};
  const Figure figure =
      plot({0, 1, 2}, {y, y, y}, {.legend = {"a", "b"}, .fmts = {"-", "r:"}});
  const auto& layers = figure.axes().layers();
  BOOST_TEST(layers.size() == 3u);
  BOOST_TEST((layers[1].style.dash == Dash::dotted));
  BOOST_TEST((layers[2].style.dash == Dash::solid));
  BOOST_TEST(layers[1].label == "b");
  BOOST_TEST(layers[2].label == "");
  const Figure counted = plot(y);
  BOOST_TEST(counted.axes().layers()[0].x == (Numbers{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(a_histogram_counts_every_finite_value_once) {
  Axes axes;
  axes.histogram({0, 0.5, 1, 2, 2, 4, nan_value, INFINITY}, 4);
  const PlotLayer& bars = axes.layers()[0];
  BOOST_TEST(bars.y == (Numbers{2, 1, 2, 1}));  // [0,1) [1,2) [2,3) [3,4]
  BOOST_TEST(bars.x == (Numbers{0.5, 1.5, 2.5, 3.5}));
  BOOST_TEST(bars.width == 1);
  BOOST_TEST(fails_with("histogram: bins is 0", [&] { axes.histogram({1, 2}, 0); }));
}

BOOST_AUTO_TEST_CASE(histograms_of_several_sets_share_their_bins) {
  Axes axes;
  axes.histogram({Values{0, 0, 1}, Values{4}}, 2, {"a", "b"});
  BOOST_TEST(axes.layers()[0].y == (Numbers{3, 0}));
  BOOST_TEST(axes.layers()[1].y == (Numbers{0, 1}));
  BOOST_TEST(axes.layers()[1].label == "b");
  BOOST_TEST(axes.layers()[0].x[0] + axes.layers()[0].width == axes.layers()[1].x[0]);
}

BOOST_AUTO_TEST_CASE(a_histogram_of_equal_or_no_values_has_a_width) {
  Axes axes;
  axes.histogram({7, 7, 7}, 3).histogram(Values{}, 3);
  BOOST_TEST(axes.layers()[0].y == (Numbers{0, 3, 0}));
  BOOST_TEST(axes.layers()[1].y == (Numbers{0, 0, 0}));
}

// ---- the drawing in letters --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_known_line_in_braille) {
  BOOST_TEST(tent().text(unicode()) ==
             "y                              ⠤⠤⠤⠤ tent\n"
             "1.0 ┤               ⢀⠤⠊⠢⢄\n"
             "    │             ⡠⠒⠁    ⠑⠤⡀\n"
             "    │          ⢀⠔⠉         ⠈⠢⢄\n"
             "0.5 ┤       ⢀⡠⠊⠁              ⠑⠤⡀\n"
             "    │     ⣀⠔⠁                   ⠈⠒⢄\n"
             "    │  ⢀⠤⠊                         ⠑⠢⡀\n"
             "  0 ┤⡠⠒⠁                             ⠈⠒⢄\n"
             "    └┬───────┬────────┬────────┬───────┬\n"
             "     0      0.5      1.0      1.5    2.0\n"
             "                      x\n");
}

BOOST_AUTO_TEST_CASE(a_known_line_in_ascii) {
  BOOST_TEST(tent().text(Terminal()) ==
             "y                              **** tent\n"
             "1.0 +                ***\n"
             "    |             ***   ***\n"
             "    |          ***         ***\n"
             "0.5 +        **               **\n"
             "    |     ***                   ***\n"
             "    |  ***                         ***\n"
             "  0 +**                               **\n"
             "    ++--------+-------+--------+-------+\n"
             "     0       0.5     1.0      1.5    2.0\n"
             "                      x\n");
}

BOOST_AUTO_TEST_CASE(colours_change_nothing_but_colours) {
  std::string text = tent().text(coloured());
  BOOST_TEST(text.find("\x1b[38;2;0;114;178m") != std::string::npos);
  for (size_t at; (at = text.find('\x1b')) != std::string::npos;) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  BOOST_TEST(text == tent().text(unicode()));
}

BOOST_AUTO_TEST_CASE(a_heat_map_has_its_first_row_on_top) {
  BOOST_TEST(single(Axes().heatmap({0, 1, 2, 3, 4, 5}, 2, 3)).text(unicode()) ==
             "                          0   ░░▒▒▓▓██ 5\n"
             "  │            ░░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒\n"
             "  │            ░░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒\n"
             "0 ┤            ░░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒\n"
             "  │            ░░░░░░░░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒\n"
             "  │▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓████████████\n"
             "1 ┤▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓████████████\n"
             "  │▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓████████████\n"
             "  │▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓████████████\n"
             "  └──────┬───────────┬───────────┬──────\n"
             "         0           1           2\n");
}

BOOST_AUTO_TEST_CASE(names_stand_along_the_axes) {
  const std::string text =
      single(
          Axes().heatmap({1, 0, 0, 1}, 2, 2).xnames({"cat", "dog"}).ynames({"cat", "dog"}))
          .text(unicode());
  BOOST_TEST(text.find("cat ┤") != std::string::npos);
  BOOST_TEST(text.find("dog ┤") != std::string::npos);
  BOOST_TEST(text.rfind("cat") < text.rfind("dog"));
}

BOOST_AUTO_TEST_CASE(nan_infinity_and_zero_on_a_log_axis_leave_a_gap) {
  const Numbers x{0, 1, 2, 3, 4};
  const Numbers whole{1, 1, 1, 1, 1}, gap{1, 1, nan_value, 1, 1}, zero{1, 1, 0, 1, 1};
  auto cells = [&](const Numbers& y, const char* scale) {
    return dotted_cells(
        single(Axes().line(x, y).ylim({0.5, 2}).yscale(scale)).text(unicode()));
  };
  const int all = cells(whole, "linear");
  BOOST_TEST(cells(gap, "linear") < 0.6 * all);
  BOOST_TEST(cells(gap, "linear") > 0.4 * all);
  BOOST_TEST(cells(zero, "log") == cells(gap, "log"));
  BOOST_TEST(cells({1, 1, INFINITY, 1, 1}, "linear") == cells(gap, "linear"));
}

BOOST_AUTO_TEST_CASE(a_point_alone_is_still_seen) {
  BOOST_TEST(dotted_cells(single(Axes().line({1}, {1})).text(unicode())) == 1);
  BOOST_TEST(
      dotted_cells(
          single(Axes().line({1, 2, 3}, {nan_value, 1, nan_value})).text(unicode())) == 1);
}

BOOST_AUTO_TEST_CASE(nothing_to_draw_gives_empty_axes) {
  for (const char* scale : {"linear", "log"}) {
    for (const Axes& axes : {Axes(), Axes().line({}, {}), Axes().line({1}, {nan_value}),
                             Axes().histogram(Values{}), Axes().line({0, -1}, {-1, 0})}) {
      Axes scaled = axes;
      const std::string text = single(scaled.yscale(scale).xscale(scale)).text(unicode());
      const bool drawn = std::string(scale) == "linear" && axes.layers().size() == 1 &&
                         axes.layers()[0].x == Numbers{0, -1};
      BOOST_TEST((dotted_cells(text) > 0) == drawn);
      BOOST_TEST(lines_of(text) == 11);
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_that_come_from_far_outside_are_cut_at_the_frame) {
  const std::string far =
      single(Axes().line({0, 1}, {-1e300, 1e300}).ylim({0, 1})).text(unicode());
  const std::string near =
      single(Axes().line({0, 1}, {-1e6, 1e6}).ylim({0, 1})).text(unicode());
  BOOST_TEST(dotted_cells(far) == 9);
  BOOST_TEST(dotted_cells(near) == 9);
}

BOOST_AUTO_TEST_CASE(dashes_leave_dots_out) {
  std::vector<int> cells;
  for (Dash dash : {Dash::solid, Dash::dashed, Dash::dotted, Dash::none}) {
    TextGrid grid(1, 60);
    Canvas canvas(1, 60, true);
    Pen pen;
    pen.dash = dash;
    canvas.line(0, 0, 1, 0, pen);
    canvas.put_on(grid, 0, 0);
    const std::string text = grid.text(ColourDepth::none);
    int dots = 0;
    for (const std::string& letter : letters(text)) {
      const char32_t code = code_point(letter);
      if (code > 0x2800) dots += std::popcount(unsigned(code - 0x2800));
    }
    cells.push_back(dots);
  }
  BOOST_TEST(cells == (std::vector<int>{120, 81, 40, 0}));
}

BOOST_AUTO_TEST_CASE(dashes_do_not_depend_on_how_many_points_a_curve_has) {
  auto line = [](int points) {
    Numbers x, y;
    for (int i = 0; i < points; ++i) x.push_back(double(i) / (points - 1)), y.push_back(0);
    return single(Axes().line(x, y, "--").ylim({-1, 1})).text(unicode());
  };
  BOOST_TEST(line(2) == line(1001));
}

BOOST_AUTO_TEST_CASE(a_drawing_is_as_wide_as_the_terminal_allows) {
  Terminal narrow = unicode();
  narrow.columns = 40;
  const Figure figure = plot({1, 2}, Values{1, 2}, {.title = std::string(200, 'T')});
  std::istringstream lines(figure.text(narrow));
  for (std::string line; std::getline(lines, line);) BOOST_TEST(display_width(line) <= 40);

  // Two axes need 71 columns to stand side by side.
  const Figure pair({1, 2, {9, 3}});
  Terminal wide = unicode();
  BOOST_TEST(lines_of(pair.text(wide)) == 16);
  BOOST_TEST(lines_of(pair.text(narrow)) == 32);
}

// ---- contours ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(contour_lines_follow_the_level) {
  // z = x: its lines are upright.
  const auto lines = contour_lines({0, 1, 2}, {0, 1}, {0, 1, 2, 0, 1, 2}, 0.5);
  BOOST_TEST(!lines.empty());
  for (const Segment& s : lines) {
    BOOST_TEST(s.x0 == 0.5);
    BOOST_TEST(s.x1 == 0.5);
  }
  BOOST_TEST(contour_lines({0, 1}, {0, 1}, {0, 1, 0, 1}, 3).empty());
  BOOST_TEST(contour_lines({0, 1}, {0, 1}, {0, 1, nan_value, 1}, 0.5).empty());
}

BOOST_AUTO_TEST_CASE(a_circle_stays_a_circle) {
  std::vector<double> side, z;
  for (int i = -20; i <= 20; ++i) side.push_back(i / 10.0);
  for (double y : side) {
    for (double x : side) z.push_back(x * x + y * y);
  }
  double length = 0;
  for (const Segment& s : contour_lines(side, side, z, 1.0)) {
    BOOST_TEST(std::hypot(s.x0, s.y0) == 1, boost::test_tools::tolerance(0.01));
    length += std::hypot(s.x1 - s.x0, s.y1 - s.y0);
  }
  BOOST_TEST(length == 2 * std::acos(-1.0), boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(levels_are_spread_over_the_heights_unless_given) {
  Axes axes;
  axes.contour({0, 1}, {0, 1}, {0, 8, 0, 8}).contour({0, 1}, {0, 1}, {0, 8, 0, 8}, {2, 3});
  BOOST_TEST(axes.layers()[0].levels == (Numbers{1, 2, 3, 4, 5, 6, 7}));
  BOOST_TEST(axes.layers()[1].levels == (Numbers{2, 3}));
  BOOST_TEST(Axes().contour({0, 1}, {0, 1}, {5, 5, 5, 5}).layers()[0].levels.empty());
}

// ---- pictures ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_png_has_the_size_and_colours_of_the_figure) {
  const Folder folder;
  const fs::path path = folder.path / "new" / "tent.png";
  BOOST_TEST_REQUIRE(tent().save(path));
  int width = 0, height = 0, channels = 0;
  uint8_t* pixels = stbi_load(path.c_str(), &width, &height, &channels, 3);
  BOOST_TEST_REQUIRE(pixels != nullptr);
  BOOST_TEST(width == 500);
  BOOST_TEST(height == 400);
  int blue = 0;  // the curve's colour is 0 114 178
  for (int i = 0; i < width * height; ++i) {
    blue += pixels[3 * i] < 10 && std::abs(pixels[3 * i + 1] - 114) < 10 &&
            std::abs(pixels[3 * i + 2] - 178) < 10;
  }
  stbi_image_free(pixels);
  BOOST_TEST(blue > 500);
}

BOOST_AUTO_TEST_CASE(an_svg_holds_every_word_as_it_was_written) {
  const Folder folder;
  const fs::path path = folder.path / "words.svg";
  Figure figure = plot({1, 2}, Values{1, 2},
                       {.legend = {"it's `id` $x \\n"}, .title = "a_b^2 {c} <d> 100% @e"});
  figure.axes().xlabel("größe").ylabel("line\nbreak");
  BOOST_TEST_REQUIRE(figure.save(path));
  const std::string svg = read(path);
  for (const char* words :
       {"it's `id` $x \\n", "a_b^2 {c} &lt;d> 100% @e", "größe", "line?break"}) {
    BOOST_TEST(svg.find(words) != std::string::npos, words << " is not in the picture");
  }
}

BOOST_AUTO_TEST_CASE(every_kind_of_layer_and_empty_axes_make_a_picture) {
  const Folder folder;
  Figure figure({2, 3, {9, 5}});
  figure.axes(0).histogram({Values{1, 2, 2}, Values{3}}, 3, {"a", "b"});
  figure.axes(1).contour({0, 1, 2}, {0, 1}, {0, 1, 2, 0, 1, 2});
  figure.axes(2).heatmap({0, nan_value, 1, 1}, 2, 2).xnames({"50%", "b"});
  figure.axes(3).line({1, 2, 3}, {1e-3, 0, 1}, "ro-.", "gap").yscale("log");
  figure.axes(4).line({1, 2}, {nan_value, nan_value}).scatter({}, {}).bars({}, {});
  BOOST_TEST(figure.save(folder.path / "all.svg"));
  BOOST_TEST(figure.save(folder.path / "all.png"));
  BOOST_TEST(fs::file_size(folder.path / "all.png") > 5000u);
}

BOOST_AUTO_TEST_CASE(other_endings_and_impossible_places_are_refused) {
  BOOST_TEST(fails_with("save: 'a.jpg': a figure is saved as .svg or .png",
                        [] { tent().save("a.jpg"); }));
  BOOST_TEST(fails_with("save: cannot make the folder /proc/none",
                        [] { tent().save("/proc/none/a.svg"); }));
}

BOOST_AUTO_TEST_CASE(without_gnuplot_a_figure_says_so_once_and_goes_on) {
  const Variable path("PATH", "/nowhere");
  bool saved = true;
  const std::string words = printed_by(
      stderr, [&] { saved = tent().save("never.svg") || tent().save("never.png"); });
  BOOST_TEST(!saved);
  BOOST_TEST(words == "no picture: gnuplot is not installed (apt install gnuplot-nox)\n");
  BOOST_TEST(!fs::exists("never.svg"));
}

BOOST_AUTO_TEST_CASE(an_error_of_gnuplots_is_passed_on) {
  BOOST_TEST(fails_with("gnuplot: ", [] { run_gnuplot("plot nonsense(\n"); }));
}
