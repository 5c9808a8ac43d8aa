// Transposed convolutions: layers that make grids larger.
#pragma once

#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

struct ConvTransposeOptions {
  int64_t in_channels, out_channels;
  PerAxis kernel_size;
  PerAxis stride = 1;          // places from kernel to kernel
  PerAxis padding = 0;         // places cut off at both ends
  PerAxis output_padding = 0;  // places added at the end
  int64_t groups = 1;
  bool bias = true;
  PerAxis dilation = 1;  // places from tap to tap
  DType dtype = f32;
};

/// What ConvTranspose1d, 2d and 3d share. x (N, in_channels, ...) -> (N, out_channels,
/// ...), each size (size-1) stride - 2 padding + dilation (kernel-1) + 1 + output_padding.
/// weight (in_channels, out_channels/groups, kernel...), bias (out_channels). Both start
/// uniform in +-1/sqrt(out_channels/groups * taps of the kernel).
class ConvTranspose : public Module {
 public:
  const ConvTransposeOptions& options() const { return options_; }
  Parameter weight, bias;  // bias is undefined without one

  /// Draws both anew.
  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  /// With the output_padding that makes the grid this large: of the sizes, fewer than
  /// `stride`, that a convolution maps to x's, one is meant.
  Tensor forward(const Tensor& x, const PerAxis& output_size);
  Tensor operator()(const Tensor& x) { return Module::operator()(x); }
  Tensor operator()(const Tensor& x, const PerAxis& output_size) {
    return with_hooks({x}, forward(x, output_size));
  }
  std::string type_name() const override;
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 protected:
  ConvTranspose(int axes, const ConvTransposeOptions& options);
  const int axes_;
  const ConvTransposeOptions options_;

 private:
  Tensor run(const Tensor& x, const Shape& output_padding) const;
};

/// Over a grid of G axes:
///     nn::ConvTranspose2d up(64, 32, 4, 2, 1);  // twice as high and wide
template <int G>
class ConvTransposeOf : public ConvTranspose {
 public:
  explicit ConvTransposeOf(const ConvTransposeOptions& options)
      : ConvTranspose(G, options) {}
  ConvTransposeOf(int64_t in_channels, int64_t out_channels, const PerAxis& kernel_size,
                  const PerAxis& stride = 1, const PerAxis& padding = 0,
                  const PerAxis& output_padding = 0, int64_t groups = 1, bool bias = true,
                  const PerAxis& dilation = 1)
      : ConvTransposeOf(ConvTransposeOptions{in_channels, out_channels, kernel_size, stride,
                                             padding, output_padding, groups, bias,
                                             dilation, f32}) {}
  ConvTransposeOf(Module& parent, const std::string& name,
                  const ConvTransposeOptions& options)
      : ConvTransposeOf(options) {
    parent.adopt(name, *this);
  }
  ConvTransposeOf(Module& parent, const std::string& name, int64_t in_channels,
                  int64_t out_channels, const PerAxis& kernel_size,
                  const PerAxis& stride = 1, const PerAxis& padding = 0,
                  const PerAxis& output_padding = 0, int64_t groups = 1, bool bias = true,
                  const PerAxis& dilation = 1)
      : ConvTransposeOf(in_channels, out_channels, kernel_size, stride, padding,
                        output_padding, groups, bias, dilation) {
    parent.adopt(name, *this);
  }
  std::unique_ptr<Module> make_like() const override {
    return make<ConvTransposeOf>(options_);
  }
};

using ConvTranspose1d = ConvTransposeOf<1>;
using ConvTranspose2d = ConvTransposeOf<2>;
using ConvTranspose3d = ConvTransposeOf<3>;

}  // namespace hg::nn
