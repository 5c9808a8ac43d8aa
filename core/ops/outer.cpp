// outer: every element of one vector times every element of another.
//
// Forward.  For a (N) and b (M):
//
//     y[n,m] = a[n] * b[m]
//
//   The rows of y are multiples of one row b, so y has rank 1: the smallest matrix product,
//   (N,1) x (1,M). Sums of such matrices are what a weight's gradient is made of, one for
//   each sample of the batch.
//
// Backward.  a[n] enters row n of y, once in every column m, with the factor b[m]:
//
//     dL/da[n] = sum_m dy[n,m] * b[m]                                         (*)
//     dL/db[m] = sum_n dy[n,m] * a[n]                                         (*)
//
//   Check by thought: dy b and dy^T a are the products by which y itself acts on vectors;
//   with N = M = 1 it is the product rule.
//
// Saved for backward: a if b wants a gradient, b if a does (HG_KEEP_CROSSWISE).
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

struct Outer {
  static void infer(Call& c) {
    const hg_tensor &a = c.in(0), &b = c.in(1);
    require(a.ndim == 1 && b.ndim == 1, "a is ", plugin::shape_text(a), ", b is ",
            plugin::shape_text(b), ": both must be vectors",
            "\n  hint: a.flatten() makes one of any tensor");
    c.shape(0, Shape{a.shape[0], b.shape[0]}, a);
  }

  template <class T>
  static void forward(Call& c) {
    const T *a = c.in<T>(0), *b = c.in<T>(1);
    T* y = c.out<T>(0);
    const int64_t N = c.in(0).shape[0], M = c.in(1).shape[0];
    for (int64_t n = 0; n < N; ++n) {
      for (int64_t m = 0; m < M; ++m) y[n * M + m] = times(load(a + n), load(b + m));
    }
  }

  template <class T>
  static void backward(Call& c) {
    const T *a = c.in<T>(0), *b = c.in<T>(1), *dy = c.dout<T>(0);
    T *da = c.din<T>(0), *db = c.din<T>(1);
    const int64_t N = c.in(0).shape[0], M = c.in(1).shape[0];
    for (int64_t n = 0; da && n < N; ++n) {
      double sum = 0;
      for (int64_t m = 0; m < M; ++m) sum += double(dy[n * M + m]) * double(b[m]);
      da[n] = T(sum);  // (*)
    }
    for (int64_t m = 0; db && m < M; ++m) {
      double sum = 0;
      for (int64_t n = 0; n < N; ++n) sum += double(dy[n * M + m]) * double(a[n]);
      db[m] = T(sum);  // (*)
    }
  }
};

}  // namespace

void describe_outer(plugin::Plugin& p) {
  p.op<Outer>("core.outer")
      .doc("every element of one vector times every element of another")
      .formula("y[n,m] = a[n] * b[m]")
      .in("input", "a: (N)")
      .in("vec2", "b: (M)")
      .out("output", "(N,M)")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3] normal[4]")
      .sample("normal[1] normal[2]")
      .sample("normal[0] normal[2]");
  p.kernel<Outer, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.outer")
      .keep_in({0, 1})
      .flags(HG_KEEP_CROSSWISE);
}

}  // namespace ops

Tensor Tensor::outer(const Tensor& other) const {
  static constinit const Op op("core.outer");
  return run(op, {this, &other});
}

}  // namespace hg
