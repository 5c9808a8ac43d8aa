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

}  // namespace hg::nn
