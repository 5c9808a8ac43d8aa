// cumprod: running products along an axis.
//
// Forward.  Along the axis, other indices dropped:
//
//     y[j] = x[0] * ... * x[j]
//
//   The product is kept in double and rounded to y's type at each step. Whole numbers and
//   bool give i64.
//
// Backward.  x[k] is a factor of y[k] and of all that come after it. Its slope in y[j] is
// the product of the other factors:
//
//     dL/dx[k] = sum_{j >= k} dy[j] * (x[0]*...*x[k-1]) * (x[k+1]*...*x[j])
//
//   The first bracket does not depend on j and moves out of the sum. What remains, call it
//   s[k], can be had from s[k+1] as in Horner's scheme:
//
//     s[k]     = dy[k] + x[k+1] * s[k+1]                      s[n-1] = dy[n-1]
//     dL/dx[k] = (x[0]*...*x[k-1]) * s[k]                                     (*)
//
//   n steps each way, and no division, so zeros among the x are nothing special. (Dividing
//   y[j] by x[k] is 0/0 there.)
//   Check by thought: behind a 0 in x every y is 0, whatever follows; and behind it the
//   bracket in (*) has that factor 0.
//
// Saved for backward: x.
#include "ops/along.hpp"
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/convert.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Cumprod {
  static void infer(Call& c) {
    c.axis(0, c.in(0));
    c.like(0, c.in(0));
    if (!is_floating(c.in(0))) c.set_type(0, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    constexpr bool floating = std::is_floating_point_v<T>;
    using Y = std::conditional_t<floating, T, int64_t>;
    using Product = std::conditional_t<floating, double, uint64_t>;  // wraps quietly
    const Along a(c.in(0), c.axis(0, c.in(0)));
    const T* x = c.in<T>(0);
    Y* y = c.out<Y>(0);
    a.each_line([&](int64_t, int64_t first) {
      Product product = 1;
      for (int64_t j = 0; j < a.n; ++j) {
        product *= Product(load(x + first + j * a.inner));
        y[first + j * a.inner] = Y(product);
      }
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Along a(c.in(0), c.axis(0, c.in(0)));
    const T *x = c.in<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    double* s = c.scratch<double>(a.n);
    a.each_line([&](int64_t, int64_t first) {
      for (int64_t k = a.n - 1; k >= 0; --k) {
        const int64_t at = first + k * a.inner;
        s[k] = double(dy[at]);
        if (k + 1 < a.n) s[k] += double(x[at + a.inner]) * s[k + 1];
      }
      double before = 1;
      for (int64_t k = 0; k < a.n; ++k) {
        const int64_t at = first + k * a.inner;
        dx[at] = T(before * s[k]);  // (*)
        before *= double(x[at]);
      }
    });
  }
};

}  // namespace

void describe_cumprod(plugin::Plugin& p) {
  p.op<Cumprod>("core.cumprod")
      .doc("running products along an axis")
      .formula("y[j] = x[0] * ... * x[j]")
      .in("input")
      .out("output")
      .attr("dim", HG_INT, 0)
      .sample("normal[5]", R"({"dim":0})")
      .sample("normal[2,3,4]", R"({"dim":-2})")
      .sample("normal[]", R"({"dim":0})");
  p.kernel<Cumprod, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.cumprod")
      .keep_in({0});
}

}  // namespace ops

Tensor Tensor::cumprod(int64_t axis) const {
  static constinit const Op op("core.cumprod");
  return run(op, {this}, {axis});
}

}  // namespace hg
