// The recorded graph: one node for each operation whose result needs a gradient.
//
// A node points at the nodes that made its inputs (its edges), so the graph is held by its
// results and dies with them. Its number is one more than the largest among its inputs'
// nodes. Hence every node has a smaller number than all nodes that use its results,
// and walking the numbers downwards meets a node only after all its users: the order in
// which the backward pass needs them, without sorting and without a global counter.
//
// Nodes keep memory (Storage), not tensors: a result that is kept for the backward pass
// would otherwise own the node that owns the result, and neither would ever be freed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg {

// A registered operator (host/registry.hpp), of which the graph knows the name.
struct Operator;
const std::string& grad_name(const Operator& op);  // "AddBackward"
struct Kernel;

/// Where the gradient of an input goes: to output `output` of `node`, or to a leaf, or
/// nowhere (both null).
struct Edge {
  Node* node = nullptr;
  TensorImpl* leaf = nullptr;
  uint32_t output = 0;
  explicit operator bool() const { return node || leaf; }
};

/// Memory that backward will read, and its version when it was kept.
struct Kept {
  Storage* storage = nullptr;
  uint32_t version = 0;
};

/// Functions called with a gradient, in the order they were registered.
struct TensorHooks {
  struct Hook {
    size_t number;
    uint32_t output;  // in a node's list: which output it belongs to
    std::function<Tensor(const Tensor&)> function;
  };
  std::vector<Hook> list;
  size_t next = 0;
};

/// The backward part of an autograd::Function (autograd/function.hpp).
struct CustomBackward {
  virtual ~CustomBackward() = default;
  virtual std::vector<Tensor> backward(const std::vector<Tensor>& dout) = 0;
  virtual void release_saved() = 0;
  virtual std::string name() const = 0;
};

/// What few nodes have.
struct NodeExtra {
  TensorHooks hooks;
  std::vector<std::pair<uint32_t, TensorImpl*>> retained;  // retain_grad(): output, tensor
  std::unique_ptr<CustomBackward> custom;
};

struct Node;

/// Computes the gradients of a node's inputs from `dout`, those of its outputs (null: zero)
/// and adds them to *slot[i] for each input i with a slot.
using BackwardFunction = void (*)(Node& node, Ref<TensorImpl>* dout,
                                  Ref<TensorImpl>* const* slot);

/// One block of memory holds the node and all its arrays.
struct Node {
  RefCount refs;
  uint16_t n_in = 0, n_out = 0, n_saved = 0, n_attr = 0;
  bool released = false;  // what was kept is gone: backward has run
  bool keeps = false;     // something was kept
  uint64_t number = 1;
  BackwardFunction run = nullptr;
  const Operator* op = nullptr;    // null for a custom function
  const Kernel* kernel = nullptr;  // the kernel that ran forward; null for a view
  uint64_t seed = 0;
  std::atomic<void*> pass{nullptr};  // the backward pass whose queue it is in

  hg_tensor* in = nullptr;  // shapes and types; data is null unless kept
  hg_tensor* out = nullptr;
  hg_tensor* saved = nullptr;
  hg_value* attr = nullptr;
  Edge* edge = nullptr;             // n_in of them
  Kept* kept = nullptr;             // n_in + n_out + n_saved
  Ref<TensorImpl>* dout = nullptr;  // n_out: the gradients that have arrived
  NodeExtra* extra = nullptr;
  Node* next_doomed = nullptr;  // see release()
  size_t bytes = 0;             // of the block

  /// A node with room for so many of each. Descriptors are filled in by set_*.
  static Ref<Node> make(std::span<const hg_tensor> in, std::span<const hg_tensor> out,
                        std::span<const hg_tensor> saved, std::span<const hg_value> attr);

  /// Connects input i to what made `t`, if `t` requires a gradient.
  void connect(uint32_t i, TensorImpl* t);
  /// Keeps storage for backward: slot i of inputs, then outputs, then saved.
  void keep(uint32_t slot, Storage* s, const hg_tensor& like);
  /// Throws if something kept was changed in place since, naming the operation.
  void check_versions() const;
  /// Frees what was kept.
  void release_kept() noexcept;

  NodeExtra& more();
  std::string name() const;  // "AddBackward"
};

inline void retain(Node* n) noexcept { n->refs.increment(); }

/// Brings the history of a view up to date: its base may have been changed in place.
void refresh_view(TensorImpl* view);
/// The edge that leads to t's maker (or t itself, a leaf); empty if it needs no gradient.
/// Brings the history of a view up to date first.
Edge edge_of(TensorImpl* t);

/// dst += g, where dst may be empty. Shares g's memory if it can, and adds in place when
/// dst's memory is its own.
void accumulate(Ref<TensorImpl>& dst, Ref<TensorImpl> g);

/// True if nobody else holds this tensor or its memory, so that it may be overwritten.
inline bool is_sole_owner(const TensorImpl* t) {
  return t->refs.unique() && t->storage->refs.unique();
}

/// How a view's history is renewed after its base was changed in place (host/view.cpp).
Ref<Node> renew_view(TensorImpl* view);

}  // namespace hg
