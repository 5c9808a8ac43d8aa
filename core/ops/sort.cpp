// sort: the elements of each line along an axis in order, and where they stood.
//
// Forward.  For one line x[0..n-1], k is the arrangement of 0..n-1 for which
//
//     y[j] = x[k[j]]     with     y[0] <= y[1] <= ... <= y[n-1]
//
//   or the other way round, descending. The sort is stable in both directions: elements
//   that are equal keep their order. nan counts as larger than any number, so it comes last
//   in rising order and first in falling order.
//
// Backward.  A small change of x does not change the arrangement k, and each x is one y:
//
//     dL/dx[k[j]] = dy[j]                                                     (*)
//
//   Check by thought: dy is put back to where the values came from; summed up it is the
//   same. Where two x are equal the arrangement may jump, but then y does not.
//
// Saved for backward: k.
#include "ops/functions.hpp"
#include "ops/order.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Sort {
  static void infer(Call& c) {
    c.axis(0, c.in(0));
    c.like(0, c.in(0));
    c.like(1, c.in(0));
    c.set_type(1, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    const int axis = c.axis(0, c.in(0));
    order_lines<T>(c, axis, Along(c.in(0), axis).n, c.attr(1).flag(),
                   [](int64_t* begin, int64_t* end, const Before<T>& before) {
                     std::sort(begin, end, before);
                   });
  }

  template <class T>
  static void backward(Call& c) {
    return_to_places<T>(c, c.axis(0, c.in(0)));  // (*)
  }
};

}  // namespace

void describe_sort(plugin::Plugin& p) {
  p.op<Sort>("core.sort")
      .doc("the elements along an axis in order, and where they stood")
      .formula("y[j] = x[k[j]], y[0] <= y[1] <= ...")
      .in("input")
      .out("values")
      .out("indices", "i64: where each value stood")
      .nondiff_out({1})
      .attr("dim", HG_INT, -1)
      .attr("descending", HG_BOOL, false, "the largest first")
      .sample("distinct[3,4]")
      .sample("distinct[2,5,3]", R"({"dim":1,"descending":true})")
      .sample("distinct[]", R"({"dim":0})");
  p.kernel<Sort, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.sort")
      .keep_out({1});
}

}  // namespace ops

ValuesIndices Tensor::sort(int64_t axis, bool descending) const {
  static constinit const Op op("core.sort");
  std::vector<Tensor> results = run_all(op, {this}, {axis, descending});
  return {results[0], results[1]};
}

Tensor Tensor::argsort(int64_t axis, bool descending) const {
  return detach().sort(axis, descending).indices;
}

}  // namespace hg
