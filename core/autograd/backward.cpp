// The backward pass: from the loss down to the leaves.
//
// L depends on a value v through every operation that uses v, and the chain rule adds up
// the paths:
//
//     dL/dv = sum over uses u of  dL/d(result of u) * d(result of u)/dv
//
// So a node can run once all its users have run and left their terms in node->dout. Users
// have larger numbers (see node.hpp): a heap that always yields the largest number is
// the whole schedule. There is no recursion, so depth costs no stack.
#include "autograd/backward.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "autograd/grad_mode.hpp"
#include "autograd/observe.hpp"

namespace hg {
namespace {

// The gradient of a leaf, collected during one pass. It is complete only when the pass is
// over, since a leaf's number would be 0.
struct LeafGrad {
  Ref<TensorImpl> leaf, grad;
};

// A gradient that grad() asks for, of output `output` of `node`.
struct Capture {
  Node* node;
  uint32_t output;
  Ref<TensorImpl> grad;
};

class Pass {
 public:
  explicit Pass(bool retain_graph) : retain_(retain_graph) {}
  ~Pass() {  // after an error too: leave no half-made gradients in the graph
    for (Node* node : queue_) {
      drop_gradients(*node);
      release(node);
    }
  }

  void seed(TensorImpl* root, Ref<TensorImpl> gradient) {
    Edge edge = edge_of(root);
    if (edge.node) enqueue(edge.node);
    accumulate(*slot(edge), std::move(gradient));
  }

  void run() {
    while (!queue_.empty()) {
      std::pop_heap(queue_.begin(), queue_.end(), by_number);
      Ref<Node> node = Ref<Node>::adopt(queue_.back());
      queue_.pop_back();
      try {
        step(*node);
      } catch (...) {
        drop_gradients(*node);
        throw;
      }
      drop_gradients(*node);
      if (!retain_) node->release_kept();
    }
  }

  std::deque<LeafGrad>& leaves() { return leaves_; }
  std::vector<Capture>& captures() { return captures_; }
  LeafGrad* find_leaf(TensorImpl* leaf) {
    auto found = leaf_of_.find(leaf);
    return found == leaf_of_.end() ? nullptr : found->second;
  }

 private:
  static bool by_number(const Node* a, const Node* b) { return a->number < b->number; }

  void enqueue(Node* node) {
    void* owner = node->pass.load(std::memory_order_relaxed);
    if (owner == this) return;
    if (owner || !take(*node)) {
      throw Error("backward", "another thread is walking this graph at " + node->name(),
                  "let one thread call backward() on a graph, or build one graph a thread");
    }
    retain(node);
    queue_.push_back(node);
    std::push_heap(queue_.begin(), queue_.end(), by_number);
  }

  // A node that was nobody's is this pass's, unless another thread is quicker. As with
  // RefCount, a process with one thread does without the locked instruction.
  bool take(Node& node) {
    void* nobody = nullptr;
    if (!__libc_single_threaded)
      return node.pass.compare_exchange_strong(nobody, this, std::memory_order_relaxed);
    node.pass.store(this, std::memory_order_relaxed);
    return true;
  }

  static void drop_gradients(Node& node) noexcept {
    for (int i = 0; i < node.n_out; ++i) node.dout[i] = nullptr;
    node.pass.store(nullptr, std::memory_order_relaxed);
  }

  // Where the gradient that follows `edge` is collected.
  Ref<TensorImpl>* slot(const Edge& edge) {
    if (edge.node) return &edge.node->dout[edge.output];
    if (edge.leaf == last_leaf_) return &last_slot_->grad;
    LeafGrad*& entry = leaf_of_[edge.leaf];
    if (!entry) {
      leaves_.push_back({Ref<TensorImpl>::share(edge.leaf), {}});
      entry = &leaves_.back();
    }
    last_leaf_ = edge.leaf;
    last_slot_ = entry;
    return &entry->grad;
  }

