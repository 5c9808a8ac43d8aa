// Pictures in memory, PNG files, and sheets of many pictures with titles.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "learn/terminal.hpp"
#include "learn/values.hpp"

namespace hg {

/// Bytes of a picture: rows from the top, in each row the pixels from the left, of each
/// pixel the channels. One channel is grey, three are red, green, blue.
struct Image {
  int height = 0, width = 0, channels = 1;
  std::vector<uint8_t> pixels;

  uint8_t& at(int row, int column, int channel);
  uint8_t at(int row, int column, int channel) const;
};

/// An image of numbers, height x width x channels of them. From 0, black, to 1; numbers
/// beyond that are first brought to this range, the smallest to 0 and the largest to 1.
Image make_image(const Values& numbers, int height, int width, int channels = 1);

/// Images of a tensor, (N,H,W), (N,1,H,W) or (N,3,H,W): u8 as it is, other dtypes as above.
std::vector<Image> make_images(const Tensor& batch);

/// Writes a PNG; a missing folder is made. `channels` may be 1 to 4.
void write_png(const std::filesystem::path& path, std::span<const uint8_t> pixels,
               int height, int width, int channels);
void write_png(const std::filesystem::path& path, const Image& image);

/// Images in rows and columns, each under its title ('\n' starts another line of it).
struct ImageSheet {
  std::vector<Image> images;
  int rows = 1, cols = 1;
  std::vector<std::string> titles;
  double scale = 1.5;  // inches for each image, at 100 pixels to the inch

  /// The whole sheet as one image.
  Image image() const;
  void save(const std::filesystem::path& path) const { write_png(path, image()); }

  /// The sheet for the terminal, a letter for every two pixels.
  std::string text() const { return text(terminal()); }
  std::string text(const Terminal& terminal) const;
};

/// A sheet of the first rows*cols images.
ImageSheet image_sheet(std::vector<Image> images, int rows, int cols,
                       std::vector<std::string> titles = {}, double scale = 1.5);
ImageSheet image_sheet(const Tensor& batch, int rows, int cols,
                       std::vector<std::string> titles = {}, double scale = 1.5);

namespace learn {

/// `image` with height and width of at most `target` pixels. A smaller one grows by a
/// whole factor, so that its pixels stay square; a larger one shrinks, each new pixel the
/// mean of those it covers.
Image resized(const Image& image, int target);

/// Writes dark text, its first letter's upper left corner at (row, column), `size` pixels
/// from dot to dot of the typeface.
void draw_text(Image& image, double row, double column, std::string_view text, double size);

/// The columns that draw_text() needs.
double text_width(std::string_view text, double size);

}  // namespace learn
}  // namespace hg
