// From a call to a kernel and back.
#include "host/dispatch.hpp"

#include <array>
#include <forward_list>
#include <mutex>
#include <string_view>

#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"
#include "handgrad_plugin.hpp"
#include "host/compose.hpp"
#include "host/frame.hpp"
#include "host/view.hpp"
#include "tensor/promotion.hpp"

namespace hg {
namespace {

// A list whose first few entries need no allocation.
template <class T, size_t few>
class FewOrMany {
 public:
  explicit FewOrMany(size_t n) : n_(n) {
    if (n > few) many_.resize(n);
  }
  FewOrMany(const FewOrMany&) = delete;
  T* data() { return n_ > few ? many_.data() : few_.data(); }
  T& operator[](size_t i) { return data()[i]; }
  size_t size() const { return n_; }

 private:
  size_t n_;
  std::array<T, few> few_;
  std::vector<T> many_;
};

uint64_t bit(uint32_t i) { return i < 64 ? uint64_t(1) << i : 0; }

class Invocation {
 public:
  Invocation(const Operator& op, std::span<const Tensor* const> inputs,
             std::span<const hg_value> attributes, bool in_place)
      : op_(op),
        def_(*op.def),
        frame_(op),
        in_place_(in_place),
        in_(inputs.size()),
        desc_(inputs.size()),
        attr_(def_.n_attr) {
    self_ = in_place ? inputs[0]->impl() : nullptr;
    take_inputs(inputs);
    resolve_attributes(attributes);
    frame_.call.step = 0;
  }

  void set_step(uint64_t step) { frame_.call.step = step; }

  // Everything; the results are in `results` afterwards.
  void go() {
    promote();
    if ((def_.flags & HG_COMPOSED) && !has_kernel()) return compose();
    infer();
    bool record = grad_enabled() && !(def_.flags & HG_NO_GRAD) && needs_gradient();
    if (in_place_ && !is_floating(self_->desc)) record = false;  // it can carry no gradient
    if (def_.flags & HG_VIEW) return make_view(record);
    choose_kernel();
    if (in_place_) check_in_place();
    make_contiguous();
    if (in_place_ && record) save_from_overwriting();
    compute();
    if (record) record_node();
  }

  std::vector<Tensor> all_results() {
    std::vector<Tensor> all;
    if (result) all.emplace_back(std::move(result));
    for (Ref<TensorImpl>& r : more_results) all.emplace_back(std::move(r));
    return all;
  }

  std::vector<Ref<TensorImpl>> more_results;  // outputs 1, 2, ...
  Ref<TensorImpl> result;                     // output 0

 private:
  uint32_t n_in() const { return uint32_t(desc_count_); }
  // Masks speak of declared inputs; the last bit is for all of a variadic one.
  uint64_t mask_bit(uint32_t i) const { return bit(std::min(i, def_.n_in - 1)); }
  std::string input_name(uint32_t i) const {
    return def_.in[std::min(i, def_.n_in - 1)]->name;
  }

  void take_inputs(std::span<const Tensor* const> inputs) {
    bool variadic = def_.n_in && (def_.in[def_.n_in - 1]->flags & HG_VARIADIC);
    if (inputs.size() > def_.n_in && !variadic) {
      throw Error(op_.short_name(), std::to_string(inputs.size()) + " inputs; it takes " +
                                        std::to_string(def_.n_in));
    }
    desc_count_ = inputs.size();
    for (uint32_t i = 0; i < inputs.size(); ++i) {
      in_[i] = inputs[i]->impl();
      if (in_[i]) {
        desc_[i] = in_[i]->desc;
      } else {
        desc_[i] = hg_tensor{};
        desc_[i].ndim = -1;
        require_optional(i);
      }
    }
    for (uint32_t i = uint32_t(inputs.size()); i < def_.n_in; ++i) require_optional(i);
    for (uint32_t i = 1; i < inputs.size(); ++i) {
      if (in_[i] && in_[0] && desc_[i].dev_type != desc_[0].dev_type) {
        throw Error(op_.short_name(),
                    "input '" + input_name(0) + "' and input '" + input_name(i) +
                        "' are on different devices",
                    "move one with to(device)");
      }
    }
  }

