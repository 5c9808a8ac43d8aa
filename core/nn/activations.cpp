#include "nn/activations.hpp"

#include "nn/text.hpp"

namespace hg::nn {
namespace {

int64_t checked(int64_t num_parameters) {
  if (num_parameters < 1) {
    throw Error("PReLU", "num_parameters is " + std::to_string(num_parameters) +
                             "; it is 1, or the number of channels");
  }
  return num_parameters;
}

}  // namespace

PReLU::PReLU(const PReLUOptions& o)
    : Activation(o),
      weight(*this, "weight", full({checked(o.num_parameters)}, o.init, o.dtype)) {}

std::string LeakyReLU::details() const {
  return "negative_slope=" + python_text(options_.negative_slope);
}
std::string ELU::details() const { return "alpha=" + python_text(options_.alpha); }
std::string GELU::details() const { return "approximate='" + options_.approximate + "'"; }
std::string Softplus::details() const {
  return "beta=" + python_text(options_.beta) +
         ", threshold=" + python_text(options_.threshold);
}
std::string Hardtanh::details() const {
  return "min_val=" + python_text(options_.min_val) +
         ", max_val=" + python_text(options_.max_val);
}
std::string Softmax::details() const { return "dim=" + std::to_string(options_.dim); }
std::string LogSoftmax::details() const { return "dim=" + std::to_string(options_.dim); }
std::string PReLU::details() const {
  return "num_parameters=" + std::to_string(options_.num_parameters);
}

}  // namespace hg::nn
