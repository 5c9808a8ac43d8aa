#include "host/frame.hpp"

#include <mutex>
#include <string_view>

#include "host/host.hpp"
#include "tensor/error.hpp"
#include "tensor/pool.hpp"

namespace hg {
namespace {

// Kernels may fail on several threads at once; the first message is kept.
std::mutex fail_mutex;

Frame* frame_of(hg_call* call) { return static_cast<Frame*>(call->core); }

std::string describe(const hg_tensor& t) {
  if (!is_given(t)) return "none";
  return shape_of(t).to_string() + " " + name(dtype_of(t));
}

}  // namespace

void Frame::free_scratch() {
  for (auto [block, bytes] : scratch) pool::release(block, bytes);
  scratch.clear();
}

void Frame::fail(int32_t status, hg_phase phase, const LoadedPlugin& plugin) {
  std::string problem = message;
  if (problem.empty()) {
    problem = "status " + std::to_string(status) + " without a message";
  }
  // The core's messages are complete sentences, and what a caller does wrong with one of
  // its operators reads the same whichever kernel found it. A plugin's other messages get
  // their place and shapes.
  const bool of_the_core = std::string_view(op.name).starts_with("core.");
  if (!message.empty() && (plugin.is_core() || (of_the_core && status == HG_E_INVALID)))
    throw Error(op.short_name(), problem);
  std::string shapes;
  for (uint32_t i = 0; i < call.n_in; ++i) shapes += (i ? ", " : "") + describe(call.in[i]);
  throw Error(op.name, problem + "\n  in " + phase_name(phase) + " of plugin " +
                           plugin.name + ", inputs: " + (shapes.empty() ? "none" : shapes));
}

int32_t host_fail(hg_call* call, int32_t code, const char* message) {
  if (code == HG_OK) code = HG_E_INTERNAL;
  if (!call) {
    staging_fail(message);
    return code;
  }
  std::lock_guard lock(fail_mutex);
  Frame* frame = frame_of(call);
  if (frame->code == 0) {
    frame->code = code;
    frame->message = message ? message : "";
  }
  return code;
}

void* host_scratch(hg_call* call, uint64_t bytes) {
  try {
    Frame* frame = frame_of(call);
    frame->scratch.reserve(frame->scratch.size() + 1);
    void* block = pool::allocate(size_t(bytes));
    frame->scratch.emplace_back(block, size_t(bytes));
    return block;
  } catch (const std::exception& e) {
    host_fail(call, HG_E_MEMORY, e.what());
    return nullptr;
  }
}

int32_t host_save(hg_call* call, uint32_t i, const hg_tensor* like) {
  Frame* frame = frame_of(call);
  if (call->phase != HG_PLAN) {
    return host_fail(call, HG_E_INTERNAL, "save() was called outside the plan phase");
  }
  if (i != frame->saved.size() || i >= 64 || like->ndim < 0 || like->ndim > max_rank) {
    return host_fail(call, HG_E_INTERNAL,
                     "save() declares tensors in order 0, 1, ..., each of rank 0 to 8");
  }
  // DescList::resize forgets shapes, so earlier ones are put aside first.
  std::vector<std::pair<hg_tensor, Shape>> before;
  for (uint32_t k = 0; k < i; ++k)
    before.emplace_back(frame->saved[k], shape_of(frame->saved[k]));
  before.emplace_back(*like, shape_of(*like));
  frame->saved.resize(i + 1);
  for (uint32_t k = 0; k <= i; ++k) {
    hg_tensor& t = frame->saved[k];
    const Shape& shape = before[k].second;
    t.ndim = shape.size();
    t.code = before[k].first.code;
    t.bits = before[k].first.bits;
    std::copy(shape.begin(), shape.end(), t.shape);
  }
  return HG_OK;
}

int32_t host_resize_out(hg_call* call, uint32_t n) {
  Frame* frame = frame_of(call);
  const hg_op& def = *frame->op.def;
  bool variadic = def.n_out > 0 && (def.out[def.n_out - 1]->flags & HG_VARIADIC);
  if (call->phase != HG_INFER || !variadic || n > 65535) {
    return host_fail(
        call, HG_E_INTERNAL,
        "resize_out() is for infer, of operators whose last output is variadic");
  }
  try {
    frame->out.resize(n);
  } catch (const std::exception&) {
    return host_fail(call, HG_E_MEMORY, "no memory for so many outputs");
  }
  call->out = frame->out.data();
  call->n_out = n;
  return HG_OK;
}

int32_t host_closure(hg_call* call, double* loss) {
  Frame* frame = frame_of(call);
  if (call->phase != HG_STEP || !frame->closure) {
    return host_fail(call, HG_E_INVALID,
                     "this optimizer evaluates the loss again: step() needs a closure");
  }
  try {
    *loss = frame->closure(frame->closure_user);
    return HG_OK;
  } catch (const std::exception& e) {
    return host_fail(call, HG_E_INTERNAL, e.what());
  }
}

}  // namespace hg
