// nonzero: where the elements are that are not 0 (or not false).
//
//     y[r] = (i0, i1, ...)  for the r-th x[i0,i1,...] != 0 in row-major order
//
//   y is (count, axes of x). Of all operators only this one and one_hot have a shape that
//   depends on numbers, so their infer looks at them.
//
// Which elements are not 0 does not change when they change a little: nothing is to be
// differentiated here.
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/strides.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct Nonzero {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(x.dev_type == HG_CPU, "the tensor is not on the cpu\n  hint: x.to(\"cpu\")");
    int64_t count = visit(dtype_of(x), [&]<class T>() {
      int64_t found = 0;
      auto* data = c.in<T>(0);
      Loops<1> loops(shape_of(x), {strides_of(x)});
      loops.for_each_row([&](const auto& at, int64_t n) {
        for (int64_t i = 0; i < n; ++i) {
          found += load(data + at[0] + i * loops.inner()[0]) != T(0);
        }
      });
      return found;
    });
    const int64_t shape[] = {count, x.ndim};
    c.shape(0, shape, x);
    c.set_type(0, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    const hg_tensor& x = c.in(0);
    const T* data = c.in<T>(0);
    int64_t* y = c.out<int64_t>(0);
    for (int64_t i = 0; i < hg_numel(&x); ++i) {
      if (load(data + i) == T(0)) continue;
      int64_t rest = i;
      for (int d = x.ndim - 1; d >= 0; --d) {
        y[d] = rest % x.shape[d];
        rest /= x.shape[d];
      }
      y += x.ndim;
    }
  }
};

}  // namespace

void describe_nonzero(plugin::Plugin& p) {
  p.op<Nonzero>("core.nonzero")
      .doc("the indices of the elements that are not 0")
      .formula("y[r] = (i, j, ...) of the r-th x[i,j,...] != 0")
      .in("input")
      .out("output", "i64, one row for each")
      .flags(HG_NO_GRAD)
      .sample("bool[3,4]")
      .sample("normal[2,3]");
  p.kernel<Nonzero, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
      "core.nonzero");
}

}  // namespace ops

Tensor Tensor::nonzero() const {
  static constinit const Op op("core.nonzero");
  return run(op, {this});
}

}  // namespace hg
