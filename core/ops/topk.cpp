// topk: the k largest (or smallest) elements of each line along an axis, and where they
// stood.
//
// Forward.  The first k of what sort gives, the most extreme first:
//
//     y[j] = x[i[j]]     with     y[0] >= y[1] >= ... >= y[k-1] >= all other x
//
//   Only these k are put in order: a heap of k elements sees the others pass by, n log k
//   comparisons for n log n. Of equal elements the one that stands first is taken (PyTorch
//   leaves that open), and nan counts as larger than any number.
//
// Backward.  As in sort for the k elements; the others are in no y:
//
//     dL/dx[i[j]] = dy[j],     0 elsewhere                                    (*)
//
//   Check by thought: with k = 1 this is the gradient of max.
//
// Saved for backward: i.
#include "ops/functions.hpp"
#include "ops/order.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct TopK {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    const int64_t k = c.attr(0).integer();
    const int axis = c.axis(1, x);
    const int64_t n = Along(x, axis).n;
    plugin::require(k >= 0 && k <= n, "k is ", k, ", and axis ", axis, " of ",
                    plugin::shape_text(x), " has ", n, " elements to choose from");
    for (uint32_t o = 0; o < 2; ++o) {
      c.like(o, x);
      if (x.ndim > 0) c.out(o).shape[axis] = k;
    }
    c.set_type(1, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    const int axis = c.axis(1, c.in(0));
    const int64_t k = Along(c.out(0), axis).n;
    order_lines<T>(c, axis, k, c.attr(2).flag(),
                   [k](int64_t* begin, int64_t* end, const Before<T>& before) {
                     std::partial_sort(begin, begin + k, end, before);
                   });
  }

  template <class T>
  static void backward(Call& c) {
    return_to_places<T>(c, c.axis(1, c.in(0)));  // (*)
  }
};

}  // namespace

void describe_topk(plugin::Plugin& p) {
  p.op<TopK>("core.topk")
      .doc("the k largest or smallest elements along an axis, and where they stood")
      .formula("y[j] = x[i[j]], y[0] >= ... >= y[k-1] >= all others")
      .in("input")
      .out("values")
      .out("indices", "i64: where each value stood")
      .nondiff_out({1})
      .attr("k", HG_INT, 1)
      .attr("dim", HG_INT, -1)
      .attr("largest", HG_BOOL, true, "false: the smallest")
      .sample("distinct[3,4]", R"({"k":2})")
      .sample("distinct[2,5,3]", R"({"k":3,"dim":1,"largest":false})")
      .sample("distinct[4]", R"({"k":0})");
  p.kernel<TopK, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.topk")
      .keep_out({1});
}

}  // namespace ops

ValuesIndices Tensor::topk(int64_t k, int64_t axis, bool largest) const {
  static constinit const Op op("core.topk");
  std::vector<Tensor> results = run_all(op, {this}, {k, axis, largest});
  return {results[0], results[1]};
}

}  // namespace hg
