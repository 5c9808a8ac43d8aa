// Brighter, paler, another hue.
//
// Brightness, contrast and saturation are one formula with three targets. An image x is
// mixed with a duller one d, or, with a factor above 1, moved away from it:
//
//     y = f*x + (1 - f)*d        d: black, the mean grey of the image, the image in grey
//
// Hue leaves that. A colour (r,g,b) with largest value v, smallest m and range v - m lies
// on a wheel of six parts: red 0, yellow 1, green 2, cyan 3, blue 4, magenta 5; its place
// is found from which of the three is largest and how the other two differ. Its saturation
// is (v - m)/v. The place is turned, v and saturation stay.
#include <algorithm>
#include <cmath>

#include "data/pictures.hpp"
#include "data/transforms.hpp"

namespace hg::data {
namespace {

/// One image as numbers, plane behind plane, from 0 to `top`: 255 for bytes, else 1.
struct Picture {
  float* x;
  size_t channels, pixels;
  float top;

  bool bytes() const { return top == 255; }
  float& at(size_t channel, size_t pixel) { return x[channel * pixels + pixel]; }
  // Bytes are cut to whole ones after each step, as if they were stored in between.
  float stored(float value) const {
    value = std::clamp(value, 0.0f, top);
    return bytes() ? std::trunc(value) : value;
  }
  float grey(size_t p) {
    if (channels == 1) return at(0, p);
    const float sum = 0.2989f * at(0, p) + 0.587f * at(1, p) + 0.114f * at(2, p);
    return bytes() ? std::trunc(sum) : sum;
  }
};

void mix(Picture& image, float factor, auto&& duller) {
  for (size_t p = 0; p < image.pixels; ++p) {
    const float d = (1 - factor) * duller(p);
    for (size_t c = 0; c < image.channels; ++c) {
      image.at(c, p) = image.stored(factor * image.at(c, p) + d);
    }
  }
}

void brighten(Picture& image, double factor) {
  mix(image, float(factor), [](size_t) { return 0.0f; });
}

void set_contrast(Picture& image, double factor) {
  double sum = 0;
  for (size_t p = 0; p < image.pixels; ++p) sum += image.grey(p);
  const float mean = image.pixels == 0 ? 0 : float(sum / double(image.pixels));
  mix(image, float(factor), [mean](size_t) { return mean; });
}

void saturate(Picture& image, double factor) {
  if (image.channels == 3) {
    mix(image, float(factor), [&](size_t p) { return image.grey(p); });
  }
}

void turn_hue(Picture& image, double turn) {
  if (image.channels != 3) return;
  for (size_t p = 0; p < image.pixels; ++p) {
    float &r = image.at(0, p), &g = image.at(1, p), &b = image.at(2, p);
    const float red = r / image.top, green = g / image.top, blue = b / image.top;
    const float v = std::max({red, green, blue}), range = v - std::min({red, green, blue});
    if (range == 0) continue;  // a grey has no hue
    const float s = range / v;
    const float place = v == red   ? (green - blue) / range
                      : v == green ? 2 + (blue - red) / range
                                   : 4 + (red - green) / range;
    float h = place / 6 + float(turn);
    h = 6 * (h - std::floor(h));

    // Within part i of the wheel, from f = 0 to 1: one of the three is v, one is the
    // smallest, and the third rises (t) or falls (q) between them.
    const float i = std::floor(h), f = h - i;
    const float low = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
    const float reds[] = {v, q, low, low, t, v}, greens[] = {t, v, v, q, low, low},
                blues[] = {low, low, t, v, v, q};
    const auto part = size_t(i) % 6;
    // Shares become bytes in 256 equal steps.
    const float scale = image.bytes() ? 256 - 1e-3f : 1;
    r = image.stored(scale * reds[part]);
    g = image.stored(scale * greens[part]);
    b = image.stored(scale * blues[part]);
  }
}

/// The images after f(picture, n) has worked on each.
Tensor each(const char* operation, const Tensor& images, auto&& f) {
  const Planes planes(operation, images);
  if (planes.channels != 1 && planes.channels != 3) {
    throw Error(operation,
                "images have 1 or 3 channels; got " + images.shape().to_string());
  }
  if (images.dtype() != u8 && !is_floating(images.dtype())) {
    throw Error(operation, std::string("images are u8 or floating point; got ") +
                               name(images.dtype()));
  }
  const Tensor y = images.to(f32).contiguous().clone();
  const size_t pixels = size_t(planes.height * planes.width);
  Picture picture{y.span<float>().data(), size_t(planes.channels), pixels,
                  images.dtype() == u8 ? 255.0f : 1.0f};
  for (int64_t n = 0; n < planes.images; ++n) {
    f(picture, n);
    picture.x += picture.channels * pixels;
  }
  return y.to(images.dtype());
}

double checked_factor(const char* operation, double factor) {
  if (!(factor >= 0) || std::isinf(factor)) {
    throw Error(operation, "the factor is " + std::to_string(factor) +
                               ", but must be finite and 0 at least");
  }
  return factor;
}

}  // namespace

Tensor adjust_brightness(const Tensor& images, double factor) {
  checked_factor("adjust_brightness", factor);
  return each("adjust_brightness", images,
              [=](Picture& image, int64_t) { brighten(image, factor); });
}

Tensor adjust_contrast(const Tensor& images, double factor) {
  checked_factor("adjust_contrast", factor);
  return each("adjust_contrast", images,
              [=](Picture& image, int64_t) { set_contrast(image, factor); });
}

Tensor adjust_saturation(const Tensor& images, double factor) {
  checked_factor("adjust_saturation", factor);
  return each("adjust_saturation", images,
              [=](Picture& image, int64_t) { saturate(image, factor); });
}

Tensor adjust_hue(const Tensor& images, double turn) {
  if (!(-0.5 <= turn && turn <= 0.5)) {
    throw Error("adjust_hue", "the turn is " + std::to_string(turn) +
                                  ", but must lie between -0.5 and 0.5");
  }
  return each("adjust_hue", images,
              [=](Picture& image, int64_t) { turn_hue(image, turn); });
}

Tensor grayscale(const Tensor& images) {
  const Tensor y = each("grayscale", images, [](Picture& image, int64_t) {
    for (size_t p = 0; p < image.pixels; ++p) image.at(0, p) = image.grey(p);
  });
  return y.narrow(y.dim() - 3, 0, 1).contiguous();
}

Transform color_jitter(double brightness, double contrast, double saturation, double hue) {
  checked_factor("color_jitter", brightness);
  checked_factor("color_jitter", contrast);
  checked_factor("color_jitter", saturation);
  if (!(0 <= hue && hue <= 0.5)) {
    throw Error("color_jitter",
                "hue is " + std::to_string(hue) + ", but must lie between 0 and 0.5");
  }
  return [=](const Tensor& images) {
    const Draws draws;
    const auto factor = [&](int64_t n, int k, double reach) {
      return draws.uniform(n, k, std::max(1 - reach, 0.0), 1 + reach);
    };
    return each("color_jitter", images, [&](Picture& image, int64_t n) {
      int order[] = {0, 1, 2, 3};
      for (int i = 3; i > 0; --i) std::swap(order[i], order[draws.upto(n, i, i)]);
      for (const int step : order) {
        if (step == 0 && brightness > 0) brighten(image, factor(n, 4, brightness));
        if (step == 1 && contrast > 0) set_contrast(image, factor(n, 5, contrast));
        if (step == 2 && saturation > 0) saturate(image, factor(n, 6, saturation));
        if (step == 3 && hue > 0) turn_hue(image, draws.uniform(n, 7, -hue, hue));
      }
    });
  };
}

}  // namespace hg::data
