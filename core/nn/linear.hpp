// The dense layer.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

struct LinearOptions {
  int64_t in_features, out_features;
  bool bias = true;
  DType dtype = f32;
};

/// y = x W^T + b.  x (*, in_features) -> y (*, out_features); weight (out_features,
/// in_features), bias (out_features). Both start uniform in +-1/sqrt(in_features).
class Linear : public Module {
 public:
  explicit Linear(const LinearOptions& options);
  Linear(int64_t in_features, int64_t out_features, bool bias = true)
      : Linear(LinearOptions{in_features, out_features, bias, f32}) {}
  template <class... Args>
  Linear(Module& parent, const std::string& name, Args&&... args)
      : Linear(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const LinearOptions options;
  Parameter weight, bias;  // bias is undefined without one

  /// Draws both anew.
  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::string type_name() const override { return "Linear"; }
  std::string details() const override;
};

}  // namespace hg::nn
