#include "nn/dropout.hpp"

#include "nn/functional.hpp"
#include "nn/text.hpp"

namespace hg::nn {

Dropout::Dropout(const DropoutOptions& o) : p(o.p) {
  if (!(p >= 0 && p <= 1)) {
    throw Error("Dropout", "p is " + python_text(p) + ": a probability lies in [0,1]");
  }
}

Tensor Dropout::forward(const Tensor& x) { return functional::dropout(x, p, training()); }

std::unique_ptr<Module> Dropout::make_like() const {
  return make<Dropout>(DropoutOptions{p});
}

// PyTorch adds inplace; ours never works in place.
std::string Dropout::details() const { return "p=" + python_text(p) + ", inplace=False"; }

Tensor Dropout1d::forward(const Tensor& x) {
  return functional::dropout1d(x, p, training());
}

Tensor Dropout2d::forward(const Tensor& x) {
  return functional::dropout2d(x, p, training());
}

Tensor Dropout3d::forward(const Tensor& x) {
  return functional::dropout3d(x, p, training());
}

}  // namespace hg::nn