  void step(Node& node) {
    node.check_versions();
    if (node.extra) look_at_gradients(node);
    for (Capture& c : captures_) {
      if (c.node == &node) c.grad = node.dout[c.output];
    }
    slots_.resize(node.n_in);
    for (int i = 0; i < node.n_in; ++i) {
      slots_[size_t(i)] = node.edge[i] ? slot(node.edge[i]) : nullptr;
    }
    if (is_observed()) [[unlikely]] {
      run_observed(node);
    } else {
      node.run(node, node.dout, slots_.data());
    }
    for (int i = 0; i < node.n_in; ++i) {
      Node* next = node.edge[i].node;
      if (next && next->dout[node.edge[i].output]) enqueue(next);
    }
  }

  void run_observed(Node& node) {
    std::vector<hg_tensor> dout, din;
    std::vector<Ref<TensorImpl>> held;  // node.run may let go of them
    for (int i = 0; i < node.n_out; ++i) {
      held.push_back(node.dout[i]);
      dout.push_back(describe(node.dout[i]));
    }
    const std::string name = node.name();
    Event event{.name = name, .op = node.op, .phase = HG_BACKWARD};
    event.in = {node.in, node.n_in};
    event.out = {node.out, node.n_out};
    event.saved = {node.saved, node.n_saved};
    event.dout = dout;
    event.attributes = {node.attr, node.n_attr};
    Announcement announced(event);
    node.run(node, node.dout, slots_.data());
    for (Ref<TensorImpl>* slot : slots_) {
      din.push_back(describe(slot ? *slot : Ref<TensorImpl>()));
    }
    event.din = din;
    announced.done();
  }

  static hg_tensor describe(const Ref<TensorImpl>& t) {
    if (t) return t->desc;
    hg_tensor none{};
    none.ndim = -1;
    return none;
  }

  // Hooks and retain_grad of tensors that are not leaves: their gradient is complete now.
  static void look_at_gradients(Node& node) {
    for (auto& hook : node.extra->hooks.list) {
      Ref<TensorImpl>& g = node.dout[hook.output];
      if (!g) continue;
      Tensor changed = hook.function(Tensor(g));
      if (changed.defined()) g = Ref<TensorImpl>::share(changed.impl());
    }
    for (auto& [output, tensor] : node.extra->retained) {
      if (node.dout[output]) tensor->grad = node.dout[output];
    }
  }

