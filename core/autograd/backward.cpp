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
    void* owner = nullptr;
    if (!node->pass.compare_exchange_strong(owner, this, std::memory_order_relaxed)) {
      if (owner == this) return;
      throw Error("backward", "another thread is walking this graph at " + node->name(),
                  "let one thread call backward() on a graph, or build one graph a thread");
    }
    retain(node);
    queue_.push_back(node);
    std::push_heap(queue_.begin(), queue_.end(), by_number);
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
    slots_.assign(node.n_in, nullptr);
    for (int i = 0; i < node.n_in; ++i) {
      if (node.edge[i]) slots_[size_t(i)] = slot(node.edge[i]);
    }
    node.run(node, node.dout, slots_.data());
    for (int i = 0; i < node.n_in; ++i) {
      Node* next = node.edge[i].node;
      if (next && next->dout[node.edge[i].output]) enqueue(next);
    }
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
  } else {
    leaf->grad = new_tensor(shape_of(g->desc), dtype_of(g->desc));
    copy_elements(leaf->grad->desc, g->desc);
  }
}

}  // namespace

void backward(const std::vector<Tensor>& roots, const std::vector<Tensor>& gradients,
              bool retain_graph) {
  no_grad guard;
  Pass pass(retain_graph);
  seed_all(pass, "backward", roots, gradients);
  pass.run();
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
  pass.run();
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

// ---- the Tensor's side ------------------------------------------------------------------

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph) const {
  if (create_graph) {
    throw Error("backward",
                "create_graph: gradients of gradients are not part of version 1",
                "derive the second derivative by hand, or difference the first");
  }
  hg::backward({*this}, {gradient}, retain_graph);
}

bool Tensor::requires_grad() const {
  desc();
  return bool(edge_of(impl()));
}

Tensor Tensor::requires_grad_(bool on) const {
  TensorImpl* t = impl();
  desc();
  if (on && !is_floating(t->desc)) {
    throw Error("requires_grad_", std::string("the tensor is of type ") + name(dtype()) +
                                      ": only floating-point numbers have derivatives");
  }
  if (!on && t->node) {
    throw Error(
        "requires_grad_",
        "only a leaf's flag can be cleared, and this is a result of " + t->node->name(),
        "use detach()");
  }
  t->requires_grad = on;
  return *this;
}

Tensor Tensor::grad() const {
  desc();
  return impl()->grad ? Tensor(impl()->grad) : Tensor();
}

void Tensor::set_grad(const Tensor& g) const {
  desc();
  if (g.defined() && (g.shape() != shape() || g.dtype() != dtype())) {
    throw Error("set_grad", "the gradient is " + g.shape().to_string() + " " +
                                name(g.dtype()) + ", the tensor " + shape().to_string() +
                                " " + name(dtype()));
  }
  impl()->grad = Ref<TensorImpl>::share(g.impl());
}

void Tensor::zero_grad() const {
  desc();
  impl()->grad = nullptr;
}

bool Tensor::is_leaf() const {
  desc();
  return !edge_of(impl()).node;
}

std::string Tensor::grad_fn() const {
  desc();
  Edge edge = edge_of(impl());
  return edge.node ? edge.node->name() : "";
}

Tensor Tensor::detach() const {
  desc();
  auto view = Ref<TensorImpl>::adopt(new TensorImpl(
      shape(), strides(), dtype(), impl()->storage,
      static_cast<char*>(data()) - static_cast<char*>(impl()->storage->data)));
  return Tensor(std::move(view));
}

Tensor Tensor::detach_() const {
  desc();
  if (impl()->base)
    throw Error("detach_", "this is a view: its history is its base's", "use detach()");
  forget_tensor(impl());
  impl()->retains_grad = false;
  impl()->node = nullptr;
  impl()->requires_grad = false;
  return *this;
}

namespace {
TensorHooks& hooks_of(const Tensor& t, uint32_t& output) {
  t.desc();
  Edge edge = edge_of(t.impl());
  if (!edge) {
    throw Error("register_hook", "the tensor " + t.shape().to_string() +
                                     " does not require a gradient, so none will arrive");
  }
  output = edge.output;
  if (edge.node) return edge.node->more().hooks;
  if (!edge.leaf->hooks) edge.leaf->hooks = new TensorHooks;
  return *edge.leaf->hooks;
}
}  // namespace

size_t Tensor::register_hook(std::function<Tensor(const Tensor&)> hook) const {
  uint32_t output = 0;
  TensorHooks& hooks = hooks_of(*this, output);
  hooks.list.push_back({hooks.next, output, std::move(hook)});
  return hooks.next++;
}

void Tensor::remove_hook(size_t number) const {
  uint32_t output = 0;
  std::erase_if(hooks_of(*this, output).list,
                [&](const auto& hook) { return hook.number == number; });
}

void Tensor::retain_grad() const {
  desc();
  Edge edge = edge_of(impl());
  if (!edge) {
    throw Error("retain_grad",
                "the tensor " + shape().to_string() + " does not require a gradient");
  }
  if (!edge.node || impl()->retains_grad) return;  // a leaf keeps its gradient anyway
  impl()->retains_grad = true;
  edge.node->more().retained.push_back({edge.output, impl()});
}

}  // namespace hg
