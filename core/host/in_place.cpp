// Calls that change a tensor they were given: x.add_(y), and the inputs that an operator
// says it writes (running statistics, an optimizer's parameters).
#include "host/invocation.hpp"

namespace hg {

void Invocation::check_in_place() {
  TensorImpl* self = self_;
  const hg_tensor& out = frame_.out[0];
  if (!same_shape(out, self->desc)) {
    throw Error(op_.short_name() + "_", "the result is " + shape_of(out).to_string() +
                                            ", which does not fit into " +
                                            shape_of(self->desc).to_string());
  }
  DType from = dtype_of(out), to = dtype_of(self->desc);
  if (info(from).kind > info(to).kind) {
    throw Error(op_.short_name() + "_",
                std::string("the result is of type ") + name(from) +
                    ", which a tensor of " + name(to) + " cannot hold",
                "convert the tensor first, or use the operation that makes a new one");
  }
  for (int d = 0; d < self->desc.ndim; ++d) {
    if (self->desc.strides[d] == 0 && self->desc.shape[d] > 1) {
      throw Error(op_.short_name() + "_",
                  "several elements of this expanded tensor share one place in memory",
                  "clone() it first");
    }
  }
  check_leaf(self);
}

void Invocation::check_leaf(TensorImpl* t) {
  if (!grad_enabled() || !t->requires_grad) return;
  Edge edge = edge_of(t);
  bool view_of_leaf = t->base && t->base->requires_grad && !t->base->node;
  if (!edge.leaf && !view_of_leaf) return;
  throw Error(op_.short_name() + (in_place_ ? "_" : ""),
              "a leaf that requires a gradient is changed in place, which would lose the "
              "value its gradient belongs to",
              "do it under no_grad, or make a new tensor");
}

void Invocation::check_written_leaves() {
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (is_written(i)) check_leaf(in_[i]);
  }
}

// The result may be written straight into input 0's memory if the kernel allows it and
// no other input looks at that memory in another order.
bool Invocation::can_alias() {
  const hg_kernel& k = *frame_.kernel->desc;
  const hg_tensor &self = self_->desc, &out = frame_.out[0];
  if (!(k.may_alias & 1) || self.code != out.code || self.bits != out.bits) return false;
  if (!is_contiguous(self)) return false;
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (!in_[i] || in_[i]->storage.get() != self_->storage.get()) continue;
    bool same = in_[i]->desc.data == self.data && same_shape(in_[i]->desc, self) &&
                is_contiguous(in_[i]->desc);
    if (!same) return false;
  }
  return true;
}

// y.mul_(w) needs the old y for dw: what backward reads of the memory that is about to be
// overwritten is copied first.
void Invocation::save_from_overwriting() {
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (!in_[i] || storage(i) != self_->storage.get() || !backward_reads(i)) continue;
    Ref<TensorImpl> copy = new_tensor(shape_of(desc_[i]), dtype_of(desc_[i]));
    copy_elements(copy->desc, desc_[i]);
    desc_[i] = copy->desc;
    extras().storage_of_copy.emplace_back(i, copy->storage.get());
    extras().held.push_back(std::move(copy));
  }
}

void Invocation::finish_in_place(bool alias) {
  if (!alias) copy_elements(self_->desc, result->desc);
  self_->storage->version.fetch_add(1, std::memory_order_relaxed);
  if (!alias) {
    // Backward may keep the result as the kernel made it; the tensor is input 0.
    extras().in_place_result = std::move(result);
  }
  result = Ref<TensorImpl>::share(self_);
}

void Invocation::count_writes() {
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (is_written(i)) in_[i]->storage->version.fetch_add(1);
  }
}

// Inputs are kept as they were before the call; what the call itself wrote counts as a
// change of them.
bool Invocation::was_written(const Storage* s) {
  if (in_place_ && s == self_->storage.get()) return true;
  for (uint32_t i = 0; def_.writes && i < n_in_; ++i) {
    if (is_written(i) && s == in_[i]->storage.get()) return true;
  }
  return false;
}

}  // namespace hg
