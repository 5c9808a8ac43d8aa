#include "optim/optimizer.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "autograd/grad_mode.hpp"
#include "host/dispatch.hpp"
#include "host/frame.hpp"

namespace hg::optim {
namespace {

double as_number(const hg_value& v) { return v.kind == HG_FLOAT ? v.u.f : double(v.u.i); }

Hyper from_default(const hg_attr& a) {
  const hg_value& v = a.dflt;
  switch (v.kind) {
    case HG_BOOL: return Hyper(v.u.i != 0);
    case HG_INT: return Hyper(v.u.i);
    case HG_FLOATS: return Hyper(std::vector<double>(v.u.fv, v.u.fv + v.count));
    default: return Hyper(v.u.f);
  }
}

// A hyper-parameter as the attribute of the update operator.
Value to_value(const hg_attr& a, const Hyper& h) {
  if (const auto* list = h.list()) return Value(std::span<const double>(*list));
  double x = h.number();
  if (a.kind == HG_BOOL) return Value(x != 0);
  if (a.kind == HG_INT) return Value(int64_t(x));
  return Value(x);
}

std::string print(const Hyper& h) {
  std::ostringstream out;
  if (const auto* list = h.list()) {
    for (size_t i = 0; i < list->size(); ++i) out << (i ? ", " : "(") << (*list)[i];
    out << ")";
  } else if (h.scalar()->kind() == 0) {
    out << (h.number() != 0 ? "true" : "false");
  } else {
    out << h.number();
  }
  return out.str();
}

}  // namespace

double Hyper::number() const {
  if (const Scalar* s = scalar()) return s->to_double();
  throw Error("optimizer", "a list was given where one number is needed");
}

Optimizer::Optimizer(const std::string& name, std::vector<Group> groups,
                     const Options& defaults)
    : name_(name), desc_(Registry::get().find_optimizer(name)) {
  if (!desc_) {
    std::string known;
    for (const OptimizerEntry& e : Registry::get().optimizers()) {
      known += (known.empty() ? "" : ", ") + std::string(e.desc->name);
    }
    throw Error("optim::make", "there is no optimizer '" + name + "'",
                known.empty() ? "no optimizer plugin is loaded" : "there are: " + known);
  }
  n_hyper_ = desc_->n_hyper;
  hyper_ = desc_->hyper;
  if (desc_->update_op && n_hyper_ == 0) {
    const hg_op& update = *Registry::get().at(desc_->update_op).def;
    n_hyper_ = update.n_attr;
    hyper_ = update.attrs;
  }
  std::vector<Hyper> base;
  for (uint32_t k = 0; k < n_hyper_; ++k) base.push_back(from_default(*hyper_[k]));
  auto override_with = [&](std::vector<Hyper>& hyper, const Options& options) {
    for (const auto& [key, value] : options) {
      size_t k = hyper_index(key);
      check_value(k, value);
      hyper[k] = value;
    }
  };
  override_with(base, defaults);
  std::set<TensorImpl*> seen;
  for (Group& g : groups) {
    for (const Tensor& p : g.params) {
      if (!p.defined() || !p.is_leaf() || !p.requires_grad()) {
        throw Error(name_, "a parameter must be a leaf that requires a gradient",
                    "call requires_grad_() on it, or pass net.parameters()");
      }
      if (!seen.insert(p.impl()).second) {
        throw Error(name_, "a parameter " + p.shape().to_string() + " is given twice");
      }
    }
    groups_.push_back({std::move(g.params), base});
    override_with(groups_.back().hyper, g.options);
  }
  if (seen.empty()) throw Error(name_, "there are no parameters to optimize");
}

size_t Optimizer::hyper_index(const std::string& key) const {
  std::string known;
  for (uint32_t k = 0; k < n_hyper_; ++k) {
    if (key == hyper_[k]->name) return k;
    known += (k ? ", " : "") + std::string(hyper_[k]->name);
  }
  throw Error(name_, "there is no hyper-parameter '" + key + "'", "it has " + known);
}

void Optimizer::check_value(size_t index, const Hyper& value) const {
  const hg_attr& a = *hyper_[index];
  bool is_list = value.list() != nullptr;
  if (is_list != (a.kind == HG_FLOATS)) {
    throw Error(name_, std::string(a.name) + (is_list ? " is one number, not a list"
                                                      : " is a list of numbers"));
  }
  auto check = [&](double x) {
    bool low = a.lo.kind != HG_NONE && !(x >= as_number(a.lo));
    bool high = a.hi.kind != HG_NONE && !(x <= as_number(a.hi));
    if (!low && !high) return;
    std::ostringstream text;
    text << a.name << " is " << x << "; it must be " << (low ? "at least " : "at most ")
         << as_number(low ? a.lo : a.hi);
    throw Error(name_, text.str());
  };
  if (is_list)
    for (double x : *value.list()) check(x);
  else
    check(value.number());
}

bool Optimizer::slot_on(size_t slot, const ActiveGroup& group) const {
  const char* when = desc_->slots[slot]->when;
  return !when || group.hyper[hyper_index(when)].number() != 0;
}

Optimizer::State& Optimizer::state_of(const Tensor& param, const ActiveGroup& group) {
  State& state = states_[param.impl()];
  state.slots.resize(desc_->n_slot);
  for (uint32_t i = 0; i < desc_->n_slot; ++i) {
    if (state.slots[i].defined() || !slot_on(i, group)) continue;
    const hg_slot& slot = *desc_->slots[i];
    DType type = slot.dtype ? dtype_from_name(slot.dtype) : param.dtype();
    Shape shape = slot.flags & HG_SLOT_SCALAR ? Shape{} : param.shape();
    state.slots[i] = full(shape, slot.initial, type);
  }
  return state;
}

void Optimizer::step() {
  if (desc_->step_all) {
    step_all(nullptr);
    return;
  }
  no_grad guard;
  const Operator& update = Registry::get().at(desc_->update_op);
  for (ActiveGroup& group : groups_) {
    std::vector<Value> values;
    for (uint32_t k = 0; k < n_hyper_; ++k) {
      values.push_back(to_value(*hyper_[k], group.hyper[k]));
    }
    for (const Tensor& p : group.params) {
      Tensor g = p.grad();
      if (!g.defined()) continue;
      State& state = state_of(p, group);
      std::vector<const Tensor*> inputs{&p, &g};
      for (size_t i = 0; i < state.slots.size(); ++i) inputs.push_back(&state.slots[i]);
      run_step(update, inputs, as_span(values), state.steps + 1);
      ++state.steps;
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

// One call for all parameters together: in[] the parameters, dout[] their gradients,
// saved[] the slots. The loss is evaluated through host->closure.
double Optimizer::step_all(const std::function<Tensor()>* closure) {
  if (groups_.size() != 1) {
    throw Error(name_, "it works on all parameters at once and takes a single group, not " +
                           std::to_string(groups_.size()));
  }
  ActiveGroup& group = groups_[0];
  Operator self;  // the frame wants to know whose call it is
  self.name = desc_->name;
  for (const OptimizerEntry& e : Registry::get().optimizers()) {
    if (e.desc == desc_) self.origin = e.origin;
  }
  struct Evaluation {
    const std::function<Tensor()>* closure;
    const std::vector<Tensor>* params;
    std::vector<hg_tensor> gradients;
    std::vector<Tensor> held;
    double loss = 0;

    void read_gradients() {
      held.clear();
      for (size_t i = 0; i < params->size(); ++i) {
        const Tensor& p = (*params)[i];
        Tensor g = p.grad();
        held.push_back(g.defined() ? g.contiguous() : zeros_like(p));
        gradients[i] = held.back().desc();
      }
    }
  } evaluation{closure, &group.params, std::vector<hg_tensor>(group.params.size()), {}, 0};

  no_grad guard;
  std::vector<hg_tensor> in, saved;
  std::vector<Value> values;
  uint64_t steps = 0;
  for (const Tensor& p : group.params) {
    if (!p.is_contiguous()) throw Error(name_, "a parameter is not contiguous");
    State& state = state_of(p, group);
    steps = ++state.steps;
    in.push_back(p.desc());
    for (const Tensor& slot : state.slots) {
      saved.push_back(slot.defined() ? slot.desc() : hg_tensor{});
      if (!slot.defined()) saved.back().ndim = -1;
    }
  }
  for (uint32_t k = 0; k < n_hyper_; ++k) {
    values.push_back(to_value(*hyper_[k], group.hyper[k]));
  }
  evaluation.read_gradients();

  Frame frame(self);
  if (closure) {
    frame.closure_user = &evaluation;
    frame.closure = [](void* user) {
      auto* e = static_cast<Evaluation*>(user);
      enable_grad recording;
      e->loss = (*e->closure)().item();
      e->read_gradients();
      return e->loss;
    };
  }
  frame.call.n_in = uint32_t(in.size());
  frame.call.in = in.data();
  frame.call.dout = evaluation.gradients.data();
  frame.call.n_saved = uint32_t(saved.size());
  frame.call.saved = saved.data();
  frame.call.n_attr = n_hyper_;
  frame.call.attr = as_span(values).data();
  frame.call.step = steps;
  frame.invoke(desc_->step_all, desc_, HG_STEP);
  for (const Tensor& p : group.params) p.impl()->storage->version.fetch_add(1);
  return evaluation.loss;
}

void Optimizer::zero_grad() {
  for (ActiveGroup& group : groups_) {
    for (const Tensor& p : group.params) p.zero_grad();
  }
}

const std::vector<Tensor>& Optimizer::params(size_t group) const {
  if (group >= groups_.size()) {
    throw Error(name_, "there is no group " + std::to_string(group) + " among " +
                           std::to_string(groups_.size()));
  }
  return groups_[group].params;
}

const Hyper& Optimizer::get(const std::string& key, size_t group) const {
  params(group);
  return groups_[group].hyper[hyper_index(key)];
}

void Optimizer::set(const std::string& key, const Hyper& value, size_t group) {
  params(group);
  size_t k = hyper_index(key);
  check_value(k, value);
  groups_[group].hyper[k] = value;
}

void Optimizer::set(const std::string& key, const Hyper& value) {
  for (size_t g = 0; g < groups_.size(); ++g) set(key, value, g);
}

Tensor Optimizer::state(const Tensor& param, const std::string& slot) const {
  for (uint32_t i = 0; i < desc_->n_slot; ++i) {
    if (slot != desc_->slots[i]->name) continue;
    auto found = states_.find(param.impl());
    return found == states_.end() ? Tensor() : found->second.slots[i];
  }
  throw Error(name_, "there is no state called '" + slot + "'");
}

uint64_t Optimizer::steps(const Tensor& param) const {
  auto found = states_.find(param.impl());
  return found == states_.end() ? 0 : found->second.steps;
}

std::string Optimizer::to_string() const {
  std::string text;
  for (size_t g = 0; g < groups_.size(); ++g) {
    text += (g ? "\n" : "") + std::string(desc_->name) + " (";
    for (uint32_t k = 0; k < n_hyper_; ++k) {
      text +=
          (k ? ", " : "") + std::string(hyper_[k]->name) + " " + print(groups_[g].hyper[k]);
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
