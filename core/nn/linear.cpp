#include "nn/linear.hpp"

#include <cmath>

#include "nn/init.hpp"
#include "ops/functions.hpp"

namespace hg::nn {
namespace {

const LinearOptions& checked(const LinearOptions& o) {
  if (o.in_features < 0 || o.out_features < 0) {
    throw Error("Linear", "in_features is " + std::to_string(o.in_features) +
                              ", out_features " + std::to_string(o.out_features) +
                              ": neither can be negative");
  }
  return o;
}

}  // namespace

Linear::Linear(const LinearOptions& o)
    : weight(*this, "weight", empty({checked(o).out_features, o.in_features}, o.dtype)),
      bias(*this, "bias", o.bias ? empty({o.out_features}, o.dtype) : Tensor()),
      options_(o) {
  reset_parameters();
}

Linear::Linear(Lazy, const LinearOptions& o)
    : weight(*this, "weight", empty({0}, o.dtype)),
      bias(*this, "bias", o.bias ? empty({0}, o.dtype) : Tensor()),
      options_(checked(o)) {}

// PyTorch's start: Kaiming's uniform with gain sqrt(1/3), whose bound comes out as
// 1/sqrt(in_features), for the weight, and the same bound for the bias.
void Linear::reset_parameters() {
  double bound = options_.in_features > 0 ? 1 / std::sqrt(double(options_.in_features)) : 0;
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

std::unique_ptr<Module> Linear::make_like() const { return make<Linear>(options_); }

std::string Linear::details() const {
  return "in_features=" + std::to_string(options_.in_features) +
         ", out_features=" + std::to_string(options_.out_features) +
         ", bias=" + (options_.bias ? "True" : "False");
}

int64_t Linear::macs(const Shape&, const Shape& output) const {
  return output.numel() * options_.in_features;
}

// ---- LazyLinear -------------------------------------------------------------------------

void LazyLinear::materialize(int64_t in_features) {
  options_.in_features = in_features;
  weight.materialize({options_.out_features, in_features});
  if (bias.defined()) bias.materialize({options_.out_features});
  reset_parameters();
  pending_ = false;
}

Tensor LazyLinear::forward(const Tensor& x) {
  if (pending_) materialize(x.size(-1));
  return Linear::forward(x);
}

void LazyLinear::materialize_like(const StateDict& own) {
  for (const auto& [name, tensor] : own) {
    if (name == "weight" && tensor.dim() == 2 && tensor.size(0) == options_.out_features) {
      materialize(tensor.size(1));
    }
  }
}

std::unique_ptr<Module> LazyLinear::make_like() const {
  if (!pending_) return Linear::make_like();
  return make<LazyLinear>(
      LazyLinearOptions{options_.out_features, options_.bias, options_.dtype});
}

}  // namespace hg::nn
