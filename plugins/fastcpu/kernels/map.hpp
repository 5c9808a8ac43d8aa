// map.hpp: one function for all elements.
#pragma once

#include "vec.hpp"

namespace hg::fastcpu::ISA {
namespace {

/// y[i] = f(x[i]...) for i < n, W elements at a time. f takes and gives F. y may be one of
/// the inputs.
template <class Function, class... In>
HG_INLINE void map(int64_t n, float* y, const Function& f, const In*... x) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(y + i, f(load(x + i)...));
  if (i < n) store_first(y + i, f(load_first(x + i, n - i)...), n - i);
}

}  // namespace
}  // namespace hg::fastcpu::ISA
