// index_select: whole slices along an axis, in the order that a list of indices gives.
//
// Forward.  With o and i for the axes before and after:
//
//     y[o,j,i] = x[o, k[j], i]
//
//   Rows of a matrix by number: a table of vectors is looked up this way.
//
// Backward.  x[o,m,i] was copied into every y[o,j,i] with k[j] = m; sum the paths:
//
//     dL/dx[o,m,i] = sum_{j: k[j] = m} dy[o,j,i]                              (*)
//
//   Check by thought: a row that was asked for three times gets three gradients.
//
// Saved for backward: k.
#include "ops/along.hpp"
#include "ops/functions.hpp"
#include "ops/indices.hpp"
#include "ops/ops.hpp"
#include "tensor/shape.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

struct IndexSelect {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(0), &k = c.in(1);
    require_index_type(k);
    require(x.ndim > 0, "a tensor without axes has no slices to select");
    require(k.ndim <= 1, "index is ", shape_text(k), "; it must be a list, of one axis",
            "\n  hint: gather() takes an index for every element");
    c.like(0, x);
    c.out(0).shape[c.axis(0, x)] = hg_numel(&k);
  }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    each_run(c, [&](int64_t to, int64_t from, int64_t n) {
      std::copy(x + from, x + from + n, y + to);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    if (!c.adds(0)) std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
    each_run(c, [&](int64_t j, int64_t m, int64_t n) {
      for (int64_t i = 0; i < n; ++i) dx[m + i] = T(dx[m + i] + dy[j + i]);  // (*)
    });
  }

 private:
  // Calls f(j, m, n): n elements of y from j on are those of x from m on.
  template <class F>
  static void each_run(Call& c, const F& f) {
    const hg_tensor& x = c.in(0);
    const int64_t* k = c.in<int64_t>(1);
    int axis = c.axis(0, x);
    const Along ax(x, axis), ay(c.out(0), axis);
    for (int64_t o = 0; o < ay.outer; ++o) {
      for (int64_t j = 0; j < ay.n; ++j) {
        f(ay.at(o, j, 0), ax.at(o, checked_index(k[j], x, axis), 0), ax.inner);
      }
    }
  }
};

}  // namespace

void describe_index_select(plugin::Plugin& p) {
  p.op<IndexSelect>("core.index_select")
      .doc("slices along an axis, by a list of indices")
      .formula("y[o,j,i] = x[o, k[j], i]")
      .in("input")
      .in("index", "i64, one axis")
      .out("output")
      .nondiff_in({1})
      .attr("dim", HG_INT, 0)
      .sample("normal[4,3] index(4)[6]")
      .sample("normal[2,3,4] index(3)[2]", R"({"dim":1})")
      .sample("normal[5] index(5)", R"({"dim":-1})");
  p.kernel<IndexSelect, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.index_select")
      .keep_in({1})
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

Tensor Tensor::index_select(int64_t axis, const Tensor& index) const {
  static constinit const Op op("core.index_select");
  return run(op, {this, &index}, {axis});
}

}  // namespace hg
