#include "autograd/function.hpp"

#include <cxxabi.h>

#include <cstdlib>

namespace hg::autograd {

void Context::save_for_backward(const std::vector<Tensor>& tensors) {
  saved_.clear();
  // Detached, because a result that is kept would own this function's node, and the node
  // it.
  for (const Tensor& t : tensors) {
    saved_.push_back(t.defined() ? Saved{t.detach(), t.version()} : Saved{});
  }
}

std::vector<Tensor> Context::saved() const {
  if (released_) {
    throw Error("Context", "the saved tensors were freed by an earlier backward pass",
                "give the first backward() retain_graph = true");
  }
  std::vector<Tensor> tensors;
  for (const Saved& s : saved_) {
    if (s.tensor.defined() && s.tensor.version() != s.version) {
      throw Error("Context",
                  "a saved tensor " + s.tensor.shape().to_string() +
                      " was changed in place after forward (version " +
                      std::to_string(s.tensor.version()) + ", kept at " +
                      std::to_string(s.version) + ")",
                  "save a clone()");
    }
    tensors.push_back(s.tensor);
  }
  return tensors;
}

std::vector<Tensor> FunctionNode::backward(const std::vector<Tensor>& dout) {
  return function(context, dout);
}

void FunctionNode::release_saved() {
  context.saved_.clear();
  context.released_ = true;
}

std::string plain_name(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : type.name();
  std::free(text);
  size_t colon = name.rfind("::");
  return colon == std::string::npos ? name : name.substr(colon + 2);
}

namespace {

void custom_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* slot) {
  std::vector<Tensor> gradients;
  for (int i = 0; i < node.n_out; ++i) {
    const hg_tensor& out = node.out[i];
    gradients.push_back(dout[i] ? Tensor(dout[i]) : zeros(shape_of(out), dtype_of(out)));
  }
  std::vector<Tensor> results = node.extra->custom->backward(gradients);
  if (results.size() != node.n_in) {
    throw Error(node.name(),
                "backward returned " + std::to_string(results.size()) +
                    " gradients; forward has " + std::to_string(node.n_in) + " arguments",
                "return one for each, {} for those that are no tensors");
  }
  for (int i = 0; i < node.n_in; ++i) {
    const Tensor& g = results[size_t(i)];
    if (!is_given(node.in[i])) {
      if (g.defined()) {
        throw Error(node.name(),
                    "argument " + std::to_string(i) +
                        " is no tensor, but backward returned a gradient for it",
                    "return {} there");
      }
      continue;
    }
    if (!slot[i] || !g.defined()) continue;
    if (g.shape() != shape_of(node.in[i])) {
      throw Error(node.name(), "the gradient of argument " + std::to_string(i) + " is " +
                                   g.shape().to_string() + ", the argument " +
                                   shape_of(node.in[i]).to_string());
    }
    Tensor same_type = g.detach().to(dtype_of(node.in[i]));
    accumulate(*slot[i], Ref<TensorImpl>::share(same_type.impl()));
  }
}

}  // namespace

void FunctionNode::record(std::unique_ptr<FunctionNode> self,
                          const std::vector<Tensor>& arguments,
                          std::vector<Tensor>& results) {
  std::vector<hg_tensor> in, out;
  for (const Tensor& t : arguments) {
    in.push_back(t.defined() ? t.desc() : hg_tensor{});
    if (!t.defined()) in.back().ndim = -1;
  }
  // An argument that forward hands through must become a tensor of its own: it has a
  // history already.
  for (Tensor& r : results) {
    for (const Tensor& a : arguments) {
      if (a.defined() && r.is(a)) r = r.detach();
    }
    out.push_back(r.desc());
  }
  Ref<Node> node = Node::make(in, out, {}, {});
  node->run = custom_backward;
  node->more().custom = std::move(self);
  for (uint32_t i = 0; i < in.size(); ++i) {
    if (arguments[i].defined()) node->connect(i, arguments[i].impl());
  }
  for (uint32_t i = 0; i < results.size(); ++i) {
    TensorImpl* r = results[i].impl();
    if (!is_floating(r->desc)) continue;
    r->base = nullptr;
    r->node = node;
    r->output_index = i;
    r->requires_grad = true;
  }
}

}  // namespace hg::autograd
