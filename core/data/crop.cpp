// Parts of images, and images the other way round.
#include <algorithm>
#include <cmath>

#include "data/pictures.hpp"
#include "data/transforms.hpp"

namespace hg::data {
namespace {

/// A rectangle of an image; it may reach beyond.
struct Window {
  int64_t top, left, height, width;
};

// Image n of x within the window, black where the window reaches beyond, becomes image m of
// y, whose size is the window's. All bits 0 is black in every element type.
void copy_window(const Tensor& x, int64_t n, const Window& window, const Tensor& y,
                 int64_t m) {
  const int64_t channels = x.size(-3), height = x.size(-2), width = x.size(-1);
  const size_t bytes = size_of(x.dtype());
  const auto* from = static_cast<const char*>(x.data());
  auto* to = static_cast<char*>(y.data()) +
             size_t(m * channels * window.height * window.width) * bytes;
  const int64_t first = std::clamp<int64_t>(-window.left, 0, window.width);
  const int64_t last = std::clamp<int64_t>(width - window.left, first, window.width);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t r = 0; r < window.height; ++r, to += size_t(window.width) * bytes) {
      const int64_t row = window.top + r;
      const bool inside = 0 <= row && row < height && first < last;
      std::memset(to, 0, size_t(window.width) * bytes);
      if (!inside) continue;
      const int64_t place =
          ((n * channels + c) * height + row) * width + window.left + first;
      std::memcpy(to + size_t(first) * bytes, from + size_t(place) * bytes,
                  size_t(last - first) * bytes);
    }
  }
}

void check_size(const char* operation, int64_t height, int64_t width, int64_t padding = 0) {
  constexpr int64_t most = 1 << 24;
  if (height < 1 || width < 1 || padding < 0 || height > most || width > most ||
      padding > most) {
    throw Error(operation, std::to_string(height) + "x" + std::to_string(width) +
                               " pixels, " + std::to_string(padding) +
                               " around; 1x1 and 0 are the least, 2^24 the most");
  }
}

void check_probability(const char* operation, double p) {
  if (!(0 <= p && p <= 1)) {
    throw Error(operation, "p is " + std::to_string(p) + ", but must lie between 0 and 1");
  }
}

}  // namespace

Transform center_crop(int64_t height, int64_t width) {
  check_size("center_crop", height, width);
  return [=](const Tensor& images) {
    const Planes planes("center_crop", images);
    const Tensor x = images.contiguous();
    const Tensor y = empty(with_size(x, height, width), x.dtype());
    // Half of an odd number is rounded to the even one, as Python does.
    const auto start = [](int64_t old, int64_t now) {
      const int64_t left = old - now;
      return left >= 0 ? int64_t(std::nearbyint(double(left) / 2)) : -((-left) / 2);
    };
    const Window window{start(planes.height, height), start(planes.width, width), height,
                        width};
    for (int64_t n = 0; n < planes.images; ++n) copy_window(x, n, window, y, n);
    return y;
  };
}

Transform center_crop(int64_t size) { return center_crop(size, size); }

Transform random_crop(std::array<int64_t, 2> size, int64_t padding) {
  const auto [height, width] = size;
  check_size("random_crop", height, width, padding);
  return [height = height, width = width, padding](const Tensor& images) {
    const Planes planes("random_crop", images);
    const int64_t down = planes.height + 2 * padding - height;
    const int64_t right = planes.width + 2 * padding - width;
    if (down < 0 || right < 0) {
      throw Error("random_crop", "images " + images.shape().to_string() + " with " +
                                     std::to_string(padding) + " pixels around have no " +
                                     std::to_string(height) + "x" + std::to_string(width) +
                                     " pixels");
    }
    const Draws draws;
    const Tensor x = images.contiguous();
    const Tensor y = empty(with_size(x, height, width), x.dtype());
    for (int64_t n = 0; n < planes.images; ++n) {
      const Window window{draws.upto(n, 0, down) - padding,
                          draws.upto(n, 1, right) - padding, height, width};
      copy_window(x, n, window, y, n);
    }
    return y;
  };
}

Transform random_crop(int64_t size, int64_t padding) {
  return random_crop(std::array{size, size}, padding);
}

