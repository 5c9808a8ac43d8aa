// linear: a layer of linear units, by the products of gemm.cpp.
//
//     y  = x w^T + b        the tiles start from b: it costs nothing
//     dx = dy w
//     dw = dy^T x           column r of dy^T is row r of dy: read as it lies
//     db = the column sums of dy
//
// Turning w over for y costs about 3% at 256 rows of x; at few rows x is turned over
// instead. Neither backward product needs anything turned.
#include "gemm.hpp"

namespace hg::fastcpu {
namespace {

struct Linear {
  template <class T>
  static void forward(Call& c) {
    const auto [R, I, O] = sizes(c);
    const float* bias = c.given(2) ? c.in<float>(2) : nullptr;
    multiply(c, {R, O, I, c.in<float>(0), I, 1, c.in<float>(1), 1, I, c.out<float>(0), O,
                 bias});
  }

  template <class T>
  static void backward(Call& c) {
    const auto [R, I, O] = sizes(c);
    const float *x = c.in<float>(0), *w = c.in<float>(1), *dy = c.dout<float>(0);
    if (c.wants(0))
      multiply(c, {R, I, O, dy, O, 1, w, I, 1, c.din<float>(0), I, nullptr, c.adds(0)});
    if (c.wants(1))
      multiply(c, {O, I, R, dy, 1, O, x, I, 1, c.din<float>(1), I, nullptr, c.adds(1)});
    if (c.given(2) && c.wants(2)) {
      float* db = c.din<float>(2);
      const bool add = c.adds(2);
      c.parallel(O, elementwise_grain / std::max<int64_t>(R, 1) + 1,
                 [=, R = R, O = O](int64_t begin, int64_t end) {
                   best_gemm().column_sums(dy + begin, O, R, end - begin, db + begin, add);
                 });
    }
  }

 private:
  struct Sizes {
    int64_t R, I, O;
  };
  static Sizes sizes(const Call& c) {
    const hg_tensor &x = c.in(0), &w = c.in(1);
    int64_t R = 1;
    for (int d = 0; d < x.ndim - 1; ++d) R *= x.shape[d];
    return {R, w.shape[1], w.shape[0]};
  }
};

}  // namespace

void describe_linear(Plugin& p) {
  p.kernel<Linear, float>("core.linear")
      .keep_in({0, 1})
      .flags(HG_ACCUMULATES | HG_KEEP_CROSSWISE)
      .priority(priority);
}

}  // namespace hg::fastcpu
