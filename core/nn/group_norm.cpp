#include "nn/group_norm.hpp"

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

// ---- GroupNorm --------------------------------------------------------------------------

static const GroupNormOptions& checked(const GroupNormOptions& o) {
  if (o.num_groups > 0 && o.num_channels >= 0 && o.num_channels % o.num_groups == 0) {
    return o;
  }
  throw Error("GroupNorm", "num_channels is " + std::to_string(o.num_channels) +
                               ", num_groups " + std::to_string(o.num_groups) +
                               ": groups of equal size must use all channels");
}

GroupNorm::GroupNorm(const GroupNormOptions& o)
    : weight(*this, "weight", ones_if(checked(o).affine, {o.num_channels}, o.dtype)),
      bias(*this, "bias", zeros_if(o.affine && o.bias, {o.num_channels}, o.dtype)),
      options_(o) {}

void GroupNorm::reset_parameters() {
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

Tensor GroupNorm::forward(const Tensor& x) {
  if (x.dim() < 2 || x.size(1) != options_.num_channels) {
    throw Error("GroupNorm", "input is " + x.shape().to_string() +
                                 ": it must be (N,C,...) with C = " +
                                 std::to_string(options_.num_channels));
  }
  return functional::group_norm(x, options_.num_groups, weight, bias, options_.eps);
}

std::unique_ptr<Module> GroupNorm::make_like() const { return make<GroupNorm>(options_); }

std::string GroupNorm::details() const {
  const GroupNormOptions& o = options_;
  return std::to_string(o.num_groups) + ", " + std::to_string(o.num_channels) +
         ", eps=" + nn::python_text(o.eps) + ", affine=" + python_text(o.affine) +
         ", bias=" + python_text(bias.defined());
}

// The scale and offset; mean and variance are sums.
int64_t GroupNorm::macs(const Shape&, const Shape& output) const { return output.numel(); }

// ---- InstanceNorm -----------------------------------------------------------------------

static const InstanceNormOptions& checked(const InstanceNormOptions& o) {
  if (o.num_features >= 0) return o;
  throw Error("InstanceNorm", "num_features is " + std::to_string(o.num_features) +
                                  ": it cannot be negative");
}

InstanceNorm::InstanceNorm(int axes, const InstanceNormOptions& o)
    : weight(*this, "weight", ones_if(checked(o).affine, {o.num_features}, o.dtype)),
      bias(*this, "bias", zeros_if(o.affine && o.bias, {o.num_features}, o.dtype)),
      running_mean(*this, "running_mean",
                   zeros_if(o.track_running_stats, {o.num_features}, o.dtype)),
      running_var(*this, "running_var",
                  ones_if(o.track_running_stats, {o.num_features}, o.dtype)),
      num_batches_tracked(*this, "num_batches_tracked",
                          zeros_if(o.track_running_stats, {}, i64)),
      axes_(axes),
      options_(o) {}

void InstanceNorm::reset_running_stats() {
  if (!running_mean.defined()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void InstanceNorm::reset_parameters() {
  reset_running_stats();
  if (weight.defined()) init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}

// As PyTorch's it does not count batches, although its state has a place for the number.
Tensor InstanceNorm::forward(const Tensor& x) {
  const bool single = x.dim() == axes_ + 1;
  const int64_t C = options_.num_features;
  if ((!single && x.dim() != axes_ + 2) || x.size(single ? 0 : 1) != C) {
    throw Error(type_name(), "input is " + x.shape().to_string() + ": it must have " +
                                 std::to_string(C) + " channels, in " +
                                 std::to_string(axes_ + 2) + " axes, or " +
                                 std::to_string(axes_ + 1) + " without N");
  }
  const Tensor y =
      functional::instance_norm(single ? x.unsqueeze(0) : x, running_mean, running_var,
                                weight, bias, training() || !options_.track_running_stats,
                                options_.momentum.value_or(0), options_.eps);
  return single ? y.squeeze(0) : y;
}

std::string InstanceNorm::details() const {
  const InstanceNormOptions& o = options_;
  return std::to_string(o.num_features) + ", eps=" + nn::python_text(o.eps) +
         ", momentum=" + (o.momentum ? nn::python_text(*o.momentum) : "None") +
         ", affine=" + python_text(o.affine) + ", bias=" + python_text(bias.defined()) +
         ", track_running_stats=" + python_text(o.track_running_stats);
}

int64_t InstanceNorm::macs(const Shape&, const Shape& output) const {
  return output.numel();
}

// ---- LocalResponseNorm ------------------------------------------------------------------

Tensor LocalResponseNorm::forward(const Tensor& x) {
  const auto& [size, alpha, beta, k] = options_;
  return functional::local_response_norm(x, size, alpha, beta, k);
}

std::unique_ptr<Module> LocalResponseNorm::make_like() const {
  return make<LocalResponseNorm>(options_);
}

std::string LocalResponseNorm::details() const {
  const auto& [size, alpha, beta, k] = options_;
  return std::to_string(size) + ", alpha=" + python_text(alpha) +
         ", beta=" + python_text(beta) + ", k=" + python_text(k);
}

// Each square counts for `size` channels.
int64_t LocalResponseNorm::macs(const Shape&, const Shape& output) const {
  return output.numel() * (options_.size + 1);
}

}  // namespace hg::nn
