#include "optim/optimizer.hpp"

#include <algorithm>
#include <set>

#include "autograd/grad_mode.hpp"
#include "host/dispatch.hpp"
#include "host/frame.hpp"
#include "optim/values.hpp"
#include "tensor/create.hpp"

namespace hg::optim {
namespace {

std::string known_optimizers() {
  std::string known;
  for (const OptimizerEntry& e : Registry::get().optimizers()) {
    std::string name = e.desc->name;
    if (name.starts_with("optim.")) name.erase(0, 6);
    known += (known.empty() ? "" : ", ") + name;
  }
  return known.empty() ? "no optimizer plugin is loaded" : "there are: " + known;
}

}  // namespace

// ---- making one -------------------------------------------------------------------------

Optimizer::Optimizer(const std::string& name, std::vector<Group> groups,
                     const Options& defaults)
    : name_(name), desc_(Registry::get().find_optimizer(name)) {
  if (!desc_) {
    throw Error("optim::make", "there is no optimizer '" + name + "'", known_optimizers());
  }
  n_hyper_ = desc_->n_hyper;
  hyper_ = desc_->hyper;
  if (desc_->update_op && n_hyper_ == 0) {
    n_hyper_ = update().def->n_attr;
    hyper_ = update().def->attrs;
  }
  for (uint32_t k = 0; k < n_hyper_; ++k) defaults_.emplace_back(declared(k));
  override_with(defaults, defaults_);
  size_t count = 0;
  bool trained = false;
  for (Group& g : groups) {
    count += g.params.size();
    for (const Tensor& p : g.params) trained |= p.defined() && p.requires_grad();
    add_group(std::move(g));
  }
  if (count == 0) throw Error(name_, "there are no parameters to optimize");
  if (!trained) {
    throw Error(name_, "no parameter requires a gradient, so none would ever change",
                "call requires_grad_() on them");
  }
}

void Optimizer::add_group(Group added) {
  if (desc_->step_all && !groups_.empty()) {
    throw Error(name_, "it steps all parameters together and takes a single group");
  }
  std::set<const TensorImpl*> seen;
  for (const ActiveGroup& g : groups_) {
    for (const Tensor& p : g.params) seen.insert(p.impl());
  }
  for (size_t i = 0; i < added.params.size(); ++i) {
    const Tensor& p = added.params[i];
    std::string which = "parameter " + std::to_string(i);
    if (!p.defined()) throw Error(name_, which + " is an undefined tensor");
    which += " " + p.shape().to_string();
    if (!p.is_leaf()) {
      throw Error(name_, which + " is no leaf: it was computed by " + p.grad_fn(),
                  "optimize what it was computed from, or its detach().requires_grad_()");
    }
    if (!is_floating(p.dtype())) {
      throw Error(name_, which + " is " + hg::name(p.dtype()) +
                             "; only floating-point tensors can be optimized");
    }
    if (!seen.insert(p.impl()).second) {
      throw Error(name_, which + " is given twice; a step would change it twice");
    }
  }
  ActiveGroup g;
  g.hyper = defaults_;
  override_with(added.options, g.hyper);
  check_rules(g.hyper);
  g.params = std::move(added.params);
  g.memory.resize(g.params.size());
  groups_.push_back(std::move(g));
}

size_t Optimizer::hyper_index(const std::string& key) const {
  std::string known;
  for (uint32_t k = 0; k < n_hyper_; ++k) {
    if (key == declared(k).name) return k;
    known += (k ? ", " : "") + std::string(declared(k).name);
  }
  throw Error(name_, "there is no hyper-parameter '" + key + "'", "it has " + known);
}

bool Optimizer::has(const std::string& key) const {
  return std::any_of(hyper_, hyper_ + n_hyper_,
                     [&](const hg_attr* a) { return key == a->name; });
}

void Optimizer::override_with(const Options& options, std::vector<Hyper>& hyper) const {
  for (const auto& [key, value] : options) {
    size_t k = hyper_index(key);
    hyper[k] = value.as(declared(k), name_);
  }
}

// Rules that bounds cannot express (Adam's betas stay below 1, Nesterov needs a momentum)
// are in the update operator's infer. It is asked here, with a parameter of no elements, so
// that a mistake shows when the optimizer is made and not at its first step.
void Optimizer::check_rules(const std::vector<Hyper>& hyper) const {
  if (!desc_->update_op) return;
  Tensor none = empty({0});
  std::vector<hg_tensor> in(2, none.desc());
  in.resize(2 + desc_->n_slot);
  for (uint32_t i = 0; i < desc_->n_slot; ++i) in[2 + i].ndim = -1;
  std::vector<hg_value> values = values_of(hyper);
  Frame frame(*update_);
  frame.call.n_in = uint32_t(in.size());
  frame.call.in = in.data();
  frame.call.n_attr = n_hyper_;
  frame.call.attr = values.data();
  frame.invoke(update_->def->infer, update_->def, HG_INFER);
}

// ---- its memory -------------------------------------------------------------------------

bool Optimizer::slot_on(const hg_slot& slot, const std::vector<Hyper>& hyper) const {
  if (!slot.when) return true;
  const Hyper& switched = hyper[hyper_index(slot.when)];
  return switched.given() && switched.number() != 0;
}

DType Optimizer::slot_dtype(const hg_slot& slot, const ActiveGroup& group,
                            size_t param) const {
  if (slot.dtype) return dtype_from_name(slot.dtype);
  return group.params[slot.flags & HG_SLOT_SHARED ? 0 : param].dtype();
}

Shape Optimizer::slot_shape(const hg_slot& slot, const ActiveGroup& group,
                            size_t param) const {
  Shape shape;
  if (slot.flags & HG_SLOT_SCALAR) {
    // one number
  } else if (slot.flags & HG_SLOT_SHARED) {
    int64_t total = 0;
    for (const Tensor& p : group.params) total += p.numel();
    shape.push_back(total);
  } else {
    shape = group.params[param].shape();
  }
  if (slot.rows) {
    shape.insert(0, int64_t(group.hyper[hyper_index(slot.rows)].number()));
  }
  return shape;
}

// Makes the slots that are wanted and not there yet.
void Optimizer::prepare(ActiveGroup& group, size_t param) {
  Memory& memory = group.memory[param];
  memory.slots.resize(desc_->n_slot);
  for (uint32_t i = 0; i < desc_->n_slot; ++i) {
    const hg_slot& slot = *desc_->slots[i];
    if (memory.slots[i].defined() || !slot_on(slot, group.hyper)) continue;
    if ((slot.flags & HG_SLOT_SHARED) && param > 0) continue;
    memory.slots[i] =
        full(slot_shape(slot, group, param), slot.initial, slot_dtype(slot, group, param));
  }
}

// ---- a step -----------------------------------------------------------------------------

const Operator& Optimizer::update() {
  if (!update_ || !update_->active) update_ = &Registry::get().at(desc_->update_op);
  return *update_;
}

void Optimizer::step() {
  if (desc_->step_all) {
    step_all(nullptr);
    return;
  }
  no_grad guard;
  for (ActiveGroup& group : groups_) {
    set_values(group.hyper, values_);
    for (size_t i = 0; i < group.params.size(); ++i) {
      Tensor gradient = group.params[i].grad();
      if (!gradient.defined()) continue;
      prepare(group, i);
      Memory& memory = group.memory[i];
      inputs_.assign({&group.params[i], &gradient});
      for (const Tensor& slot : memory.slots) inputs_.push_back(&slot);
      run_step(update(), inputs_, values_, memory.steps + 1);
      ++memory.steps;
    }
  }
}

double Optimizer::step(const std::function<Tensor()>& closure) {
  if (desc_->step_all) return step_all(&closure);
  double loss;
  {
    enable_grad recording;
    loss = closure().item();
  }
  step();
  return loss;
}

void Optimizer::zero_grad() {
  for (ActiveGroup& group : groups_) {
    for (const Tensor& p : group.params) p.zero_grad();
  }
}

// ---- looking at it, changing it ---------------------------------------------------------

Optimizer::ActiveGroup& Optimizer::group(size_t g) {
  params(g);
  return groups_[g];
}

const std::vector<Tensor>& Optimizer::params(size_t g) const {
  if (g >= groups_.size()) {
    throw Error(name_, "there is no group " + std::to_string(g) + " among " +
                           std::to_string(groups_.size()));
  }
  return groups_[g].params;
}

const Hyper& Optimizer::get(const std::string& key, size_t g) const {
  params(g);
  return groups_[g].hyper[hyper_index(key)];
}

void Optimizer::set(const std::string& key, const Hyper& value, size_t g) {
  ActiveGroup& changed = group(g);
  std::vector<Hyper> hyper = changed.hyper;
  override_with({{key, value}}, hyper);
  check_rules(hyper);
  for (uint32_t i = 0; i < desc_->n_slot; ++i) {
    const char* rows = desc_->slots[i]->rows;
    bool made = !changed.memory.empty() && changed.memory[0].steps > 0;
    if (rows && key == rows && made) {
      throw Error(name_, key + " is the size of its memory, which has begun to fill",
                  "make a new optimizer");
    }
  }
  changed.hyper = std::move(hyper);
}

void Optimizer::set(const std::string& key, const Hyper& value) {
  for (size_t g = 0; g < groups_.size(); ++g) set(key, value, g);
}

double Optimizer::initial_lr(size_t g) {
  ActiveGroup& asked = group(g);
  if (!asked.initial_lr) asked.initial_lr = lr(g);
  return *asked.initial_lr;
}

void Optimizer::set_initial_lr(double lr, size_t g) { group(g).initial_lr = lr; }

std::pair<const Optimizer::ActiveGroup*, size_t> Optimizer::find(const Tensor& p) const {
  for (const ActiveGroup& group : groups_) {
    for (size_t i = 0; i < group.params.size(); ++i) {
      if (group.params[i].impl() == p.impl()) return {&group, i};
    }
  }
  throw Error(name_, "the tensor is none of its parameters");
}

Tensor Optimizer::state(const Tensor& param, const std::string& slot) const {
  auto [group, i] = find(param);
  for (uint32_t s = 0; s < desc_->n_slot; ++s) {
    if (slot != desc_->slots[s]->name) continue;
    const std::vector<Tensor>& slots = group->memory[i].slots;
    return s < slots.size() ? slots[s] : Tensor();
  }
  throw Error(name_, "there is no state called '" + slot + "'");
}

uint64_t Optimizer::steps(const Tensor& param) const {
  auto [group, i] = find(param);
  return group->memory[i].steps;
}

std::string Optimizer::to_string() const {
  std::string text;
  for (const ActiveGroup& group : groups_) {
    text += (text.empty() ? "" : "\n") + std::string(desc_->name) + " (";
    for (uint32_t k = 0; k < n_hyper_; ++k) {
      text += (k ? ", " : "") + std::string(declared(k).name) + " " +
              group.hyper[k].to_string();
    }
    text += ")";
  }
  return text;
}

Optimizer make(const std::string& name, std::vector<Tensor> params,
               const Options& options) {
  std::vector<Group> groups;
  groups.push_back({std::move(params), {}});
  return Optimizer(name, std::move(groups), options);
}

Optimizer make(const std::string& name, std::vector<Group> groups, const Options& options) {
  return Optimizer(name, std::move(groups), options);
}

}  // namespace hg::optim
