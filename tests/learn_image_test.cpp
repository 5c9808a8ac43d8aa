// Images: PNG files, sheets with titles, the typeface, and pictures in letters.
#define BOOST_TEST_MODULE learn_image
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <set>

#include "learn/font.hpp"
#include "learn/image.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/stb_image.hpp"

using namespace hg;
using namespace hg::learn;
using namespace hg::test;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<uint8_t>;

using hg::test::Folder;

Image read(const fs::path& path) {
  Image image;
  uint8_t* pixels =
      stbi_load(path.c_str(), &image.width, &image.height, &image.channels, 0);
  BOOST_TEST_REQUIRE(pixels != nullptr);
  image.pixels.assign(pixels, pixels + image.width * image.height * image.channels);
  stbi_image_free(pixels);
  return image;
}

Image filled(int height, int width, int channels, uint8_t value) {
  return {height, width, channels, Bytes(size_t(height * width * channels), value)};
}

// The letter `code` as rows of '#' and '.': the grid points that its strokes pass.
std::string drawn(char32_t code) {
  std::string rows(glyph_height * (glyph_width + 1), '.');
  for (int r = 0; r < glyph_height; ++r) rows[size_t(r * 6 + 5)] = '\n';
  for (const Stroke& s : glyph(code)) {
    rows[size_t(s.y0 * 6 + s.x0)] = rows[size_t(s.y1 * 6 + s.x1)] = '#';
  }
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_png_comes_back_byte_for_byte) {
  const Folder folder;
  for (int channels : {1, 2, 3, 4}) {
    Bytes pixels;
    for (int i = 0; i < 5 * 7 * channels; ++i) pixels.push_back(uint8_t(i * 37));
    const fs::path path = folder.path / "made" / "here" / "a.png";
    write_png(path, pixels, 5, 7, channels);
    const Image back = read(path);
    BOOST_TEST(back.height == 5);
    BOOST_TEST(back.width == 7);
    BOOST_TEST(back.channels == channels);
    BOOST_TEST(back.pixels == pixels);
  }
}

BOOST_AUTO_TEST_CASE(what_makes_no_png_is_refused) {
  const Bytes pixels(12);
  BOOST_TEST(fails_with("write_png: 12 bytes for 5x7x1 = 35",
                        [&] { write_png("a.png", pixels, 5, 7, 1); }));
  BOOST_TEST(
      fails_with("write_png: a picture of 0x7", [&] { write_png("a.png", {}, 0, 7, 1); }));
  BOOST_TEST(fails_with("with 5 channels", [&] { write_png("a.png", pixels, 1, 1, 5); }));
  BOOST_TEST(fails_with("write_png: cannot make the folder /proc/none",
                        [&] { write_png("/proc/none/a.png", pixels, 3, 4, 1); }));
  // The folder is there, but is itself what should be written.
  const Folder folder;
  BOOST_TEST(
      fails_with("write_png: cannot write " + folder.path.string() + ": Is a directory",
                 [&] { write_png(folder.path, pixels, 3, 4, 1); }));
}

BOOST_AUTO_TEST_CASE(numbers_between_0_and_1_become_bytes) {
  BOOST_TEST(make_image({0, 0.5, 1, 0.25}, 2, 2).pixels == (Bytes{0, 128, 255, 64}));
  // Others are spread: the smallest becomes black, the largest white.
  BOOST_TEST(make_image({-1, 0, 1, 3}, 2, 2).pixels == (Bytes{0, 64, 128, 255}));
  BOOST_TEST(make_image({0.2, std::nan("")}, 1, 2).pixels == (Bytes{51, 0}));
  BOOST_TEST(make_image({7, 7}, 1, 2).pixels == (Bytes{0, 0}));
  BOOST_TEST(fails_with("make_image: 3 numbers for 2x2x1 = 4", [] {
    make_image({1, 2, 3}, 2, 2);
  }));
}

