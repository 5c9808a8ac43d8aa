// What a call leaves in the graph, and what becomes of it in the backward pass.
#include <mutex>

#include "host/invocation.hpp"
#include "host/view.hpp"

namespace hg {

// Does the kernel's backward read input i, as things are connected?
bool Invocation::backward_reads(uint32_t i) {
  const hg_kernel& k = *frame_.kernel->desc;
  if (!(k.keep_in & mask_bit(i))) return false;
  if (!(k.flags & HG_KEEP_CROSSWISE)) return true;
  for (uint32_t j = 0; j < n_in_; ++j) {
    if (j != i && leads_on(j)) return true;
  }
  return false;
}

void Invocation::record_node() {
  const hg_kernel& k = *frame_.kernel->desc;
  uint32_t n_out = frame_.call.n_out;
  Ref<Node> node = Node::make({desc_.data(), n_in_}, {frame_.call.out, n_out},
                              frame_.saved.span(), {attr_.data(), def_.n_attr});
  node->op = &op_;
  node->kernel = frame_.kernel;
  node->seed = frame_.call.seed;
  node->run = kernel_backward;
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (in_[i] && !(def_.nondiff_in & mask_bit(i))) node->connect(i, in_[i]);
  }
  for (uint32_t i = 0; k.keep_in && i < n_in_; ++i) {
    if (!in_[i] || !backward_reads(i)) continue;
    node->keep(i, storage(i), desc_[i]);
    if (was_written(storage(i))) --node->kept[i].version;
  }
  for (uint32_t i = 0; k.keep_out && i < n_out; ++i) {
    bool copied = i == 0 && extras_ && extras_->in_place_result;
    TensorImpl* out = copied ? extras_->in_place_result.get() : output(i);
    if (k.keep_out & output_bit(def_, i)) {
      node->keep(n_in_ + i, out->storage.get(), out->desc);
    }
  }
  for (uint32_t i = 0; i < frame_.saved.size(); ++i) {
    const TensorImpl& saved = *extras_->saved[i];
    node->keep(n_in_ + n_out + i, saved.storage.get(), saved.desc);
  }
  if (in_place_) return adopt_history(result.get(), std::move(node));
  for (uint32_t i = 0; i < n_out; ++i) {
    TensorImpl* out = output(i);
    if ((def_.nondiff_out & output_bit(def_, i)) || !is_floating(out->desc)) continue;
    out->node = i + 1 < n_out ? node : std::move(node);
    out->output_index = i;
    out->requires_grad = true;
  }
}

// ---- the backward of a node that a kernel computed --------------------------------------

namespace {

// The gradient of output i as the kernel wants it.
Ref<TensorImpl> dout_for(const Node& node, uint32_t i, const Ref<TensorImpl>& g) {
  uint32_t flags = node.kernel->desc->flags;
  const hg_tensor& out = node.out[i];
  if (!g) {
    if (flags & HG_NULL_DOUT_OK) return g;
    return Ref<TensorImpl>::share(zeros(shape_of(out), dtype_of(out)).impl());
  }
  Tensor t(g);
  if (!same_shape(g->desc, out)) {
    throw Error("backward", node.name() + " got a gradient " + t.shape().to_string() +
                                " for its output " + shape_of(out).to_string());
  }
  if (t.dtype() != dtype_of(out)) t = t.to(dtype_of(out));
  if (!(flags & HG_STRIDED_OK)) t = t.contiguous();
  return Ref<TensorImpl>::share(t.impl());
}

// A loop: for an axis or two, a call of memcmp would take longer.
bool same_sizes(const hg_tensor& a, const hg_tensor& b) {
  if (a.ndim != b.ndim) return false;
  for (int d = 0; d < a.ndim; ++d) {
    if (a.shape[d] != b.shape[d]) return false;
  }
  return true;
}

// An input whose gradient is dout[0] itself: nothing has to be computed.
bool passes_through(const Node& node, uint32_t i, const Ref<TensorImpl>& dout) {
  return (node.kernel->desc->pass_dout & input_bit(*node.op->def, i)) && dout &&
         same_sizes(node.in[i], node.out[0]) && node.in[i].code == dout->desc.code &&
         node.in[i].bits == dout->desc.bits;
}

// The gradients of the inputs with a `wanted` slot, by the kernel.
void run_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* wanted) {
  const hg_op& def = *node.op->def;
  const hg_kernel& k = *node.kernel->desc;
  Frame frame(*node.op);
  frame.kernel = node.kernel;
  hg_call& call = frame.call;
  FewOrMany<Ref<TensorImpl>, 2> dout_held(node.n_out);
  FewOrMany<hg_tensor, 2> dout_desc(node.n_out);
  for (uint32_t i = 0; i < node.n_out; ++i) {
    dout_desc[i] = node.out[i];
    dout_desc[i].data = nullptr;
    if (def.nondiff_out & output_bit(def, i)) continue;
    dout_held[i] = dout_for(node, i, dout[i]);
    if (dout_held[i]) dout_desc[i] = dout_held[i]->desc;
  }
  FewOrMany<Ref<TensorImpl>, 6> made(node.n_in);
  FewOrMany<hg_tensor, 6> din(node.n_in);
  FewOrMany<uint8_t, 8> add(node.n_in);
  for (uint32_t i = 0; i < node.n_in; ++i) {
    din[i] = node.in[i];
    din[i].data = nullptr;
    add[i] = 0;
    if (!wanted[i]) continue;
    Ref<TensorImpl>& there = *wanted[i];
    if ((k.flags & HG_ACCUMULATES) && there && is_sole_owner(there.get()) &&
        is_contiguous(there->desc) && dtype_of(there->desc) == dtype_of(node.in[i])) {
      din[i] = there->desc;  // the kernel adds to what has arrived by other paths
      add[i] = 1;
    } else {
      made[i] = new_tensor(node.in[i]);
      din[i] = made[i]->desc;
    }
  }
  call.n_in = node.n_in;
  call.n_out = node.n_out;
  call.n_saved = node.n_saved;
  call.n_attr = node.n_attr;
  call.in = node.in;
  call.out = node.out;
  call.saved = node.saved;
  call.dout = dout_desc.data();
  call.din = din.data();
  call.din_add = add.data();
  call.attr = node.attr;
  call.seed = node.seed;
  {
    std::unique_lock<std::mutex> lock;
    if (node.kernel->serial) lock = std::unique_lock(*node.kernel->serial);
    frame.invoke(k.backward, &k, HG_BACKWARD);
  }
  for (uint32_t i = 0; i < node.n_in; ++i) {
    if (made[i]) accumulate(*wanted[i], std::move(made[i]));
  }
}

}  // namespace

void kernel_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* slot) {
  if (!node.kernel->desc->pass_dout) return run_backward(node, dout, slot);
  FewOrMany<Ref<TensorImpl>*, 8> wanted(node.n_in);
  bool all_passed = true;
  for (uint32_t i = 0; i < node.n_in; ++i) {
    wanted[i] = slot[i];
    if (!slot[i]) continue;
    if (passes_through(node, i, dout[0])) {
      accumulate(*slot[i], dout[0]);
      wanted[i] = nullptr;
    } else {
      all_passed = false;
    }
  }
  if (!all_passed) run_backward(node, dout, wanted.data());
}

}  // namespace hg
