#include "nn/conv.hpp"

#include "nn/conv_settings.hpp"
#include "nn/functional.hpp"
#include "nn/init.hpp"
#include "nn/text.hpp"

namespace hg::nn {
namespace {

std::string layer_name(int axes) { return "Conv" + std::to_string(axes) + "d"; }

// The settings with a number for each axis.
ConvOptions checked(int axes, ConvOptions o) {
  const std::string layer = layer_name(axes);
  require_channels(layer, o.in_channels, o.out_channels, o.groups);
  o.kernel_size = each_axis(layer, o.kernel_size, axes, "kernel_size", 1);
  o.stride = each_axis(layer, o.stride, axes, "stride", 1);
  o.dilation = each_axis(layer, o.dilation, axes, "dilation", 1);
  if (o.padding.same() && !all_are(o.stride.values(), 1)) {
    throw Error(layer, "padding is \"same\" and stride " + o.stride.values().to_string() +
                           ": a size can stay the same with stride 1 only");
  }
  if (!o.padding.same() && o.padding.given()) {
    o.padding = PerAxis(each_axis(layer, o.padding, axes, "padding", 0));
  }
  const std::string& mode = o.padding_mode;
  if (mode != "zeros" && mode != "reflect" && mode != "replicate" && mode != "circular") {
    throw Error(layer, "padding_mode is '" + mode +
                           "'; it must be zeros, reflect, replicate or circular");
  }
  return o;
}

using Function = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const PerAxis&,
                            const Padding&, const PerAxis&, int64_t);
constexpr Function functions[] = {functional::conv1d, functional::conv2d,
                                  functional::conv3d};

}  // namespace

Shape Conv::weight_shape() const {
  Shape shape{options_.out_channels, options_.in_channels / options_.groups};
  for (int64_t k : options_.kernel_size.values()) shape.push_back(k);
  return shape;
}

Conv::Conv(int axes, const ConvOptions& o) : Conv(Lazy{}, axes, o) {
  materialize(o.in_channels);
}

Conv::Conv(Lazy, int axes, const ConvOptions& o)
    : weight(*this, "weight", empty({0}, o.dtype)),
      bias(*this, "bias", o.bias ? empty({0}, o.dtype) : Tensor()),
      axes_(axes),
      options_(checked(axes, o)) {}

void Conv::materialize(int64_t in_channels) {
  options_.in_channels = in_channels;
  options_ = checked(axes_, options_);
  weight.materialize(weight_shape());
  if (bias.defined()) bias.materialize({options_.out_channels});
  reset_parameters();
}

void Conv::reset_parameters() { reset_conv(weight, bias); }

// What a padding_mode other than zeros puts before and behind each axis, last axis first.
Shape Conv::around() const {
  Shape amounts;
  for (int d = axes_ - 1; d >= 0; --d) {
    int64_t before = 0, behind = 0;
    if (options_.padding.same()) {
      const int64_t whole =
          options_.dilation.values()[d] * (options_.kernel_size.values()[d] - 1);
      before = whole / 2;
      behind = whole - before;
    } else if (options_.padding.given()) {
      before = behind = options_.padding.values()[d];
    }
    amounts.push_back(before);
    amounts.push_back(behind);
  }
  return amounts;
}

Tensor Conv::forward(const Tensor& x) {
  const ConvOptions& o = options_;
  const Function conv = functions[axes_ - 1];
  if (o.padding_mode == "zeros") {
    return conv(x, weight, bias, o.stride, o.padding, o.dilation, o.groups);
  }
  return conv(functional::pad(x, around(), o.padding_mode), weight, bias, o.stride, 0,
              o.dilation, o.groups);
}

std::string Conv::type_name() const { return layer_name(axes_); }

std::string Conv::details() const {
  const ConvOptions& o = options_;
  auto tuple = [](const PerAxis& setting) { return python_tuple(setting.values()); };
  std::string text = std::to_string(o.in_channels) + ", " +
                     std::to_string(o.out_channels) +
                     ", kernel_size=" + tuple(o.kernel_size) +
                     ", stride=" + tuple(o.stride);
  if (o.padding.same()) {
    text += ", padding=same";
  } else if (!o.padding.given()) {
    text += ", padding=valid";
  } else if (!all_are(o.padding.values(), 0)) {
    text += ", padding=" + tuple(o.padding);
  }
  if (!all_are(o.dilation.values(), 1)) text += ", dilation=" + tuple(o.dilation);
  if (o.groups != 1) text += ", groups=" + std::to_string(o.groups);
  if (!bias.defined()) text += ", bias=False";
  if (o.padding_mode != "zeros") text += ", padding_mode=" + o.padding_mode;
  return text;
}

int64_t Conv::macs(const Shape&, const Shape& output) const {
  return output.numel() * init::fans(weight).in;
}

}  // namespace hg::nn
