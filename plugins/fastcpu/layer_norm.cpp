// layer_norm: each row brought to mean 0 and variance 1.
//
// What limits it. x is read and y is written, 8 bytes a number; backward x and dy are read
// and dx is written, 12. A row of 1024 features has 4 KiB and stays in the L1 cache for all
// its passes.
//
// dw and db are sums over all rows. Rows are taken in chunks of `chunk`; each has a dw and
// a db of its own, in f32, which are added up in double at the end. The chunks depend on
// the shape alone and not on the number of threads, so neither does the result.
#include <algorithm>

#include "fastcpu.hpp"
#include "kernels/layer_norm.hpp"
#include "kernels/reduce.hpp"

namespace hg::fastcpu {
namespace {

enum Input { input, weight, bias };
enum Attribute { normalized_shape, eps };

constexpr int64_t chunk = 64;

struct Sizes {
  int64_t rows = 1, n = 1;
  explicit Sizes(const Call& c) {
    const hg_tensor& x = c.in(input);
    const int last = x.ndim - int(c.attr(normalized_shape).integers().size());
    for (int d = 0; d < x.ndim; ++d) (d < last ? rows : n) *= x.shape[d];
  }
  int64_t grain() const {
    return std::max<int64_t>(elementwise_grain / std::max<int64_t>(n, 1), 1);
  }
};

const float* given(const Call& c, uint32_t i) {
  return c.given(i) ? c.in<float>(i) : nullptr;
}

struct LayerNormalisation {
  // saved[0] (rows,2): mean and 1/sqrt(variance + eps), in double
  template <class T>
  static void plan(Call& c) {
    // A single feature is always its own mean: nothing but rounding would be stretched.
    if (Sizes(c).n < 2) decline();
    int64_t shape[] = {Sizes(c).rows, 2}, strides[] = {2, 1};
    hg_tensor s = c.in(input);
    s.ndim = 2;
    s.shape = shape;
    s.strides = strides;
    s.bits = 64;
    c.save(0, s);
  }

  template <class T>
  static void forward(Call& c) {
    const Sizes s(c);
    c.parallel(s.rows, s.grain(), [&](int64_t row, int64_t end) {
      best_layer_norm().forward(c.in<float>(input) + row * s.n, given(c, weight),
                                given(c, bias), c.out<float>(0) + row * s.n,
                                c.saved<double>(0) + 2 * row, end - row, s.n,
                                c.attr(eps).number());
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Sizes s(c);
    const int64_t chunks = ceil_div(s.rows, chunk);
    auto sums_for = [&](uint32_t i) {
      return c.given(i) && c.wants(i) ? c.scratch<float>(chunks * s.n) : nullptr;
    };
    float *dw = sums_for(weight), *db = sums_for(bias), *dx = c.din<float>(input);
    const int64_t at_least = std::max<int64_t>(s.grain() / chunk, 1);
    c.parallel(chunks, at_least, [&](int64_t k, int64_t end) {
      for (; k < end; ++k) {
        const int64_t row = k * chunk, rows = std::min(chunk, s.rows - row);
        best_layer_norm().backward(c.in<float>(input) + row * s.n, given(c, weight),
                                   c.dout<float>(0) + row * s.n,
                                   c.saved<double>(0) + 2 * row,
                                   dx ? dx + row * s.n : nullptr,
                                   dw ? dw + k * s.n : nullptr,
                                   db ? db + k * s.n : nullptr, rows, s.n);
      }
    });
    if (dw) add_chunks(c, dw, chunks, s.n, c.din<float>(weight));
    if (db) add_chunks(c, db, chunks, s.n, c.din<float>(bias));
  }

 private:
  static void add_chunks(const Call& c, const float* parts, int64_t chunks, int64_t n,
                         float* out) {
    double* sum = c.scratch<double>(n);
    best_reductions().columns(parts, {chunks, n, n}, sum);
    std::transform(sum, sum + n, out, [](double v) { return float(v); });
  }
};

}  // namespace

void describe_layer_norm(Plugin& p) {
  p.kernel<LayerNormalisation, float>("core.layer_norm")
      .keep_in({input, weight})
      .priority(priority);
}

}  // namespace hg::fastcpu