  void require_optional(uint32_t i) {
    uint32_t flags = def_.in[std::min(i, def_.n_in - 1)]->flags;
    if (flags & HG_OPTIONAL) return;
    if ((flags & HG_VARIADIC) && i >= desc_count_) return;  // an empty list
    throw Error(op_.short_name(), "input '" + input_name(i) + "' is missing");
  }

  void resolve_attributes(std::span<const hg_value> given) {
    if (given.size() > def_.n_attr) {
      throw Error(op_.short_name(), std::to_string(given.size()) + " attributes; it has " +
                                        std::to_string(def_.n_attr));
    }
    for (uint32_t k = 0; k < def_.n_attr; ++k) {
      const hg_attr& a = *def_.attrs[k];
      hg_value& v = attr_[k] = k < given.size() ? given[k] : a.dflt;
      if (v.kind == int32_t(a.kind)) continue;
      if (v.kind == HG_INT && a.kind == HG_FLOAT) {
        v.u.f = double(v.u.i);
        v.kind = HG_FLOAT;
      } else if (v.kind == HG_BOOL && a.kind == HG_INT) {
        v.kind = HG_INT;
      } else if (v.kind == HG_INT && a.kind == HG_INTS) {  // a list of one
        singles_.push_front(v.u.i);
        v.u.iv = &singles_.front();
        v.kind = HG_INTS;
        v.count = 1;
      } else if (v.kind != HG_NONE || a.dflt.kind != HG_NONE) {
        throw Error(op_.short_name(),
                    std::string("attribute '") + a.name + "' has the wrong kind of value");
      }
    }
    if (op_.bounded) check_bounds();
    frame_.call.n_attr = def_.n_attr;
    frame_.call.attr = attr_.data();
  }

  void check_bounds() {
    auto number = [](const hg_value& v) {
      return v.kind == HG_FLOAT ? v.u.f : double(v.u.i);
    };
    for (uint32_t k = 0; k < def_.n_attr; ++k) {
      const hg_attr& a = *def_.attrs[k];
      const hg_value& v = attr_[k];
      auto check = [&](double x) {
        bool low = a.lo.kind != HG_NONE && !(x >= number(a.lo));
        bool high = a.hi.kind != HG_NONE && !(x <= number(a.hi));
        if (!low && !high) return;
        throw Error(op_.short_name(), std::string(a.name) + " is " + plugin::text(x) +
                                          "; it must be " +
                                          (low ? "at least " + plugin::text(number(a.lo))
                                               : "at most " + plugin::text(number(a.hi))));
      };
      if (v.kind == HG_INT || v.kind == HG_FLOAT) check(number(v));
      for (int i = 0; v.kind == HG_INTS && i < v.count; ++i) check(double(v.u.iv[i]));
      for (int i = 0; v.kind == HG_FLOATS && i < v.count; ++i) check(v.u.fv[i]);
      if (v.kind == HG_STRING && a.choices) {
        std::string_view value(v.u.s, size_t(v.count));
        std::string bars = "|" + std::string(a.choices) + "|";
        if (bars.find("|" + std::string(value) + "|") == std::string::npos) {
          throw Error(op_.short_name(), std::string(a.name) + " is '" + std::string(value) +
                                            "'; it must be one of " + a.choices);
        }
      }
    }
  }

