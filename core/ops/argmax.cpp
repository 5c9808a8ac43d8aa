// argmax and argmin: where the largest (smallest) element stands.
//
//     y[i] = the first j with x[j,i] = max_j x[j,i]
//
//   Along an axis it counts along that axis; without one, through all elements in row-major
//   order. NaN counts as larger and as smaller than any number.
//
// An index jumps from one whole number to the next and is constant between: its slope is 0
// wherever it has one, so nothing is to be differentiated here.
#include "ops/extreme.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <class Order>
struct Arg {
  static void infer(Call& c) {
    c.shape(0, infer_searched(c, Order::word), c.in(0));
    c.set_type(0, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    int64_t* y = c.out<int64_t>(0);
    search<Order>(searched(c, c.in(0)), c.in<T>(0),
                  [&](int64_t i, int64_t j, T) { y[i] = j; });
  }
};

template <class Order>
void describe(plugin::Plugin& p, const char* name, const char* doc, const char* formula) {
  p.op<Arg<Order>>(name)
      .doc(doc)
      .formula(formula)
      .in("input")
      .out("output", "i64")
      .flags(HG_NO_GRAD)
      .attr("dim", HG_INT, {}, "the axis to search along; none: all elements")
      .attr("keepdim", HG_BOOL, false, "keep the axis, with size 1")
      .sample("distinct[3,4]")
      .sample("distinct[2,3,4]", R"({"dim":1,"keepdim":true})")
      .sample("distinct[3,5]", R"({"dim":-1})");
  p.kernel<Arg<Order>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
      name);
}

}  // namespace

void describe_argmax(plugin::Plugin& p) {
  describe<Largest>(p, "core.argmax", "the position of the largest element",
                    "y[i] = argmax_j x[j, i]");
  describe<Smallest>(p, "core.argmin", "the position of the smallest element",
                     "y[i] = argmin_j x[j, i]");
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op argmax_op("core.argmax"), argmin_op("core.argmin");

Tensor Tensor::argmax() const { return run(argmax_op, {this}); }

Tensor Tensor::argmax(int64_t axis, bool keepdim) const {
  return run(argmax_op, {this}, {axis, keepdim});
}

Tensor Tensor::argmin() const { return run(argmin_op, {this}); }

Tensor Tensor::argmin(int64_t axis, bool keepdim) const {
  return run(argmin_op, {this}, {axis, keepdim});
}

}  // namespace hg
