// From a call to a kernel and back.
#include "host/dispatch.hpp"

#include <mutex>

#include "autograd/observe.hpp"
#include "host/compose.hpp"
#include "host/invocation.hpp"
#include "host/view.hpp"
#include "tensor/random.hpp"

namespace hg {

void Invocation::go() {
  if (is_observed()) [[unlikely]] return run_observed();
  run();
}

void Invocation::run() {
  promote();
  if ((def_.flags & HG_COMPOSED) && !has_kernel()) return compose();
  infer();
  bool record = !(def_.flags & HG_NO_GRAD) && needs_gradient() && grad_enabled();
  if (in_place_ && !is_floating(self_->desc)) record = false;  // it can carry no gradient
  if (def_.flags & HG_VIEW) return make_view(record);
  choose_kernel();
  if (in_place_) check_in_place();
  make_contiguous();
  if (in_place_ && record) save_from_overwriting();
  compute();
  if (record) record_node();
}

void Invocation::run_observed() {
  Event event{.name = op_.name,
              .op = &op_,
              .phase = frame_.call.step ? HG_STEP : HG_FORWARD,
              .in = {desc_.data(), n_in_},
              .attributes = {attr_.data(), def_.n_attr}};
  Announcement announced(event);
  run();
  std::vector<hg_tensor> outputs;
  if (result) outputs.push_back(result->desc);
  for (const Ref<TensorImpl>& r : more_results) outputs.push_back(r->desc);
  event.out = outputs;
  announced.done();
}

std::vector<Tensor> Invocation::all_results() {
  std::vector<Tensor> all;
  if (result) all.emplace_back(std::move(result));
  for (Ref<TensorImpl>& r : more_results) all.emplace_back(std::move(r));
  return all;
}

// ---- shapes of the results --------------------------------------------------------------

namespace {

void set_contiguous(hg_tensor& t) {
  int64_t step = 1;
  for (int d = t.ndim - 1; d >= 0; --d) {
    t.strides[d] = step;
    step *= std::max<int64_t>(t.shape[d], 1);
  }
}

bool is_shape(const hg_tensor& t) {
  if (t.ndim < 0 || t.ndim > max_rank) return false;
  for (int d = 0; d < t.ndim; ++d) {
    if (t.shape[d] < 0) return false;
  }
  return true;
}

[[noreturn]] void refuse_inferred(const Operator& op, uint32_t i, const hg_tensor& t) {
  bool rank = t.ndim < 0 || t.ndim > max_rank;
  throw Error(op.name, "infer gave output " + std::to_string(i) +
                           (rank ? " the rank " + std::to_string(t.ndim)
                                 : " the shape " + shape_of(t).to_string()));
}

}  // namespace

void Invocation::infer() {
  frame_.call.n_in = n_in_;
  frame_.call.in = desc_.data();
  frame_.out.resize(def_.n_out);
  frame_.call.n_out = def_.n_out;
  frame_.call.out = frame_.out.data();
  if (def_.flags & HG_RANDOM) frame_.call.seed = default_generator().next_seed();
  frame_.invoke(def_.infer, &def_, HG_INFER);
  frame_.call.n_out = frame_.out.size();
  for (uint32_t i = 0; i < frame_.call.n_out; ++i) {
    if (!is_shape(frame_.out[i])) refuse_inferred(op_, i, frame_.out[i]);
    if (!(def_.flags & HG_VIEW)) set_contiguous(frame_.out[i]);
  }
}

bool Invocation::needs_gradient() {
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (leads_on(i)) return true;
  }
  return false;
}

// ---- running it -------------------------------------------------------------------------

void Invocation::compose() {
  if (in_place_) {
    throw Error(op_.short_name(), "a composed operator has no in-place form");
  }
  std::vector<Tensor> inputs;
  for (uint32_t i = 0; i < n_in_; ++i) {
    inputs.push_back(in_[i] ? Tensor(Ref<TensorImpl>::share(in_[i])) : Tensor());
  }
  for (Tensor& t : run_body(def_, inputs, {attr_.data(), def_.n_attr})) {
    Ref<TensorImpl> r = Ref<TensorImpl>::share(t.impl());
    if (!result) {
      result = std::move(r);
    } else {
      more_results.push_back(std::move(r));
    }
  }
}

// A kernel that takes row-major tensors only gets copies of the others.
void Invocation::make_contiguous() {
  if (frame_.kernel->desc->flags & HG_STRIDED_OK) return;
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (in_[i] && !is_contiguous(desc_[i])) replace_by_copy(i);
  }
}

void Invocation::replace_by_copy(uint32_t i) {
  Ref<TensorImpl> copy = new_tensor(shape_of(desc_[i]), dtype_of(desc_[i]));
  copy_elements(copy->desc, desc_[i]);
  if (def_.writes & mask_bit(i)) extras().written_back.emplace_back(in_[i], copy);
  desc_[i] = copy->desc;
  extras().storage_of_copy.emplace_back(i, copy->storage.get());
  extras().held.push_back(std::move(copy));
}

// The memory that the kernel sees as input i.
Storage* Invocation::storage(uint32_t i) {
  if (extras_) {
    for (auto [index, copy] : extras_->storage_of_copy) {
      if (index == i) return copy;
    }
  }
  return in_[i]->storage.get();
}

