// Windows over a grid: what the pools share.
//
// A pool goes through the channels of x one by one: the grid of a channel, (L), (H,W) or
// (D,H,W), is covered with windows, and each window becomes one place of y's grid. Along an
// axis with n places, window o takes `kernel` of them, `dilation` apart, from
//
//     first(o) = o*stride - padding        o = 0 ... size-1
//
// on, and as many windows are taken as fit into the axis with its padding on both sides:
//
//     size = floor((n + 2 padding - dilation (kernel-1) - 1) / stride) + 1
//
// A rest that the stride does not fill goes unseen. With ceil_mode the size is rounded up,
// and the last window hangs over the edge; it is left out if it would start behind the
// input, in the padding, where there is nothing to see.
//
// An adaptive pool is told how many windows to make, and divides the axis itself: window o
// goes from floor(o n/size) up to ceil((o+1) n/size). If size divides n, that is n/size
// places each, side by side; if not, neighbours share a place.
//
// Axes that a sequence or an image does not have count as one place with one window.
#pragma once

#include <algorithm>

#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg::ops {

/// The places of a window along an axis that lie in the grid: first, first + step, ...,
/// below end. There may be none.
struct Places {
  int64_t first, end, step;
  int64_t count() const { return first < end ? (end - first + step - 1) / step : 0; }
};

/// Windows of a given size.
struct PoolAxis {
  int64_t n = 1, size = 1, kernel = 1, stride = 1, padding = 0, dilation = 1;

  int64_t first(int64_t o) const { return o * stride - padding; }
  Places window(int64_t o) const {
    const int64_t f = first(o), end = std::min(n, f + (kernel - 1) * dilation + 1);
    return {f < 0 ? f + (dilation - 1 - f) / dilation * dilation : f, end, dilation};
  }
  /// How many places window o has with those in the padding, without those behind it.
  int64_t padded_count(int64_t o) const {
    return std::min(first(o) + kernel, n + padding) - first(o);
  }
};

/// As many windows as wanted.
struct AdaptiveAxis {
  int64_t n = 1, size = 1;

  Places window(int64_t o) const {
    // o n/size in two parts: o*n itself may be larger than 64 bits hold.
    auto start = [this](int64_t o) { return o * (n / size) + o * (n % size) / size; };
    const bool between = (o + 1) * (n % size) % size != 0;
    return {start(o), start(o + 1) + between, 1};
  }
};

/// A window of a grid with up to three axes; the last runs fastest.
struct Window {
  Places along[3];
  int64_t height, width;  // of the grid

  int64_t count() const { return along[0].count() * along[1].count() * along[2].count(); }
  int64_t first() const {
    return (along[0].first * height + along[1].first) * width + along[2].first;
  }
  /// Calls f(i) for the number i of each place in the grid, counted row by row.
  template <class F>
  void each(const F& f) const {
    const auto& [d, h, w] = along;
    for (int64_t z = d.first; z < d.end; z += d.step) {
      for (int64_t y = h.first; y < h.end; y += h.step) {
        const int64_t row = (z * height + y) * width;
        for (int64_t x = w.first; x < w.end; x += w.step) f(row + x);
      }
    }
  }
};

/// The grids of a call: one for each channel of each sample, all covered alike.
template <class Axis>
struct Grids {
  int64_t count = 1;  // of channels, over all samples
  Axis axis[3];

  int64_t places() const { return axis[0].n * axis[1].n * axis[2].n; }
  int64_t windows() const { return axis[0].size * axis[1].size * axis[2].size; }
  /// Calls f(o, window, {a, b, c}) for each window: its number, its places, and its number
  /// along each axis.
  template <class F>
  void each_window(const F& f) const {
    int64_t o = 0;
    for (int64_t a = 0; a < axis[0].size; ++a) {
      for (int64_t b = 0; b < axis[1].size; ++b) {
        for (int64_t c = 0; c < axis[2].size; ++c) {
          const Window w{{axis[0].window(a), axis[1].window(b), axis[2].window(c)},
                         axis[1].n,
                         axis[2].n};
          const int64_t numbers[3] = {a, b, c};
          f(o++, w, numbers);
        }
      }
    }
  }
};

/// What inputs with this many grid axes look like.
inline const char* grid_form(int axes) {
  static const char* const forms[] = {"", "(N,C,L) or (C,L)", "(N,C,H,W) or (C,H,W)",
                                      "(N,C,D,H,W) or (C,D,H,W)"};
  return forms[axes];
}

/// x must be (N, C, grid...) or (C, grid...), of which only N may be 0.
inline void require_grid(const hg_tensor& x, int axes) {
  using plugin::require, plugin::shape_text;
  require(x.ndim == axes + 1 || x.ndim == axes + 2, "input is ", shape_text(x),
          ": it must be ", grid_form(axes));
  for (int d = x.ndim - axes - 1; d < x.ndim; ++d) {
    require(x.shape[d] > 0, "input is ", shape_text(x), ": axis ", d,
            " is empty, and only N may be 0");
    require(x.shape[d] <= int64_t(1) << 48, "input is ", shape_text(x), ": axis ", d,
            " has more than 2^48 places");
  }
}

/// The setting for grid axis d: a list has one number, or one for each axis.
inline int64_t setting(const plugin::Call& c, uint32_t attribute, int d) {
  auto list = c.attr(attribute).integers();
  return list[list.size() == 1 ? 0 : size_t(d)];
}
inline void require_settings(const plugin::Call& c, uint32_t attribute, const char* name,
                             int axes) {
  auto list = c.attr(attribute).integers();
  plugin::require(list.size() == 1 || int(list.size()) == axes, name, " has ", list.size(),
                  " numbers; it takes one, or one for each of ", axes, " axes");
}

