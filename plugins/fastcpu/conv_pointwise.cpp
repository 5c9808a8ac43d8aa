// 1 x 1 convolutions are products of matrices as they stand.
//
// With one tap, stride 1 and no padding, a window sees the place where it stands. An image
// is a matrix, its channels the rows, its places the columns, and
//
//     y[n] = w x[n] + bias      (K,C) x (C,HW)        dx[n] = w^T dy[n]
#include "conv_pointwise.hpp"

#include "gemm.hpp"

namespace hg::fastcpu {

// Images of few places would leave most of a tile's columns empty; conv_shifted joins them.
bool pointwise_pays(const ConvShape& s) {
  for (const ConvAxis& a : {s.h, s.w}) {
    if (a.taps != 1 || a.stride != 1 || a.padding != 0) return false;
  }
  const int64_t columns = best_gemm().columns;
  return s.x_plane() >= 8 * columns || s.x_plane() % columns == 0;
}

void pointwise_forward(const Call& c, const ConvShape& s) {
  const float *x = c.in<float>(ConvShape::input), *w = c.in<float>(ConvShape::weight);
  const float* bias = c.given(ConvShape::bias) ? c.in<float>(ConvShape::bias) : nullptr;
  float* y = c.out<float>(0);
  const int64_t places = s.x_plane();
  multiply_all(c, s.N * s.groups, [&](int64_t i) {
    const int64_t g = i % s.groups;
    return Product{.m = s.K,
                   .n = places,
                   .k = s.C,
                   .a = w + g * s.K * s.C,
                   .a_row = s.C,
                   .a_column = 1,
                   .b = x + i * s.C * places,
                   .b_row = places,
                   .b_column = 1,
                   .c = y + i * s.K * places,
                   .c_row = places,
                   .bias = bias ? bias + g * s.K : nullptr,
                   .bias_row = 1,
                   .bias_column = 0};
  });
}

void pointwise_backward_input(const Call& c, const ConvShape& s) {
  const float *dy = c.dout<float>(0), *w = c.in<float>(ConvShape::weight);
  float* dx = c.din<float>(ConvShape::input);
  const int64_t places = s.x_plane();
  const bool adds = c.adds(ConvShape::input);
  multiply_all(c, s.N * s.groups, [&](int64_t i) {
    return Product{.m = s.C,
                   .n = places,
                   .k = s.K,
                   .a = w + i % s.groups * s.K * s.C,
                   .a_row = 1,
                   .a_column = s.C,
                   .b = dy + i * s.K * places,
                   .b_row = places,
                   .b_column = 1,
                   .c = dx + i * s.C * places,
                   .c_row = places,
                   .add = adds};
  });
}

}  // namespace hg::fastcpu
