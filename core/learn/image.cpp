#include "learn/image.hpp"

#include <algorithm>
#include <cmath>

#include "data/image_file.hpp"
#include "learn/output.hpp"
#include "learn/scale.hpp"
#include "tensor/error.hpp"

namespace hg {

namespace {

size_t offset(const Image& image, int row, int column, int channel) {
  return (size_t(row) * size_t(image.width) + size_t(column)) * size_t(image.channels) +
         size_t(channel);
}

// The number of bytes of a picture, if its sides make sense.
size_t checked_size(const char* operation, int height, int width, int channels) {
  constexpr int longest = 1 << 16;
  const bool sides = height >= 1 && width >= 1 && height <= longest && width <= longest;
  if (!sides || channels < 1 || channels > 4) {
    throw Error(operation, "a picture of " + std::to_string(height) + "x" +
                               std::to_string(width) + " with " + std::to_string(channels) +
                               " channels; sides are 1 to 65536, channels 1 to 4");
  }
  return size_t(height) * size_t(width) * size_t(channels);
}

}  // namespace

uint8_t& Image::at(int row, int column, int channel) {
  return pixels[offset(*this, row, column, channel)];
}
uint8_t Image::at(int row, int column, int channel) const {
  return pixels[offset(*this, row, column, channel)];
}

Image make_image(const Values& numbers, int height, int width, int channels) {
  const size_t count = checked_size("make_image", height, width, channels);
  if (numbers.size() != count) {
    throw Error("make_image", std::to_string(numbers.size()) + " numbers for " +
                                  std::to_string(height) + "x" + std::to_string(width) +
                                  "x" + std::to_string(channels) + " = " +
                                  std::to_string(count));
  }
  learn::Extent range{0, 1};
  for (double number : numbers) range.include(number, learn::ScaleKind::linear);
  if (range.low < 0 || range.high > 1) {
    range = {};
    for (double number : numbers) range.include(number, learn::ScaleKind::linear);
  }
  Image image{height, width, channels, std::vector<uint8_t>(count)};
  const double length = range.high > range.low ? range.high - range.low : 1;
  for (size_t i = 0; i < count; ++i) {
    const double share = (numbers[i] - range.low) / length;
    image.pixels[i] =
        std::isnan(share) ? 0 : uint8_t(std::lround(255 * std::clamp(share, 0.0, 1.0)));
  }
  return image;
}

void write_png(const std::filesystem::path& path, std::span<const uint8_t> pixels,
               int height, int width, int channels) {
  const size_t count = checked_size("write_png", height, width, channels);
  if (pixels.size() != count) {
    throw Error("write_png", std::to_string(pixels.size()) + " bytes for " +
                                 std::to_string(height) + "x" + std::to_string(width) +
                                 "x" + std::to_string(channels) + " = " +
                                 std::to_string(count));
  }
  learn::write_file(path, data::encode_png(pixels, height, width, channels), "write_png");
}

void write_png(const std::filesystem::path& path, const Image& image) {
  write_png(path, image.pixels, image.height, image.width, image.channels);
}

namespace learn {

namespace {

Image enlarged(const Image& image, int factor) {
  Image out{image.height * factor, image.width * factor, image.channels, {}};
  out.pixels.resize(image.pixels.size() * size_t(factor) * size_t(factor));
  for (int r = 0; r < out.height; ++r) {
    for (int c = 0; c < out.width; ++c) {
      for (int k = 0; k < out.channels; ++k) {
        out.at(r, c, k) = image.at(r / factor, c / factor, k);
      }
    }
  }
  return out;
}

// Pixel i of n new ones covers the old ones from i*old/n up to (i+1)*old/n: at least one.
Image shrunk(const Image& image, int height, int width) {
  Image out{height, width, image.channels, {}};
  out.pixels.resize(size_t(height) * size_t(width) * size_t(image.channels));
  auto from = [](int i, int old, int n) { return int(int64_t(i) * old / n); };
  for (int r = 0; r < height; ++r) {
    const int top = from(r, image.height, height), end = from(r + 1, image.height, height);
    for (int c = 0; c < width; ++c) {
      const int left = from(c, image.width, width), right = from(c + 1, image.width, width);
      const int64_t covered = int64_t(end - top) * (right - left);
      for (int k = 0; k < image.channels; ++k) {
        int64_t sum = 0;
        for (int y = top; y < end; ++y) {
          for (int x = left; x < right; ++x) sum += image.at(y, x, k);
        }
        out.at(r, c, k) = uint8_t((sum + covered / 2) / covered);
      }
    }
  }
  return out;
}

}  // namespace

Image resized(const Image& image, int target) {
  const int longest = std::max(image.height, image.width);
  if (longest <= target) return enlarged(image, target / longest);
  auto side = [&](int old) { return std::max(1, int(int64_t(old) * target / longest)); };
  return shrunk(image, side(image.height), side(image.width));
}

}  // namespace learn
}  // namespace hg
