// masked_fill: one value wherever a mask is true.
//
// Forward.
//
//     y = m ? value : x
//
//   m, a bool tensor, and x broadcast. Scores that must not count are filled with -inf so,
//   before a softmax makes zeros of them.
//
// Backward.  Where the mask is true, y is the value and x has no path to it:
//
//     dL/dx = m ? 0 : dy                                                      (*)
//
//   and where x was stretched, its gradient is summed (broadcast.hpp). Check by thought:
//   with a mask that is true everywhere y is a constant, and (*) is 0.
//
// Saved for backward: m.
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

struct MaskedFill {
  static void infer(Call& c) {
    require(c.in(1).code == HG_BOOL_CODE, "mask is ", plugin::type_text(c.in(1)),
            "; it must be bool\n  hint: mask != 0");
    double value = c.attr(0).number();
    require(is_floating(c.in(0)) || value == std::trunc(value), "value is ", value,
            ", and a tensor of ", plugin::type_text(c.in(0)), " cannot hold it");
    infer_broadcast(c, c.in(0), c.in(1), "input", "mask");
  }

  template <class T>
  static void forward(Call& c) {
    const T value = convert<T>(c.attr(0).number());
    map<T>(
        c, c.out(0), [value](T x, bool m) { return m ? value : x; }, Elements<T>{c.in(0)},
        Elements<bool>{c.in(1)});
  }

  template <class T>
  static void backward(Call& c) {
    gradient<T>(
        c, 0, [](bool m, T dy) { return m ? T(0) : dy; },  // (*)
        Elements<bool>{c.in(1)}, Elements<T>{c.dout(0)});
  }
};

}  // namespace

void describe_masked_fill(plugin::Plugin& p) {
  p.op<MaskedFill>("core.masked_fill")
      .doc("one value wherever a mask is true")
      .formula("y = mask ? value : x")
      .in("input")
      .in("mask", "bool")
      .out("output")
      .nondiff_in({1})
      .attr("value", HG_FLOAT, 0.0)
      .sample("normal[3,4] bool[3,4]", R"({"value":-1.5})")
      .sample("normal[2,1,4] bool[3,1]", R"({"value":2})");
  elementwise_kernels<MaskedFill>(p, "core.masked_fill", AllTypes{}).keep_in({1});
}

}  // namespace ops

static constinit const Op masked_fill_op("core.masked_fill");

Tensor Tensor::masked_fill(const Tensor& mask, Scalar value) const {
  return run(masked_fill_op, {this, &mask}, {value});
}

Tensor Tensor::masked_fill_(const Tensor& mask, Scalar value) const {
  return run_in_place(masked_fill_op, {this, &mask}, {value});
}

}  // namespace hg
