// Operations of one's own, without a plugin: a forward, a backward, and apply.
//
//     struct MulConstant : autograd::Function<MulConstant> {
//       static Tensor forward(autograd::Context& ctx, const Tensor& x, double c) {
//         ctx.set("c", c);
//         return x * c;
//       }
//       static std::vector<Tensor> backward(autograd::Context& ctx,
//                                           const std::vector<Tensor>& dy) {
//         return {dy[0] * ctx.get<double>("c"), {}};   // one for each argument of forward
//       }
//     };
//     Tensor y = MulConstant::apply(x, 5.0);
//
// forward and backward run without recording, so what happens inside them is the
// function's own business: its derivative is what backward says.
#pragma once

#include <any>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"

namespace hg::autograd {

/// What forward leaves for backward.
class Context {
 public:
  /// Keeps tensors. Reading them back after one was changed in place is an error.
  void save_for_backward(const std::vector<Tensor>& tensors);
  /// The tensors kept, in the same order.
  std::vector<Tensor> saved() const;

  /// Keeps anything else under a name.
  template <class T>
  void set(const std::string& name, T value) {
    data_[name] = std::move(value);
  }
  template <class T>
  const T& get(const std::string& name) const {
    auto found = data_.find(name);
    const T* value = found == data_.end() ? nullptr : std::any_cast<T>(&found->second);
    if (!value) {
      throw Error("Context", found == data_.end()
                                 ? "nothing was set under the name '" + name + "'"
                                 : "'" + name + "' was set with another type");
    }
    return *value;
  }
  /// Does anybody want the gradient of argument i of forward?
  bool needs_input_grad(size_t i) const { return i < needs_.size() && needs_[i]; }

 private:
  template <class F>
  friend class Function;
  friend struct FunctionNode;
  struct Saved {
    Tensor tensor;
    uint32_t version;
  };
  std::vector<Saved> saved_;
  bool released_ = false;
  std::map<std::string, std::any> data_;
  std::vector<bool> needs_;
};

/// The part of a Function that does not depend on its type (function.cpp).
struct FunctionNode : CustomBackward {
  using BackwardOf = std::vector<Tensor> (*)(Context&, const std::vector<Tensor>&);
  Context context;
  BackwardOf function;
  std::string label;

  FunctionNode(BackwardOf f, std::string label) : function(f), label(std::move(label)) {}
  std::vector<Tensor> backward(const std::vector<Tensor>& dout) override;
  void release_saved() override;
  std::string name() const override { return label; }

  /// Records the call: `arguments` has an undefined tensor for each that is none.
  static void record(std::unique_ptr<FunctionNode> self,
                     const std::vector<Tensor>& arguments, std::vector<Tensor>& results);
};

/// The type's own name: "MulConstant".
std::string plain_name(const std::type_info& type);

template <class F>
class Function {
 public:
  /// Runs forward; records it if a tensor among the arguments requires a gradient.
  /// Returns what forward returns: a Tensor, or a std::vector<Tensor>.
  template <class... Args>
  static auto apply(const Args&... args) {
    auto node =
        std::make_unique<FunctionNode>(&F::backward, plain_name(typeid(F)) + "Backward");
    std::vector<Tensor> arguments{as_argument(args)...};
    bool record = false;
    for (const Tensor& t : arguments) {
      bool needs = t.defined() && t.requires_grad();
      node->context.needs_.push_back(needs);
      record |= needs;
    }
    record &= grad_enabled();
    auto run = [&] {
      no_grad guard;
      return F::forward(node->context, args...);
    };
    using Result = decltype(run());
    Result result = run();
    if (!record) return result;
    if constexpr (std::is_same_v<Result, Tensor>) {
      std::vector<Tensor> results{result};
      FunctionNode::record(std::move(node), arguments, results);
      return results[0];
    } else {
      FunctionNode::record(std::move(node), arguments, result);
      return result;
    }
  }

 private:
  template <class T>
  static Tensor as_argument(const T& value) {
    if constexpr (std::is_convertible_v<const T&, const Tensor&>)
      return value;
    else
      return {};
  }
};

}  // namespace hg::autograd
