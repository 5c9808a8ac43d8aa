// Grids of another size: Upsample, with PyTorch's two short names for it, and PixelShuffle,
// which makes places of channels. There is nothing to learn in them.
#pragma once

#include <optional>
#include <vector>

#include "nn/by_name.hpp"
#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

struct UpsampleOptions {
  ByName by_name = {};
  PerAxis size = {};                       // the new grid, or
  std::vector<double> scale_factor = {};   // how many times the old one it is
  std::string mode = "nearest";            // see functional::interpolate
  std::optional<bool> align_corners = {};  // outermost values stay in the corners
};

/// x (N, C, grid) -> (N, C, grid of another size):
///     nn::Upsample up({.scale_factor = {2}, .mode = "bilinear"});
///     nn::Upsample up(224);
class Upsample : public Module {
 public:
  explicit Upsample(const UpsampleOptions& options);
  template <std::convertible_to<PerAxis> Size = PerAxis>
  explicit Upsample(const Size& size, const std::vector<double>& scale_factor = {},
                    const std::string& mode = "nearest",
                    std::optional<bool> align_corners = {})
      : Upsample(UpsampleOptions{.size = size,
                                 .scale_factor = scale_factor,
                                 .mode = mode,
                                 .align_corners = align_corners}) {}
  Upsample(Module& parent, const std::string& name, const UpsampleOptions& options)
      : Upsample(options) {
    parent.adopt(name, *this);
  }
  template <std::convertible_to<PerAxis> Size = PerAxis>
  Upsample(Module& parent, const std::string& name, const Size& size,
           const std::vector<double>& scale_factor = {},
           const std::string& mode = "nearest", std::optional<bool> align_corners = {})
      : Upsample(size, scale_factor, mode, align_corners) {
    parent.adopt(name, *this);
  }

  const UpsampleOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 private:
  UpsampleOptions options_;
};

/// Upsample of images with mode "nearest": UpsamplingNearest2d({}, {2}) doubles them.
class UpsamplingNearest2d : public Upsample {
 public:
  explicit UpsamplingNearest2d(const PerAxis& size,
                               const std::vector<double>& scale_factor = {})
      : Upsample(size, scale_factor, "nearest") {}
  UpsamplingNearest2d(Module& parent, const std::string& name, const PerAxis& size,
                      const std::vector<double>& scale_factor = {})
      : Upsample(parent, name, size, scale_factor, "nearest") {}
  std::unique_ptr<Module> make_like() const override {
    return make<UpsamplingNearest2d>(options().size, options().scale_factor);
  }
};

/// With mode "bilinear" and align_corners.
class UpsamplingBilinear2d : public Upsample {
 public:
  explicit UpsamplingBilinear2d(const PerAxis& size,
                                const std::vector<double>& scale_factor = {})
      : Upsample(size, scale_factor, "bilinear", true) {}
  UpsamplingBilinear2d(Module& parent, const std::string& name, const PerAxis& size,
                       const std::vector<double>& scale_factor = {})
      : Upsample(parent, name, size, scale_factor, "bilinear", true) {}
  std::unique_ptr<Module> make_like() const override {
    return make<UpsamplingBilinear2d>(options().size, options().scale_factor);
  }
};

/// x (..., C r^2, H, W) -> (..., C, H r, W r).
class PixelShuffle : public Module {
 public:
  explicit PixelShuffle(int64_t upscale_factor) : upscale_factor_(upscale_factor) {}
  PixelShuffle(Module& parent, const std::string& name, int64_t upscale_factor)
      : Module(parent, name), upscale_factor_(upscale_factor) {}
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string details() const override;

 private:
  int64_t upscale_factor_;
};

/// x (..., C, H r, W r) -> (..., C r^2, H, W).
class PixelUnshuffle : public Module {
 public:
  explicit PixelUnshuffle(int64_t downscale_factor) : downscale_factor_(downscale_factor) {}
  PixelUnshuffle(Module& parent, const std::string& name, int64_t downscale_factor)
      : Module(parent, name), downscale_factor_(downscale_factor) {}
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string details() const override;

 private:
  int64_t downscale_factor_;
};

}  // namespace hg::nn
