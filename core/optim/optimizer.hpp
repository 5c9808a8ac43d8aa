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
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/tensor.hpp"

struct hg_attr;
struct hg_optimizer;

namespace hg::optim {

/// The value of a hyper-parameter: a number, a flag, or a list such as Adam's betas.
class Hyper {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Hyper(T v) : value_(Scalar(v)) {}
  Hyper(std::initializer_list<double> list) : value_(std::vector<double>(list)) {}
  Hyper(std::vector<double> list) : value_(std::move(list)) {}
  /// As a number; throws if it is a list.
  double number() const;
  const std::vector<double>* list() const {
    return std::get_if<std::vector<double>>(&value_);
  }
  const Scalar* scalar() const { return std::get_if<Scalar>(&value_); }

 private:
  std::variant<Scalar, std::vector<double>> value_;
};

using Options = std::vector<std::pair<std::string, Hyper>>;

/// Parameters that share hyper-parameters. What is not given takes the optimizer's value.
struct Group {
  std::vector<Tensor> params;
  Options options;
};

class Optimizer {
 public:
  /// Throws if there is no such optimizer, a hyper-parameter is unknown or out of range, a
  /// parameter is no leaf that requires a gradient, or stands in two groups.
  Optimizer(const std::string& name, std::vector<Group> groups,
            const Options& defaults = {});

  /// Changes every parameter that has a gradient.
  void step();
  /// For optimizers that evaluate the loss several times a step: `closure` clears the
  /// gradients, computes the loss, calls backward and returns it. Others call it once.
  double step(const std::function<Tensor()>& closure);
  /// Forgets the gradients of all parameters.
  void zero_grad();

  size_t group_count() const { return groups_.size(); }
  const std::vector<Tensor>& params(size_t group = 0) const;
  /// A hyper-parameter of a group, and changing it (schedules change "lr").
  const Hyper& get(const std::string& name, size_t group = 0) const;
  void set(const std::string& name, const Hyper& value, size_t group);
  void set(const std::string& name, const Hyper& value);  // in all groups
  double lr(size_t group = 0) const { return get("lr", group).number(); }

  /// A slot of a parameter's state ("momentum_buffer"); undefined before its first step.
  Tensor state(const Tensor& param, const std::string& slot) const;
  /// Steps taken for this parameter.
  uint64_t steps(const Tensor& param) const;

  /// "SGD (lr 0.1, momentum 0.9, ...)", a line for each group.
  std::string to_string() const;
  const std::string& name() const { return name_; }

 private:
  struct State {
    std::vector<Tensor> slots;  // undefined where `when` switches it off
    uint64_t steps = 0;
  };
  struct ActiveGroup {
    std::vector<Tensor> params;
    std::vector<Hyper> hyper;  // in declared order
  };
  size_t hyper_index(const std::string& name) const;
  void check_value(size_t index, const Hyper& value) const;
  bool slot_on(size_t slot, const ActiveGroup& group) const;
  State& state_of(const Tensor& param, const ActiveGroup& group);
  double step_all(const std::function<Tensor()>* closure);

  std::string name_;
  const hg_optimizer* desc_;
  uint32_t n_hyper_ = 0;
  const hg_attr* const* hyper_ = nullptr;
  std::vector<ActiveGroup> groups_;
  std::map<const TensorImpl*, State> states_;
};

/// An optimizer by name: "sgd", or "vendor.name" from a plugin of that vendor.
Optimizer make(const std::string& name, std::vector<Tensor> params,
               const Options& options = {});
/// With groups: optim::make("sgd", {{w, {{"weight_decay", 3}}}, {b, {}}}, {{"lr", 0.03}}).
Optimizer make(const std::string& name, std::vector<Group> groups,
               const Options& options = {});

}  // namespace hg::optim
