// Module: something with parameters and a forward.
//
//     struct Net : nn::Module {
//       nn::Linear hidden{*this, "hidden", 784, 256};      // registers itself
//       nn::Linear out{*this, "out", 256, 10};
//       Tensor forward(const Tensor& x) override { return out(relu(hidden(x))); }
//     };
//
// A module knows its members because they register as they are made. What is registered is
// the member's address, so modules neither copy nor move.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::nn {

class Module;

/// Names and tensors, in the order of registration: "0.weight", "0.bias", ...
using StateDict = std::vector<std::pair<std::string, Tensor>>;

/// A tensor that belongs to a module and is trained: requires_grad is set.
class Parameter : public Tensor {
 public:
  Parameter(Module& owner, const std::string& name, const Tensor& initial);
  Parameter(const Parameter&) = delete;
  /// Lets the parameter share another tensor (weight tying). An undefined one takes it out.
  Parameter& operator=(const Tensor& t) {
    Tensor::operator=(t);
    return *this;
  }
};

/// A tensor that belongs to a module, is saved with it and moves with it, but is not
/// trained: running statistics, masks.
class Buffer : public Tensor {
 public:
  Buffer(Module& owner, const std::string& name, const Tensor& initial,
         bool persistent = true);
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Tensor& t) {
    Tensor::operator=(t);
    return *this;
  }
};

/// What load_state_dict found out of place.
struct LoadResult {
  std::vector<std::string> missing, unexpected, mismatched;
  bool ok() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
};

class Module {
 public:
  Module() = default;
  /// A module that is a member of another: `nn::Linear fc{*this, "fc", 784, 10}`.
  Module(Module& parent, const std::string& name) { parent.adopt(name, *this); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  /// The computation. Modules with other arguments declare a forward of their own.
  virtual Tensor forward(const Tensor& x);
  Tensor operator()(const Tensor& x) { return forward(x); }

  // ---- what it consists of --------------------------------------------------------------
  /// Trained tensors, its own and its children's; one that is shared is listed once.
  std::vector<Tensor> parameters() const;
  StateDict named_parameters() const;
  std::vector<Tensor> buffers() const;
  StateDict named_buffers() const;
  std::vector<std::pair<std::string, Module*>> named_children() const { return children_; }
  /// This module ("") and all below it, parents first.
  std::vector<std::pair<std::string, Module*>> named_modules();
  int64_t parameter_count() const;

  /// All parameters and persistent buffers, under every name they have; the tensors share
  /// the module's memory and carry no history.
  StateDict state_dict() const;
  /// Copies values in. If `strict`, names or shapes that do not match are an error that
  /// lists them all, and nothing is changed.
  LoadResult load_state_dict(const StateDict& state, bool strict = true);

  // ---- doing something to all of it -----------------------------------------------------
  /// Calls f for every module, children before their parents.
  void apply(const std::function<void(Module&)>& f);
  /// Training behaviour (dropout, batch statistics) on or off, here and below.
  Module& train(bool on = true);
  Module& eval() { return train(false); }
  bool training() const { return training_; }
  /// Forgets all gradients.
  void zero_grad();
  /// requires_grad of all parameters.
  Module& requires_grad_(bool on = true);
  /// Converts floating-point parameters and buffers.
  Module& to(DType type);
  /// Moves parameters and buffers.
  Module& to(const std::string& device);

  // ---- describing it --------------------------------------------------------------------
  /// PyTorch's form: Linear(in_features=784, out_features=10, bias=True), children
  /// indented.
  std::string to_string() const;
  /// The type's name; by default that of the C++ class.
  virtual std::string type_name() const;
  /// What stands in the parentheses.
  virtual std::string details() const { return {}; }

  /// Registers a child under a name; it must outlive this module.
  void adopt(const std::string& name, Module& child);

 private:
  friend class Parameter;
  friend class Buffer;
  struct Member {
    std::string name;
    Tensor* tensor;
    bool persistent;
  };
  void check_name(const std::string& name) const;
  void collect(std::vector<Member> Module::*members, const std::string& prefix,
               bool persistent_only, StateDict& out) const;
  void replace_tensors(const std::function<Tensor(const Tensor&)>& f);

  std::vector<Member> parameters_, buffers_;
  std::vector<std::pair<std::string, Module*>> children_;
  bool training_ = true;
};

std::ostream& operator<<(std::ostream& out, const Module& m);

/// A module on the heap: nn::make<nn::Linear>(784, 10), for Sequential and ModuleList.
template <class M, class... Args>
std::unique_ptr<M> make(Args&&... args) {
  return std::make_unique<M>(std::forward<Args>(args)...);
}

}  // namespace hg::nn