namespace {

// Area and shape are drawn until they fit: with area a and ratio r, the width is sqrt(a*r)
// and the height sqrt(a/r).
Window random_window(const Draws& draws, int64_t n, const Planes& x,
                     std::array<double, 2> scale, std::array<double, 2> ratio) {
  const auto rounded = [](double length) { return int64_t(std::nearbyint(length)); };
  const double area = double(x.height) * double(x.width);
  for (int k = 0; k < 40; k += 4) {
    const double a = area * draws.uniform(n, k, scale[0], scale[1]);
    const double r =
        std::exp(draws.uniform(n, k + 1, std::log(ratio[0]), std::log(ratio[1])));
    const int64_t width = rounded(std::sqrt(a * r)), height = rounded(std::sqrt(a / r));
    if (width < 1 || height < 1 || width > x.width || height > x.height) continue;
    return {draws.upto(n, k + 2, x.height - height), draws.upto(n, k + 3, x.width - width),
            height, width};
  }
  const double shape = double(x.width) / double(x.height);
  int64_t height = x.height, width = x.width;
  if (shape < ratio[0]) height = std::max<int64_t>(rounded(double(width) / ratio[0]), 1);
  if (shape > ratio[1]) width = std::max<int64_t>(rounded(double(height) * ratio[1]), 1);
  return {(x.height - height) / 2, (x.width - width) / 2, height, width};
}

}  // namespace

Transform random_resized_crop(int64_t size, std::array<double, 2> scale,
                              std::array<double, 2> ratio, Interpolation interpolation) {
  check_size("random_resized_crop", size, size);
  const auto range = [](const char* what, std::array<double, 2> r, double most) {
    if (0 < r[0] && r[0] <= r[1] && r[1] <= most) return;
    throw Error("random_resized_crop",
                std::string(what) + " is " + std::to_string(r[0]) + " to " +
                    std::to_string(r[1]) + "; it must be above 0, at most " +
                    std::to_string(most) + ", and the smaller one first");
  };
  range("scale", scale, 1);
  range("ratio", ratio, 1e6);
  const Transform to_size = resize(size, size, interpolation);
  return [=](const Tensor& images) {
    const Planes planes("random_resized_crop", images);
    if (planes.height == 0 || planes.width == 0) {
      throw Error("random_resized_crop",
                  "images " + images.shape().to_string() + " have no pixels");
    }
    const Draws draws;
    const Tensor x = images.contiguous();
    const Tensor y = empty(with_size(x, size, size), x.dtype());
    const size_t bytes =
        size_t(planes.channels * size * size) * size_of(x.dtype());  // of an image
    for (int64_t n = 0; n < planes.images; ++n) {
      const Window window = random_window(draws, n, planes, scale, ratio);
      const Tensor part = empty({planes.channels, window.height, window.width}, x.dtype());
      copy_window(x, n, window, part, 0);
      const Tensor now = to_size(part);
      if (bytes > 0) {
        std::memcpy(static_cast<char*>(y.data()) + size_t(n) * bytes, now.data(), bytes);
      }
    }
    return y;
  };
}

// ---- the other way round ----------------------------------------------------------------

namespace {

// Flips each image with probability p. A flip exchanges `lines` blocks of `block` elements,
// the first and the last, the second and the last but one: pixels of a row, or rows of a
// plane.
Transform random_flip(const char* operation, double p, bool horizontal) {
  check_probability(operation, p);
  return [=](const Tensor& images) {
    const Planes planes(operation, images);
    const Draws draws;
    const Tensor y = images.contiguous().clone();
    const int64_t lines = horizontal ? planes.width : planes.height;
    const size_t block = size_t(horizontal ? 1 : planes.width) * size_of(y.dtype());
    const int64_t groups = planes.channels * (horizontal ? planes.height : 1);
    auto* group = static_cast<char*>(y.data());
    for (int64_t n = 0; n < planes.images; ++n) {
      const bool flip = draws.uniform(n, 0, 0, 1) < p;
      for (int64_t g = 0; g < groups; ++g, group += size_t(lines) * block) {
        for (int64_t a = 0, z = lines - 1; flip && a < z; ++a, --z) {
          std::swap_ranges(group + size_t(a) * block, group + size_t(a + 1) * block,
                           group + size_t(z) * block);
        }
      }
    }
    return y;
  };
}

}  // namespace

Transform random_horizontal_flip(double p) {
  return random_flip("random_horizontal_flip", p, true);
}

Transform random_vertical_flip(double p) {
  return random_flip("random_vertical_flip", p, false);
}

}  // namespace hg::data
