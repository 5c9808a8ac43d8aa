// prelu: a leaky relu that learns its slope.
//
// Forward.  x is (N,C,...), and w holds a slope for each channel, (C), or one for all, (1).
// For the element m of channel c of sample n:
//
//     y[n,c,m] = x[n,c,m] if x[n,c,m] > 0, else w[c] * x[n,c,m]
//
// Backward.  For x as in leaky_relu. w[c] enters all negative elements of its channel; sum
// the paths:
//
//     dL/dx[n,c,m] = dy[n,c,m] if x[n,c,m] > 0, else w[c] * dy[n,c,m]
//     dL/dw[c]     = sum_{n,m} (x[n,c,m] > 0 ? 0 : x[n,c,m] * dy[n,c,m])         (*)
//
//   Check by thought: dw[c] says: if making the negative outputs of this channel larger in
//   size would lower the loss, steepen the slope. Positive elements have no say in it.
//
// Saved for backward: x and w.
//
// Rounding.  The sum over a channel is made in double precision.
//
// Source: He, Zhang, Ren, Sun, "Delving deep into rectifiers", 2015. They start at w = 1/4.
#include "nn/functional.hpp"
#include "ops/ops.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct Prelu {
  // x as (N, C, M): samples, channels, places; one channel if w is one number.
  struct Layout {
    int64_t N = 1, C = 1, M = 1;
    explicit Layout(const Call& c) : C(hg_numel(&c.in(1))) {
      const hg_tensor& x = c.in(0);
      if (C == 1) {
        M = hg_numel(&x);
      } else {
        N = x.shape[0];
        for (int d = 2; d < x.ndim; ++d) M *= x.shape[d];
      }
    }
    // Calls body(i, k) for each element i, of channel k.
    template <class Body>
    void each(const Body& body) const {
      for (int64_t n = 0, i = 0; n < N; ++n) {
        for (int64_t k = 0; k < C; ++k) {
          for (int64_t m = 0; m < M; ++m, ++i) body(i, k);
        }
      }
    }
  };

  static void infer(Call& c) {
    const hg_tensor &x = c.in(0), &w = c.in(1);
    const int64_t slopes = hg_numel(&w), channels = x.ndim > 1 ? x.shape[1] : 1;
    require(w.ndim <= 1, "weight is ", plugin::shape_text(w), "; it must be (1) or (C)");
    require(slopes == 1 || slopes == channels, "weight holds ", slopes,
            " slopes, and input is ", plugin::shape_text(x), ", with ", channels,
            channels == 1 ? " channel" : " channels", "\n  hint: channels are axis 1");
    c.like(0, x);
  }

  template <class T>
  static void forward(Call& c) {
    const T *x = c.in<T>(0), *w = c.in<T>(1);
    T* y = c.out<T>(0);
    Layout(c).each([&](int64_t i, int64_t k) { y[i] = x[i] > 0 ? x[i] : w[k] * x[i]; });
  }

  template <class T>
  static void backward(Call& c) {
    const T *x = c.in<T>(0), *w = c.in<T>(1), *dy = c.dout<T>(0);
    T *dx = c.din<T>(0), *dw = c.din<T>(1);
    const Layout a(c);
    if (dx) {
      a.each([&](int64_t i, int64_t k) { dx[i] = x[i] > 0 ? dy[i] : w[k] * dy[i]; });
    }
    if (dw) {
      double* sum = c.scratch<double>(a.C);
      std::fill(sum, sum + a.C, 0.0);
      a.each([&](int64_t i, int64_t k) { sum[k] += x[i] > 0 ? 0 : double(x[i] * dy[i]); });
      for (int64_t k = 0; k < a.C; ++k) dw[k] = T(sum[k]);                          // (*)
    }
  }
};

}  // namespace

void describe_prelu(plugin::Plugin& p) {
  p.op<Prelu>("core.prelu")
      .doc("Negative elements are scaled by a slope that is learned.")
      .formula("y[n,c,m] = x[n,c,m] if x[n,c,m] > 0 else w[c] * x[n,c,m]")
      .in("input", "(N,C,...)").in("weight", "(C) or (1)").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("distinct[3,4] normal[4]")
      .sample("distinct[2,3,2] normal[3]")
      .sample("distinct[5] normal[1]")
      .sample("distinct[2,3] normal");
  p.kernel<Prelu, float, double>("core.prelu").keep_in({0, 1});
}

}  // namespace ops

Tensor nn::functional::prelu(const Tensor& x, const Tensor& weight) {
  static constinit const Op op("core.prelu");
  return run(op, {&x, &weight});
}

}  // namespace hg
