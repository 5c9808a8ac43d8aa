// Module: something with parameters and a forward.
//
//     struct Net : nn::Module {
//       nn::Linear hidden{*this, "hidden", 784, 256};      // registers itself
//       nn::Linear out{*this, "out", 256, 10};
//       Tensor forward(const Tensor& x) override { return out(relu(hidden(x))); }
//     };
//
// A module knows its members because they register as they are made. What is registered is
// the member's address, so modules neither copy nor move; clone() makes replicas.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
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
  Parameter& operator=(const Parameter& t) { return *this = static_cast<const Tensor&>(t); }
  /// Of a lazy layer: becomes a tensor of this shape with undefined contents, of the same
  /// type, on the same device.
  void materialize(const Shape& shape);
};

/// "Parameter containing:" and the tensor, as PyTorch prints one.
std::ostream& operator<<(std::ostream& out, const Parameter& p);

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
  Buffer& operator=(const Buffer& t) { return *this = static_cast<const Tensor&>(t); }
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
  Tensor operator()(const Tensor& x) {
    return hooks_.empty() ? forward(x) : run_hooks({x}, forward(x));
  }

  // ---- what it consists of --------------------------------------------------------------
  // A lazy layer has no parameters before its first forward; asking for them is an error
  // that names it.

  /// Trained tensors, its own and its children's; one that is shared is listed once.
  std::vector<Tensor> parameters() const;
  /// Those for which `which(name, tensor)` holds: an optimizer's group.
  std::vector<Tensor> parameters(
      const std::function<bool(const std::string&, const Tensor&)>& which) const;
  StateDict named_parameters() const;
  std::vector<Tensor> buffers() const;
  StateDict named_buffers() const;
  std::vector<std::pair<std::string, Module*>> named_children() const { return children_; }
  /// This module ("") and all below it, parents first; a shared one under its first name.
  std::vector<std::pair<std::string, Module*>> named_modules();
  int64_t parameter_count() const;

  /// All parameters and persistent buffers, under every name they have; the tensors share
  /// the module's memory and carry no history.
  StateDict state_dict() const;
  /// Copies values in. If `strict`, names or shapes that do not match are an error that
  /// lists them all, and nothing is changed.
  LoadResult load_state_dict(const StateDict& state, bool strict = true);

  /// A replica: a module of the same making whose parameters and buffers are its own and
  /// hold the same values. What was tied is tied in the replica; hooks stay behind.
  std::unique_ptr<Module> clone() const;
  /// A module of this type and these settings, with any values. Layers and containers have
  /// it; a type of one's own derives from Cloneable, or overrides this in one line:
  ///     return nn::make<Net>(width);
  virtual std::unique_ptr<Module> make_like() const;

  // ---- doing something to all of it -----------------------------------------------------
  /// Calls f for every module once, children before their parents.
  void apply(const std::function<void(Module&)>& f);
  /// Training behaviour (dropout, batch statistics) on or off, here and below.
  Module& train(bool on = true);
  Module& eval() { return train(false); }
  bool training() const { return training_; }
  /// Forgets all gradients.
  void zero_grad();
  /// requires_grad of all parameters.
  Module& requires_grad_(bool on = true);
  /// Converts floating-point parameters and buffers, and gradients with them. The tensors
  /// stay the same objects, so that an optimizer made before goes on with them.
  Module& to(DType type);
  /// Moves parameters, buffers and gradients.
  Module& to(const std::string& device);
  Module& to(const std::string& device, DType type) { return to(device).to(type); }

  // ---- watching it ----------------------------------------------------------------------
  /// Called behind each forward with the module, its inputs and its output; a defined result
  /// replaces the output. Returns a number for remove_forward_hook.
  using ForwardHook =
      std::function<Tensor(Module&, const std::vector<Tensor>&, const Tensor&)>;
  size_t register_forward_hook(ForwardHook hook);
  void remove_forward_hook(size_t number);

  // ---- describing it --------------------------------------------------------------------
  /// PyTorch's form: Linear(in_features=784, out_features=10, bias=True), children
  /// indented.
  virtual std::string to_string() const;
  /// The type's name; by default that of the C++ class.
  virtual std::string type_name() const;
  /// What stands in the parentheses.
  virtual std::string details() const { return {}; }
  /// Multiplications, each with its addition, in one forward between these shapes, without
  /// those of its children: for nn::summary.
  virtual int64_t macs(const Shape& /*input*/, const Shape& /*output*/) const { return 0; }

  /// Registers a child under a name; it must outlive this module.
  void adopt(const std::string& name, Module& child);

  // ---- for lazy layers ------------------------------------------------------------------
  /// Does it still wait for its first input, which fixes the shapes?
  virtual bool pending() const { return false; }
  /// Takes the shapes from a state that is about to be loaded: `own` holds this module's
  /// tensors under their names in it.
  virtual void materialize_like(const StateDict& /*own*/) {}

 protected:
  /// What operator() of a module with several inputs returns:
  ///     return with_hooks({a, b}, forward(a, b));
  Tensor with_hooks(std::initializer_list<Tensor> inputs, Tensor output) {
    return hooks_.empty() ? output : run_hooks(inputs, std::move(output));
  }

 private:
  friend class Parameter;
  friend class Buffer;
  struct Member {
    std::string name;
    Tensor* tensor;
    bool persistent;
  };
  using Visit = std::function<void(const std::string& prefix, const Module& m)>;
  void check_name(const std::string& name) const;
  void walk(const std::string& prefix, const Visit& f) const;
  void check_ready() const;
  StateDict collect(std::vector<Member> Module::*members) const;
  StateDict state() const;
  void replace_elements(const std::function<Tensor(const Tensor&)>& f);
  void copy_members(const Module& from, std::map<TensorImpl*, Tensor>& copies);
  Tensor run_hooks(const std::vector<Tensor>& inputs, Tensor output);

  std::vector<Member> parameters_, buffers_;
  std::vector<std::pair<std::string, Module*>> children_;
  std::vector<std::pair<size_t, ForwardHook>> hooks_;
  size_t next_hook_ = 0;
  bool training_ = true;
};

/// A module that clone() makes with its constructor without arguments:
///     struct Net : nn::Cloneable<Net> { ... };
template <class Self>
class Cloneable : public Module {
 public:
  using Module::Module;
  std::unique_ptr<Module> make_like() const override { return std::make_unique<Self>(); }
};

std::ostream& operator<<(std::ostream& out, const Module& m);
/// The text with each line but the first moved in by two blanks.
std::string indented(const std::string& text);

/// A module on the heap: nn::make<nn::Linear>(784, 10), for Sequential and ModuleList.
template <class M, class... Args>
std::unique_ptr<M> make(Args&&... args) {
  return std::make_unique<M>(std::forward<Args>(args)...);
}

}  // namespace hg::nn
