// The host's side of kernels/outer.hpp: some images at a time, shared among the threads.
#include "conv_outer.hpp"

#include <algorithm>

#include "kernels/outer.hpp"

namespace hg::fastcpu {
namespace {

// An axis as windows see it: so many places, from -padding on.
int64_t seen(const ConvAxis& a) { return (a.windows - 1) * a.stride + a.span() + 1; }

}  // namespace

bool outer_pays(const ConvShape& s) { return s.many_channels(); }

// Some images at a time: first x and dy are laid anew, by images and chunks of channels,
// then multiplied, by taps and chunks. du holds the sums of all images so far, [tap][c][k].
void outer_backward_weight(const Call& c, const ConvShape& s) {
  const Outer& best = best_outer();
  const int64_t lanes = best.lanes, height = seen(s.h), width = seen(s.w),
                C_chunks = ceil_div(s.C, lanes), K_chunks = ceil_div(s.K, lanes),
                chunks = C_chunks + K_chunks, C = C_chunks * lanes, K = K_chunks * lanes,
                x_floats = height * width * lanes, dy_floats = s.y_plane() * lanes;
  // Sums of some 2048 windows stay in registers; x and dy for them in the L3 cache.
  constexpr int64_t windows = 2048, at_once = 1 << 21;
  const int64_t some =
      std::clamp<int64_t>(std::min(windows / s.y_plane(),
                                   at_once / (C_chunks * x_floats + K_chunks * dy_floats)),
                          1, s.N);
  // Longer chains of additions would lose digits: large images come in bands, long rows in
  // parts.
  constexpr int64_t longest = 8192;
  const int64_t rows = std::clamp<int64_t>(longest / s.w.windows, 1, s.h.windows),
                columns = std::min(longest, s.w.windows);
  float* du = c.scratch<float>(s.taps() * C * K);
  float* xs = c.scratch<float>(some * C_chunks * x_floats);
  float* dys = c.scratch<float>(some * K_chunks * dy_floats);
  const float *x = c.in<float>(ConvShape::input), *dy = c.dout<float>(0);
  for (int64_t first = 0; first < s.N; first += some) {
    const int64_t images = std::min(some, s.N - first);
    c.parallel(images * chunks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t n = i / chunks, q = i % chunks, k = q - C_chunks;
        if (q < C_chunks) {
          best.lay(x + (first + n) * s.x_image() + q * lanes * s.x_plane(), s.h.size,
                   s.w.size, std::min(lanes, s.C - q * lanes), -s.h.padding, -s.w.padding,
                   height, width, xs + (q * some + n) * x_floats);
        } else {
          best.lay(dy + (first + n) * s.y_image() + k * lanes * s.y_plane(), s.h.windows,
                   s.w.windows, std::min(lanes, s.K - k * lanes), 0, 0, s.h.windows,
                   s.w.windows, dys + (k * some + n) * dy_floats);
        }
      }
    });
    const Walk walk{images,
                    s.h.windows,
                    s.w.windows,
                    x_floats,
                    s.h.stride * width * lanes,
                    s.w.stride * lanes,
                    dy_floats};
    c.parallel(s.taps() * C_chunks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t t = i / C_chunks, q = i % C_chunks;
        const int64_t place =
            t / s.w.taps * s.h.dilation * width + t % s.w.taps * s.w.dilation;
        const float* v = xs + q * some * x_floats + place * lanes;
        for (int64_t p = 0; p < s.h.windows; p += rows) {
          for (int64_t r = 0; r < s.w.windows; r += columns) {
            Walk part = walk;
            part.rows = std::min(rows, s.h.windows - p);
            part.columns = std::min(columns, s.w.windows - r);
            best.outer(part, v + p * walk.v_row + r * walk.v_column, 0, lanes,
                       dys + (p * s.w.windows + r) * lanes, some * dy_floats, K,
                       first + p + r > 0, du + (t * C + q * lanes) * K);
          }
        }
      }
    });
  }
  float* dw = c.din<float>(ConvShape::weight);
  c.parallel(s.C, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      best.turn(du + i * K, C * K, s.K, s.taps(), s.J(), c.adds(ConvShape::weight),
                dw + i * s.taps());
    }
  });
}

}  // namespace hg::fastcpu
