// Adaptive pooling: a grid of any size brought to one that is chosen.
//     nn::AdaptiveAvgPool2d pool(1);          global average pooling: (N, C, 1, 1)
//     nn::AdaptiveAvgPool2d pool({5, 7});
// Settings as in nn/pooling.hpp. What each computes: core/ops/adaptive_avg_pool.cpp,
// adaptive_max_pool.cpp.
#pragma once

#include "nn/by_name.hpp"
#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

struct AdaptivePoolOptions {
  ByName by_name = {};
  PerAxis output_size;  // -1 for an axis keeps its size (PyTorch: None)
};

/// What AdaptiveAvgPool1d, 2d and 3d share: means of as many windows as wanted.
class AdaptiveAvgPool : public Module {
 public:
  const AdaptivePoolOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::string details() const override;

 protected:
  AdaptiveAvgPool(int axes, const AdaptivePoolOptions& options);
  int axes_;
  AdaptivePoolOptions options_;
};

/// One of them, for grids with this many axes.
template <class Self, int axes>
class AdaptiveAvgPoolOf : public AdaptiveAvgPool {
 public:
  explicit AdaptiveAvgPoolOf(const AdaptivePoolOptions& options)
      : AdaptiveAvgPool(axes, options) {}
  template <std::convertible_to<PerAxis> Size = PerAxis>
  explicit AdaptiveAvgPoolOf(const Size& output_size)
      : AdaptiveAvgPoolOf(AdaptivePoolOptions{.output_size = output_size}) {}
  AdaptiveAvgPoolOf(Module& parent, const std::string& name,
                    const AdaptivePoolOptions& options)
      : AdaptiveAvgPoolOf(options) {
    parent.adopt(name, *this);
  }
  template <std::convertible_to<PerAxis> Size = PerAxis>
  AdaptiveAvgPoolOf(Module& parent, const std::string& name, const Size& output_size)
      : AdaptiveAvgPoolOf(parent, name, AdaptivePoolOptions{.output_size = output_size}) {}
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class AdaptiveAvgPool1d : public AdaptiveAvgPoolOf<AdaptiveAvgPool1d, 1> {
 public:
  using AdaptiveAvgPoolOf::AdaptiveAvgPoolOf;
};
class AdaptiveAvgPool2d : public AdaptiveAvgPoolOf<AdaptiveAvgPool2d, 2> {
 public:
  using AdaptiveAvgPoolOf::AdaptiveAvgPoolOf;
};
class AdaptiveAvgPool3d : public AdaptiveAvgPoolOf<AdaptiveAvgPool3d, 3> {
 public:
  using AdaptiveAvgPoolOf::AdaptiveAvgPoolOf;
};

/// What AdaptiveMaxPool1d, 2d and 3d share: the largest numbers of as many windows.
class AdaptiveMaxPool : public Module {
 public:
  const AdaptivePoolOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  /// With the places (PyTorch: return_indices=True).
  ValuesIndices with_indices(const Tensor& x) const;
  std::string details() const override;

 protected:
  AdaptiveMaxPool(int axes, const AdaptivePoolOptions& options);
  int axes_;
  AdaptivePoolOptions options_;
};

/// One of them, for grids with this many axes.
template <class Self, int axes>
class AdaptiveMaxPoolOf : public AdaptiveMaxPool {
 public:
  explicit AdaptiveMaxPoolOf(const AdaptivePoolOptions& options)
      : AdaptiveMaxPool(axes, options) {}
  template <std::convertible_to<PerAxis> Size = PerAxis>
  explicit AdaptiveMaxPoolOf(const Size& output_size)
      : AdaptiveMaxPoolOf(AdaptivePoolOptions{.output_size = output_size}) {}
  AdaptiveMaxPoolOf(Module& parent, const std::string& name,
                    const AdaptivePoolOptions& options)
      : AdaptiveMaxPoolOf(options) {
    parent.adopt(name, *this);
  }
  template <std::convertible_to<PerAxis> Size = PerAxis>
  AdaptiveMaxPoolOf(Module& parent, const std::string& name, const Size& output_size)
      : AdaptiveMaxPoolOf(parent, name, AdaptivePoolOptions{.output_size = output_size}) {}
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class AdaptiveMaxPool1d : public AdaptiveMaxPoolOf<AdaptiveMaxPool1d, 1> {
 public:
  using AdaptiveMaxPoolOf::AdaptiveMaxPoolOf;
};
class AdaptiveMaxPool2d : public AdaptiveMaxPoolOf<AdaptiveMaxPool2d, 2> {
 public:
  using AdaptiveMaxPoolOf::AdaptiveMaxPoolOf;
};
class AdaptiveMaxPool3d : public AdaptiveMaxPoolOf<AdaptiveMaxPool3d, 3> {
 public:
  using AdaptiveMaxPoolOf::AdaptiveMaxPoolOf;
};

}  // namespace hg::nn
