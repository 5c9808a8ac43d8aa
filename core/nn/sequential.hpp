// Modules one after the other.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

/// y = m_n(... m_1(m_0(x))). Children are named "0", "1", ... in order:
///     nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 10));
///     net.at<nn::Linear>(1).weight
class Sequential : public Module {
 public:
  Sequential() = default;
  template <class... Ms>
  requires(std::is_base_of_v<Module, Ms>&&...) explicit Sequential(
      std::unique_ptr<Ms>... modules) {
    (append(std::move(modules)), ...);
  }
  template <class... Ms>
  Sequential(Module& parent, const std::string& name, std::unique_ptr<Ms>... modules)
      : Sequential(std::move(modules)...) {
    parent.adopt(name, *this);
  }

  Sequential& append(std::unique_ptr<Module> module);
  /// Makes a module at the end: net.add<nn::Linear>(784, 10)
  template <class M, class... Args>
  M& add(Args&&... args) {
    auto module = std::make_unique<M>(std::forward<Args>(args)...);
    M& result = *module;
    append(std::move(module));
    return result;
  }

  size_t size() const { return modules_.size(); }
  /// Module i; negative counts from the end.
  Module& operator[](int64_t i) const;
  /// The same as a module of type M; throws if it is none.
  template <class M>
  M& at(int64_t i) const {
    if (auto* m = dynamic_cast<M*>(&(*this)[i])) return *m;
    throw Error("Sequential", "module " + std::to_string(i) + " is a " +
                                  (*this)[i].type_name() + ", another type was asked for");
  }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

  Tensor forward(const Tensor& x) override;
  std::string type_name() const override { return "Sequential"; }

 private:
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace hg::nn
