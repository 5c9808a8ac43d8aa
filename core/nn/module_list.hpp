// Modules in a list, without a forward of its own.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

/// Children named "0", "1", ... that a module calls as it likes:
///
///     struct Net : nn::Module {
///       nn::ModuleList blocks{*this, "blocks"};
///       explicit Net(int depth) {
///         for (int i = 0; i < depth; ++i) blocks.add<nn::Linear>(8, 8);
///       }
///       Tensor forward(const Tensor& x) override {
///         Tensor y = x;
///         for (nn::Module& block : blocks) y = block(y);
///         return y;
///       }
///     };
///
/// A module that is appended as a shared pointer may stand in several places, and its
/// parameters then are the same in all of them.
class ModuleList : public Module {
 public:
  ModuleList() = default;
  template <class... Ms>
  requires(std::is_convertible_v<Ms, std::shared_ptr<Module>>&&...) explicit ModuleList(
      Ms... modules) {
    (append(std::move(modules)), ...);
  }
  template <class... Ms>
  ModuleList(Module& parent, const std::string& name, Ms... modules)
      : ModuleList(std::move(modules)...) {
    parent.adopt(name, *this);
  }

  ModuleList& append(std::shared_ptr<Module> module);
  /// Makes a module at the end: list.add<nn::Linear>(784, 10)
  template <class M, class... Args>
  M& add(Args&&... args) {
    auto module = std::make_shared<M>(std::forward<Args>(args)...);
    append(module);
    return *module;
  }

  size_t size() const { return modules_.size(); }
  /// Module i; negative counts from the end.
  Module& operator[](int64_t i) const;
  /// The same as a module of type M; throws if it is none.
  template <class M>
  M& at(int64_t i) const {
    if (auto* m = dynamic_cast<M*>(&(*this)[i])) return *m;
    throw Error(type_name(), "module " + std::to_string(i) + " is a " +
                                 (*this)[i].type_name() + ", another type was asked for");
  }

  /// Goes over the modules as references.
  class Iterator {
   public:
    explicit Iterator(const std::shared_ptr<Module>* at) : at_(at) {}
    Module& operator*() const { return **at_; }
    Iterator& operator++() { return ++at_, *this; }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const std::shared_ptr<Module>* at_;
  };
  Iterator begin() const { return Iterator(modules_.data()); }
  Iterator end() const { return Iterator(modules_.data() + modules_.size()); }

  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "ModuleList"; }
  /// Equal neighbours share a line, (0-2): 3 x Linear(...), as in PyTorch since 2.0.
  std::string to_string() const override;

 protected:
  /// Appends a module like each of this list's; one that stands here twice, twice.
  void append_likes(ModuleList& to) const;

 private:
  std::vector<std::shared_ptr<Module>> modules_;
};

}  // namespace hg::nn
