// Modules under keys, without a forward of their own.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

/// Children that a module picks by key, such as heads for several tasks:
///     nn::ModuleDict heads{*this, "heads"};  heads.add<nn::Linear>("age", 64, 1);
///     heads["age"](features)
class ModuleDict : public Module {
 public:
  ModuleDict() = default;
  ModuleDict(Module& parent, const std::string& name) : Module(parent, name) {}

  ModuleDict& insert(const std::string& key, std::shared_ptr<Module> module);
  /// Makes a module under a key.
  template <class M, class... Args>
  M& add(const std::string& key, Args&&... args) {
    auto module = std::make_shared<M>(std::forward<Args>(args)...);
    insert(key, module);
    return *module;
  }

  size_t size() const { return modules_.size(); }
  bool contains(const std::string& key) const { return find(key) != nullptr; }
  /// Throws, with a list of the keys, if there is none of this name.
  Module& operator[](const std::string& key) const;
  /// Keys and modules in the order of insertion.
  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& items() const {
    return modules_;
  }

  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "ModuleDict"; }

 private:
  Module* find(const std::string& key) const;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> modules_;
};

}  // namespace hg::nn
