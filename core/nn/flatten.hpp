// Layers that only change the shape.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

/// Joins axes start..end into one: (N,1,28,28) -> (N,784) by default.
class Flatten : public Module {
 public:
  explicit Flatten(int64_t start = 1, int64_t end = -1) : start_(start), end_(end) {}
  template <class... Args>
  Flatten(Module& parent, const std::string& name, Args&&... args)
      : Flatten(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }
  Tensor forward(const Tensor& x) override { return x.flatten(start_, end_); }
  std::string type_name() const override { return "Flatten"; }
  std::string details() const override {
    return "start_dim=" + std::to_string(start_) + ", end_dim=" + std::to_string(end_);
  }

 private:
  int64_t start_, end_;
};

}  // namespace hg::nn
