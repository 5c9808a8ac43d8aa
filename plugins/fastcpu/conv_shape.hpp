// The numbers of one convolution, in the letters of core/ops/conv.cpp.
#pragma once

#include <algorithm>

#include "fastcpu.hpp"
#include "kernels/store.hpp"

namespace hg::fastcpu {

/// Loops are cut into at least so many tasks, if it can be had for little.
constexpr int64_t least_tasks = 8;

/// One axis of the grid.
struct ConvAxis {
  int64_t size, taps, stride, padding, dilation;
  int64_t windows;  ///< size of the result

  /// From the first tap to the last.
  int64_t span() const { return dilation * (taps - 1); }
};

/// conv1d is conv2d of images that are one row high.
struct ConvShape {
  enum Input : uint32_t { input, weight, bias };

  ConvShape(const Call& c, const hg_tensor& y) {
    enum Attribute : uint32_t { stride, padding, dilation, groups_ };
    const hg_tensor &x = c.in(input), &wt = c.in(weight);
    const int G = wt.ndim - 2;
    N = x.ndim == G + 2 ? x.shape[0] : 1;
    groups = c.attr(groups_).integer();
    C = wt.shape[1];
    K = wt.shape[0] / groups;
    auto axis = [&](int d) {
      const size_t i = size_t(d);
      return ConvAxis{x.shape[x.ndim - G + d],        wt.shape[2 + d],
                      c.attr(stride).integers()[i],   c.attr(padding).integers()[i],
                      c.attr(dilation).integers()[i], y.shape[y.ndim - G + d]};
    };
    h = G == 2 ? axis(0) : ConvAxis{1, 1, 1, 0, 1, 1};
    w = axis(G - 1);
  }

  int64_t N, groups;  ///< images, groups of channels in each
  int64_t C, K;       ///< channels of x and of y in a group
  ConvAxis h, w;

  int64_t x_plane() const { return h.size * w.size; }
  int64_t y_plane() const { return h.windows * w.windows; }
  int64_t x_image() const { return groups * C * x_plane(); }
  int64_t y_image() const { return groups * K * y_plane(); }
  int64_t taps() const { return h.taps * w.taps; }
  int64_t J() const { return C * taps(); }  ///< weights of one output channel
  /// Enough to fill vectors whose lanes are channels, of x and of y?
  bool many_channels() const { return groups == 1 && C >= 16 && K >= 16; }
  bool empty() const { return N * C * K * taps() * x_plane() * y_plane() == 0; }
};

/// An axis of dx. Phase a of x, place i, is x[i*stride + a - padding]. Tap r with
/// r*dilation = stride*shift + a takes it to window i - shift: the gradient gathers what
/// forward scattered, a convolution again, for each phase with the taps that belong to it.
struct GradientAxis {
  explicit GradientAxis(const ConvAxis& axis)
      : a(axis),
        phases(std::min(a.stride, a.span() + 1)),
        first(first_of(phases - 1)),
        last(last_of(0)),
        reach(a.span() / a.stride) {}
  /// The places of a phase that are not padding: from first_of to last_of, if any.
  int64_t first_of(int64_t phase) const {
    return a.padding <= phase ? 0 : ceil_div(a.padding - phase, a.stride);
  }
  int64_t last_of(int64_t phase) const {
    const int64_t n = a.size - 1 + a.padding - phase;
    return n < 0 ? -1 : n / a.stride;
  }
  int64_t places_of(int64_t phase) const { return last_of(phase) - first_of(phase) + 1; }
  /// Where first_of stands in x.
  int64_t start_of(int64_t phase) const {
    return first_of(phase) * a.stride + phase - a.padding;
  }
  int64_t places() const { return last - first + 1; }
  bool in_phase(int64_t tap, int64_t phase) const {
    return tap * a.dilation % a.stride == phase;
  }
  /// Counted from window first - reach, the one that place `first` meets by the tap.
  int64_t shift(int64_t tap) const { return reach - tap * a.dilation / a.stride; }

  ConvAxis a;
  int64_t phases, first, last, reach;  ///< first, last: of all phases
};

/// 8 MiB of results or more, several times an L2 cache, go past the caches. (64 channels of
/// 64 images of 32 x 32 from 3, 16 MiB: 3.1 ms so, 4.3 ms through the caches.)
inline Store store_for(int64_t floats) {
  return floats >= 1 << 21 ? Store::past_cache : Store::plain;
}

}  // namespace hg::fastcpu
