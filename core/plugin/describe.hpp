// describe.hpp: builders that fill in the descriptors of operators, kernels and optimizers.
// Part of handgrad_plugin.hpp, which plugins include.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "handgrad_abi.h"

namespace hg::plugin {

/// Attribute values for declarations: given(1.5), given("mean"), none.
struct Default : hg_value {
  Default() : hg_value{HG_NONE, 0, {0}} {}
  Default(bool b) : hg_value{HG_BOOL, 0, {b ? 1 : 0}} {}
  template <std::integral T>
  Default(T i) : hg_value{HG_INT, 0, {int64_t(i)}} {}
  template <std::floating_point T>
  Default(T f) : hg_value{HG_FLOAT, 0, {}} { u.f = double(f); }
  Default(const char* s) : hg_value{HG_STRING, int32_t(std::strlen(s)), {}} { u.s = s; }
  Default(std::initializer_list<int64_t> list)
      : hg_value{HG_INTS, int32_t(list.size()), {}} {
    auto* copy = new int64_t[list.size() + 1];  // descriptors live until exit
    std::copy(list.begin(), list.end(), copy);
    u.iv = copy;
  }
  template <std::floating_point T>
  Default(std::initializer_list<T> list) : hg_value{HG_FLOATS, int32_t(list.size()), {}} {
    auto* copy = new double[list.size() + 1];
    std::copy(list.begin(), list.end(), copy);
    u.fv = copy;
  }
};

/// Fills an hg_op. Every function returns *this, so that a description reads as a list.
class OpBuilder {
 public:
  OpBuilder(const char* name, int32_t (*infer)(const hg_op*, hg_call*)) {
    op_.size = sizeof op_;
    op_.name = name;
    op_.infer = infer;
  }
  OpBuilder& doc(const char* line) { op_.doc = line; return *this; }
  OpBuilder& formula(const char* text) { op_.formula = text; return *this; }
  OpBuilder& in(const char* name, const char* doc = "") { return input(name, doc, 0); }
  OpBuilder& optional_in(const char* name, const char* doc = "") {
    return input(name, doc, HG_OPTIONAL);
  }
  OpBuilder& variadic_in(const char* name, const char* doc = "") {
    return input(name, doc, HG_VARIADIC);
  }
  /// A variadic input of which any member may be left out (indices).
  OpBuilder& variadic_optional_in(const char* name, const char* doc = "") {
    return input(name, doc, HG_VARIADIC | HG_OPTIONAL);
  }
  OpBuilder& out(const char* name, const char* doc = "") { return output(name, doc, 0); }
  OpBuilder& variadic_out(const char* name, const char* doc = "") {
    return output(name, doc, HG_VARIADIC);
  }
  /// An attribute of kind HG_INT, ...; the default HG_NONE makes it optional.
  OpBuilder& attr(const char* name, uint32_t kind, Default dflt, const char* doc = "",
                  Default lo = {}, Default hi = {}) {
    attrs_.push_back(new hg_attr{sizeof(hg_attr), kind, name, doc, nullptr, dflt, lo, hi});
    return *this;
  }
  /// A string that must be one of "a|b|c".
  OpBuilder& choice(const char* name, const char* dflt, const char* choices,
                    const char* doc = "") {
    attrs_.push_back(new hg_attr{sizeof(hg_attr), HG_STRING, name, doc, choices,
                                 Default(dflt), Default(), Default()});
    return *this;
  }
  /// Sample arguments for the checker, see hg_sample.
  OpBuilder& sample(const char* inputs, const char* attrs = nullptr) {
    samples_.push_back(new hg_sample{sizeof(hg_sample), 0, inputs, attrs});
    return *this;
  }
  OpBuilder& nondiff_in(std::initializer_list<int> list) {
    op_.nondiff_in |= bits(list);
    return *this;
  }
  OpBuilder& nondiff_out(std::initializer_list<int> list) {
    op_.nondiff_out |= bits(list);
    return *this;
  }
  OpBuilder& writes(std::initializer_list<int> list) {
    op_.writes |= bits(list);
    return *this;
  }
  /// These inputs meet in a common type (HG_PROMOTE_ALL or HG_PROMOTE_FLOAT).
  OpBuilder& promote(hg_promotion rule, std::initializer_list<int> list) {
    op_.promotion = rule;
    op_.promote_in = bits(list);
    return *this;
  }
  OpBuilder& flags(uint32_t f) { op_.flags |= f; return *this; }
  OpBuilder& body(const char* text) {
    op_.body = text;
    op_.flags |= HG_COMPOSED;
    return *this;
  }

