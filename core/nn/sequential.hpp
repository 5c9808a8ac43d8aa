// Modules one after the other.
#pragma once

#include "nn/module_list.hpp"

namespace hg::nn {

/// y = m_n(... m_1(m_0(x))). Children are named "0", "1", ... in order:
///     nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 10));
///     net.at<nn::Linear>(1).weight
/// As in a ModuleList, a module given as a shared pointer may stand in several places.
class Sequential : public ModuleList {
 public:
  using ModuleList::ModuleList;

  Sequential& append(std::shared_ptr<Module> module) {
    ModuleList::append(std::move(module));
    return *this;
  }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "Sequential"; }
  std::string to_string() const override { return Module::to_string(); }
};

}  // namespace hg::nn
