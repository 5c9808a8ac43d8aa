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
///
/// As every layer, it takes its settings in order or by name, and first, where it is a
/// member, its parent and its name there:
///     nn::Linear fc(784, 10);
///     nn::Linear fc({.in_features = 784, .out_features = 10, .bias = false});
///     nn::Linear fc{*this, "fc", 784, 10};
class Linear : public Module {
 public:
  explicit Linear(const LinearOptions& options);
  Linear(int64_t in_features, int64_t out_features, bool bias = true)
      : Linear(LinearOptions{in_features, out_features, bias, f32}) {}
  Linear(Module& parent, const std::string& name, const LinearOptions& options)
      : Linear(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  Linear(Module& parent, const std::string& name, Args&&... args)
      : Linear(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const LinearOptions& options() const { return options_; }
  Parameter weight, bias;  // bias is undefined without one

  /// Draws both anew.
  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "Linear"; }
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 protected:
  struct Lazy {};
  /// The members without a shape.
  Linear(Lazy, const LinearOptions& options);
  LinearOptions options_;
};

struct LazyLinearOptions {
  int64_t out_features;
  bool bias = true;
  DType dtype = f32;
};

/// A Linear that learns in_features from its first input, or from a state that is loaded
/// into it. Before that it has no parameters, and whoever asks for them is told so.
class LazyLinear : public Linear {
 public:
  explicit LazyLinear(const LazyLinearOptions& o)
      : Linear(Lazy{}, {0, o.out_features, o.bias, o.dtype}) {}
  explicit LazyLinear(int64_t out_features, bool bias = true)
      : LazyLinear(LazyLinearOptions{out_features, bias, f32}) {}
  LazyLinear(Module& parent, const std::string& name, const LazyLinearOptions& options)
      : LazyLinear(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  LazyLinear(Module& parent, const std::string& name, Args&&... args)
      : LazyLinear(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  /// "Linear" once the shapes are known.
  std::string type_name() const override { return pending_ ? "LazyLinear" : "Linear"; }
  bool pending() const override { return pending_; }
  void materialize_like(const StateDict& own) override;

 private:
  void materialize(int64_t in_features);
  bool pending_ = true;
};

}  // namespace hg::nn
