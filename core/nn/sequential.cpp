#include "nn/sequential.hpp"

namespace hg::nn {

Sequential& Sequential::append(std::unique_ptr<Module> module) {
  if (!module) throw Error("Sequential", "module " + std::to_string(size()) + " is null");
  adopt(std::to_string(size()), *module);
  modules_.push_back(std::move(module));
  return *this;
}

Module& Sequential::operator[](int64_t i) const {
  int64_t n = int64_t(size());
  if (i < -n || i >= n) {
    throw Error("Sequential",
                "there is no module " + std::to_string(i) + " among " + std::to_string(n));
  }
  return *modules_[size_t(i < 0 ? i + n : i)];
}

Tensor Sequential::forward(const Tensor& x) {
  Tensor y = x;
  for (const auto& module : modules_) y = (*module)(y);
  return y;
}

}  // namespace hg::nn