  // Brings the inputs of promote_in to their common type. The conversion is an operator of
  // its own, so gradients pass through it.
  void promote() {
    if (def_.promotion == HG_PROMOTE_NONE) return;
    const hg_tensor* first = nullptr;
    bool same = true;
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (!in_[i] || !(def_.promote_in & mask_bit(i))) continue;
      if (!first) first = &desc_[i];
      same &= desc_[i].code == first->code && desc_[i].bits == first->bits;
    }
    if (!first) return;
    bool to_float = def_.promotion == HG_PROMOTE_FLOAT && !is_floating(*first);
    if (same && !to_float) return;
    std::vector<Operand> operands;
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (in_[i] && (def_.promote_in & mask_bit(i))) {
        operands.push_back({dtype_of(desc_[i]), desc_[i].ndim, in_[i]->weak});
      }
    }
    DType common = result_type(operands);
    if (def_.promotion == HG_PROMOTE_FLOAT && !is_floating(common)) common = f32;
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (!in_[i] || !(def_.promote_in & mask_bit(i))) continue;
      if (dtype_of(desc_[i]) == common) continue;
      replace(i, Tensor(Ref<TensorImpl>::share(in_[i])).to(common));
    }
  }

  void replace(uint32_t i, const Tensor& t) {
    held_.push_back(Ref<TensorImpl>::share(t.impl()));
    in_[i] = t.impl();
    desc_[i] = t.desc();
  }

  void infer() {
    frame_.call.n_in = n_in();
    frame_.call.in = desc_.data();
    frame_.out.resize(def_.n_out);
    frame_.call.n_out = def_.n_out;
    frame_.call.out = frame_.out.data();
    if (def_.flags & HG_RANDOM) frame_.call.seed = default_generator().next_seed();
    frame_.invoke(def_.infer, &def_, HG_INFER);
    frame_.call.n_out = frame_.out.size();
    for (uint32_t i = 0; i < frame_.call.n_out; ++i) {
      hg_tensor& t = frame_.out[i];
      if (t.ndim < 0 || t.ndim > max_rank) {
        throw Error(op_.name, "infer gave output " + std::to_string(i) + " the rank " +
                                  std::to_string(t.ndim));
      }
      for (int d = 0; d < t.ndim; ++d) {
        if (t.shape[d] < 0) {
          throw Error(op_.name, "infer gave output " + std::to_string(i) + " the shape " +
                                    shape_of(t).to_string());
        }
      }
      if (!(def_.flags & HG_VIEW)) set_contiguous(t);
    }
  }

  static void set_contiguous(hg_tensor& t) {
    int64_t step = 1;
    for (int d = t.ndim - 1; d >= 0; --d) {
      t.strides[d] = step;
      step *= std::max<int64_t>(t.shape[d], 1);
    }
  }

  bool needs_gradient() {
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (in_[i] && !(def_.nondiff_in & mask_bit(i)) && edge_of(in_[i])) return true;
    }
    return false;
  }

  // ---- choosing a kernel ----------------------------------------------------------------

  const hg_tensor& key() {
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (in_[i] && is_floating(desc_[i])) return desc_[i];
    }
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (in_[i]) return desc_[i];
    }
    return frame_.out[0];
  }

  void choose_kernel() {
    int32_t device = n_in() && in_[0] ? desc_[0].dev_type : int32_t(HG_CPU);
    const hg_tensor& k = key();
    KernelList list = op_.kernels(device, dtype_of(k));
    for (; list && *list; ++list) {
      frame_.kernel = *list;
      if (knows_all(*frame_.kernel->desc) && plan(*frame_.kernel->desc)) return;
    }
    frame_.kernel = nullptr;
    no_kernel(device, dtype_of(k));
  }

  // Kernels of a COMPOSED operator are optional, and so is the shape rule they need.
  bool has_kernel() {
    if (!def_.infer || n_in() == 0) return false;
    return op_.kernels(desc_[0].dev_type, dtype_of(key()));
  }

  void compose() {
    if (in_place_)
      throw Error(op_.short_name(), "a composed operator has no in-place form");
    std::vector<Tensor> inputs;
    for (uint32_t i = 0; i < n_in(); ++i) {
      inputs.push_back(in_[i] ? Tensor(Ref<TensorImpl>::share(in_[i])) : Tensor());
    }
    for (Tensor& t : run_body(def_, inputs, {attr_.data(), def_.n_attr})) {
      Ref<TensorImpl> r = Ref<TensorImpl>::share(t.impl());
      if (!result)
        result = std::move(r);
      else
        more_results.push_back(std::move(r));
    }
  }

  // A kernel written before an input or attribute was added must not run when it is used.
  bool knows_all(const hg_kernel& k) {
    for (uint32_t i = k.n_in; i < std::min(n_in(), def_.n_in); ++i) {
      if (in_[i]) return false;
    }
    for (uint32_t a = k.n_attr; a < def_.n_attr; ++a) {
      const hg_value &v = attr_[a], &dflt = def_.attrs[a]->dflt;
      if (v.kind != dflt.kind || v.u.i != dflt.u.i) return false;
    }
    return true;
  }

  bool plan(const hg_kernel& k) {
    frame_.saved.resize(0);
    if (!k.plan) return true;
    if (!frame_.invoke(k.plan, &k, HG_PLAN)) return false;
    frame_.call.n_saved = frame_.saved.size();
    frame_.call.saved = frame_.saved.data();
    return true;
  }

  [[noreturn]] void no_kernel(int32_t device, DType type) {
    std::string have;
    for (int t = 0; t < dtype_count; ++t) {
      if (op_.kernels(device, DType(t)))
        have += (have.empty() ? "" : ", ") + std::string(name(DType(t)));
    }
    throw Error(op_.short_name(),
                std::string("there is no kernel for ") + name(type) +
                    (device == HG_CPU ? " on the cpu" : " on this device") +
                    (have.empty() ? "" : "; there are kernels for " + have),
                have.empty() ? "" : "convert the input with to(...)");
  }

  // ---- running it -----------------------------------------------------------------------

  // A kernel that takes row-major tensors only gets copies of the others.
  void make_contiguous() {
    if (frame_.kernel->desc->flags & HG_STRIDED_OK) return;
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (!in_[i] || hg::is_contiguous(desc_[i])) continue;
      Ref<TensorImpl> copy = new_tensor(shape_of(desc_[i]), dtype_of(desc_[i]));
      copy_elements(copy->desc, desc_[i]);
      if (def_.writes & mask_bit(i)) written_back_.emplace_back(in_[i], copy);
      desc_[i] = copy->desc;
      held_.push_back(copy);
      storage_of_copy_.emplace_back(i, copy->storage.get());
    }
  }

  // Does the kernel's backward read input i, as things are connected?
  bool backward_reads(uint32_t i) {
    const hg_kernel& k = *frame_.kernel->desc;
    if (!(k.keep_in & mask_bit(i))) return false;
    if (!(k.flags & HG_KEEP_CROSSWISE)) return true;
    for (uint32_t j = 0; j < n_in(); ++j) {
      if (j != i && in_[j] && !(def_.nondiff_in & mask_bit(j)) && edge_of(in_[j]))
        return true;
    }
    return false;
  }

  // y.mul_(w) needs the old y for dw: what backward reads of the memory that is about to be
  // overwritten is copied first.
  void save_from_overwriting() {
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (!in_[i] || storage(i) != self_->storage.get() || !backward_reads(i)) continue;
      Ref<TensorImpl> copy = new_tensor(shape_of(desc_[i]), dtype_of(desc_[i]));
      copy_elements(copy->desc, desc_[i]);
      desc_[i] = copy->desc;
      storage_of_copy_.emplace_back(i, copy->storage.get());
      held_.push_back(std::move(copy));
    }
  }

  Storage* storage(uint32_t i) {
    for (auto [index, s] : storage_of_copy_) {
      if (index == i) return s;
    }
    return in_[i]->storage.get();
  }

  void check_in_place() {
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
                    "several elements of this expanded tensor share "
                    "one place in memory",
                    "clone() it first");
      }
    }
    check_leaf(self);
  }

  void check_leaf(TensorImpl* t) {
    if (!grad_enabled() || !t->requires_grad) return;
    Edge edge = edge_of(t);
    bool view_of_leaf = t->base && t->base->requires_grad && !t->base->node;
    if (!edge.leaf && !view_of_leaf) return;
    throw Error(op_.short_name() + (in_place_ ? "_" : ""),
                "a leaf that requires a gradient is changed in place, which would lose the "
                "value its gradient belongs to",
                "do it under no_grad, or make a new tensor");
  }

  // The result may be written straight into input 0's memory if the kernel allows it and
  // no other input looks at that memory in another order.
  bool can_alias() {
    const hg_kernel& k = *frame_.kernel->desc;
    const hg_tensor &self = self_->desc, &out = frame_.out[0];
    if (!(k.may_alias & 1) || self.code != out.code || self.bits != out.bits) return false;
    if (!hg::is_contiguous(self)) return false;
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (!in_[i] || in_[i]->storage.get() != self_->storage.get()) continue;
      bool same = in_[i]->desc.data == self.data && same_shape(in_[i]->desc, self) &&
                  hg::is_contiguous(in_[i]->desc);
      if (!same) return false;
    }
    return true;
  }

  void compute() {
    const hg_kernel& k = *frame_.kernel->desc;
    bool alias = in_place_ && can_alias();
    for (uint32_t i = 0; i < frame_.call.n_out; ++i) {
      hg_tensor& t = frame_.out[i];
      Ref<TensorImpl> made =
          i == 0 && alias ? Ref<TensorImpl>::share(self_) : new_tensor(t);
      t = made->desc;
      if (i == 0)
        result = std::move(made);
      else
        more_results.push_back(std::move(made));
    }
    for (uint32_t i = 0; i < frame_.saved.size(); ++i) {
      hg_tensor& t = frame_.saved[i];
      saved_.push_back(new_tensor(t));
      t = saved_.back()->desc;
    }
    for (uint32_t i = 0; def_.writes && i < n_in(); ++i) {
      if (in_[i] && (def_.writes & mask_bit(i))) check_leaf(in_[i]);
    }
    if (frame_.kernel->serial) frame_.kernel->serial->lock();
    try {
      frame_.invoke(k.forward, &k, HG_FORWARD);
    } catch (...) {
      if (frame_.kernel->serial) frame_.kernel->serial->unlock();
      throw;
    }
    if (frame_.kernel->serial) frame_.kernel->serial->unlock();
    for (auto& [original, copy] : written_back_) copy_elements(original->desc, copy->desc);
    if (in_place_) finish_in_place(alias);
    for (uint32_t i = 0; def_.writes && i < n_in(); ++i) {
      if (in_[i] && (def_.writes & mask_bit(i))) in_[i]->storage->version.fetch_add(1);
    }
  }

  void finish_in_place(bool alias) {
    TensorImpl* self = self_;
    if (!alias) copy_elements(self->desc, result->desc);
    self->storage->version.fetch_add(1, std::memory_order_relaxed);
    if (!alias) {
      // Backward may keep the result as the kernel made it; the tensor is input 0.
      in_place_result_ = std::move(result);
    }
    result = Ref<TensorImpl>::share(self);
  }

  // ---- recording ------------------------------------------------------------------------

  void record_node() {
    const hg_kernel& k = *frame_.kernel->desc;
    Ref<Node> node =
        Node::make({desc_.data(), n_in()}, {frame_.call.out, frame_.call.n_out},
                   frame_.saved.span(), {attr_.data(), def_.n_attr});
    node->op = &op_;
    node->kernel = frame_.kernel;
    node->seed = frame_.call.seed;
    node->run = kernel_backward;
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (in_[i] && !(def_.nondiff_in & mask_bit(i))) node->connect(i, in_[i]);
    }
    for (uint32_t i = 0; i < n_in(); ++i) {
      if (!in_[i] || !backward_reads(i)) continue;
      node->keep(i, storage(i), desc_[i]);
      if (was_written(storage(i))) --node->kept[i].version;
    }
    for (uint32_t i = 0; i < frame_.call.n_out; ++i) {
      TensorImpl* out = i == 0 ? (in_place_result_ ? in_place_result_.get() : result.get())
                               : more_results[i - 1].get();
      if (k.keep_out & bit(std::min(i, def_.n_out - 1))) {
        node->keep(n_in() + i, out->storage.get(), out->desc);
      }
    }
    for (uint32_t i = 0; i < saved_.size(); ++i) {
      node->keep(n_in() + frame_.call.n_out + i, saved_[i]->storage.get(), saved_[i]->desc);
    }
    if (in_place_) return adopt_history(result.get(), std::move(node));
    for (uint32_t i = 0; i < frame_.call.n_out; ++i) {
      TensorImpl* out = i == 0 ? result.get() : more_results[i - 1].get();
      bool differentiable = !(def_.nondiff_out & bit(std::min(i, def_.n_out - 1)));
      if (!differentiable || !is_floating(out->desc)) continue;
      out->node = node;
      out->output_index = i;
      out->requires_grad = true;
    }
  }

  // Inputs are kept as they were before the call; what the call itself wrote counts as a
  // change of them.
  bool was_written(const Storage* s) {
    if (in_place_ && s == self_->storage.get()) return true;
    for (uint32_t i = 0; def_.writes && i < n_in(); ++i) {
      if (in_[i] && (def_.writes & mask_bit(i)) && s == in_[i]->storage.get()) return true;
    }
    return false;
  }

  void make_view(bool record) {
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
    Ref<Node> node = Node::make({desc_.data(), n_in()}, {&result->desc, 1}, {},
                                {attr_.data(), def_.n_attr});
    node->op = &op_;
    node->run = view_backward;
    node->connect(0, x);
    result->node = std::move(node);
    result->requires_grad = true;
  }

  const Operator& op_;
  const hg_op& def_;
  Frame frame_;
  bool in_place_;
  size_t desc_count_ = 0;
  FewOrMany<TensorImpl*, 6> in_;
  FewOrMany<hg_tensor, 6> desc_;
  FewOrMany<hg_value, 8> attr_;
  std::forward_list<int64_t> singles_;         // numbers given where a list is declared
  std::vector<Ref<TensorImpl>> held_, saved_;  // converted and contiguous inputs
  std::vector<std::pair<uint32_t, Storage*>> storage_of_copy_;
  std::vector<std::pair<TensorImpl*, Ref<TensorImpl>>> written_back_;
  TensorImpl* self_ = nullptr;  // what is changed in place
  Ref<TensorImpl> in_place_result_;
};

