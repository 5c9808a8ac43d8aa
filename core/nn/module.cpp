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

void Parameter::materialize(const Shape& shape) {
  *this = new_empty(shape).requires_grad_(requires_grad());
}

std::ostream& operator<<(std::ostream& out, const Parameter& p) {
  return out << "Parameter containing:\n" << static_cast<const Tensor&>(p);
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

// ---- the tree ---------------------------------------------------------------------------

// This module and all below it, parents first, under every name they have: "", "0.", ...
void Module::walk(const std::string& prefix, const Visit& f) const {
  f(prefix, *this);
  for (const auto& [name, child] : children_) child->walk(prefix + name + ".", f);
}

void Module::check_ready() const {
  walk("", [](const std::string& prefix, const Module& m) {
    if (!m.pending()) return;
    std::string path = prefix.empty() ? "" : prefix.substr(0, prefix.size() - 1) + " is ";
    throw Error(m.type_name(), path + m.to_string() + ": its parameters have no shape yet",
                "run one batch through the network first");
  });
}

// Keeps the first name of each tensor.
StateDict Module::collect(std::vector<Member> Module::*members) const {
  check_ready();
  StateDict all;
  std::set<TensorImpl*> seen;
  walk("", [&](const std::string& prefix, const Module& m) {
    for (const Member& member : m.*members) {
      const Tensor& t = *member.tensor;
      if (t.defined() && seen.insert(t.impl()).second) {
        all.emplace_back(prefix + member.name, t);
      }
    }
  });
  return all;
}

namespace {

std::vector<Tensor> tensors_of(const StateDict& dict) {
  std::vector<Tensor> list;
  for (const auto& [name, tensor] : dict) list.push_back(tensor);
  return list;
}

}  // namespace

StateDict Module::named_parameters() const { return collect(&Module::parameters_); }
StateDict Module::named_buffers() const { return collect(&Module::buffers_); }
std::vector<Tensor> Module::parameters() const { return tensors_of(named_parameters()); }
std::vector<Tensor> Module::buffers() const { return tensors_of(named_buffers()); }

std::vector<Tensor> Module::parameters(
    const std::function<bool(const std::string&, const Tensor&)>& which) const {
  StateDict chosen = named_parameters();
  std::erase_if(chosen, [&](const auto& e) { return !which(e.first, e.second); });
  return tensors_of(chosen);
}

std::vector<std::pair<std::string, Module*>> Module::named_modules() {
  std::vector<std::pair<std::string, Module*>> all;
  std::set<const Module*> seen;
  walk("", [&](const std::string& prefix, const Module& m) {
    if (!seen.insert(&m).second) return;
    // Only this module itself could be const, and it is not.
    all.emplace_back(prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1),
                     const_cast<Module*>(&m));
  });
  return all;
}

int64_t Module::parameter_count() const {
  int64_t count = 0;
  for (const Tensor& p : parameters()) count += p.numel();
  return count;
}

// ---- doing something to all of it -------------------------------------------------------

void Module::apply(const std::function<void(Module&)>& f) {
  std::set<Module*> seen;
  std::function<void(Module&)> visit = [&](Module& m) {
    if (!seen.insert(&m).second) return;
    for (const auto& [name, child] : m.children_) visit(*child);
    f(m);
  };
  visit(*this);
}

Module& Module::train(bool on) {
  apply([on](Module& m) { m.training_ = on; });
  return *this;
}

void Module::zero_grad() {
  apply([](Module& m) {
    for (const Member& p : m.parameters_) {
      if (p.tensor->defined()) p.tensor->zero_grad();
    }
  });
}

Module& Module::requires_grad_(bool on) {
  apply([on](Module& m) {
    for (const Member& p : m.parameters_) {
      if (p.tensor->defined()) p.tensor->requires_grad_(on);
    }
  });
  return *this;
}

// A tensor keeps its identity, because an optimizer or a tied layer may hold it, and takes
// over the elements of another. A graph recorded before keeps the old memory.
static void take_elements(TensorImpl& t, const TensorImpl& from) {
  t.storage = from.storage;
  t.base = {};
  t.desc = from.desc;
  t.set_layout(shape_of(from.desc), strides_of(from.desc));
}

void Module::replace_elements(const std::function<Tensor(const Tensor&)>& f) {
  std::set<TensorImpl*> done;
  no_grad guard;
  auto replace = [&](const Tensor& t) {
    if (!t.defined() || !done.insert(t.impl()).second) return;
    Tensor fresh = f(t);
    if (!fresh.is(t)) take_elements(*t.impl(), *fresh.impl());
    if (Tensor g = t.grad(); g.defined()) t.set_grad(f(g));
  };
  apply([&](Module& m) {
    for (const auto* members : {&m.parameters_, &m.buffers_}) {
      for (const Member& member : *members) replace(*member.tensor);
    }
  });
}

Module& Module::to(DType type) {
  if (!is_floating(type)) {
    throw Error("Module::to", std::string("parameters cannot be of type ") + name(type));
  }
  replace_elements(
      [type](const Tensor& t) { return is_floating(t.dtype()) ? t.to(type) : t; });
  return *this;
}

Module& Module::to(const std::string& device) {
  replace_elements([&](const Tensor& t) { return t.to(device); });
  return *this;
}

// ---- hooks ------------------------------------------------------------------------------

size_t Module::register_forward_hook(ForwardHook hook) {
  hooks_.emplace_back(next_hook_, std::move(hook));
  return next_hook_++;
}

void Module::remove_forward_hook(size_t number) {
  std::erase_if(hooks_, [number](const auto& h) { return h.first == number; });
}

// The list is copied: a hook may remove itself.
Tensor Module::run_hooks(const std::vector<Tensor>& inputs, Tensor output) {
  auto hooks = hooks_;
  for (auto& [number, hook] : hooks) {
    Tensor other = hook(*this, inputs, output);
    if (other.defined()) output = other;
  }
  return output;
}

// ---- printing ---------------------------------------------------------------------------

std::string Module::type_name() const { return autograd::plain_name(typeid(*this)); }

std::string indented(const std::string& text) {
  std::string result;
  for (char c : text) result += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return result;
}

std::string Module::to_string() const {
  std::string details = this->details(), text = type_name() + "(";
  if (children_.empty() && details.find('\n') == std::string::npos) {
    return text + details + ")";
  }
  if (!details.empty()) text += "\n  " + indented(details);
  for (const auto& [name, child] : children_) {
    text += "\n  (" + name + "): " + indented(child->to_string());
  }
  return text + "\n)";
}

std::ostream& operator<<(std::ostream& out, const Module& m) {
  return out << m.to_string();
}

}  // namespace hg::nn