void Invocation::compute() {
  bool alias = in_place_ && can_alias();
  for (uint32_t i = 0; i < frame_.call.n_out; ++i) {
    // Shape and strides are there already; what is new is the place.
    hg_tensor& t = frame_.out[i];
    Ref<TensorImpl> made =
        i == 0 && alias ? Ref<TensorImpl>::share(self_) : new_tensor(t);
    t.data = made->desc.data;
    t.dev_type = made->desc.dev_type;
    t.dev_id = made->desc.dev_id;
    if (i == 0) {
      result = std::move(made);
    } else {
      more_results.push_back(std::move(made));
    }
  }
  for (uint32_t i = 0; i < frame_.saved.size(); ++i) {
    extras().saved.push_back(new_tensor(frame_.saved[i]));
    frame_.saved[i] = extras().saved.back()->desc;
  }
  if (def_.writes) check_written_leaves();
  call_forward();
  if (extras_) {
    for (auto& [original, copy] : extras_->written_back) {
      copy_elements(original->desc, copy->desc);
    }
  }
  if (in_place_) finish_in_place(alias);
  if (def_.writes) count_writes();
}

void Invocation::call_forward() {
  const hg_kernel& k = *frame_.kernel->desc;
  std::unique_lock<std::mutex> lock;
  if (frame_.kernel->serial) lock = std::unique_lock(*frame_.kernel->serial);
  frame_.invoke(k.forward, &k, HG_FORWARD);
}

// No kernel runs: the result is another look at input 0's memory.
void Invocation::make_view(bool record) {
  const hg_tensor& v = frame_.out[0];
  TensorImpl* x = in_[0];
  int64_t offset = static_cast<char*>(x->desc.data) -
                   static_cast<char*>(x->storage->data) + int64_t(v.byte_offset);
  check_view(op_, v, *x->storage, offset);
  result = Ref<TensorImpl>::adopt(
      new TensorImpl(shape_of(v), strides_of(v), dtype_of(x->desc), x->storage, offset));
  result->base = x->base ? x->base : Ref<TensorImpl>::share(x);
  result->node_version = x->storage->version.load(std::memory_order_relaxed);
  if (!record) return;
  Ref<Node> node = Node::make({desc_.data(), n_in_}, {&result->desc, 1}, {},
                              {attr_.data(), def_.n_attr});
  node->op = &op_;
  node->run = view_backward;
  node->connect(0, x);
  result->node = std::move(node);
  result->requires_grad = true;
}

// ---- the public face --------------------------------------------------------------------

Tensor run(const Op& op, std::initializer_list<const Tensor*> inputs,
           std::initializer_list<Value> attributes) {
  Invocation call(*op, std::span(inputs.begin(), inputs.size()),
                  as_span({attributes.begin(), attributes.size()}), false);
  call.go();
  return Tensor(std::move(call.result));
}

std::vector<Tensor> run_all(const Operator& op, std::span<const Tensor* const> inputs,
                            std::span<const hg_value> attributes) {
  Invocation call(op, inputs, attributes, false);
  call.go();
  return call.all_results();
}

std::vector<Tensor> run_all(const Op& op, std::initializer_list<const Tensor*> inputs,
                            std::initializer_list<Value> attributes) {
  return run_all(*op, std::span(inputs.begin(), inputs.size()),
                 as_span({attributes.begin(), attributes.size()}));
}

std::vector<Tensor> run_all(const Op& op, const std::vector<Tensor>& inputs,
                            std::initializer_list<Value> attributes) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& t : inputs) pointers.push_back(&t);
  return run_all(*op, pointers, as_span({attributes.begin(), attributes.size()}));
}

Tensor run_in_place(const Op& op, std::initializer_list<const Tensor*> inputs,
                    std::initializer_list<Value> attributes) {
  const Tensor& self = **inputs.begin();
  self.desc();  // throws if the handle is empty
  Invocation call(*op, std::span(inputs.begin(), inputs.size()),
                  as_span({attributes.begin(), attributes.size()}), true);
  call.go();
  return self;
}

Tensor run_in_place(const Op& op, const std::vector<Tensor>& inputs,
                    std::initializer_list<Value> attributes) {
  std::vector<const Tensor*> pointers;
  for (const Tensor& t : inputs) pointers.push_back(&t);
  inputs.front().desc();  // throws if the handle is empty
  Invocation call(*op, pointers, as_span({attributes.begin(), attributes.size()}), true);
  call.go();
  return inputs.front();
}

std::vector<Tensor> run_step(const Operator& op, std::span<const Tensor* const> inputs,
                             std::span<const hg_value> attributes, uint64_t step) {
  no_grad guard;
  Invocation call(op, inputs, attributes, false);
  call.set_step(step);
  call.go();
  return call.all_results();
}

Tensor wrapped_number(Scalar s, const Tensor& beside) {
  // The type that promotion would give the number, so that no conversion is needed.
  DType number = s.dtype(), there = beside.dtype();
  DType type = info(number).kind > info(there).kind ? number : there;
  Ref<TensorImpl> t = new_tensor({}, type);
  visit(type, [&]<class T>() { *static_cast<T*>(t->desc.data) = T(s.to<T>()); });
  t->weak = true;
  return Tensor(std::move(t));
}

}  // namespace hg
