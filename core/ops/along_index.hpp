// Elements that an index tensor names along one axis: what gather and scatter share.
//
// k has as many axes as x. Element k[i,j] belongs, for axis 1, to x[i, k[i,j]]: it says
// where along the axis, and its own place says everything else. k may be shorter than x
// along the other axes.
#pragma once

#include "ops/indices.hpp"
#include "tensor/strides.hpp"

namespace hg::ops {

/// In infer: does k, called `index`, fit x along `axis`?
inline void require_index_fits(const hg_tensor& x, const hg_tensor& k, int axis) {
  using plugin::require, plugin::shape_text;
  require_index_type(k);
  require(x.ndim == k.ndim, "input is ", shape_text(x), ", index is ", shape_text(k),
          ": both must have as many axes");
  for (int d = 0; d < x.ndim; ++d) {
    require(d == axis || k.shape[d] <= x.shape[d], "input is ", shape_text(x),
            ", index is ", shape_text(k), ": index is longer along axis ", d,
            ", which is not the one to index along");
  }
}

/// Calls f(j, m) for each element of k in row-major order: j is the element at the same
/// place in `beside`, which has k's shape or is longer; m the element of x that it names.
template <class F>
void each_indexed(const hg_tensor& x, const hg_tensor& k, int axis, const hg_tensor& beside,
                  const F& f) {
  auto* index = static_cast<const int64_t*>(k.data);
  Shape steps = contiguous_strides(shape_of(x));
  const int64_t step = x.ndim > 0 ? steps[axis] : 1;
  if (x.ndim > 0) steps[axis] = 0;  // k moves along this axis, not the loop
  const Shape k_steps = contiguous_strides(shape_of(k));
  Loops<3> loops(shape_of(k), {k_steps, contiguous_strides(shape_of(beside)), steps});
  loops.for_each_row([&](const auto& at, int64_t n) {
    const auto [dk, dj, dm] = loops.inner();
    for (int64_t i = 0; i < n; ++i) {
      const int64_t place = checked_index(index[at[0] + i * dk], x, axis) * step;
      f(at[1] + i * dj, at[2] + i * dm + place);
    }
  });
}

}  // namespace hg::ops