/// Grids of x (N, C, grid...) or (C, grid...) without windows.
template <class Axis>
Grids<Axis> grids(const hg_tensor& x, int axes) {
  Grids<Axis> g;
  for (int d = 0; d < x.ndim - axes; ++d) g.count *= x.shape[d];
  for (int d = 0; d < axes; ++d) g.axis[3 - axes + d].n = x.shape[x.ndim - axes + d];
  return g;
}

/// The windows that the attributes of a pool describe: 0 kernel_size, 1 stride (empty: the
/// kernel's), 2 padding, and, where the pool has one, a dilation.
inline Grids<PoolAxis> pool_grids(const plugin::Call& c, const hg_tensor& x, int axes,
                                  int dilation, bool ceil_mode) {
  Grids<PoolAxis> g = grids<PoolAxis>(x, axes);
  const bool strided = !c.attr(1).integers().empty();
  for (int d = 0; d < axes; ++d) {
    PoolAxis& a = g.axis[3 - axes + d];
    a.kernel = setting(c, 0, d);
    a.stride = setting(c, strided ? 1 : 0, d);
    a.padding = setting(c, 2, d);
    if (dilation > 0) a.dilation = setting(c, uint32_t(dilation), d);
    const int64_t rest = a.n + 2 * a.padding - a.dilation * (a.kernel - 1) - 1 +
                         (ceil_mode ? a.stride - 1 : 0);
    a.size = rest < 0 ? 0 : rest / a.stride + 1;
    if (ceil_mode && a.first(a.size - 1) >= a.n) --a.size;
  }
  return g;
}

/// In infer: checks such a pool and shapes output 0.
inline void infer_pool(const plugin::Call& c, int axes, int dilation, bool ceil_mode) {
  using plugin::require;
  const hg_tensor& x = c.in(0);
  require_grid(x, axes);
  require_settings(c, 0, "kernel_size", axes);
  if (!c.attr(1).integers().empty()) require_settings(c, 1, "stride", axes);
  require_settings(c, 2, "padding", axes);
  if (dilation > 0) require_settings(c, uint32_t(dilation), "dilation", axes);
  const Grids<PoolAxis> g = pool_grids(c, x, axes, dilation, ceil_mode);
  c.like(0, x);
  for (int d = 0; d < axes; ++d) {
    const PoolAxis& a = g.axis[3 - axes + d];
    const int64_t reach = a.dilation * (a.kernel - 1) + 1;
    require(a.padding <= a.kernel / 2, "padding ", a.padding, " for a kernel of ", a.kernel,
            ": it is at most half of that");
    require(a.size > 0, "windows of ", reach, " places (kernel ", a.kernel, ", dilation ",
            a.dilation, ") do not fit into axis ", x.ndim - axes + d, " of ",
            plugin::shape_text(x), " with padding ", a.padding);
    c.out(0).shape[x.ndim - axes + d] = a.size;
  }
}

/// The windows of an adaptive pool: attribute 0 is output_size, with -1 for an axis that
/// keeps its size.
inline Grids<AdaptiveAxis> adaptive_grids(const plugin::Call& c, const hg_tensor& x,
                                          int axes) {
  Grids<AdaptiveAxis> g = grids<AdaptiveAxis>(x, axes);
  for (int d = 0; d < axes; ++d) {
    AdaptiveAxis& a = g.axis[3 - axes + d];
    a.size = setting(c, 0, d) < 0 ? a.n : setting(c, 0, d);
  }
  return g;
}

/// In infer: checks such a pool and shapes output 0.
inline void infer_adaptive(const plugin::Call& c, int axes) {
  const hg_tensor& x = c.in(0);
  require_grid(x, axes);
  require_settings(c, 0, "output_size", axes);
  const Grids<AdaptiveAxis> g = adaptive_grids(c, x, axes);
  c.like(0, x);
  for (int d = 0; d < axes; ++d) {
    c.out(0).shape[x.ndim - axes + d] = g.axis[3 - axes + d].size;
  }
  shape_of(c.out(0)).numel();  // throws if they are more than can be counted
}

/// The place of window w with the largest number: the first of several, but the last NaN.
template <class T>
int64_t largest(const T* x, const Window& w) {
  int64_t best = w.first();
  w.each([&](int64_t i) {
    if (x[i] > x[best] || x[i] != x[i]) best = i;
  });
  return best;
}

/// Backward of a pool that chose place k[o] (output 1) for window o: dx[k[o]] += dy[o].
template <class T, class Axis>
void deal_out(const plugin::Call& c, const Grids<Axis>& g) {
  std::fill_n(c.din<T>(0), hg_numel(&c.din(0)), T(0));
  for (int64_t n = 0; n < g.count; ++n) {
    const T* dy = c.dout<T>(0) + n * g.windows();
    const int64_t* k = c.out<int64_t>(1) + n * g.windows();
    T* dx = c.din<T>(0) + n * g.places();
    for (int64_t o = 0; o < g.windows(); ++o) dx[k[o]] = T(dx[k[o]] + dy[o]);
  }
}

/// The largest number a window's setting may have.
constexpr int64_t window_limit = (int64_t(1) << 31) - 1;

}  // namespace hg::ops
