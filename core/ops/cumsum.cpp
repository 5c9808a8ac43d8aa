// cumsum: running totals along an axis.
//
// Forward.  Along the axis, other indices dropped:
//
//     y[j] = x[0] + ... + x[j]
//
//   The total is kept in double and rounded to y's type at each step, so errors of rounding
//   do not pile up from one y[j] to the next. Whole numbers and bool give i64.
//
// Backward.  x[k] is part of y[k] and of all that come after it:
//
//     dL/dx[k] = sum_{j >= k} dy[j]                                           (*)
//
//   which is a running total from the other end. Check by thought: the first x is part of
//   every y and gets all of dy; the last is part of one and gets dy[n-1] only.
//
// Saved for backward: nothing.
#include "ops/along.hpp"
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/convert.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Cumsum {
  static void infer(Call& c) {
    c.axis(0, c.in(0));
    c.like(0, c.in(0));
    if (!is_floating(c.in(0))) c.set_type(0, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    constexpr bool floating = std::is_floating_point_v<T>;
    using Y = std::conditional_t<floating, T, int64_t>;
    using Total = std::conditional_t<floating, double, uint64_t>;  // wraps without trouble
    const Along a(c.in(0), c.axis(0, c.in(0)));
    const T* x = c.in<T>(0);
    Y* y = c.out<Y>(0);
    for (int64_t o = 0; o < a.outer; ++o) {
      for (int64_t i = 0; i < a.inner; ++i) {
        Total total = 0;
        for (int64_t j = 0; j < a.n; ++j) {
          total += Total(load(x + a.at(o, j, i)));
          y[a.at(o, j, i)] = Y(total);
        }
      }
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Along a(c.in(0), c.axis(0, c.in(0)));
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    for (int64_t o = 0; o < a.outer; ++o) {
      for (int64_t i = 0; i < a.inner; ++i) {
        double total = 0;
        for (int64_t k = a.n - 1; k >= 0; --k) {
          total += double(dy[a.at(o, k, i)]);
          dx[a.at(o, k, i)] = T(total);
        }
      }
    }
  }
};

}  // namespace

void describe_cumsum(plugin::Plugin& p) {
  p.op<Cumsum>("core.cumsum")
      .doc("running totals along an axis")
      .formula("y[j] = x[0] + ... + x[j]")
      .in("input")
      .out("output")
      .attr("dim", HG_INT, 0)
      .sample("normal[5]", R"({"dim":0})")
      .sample("normal[2,3,4]", R"({"dim":-2})")
      .sample("normal[]", R"({"dim":0})");
  p.kernel<Cumsum, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
      "core.cumsum");
}

}  // namespace ops

Tensor Tensor::cumsum(int64_t axis) const {
  static constinit const Op op("core.cumsum");
  return run(op, {this}, {axis});
}

}  // namespace hg
