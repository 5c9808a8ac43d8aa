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
    : options(checked(o)),
      weight(*this, "weight", empty({o.out_features, o.in_features}, o.dtype)),
      bias(*this, "bias", o.bias ? empty({o.out_features}, o.dtype) : Tensor()) {
  reset_parameters();
}

// PyTorch's start: Kaiming's uniform with gain sqrt(1/3), whose bound comes out as
// 1/sqrt(in_features), for the weight, and the same bound for the bias.
void Linear::reset_parameters() {
  double bound = options.in_features > 0 ? 1 / std::sqrt(double(options.in_features)) : 0;
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

std::string Linear::details() const {
  return "in_features=" + std::to_string(options.in_features) +
         ", out_features=" + std::to_string(options.out_features) +
         ", bias=" + (options.bias ? "True" : "False");
}

}  // namespace hg::nn
