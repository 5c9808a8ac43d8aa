// map.hpp: one function for all elements.
#pragma once

#include "vec.hpp"

namespace hg::fastcpu::ISA {
namespace {

/// A store first brings the line that it changes into the cache, and what it wrote leaves
/// later: twice the traffic. A streaming store sends whole lines to memory and fetches
/// none. But who reads y next then finds it in memory, not in the cache. On a Zen 4 with
/// 32 MiB of third-level cache, a chain of eight relus and their gradients, on one thread,
/// was faster with streaming stores, by a fifth to a third, from 8 MiB a tensor on, as
/// fast at 4 MiB, and slower below, by a half at 1 MiB. So: above 4 MiB for a thread.
constexpr int64_t streamed_from = 1 << 20;

/// y[i] = f(x[i]...) for i < n, W elements at a time. f takes and gives F. y may be one of
/// the inputs.
template <class Function, class... In>
HG_INLINE void map(int64_t n, float* y, const Function& f, const In*... x) {
  int64_t i = 0;
  const bool aligned = uintptr_t(y) % sizeof(F) == 0;
  if (n > streamed_from && aligned && (... && (static_cast<const void*>(x) != y))) {
    for (; i + W <= n; i += W) stream(y + i, f(load(x + i)...));
    fence_streams();
  }
  for (; i + W <= n; i += W) store(y + i, f(load(x + i)...));
  if (i < n) store_first(y + i, f(load_first(x + i, n - i)...), n - i);
}

}  // namespace
}  // namespace hg::fastcpu::ISA
