// One call of an operator, from its arguments to its results.
//
// The steps stand in the order in which they are taken; dispatch.cpp calls them, and each
// group has a file of its own.
#pragma once

#include <array>
#include <forward_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"
#include "host/frame.hpp"
#include "host/registry.hpp"
#include "tensor/tensor.hpp"

namespace hg {

// A list whose first few entries need no allocation.
template <class T, size_t few>
class FewOrMany {
 public:
  explicit FewOrMany(size_t n) : n_(n) {
    if (n > few) many_ = std::make_unique<T[]>(n);
    first_ = many_ ? many_.get() : few_.data();
  }
  FewOrMany(const FewOrMany&) = delete;
  T* data() { return first_; }
  T& operator[](size_t i) { return first_[i]; }
  size_t size() const { return n_; }

 private:
  size_t n_;
  T* first_;
  std::unique_ptr<T[]> many_;
  std::array<T, few> few_;
};

/// Masks speak of declared inputs, 64 at most (validate.cpp); the last bit is for all of a
/// variadic one.
inline uint64_t input_bit(const hg_op& def, uint32_t i) {
  return uint64_t(1) << std::min(i, def.n_in - 1);
}
inline uint64_t output_bit(const hg_op& def, uint32_t i) {
  return uint64_t(1) << std::min(i, def.n_out - 1);
}

class [[gnu::visibility("hidden")]] Invocation {
 public:
  Invocation(const Operator& op, std::span<const Tensor* const> inputs,
             std::span<const hg_value> attributes, bool in_place)
      : op_(op),
        def_(*op.def),
        frame_(op),
        in_place_(in_place),
        n_in_(uint32_t(inputs.size())),
        in_(inputs.size()),
        desc_(inputs.size()),
        attr_(def_.n_attr) {
    self_ = in_place ? inputs[0]->impl() : nullptr;
    take_inputs(inputs);
    resolve_attributes(attributes);
  }

  /// Of an optimizer's update: which step it is, from 1.
  void set_step(uint64_t step) { frame_.call.step = step; }

  /// Everything; the results are in `result` and `more_results` afterwards.
  void go();
  std::vector<Tensor> all_results();

  Ref<TensorImpl> result;                     // output 0
  std::vector<Ref<TensorImpl>> more_results;  // outputs 1, 2, ...

 private:
  void run();
  void run_observed();

  // ---- arguments (arguments.cpp) --------------------------------------------------------
  void take_inputs(std::span<const Tensor* const> inputs);
  [[noreturn]] void refuse_devices(uint32_t i);
  void require_optional(uint32_t i);
  void resolve_attributes(std::span<const hg_value> given);
  void convert_attribute(const hg_attr& declared, hg_value& given);
  void check_bounds();
  void promote();
  void convert_inputs();
  void replace(uint32_t i, const Tensor& t);
  std::string input_name(uint32_t i) const {
    return def_.in[std::min(i, def_.n_in - 1)]->name;
  }

  // ---- results and running (dispatch.cpp) -----------------------------------------------
  void infer();
  bool needs_gradient();
  void compose();
  void make_contiguous();
  void replace_by_copy(uint32_t i);
  void compute();
  void call_forward();
  void make_view(bool record);

  // ---- which kernel (kernel_choice.cpp) -------------------------------------------------
  const hg_tensor& key();
  void choose_kernel();
  bool has_kernel();
  bool knows_all(const hg_kernel& k);
  bool plan(const hg_kernel& k);
  [[noreturn]] void no_kernel(int32_t device, DType type);

  // ---- changing an input (in_place.cpp) -------------------------------------------------
  void check_in_place();
  void check_leaf(TensorImpl* t);
  void check_written_leaves();
  bool can_alias();
  void save_from_overwriting();
  void finish_in_place(bool alias);
  void count_writes();
  bool was_written(const Storage* s);

  // ---- the graph (recording.cpp) --------------------------------------------------------
  bool backward_reads(uint32_t i);
  void record_node();

  uint64_t mask_bit(uint32_t i) const { return input_bit(def_, i); }
  bool is_written(uint32_t i) { return in_[i] && (def_.writes & mask_bit(i)); }
  /// Does a gradient go on from input i?
  bool leads_on(uint32_t i) {
    TensorImpl* t = in_[i];
    if (!t || (def_.nondiff_in & mask_bit(i))) return false;
    if (t->base) refresh_view(t);
    return t->requires_grad;
  }
  Storage* storage(uint32_t i);
  TensorImpl* output(uint32_t i) const {
    return i == 0 ? result.get() : more_results[i - 1].get();
  }

  // What few calls need.
  struct Extras {
    std::forward_list<int64_t> singles;    // numbers given where a list is declared
    std::vector<Ref<TensorImpl>> held;     // converted and contiguous inputs
    std::vector<Ref<TensorImpl>> saved;    // what the kernel saves for its backward
    std::vector<std::pair<uint32_t, Storage*>> storage_of_copy;
    std::vector<std::pair<TensorImpl*, Ref<TensorImpl>>> written_back;
    Ref<TensorImpl> in_place_result;       // the kernel's own, copied into the input
  };
  Extras& extras() { return extras_ ? *extras_ : extras_.emplace(); }

  const Operator& op_;
  const hg_op& def_;
  Frame frame_;
  bool in_place_;
  uint32_t n_in_;
  FewOrMany<TensorImpl*, 6> in_;
  FewOrMany<hg_tensor, 6> desc_;
  FewOrMany<hg_value, 8> attr_;
  TensorImpl* self_;  // what is changed in place
  std::optional<Extras> extras_;
};

}  // namespace hg
