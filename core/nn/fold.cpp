#include "nn/fold.hpp"

#include "nn/conv_settings.hpp"
#include "nn/functional.hpp"
#include "nn/text.hpp"

namespace hg::nn {
namespace {

// What is wrong is said when the layer is made, not when it is used.
void check(const char* layer, const PerAxis& kernel_size, const PerAxis& dilation,
           const PerAxis& padding, const PerAxis& stride) {
  each_axis(layer, kernel_size, 2, "kernel_size", 1);
  each_axis(layer, dilation, 2, "dilation", 1);
  each_axis(layer, padding, 2, "padding", 0);
  each_axis(layer, stride, 2, "stride", 1);
}

// As it was given: "3", or "(3, 2)".
std::string text(const PerAxis& setting) {
  const Shape& values = setting.values();
  return values.size() == 1 ? std::to_string(values[0]) : python_tuple(values);
}

}  // namespace

Unfold::Unfold(const UnfoldOptions& o) : options_(o) {
  check("Unfold", o.kernel_size, o.dilation, o.padding, o.stride);
}

Tensor Unfold::forward(const Tensor& x) {
  const UnfoldOptions& o = options_;
  return functional::unfold(x, o.kernel_size, o.dilation, o.padding, o.stride);
}

std::string Unfold::details() const {
  const UnfoldOptions& o = options_;
  return "kernel_size=" + text(o.kernel_size) + ", dilation=" + text(o.dilation) +
         ", padding=" + text(o.padding) + ", stride=" + text(o.stride);
}

Fold::Fold(const FoldOptions& o) : options_(o) {
  each_axis("Fold", o.output_size, 2, "output_size", 1);
  check("Fold", o.kernel_size, o.dilation, o.padding, o.stride);
}

Tensor Fold::forward(const Tensor& x) {
  const FoldOptions& o = options_;
  return functional::fold(x, o.output_size, o.kernel_size, o.dilation, o.padding, o.stride);
}

std::string Fold::details() const {
  const FoldOptions& o = options_;
  return "output_size=" + text(o.output_size) + ", kernel_size=" + text(o.kernel_size) +
         ", dilation=" + text(o.dilation) + ", padding=" + text(o.padding) +
         ", stride=" + text(o.stride);
}

}  // namespace hg::nn
