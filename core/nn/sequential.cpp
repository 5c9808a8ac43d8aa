#include "nn/sequential.hpp"

namespace hg::nn {

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (Module& module : *this) y = module(y);
  return y;
}

std::unique_ptr<Module> Sequential::make_like() const {
  auto net = std::make_unique<Sequential>();
  append_likes(*net);
  return net;
}

}  // namespace hg::nn
