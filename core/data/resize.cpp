// Images of another size.
//
// Along one axis first. Let `old` pixels become `now`, and scale = old/now. The middle of
// new pixel i lies at c = (i + 1/2) * scale on the old axis, where old pixel j covers
// [j, j+1] and has its middle at j + 1/2. Old pixel j gets the weight
//
//     w = 1 - |j + 1/2 - c| / r        (0 if that is negative)        r = max(scale, 1)
//
// and the new pixel is the mean by these weights. To enlarge (r = 1) this draws a straight
// line between neighbours; to shrink, the triangle is as wide as the pixels that are
// merged, so that none is passed over. Near the border what is left of the triangle
// counts. Rows and columns are treated one after the other.

#include <algorithm>
#include <cmath>

#include "data/pictures.hpp"
#include "data/transforms.hpp"

namespace hg::data {
namespace {

struct Weights {
  size_t first;                // the first old pixel that counts
  std::vector<float> weights;  // of it and those after it; they add up to 1
};

std::vector<Weights> weights_of(int64_t old, int64_t now) {
  const double scale = double(old) / double(now), reach = std::max(scale, 1.0);
  std::vector<Weights> result;
  for (int64_t i = 0; i < now; ++i) {
    const double centre = (double(i) + 0.5) * scale;
    const auto first = int64_t(std::max(std::floor(centre - reach), 0.0));
    const auto last = int64_t(std::min(std::ceil(centre + reach), double(old)));
    Weights w{size_t(first), {}};
    double sum = 0;
    for (int64_t j = first; j < last; ++j) {
      const double distance = std::abs(double(j) + 0.5 - centre);
      w.weights.push_back(float(std::max(1 - distance / reach, 0.0)));
      sum += w.weights.back();
    }
    for (float& weight : w.weights) weight = float(weight / sum);
    result.push_back(std::move(w));
  }
  return result;
}

// Lines of pixels, `step` apart in x, become lines in y: (lines, old, step) to (lines, now,
// step). step is 1 along rows, the width along columns.
void resample(const float* x, float* y, size_t lines, size_t old, size_t step,
              const std::vector<Weights>& places) {
  std::fill(y, y + lines * places.size() * step, 0.0f);
  for (size_t line = 0; line < lines; ++line, x += old * step) {
    for (const Weights& place : places) {
      const float* from = x + place.first * step;
      for (const float weight : place.weights) {
        for (size_t s = 0; s < step; ++s) y[s] += weight * from[s];
        from += step;
      }
      y += step;
    }
  }
}

// New pixel i is the old one at floor(i * old/now), the product taken in f32 as PyTorch
// takes it.
std::vector<size_t> nearest_of(int64_t old, int64_t now) {
  const float scale = float(old) / float(now);
  std::vector<size_t> places;
  for (int64_t i = 0; i < now; ++i) {
    places.push_back(size_t(std::min(int64_t(float(i) * scale), old - 1)));
  }
  return places;
}

Tensor resized_nearest(const Tensor& images, int64_t height, int64_t width) {
  const Tensor x = images.contiguous();
  const Tensor y = empty(with_size(x, height, width), x.dtype());
  const size_t bytes = size_of(x.dtype()), h = size_t(x.size(-2)), w = size_t(x.size(-1));
  const auto rows = nearest_of(x.size(-2), height), columns = nearest_of(x.size(-1), width);
  const auto* from = static_cast<const char*>(x.data());
  auto* to = static_cast<char*>(y.data());
  for (int64_t plane = x.numel() / (x.size(-2) * x.size(-1)); plane > 0; --plane) {
    for (const size_t row : rows) {
      for (const size_t column : columns) {
        std::memcpy(to, from + (row * w + column) * bytes, bytes);
        to += bytes;
      }
    }
    from += h * w * bytes;
  }
  return y;
}

Tensor resized_bilinear(const Tensor& images, int64_t height, int64_t width) {
  const int64_t h = images.size(-2), w = images.size(-1);
  const Tensor x = images.to(f32).contiguous();
  const size_t planes = size_t(x.numel() / (h * w));
  Tensor wide = empty({int64_t(planes), h, width});
  Tensor y = empty(with_size(x, height, width));
  resample(x.span<float>().data(), wide.span<float>().data(), planes * size_t(h), size_t(w),
           1, weights_of(w, width));
  resample(wide.span<float>().data(), y.span<float>().data(), planes, size_t(h),
           size_t(width), weights_of(h, height));
  // Bytes are rounded; a mean of bytes is never below 0 or above 255.
  if (images.dtype() == u8) {
    for (float& pixel : y.span<float>()) pixel = std::floor(pixel + 0.5f);
  }
  return y.to(images.dtype());
}

void check_pixels(const Tensor& images) {
  check_images("resize", images);
  if (images.size(-2) == 0 || images.size(-1) == 0) {
    throw Error("resize", "images " + images.shape().to_string() + " have no pixels");
  }
}

}  // namespace

Transform resize(int64_t height, int64_t width, Interpolation interpolation) {
  constexpr int64_t most = 1 << 24;
  if (height < 1 || width < 1 || height > most || width > most) {
    throw Error("resize",
                std::to_string(height) + "x" + std::to_string(width) +
                    " pixels; 1x1 is the least" +
                    (height > most || width > most ? ", 2^24 a side the most" : ""));
  }
  return [=](const Tensor& images) {
    check_pixels(images);
    return interpolation == Interpolation::nearest
             ? resized_nearest(images, height, width)
             : resized_bilinear(images, height, width);
  };
}

Transform resize(int64_t size, Interpolation interpolation) {
  resize(size, size, interpolation);  // refuses a size that makes no sense
  return [=](const Tensor& images) {
    check_pixels(images);
    const int64_t h = images.size(-2), w = images.size(-1);
    const auto longer = [&](int64_t longest, int64_t shortest) {
      return int64_t(double(size) * double(longest) / double(shortest));
    };
    return h <= w ? resize(size, longer(w, h), interpolation)(images)
                  : resize(longer(h, w), size, interpolation)(images);
  };
}

}  // namespace hg::data
