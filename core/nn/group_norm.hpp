// Norms that take each sample by itself: mean 0 and variance 1 over groups of channels
// (GroupNorm), over each channel (InstanceNorm); and channels damped by their neighbours
// (LocalResponseNorm). For layers and batches: nn/norm.hpp.
#pragma once

#include <optional>

#include "nn/module.hpp"

namespace hg::nn {

struct GroupNormOptions {
  int64_t num_groups, num_channels;  // the first divides the second
  double eps = 1e-5;
  bool affine = true;  // learn weight and bias
  DType dtype = f32;
  bool bias = true;  // false: of the two, only weight
};

/// x (N, num_channels, ...) -> the same shape. weight, which starts at 1, and bias, at 0,
/// have a number for each channel.
class GroupNorm : public Module {
 public:
  explicit GroupNorm(const GroupNormOptions& options);
  GroupNorm(int64_t num_groups, int64_t num_channels, double eps = 1e-5, bool affine = true)
      : GroupNorm(GroupNormOptions{num_groups, num_channels, eps, affine}) {}
  GroupNorm(Module& parent, const std::string& name, const GroupNormOptions& options)
      : GroupNorm(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  GroupNorm(Module& parent, const std::string& name, Args&&... args)
      : GroupNorm(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const GroupNormOptions& options() const { return options_; }
  Parameter weight, bias;  // undefined without

  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "GroupNorm"; }
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 private:
  GroupNormOptions options_;
};

struct InstanceNormOptions {
  int64_t num_features;
  double eps = 1e-5;
  std::optional<double> momentum =
      0.1;                           // how far running statistics move; none: not at all
  bool affine = false;               // learn weight and bias
  bool track_running_stats = false;  // and use them after eval()
  DType dtype = f32;
  bool bias = true;  // false: of the two, only weight
};

/// What InstanceNorm1d, 2d and 3d share. x (N, num_features, grid), or one sample without
/// N, -> the same shape. (PyTorch lets other numbers of channels pass with a warning where
/// nothing is learned; here they are an error.)
class InstanceNorm : public Module {
 public:
  const InstanceNormOptions& options() const { return options_; }
  Parameter weight, bias;                                 // undefined without `affine`
  Buffer running_mean, running_var, num_batches_tracked;  // undefined without tracking

  void reset_running_stats();
  void reset_parameters();
  Tensor forward(const Tensor& x) override;
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 protected:
  InstanceNorm(int axes, const InstanceNormOptions& options);
  int axes_;
  InstanceNormOptions options_;
};

/// One of them, for grids with this many axes.
template <class Self, int axes>
class InstanceNormOf : public InstanceNorm {
 public:
  explicit InstanceNormOf(const InstanceNormOptions& options)
      : InstanceNorm(axes, options) {}
  explicit InstanceNormOf(int64_t num_features, double eps = 1e-5,
                          std::optional<double> momentum = 0.1, bool affine = false,
                          bool track_running_stats = false)
      : InstanceNormOf(InstanceNormOptions{num_features, eps, momentum, affine,
                                           track_running_stats}) {}
  InstanceNormOf(Module& parent, const std::string& name,
                 const InstanceNormOptions& options)
      : InstanceNormOf(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  InstanceNormOf(Module& parent, const std::string& name, Args&&... args)
      : InstanceNormOf(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class InstanceNorm1d : public InstanceNormOf<InstanceNorm1d, 1> {
 public:
  using InstanceNormOf::InstanceNormOf;
};
class InstanceNorm2d : public InstanceNormOf<InstanceNorm2d, 2> {
 public:
  using InstanceNormOf::InstanceNormOf;
};
class InstanceNorm3d : public InstanceNormOf<InstanceNorm3d, 3> {
 public:
  using InstanceNormOf::InstanceNormOf;
};

struct LocalResponseNormOptions {
  int64_t size;  // how many channels count as neighbours
  double alpha = 1e-4, beta = 0.75, k = 1;
};

/// x (N, C, ...) -> the same shape: x / (k + alpha/size * sum of squares)^beta.
class LocalResponseNorm : public Module {
 public:
  explicit LocalResponseNorm(const LocalResponseNormOptions& options) : options_(options) {}
  explicit LocalResponseNorm(int64_t size, double alpha = 1e-4, double beta = 0.75,
                             double k = 1)
      : LocalResponseNorm(LocalResponseNormOptions{size, alpha, beta, k}) {}
  LocalResponseNorm(Module& parent, const std::string& name,
                    const LocalResponseNormOptions& options)
      : Module(parent, name), options_(options) {}
  LocalResponseNorm(Module& parent, const std::string& name, int64_t size,
                    double alpha = 1e-4, double beta = 0.75, double k = 1)
      : LocalResponseNorm(parent, name, LocalResponseNormOptions{size, alpha, beta, k}) {}

  const LocalResponseNormOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string details() const override;
  int64_t macs(const Shape& input, const Shape& output) const override;

 private:
  LocalResponseNormOptions options_;
};

}  // namespace hg::nn
