// The numbers of one convolution, in the letters of core/ops/conv.cpp.
#pragma once

#include "fastcpu.hpp"
#include "kernels/store.hpp"

namespace hg::fastcpu {

/// One axis of the grid.
struct ConvAxis {
  int64_t size, taps, stride, padding, dilation;
  int64_t windows;  ///< size of the result

  int64_t span() const {
    return dilation * (taps - 1);
  }  ///< from the first tap to the last
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
  bool empty() const { return N * C * K * taps() * x_plane() * y_plane() == 0; }
};

/// 8 MiB of results or more, several times an L2 cache, go past the caches. (64 channels of
/// 64 images of 32 x 32 from 3, 16 MiB: 3.1 ms so, 4.3 ms through the caches.)
inline Store store_for(int64_t floats) {
  return floats >= 1 << 21 ? Store::past_cache : Store::plain;
}

}  // namespace hg::fastcpu
