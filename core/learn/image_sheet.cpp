// Many images on one sheet, with titles; as a picture and in letters.
#include <algorithm>
#include <array>
#include <cmath>

#include "learn/font.hpp"
#include "learn/image.hpp"
#include "learn/scale.hpp"
#include "learn/text_grid.hpp"
#include "learn/utf8.hpp"
#include "tensor/error.hpp"

namespace hg {

namespace {

using namespace learn;

constexpr uint8_t white = 255, ink = 40;

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

double distance(double x, double y, const Stroke& s) {
  const double dx = s.x1 - s.x0, dy = s.y1 - s.y0, length = dx * dx + dy * dy;
  const double share =
      length == 0 ? 0 : std::clamp(((x - s.x0) * dx + (y - s.y0) * dy) / length, 0.0, 1.0);
  return std::hypot(x - s.x0 - share * dx, y - s.y0 - share * dy);
}

// An image in the colours of the sheet.
void paste(Image& sheet, int row, int column, const Image& image) {
  for (int r = 0; r < image.height; ++r) {
    for (int c = 0; c < image.width; ++c) {
      for (int k = 0; k < sheet.channels; ++k) {
        sheet.at(row + r, column + c, k) = image.at(r, c, image.channels == 3 ? k : 0);
      }
    }
  }
}

bool any_colour(const std::vector<Image>& images) {
  return std::any_of(images.begin(), images.end(),
                     [](const Image& image) { return image.channels == 3; });
}

Rgb pixel(const Image& image, int row, int column) {
  if (row >= image.height) return {};
  const int green = image.channels == 3 ? 1 : 0, blue = image.channels == 3 ? 2 : 0;
  return {image.at(row, column, 0), image.at(row, column, green),
          image.at(row, column, blue)};
}

// Two pixels, one above the other, in one letter: the upper half is a block in the
// letter's colour, the lower half shows the colour behind it.
Cell two_pixels(const Image& image, int row, int column, const Terminal& terminal) {
  const Rgb upper = pixel(image, row, column), lower = pixel(image, row + 1, column);
  if (terminal.colours != ColourDepth::none && terminal.utf8) return {"▀", upper, lower};
  auto light = [](Rgb c) { return 299 * c.red + 587 * c.green + 114 * c.blue; };
  const int mean = (light(upper) + light(lower)) / 2000;  // 0 to 255
  const auto grey = uint8_t(mean);
  if (terminal.colours != ColourDepth::none) return {" ", {}, Rgb{grey, grey, grey}};
  static const std::vector<std::string> blocks = letters(" ░▒▓█"),
                                        ascii = letters(" .:-=+*#%@");
  const auto& ramp = terminal.utf8 ? blocks : ascii;
  return {ramp[size_t(mean) * ramp.size() / 256]};
}

}  // namespace

namespace learn {

double text_width(std::string_view text, double size) {
  const double count = double(letters(text).size());
  return count == 0 ? 0 : (count * glyph_advance - (glyph_advance - glyph_width)) * size;
}

// Every pixel near a stroke gets as much ink as a pen of the width `pen` covers of it.
void draw_text(Image& image, double row, double column, std::string_view text,
               double size) {
  const double pen = 0.95 * size;
  double left = column + size / 2;
  for (const std::string& letter : letters(text)) {
    const std::vector<Stroke> strokes = glyph(code_point(letter));
    const int r0 = std::max(0, int(row)), c0 = std::max(0, int(left - size));
    const int r1 = std::min(image.height, int(row + glyph_height * size) + 2);
    const int c1 = std::min(image.width, int(left + glyph_width * size) + 2);
    for (int r = r0; r < r1; ++r) {
      for (int c = c0; c < c1; ++c) {
        const double x = (c + 0.5 - left) / size, y = (r + 0.5 - row - size / 2) / size;
        double nearest = glyph_height;
        for (const Stroke& s : strokes) nearest = std::min(nearest, distance(x, y, s));
        const double cover = std::clamp(pen / 2 - nearest * size + 0.5, 0.0, 1.0);
        for (int k = 0; k < image.channels && cover > 0; ++k) {
          uint8_t& p = image.at(r, c, k);
          p = uint8_t(std::lround(p + cover * (ink - p)));
        }
      }
    }
    left += glyph_advance * size;
  }
}

}  // namespace learn

ImageSheet image_sheet(std::vector<Image> images, int rows, int cols,
                       std::vector<std::string> titles, double scale) {
  if (rows < 1 || cols < 1 || rows > 100 || cols > 100) {
    throw Error("image_sheet", std::to_string(rows) + " rows and " + std::to_string(cols) +
                                   " columns; each may be 1 to 100");
  }
  if (!(scale >= 0.1 && scale <= 20)) {
    throw Error("image_sheet",
                "scale is " + short_number(scale) + "; it is in inches, from 0.1 to 20");
  }
  images.resize(std::min(images.size(), size_t(rows) * size_t(cols)));
  for (const Image& image : images) {
    const bool whole = image.height > 0 && image.width > 0 &&
                       (image.channels == 1 || image.channels == 3) &&
                       image.pixels.size() == size_t(image.height) * size_t(image.width) *
                                                  size_t(image.channels);
    if (!whole)
      throw Error("image_sheet", "images have 1 or 3 channels and all their pixels");
  }
  return {std::move(images), rows, cols, std::move(titles), scale};
}

Image ImageSheet::image() const {
  const int target = int(std::lround(scale * 100)), gap = std::max(4, target / 15);
  std::vector<Image> ready;
  int height = 1, width = 1;
  for (const Image& one : images) {
    ready.push_back(resized(one, target));
    height = std::max(height, ready.back().height);
    width = std::max(width, ready.back().width);
  }
  // One size of letters for all titles: the longest must fit, within reason.
  size_t title_rows = 0;
  double size = 2;
  for (size_t i = 0; i < std::min(images.size(), titles.size()); ++i) {
    const auto lines = split_lines(titles[i]);
    title_rows = std::max(title_rows, lines.size());
    for (const std::string& line : lines) {
      size = std::min(size, (width + gap - 4) / text_width(line + " ", 1));
    }
  }
  size = std::max(size, 1.3);
  const double line_height = (glyph_height + 2) * size;
  const int title_height = int(std::ceil(double(title_rows) * line_height));

  const int cell_height = height + title_height + gap, cell_width = width + gap;
  Image sheet{
      rows * cell_height + gap, cols * cell_width + gap, any_colour(images) ? 3 : 1, {}};
  sheet.pixels.assign(size_t(sheet.height) * size_t(sheet.width) * size_t(sheet.channels),
                      white);
  for (size_t i = 0; i < ready.size(); ++i) {
    const int top = gap + int(i) / cols * cell_height,
              left = gap + int(i) % cols * cell_width;
    const Image& one = ready[i];
    paste(sheet, top + title_height, left + (width - one.width) / 2, one);
    if (i >= titles.size()) continue;
    double row = top;
    for (const std::string& line : split_lines(titles[i])) {
      draw_text(sheet, row, left + (width - text_width(line, size)) / 2, line, size);
      row += line_height;
    }
  }
  return sheet;
}

std::string ImageSheet::text(const Terminal& terminal) const {
  if (images.empty()) return "";
  // Below 14 columns a picture says nothing: then the row goes on below.
  constexpr int smallest = 14, largest = 32, gap = 2;
  const int columns = terminal.columns;
  const int beside =
      std::clamp((columns + gap) / (smallest + gap), 1, std::min(cols, int(images.size())));
  const int room = std::min(largest, (columns + gap) / beside - gap);

  std::string out;
  for (int sheet_row = 0; sheet_row < rows; ++sheet_row) {
    for (int first = 0; first < cols; first += beside) {
      const size_t begin = size_t(sheet_row * cols + first);
      const size_t end = std::min({begin + size_t(std::min(beside, cols - first)),
                                   size_t((sheet_row + 1) * cols), images.size()});
      if (begin >= end) break;
      std::vector<Image> ready;
      int height = 0;
      size_t title_rows = 0;
      for (size_t i = begin; i < end; ++i) {
        ready.push_back(resized(images[i], room));
        height = std::max(height, (ready.back().height + 1) / 2);
        if (i < titles.size()) {
          title_rows = std::max(title_rows, split_lines(titles[i]).size());
        }
      }
      TextGrid grid(height + int(title_rows) + 1, columns);
      for (size_t i = begin; i < end; ++i) {
        const Image& one = ready[i - begin];
        const int left = int(i - begin) * (room + gap);
        for (int r = 0; r < (one.height + 1) / 2; ++r) {
          for (int c = 0; c < one.width; ++c) {
            grid.at(int(title_rows) + r, left + c) = two_pixels(one, 2 * r, c, terminal);
          }
        }
        if (i >= titles.size()) continue;
        int row = 0;
        for (const std::string& line : split_lines(titles[i])) {
          grid.put(row++, left, fit(line, room));
        }
      }
      out += grid.text(terminal.colours);
    }
  }
  return out;
}

}  // namespace hg
