#include "nn/norm.hpp"

#include "nn/functional.hpp"
#include "nn/init.hpp"
#include "nn/text.hpp"

namespace hg::nn {
namespace {

const char* python_text(bool b) { return b ? "True" : "False"; }

Tensor ones_if(bool wanted, const Shape& shape, DType type) {
  return wanted ? ones(shape, type) : Tensor();
}

Tensor zeros_if(bool wanted, const Shape& shape, DType type) {
  return wanted ? zeros(shape, type) : Tensor();
}

}  // namespace

// ---- LayerNorm --------------------------------------------------------------------------

LayerNorm::LayerNorm(const LayerNormOptions& o)
    : weight(*this, "weight", ones_if(o.elementwise_affine, o.normalized_shape, o.dtype)),
      bias(*this, "bias",
           zeros_if(o.elementwise_affine && o.bias, o.normalized_shape, o.dtype)),
      options_(o) {
  if (o.normalized_shape.empty()) {
    throw Error("LayerNorm", "normalized_shape is empty: it needs an axis");
  }
}

void LayerNorm::reset_parameters() {
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

Tensor LayerNorm::forward(const Tensor& x) {
  return functional::layer_norm(x, options_.normalized_shape, weight, bias, options_.eps);
}

std::unique_ptr<Module> LayerNorm::make_like() const { return make<LayerNorm>(options_); }

std::string LayerNorm::details() const {
  std::string shape;
  for (int64_t n : options_.normalized_shape) {
    shape += (shape.empty() ? "" : ", ") + std::to_string(n);
  }
  if (options_.normalized_shape.size() == 1) shape += ",";
  return "(" + shape + "), eps=" + nn::python_text(options_.eps) +
         ", elementwise_affine=" + python_text(options_.elementwise_affine) +
         ", bias=" + python_text(bias.defined());
}

// The scale and offset; mean and variance are sums.
int64_t LayerNorm::macs(const Shape&, const Shape& output) const { return output.numel(); }

// ---- BatchNorm --------------------------------------------------------------------------

static const BatchNormOptions& checked(const BatchNormOptions& o) {
  if (o.num_features >= 0) return o;
  throw Error("BatchNorm", "num_features is " + std::to_string(o.num_features) +
                               ": it cannot be negative");
}

BatchNorm::BatchNorm(const BatchNormOptions& o)
    : weight(*this, "weight", ones_if(o.affine, {checked(o).num_features}, o.dtype)),
      bias(*this, "bias", zeros_if(o.affine && o.bias, {o.num_features}, o.dtype)),
      running_mean(*this, "running_mean",
                   zeros_if(o.track_running_stats, {o.num_features}, o.dtype)),
      running_var(*this, "running_var",
                  ones_if(o.track_running_stats, {o.num_features}, o.dtype)),
      num_batches_tracked(*this, "num_batches_tracked",
                          zeros_if(o.track_running_stats, {}, i64)),
      options_(o) {}

void BatchNorm::reset_running_stats() {
  if (!running_mean.defined()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void BatchNorm::reset_parameters() {
  reset_running_stats();
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

// Without momentum batch n gets the weight 1/n, which makes the running statistics the
// average of all: m[n] = (1 - 1/n) m[n-1] + (1/n) x[n].
Tensor BatchNorm::forward(const Tensor& x) {
  if (!takes_rank(x.dim()) || x.size(1) != options_.num_features) {
    throw Error(type_name(), "input is " + x.shape().to_string() + ": it must be " +
                                 form() +
                                 " with C = " + std::to_string(options_.num_features));
  }
  const bool tracked = running_mean.defined();
  double momentum = options_.momentum.value_or(0);
  if (training() && tracked) {
    num_batches_tracked.add_(1);
    if (!options_.momentum) momentum = 1 / num_batches_tracked.item();
  }
  return functional::batch_norm(x, running_mean, running_var, weight, bias,
                                training() || !tracked, momentum, options_.eps);
}

std::string BatchNorm::details() const {
  const BatchNormOptions& o = options_;
  return std::to_string(o.num_features) + ", eps=" + nn::python_text(o.eps) +
         ", momentum=" + (o.momentum ? nn::python_text(*o.momentum) : "None") +
         ", affine=" + python_text(o.affine) + ", bias=" + python_text(bias.defined()) +
         ", track_running_stats=" + python_text(o.track_running_stats);
}

int64_t BatchNorm::macs(const Shape&, const Shape& output) const { return output.numel(); }

}  // namespace hg::nn