  bool retain_;
  std::vector<Node*> queue_;  // a heap; owned
  std::vector<Ref<TensorImpl>*> slots_;
  std::deque<LeafGrad> leaves_;
  std::unordered_map<TensorImpl*, LeafGrad*> leaf_of_;
  TensorImpl* last_leaf_ = nullptr;
  LeafGrad* last_slot_ = nullptr;
  std::vector<Capture> captures_;
};

void check_root(const char* caller, const Tensor& root, size_t i) {
  if (!root.defined()) throw Error(caller, "root " + std::to_string(i) + " is undefined");
  if (!edge_of(root.impl())) {
    throw Error(caller,
                "the tensor " + root.shape().to_string() +
                    " does not require a gradient: no input of it has requires_grad",
                "call requires_grad_() on the parameters before computing with them");
  }
}

Tensor seed_gradient(const char* caller, const Tensor& root, const Tensor& gradient) {
  if (!gradient.defined()) {
    if (root.numel() != 1) {
      throw Error(caller,
                  "a gradient can be created only for one number, and this is " +
                      root.shape().to_string(),
                  "reduce it to a scalar loss, or pass the gradient to start from");
    }
    return ones(root.shape(), root.dtype());
  }
  if (gradient.shape() != root.shape()) {
    throw Error(caller, "the gradient is " + gradient.shape().to_string() +
                            ", the tensor " + root.shape().to_string());
  }
  return gradient.detach().to(root.dtype());
}

void seed_all(Pass& pass, const char* caller, const std::vector<Tensor>& roots,
              const std::vector<Tensor>& gradients) {
  if (!gradients.empty() && gradients.size() != roots.size()) {
    throw Error(caller, std::to_string(gradients.size()) + " gradients for " +
                            std::to_string(roots.size()) + " roots");
  }
  for (size_t i = 0; i < roots.size(); ++i) check_root(caller, roots[i], i);
  for (size_t i = 0; i < roots.size(); ++i) {
    Tensor g = seed_gradient(caller, roots[i], gradients.empty() ? Tensor() : gradients[i]);
    pass.seed(roots[i].impl(), Ref<TensorImpl>::share(g.impl()));
  }
}

// leaf.grad += g. The first gradient is moved in if it is nobody else's, and copied
// otherwise, because later ones are added in place.
void add_to_leaf(TensorImpl* leaf, Ref<TensorImpl> g) {
  static std::mutex mutex;  // several threads may run backward into shared parameters
  std::lock_guard lock(mutex);
  if (leaf->grad) {
    Tensor(leaf->grad).add_(Tensor(std::move(g)));
  } else if (is_sole_owner(g.get()) && is_contiguous(g->desc)) {
    leaf->grad = std::move(g);
  } else if (hg_numel(&g->desc) > 32768) {  // work for several threads
    leaf->grad = Ref<TensorImpl>::share(Tensor(std::move(g)).clone().impl());
  } else {
    leaf->grad = new_tensor(shape_of(g->desc), dtype_of(g->desc));
    copy_elements(leaf->grad->desc, g->desc);
  }
}

void fill_leaves(Pass& pass) {
  for (LeafGrad& entry : pass.leaves()) {
    if (!entry.grad) continue;
    if (TensorHooks* hooks = entry.leaf->hooks) {
      for (auto& hook : hooks->list) {
        Tensor changed = hook.function(Tensor(entry.grad));
        if (changed.defined()) entry.grad = Ref<TensorImpl>::share(changed.impl());
      }
    }
    add_to_leaf(entry.leaf.get(), std::move(entry.grad));
  }
}

Event whole_pass(const std::vector<Tensor>& roots) {
  return {.name = "backward", .phase = HG_BACKWARD, .is_pass = true, .roots = roots};
}

}  // namespace

void backward(const std::vector<Tensor>& roots, const std::vector<Tensor>& gradients,
              bool retain_graph) {
  no_grad guard;
  Pass pass(retain_graph);
  seed_all(pass, "backward", roots, gradients);
  announce(whole_pass(roots), [&] {
    pass.run();
    fill_leaves(pass);
  });
}

std::vector<Tensor> grad(const std::vector<Tensor>& roots,
                         const std::vector<Tensor>& inputs,
                         const std::vector<Tensor>& gradients, bool retain_graph,
                         bool allow_unused) {
  no_grad guard;
  Pass pass(retain_graph);
  std::vector<Edge> wanted;
  for (size_t i = 0; i < inputs.size(); ++i) {
    check_root("grad", inputs[i], i);
    wanted.push_back(edge_of(inputs[i].impl()));
    if (wanted.back().node) {
      pass.captures().push_back({wanted.back().node, wanted.back().output, {}});
    }
  }
  seed_all(pass, "grad", roots, gradients);
  announce(whole_pass(roots), [&] { pass.run(); });
  std::vector<Tensor> results;
  size_t captured = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Ref<TensorImpl> g;
    if (wanted[i].node) {
      g = pass.captures()[captured++].grad;
    } else if (LeafGrad* leaf = pass.find_leaf(wanted[i].leaf)) {
      g = leaf->grad;
    }
    if (!g && !allow_unused) {
      throw Error("grad",
                  "the roots do not depend on input " + std::to_string(i) + " " +
                      inputs[i].shape().to_string(),
                  "allow_unused = true gives an undefined tensor instead");
    }
    results.push_back(g ? Tensor(g) : Tensor());
  }
  return results;
}

}  // namespace hg