BOOST_AUTO_TEST_CASE(small_images_grow_by_a_whole_factor_and_large_ones_shrink) {
  const Image image{2, 2, 1, {0, 100, 200, 50}};
  BOOST_TEST(resized(image, 5).pixels ==
             (Bytes{0, 0, 100, 100, 0, 0, 100, 100, 200, 200, 50, 50, 200, 200, 50, 50}));
  BOOST_TEST(resized(image, 1).pixels == (Bytes{88}));  // their mean, 87.5
  const Image wide = resized(filled(10, 40, 3, 9), 8);
  BOOST_TEST(wide.height == 2);
  BOOST_TEST(wide.width == 8);
  BOOST_TEST(wide.pixels == Bytes(2 * 8 * 3, 9));
  BOOST_TEST(resized(filled(1, 1000, 1, 9), 8).height == 1);
}

BOOST_AUTO_TEST_CASE(letters_look_as_they_should) {
  BOOST_TEST(drawn('A') ==
             "..#..\n"
             ".#.#.\n"
             "#...#\n"
             "#...#\n"
             "#####\n"
             "#...#\n"
             "#...#\n"
             ".....\n"
             ".....\n");
  BOOST_TEST(drawn('g').substr(36) ==
             ".####\n"
             "....#\n"
             ".###.\n");
  BOOST_TEST(glyph(' ').empty());
}

BOOST_AUTO_TEST_CASE(every_printable_letter_has_a_look_of_its_own) {
  std::set<std::string> looks;
  for (char32_t c = 32; c < 127; ++c) looks.insert(drawn(c));
  looks.insert(drawn(U'é'));  // the box
  BOOST_TEST(looks.size() == 96u);
  BOOST_TEST(drawn(U'é') == drawn(U'损'));
}

BOOST_AUTO_TEST_CASE(slanted_strokes_join_dots_that_touch_by_corners_only) {
  // The bar of Z goes down in single steps; in a block of four dots nothing is slanted.
  int slanted = 0;
  for (const Stroke& s : glyph('Z')) slanted += s.x0 != s.x1 && s.y0 != s.y1;
  BOOST_TEST(slanted == 4);
  for (const Stroke& s : glyph('l')) BOOST_TEST((s.x0 == s.x1 || s.y0 == s.y1));
}

BOOST_AUTO_TEST_CASE(text_is_drawn_where_it_was_asked_for) {
  Image image = filled(30, 60, 1, 255);
  draw_text(image, 5, 10, "ll", 2);
  int left = 60, right = 0, top = 30, bottom = 0;
  for (int r = 0; r < 30; ++r) {
    for (int c = 0; c < 60; ++c) {
      if (image.at(r, c, 0) > 200) continue;
      left = std::min(left, c), right = std::max(right, c);
      top = std::min(top, r), bottom = std::max(bottom, r);
    }
  }
  // An l is three dots wide, beginning at the second of five: two pixels to the dot.
  BOOST_TEST(left == 12);
  BOOST_TEST(right == 10 + 12 + 2 * 4 - 1);
  BOOST_TEST(top == 5);
  BOOST_TEST(bottom == 5 + 14 - 1);
  BOOST_TEST(text_width("ll", 2) == 22);
  BOOST_TEST(text_width("", 2) == 0);
  // What lies outside is left out.
  draw_text(image, -8, -8, "llllllllllllllllllll", 2);
  draw_text(image, 25, 55, "l", 3);
}

