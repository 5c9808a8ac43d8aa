#include "nn/conv_transpose.hpp"

#include "nn/conv_settings.hpp"
#include "nn/functional.hpp"
#include "nn/init.hpp"
#include "nn/text.hpp"

namespace hg::nn {
namespace {

std::string layer_name(int axes) { return "ConvTranspose" + std::to_string(axes) + "d"; }

// The settings with a number for each axis.
ConvTransposeOptions checked(int axes, ConvTransposeOptions o) {
  const std::string layer = layer_name(axes);
  require_channels(layer, o.in_channels, o.out_channels, o.groups);
  o.kernel_size = each_axis(layer, o.kernel_size, axes, "kernel_size", 1);
  o.stride = each_axis(layer, o.stride, axes, "stride", 1);
  o.padding = each_axis(layer, o.padding, axes, "padding", 0);
  o.output_padding = each_axis(layer, o.output_padding, axes, "output_padding", 0);
  o.dilation = each_axis(layer, o.dilation, axes, "dilation", 1);
  return o;
}

Shape weight_shape(const ConvTransposeOptions& o) {
  Shape shape{o.in_channels, o.out_channels / o.groups};
  for (int64_t k : o.kernel_size.values()) shape.push_back(k);
  return shape;
}

using Function = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const PerAxis&,
                            const PerAxis&, const PerAxis&, int64_t, const PerAxis&);
constexpr Function functions[] = {functional::conv_transpose1d,
                                  functional::conv_transpose2d,
                                  functional::conv_transpose3d};

}  // namespace

ConvTranspose::ConvTranspose(int axes, const ConvTransposeOptions& o)
    : weight(*this, "weight", empty(weight_shape(checked(axes, o)), o.dtype)),
      bias(*this, "bias", o.bias ? empty({o.out_channels}, o.dtype) : Tensor()),
      axes_(axes),
      options_(checked(axes, o)) {
  reset_parameters();
}

void ConvTranspose::reset_parameters() { reset_conv(weight, bias); }

Tensor ConvTranspose::run(const Tensor& x, const Shape& output_padding) const {
  const ConvTransposeOptions& o = options_;
  return functions[axes_ - 1](x, weight, bias, o.stride, o.padding, output_padding,
                              o.groups, o.dilation);
}

Tensor ConvTranspose::forward(const Tensor& x) {
  return run(x, options_.output_padding.values());
}

Tensor ConvTranspose::forward(const Tensor& x, const PerAxis& output_size) {
  const Shape wanted = output_size.over(axes_, "output_size");
  if (x.dim() <= axes_) return forward(x);  // an error that says what is wrong with x
  Shape smallest, largest, rest;
  bool possible = true;
  for (int d = 0; d < axes_; ++d) {
    auto of = [d](const PerAxis& setting) { return setting.values()[d]; };
    const ConvTransposeOptions& o = options_;
    const int64_t size = x.size(x.dim() - axes_ + d);
    smallest.push_back((size - 1) * of(o.stride) - 2 * of(o.padding) +
                       of(o.dilation) * (of(o.kernel_size) - 1) + 1);
    largest.push_back(smallest[d] + of(o.stride) - 1);
    rest.push_back(wanted[d] - smallest[d]);
    possible &= wanted[d] >= smallest[d] && wanted[d] <= largest[d];
  }
  if (!possible) {
    throw Error(type_name(), "output_size is " + wanted.to_string() +
                                 ": from an input of " + x.shape().to_string() +
                                 " it can be " + smallest.to_string() + " to " +
                                 largest.to_string());
  }
  return run(x, rest);
}

std::string ConvTranspose::type_name() const { return layer_name(axes_); }

std::string ConvTranspose::details() const {
  const ConvTransposeOptions& o = options_;
  auto tuple = [](const PerAxis& setting) { return python_tuple(setting.values()); };
  std::string text = std::to_string(o.in_channels) + ", " +
                     std::to_string(o.out_channels) +
                     ", kernel_size=" + tuple(o.kernel_size) +
                     ", stride=" + tuple(o.stride);
  if (!all_are(o.padding.values(), 0)) text += ", padding=" + tuple(o.padding);
  if (!all_are(o.dilation.values(), 1)) text += ", dilation=" + tuple(o.dilation);
  if (!all_are(o.output_padding.values(), 0)) {
    text += ", output_padding=" + tuple(o.output_padding);
  }
  if (o.groups != 1) text += ", groups=" + std::to_string(o.groups);
  if (!bias.defined()) text += ", bias=False";
  return text;
}

// Each number of the input meets every tap of the kernels of its channel.
int64_t ConvTranspose::macs(const Shape& input, const Shape&) const {
  return input.numel() * init::fans(weight).in;
}

}  // namespace hg::nn
