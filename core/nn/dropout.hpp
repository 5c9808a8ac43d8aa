// Leaving out units at random.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

struct DropoutOptions {
  double p = 0.5;
};

/// In training each element is 0 with probability p, and the others are divided by 1 - p;
/// after eval() it gives back what it gets.
class Dropout : public Module {
 public:
  explicit Dropout(const DropoutOptions& options);
  explicit Dropout(double p = 0.5) : Dropout(DropoutOptions{p}) {}
  Dropout(Module& parent, const std::string& name, const DropoutOptions& options)
      : Dropout(options) {
    parent.adopt(name, *this);
  }
  template <class... Args>
  Dropout(Module& parent, const std::string& name, Args&&... args)
      : Dropout(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "Dropout"; }
  std::string details() const override;

  double p;  ///< may be changed between epochs
};

/// What Dropout1d, 2d and 3d share: whole channels of (N, C, grid) are 0 together, as
/// neighbouring places of a grid tell much the same.
template <class Self>
class ChannelDropout : public Dropout {
 public:
  explicit ChannelDropout(const DropoutOptions& options) : Dropout(options) {}
  explicit ChannelDropout(double p = 0.5) : Dropout(p) {}
  ChannelDropout(Module& parent, const std::string& name, const DropoutOptions& options)
      : Dropout(parent, name, options) {}
  ChannelDropout(Module& parent, const std::string& name, double p = 0.5)
      : Dropout(parent, name, p) {}
  std::unique_ptr<Module> make_like() const override {
    return make<Self>(DropoutOptions{p});
  }
};

/// Of sequences, (N, C, L) or (C, L).
class Dropout1d : public ChannelDropout<Dropout1d> {
 public:
  using ChannelDropout::ChannelDropout;
  Tensor forward(const Tensor& x) override;
  std::string type_name() const override { return "Dropout1d"; }
};

/// Of images, (N, C, H, W).
class Dropout2d : public ChannelDropout<Dropout2d> {
 public:
  using ChannelDropout::ChannelDropout;
  Tensor forward(const Tensor& x) override;
  std::string type_name() const override { return "Dropout2d"; }
};

/// Of volumes, (N, C, D, H, W) or (C, D, H, W).
class Dropout3d : public ChannelDropout<Dropout3d> {
 public:
  using ChannelDropout::ChannelDropout;
  Tensor forward(const Tensor& x) override;
  std::string type_name() const override { return "Dropout3d"; }
};

}  // namespace hg::nn
