// Operators made of others, with and without a kernel of their own.
#include <handgrad_plugin.hpp>

using namespace hg::plugin;

namespace {

// The same as the body of composed.cube, times 10, so that a test sees which one ran.
struct FastCube {
  static void infer(Call& c) { c.like(0, c.in(0)); }
  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    for (int64_t i = 0, n = hg_numel(&c.in(0)); i < n; ++i) y[i] = 10 * x[i] * x[i] * x[i];
  }
  template <class T>
  static void backward(Call& c) {
    const T *x = c.in<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    for (int64_t i = 0, n = hg_numel(&c.in(0)); i < n; ++i) dx[i] = 30 * x[i] * x[i] * dy[i];
  }
};

}  // namespace

HANDGRAD_PLUGIN("composed", "1.0", "operators made of others") {
  plugin.op<FastCube>("composed.unit_rows")
      .doc("each row divided by its length")
      .formula("y = x / |x|")
      .in("x").out("y").out("length")
      .attr("dim", HG_INT, -1)
      .body("squares = mul(x, x)\n"
            "s = sum(squares; dim=$dim, keepdim=true)\n"
            "length = sqrt(s)\n"
            "y = div(x, length)\n")
      .sample("normal[3,4]");
  plugin.op<FastCube>("composed.cube")
      .doc("x^3")
      .in("x").out("y")
      .body("x2 = mul(x, x)\ny = mul(x2, x)")
      .sample("normal[3]");
  plugin.kernel<FastCube, float>("composed.cube").keep_in({0});
}
