// pixel_shuffle and pixel_unshuffle: channels become places, and the other way round.
//
// Forward.  x has C r^2 channels of H x W places, y has C of H r x W r. Each place of x
// becomes a square of r x r, filled from r^2 channels:
//
//     y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w]         0 <= i, j < r
//
//   A network that makes images larger computes at the small size, where it is cheap, and
//   shuffles once at the end. (Shi et al.: Real-time single image and video
//   super-resolution using an efficient sub-pixel convolutional neural network, CVPR 2016.)
//   pixel_unshuffle is the way back, and makes a grid smaller without losing a number.
//
// Backward.  Every element goes to one place, so its gradient comes back from there:
//
//     dL/dx[c r^2 + i r + j, h, w] = dy[c, h r + i, w r + j]                  (*)
//
//   Check by thought: this is pixel_unshuffle of dy, and the inverse of a reordering is its
//   transpose.
//
// Saved for backward: nothing.
#include "nn/functional.hpp"
#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

template <bool up>
struct PixelShuffle {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    const int64_t r = c.attr(0).integer();
    require(x.ndim >= 3, "input is ", shape_text(x), ": it must be (...,C,H,W)");
    c.like(0, x);
    int64_t *y = c.out(0).shape + x.ndim - 3, *from = x.shape + x.ndim - 3;
    if (up) {
      require(from[0] % (r * r) == 0, "input is ", shape_text(x), ": its ", from[0],
              " channels do not divide into groups of ", r, "*", r);
      const bool fits = !__builtin_mul_overflow(from[1], r, &y[1]) &&
                        !__builtin_mul_overflow(from[2], r, &y[2]);
      require(fits, "input ", shape_text(x), " times ", r, " is too large");
      y[0] = from[0] / (r * r);
    } else {
      require(from[1] % r == 0 && from[2] % r == 0, "input is ", shape_text(x),
              ": height and width must be multiples of ", r);
      require(!__builtin_mul_overflow(from[0], r * r, &y[0]), "input ", shape_text(x),
              " times ", r, "*", r, " is too large");
      y[1] = from[1] / r;
      y[2] = from[2] / r;
    }
    shape_of(c.out(0)).numel();  // throws if they are more than can be counted
  }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    each(c, c.in(0), c.out(0), [&](int64_t many, int64_t large) {
      if (up) {
        y[large] = x[many];
      } else {
        y[many] = x[large];
      }
    });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    each(c, c.din(0), c.dout(0), [&](int64_t many, int64_t large) {
      if (up) {
        dx[many] = dy[large];  // (*)
      } else {
        dx[large] = dy[many];
      }
    });
  }

 private:
  // Calls f(place in the tensor with many channels, place in the one with the large grid).
  template <class F>
  static void each(const Call& c, const hg_tensor& x, const hg_tensor& y, const F& f) {
    const int64_t r = c.attr(0).integer();
    const int64_t* small = (up ? x : y).shape + x.ndim - 3;  // C r^2, H, W
    const int64_t H = small[1], W = small[2];
    int64_t C = small[0] / (r * r);  // over all samples
    for (int d = 0; d < x.ndim - 3; ++d) C *= x.shape[d];
    int64_t many = 0;
    for (int64_t ch = 0; ch < C; ++ch) {
      for (int64_t i = 0; i < r; ++i) {
        for (int64_t j = 0; j < r; ++j) {
          for (int64_t h = 0; h < H; ++h) {
            for (int64_t w = 0; w < W; ++w) {
              f(many++, ((ch * H + h) * r + i) * W * r + w * r + j);
            }
          }
        }
      }
    }
  }
};

template <bool up>
void describe(plugin::Plugin& p, const char* name, const char* doc, const char* formula,
              const char* factor, const char* sample, const char* larger) {
  p.op<PixelShuffle<up>>(name)
      .doc(doc)
      .formula(formula)
      .in("input", "x: (..., C, H, W)")
      .out("output")
      .attr(factor, HG_INT, 1, "r", 1, int64_t(1) << 31)
      .sample(sample, up ? R"({"upscale_factor":2})" : R"({"downscale_factor":2})")
      .sample(larger, up ? R"({"upscale_factor":3})" : R"({"downscale_factor":3})");
  p.kernel<PixelShuffle<up>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t,
           bool>(name);
}

}  // namespace

void describe_pixel_shuffle(plugin::Plugin& p) {
  describe<true>(p, "core.pixel_shuffle", "channels become places of a larger grid",
                 "y[c, h r + i, w r + j] = x[c r^2 + i r + j, h, w]", "upscale_factor",
                 "normal[2,8,2,3]", "normal[9,1,2]");
  describe<false>(p, "core.pixel_unshuffle", "places become channels of a smaller grid",
                  "y[c r^2 + i r + j, h, w] = x[c, h r + i, w r + j]", "downscale_factor",
                  "normal[2,2,4,6]", "normal[1,3,6]");
}

}  // namespace ops

Tensor nn::functional::pixel_shuffle(const Tensor& x, int64_t upscale_factor) {
  static constinit const Op op("core.pixel_shuffle");
  return run(op, {&x}, {upscale_factor});
}

Tensor nn::functional::pixel_unshuffle(const Tensor& x, int64_t downscale_factor) {
  static constinit const Op op("core.pixel_unshuffle");
  return run(op, {&x}, {downscale_factor});
}

}  // namespace hg
