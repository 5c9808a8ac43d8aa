// conv: the convolutions of one and two axes, by the algorithm that suits their shape.
//
//     y and dx   1 x 1, stride 1, large images    conv_pointwise  products of matrices
//                many channels, and strides
//                that leave out no place, or
//                fewer than 9 windows             conv_blocked    no window in vain
//                many channels, 3 x 3, stride 1   winograd        a quarter of the products
//                all else                         conv_shifted    no im2col
//
//     dw         many channels, 3 x 3, stride 1   winograd
//                many channels                    conv_outer      no window in vain
//                all else                         conv_shifted
//
// Many are 16 and more, of x and of y, in one group. Where Winograd's errors would be large
// (winograd.hpp), the next one takes its place. Images too large for the buffers are left
// to the reference.
//
// One thread of a Zen 4 (peak 118 GFLOP/s), ms beside the faster of PyTorch 2.15's two
// layouts, medians of alternating runs (the last line: CPU time):
//
//     x (N,C,H,W) -> channels, taps             forward       with all gradients
//     64,3,32,32   -> 64, 3x3                   3.3    3.6    13.5    22
//     64,64,32,32  -> 64, 3x3                  15.4   43      57     171
//     32,128,16,16 -> 128, 3x3                  9.0   21.5    30      69
//     32,256,8,8   -> 256, 1x1                  3.0    3.3     9.6    11.2
//     32,128,12,12 -> 256, 3x3, stride 2        6.9    6.4    21.6    19.6
//
// The limit is multiplications in all but the first, which is bound by memory.
#include "kernels/conv.hpp"

#include <algorithm>

#include "conv_blocked.hpp"
#include "conv_outer.hpp"
#include "conv_pointwise.hpp"
#include "conv_shifted.hpp"
#include "winograd.hpp"

namespace hg::fastcpu {
namespace {

void backward_bias(const Call& c, const ConvShape& s) {
  float* db = c.din<float>(ConvShape::bias);
  const float* dy = c.dout<float>(0);
  const int64_t K = s.groups * s.K, plane = s.y_plane();
  c.parallel(K, std::max<int64_t>(1, elementwise_grain / (s.N * plane)),
             [&](int64_t begin, int64_t end) {
               for (int64_t k = begin; k < end; ++k) {
                 double sum = c.adds(ConvShape::bias) ? double(db[k]) : 0;
                 for (int64_t n = 0; n < s.N; ++n) {
                   sum += best_conv().total(dy + (n * K + k) * plane, plane);
                 }
                 db[k] = float(sum);
               }
             });
}

void backward_input(const Call& c, const ConvShape& s) {
  if (pointwise_pays(s))
    pointwise_backward_input(c, s);
  else if (blocked_pays(s))
    blocked_backward_input(c, s);
  else if (winograd_pays(s) && winograd_is_accurate_for_dx(s))
    winograd_backward_input(c, s);
  else
    shifted_backward_input(c, s);
}

void backward_weight(const Call& c, const ConvShape& s) {
  if (winograd_pays(s) && winograd_is_accurate_for_dw(s))
    winograd_backward_weight(c, s);
  else if (outer_pays(s))
    outer_backward_weight(c, s);
  else
    shifted_backward_weight(c, s);
}

// Is any of y, dx and dw left to conv_shifted?
bool shifted_takes_part(const ConvShape& s) {
  const bool others_make_y_and_dx =
      pointwise_pays(s) || blocked_pays(s) ||
      (winograd_pays(s) && winograd_is_accurate_for_dx(s));
  return !(others_make_y_and_dx && outer_pays(s));
}

// ---- the kernels -----------------------------------------------------------------------

struct FastConv {
  // Places in a buffer are numbers of 32 bits. And each buffer is to hold an image at the
  // least: 64 MiB for conv_shifted, which has one for each worker, else 256 MiB.
  static bool fits(const ConvShape& s) {
    const double most = shifted_takes_part(s) ? 1 << 24 : 1 << 26;
    auto places = [](const ConvAxis& a) {
      return double(a.windows) + double(a.size) + 2 * double(a.padding) + double(a.span());
    };
    return s.h.stride <= 8 && s.w.stride <= 8 &&
           double(std::max(s.C, s.K)) * places(s.h) * places(s.w) < most &&
           double(s.groups * s.K * s.J()) < 1 << 24;
  }
  template <class T>
  static void plan(Call& c) {
    const ConvShape s(c, c.out(0));
    if (s.empty() || !fits(s)) decline();
  }
  template <class T>
  static void forward(Call& c) {
    const ConvShape s(c, c.out(0));
    if (pointwise_pays(s))
      pointwise_forward(c, s);
    else if (blocked_pays(s))
      blocked_forward(c, s);
    else if (winograd_pays(s))
      winograd_forward(c, s);
    else
      shifted_forward(c, s);
  }
  template <class T>
  static void backward(Call& c) {
    const ConvShape s(c, c.dout(0));
    if (c.wants(ConvShape::input)) backward_input(c, s);
    if (c.wants(ConvShape::weight)) backward_weight(c, s);
    if (c.given(ConvShape::bias) && c.wants(ConvShape::bias)) backward_bias(c, s);
  }
};

}  // namespace

void describe_conv(Plugin& p) {
  for (const char* op : {"core.conv1d", "core.conv2d"}) {
    p.kernel<FastConv, float>(op)
        .keep_in({ConvShape::input, ConvShape::weight})
        .flags(HG_ACCUMULATES | HG_KEEP_CROSSWISE)
        .priority(priority);
  }
}

}  // namespace hg::fastcpu
