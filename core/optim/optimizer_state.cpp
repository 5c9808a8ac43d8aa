// Putting an optimizer's state aside, and taking it up again.
//
// Parameters are numbered through all groups. Of parameter 3 there are the numbers
// "3.steps" and "3.shape" and, as soon as it has been stepped, a tensor for each of its
// slots, "3.exp_avg". Of group 0 there are its hyper-parameters, "group.0.lr".
#include "host/registry.hpp"
#include "optim/optimizer.hpp"

namespace hg::optim {
namespace {

std::string describe(const Tensor& t) {
  return t.shape().to_string() + " " + name(t.dtype());
}

}  // namespace

OptimizerState Optimizer::state_dict() const {
  OptimizerState state;
  auto put = [&](const std::string& name, const std::string& text) {
    state.numbers.emplace_back(name, text);
  };
  put("optimizer", desc_->name);
  put("groups", std::to_string(groups_.size()));
  size_t number = 0;
  for (size_t g = 0; g < groups_.size(); ++g) {
    const ActiveGroup& group = groups_[g];
    std::string prefix = "group." + std::to_string(g) + ".";
    put(prefix + "params", std::to_string(group.params.size()));
    for (uint32_t k = 0; k < n_hyper_; ++k) {
      put(prefix + declared(k).name, group.hyper[k].to_string());
    }
    put(prefix + "initial_lr", group.initial_lr ? number_text(*group.initial_lr) : "none");
    for (size_t i = 0; i < group.params.size(); ++i, ++number) {
      const Memory& memory = group.memory[i];
      std::string mine = std::to_string(number) + ".";
      put(mine + "shape", group.params[i].shape().to_string());
      put(mine + "steps", std::to_string(memory.steps));
      for (size_t s = 0; s < memory.slots.size(); ++s) {
        if (!memory.slots[s].defined()) continue;
        state.tensors.emplace_back(mine + desc_->slots[s]->name, memory.slots[s].clone());
      }
    }
  }
  return state;
}

void Optimizer::load_state_dict(const OptimizerState& state) {
  NumberReader numbers(name_, state.numbers);
  std::map<std::string, Tensor> tensors;  // those that nobody has taken yet
  for (const auto& [name, t] : state.tensors) {
    if (!tensors.emplace(name, t).second) numbers.problem("there are two tensors " + name);
  }
  numbers.expect("optimizer", desc_->name);
  numbers.expect("groups", std::to_string(groups_.size()));
  numbers.check();
  std::vector<ActiveGroup> loaded = groups_;
  size_t first = 0;
  for (size_t g = 0; g < loaded.size(); ++g) {
    load_group(numbers, tensors, g, first, loaded[g]);
    first += loaded[g].params.size();
  }
  for (const auto& [name, t] : tensors) {
    numbers.problem("tensor " + name + " is not known here");
  }
  numbers.finish();
  groups_ = std::move(loaded);
}

// `first` is the number of the group's first parameter.
void Optimizer::load_group(NumberReader& numbers, std::map<std::string, Tensor>& tensors,
                           size_t g, size_t first, ActiveGroup& loaded) const {
  std::string prefix = "group." + std::to_string(g) + ".";
  numbers.expect(prefix + "params", std::to_string(loaded.params.size()));
  for (uint32_t k = 0; k < n_hyper_; ++k) {
    auto text = numbers.text(prefix + declared(k).name);
    if (!text) continue;
    try {
      auto value = Hyper::read(declared(k), *text);
      if (!value) throw Error(name_, declared(k).name + (" cannot be '" + *text) + "'");
      loaded.hyper[k] = value->as(declared(k), name_);
    } catch (const Error& e) {
      numbers.problem(prefix.substr(0, prefix.size() - 1) + ": " + e.what());
    }
  }
  try {
    check_rules(loaded.hyper);
  } catch (const Error& e) {
    numbers.problem(prefix.substr(0, prefix.size() - 1) + ": " + e.what());
  }
  if (auto text = numbers.text(prefix + "initial_lr")) {
    double lr;
    if (*text == "none")
      loaded.initial_lr.reset();
    else if (read_number(*text, lr))
      loaded.initial_lr = lr;
    else
      numbers.problem(prefix + "initial_lr is '" + *text + "', not a number");
  }

  for (size_t i = 0; i < loaded.params.size(); ++i) {
    std::string mine = std::to_string(first + i) + ".";
    Memory memory;
    memory.slots.resize(desc_->n_slot);
    int64_t steps = 0;
    numbers.expect(mine + "shape", loaded.params[i].shape().to_string());
    numbers.read(mine + "steps", steps, 0, INT64_MAX);
    memory.steps = uint64_t(steps);
    for (uint32_t s = 0; s < desc_->n_slot; ++s) {
      const hg_slot& slot = *desc_->slots[s];
      auto found = tensors.extract(mine + slot.name);
      if (!found) {
        bool shared_elsewhere = (slot.flags & HG_SLOT_SHARED) && i > 0;
        if (memory.steps > 0 && !slot.when && !shared_elsewhere) {
          numbers.problem("tensor " + mine + slot.name + " is missing");
        }
        continue;
      }
      Tensor t = found.mapped();
      Shape shape = slot_shape(slot, loaded, i);
      DType type = slot_dtype(slot, loaded, i);
      if (!t.defined() || t.shape() != shape || t.dtype() != type) {
        numbers.problem("tensor " + mine + slot.name + " is " +
                        (t.defined() ? describe(t) : "undefined") + " in the state, " +
                        shape.to_string() + " " + hg::name(type) + " here");
        continue;
      }
      memory.slots[s] = t.detach().contiguous().clone();
    }
    loaded.memory[i] = std::move(memory);
  }
}

}  // namespace hg::optim
