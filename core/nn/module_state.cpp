// The state of a module: saved, loaded, and copied into a replica.
#include <algorithm>

#include "autograd/grad_mode.hpp"
#include "nn/module.hpp"
#include "tensor/random.hpp"

namespace hg::nn {
namespace {

const Tensor* find(const StateDict& dict, const std::string& name) {
  for (const auto& [key, tensor] : dict) {
    if (key == name) return &tensor;
  }
  return nullptr;
}

// The entries below a prefix, without it.
StateDict below(const StateDict& dict, const std::string& prefix) {
  StateDict part;
  for (const auto& [key, tensor] : dict) {
    if (key.starts_with(prefix)) part.emplace_back(key.substr(prefix.size()), tensor);
  }
  return part;
}

std::string join(const char* title, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& n : names) text += (text.empty() ? title : ", ") + n;
  return text.empty() ? text : "\n  " + text;
}

}  // namespace

// In the order of named_modules, each with its parameters before its buffers.
StateDict Module::state() const {
  StateDict all;
  walk("", [&](const std::string& prefix, const Module& m) {
    for (const auto* members : {&m.parameters_, &m.buffers_}) {
      for (const Member& member : *members) {
        if (member.tensor->defined() && member.persistent) {
          all.emplace_back(prefix + member.name, member.tensor->detach());
        }
      }
    }
  });
  return all;
}

StateDict Module::state_dict() const {
  check_ready();
  return state();
}

LoadResult Module::load_state_dict(const StateDict& state, bool strict) {
  for (const auto& [path, module] : named_modules()) {
    if (module->pending()) {
      module->materialize_like(below(state, path.empty() ? "" : path + "."));
    }
  }
  StateDict mine = this->state();
  LoadResult result;
  std::vector<std::pair<Tensor, Tensor>> copies;
  for (const auto& [name, tensor] : mine) {
    const Tensor* found = find(state, name);
    if (!found) {
      result.missing.push_back(name);
    } else if (found->shape() != tensor.shape()) {
      result.mismatched.push_back(name + " (" + found->shape().to_string() +
                                  " in the state, " + tensor.shape().to_string() +
                                  " here)");
    } else {
      copies.emplace_back(tensor, *found);
    }
  }
  for (const auto& [name, tensor] : state) {
    if (!find(mine, name)) result.unexpected.push_back(name);
  }
  if (strict && !result.ok()) {
    throw Error("load_state_dict",
                "the state does not fit " + type_name() + ":" +
                    join("missing: ", result.missing) +
                    join("unexpected: ", result.unexpected) +
                    join("other shape: ", result.mismatched),
                "strict = false loads what fits");
  }
  no_grad guard;
  for (auto& [to, from] : copies) to.copy_(from);
  return result;
}

// ---- replicas ---------------------------------------------------------------------------

std::unique_ptr<Module> Module::make_like() const {
  throw Error(type_name(), "clone() does not know how one is made",
              "derive it from nn::Cloneable<" + type_name() + ">, or override make_like()");
}

// Making the replica draws starting values that are then overwritten; the generator goes
// back to where it was, so that a run with replicas draws the same numbers as one without.
std::unique_ptr<Module> Module::clone() const {
  Generator before = default_generator();
  std::unique_ptr<Module> replica = make_like();
  default_generator() = before;
  std::map<TensorImpl*, Tensor> copies;
  no_grad guard;
  replica->copy_members(*this, copies);
  return replica;
}

// `copies` maps each tensor of the original to its copy: what was one tensor stays one.
void Module::copy_members(const Module& from, std::map<TensorImpl*, Tensor>& copies) {
  auto differs = [&](const std::string& what) {
    throw Error(type_name(), "make_like() made a module with other " + what,
                "it must pass on the settings that decide which members there are");
  };
  auto copy_list = [&](std::vector<Member>& mine, const std::vector<Member>& theirs) {
    if (mine.size() != theirs.size()) differs("parameters or buffers");
    for (size_t i = 0; i < mine.size(); ++i) {
      if (mine[i].name != theirs[i].name) differs("parameters or buffers");
      const Tensor& t = *theirs[i].tensor;
      Tensor& copy = copies[t.defined() ? t.impl() : nullptr];
      if (t.defined() && !copy.defined()) {
        copy = t.detach().clone().requires_grad_(t.requires_grad());
      }
      *mine[i].tensor = copy;
    }
  };
  copy_list(parameters_, from.parameters_);
  copy_list(buffers_, from.buffers_);
  training_ = from.training_;
  if (children_.size() != from.children_.size()) differs("children");
  for (size_t i = 0; i < children_.size(); ++i) {
    if (children_[i].first != from.children_[i].first) differs("children");
    children_[i].second->copy_members(*from.children_[i].second, copies);
  }
}

}  // namespace hg::nn
