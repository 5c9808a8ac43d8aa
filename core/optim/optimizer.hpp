// The face of optimizer plugins.
//
//     auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.1}, {"momentum", 0.9}});
//     sgd.zero_grad();  loss.backward();  sgd.step();
//
// The mathematics of a step is an operator in a plugin (plugins/optim). Here are the things
// that all optimizers share: groups of parameters, each with its hyper-parameters, and
// the state that belongs to each parameter.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handgrad_abi.h"
#include "optim/hyper.hpp"
#include "optim/numbers.hpp"
#include "tensor/tensor.hpp"

namespace hg {
struct Operator;
}

namespace hg::optim {

/// Parameters that share hyper-parameters. What is not given takes the optimizer's value.
struct Group {
  std::vector<Tensor> params;
  Options options;
};

/// What a checkpoint keeps of an optimizer: tensors by name, and numbers as text. They fit
/// a safetensors file, the ones as its tensors, the others as its metadata.
struct OptimizerState {
  std::vector<std::pair<std::string, Tensor>> tensors;  // "0.exp_avg": of parameter 0
  Numbers numbers;                                      // "0.steps", "group.0.lr", ...
};

/// An optimizer is moved, not copied: two would share the state of the same parameters.
class Optimizer {
 public:
  /// Throws if there is no such optimizer, a hyper-parameter is unknown or out of range, a
  /// parameter is no leaf or stands in two groups, or none requires a gradient.
  Optimizer(const std::string& name, std::vector<Group> groups,
            const Options& defaults = {});
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;

  /// Changes every parameter that has a gradient.
  void step();
  /// For optimizers that evaluate the loss several times a step: `closure` clears the
  /// gradients, computes the loss, calls backward and returns it. Others call it once.
  /// Returns the loss at the first call, before anything is changed.
  double step(const std::function<Tensor()>& closure);
  /// Forgets the gradients of all parameters.
  void zero_grad();

  /// One more group, as when frozen layers are thawed.
  void add_group(Group group);
  size_t group_count() const { return groups_.size(); }
  const std::vector<Tensor>& params(size_t group = 0) const;
  /// A hyper-parameter of a group, and changing it (schedules change "lr").
  const Hyper& get(const std::string& name, size_t group = 0) const;
  void set(const std::string& name, const Hyper& value, size_t group);
  void set(const std::string& name, const Hyper& value);  // in all groups
  bool has(const std::string& name) const;
  double lr(size_t group = 0) const { return get("lr", group).number(); }
  /// The learning rate that a schedule starts from: the one the group had when the first
  /// schedule was made. Kept with the state.
  double initial_lr(size_t group = 0);
  void set_initial_lr(double lr, size_t group = 0);

  /// A slot of a parameter's state ("momentum_buffer"); undefined before its first step.
  Tensor state(const Tensor& param, const std::string& slot) const;
  /// Steps taken for this parameter.
  uint64_t steps(const Tensor& param) const;

  /// Everything but the parameters that going on later takes, as copies: what is kept stays
  /// as it is while the training goes on.
  OptimizerState state_dict() const;
  /// Goes on from there, bit for bit. Throws, and changes nothing, if the state is of
  /// another optimizer, of other parameters, or damaged; the message says what differs.
  void load_state_dict(const OptimizerState& state);

  /// "optim.sgd (lr 0.1, momentum 0.9, ...)", a line for each group.
  std::string to_string() const;
  const std::string& name() const { return name_; }

 private:
  // What is remembered of one parameter.
  struct Memory {
    std::vector<Tensor> slots;  // undefined where `when` switches it off
    uint64_t steps = 0;
  };
  struct ActiveGroup {
    std::vector<Tensor> params;
    std::vector<Memory> memory;  // of each parameter
    std::vector<Hyper> hyper;    // in declared order
    std::optional<double> initial_lr;
  };
  const hg_attr& declared(size_t k) const { return *hyper_[k]; }
  size_t hyper_index(const std::string& name) const;
  void override_with(const Options& options, std::vector<Hyper>& hyper) const;
  void check_rules(const std::vector<Hyper>& hyper) const;
  ActiveGroup& group(size_t g);
  std::pair<const ActiveGroup*, size_t> find(const Tensor& param) const;

  bool slot_on(const hg_slot& slot, const std::vector<Hyper>& hyper) const;
  Shape slot_shape(const hg_slot& slot, const ActiveGroup& group, size_t param) const;
  DType slot_dtype(const hg_slot& slot, const ActiveGroup& group, size_t param) const;
  void prepare(ActiveGroup& group, size_t param);
  const Operator& update();
  double step_all(const std::function<Tensor()>* closure);
  void load_group(NumberReader& numbers, std::map<std::string, Tensor>& tensors, size_t g,
                  size_t first, ActiveGroup& loaded) const;

  std::string name_;
  const hg_optimizer* desc_;
  const Operator* update_ = nullptr;
  uint32_t n_hyper_ = 0;
  const hg_attr* const* hyper_ = nullptr;
  std::vector<Hyper> defaults_;
  std::vector<ActiveGroup> groups_;
  // What a step passes on, kept so that the next one finds the memory.
  std::vector<const Tensor*> inputs_;
  std::vector<hg_value> values_;
};

/// An optimizer by name: "sgd", or "vendor.name" from a plugin of that vendor.
Optimizer make(const std::string& name, std::vector<Tensor> params,
               const Options& options = {});
/// With groups: make("sgd", {{{w}, {{"weight_decay", 3}}}, {{b}, {}}}, {{"lr", 0.1}}).
Optimizer make(const std::string& name, std::vector<Group> groups,
               const Options& options = {});

}  // namespace hg::optim
