#include "data/transforms.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/functions.hpp"

namespace hg::data {
namespace {

void check_images(const char* operation, const Tensor& images) {
  if (images.dim() < 3) {
    throw Error(operation, "images are (...,C,H,W); got " + images.shape().to_string());
  }
}

}  // namespace

Transform to_tensor() {
  // The 256 possible results.
  std::array<float, 256> share;
  for (size_t i = 0; i < 256; ++i) share[i] = float(i) / 255;

  return [share](const Tensor& images) {
    check_images("to_tensor", images);
    if (images.dtype() != u8) {
      throw Error("to_tensor",
                  std::string("images are bytes, u8; got ") + name(images.dtype()));
    }
    const Tensor bytes = images.contiguous(), result = empty(images.shape());
    const auto from = bytes.span<uint8_t>();
    const auto to = result.span<float>();
    for (size_t i = 0; i < from.size(); ++i) to[i] = share[from[i]];
    return result;
  };
}

// ---- resize -----------------------------------------------------------------------------
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

}  // namespace

Transform resize(int64_t height, int64_t width) {
  if (height < 1 || width < 1) {
    throw Error("resize", std::to_string(height) + "x" + std::to_string(width) +
                              " pixels; 1x1 is the least");
  }
  return [height, width](const Tensor& images) {
    check_images("resize", images);
    const int64_t h = images.size(-2), w = images.size(-1);
    if (h == 0 || w == 0) {
      throw Error("resize", "images " + images.shape().to_string() + " have no pixels");
    }
    Shape shape = images.shape();
    shape[shape.size() - 2] = height;
    shape[shape.size() - 1] = width;
    const Tensor x = images.to(f32).contiguous();
    const size_t planes = size_t(x.numel() / (h * w));

    Tensor wide = empty({int64_t(planes), h, width}), y = empty(shape);
    resample(x.span<float>().data(), wide.span<float>().data(), planes * size_t(h),
             size_t(w), 1, weights_of(w, width));
    resample(wide.span<float>().data(), y.span<float>().data(), planes, size_t(h),
             size_t(width), weights_of(h, height));
    // Bytes are rounded; a mean of bytes is never below 0 or above 255.
    if (images.dtype() == u8) {
      for (float& pixel : y.span<float>()) pixel = std::floor(pixel + 0.5f);
    }
    return y.to(images.dtype());
  };
}

Transform normalize(std::vector<double> mean, std::vector<double> std) {
  const int64_t channels = int64_t(mean.size());
  if (mean.size() != std.size() || mean.empty()) {
    throw Error("normalize", std::to_string(mean.size()) + " means and " +
                                 std::to_string(std.size()) +
                                 " deviations; one of each for every channel");
  }
  for (const double s : std) {
    if (!(s > 0)) {
      throw Error("normalize",
                  "a deviation of " + std::to_string(s) + "; it must be above 0");
    }
  }
  const Tensor centre = tensor(mean).reshape({channels, 1, 1});
  const Tensor spread = tensor(std).reshape({channels, 1, 1});
  return [=](const Tensor& images) {
    check_images("normalize", images);
    if (images.size(-3) != channels) {
      throw Error("normalize", "images " + images.shape().to_string() + " have " +
                                   std::to_string(images.size(-3)) + " channels, and " +
                                   std::to_string(channels) + " means are given");
    }
    if (!is_floating(images.dtype())) {
      throw Error("normalize",
                  std::string("images must be floating point; got ") + name(images.dtype()),
                  "to_tensor() first");
    }
    return (images - centre) / spread;
  };
}

Transform compose(std::vector<Transform> transforms) {
  return [transforms = std::move(transforms)](const Tensor& images) {
    Tensor result = images;
    for (const Transform& transform : transforms) result = transform(result);
    return result;
  };
}

}  // namespace hg::data
