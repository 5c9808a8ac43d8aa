// y = x^2 with a backward that has lost the 2. In f32 and f64.
#include "handgrad_plugin.hpp"
using hg::plugin::Call;

struct Square {
  static void infer(Call& c) { c.like(0, c.in(0)); }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    for (int64_t i = 0, n = hg_numel(&c.in(0)); i < n; ++i) y[i] = x[i] * x[i];
  }

  template <class T>
  static void backward(Call& c) {
    const T *x = c.in<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    for (int64_t i = 0, n = hg_numel(&c.in(0)); i < n; ++i) dx[i] = x[i] * dy[i];
  }
};

HANDGRAD_PLUGIN("wrong_backward", "1.0", "wrong on purpose") {
  plugin.op<Square>("wrong_backward.square")
      .doc("each element times itself")
      .formula("y = x^2")
      .in("x").out("y")
      .sample("normal[3,4]");
  plugin.kernel<Square, float, double>("wrong_backward.square").keep_in({0});
}
