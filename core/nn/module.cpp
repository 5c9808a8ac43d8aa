#include "nn/module.hpp"

#include <algorithm>
#include <ostream>
#include <set>

#include "autograd/function.hpp"
#include "autograd/grad_mode.hpp"

namespace hg::nn {

Parameter::Parameter(Module& owner, const std::string& name, const Tensor& initial)
    : Tensor(initial.defined() ? initial.detach().requires_grad_() : initial) {
  owner.check_name(name);
  owner.parameters_.push_back({name, this, true});
}

Buffer::Buffer(Module& owner, const std::string& name, const Tensor& initial,
               bool persistent)
    : Tensor(initial) {
  owner.check_name(name);
  owner.buffers_.push_back({name, this, persistent});
}

void Module::check_name(const std::string& name) const {
  bool taken = std::any_of(children_.begin(), children_.end(),
                           [&](const auto& c) { return c.first == name; });
  for (const auto* members : {&parameters_, &buffers_}) {
    taken |= std::any_of(members->begin(), members->end(),
                         [&](const Member& m) { return m.name == name; });
  }
  if (name.empty() || name.find('.') != std::string::npos) {
    throw Error("Module", "'" + name + "' is no member name: not empty, no dot");
  }
  if (taken) throw Error("Module", "there is a member called '" + name + "' already");
}

void Module::adopt(const std::string& name, Module& child) {
  check_name(name);
  children_.emplace_back(name, &child);
}

Tensor Module::forward(const Tensor&) {
  throw Error(type_name(), "it has no forward(x) with one tensor",
              "override forward, or call the module's own function");
}

void Module::collect(std::vector<Member> Module::*members, const std::string& prefix,
                     bool persistent_only, StateDict& out) const {
  for (const Member& m : this->*members) {
    if (m.tensor->defined() && (m.persistent || !persistent_only)) {
      out.emplace_back(prefix + m.name, *m.tensor);
    }
  }
  for (const auto& [name, child] : children_) {
    child->collect(members, prefix + name + ".", persistent_only, out);
  }
}

namespace {

// Keeps the first name of each tensor.
StateDict without_repeats(StateDict all) {
  std::set<TensorImpl*> seen;
  std::erase_if(
      all, [&](const auto& entry) { return !seen.insert(entry.second.impl()).second; });
  return all;
}

std::vector<Tensor> tensors_of(const StateDict& dict) {
  std::vector<Tensor> list;
  for (const auto& [name, tensor] : dict) list.push_back(tensor);
  return list;
}

std::string join(const char* title, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& n : names) text += (text.empty() ? title : ", ") + n;
  return text.empty() ? text : "\n  " + text;
}

}  // namespace

StateDict Module::named_parameters() const {
  StateDict all;
  collect(&Module::parameters_, "", false, all);
  return without_repeats(std::move(all));
}

StateDict Module::named_buffers() const {
  StateDict all;
  collect(&Module::buffers_, "", false, all);
  return without_repeats(std::move(all));
}

std::vector<Tensor> Module::parameters() const { return tensors_of(named_parameters()); }
std::vector<Tensor> Module::buffers() const { return tensors_of(named_buffers()); }

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> all{{"", this}};
  for (const auto& [name, child] : children_) {
    for (auto& [below, module] : child->named_modules()) {
      all.emplace_back(below.empty() ? name : name + "." + below, module);
    }
  }
  return all;
}

int64_t Module::parameter_count() const {
  int64_t count = 0;
  for (const Tensor& p : parameters()) count += p.numel();
  return count;
}

StateDict Module::state_dict() const {
  StateDict all;
  for (const auto& [name, module] : const_cast<Module*>(this)->named_modules()) {
    std::string prefix = name.empty() ? "" : name + ".";
    for (const Member& m : module->parameters_) {
      if (m.tensor->defined()) all.emplace_back(prefix + m.name, m.tensor->detach());
    }
    for (const Member& m : module->buffers_) {
      if (m.tensor->defined() && m.persistent)
        all.emplace_back(prefix + m.name, m.tensor->detach());
    }
  }
  return all;
}

LoadResult Module::load_state_dict(const StateDict& state, bool strict) {
  StateDict mine = state_dict();
  auto find = [](const StateDict& dict, const std::string& name) {
    return std::find_if(dict.begin(), dict.end(),
                        [&](const auto& e) { return e.first == name; });
  };
  LoadResult result;
  std::vector<std::pair<Tensor, Tensor>> copies;
  for (const auto& [name, tensor] : mine) {
    auto found = find(state, name);
    if (found == state.end()) {
      result.missing.push_back(name);
    } else if (found->second.shape() != tensor.shape()) {
      result.mismatched.push_back(name + " (" + found->second.shape().to_string() +
                                  " in the state, " + tensor.shape().to_string() +
                                  " here)");
    } else {
      copies.emplace_back(tensor, found->second);
    }
  }
  for (const auto& [name, tensor] : state) {
    if (find(mine, name) == mine.end()) result.unexpected.push_back(name);
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

void Module::apply(const std::function<void(Module&)>& f) {
  for (const auto& [name, child] : children_) child->apply(f);
  f(*this);
}

Module& Module::train(bool on) {
  apply([on](Module& m) { m.training_ = on; });
  return *this;
}

void Module::zero_grad() {
  for (const Tensor& p : parameters()) p.zero_grad();
}

Module& Module::requires_grad_(bool on) {
  for (const Tensor& p : parameters()) p.requires_grad_(on);
  return *this;
}

// A tensor registered twice (tied weights) is replaced by the same new tensor twice.
void Module::replace_tensors(const std::function<Tensor(const Tensor&)>& f) {
  std::vector<std::pair<TensorImpl*, Tensor>> done;
  std::vector<Tensor> alive;  // keeps the old ones, so that addresses stay distinct
  no_grad guard;
  apply([&](Module& m) {
    for (auto* members : {&m.parameters_, &m.buffers_}) {
      for (Member& member : *members) {
        if (!member.tensor->defined()) continue;
        auto known = std::find_if(done.begin(), done.end(), [&](const auto& d) {
          return d.first == member.tensor->impl();
        });
        if (known == done.end()) {
          Tensor old = *member.tensor, fresh = f(old);
          alive.push_back(old);
          if (!fresh.is(old)) fresh.requires_grad_(old.requires_grad());
          done.emplace_back(old.impl(), fresh);
          known = done.end() - 1;
        }
        *member.tensor = known->second;
      }
    }
  });
}

Module& Module::to(DType type) {
  if (!is_floating(type)) {
    throw Error("Module::to", std::string("parameters cannot be of type ") + name(type));
  }
  replace_tensors(
      [type](const Tensor& t) { return is_floating(t.dtype()) ? t.to(type) : t; });
  return *this;
}

Module& Module::to(const std::string& device) {
  replace_tensors([&](const Tensor& t) { return t.to(device); });
  return *this;
}

std::string Module::type_name() const { return autograd::plain_name(typeid(*this)); }

std::string Module::to_string() const {
  std::string text = type_name() + "(";
  if (children_.empty()) return text + details() + ")";
  if (!details().empty()) text += "\n  " + details();
  for (const auto& [name, child] : children_) {
    std::string below = child->to_string();
    std::string indented;
    for (char c : below) indented += c == '\n' ? std::string("\n  ") : std::string(1, c);
    text += "\n  (" + name + "): " + indented;
  }
  return text + "\n)";
}

std::ostream& operator<<(std::ostream& out, const Module& m) {
  return out << m.to_string();
}

}  // namespace hg::nn
