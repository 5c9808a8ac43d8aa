#include "nn/pooling.hpp"

#include "nn/adaptive_pooling.hpp"
#include "nn/functional.hpp"
#include "nn/text.hpp"

namespace hg::nn {
namespace {

namespace F = functional;

const char* python_text(bool b) { return b ? "True" : "False"; }

// As it was given: "2", or "(2, 1)".
std::string python_text(const PerAxis& p) {
  const Shape& values = p.values();
  return values.size() == 1 ? std::to_string(values[0]) : python_tuple(values);
}

// "kernel_size of MaxPool2d", in messages.
std::string setting(const char* what, const char* layer, int axes) {
  return std::string(what) + " of " + layer + std::to_string(axes) + "d";
}

// kernel_size, stride and padding: those that are given fit the grid.
template <class Options>
const Options& checked(const char* layer, int axes, const Options& o) {
  o.kernel_size.over(axes, setting("kernel_size", layer, axes));
  if (o.stride.given()) o.stride.over(axes, setting("stride", layer, axes));
  o.padding.over(axes, setting("padding", layer, axes));
  return o;
}

}  // namespace

// ---- MaxPool ----------------------------------------------------------------------------

MaxPool::MaxPool(int axes, const MaxPoolOptions& o)
    : axes_(axes), options_(checked("MaxPool", axes, o)) {
  o.dilation.over(axes, setting("dilation", "MaxPool", axes));
}

Tensor MaxPool::forward(const Tensor& x) {
  const MaxPoolOptions& o = options_;
  auto pool = axes_ == 1 ? F::max_pool1d : axes_ == 2 ? F::max_pool2d : F::max_pool3d;
  return pool(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
}

ValuesIndices MaxPool::with_indices(const Tensor& x) const {
  const MaxPoolOptions& o = options_;
  auto pool = axes_ == 1 ? F::max_pool1d_with_indices
            : axes_ == 2 ? F::max_pool2d_with_indices
                         : F::max_pool3d_with_indices;
  return pool(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
}

std::string MaxPool::details() const {
  const MaxPoolOptions& o = options_;
  return "kernel_size=" + python_text(o.kernel_size) +
         ", stride=" + python_text(o.stride.given() ? o.stride : o.kernel_size) +
         ", padding=" + python_text(o.padding) + ", dilation=" + python_text(o.dilation) +
         ", ceil_mode=" + python_text(o.ceil_mode);
}

// ---- AvgPool ----------------------------------------------------------------------------

AvgPool::AvgPool(int axes, const AvgPoolOptions& o)
    : axes_(axes), options_(checked("AvgPool", axes, o)) {
  if (axes == 1 && o.divisor_override) {
    throw Error("AvgPool1d", "divisor_override is " + std::to_string(*o.divisor_override) +
                                 ": only AvgPool2d and AvgPool3d have it");
  }
}

Tensor AvgPool::forward(const Tensor& x) {
  const AvgPoolOptions& o = options_;
  if (axes_ == 1) {
    return F::avg_pool1d(x, o.kernel_size, o.stride, o.padding, o.ceil_mode,
                         o.count_include_pad);
  }
  auto pool = axes_ == 2 ? F::avg_pool2d : F::avg_pool3d;
  return pool(x, o.kernel_size, o.stride, o.padding, o.ceil_mode, o.count_include_pad,
              o.divisor_override);
}

// PyTorch writes the settings of AvgPool1d as tuples: "(2,)".
std::string AvgPool::details() const {
  auto text = [this](const PerAxis& p) {
    return axes_ == 1 ? python_tuple(p.values()) : python_text(p);
  };
  const AvgPoolOptions& o = options_;
  return "kernel_size=" + text(o.kernel_size) +
         ", stride=" + text(o.stride.given() ? o.stride : o.kernel_size) +
         ", padding=" + text(o.padding);
}

// ---- MaxUnpool --------------------------------------------------------------------------

MaxUnpool::MaxUnpool(int axes, const MaxUnpoolOptions& o)
    : axes_(axes), options_(checked("MaxUnpool", axes, o)) {}

Tensor MaxUnpool::forward(const Tensor& x, const Tensor& indices,
                          const PerAxis& output_size) {
  const MaxUnpoolOptions& o = options_;
  auto unpool = axes_ == 1 ? F::max_unpool1d
              : axes_ == 2 ? F::max_unpool2d
                           : F::max_unpool3d;
  return unpool(x, indices, o.kernel_size, o.stride, o.padding, output_size);
}

// PyTorch writes a number for each axis.
std::string MaxUnpool::details() const {
  auto text = [this](const PerAxis& p) { return python_tuple(p.over(axes_, "")); };
  const MaxUnpoolOptions& o = options_;
  return "kernel_size=" + text(o.kernel_size) +
         ", stride=" + text(o.stride.given() ? o.stride : o.kernel_size) +
         ", padding=" + text(o.padding);
}

// ---- ChannelPool ------------------------------------------------------------------------

Tensor ChannelPool::forward(const Tensor& x) {
  return F::channel_pool(x, options_.kernel_size, options_.stride, options_.mode);
}

std::unique_ptr<Module> ChannelPool::make_like() const {
  return make<ChannelPool>(options_);
}

std::string ChannelPool::details() const {
  return "kernel_size=" + std::to_string(options_.kernel_size) +
         ", stride=" + std::to_string(options_.stride.value_or(options_.kernel_size)) +
         ", mode='" + options_.mode + "'";
}

// ---- adaptive ---------------------------------------------------------------------------

namespace {

// "7", "(1, 1)", "(None, 7)"
std::string output_size_text(const PerAxis& size) {
  std::string text = python_text(size);
  for (size_t at; (at = text.find("-1")) != std::string::npos;) text.replace(at, 2, "None");
  return "output_size=" + text;
}

}  // namespace

AdaptiveAvgPool::AdaptiveAvgPool(int axes, const AdaptivePoolOptions& o)
    : axes_(axes), options_(o) {
  o.output_size.over(axes, setting("output_size", "AdaptiveAvgPool", axes));
}

Tensor AdaptiveAvgPool::forward(const Tensor& x) {
  auto pool = axes_ == 1 ? F::adaptive_avg_pool1d
            : axes_ == 2 ? F::adaptive_avg_pool2d
                         : F::adaptive_avg_pool3d;
  return pool(x, options_.output_size);
}

std::string AdaptiveAvgPool::details() const {
  return output_size_text(options_.output_size);
}

AdaptiveMaxPool::AdaptiveMaxPool(int axes, const AdaptivePoolOptions& o)
    : axes_(axes), options_(o) {
  o.output_size.over(axes, setting("output_size", "AdaptiveMaxPool", axes));
}

Tensor AdaptiveMaxPool::forward(const Tensor& x) {
  auto pool = axes_ == 1 ? F::adaptive_max_pool1d
            : axes_ == 2 ? F::adaptive_max_pool2d
                         : F::adaptive_max_pool3d;
  return pool(x, options_.output_size);
}

ValuesIndices AdaptiveMaxPool::with_indices(const Tensor& x) const {
  auto pool = axes_ == 1 ? F::adaptive_max_pool1d_with_indices
            : axes_ == 2 ? F::adaptive_max_pool2d_with_indices
                         : F::adaptive_max_pool3d_with_indices;
  return pool(x, options_.output_size);
}

std::string AdaptiveMaxPool::details() const {
  return output_size_text(options_.output_size);
}

}  // namespace hg::nn
