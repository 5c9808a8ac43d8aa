// One call of an operator while it is under way: the hg_call that callbacks see, and room
// for everything it points to.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/registry.hpp"
#include "host/thunk.hpp"
#include "tensor/impl.hpp"

namespace hg {

/// Descriptors with room for their shapes and strides. The first few need no allocation.
class DescList {
 public:
  DescList() = default;
  DescList(const DescList&) = delete;

  /// `n` descriptors; their shape and strides point to room for 8 numbers each.
  void resize(uint32_t n) {
    if (n > few) {
      more_ = std::make_unique<hg_tensor[]>(n);
      more_dims_ = std::make_unique<int64_t[]>(size_t(n) * 2 * max_rank);
      first_ = more_.get();
    }
    int64_t* dims = n > few ? more_dims_.get() : dims_;
    for (uint32_t i = 0; i < n; ++i) {
      first_[i].shape = dims + size_t(i) * 2 * max_rank;
      first_[i].strides = first_[i].shape + max_rank;
      first_[i].ndim = 0;
      first_[i].data = nullptr;
      first_[i].byte_offset = 0;
      first_[i].lanes = 1;
    }
    n_ = n;
  }
  hg_tensor* data() { return first_; }
  hg_tensor& operator[](uint32_t i) { return first_[i]; }
  uint32_t size() const { return n_; }
  std::span<const hg_tensor> span() const { return {first_, n_}; }

 private:
  static constexpr uint32_t few = 2;
  hg_tensor some_[few];
  int64_t dims_[few * 2 * max_rank];
  std::unique_ptr<hg_tensor[]> more_;
  std::unique_ptr<int64_t[]> more_dims_;
  hg_tensor* first_ = some_;
  uint32_t n_ = 0;
};

struct Frame {
  hg_call call;
  const Operator& op;
  const Kernel* kernel = nullptr;
  DescList out, saved;
  double (*closure)(void*) = nullptr;  // of optimizers: evaluates the loss
  void* closure_user = nullptr;
  int32_t code = 0;  // the first failure
  std::string message;
  std::vector<std::pair<void*, size_t>> scratch;

  // Field by field: cleared as one block, for which compilers take `rep stos`, a call would
  // cost as much as the sum of a few numbers.
  explicit Frame(const Operator& op) : op(op) {
    call.size = sizeof call;
    call.phase = HG_INFER;
    call.host = host_table();
    call.core = this;
    call.n_in = call.n_out = call.n_saved = call.n_attr = 0;
    call.in = nullptr;
    call.out = call.saved = nullptr;
    call.dout = nullptr;
    call.din = nullptr;
    call.din_add = nullptr;
    call.attr = nullptr;
    call.stream = nullptr;
    call.seed = call.step = 0;
  }
  ~Frame() {
    if (!scratch.empty()) free_scratch();
  }
  Frame(const Frame&) = delete;

  /// Calls one of the operator's or kernel's functions; throws hg::Error if it fails.
  /// Returns false on HG_DECLINE.
  template <class Desc>
  bool invoke(int32_t (*function)(const Desc*, hg_call*), const Desc* desc,
              hg_phase phase) {
    call.phase = phase;
    const LoadedPlugin* plugin = kernel && phase != HG_INFER ? kernel->origin : op.origin;
    Breadcrumb outer = breadcrumb;
    int32_t status = call_plugin(
        function, desc, &call, {plugin->name.c_str(), op.name.c_str(), phase_name(phase)});
    breadcrumb = outer;
    if (!scratch.empty()) free_scratch();
    if (status == HG_OK && code == 0) return true;
    if (status == HG_DECLINE && phase == HG_PLAN) return false;
    fail(status, phase, *plugin);
  }

  static constexpr const char* phase_name(hg_phase phase) {
    constexpr const char* names[] = {"infer", "plan", "forward", "backward", "step"};
    return names[phase];
  }

 private:
  void free_scratch();
  [[noreturn]] void fail(int32_t status, hg_phase phase, const LoadedPlugin& plugin);
};

}  // namespace hg
