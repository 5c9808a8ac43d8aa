// What the optimizers of this plugin share.
#pragma once

#include <algorithm>
#include <cmath>
#include <handgrad_plugin.hpp>

/// The rule of every update operator: the gradient, and the slots before input `n`, look
/// like the parameter. There are no outputs: inputs are changed in place.
inline void check_update(const hg::plugin::Call& c, uint32_t n = HG_MAX_RANK) {
  using namespace hg::plugin;
  const hg_tensor& p = c.in(0);
  for (uint32_t i = 1; i < std::min(n, c.n_in()); ++i) {
    const hg_tensor& t = c.in(i);
    if (t.ndim < 0) continue;  // a slot that is switched off
    bool same = t.ndim == p.ndim && std::equal(t.shape, t.shape + t.ndim, p.shape);
    require(same, "the parameter is ", shape_text(p), ", input ", i, " is ", shape_text(t));
    require(t.code == p.code && t.bits == p.bits, "the parameter is ", type_text(p),
            ", input ", i, " is ", type_text(t));
  }
}

/// Adam and its relatives keep two averages, and both must forget.
inline void check_betas(const hg::plugin::Attr& betas) {
  std::span<const double> b = betas.numbers();
  hg::plugin::require(b.size() == 2, b.size(), " betas; there must be two");
  hg::plugin::require(b[0] < 1 && b[1] < 1, "betas are (", b[0], ", ", b[1],
                      "); each must be below 1");
}

/// update(i) for every element i of the parameter, on several threads if there are many.
/// `update` captures by value, so that the compiler knows that nothing changes meanwhile.
template <class F>
void for_each_element(const hg::plugin::Call& c, const F& update) {
  constexpr int64_t grain = 16384;
  c.parallel(hg_numel(&c.in(0)), grain, [&](int64_t begin, int64_t end) {
    F mine = update;
    for (int64_t i = begin; i < end; ++i) mine(i);
  });
}