// ---- the backward of a node that a kernel computed --------------------------------------

// The gradient of output i as the kernel wants it.
Ref<TensorImpl> dout_for(const Node& node, uint32_t i, const Ref<TensorImpl>& g) {
  uint32_t flags = node.kernel->desc->flags;
  const hg_tensor& out = node.out[i];
  if (!g)
    return flags & HG_NULL_DOUT_OK
             ? g
             : Ref<TensorImpl>::share(zeros(shape_of(out), dtype_of(out)).impl());
  Tensor t(g);
  if (!same_shape(g->desc, out)) {
    throw Error("backward", node.name() + " got a gradient " + t.shape().to_string() +
                                " for its output " + shape_of(out).to_string());
  }
  if (t.dtype() != dtype_of(out)) t = t.to(dtype_of(out));
  if (!(flags & HG_STRIDED_OK)) t = t.contiguous();
  return Ref<TensorImpl>::share(t.impl());
}

}  // namespace

void kernel_backward(Node& node, Ref<TensorImpl>* dout, Ref<TensorImpl>* const* slot) {
  const hg_op& def = *node.op->def;
  const hg_kernel& k = *node.kernel->desc;
  auto mask_bit = [&](uint32_t i) { return bit(std::min(i, def.n_in - 1)); };

  // What needs no kernel: dout[0] itself.
  uint32_t left = 0;
  FewOrMany<uint8_t, 8> wanted(node.n_in);
  for (uint32_t i = 0; i < node.n_in; ++i) {
    wanted[i] = slot[i] ? 1 : 0;
    if (!wanted[i]) continue;
    bool passes = (k.pass_dout & mask_bit(i)) && dout[0] &&
                  same_shape(node.in[i], node.out[0]) &&
                  dtype_of(node.in[i]) == dtype_of(dout[0]->desc);
    if (passes) {
      accumulate(*slot[i], dout[0]);
      wanted[i] = 0;
    } else {
      ++left;
    }
  }
  if (left == 0) return;

  Frame frame(*node.op);
  frame.kernel = node.kernel;
  hg_call& call = frame.call;
  FewOrMany<Ref<TensorImpl>, 2> dout_held(node.n_out);
  FewOrMany<hg_tensor, 2> dout_desc(node.n_out);
  for (uint32_t i = 0; i < node.n_out; ++i) {
    dout_desc[i] = node.out[i];
    dout_desc[i].data = nullptr;
    if (def.nondiff_out & bit(std::min(i, def.n_out - 1))) continue;
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
    Ref<TensorImpl>& there = *slot[i];
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
    if (made[i]) accumulate(*slot[i], std::move(made[i]));
  }
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
