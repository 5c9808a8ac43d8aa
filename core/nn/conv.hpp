// Convolutional layers: kernels that slide over sequences, images and volumes.
#pragma once

#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

struct ConvOptions {
  int64_t in_channels, out_channels;
  PerAxis kernel_size;
  PerAxis stride = 1;     // places from window to window
  Padding padding = 0;    // or "same", "valid"
  PerAxis dilation = 1;   // places from tap to tap
  int64_t groups = 1;     // parts that see only their part of the channels
  bool bias = true;
  std::string padding_mode = "zeros";  // or "reflect", "replicate", "circular"
  DType dtype = f32;
};

/// What Conv1d, 2d and 3d share. x (N, in_channels, ...) -> (N, out_channels, ...), each
/// size floor((size + 2 padding - dilation (kernel-1) - 1)/stride) + 1; one sample without
/// the axis N, too. weight (out_channels, in_channels/groups, kernel...), bias
/// (out_channels). Both start uniform in +-1/sqrt(fan_in), where fan_in is the number of
/// taps of a kernel, over all its channels.
class Conv : public Module {
 public:
  const ConvOptions& options() const { return options_; }
  Parameter weight, bias;  // bias is undefined without one

  /// Draws both anew.
  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::string type_name() const override;
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 protected:
  struct Lazy {};
  Conv(int axes, const ConvOptions& options);
  /// The members without a shape.
  Conv(Lazy, int axes, const ConvOptions& options);
  /// Gives them one, and first values.
  void materialize(int64_t in_channels);

  const int axes_;
  ConvOptions options_;

 private:
  Shape weight_shape() const;
  Shape around() const;
};

/// Over a grid of G axes:
///     nn::Conv2d conv(1, 6, 5);
///     nn::Conv2d conv(1, 6, {3, 5}, 1, "same");
///     nn::Conv2d conv({.in_channels = 1, .out_channels = 6, .kernel_size = 5});
///     nn::Conv2d conv{*this, "conv", 1, 6, 5};
template <int G>
class ConvOf : public Conv {
 public:
  explicit ConvOf(const ConvOptions& options) : Conv(G, options) {}
  ConvOf(int64_t in_channels, int64_t out_channels, const PerAxis& kernel_size,
         const PerAxis& stride = 1, const Padding& padding = 0, const PerAxis& dilation = 1,
         int64_t groups = 1, bool bias = true, const std::string& padding_mode = "zeros")
      : ConvOf(ConvOptions{in_channels, out_channels, kernel_size, stride, padding,
                           dilation, groups, bias, padding_mode, f32}) {}
  ConvOf(Module& parent, const std::string& name, const ConvOptions& options)
      : ConvOf(options) {
    parent.adopt(name, *this);
  }
  ConvOf(Module& parent, const std::string& name, int64_t in_channels,
         int64_t out_channels, const PerAxis& kernel_size, const PerAxis& stride = 1,
         const Padding& padding = 0, const PerAxis& dilation = 1, int64_t groups = 1,
         bool bias = true, const std::string& padding_mode = "zeros")
      : ConvOf(in_channels, out_channels, kernel_size, stride, padding, dilation, groups,
               bias, padding_mode) {
    parent.adopt(name, *this);
  }
  std::unique_ptr<Module> make_like() const override { return make<ConvOf>(options_); }

 protected:
  ConvOf(Lazy lazy, const ConvOptions& options) : Conv(lazy, G, options) {}
};

using Conv1d = ConvOf<1>;
using Conv2d = ConvOf<2>;
using Conv3d = ConvOf<3>;

struct LazyConvOptions {
  int64_t out_channels;
  PerAxis kernel_size;
  PerAxis stride = 1;
  Padding padding = 0;
  PerAxis dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  std::string padding_mode = "zeros";
  DType dtype = f32;
};

/// One that learns in_channels from its first input, or from a state that is loaded into
/// it. Before that it has no parameters, and whoever asks for them is told so.
template <int G>
class LazyConvOf : public ConvOf<G> {
 public:
  explicit LazyConvOf(const LazyConvOptions& o)
      : ConvOf<G>({}, ConvOptions{0, o.out_channels, o.kernel_size, o.stride, o.padding,
                                  o.dilation, o.groups, o.bias, o.padding_mode, o.dtype}) {}
  LazyConvOf(int64_t out_channels, const PerAxis& kernel_size, const PerAxis& stride = 1,
             const Padding& padding = 0, const PerAxis& dilation = 1, int64_t groups = 1,
             bool bias = true, const std::string& padding_mode = "zeros")
      : LazyConvOf(LazyConvOptions{out_channels, kernel_size, stride, padding, dilation,
                                   groups, bias, padding_mode, f32}) {}
  LazyConvOf(Module& parent, const std::string& name, const LazyConvOptions& options)
      : LazyConvOf(options) {
    parent.adopt(name, *this);
  }
  LazyConvOf(Module& parent, const std::string& name, int64_t out_channels,
             const PerAxis& kernel_size, const PerAxis& stride = 1,
             const Padding& padding = 0, const PerAxis& dilation = 1, int64_t groups = 1,
             bool bias = true, const std::string& padding_mode = "zeros")
      : LazyConvOf(out_channels, kernel_size, stride, padding, dilation, groups, bias,
                   padding_mode) {
    parent.adopt(name, *this);
  }

  Tensor forward(const Tensor& x) override {
    if (pending_ && x.dim() > G) settle(x.size(x.dim() - G - 1));
    return ConvOf<G>::forward(x);
  }
  std::unique_ptr<Module> make_like() const override {
    if (!pending_) return ConvOf<G>::make_like();
    const ConvOptions& o = this->options_;
    return make<LazyConvOf>(LazyConvOptions{o.out_channels, o.kernel_size, o.stride,
                                            o.padding, o.dilation, o.groups, o.bias,
                                            o.padding_mode, o.dtype});
  }
  /// "Conv2d" once the shapes are known.
  std::string type_name() const override {
    return (pending_ ? "Lazy" : "") + ConvOf<G>::type_name();
  }
  bool pending() const override { return pending_; }
  void materialize_like(const StateDict& own) override {
    for (const auto& [name, tensor] : own) {
      if (name == "weight" && tensor.dim() == G + 2 &&
          tensor.size(0) == this->options_.out_channels) {
        settle(tensor.size(1) * this->options_.groups);
      }
    }
  }

 private:
  void settle(int64_t in_channels) {
    this->materialize(in_channels);
    pending_ = false;
  }
  bool pending_ = true;
};

using LazyConv1d = LazyConvOf<1>;
using LazyConv2d = LazyConvOf<2>;
using LazyConv3d = LazyConvOf<3>;

}  // namespace hg::nn
