// softmax and log_softmax.
//
// What limits it. x is read and y written, 8 bytes a number, if a row stays in the L1 cache
// from one of its three passes to the next: the largest, the exponentials and their sum,
// the quotients. An exponential takes some 15 operations, a cycle each for a vector of 16
// with AVX-512: 4 ns. Read and written at 15 GB/s, these 16 numbers take 8: memory decides.
#include <algorithm>

#include "fastcpu.hpp"
#include "kernels/softmax.hpp"

namespace hg::fastcpu {
namespace {

// x as (outer, n, inner), where the n numbers along the axis belong together.
struct Along {
  int64_t outer = 1, n = 1, inner = 1;
  Along(const Call& c, const hg_tensor& x) {
    const int axis = c.axis(0, x);
    for (int d = 0; d < x.ndim; ++d) {
      (d < axis ? outer : d == axis ? n : inner) *= x.shape[d];
    }
  }
  int64_t tiles() const { return ceil_div(inner, softmax_tile); }
};

// Calls rows(first, count, at) where the numbers of a row are neighbours, else columns(at,
// count) for tiles of columns; at is where they begin.
template <class Rows, class Columns>
void each_row(const Call& c, const Along& a, const Rows& rows, const Columns& columns) {
  if (a.outer * a.n * a.inner == 0) return;
  if (a.inner == 1) {
    c.parallel(a.outer, std::max<int64_t>(elementwise_grain / 4 / a.n, 1),
               [&](int64_t begin, int64_t end) { rows(begin * a.n, end - begin); });
    return;
  }
  const int64_t each = a.n * std::min(a.inner, softmax_tile);
  c.parallel(a.outer * a.tiles(), std::max<int64_t>(elementwise_grain / 4 / each, 1),
             [&](int64_t begin, int64_t end) {
               for (int64_t t = begin; t < end; ++t) {
                 const int64_t o = t / a.tiles(), i = t % a.tiles() * softmax_tile;
                 columns(o * a.n * a.inner + i, std::min(softmax_tile, a.inner - i));
               }
             });
}

template <bool log>
struct SoftmaxKernel {
  static const Softmax& best() { return log ? best_log_softmax() : best_softmax(); }

  template <class T>
  static void forward(Call& c) {
    const Along a(c, c.in(0));
    const float* x = c.in<float>(0);
    float* y = c.out<float>(0);
    each_row(
        c, a,
        [&](int64_t at, int64_t rows) { best().forward(x + at, y + at, rows, a.n); },
        [&](int64_t at, int64_t columns) {
          best().forward_across(x + at, y + at, a.n, a.inner, columns);
        });
  }
  template <class T>
  static void backward(Call& c) {
    const Along a(c, c.out(0));
    const float *y = c.out<float>(0), *dy = c.dout<float>(0);
    float* dx = c.din<float>(0);
    each_row(
        c, a,
        [&](int64_t at, int64_t rows) {
          best().backward(y + at, dy + at, dx + at, rows, a.n);
        },
        [&](int64_t at, int64_t columns) {
          best().backward_across(y + at, dy + at, dx + at, a.n, a.inner, columns);
        });
  }
};

}  // namespace

void describe_softmax(Plugin& p) {
  p.kernel<SoftmaxKernel<false>, float>("core.softmax").keep_out({0}).priority(priority);
  p.kernel<SoftmaxKernel<true>, float>("core.log_softmax").keep_out({0}).priority(priority);
}

}  // namespace hg::fastcpu
