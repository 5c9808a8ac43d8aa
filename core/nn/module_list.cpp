#include "nn/module_list.hpp"

#include "nn/module_dict.hpp"

namespace hg::nn {

ModuleList& ModuleList::append(std::shared_ptr<Module> module) {
  if (!module) throw Error(type_name(), "module " + std::to_string(size()) + " is null");
  adopt(std::to_string(size()), *module);
  modules_.push_back(std::move(module));
  return *this;
}

Module& ModuleList::operator[](int64_t i) const {
  int64_t n = int64_t(size());
  if (i < -n || i >= n) {
    throw Error(type_name(),
                "there is no module " + std::to_string(i) + " among " + std::to_string(n));
  }
  return *modules_[size_t(i < 0 ? i + n : i)];
}

void ModuleList::append_likes(ModuleList& to) const {
  std::map<const Module*, std::shared_ptr<Module>> made;
  for (const auto& module : modules_) {
    std::shared_ptr<Module>& like = made[module.get()];
    if (!like) like = module->make_like();
    to.append(like);
  }
}

std::unique_ptr<Module> ModuleList::make_like() const {
  auto list = std::make_unique<ModuleList>();
  append_likes(*list);
  return list;
}

std::string ModuleList::to_string() const {
  std::string text;
  for (size_t i = 0, end = 0; i < size(); i = end) {
    std::string shown = modules_[i]->to_string();
    for (end = i + 1; end < size() && modules_[end]->to_string() == shown;) ++end;
    text += "\n  (" + std::to_string(i);
    if (end - i > 1) {
      text += "-" + std::to_string(end - 1) + "): " + std::to_string(end - i) + " x ";
    } else {
      text += "): ";
    }
    text += indented(shown);
  }
  return type_name() + "(" + text + (text.empty() ? ")" : "\n)");
}

// ---- ModuleDict -------------------------------------------------------------------------

ModuleDict& ModuleDict::insert(const std::string& key, std::shared_ptr<Module> module) {
  if (!module) throw Error("ModuleDict", "module '" + key + "' is null");
  adopt(key, *module);
  modules_.emplace_back(key, std::move(module));
  return *this;
}

Module* ModuleDict::find(const std::string& key) const {
  for (const auto& [name, module] : modules_) {
    if (name == key) return module.get();
  }
  return nullptr;
}

Module& ModuleDict::operator[](const std::string& key) const {
  if (Module* m = find(key)) return *m;
  std::string keys;
  for (const auto& [name, module] : modules_) keys += (keys.empty() ? "" : ", ") + name;
  throw Error("ModuleDict", "there is no module '" + key + "' among: " + keys);
}

std::unique_ptr<Module> ModuleDict::make_like() const {
  auto dict = std::make_unique<ModuleDict>();
  for (const auto& [name, module] : modules_) dict->insert(name, module->make_like());
  return dict;
}

}  // namespace hg::nn
