// 1 x 1 convolutions are products of matrices as they stand.
#include "conv_pointwise.hpp"

#include "gemm.hpp"

namespace hg::fastcpu {

// With one tap, stride 1 and no padding, what a window sees is what stands there: the
// places of an image are the columns of a matrix as it is, and
//
//     y[n] = w x[n] + bias      (K,C) x (C,HW)        dx[n] = w^T dy[n]
//
// Images of few places would leave most of a tile's columns empty; conv_shifted joins them.
bool pointwise_pays(const ConvShape& s) {
  for (const ConvAxis& a : {s.h, s.w}) {
    if (a.taps != 1 || a.stride != 1 || a.padding != 0) return false;
  }
  const int64_t columns = best_gemm().columns, last = s.x_plane() % columns;
  return s.x_plane() >= 8 * columns || (s.x_plane() >= columns && last == 0);
}

void pointwise_forward(const Call& c, const ConvShape& s) {
  const float *x = c.in<float>(ConvShape::input), *w = c.in<float>(ConvShape::weight);
  const float* bias = c.given(ConvShape::bias) ? c.in<float>(ConvShape::bias) : nullptr;
  float* y = c.out<float>(0);
  const int64_t places = s.x_plane();
  multiply_all(c, s.N * s.groups, [&](int64_t i) {
    const int64_t g = i % s.groups;
    return Product{s.K,
                   places,
                   s.C,
                   w + g * s.K * s.C,
                   s.C,
                   1,
                   x + i * s.C * places,
                   places,
                   1,
                   y + i * s.K * places,
                   places,
                   bias ? bias + g * s.K : nullptr,
                   false,
                   1,
                   0};
  });
}

void pointwise_backward_input(const Call& c, const ConvShape& s) {
  const float *dy = c.dout<float>(0), *w = c.in<float>(ConvShape::weight);
  float* dx = c.din<float>(ConvShape::input);
  const int64_t places = s.x_plane();
  const bool adds = c.adds(ConvShape::input);
  multiply_all(c, s.N * s.groups, [&](int64_t i) {
    return Product{s.C,
                   places,
                   s.K,
                   w + i % s.groups * s.K * s.C,
                   1,
                   s.C,
                   dy + i * s.K * places,
                   places,
                   1,
                   dx + i * s.C * places,
                   places,
                   nullptr,
                   adds};
  });
}

}  // namespace hg::fastcpu
