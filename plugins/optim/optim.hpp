// What the optimizers of this plugin share.
#pragma once

#include <algorithm>
#include <handgrad_plugin.hpp>

/// The rule of every update operator: gradient and slots look like the parameter. They
/// have no outputs: they change inputs in place.
inline void check_update(const hg::plugin::Call& c) {
  using namespace hg::plugin;
  const hg_tensor& p = c.in(0);
  for (uint32_t i = 1; i < c.n_in(); ++i) {
    const hg_tensor& t = c.in(i);
    if (t.ndim < 0) continue;  // a slot that is switched off
    bool same = t.ndim == p.ndim && std::equal(t.shape, t.shape + t.ndim, p.shape);
    require(same, "the parameter is ", shape_text(p), ", input ", i, " is ", shape_text(t));
    require(t.code == p.code && t.bits == p.bits, "the parameter is ", type_text(p),
            ", input ", i, " is ", type_text(t));
  }
}
