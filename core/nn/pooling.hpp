// Pooling: a grid made smaller, window by window. There is nothing to learn in it.
//
// A pool takes its settings in order or by name, and first, where it is a member, its
// parent and its name there. A setting is one number, or one for each axis:
//     nn::MaxPool2d pool(3, 2);
//     nn::MaxPool2d pool({3, 2}, {2, 1});
//     nn::MaxPool2d pool({.kernel_size = {3, 2}, .padding = 1});
//     nn::MaxPool2d pool{*this, "pool", 3, 2};
// x (N, C, grid) -> (N, C, smaller grid); without N it is one sample. What each computes:
// core/ops/max_pool.cpp, avg_pool.cpp.
#pragma once

#include <optional>

#include "nn/by_name.hpp"
#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

struct MaxPoolOptions {
  ByName by_name = {};
  PerAxis kernel_size;
  PerAxis stride = {};  // from window to window; not given: kernel_size
  PerAxis padding = 0;
  PerAxis dilation = 1;
  bool ceil_mode = false;  // a last window may hang over the edge
};

/// What MaxPool1d, 2d and 3d share: the largest number of each window.
class MaxPool : public Module {
 public:
  const MaxPoolOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  /// With the places, for MaxUnpool (PyTorch: return_indices=True).
  ValuesIndices with_indices(const Tensor& x) const;
  std::string details() const override;

 protected:
  MaxPool(int axes, const MaxPoolOptions& options);
  int axes_;
  MaxPoolOptions options_;
};

/// One of them, for grids with this many axes.
template <class Self, int axes>
class MaxPoolOf : public MaxPool {
 public:
  explicit MaxPoolOf(const MaxPoolOptions& options) : MaxPool(axes, options) {}
  template <std::convertible_to<PerAxis> Size = PerAxis>
  explicit MaxPoolOf(const Size& kernel_size, const PerAxis& stride = {},
                     const PerAxis& padding = 0, const PerAxis& dilation = 1,
                     bool ceil_mode = false)
      : MaxPoolOf(MaxPoolOptions{.kernel_size = kernel_size,
                                 .stride = stride,
                                 .padding = padding,
                                 .dilation = dilation,
                                 .ceil_mode = ceil_mode}) {}
  MaxPoolOf(Module& parent, const std::string& name, const MaxPoolOptions& options)
      : MaxPoolOf(options) {
    parent.adopt(name, *this);
  }
  template <std::convertible_to<PerAxis> Size = PerAxis>
  MaxPoolOf(Module& parent, const std::string& name, const Size& kernel_size,
            const PerAxis& stride = {}, const PerAxis& padding = 0,
            const PerAxis& dilation = 1, bool ceil_mode = false)
      : MaxPoolOf(parent, name,
                  MaxPoolOptions{.kernel_size = kernel_size,
                                 .stride = stride,
                                 .padding = padding,
                                 .dilation = dilation,
                                 .ceil_mode = ceil_mode}) {}
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class MaxPool1d : public MaxPoolOf<MaxPool1d, 1> {
 public:
  using MaxPoolOf::MaxPoolOf;
};
class MaxPool2d : public MaxPoolOf<MaxPool2d, 2> {
 public:
  using MaxPoolOf::MaxPoolOf;
};
class MaxPool3d : public MaxPoolOf<MaxPool3d, 3> {
 public:
  using MaxPoolOf::MaxPoolOf;
};

struct AvgPoolOptions {
  ByName by_name = {};
  PerAxis kernel_size;
  PerAxis stride = {};  // from window to window; not given: kernel_size
  PerAxis padding = 0;
  bool ceil_mode = false;         // a last window may hang over the edge
  bool count_include_pad = true;  // zeros of the padding count
  /// What to divide each sum by; not for AvgPool1d.
  std::optional<int64_t> divisor_override = {};
};

/// What AvgPool1d, 2d and 3d share: the mean of each window.
class AvgPool : public Module {
 public:
  const AvgPoolOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::string details() const override;

