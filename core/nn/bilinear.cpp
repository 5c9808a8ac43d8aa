#include "nn/bilinear.hpp"

#include <cmath>

#include "nn/functional.hpp"
#include "nn/init.hpp"

namespace hg::nn {
namespace {

const BilinearOptions& checked(const BilinearOptions& o) {
  if (o.in1_features < 0 || o.in2_features < 0 || o.out_features < 0) {
    throw Error("Bilinear", "in1_features is " + std::to_string(o.in1_features) +
                                ", in2_features " + std::to_string(o.in2_features) +
                                ", out_features " + std::to_string(o.out_features) +
                                ": none can be negative");
  }
  return o;
}

}  // namespace

Bilinear::Bilinear(const BilinearOptions& o)
    : weight(*this, "weight",
             empty({checked(o).out_features, o.in1_features, o.in2_features}, o.dtype)),
      bias(*this, "bias", o.bias ? empty({o.out_features}, o.dtype) : Tensor()),
      options_(o) {
  reset_parameters();
}

void Bilinear::reset_parameters() {
  const int64_t n = options_.in1_features;
  const double bound = n > 0 ? 1 / std::sqrt(double(n)) : 0;
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

Tensor Bilinear::forward(const Tensor& a, const Tensor& b) {
  return functional::bilinear(a, b, weight, bias);
}

std::unique_ptr<Module> Bilinear::make_like() const { return make<Bilinear>(options_); }

std::string Bilinear::details() const {
  return "in1_features=" + std::to_string(options_.in1_features) +
         ", in2_features=" + std::to_string(options_.in2_features) +
         ", out_features=" + std::to_string(options_.out_features) +
         ", bias=" + (options_.bias ? "True" : "False");
}

// For each output the pairs are first summed over b's features, then over a's.
int64_t Bilinear::macs(const Shape&, const Shape& output) const {
  return output.numel() * options_.in1_features * (options_.in2_features + 1);
}

}  // namespace hg::nn