BOOST_AUTO_TEST_CASE(a_sheet_has_images_in_rows_under_their_titles) {
  std::vector<Image> images;
  for (int i = 0; i < 5; ++i) images.push_back(filled(28, 28, 1, uint8_t(40 * i)));
  const Image plain = image_sheet(images, 2, 3).image();
  BOOST_TEST(plain.channels == 1);
  // 140 pixels (five to one) and a gap of 10 for each image, and one more gap.
  BOOST_TEST(plain.width == 3 * 150 + 10);
  BOOST_TEST(plain.height == 2 * 150 + 10);
  BOOST_TEST(plain.at(80, 80, 0) == 0);
  BOOST_TEST(plain.at(80, 230, 0) == 40);
  BOOST_TEST(plain.at(230, 230, 0) == 160);
  BOOST_TEST(plain.at(230, 380, 0) == 255);  // there is no sixth image
  BOOST_TEST(plain.at(5, 80, 0) == 255);

  const Image titled = image_sheet(images, 2, 3, {"bag", "ankle boot\nsneaker"}).image();
  BOOST_TEST(titled.width == plain.width);
  BOOST_TEST(titled.height > plain.height + 2 * 30);
  int ink = 0;
  for (int c = 160; c < 300; ++c) ink += titled.at(17, c, 0) < 128;
  BOOST_TEST(ink > 10);
}

BOOST_AUTO_TEST_CASE(one_colour_image_makes_a_colour_sheet) {
  const Image red{1, 1, 3, {200, 0, 0}}, grey{1, 1, 1, {77}};
  const Image sheet = image_sheet({red, grey}, 1, 2, {}, 0.5).image();
  BOOST_TEST(sheet.channels == 3);
  BOOST_TEST(sheet.at(20, 20, 0) == 200);
  BOOST_TEST(sheet.at(20, 20, 2) == 0);
  BOOST_TEST(sheet.at(20, 80, 2) == 77);
}

BOOST_AUTO_TEST_CASE(sheets_that_cannot_be_are_refused) {
  BOOST_TEST(fails_with("image_sheet: 0 rows and 3 columns",
                        [] { image_sheet(std::vector<Image>{}, 0, 3); }));
  BOOST_TEST(fails_with("image_sheet: scale is -1",
                        [] { image_sheet(std::vector<Image>{}, 1, 3, {}, -1); }));
  BOOST_TEST(fails_with("images have 1 or 3 channels", [] {
    image_sheet({Image{2, 2, 2, Bytes(8)}}, 1, 1);
  }));
  BOOST_TEST(fails_with("images have 1 or 3 channels", [] {
    image_sheet({Image{2, 2, 1, Bytes(3)}}, 1, 1);
  }));
  BOOST_TEST(image_sheet(std::vector<Image>{}, 1, 1).text(Terminal()) == "");
}

BOOST_AUTO_TEST_CASE(images_in_letters) {
  Terminal t;
  const Image image{4, 2, 1, {0, 255, 0, 255, 255, 0, 255, 0}};
  const ImageSheet sheet = image_sheet({image}, 1, 1, {"flag"});
  // Grown by 8 to 32x16 pixels, two of them, one above the other, to a letter.
  const std::string black(8, ' '), white(8, '@');
  std::string expected = "flag\n";
  for (int i = 0; i < 8; ++i) expected += black + white + "\n";
  for (int i = 0; i < 8; ++i) expected += white + "\n";
  BOOST_TEST(sheet.text(t) == expected + "\n");

  t.utf8 = true;
  t.colours = ColourDepth::full;
  const Image pair{2, 1, 3, {1, 2, 3, 4, 5, 6}};
  BOOST_TEST(
      image_sheet({pair}, 1, 1).text(t).starts_with("\x1b[38;2;1;2;3m\x1b[48;2;1;2;3m▀"));
}

BOOST_AUTO_TEST_CASE(a_row_of_many_images_goes_on_below) {
  const std::vector<Image> images(10, filled(14, 14, 1, 255));
  Terminal t;
  const std::string text = image_sheet(images, 1, 10).text(t);
  // Five of 14 columns fit beside each other in 80, with gaps of 2.
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 2 * 8);
  t.columns = 200;
  const std::string wide = image_sheet(images, 1, 10).text(t);
  BOOST_TEST(std::count(wide.begin(), wide.end(), '\n') == 8);
}
