#include "data/transforms.hpp"

#include <array>

#include "data/pictures.hpp"
#include "ops/functions.hpp"

namespace hg::data {

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
