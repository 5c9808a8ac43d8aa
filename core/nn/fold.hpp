// Windows over images as columns, and back: layers without parameters.
#pragma once

#include "nn/module.hpp"
#include "nn/per_axis.hpp"

namespace hg::nn {

struct UnfoldOptions {
  PerAxis kernel_size;
  PerAxis dilation = 1;
  PerAxis padding = 0;
  PerAxis stride = 1;
};

/// im2col: x (N, C, H, W) -> (N, C * taps of the kernel, windows), a column a window.
class Unfold : public Module {
 public:
  explicit Unfold(const UnfoldOptions& options);
  explicit Unfold(const PerAxis& kernel_size, const PerAxis& dilation = 1,
                  const PerAxis& padding = 0, const PerAxis& stride = 1)
      : Unfold(UnfoldOptions{kernel_size, dilation, padding, stride}) {}
  template <class... Args>
  Unfold(Module& parent, const std::string& name, Args&&... args)
      : Unfold(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const UnfoldOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override { return make<Unfold>(options_); }
  std::string type_name() const override { return "Unfold"; }
  std::string details() const override;

 private:
  const UnfoldOptions options_;
};

struct FoldOptions {
  PerAxis output_size;  // (H, W)
  PerAxis kernel_size;
  PerAxis dilation = 1;
  PerAxis padding = 0;
  PerAxis stride = 1;
};

/// col2im: (N, C * taps of the kernel, windows) -> (N, C, H, W); where windows overlap,
/// what they hold is added up.
class Fold : public Module {
 public:
  explicit Fold(const FoldOptions& options);
  Fold(const PerAxis& output_size, const PerAxis& kernel_size, const PerAxis& dilation = 1,
       const PerAxis& padding = 0, const PerAxis& stride = 1)
      : Fold(FoldOptions{output_size, kernel_size, dilation, padding, stride}) {}
  template <class... Args>
  Fold(Module& parent, const std::string& name, Args&&... args)
      : Fold(std::forward<Args>(args)...) {
    parent.adopt(name, *this);
  }

  const FoldOptions& options() const { return options_; }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override { return make<Fold>(options_); }
  std::string type_name() const override { return "Fold"; }
  std::string details() const override;

 private:
  const FoldOptions options_;
};

}  // namespace hg::nn
