// Checking tensors of indices.
#pragma once

#include "ops/ops.hpp"

namespace hg::ops {

inline void require_index_type(const hg_tensor& k) {
  plugin::require(k.code == HG_INT_CODE && k.bits == 64, "index is ", plugin::type_text(k),
                  "; it must be i64\n  hint: index.to(i64)");
}

[[noreturn]] inline void fail_index(int64_t k, const hg_tensor& x, int axis) {
  int64_t n = x.ndim > 0 ? x.shape[axis] : 1;
  throw plugin::Failure(
      HG_E_INVALID, plugin::text("index ", k, " is out of range for axis ", axis, " of ",
                                 plugin::shape_text(x), ", which has size ", n));
}

/// k, if it is one of 0 to n-1, n being the size of an axis of x.
inline int64_t checked_index(int64_t k, const hg_tensor& x, int axis) {
  if (k < 0 || k >= (x.ndim > 0 ? x.shape[axis] : 1)) fail_index(k, x, axis);
  return k;
}

/// The same, with negative numbers counting from the end: -1 is n-1.
inline int64_t wrapped_index(int64_t k, const hg_tensor& x, int axis) {
  int64_t n = x.shape[axis];
  if (k < -n || k >= n) fail_index(k, x, axis);
  return k < 0 ? k + n : k;
}

}  // namespace hg::ops
