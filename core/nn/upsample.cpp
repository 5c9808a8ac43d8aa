#include "nn/upsample.hpp"

#include "nn/functional.hpp"
#include "nn/text.hpp"

namespace hg::nn {

Upsample::Upsample(const UpsampleOptions& o) : options_(o) {
  if (o.size.given() == o.scale_factor.empty()) return;
  throw Error("Upsample", std::string("it takes size or scale_factor, and ") +
                              (o.size.given() ? "both are given" : "none is"));
}

Tensor Upsample::forward(const Tensor& x) {
  const UpsampleOptions& o = options_;
  return functional::interpolate(x, o.size, o.scale_factor, o.mode, o.align_corners);
}

std::unique_ptr<Module> Upsample::make_like() const { return make<Upsample>(options_); }

std::string Upsample::details() const {
  std::string text;
  if (options_.scale_factor.empty()) {
    const Shape& size = options_.size.values();
    text = "size=" + (size.size() == 1 ? std::to_string(size[0]) : python_tuple(size));
  } else {
    for (double factor : options_.scale_factor) {
      text += (text.empty() ? "" : ", ") + python_text(factor);
    }
    text = "scale_factor=" + (options_.scale_factor.size() == 1 ? text : "(" + text + ")");
  }
  return text + ", mode='" + options_.mode + "'";
}

// Each output is a sum of 2 terms along each axis, of 4 in the cubic mode, or of one.
int64_t Upsample::macs(const Shape&, const Shape& output) const {
  const std::string& mode = options_.mode;
  const int64_t terms = mode == "linear"    ? 2
                      : mode == "bilinear"  ? 4
                      : mode == "trilinear" ? 8
                      : mode == "bicubic"   ? 16
                                            : 0;
  return terms * output.numel();
}

Tensor PixelShuffle::forward(const Tensor& x) {
  return functional::pixel_shuffle(x, upscale_factor_);
}

std::unique_ptr<Module> PixelShuffle::make_like() const {
  return make<PixelShuffle>(upscale_factor_);
}

std::string PixelShuffle::details() const {
  return "upscale_factor=" + std::to_string(upscale_factor_);
}

Tensor PixelUnshuffle::forward(const Tensor& x) {
  return functional::pixel_unshuffle(x, downscale_factor_);
}

std::unique_ptr<Module> PixelUnshuffle::make_like() const {
  return make<PixelUnshuffle>(downscale_factor_);
}

std::string PixelUnshuffle::details() const {
  return "downscale_factor=" + std::to_string(downscale_factor_);
}

}  // namespace hg::nn
