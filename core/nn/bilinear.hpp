// A layer with two inputs.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

struct BilinearOptions {
  int64_t in1_features, in2_features, out_features;
  bool bias = true;
  DType dtype = f32;
};

/// y[o] = a W[o] b + c[o].  a (*, in1_features) and b (*, in2_features) -> (*, out_features);
/// weight (out_features, in1_features, in2_features), bias (out_features). Both start
/// uniform in +-1/sqrt(in1_features).
class Bilinear : public Module {
 public:
  explicit Bilinear(const BilinearOptions& options);
  Bilinear(int64_t in1_features, int64_t in2_features, int64_t out_features,
           bool bias = true)
      : Bilinear(BilinearOptions{in1_features, in2_features, out_features, bias, f32}) {}
  Bilinear(Module& parent, const std::string& name, const BilinearOptions& options)
      : Bilinear(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  Bilinear(Module& parent, const std::string& name, Args&&... args)
      : Bilinear(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const BilinearOptions& options() const { return options_; }
  Parameter weight, bias;  // bias is undefined without one

  void reset_parameters();
  using Module::forward;
  Tensor forward(const Tensor& a, const Tensor& b);
  Tensor operator()(const Tensor& a, const Tensor& b) {
    return with_hooks({a, b}, forward(a, b));
  }
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "Bilinear"; }
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 private:
  BilinearOptions options_;
};

}  // namespace hg::nn