 protected:
  AvgPool(int axes, const AvgPoolOptions& options);
  int axes_;
  AvgPoolOptions options_;
};

/// One of them, for grids with this many axes.
template <class Self, int axes>
class AvgPoolOf : public AvgPool {
 public:
  explicit AvgPoolOf(const AvgPoolOptions& options) : AvgPool(axes, options) {}
  template <std::convertible_to<PerAxis> Size = PerAxis>
  explicit AvgPoolOf(const Size& kernel_size, const PerAxis& stride = {},
                     const PerAxis& padding = 0, bool ceil_mode = false,
                     bool count_include_pad = true,
                     std::optional<int64_t> divisor_override = {})
      : AvgPoolOf(AvgPoolOptions{.kernel_size = kernel_size,
                                 .stride = stride,
                                 .padding = padding,
                                 .ceil_mode = ceil_mode,
                                 .count_include_pad = count_include_pad,
                                 .divisor_override = divisor_override}) {}
  AvgPoolOf(Module& parent, const std::string& name, const AvgPoolOptions& options)
      : AvgPoolOf(options) {
    parent.adopt(name, *this);
  }
  template <std::convertible_to<PerAxis> Size = PerAxis>
  AvgPoolOf(Module& parent, const std::string& name, const Size& kernel_size,
            const PerAxis& stride = {}, const PerAxis& padding = 0, bool ceil_mode = false,
            bool count_include_pad = true, std::optional<int64_t> divisor_override = {})
      : AvgPoolOf(parent, name,
                  AvgPoolOptions{.kernel_size = kernel_size,
                                 .stride = stride,
                                 .padding = padding,
                                 .ceil_mode = ceil_mode,
                                 .count_include_pad = count_include_pad,
                                 .divisor_override = divisor_override}) {}
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class AvgPool1d : public AvgPoolOf<AvgPool1d, 1> {
 public:
  using AvgPoolOf::AvgPoolOf;
};
class AvgPool2d : public AvgPoolOf<AvgPool2d, 2> {
 public:
  using AvgPoolOf::AvgPoolOf;
};
class AvgPool3d : public AvgPoolOf<AvgPool3d, 3> {
 public:
  using AvgPoolOf::AvgPoolOf;
};

struct MaxUnpoolOptions {
  ByName by_name = {};
  PerAxis kernel_size;
  PerAxis stride = {};  // not given: kernel_size
  PerAxis padding = 0;
};

/// What MaxUnpool1d, 2d and 3d share: the way back from a MaxPool with these settings.
///     auto [y, places] = pool.with_indices(x);
///     Tensor z = unpool(y, places);           y where it was, zeros elsewhere
class MaxUnpool : public Module {
 public:
  const MaxUnpoolOptions& options() const { return options_; }
  using Module::forward;
  /// output_size settles which of the grids that pool to x's is meant.
  Tensor forward(const Tensor& x, const Tensor& indices, const PerAxis& output_size = {});
  Tensor operator()(const Tensor& x, const Tensor& indices,
                    const PerAxis& output_size = {}) {
    return with_hooks({x, indices}, forward(x, indices, output_size));
  }
  std::string details() const override;

 protected:
  MaxUnpool(int axes, const MaxUnpoolOptions& options);
  int axes_;
  MaxUnpoolOptions options_;
};

/// One of them, for grids with this many axes.
template <class Self, int axes>
class MaxUnpoolOf : public MaxUnpool {
 public:
  explicit MaxUnpoolOf(const MaxUnpoolOptions& options) : MaxUnpool(axes, options) {}
  template <std::convertible_to<PerAxis> Size = PerAxis>
  explicit MaxUnpoolOf(const Size& kernel_size, const PerAxis& stride = {},
                       const PerAxis& padding = 0)
      : MaxUnpoolOf(MaxUnpoolOptions{
            .kernel_size = kernel_size, .stride = stride, .padding = padding}) {}
  MaxUnpoolOf(Module& parent, const std::string& name, const MaxUnpoolOptions& options)
      : MaxUnpoolOf(options) {
    parent.adopt(name, *this);
  }
  template <std::convertible_to<PerAxis> Size = PerAxis>
  MaxUnpoolOf(Module& parent, const std::string& name, const Size& kernel_size,
              const PerAxis& stride = {}, const PerAxis& padding = 0)
      : MaxUnpoolOf(parent, name,
                    {.kernel_size = kernel_size, .stride = stride, .padding = padding}) {}
  std::unique_ptr<Module> make_like() const override { return make<Self>(options_); }
};

class MaxUnpool1d : public MaxUnpoolOf<MaxUnpool1d, 1> {
 public:
  using MaxUnpoolOf::MaxUnpoolOf;
};
class MaxUnpool2d : public MaxUnpoolOf<MaxUnpool2d, 2> {
 public:
  using MaxUnpoolOf::MaxUnpoolOf;
};
class MaxUnpool3d : public MaxUnpoolOf<MaxUnpool3d, 3> {
 public:
  using MaxUnpoolOf::MaxUnpoolOf;
};

struct ChannelPoolOptions {
  int64_t kernel_size;
  std::optional<int64_t> stride = {};  // from window to window; none: kernel_size
  std::string mode = "max";            // or "avg"
};

/// Cross-channel pooling: of neighbouring channels the largest or the mean, at each place.
/// x (N, C, ...) -> (N, (C - kernel_size)/stride + 1, ...). (PyTorch has none.)
class ChannelPool : public Module {
 public:
  explicit ChannelPool(const ChannelPoolOptions& options) : options_(options) {}
  explicit ChannelPool(int64_t kernel_size, std::optional<int64_t> stride = {},
                       const std::string& mode = "max")
      : ChannelPool(ChannelPoolOptions{kernel_size, stride, mode}) {}
  ChannelPool(Module& parent, const std::string& name, const ChannelPoolOptions& options)
      : Module(parent, name), options_(options) {}
  ChannelPool(Module& parent, const std::string& name, int64_t kernel_size,
              std::optional<int64_t> stride = {}, const std::string& mode = "max")
      : ChannelPool(parent, name, ChannelPoolOptions{kernel_size, stride, mode}) {}

  const ChannelPoolOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string details() const override;

 private:
  ChannelPoolOptions options_;
};

}  // namespace hg::nn
