// Which kernel computes a call: the first on the list, best first, that knows every
// argument given and does not decline.
#include "host/invocation.hpp"

namespace hg {

// The tensor whose type decides.
const hg_tensor& Invocation::key() {
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (in_[i] && is_floating(desc_[i])) return desc_[i];
  }
  for (uint32_t i = 0; i < n_in_; ++i) {
    if (in_[i]) return desc_[i];
  }
  return frame_.out[0];
}

void Invocation::choose_kernel() {
  int32_t device = n_in_ && in_[0] ? desc_[0].dev_type : int32_t(HG_CPU);
  DType type = dtype_of(key());
  for (KernelList list = op_.kernels(device, type); list && *list; ++list) {
    frame_.kernel = *list;
    if (knows_all(*frame_.kernel->desc) && plan(*frame_.kernel->desc)) return;
  }
  frame_.kernel = nullptr;
  no_kernel(device, type);
}

// Kernels of a COMPOSED operator are optional, and so is the shape rule they need.
bool Invocation::has_kernel() {
  if (!def_.infer || n_in_ == 0) return false;
  return op_.kernels(desc_[0].dev_type, dtype_of(key()));
}

// A kernel written before an input or attribute was added must not run when it is used.
bool Invocation::knows_all(const hg_kernel& k) {
  if (k.n_in >= def_.n_in && k.n_attr >= def_.n_attr) return true;
  for (uint32_t i = k.n_in; i < std::min(n_in_, def_.n_in); ++i) {
    if (in_[i]) return false;
  }
  for (uint32_t a = k.n_attr; a < def_.n_attr; ++a) {
    const hg_value &v = attr_[a], &dflt = def_.attrs[a]->dflt;
    if (v.kind != dflt.kind || v.u.i != dflt.u.i) return false;
  }
  return true;
}

bool Invocation::plan(const hg_kernel& k) {
  frame_.saved.resize(0);
  if (!k.plan) return true;
  if (!frame_.invoke(k.plan, &k, HG_PLAN)) return false;
  frame_.call.n_saved = frame_.saved.size();
  frame_.call.saved = frame_.saved.data();
  return true;
}

void Invocation::no_kernel(int32_t device, DType type) {
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

}  // namespace hg
