// Normalisation: mean 0 and variance 1, over the features of a sample (LayerNorm) or over
// the samples of a batch (BatchNorm), then a scale and an offset that are learned.
#pragma once

#include <optional>

#include "nn/module.hpp"

namespace hg::nn {

struct LayerNormOptions {
  Shape normalized_shape;  // the last axes of the input
  double eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;
  DType dtype = f32;
};

/// x (*, normalized_shape) -> the same shape; each sample by itself. weight, which starts at
/// 1, and bias, at 0, are of shape normalized_shape.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const LayerNormOptions& options);
  explicit LayerNorm(const Shape& normalized_shape, double eps = 1e-5,
                     bool elementwise_affine = true, bool bias = true)
      : LayerNorm(LayerNormOptions{normalized_shape, eps, elementwise_affine, bias, f32}) {}
  /// Of the last axis only.
  explicit LayerNorm(int64_t features) : LayerNorm(Shape{features}) {}
  LayerNorm(Module& parent, const std::string& name, const LayerNormOptions& options)
      : LayerNorm(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  LayerNorm(Module& parent, const std::string& name, Args&&... args)
      : LayerNorm(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const LayerNormOptions& options() const { return options_; }
  Parameter weight, bias;  // undefined without

  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "LayerNorm"; }
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 private:
  LayerNormOptions options_;
};

struct BatchNormOptions {
  int64_t num_features;
  double eps = 1e-5;
  /// How far the running statistics move in a step; none: they are the average over all
  /// batches so far.
  std::optional<double> momentum = 0.1;
  bool affine = true;               // learn weight and bias
  bool track_running_stats = true;  // if not, eval() uses the batch's statistics, too
  DType dtype = f32;
  bool bias = true;  // false: of the two, only weight
};

/// What BatchNorm1d, 2d and 3d share. x (N, num_features, ...) -> the same shape; each
/// channel over the batch. In training the batch's mean and variance are used, and the
/// running ones move towards them; after eval() the running ones are used. The state is
/// weight, bias, running_mean, running_var (unbiased) and num_batches_tracked.
class BatchNorm : public Module {
 public:
  const BatchNormOptions& options() const { return options_; }
  Parameter weight, bias;                                 // undefined without `affine`
  Buffer running_mean, running_var, num_batches_tracked;  // undefined without tracking

  void reset_running_stats();
  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 protected:
  explicit BatchNorm(const BatchNormOptions& options);
  /// What its inputs may look like, "(N,C) or (N,C,L)", and whether one of this rank does.
  virtual const char* form() const = 0;
  virtual bool takes_rank(int rank) const = 0;
  BatchNormOptions options_;
};

/// One of them: type_name() and what its inputs look like come from the derived class.
template <class Self>
class BatchNormOf : public BatchNorm {
 public:
  explicit BatchNormOf(const BatchNormOptions& options) : BatchNorm(options) {}
  explicit BatchNormOf(int64_t num_features, double eps = 1e-5,
                       std::optional<double> momentum = 0.1, bool affine = true,
                       bool track_running_stats = true)
      : BatchNorm({num_features, eps, momentum, affine, track_running_stats, f32}) {}
  BatchNormOf(Module& parent, const std::string& name, const BatchNormOptions& options)
      : BatchNormOf(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  BatchNormOf(Module& parent, const std::string& name, Args&&... args)
      : BatchNormOf(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class BatchNorm1d : public BatchNormOf<BatchNorm1d> {
 public:
  using BatchNormOf::BatchNormOf;

 protected:
  const char* form() const override { return "(N,C) or (N,C,L)"; }
  bool takes_rank(int rank) const override { return rank == 2 || rank == 3; }
};

class BatchNorm2d : public BatchNormOf<BatchNorm2d> {
 public:
  using BatchNormOf::BatchNormOf;

 protected:
  const char* form() const override { return "(N,C,H,W)"; }
  bool takes_rank(int rank) const override { return rank == 4; }
};

class BatchNorm3d : public BatchNormOf<BatchNorm3d> {
 public:
  using BatchNormOf::BatchNormOf;

 protected:
  const char* form() const override { return "(N,C,D,H,W)"; }
  bool takes_rank(int rank) const override { return rank == 5; }
};

}  // namespace hg::nn