  static uint64_t bits(std::initializer_list<int> list) {
    uint64_t mask = 0;
    for (int i : list) mask |= uint64_t(1) << i;
    return mask;
  }
  const hg_op* finish() {
    op_.n_in = uint32_t(in_.size());
    op_.in = in_.data();
    op_.n_out = uint32_t(out_.size());
    op_.out = out_.data();
    op_.n_attr = uint32_t(attrs_.size());
    op_.attrs = attrs_.data();
    op_.n_sample = uint32_t(samples_.size());
    op_.samples = samples_.data();
    return &op_;
  }

 private:
  OpBuilder& input(const char* name, const char* doc, uint32_t flags) {
    in_.push_back(new hg_param{sizeof(hg_param), flags, name, doc});
    return *this;
  }
  OpBuilder& output(const char* name, const char* doc, uint32_t flags) {
    out_.push_back(new hg_param{sizeof(hg_param), flags, name, doc});
    return *this;
  }
  hg_op op_{};
  std::vector<const hg_param*> in_, out_;
  std::vector<const hg_attr*> attrs_;
  std::vector<const hg_sample*> samples_;
};

/// Fills the hg_kernels of one operator, one for each element type.
class KernelBuilder {
 public:
  explicit KernelBuilder(std::vector<hg_kernel*> kernels) : kernels_(std::move(kernels)) {}
  /// Backward reads these inputs, these outputs.
  KernelBuilder& keep_in(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->keep_in = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& keep_out(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->keep_out = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& pass_dout(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->pass_dout = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& may_alias(std::initializer_list<int> list) {
    for (hg_kernel* k : kernels_) k->may_alias = OpBuilder::bits(list);
    return *this;
  }
  KernelBuilder& priority(int32_t p) {
    for (hg_kernel* k : kernels_) k->priority = p;
    return *this;
  }
  KernelBuilder& device(const char* name) {
    for (hg_kernel* k : kernels_) k->device = name;
    return *this;
  }
  KernelBuilder& flags(uint32_t f) {
    for (hg_kernel* k : kernels_) k->flags |= f;
    return *this;
  }
  /// How many inputs and attributes it knows, if not all of today's.
  KernelBuilder& knows(uint32_t n_in, uint32_t n_attr) {
    for (hg_kernel* k : kernels_) { k->n_in = n_in; k->n_attr = n_attr; }
    return *this;
  }

 private:
  std::vector<hg_kernel*> kernels_;
};

/// Fills an hg_optimizer.
class OptimizerBuilder {
 public:
  explicit OptimizerBuilder(const char* name) {
    desc_.size = sizeof desc_;
    desc_.name = name;
  }
  OptimizerBuilder& doc(const char* line) { desc_.doc = line; return *this; }
  OptimizerBuilder& formula(const char* text) { desc_.formula = text; return *this; }
  OptimizerBuilder& update_op(const char* name) { desc_.update_op = name; return *this; }
  OptimizerBuilder& hyper(const char* name, uint32_t kind, Default dflt,
                          const char* doc = "", Default lo = {}, Default hi = {}) {
    hyper_.push_back(new hg_attr{sizeof(hg_attr), kind, name, doc, nullptr, dflt, lo, hi});
    return *this;
  }
  /// A string that must be one of "a|b|c".
  OptimizerBuilder& choice(const char* name, const char* dflt, const char* choices,
                           const char* doc = "") {
    hyper_.push_back(new hg_attr{sizeof(hg_attr), HG_STRING, name, doc, choices,
                                 Default(dflt), Default(), Default()});
    return *this;
  }
  /// State of the parameter's shape; kept only if hyper-parameter `when` (if any) is not 0.
  OptimizerBuilder& slot(const char* name, const char* when = nullptr, double initial = 0,
                         uint32_t flags = 0) {
    return slot(hg_slot{sizeof(hg_slot), flags, name, nullptr, initial, when, nullptr});
  }
  /// One number for each parameter, in double precision whatever the parameter has.
  OptimizerBuilder& scalar_slot(const char* name, double initial = 0, uint32_t flags = 0) {
    return slot(hg_slot{sizeof(hg_slot), flags | HG_SLOT_SCALAR, name, "f64", initial,
                        nullptr, nullptr});
  }
  OptimizerBuilder& slot(const hg_slot& s) {
    slots_.push_back(new hg_slot(s));
    return *this;
  }
  OptimizerBuilder& step_all(int32_t (*f)(const hg_optimizer*, hg_call*)) {
    desc_.step_all = f;
    return *this;
  }
  const hg_optimizer* finish() {
    desc_.n_hyper = uint32_t(hyper_.size());
    desc_.hyper = hyper_.data();
    desc_.n_slot = uint32_t(slots_.size());
    desc_.slots = slots_.data();
    return &desc_;
  }

 private:
  hg_optimizer desc_{};
  std::vector<const hg_attr*> hyper_;
  std::vector<const hg_slot*> slots_;
};

}  // namespace hg::plugin
