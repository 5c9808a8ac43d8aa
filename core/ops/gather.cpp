// gather: from each line along an axis, the elements that an index tensor names.
//
// Forward.  For two axes and axis 1:
//
//     y[i,j] = x[i, k[i,j]]
//
//   k says for every element of y where along the axis to look; the other indices are the
//   element's own. With the labels as a column for k, it picks from each row of predictions
//   the one for the true class. k may be shorter than x along the other axes.
//
// Backward.  x[i,m] was copied into every y[i,j] with k[i,j] = m; sum the paths:
//
//     dL/dx[i,m] = sum_{j: k[i,j] = m} dy[i,j]                                (*)
//
//   Check by thought: an element that was picked twice gets two gradients, one that was
//   never picked none. This is called scatter-add.
//
// Saved for backward: k.
#include "ops/along_index.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Gather {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(0), &k = c.in(1);
    require_index_fits(x, k, c.axis(0, x));
    c.like(0, k);
    c.set_type(0, x.code, x.bits);
  }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    each(c, [&](int64_t j, int64_t m) { y[j] = x[m]; });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    if (!c.adds(0)) std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
    each(c, [&](int64_t j, int64_t m) { dx[m] = T(dx[m] + dy[j]); });  // (*)
  }

 private:
  // Calls f(j, m) for every element j of y, which is element m of x.
  template <class F>
  static void each(Call& c, const F& f) {
    const hg_tensor &x = c.in(0), &k = c.in(1);
    each_indexed(x, k, c.axis(0, x), k, f);
  }
};

}  // namespace

void describe_gather(plugin::Plugin& p) {
  p.op<Gather>("core.gather")
      .doc("picks elements along an axis, each line by its own indices")
      .formula("y[i,j] = x[i, k[i,j]]")
      .in("input")
      .in("index", "i64, with as many axes as input")
      .out("output", "of index's shape")
      .nondiff_in({1})
      .attr("dim", HG_INT, 0)
      .sample("normal[3,4] index(4)[3,2]", R"({"dim":1})")
      .sample("normal[3,2,4] index(3)[5,1,3]", R"({"dim":0})")
      .sample("normal[4] index(4)[7]", R"({"dim":-1})")
      .sample("normal index(1)", R"({"dim":0})");
  p.kernel<Gather, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.gather")
      .keep_in({1})
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

Tensor Tensor::gather(int64_t axis, const Tensor& index) const {
  static constinit const Op op("core.gather");
  return run(op, {this, &index}, {axis});
}

}  // namespace hg
