// A Tensor's gradient: asking for it, reading it, and being told of it.
#include "autograd/backward.hpp"
#include "autograd/node.hpp"

namespace hg {

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
