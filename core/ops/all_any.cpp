// all and any: whether every element, or at least one, is true.
//
//     all:  y[k] = every x[k,i] != 0             of none at all: true
//     any:  y[k] = some x[k,i] != 0              of none at all: false
//
//   The result is a bool. (PyTorch gives u8 for u8; here a truth is a truth.)
//
// A truth jumps where it changes and is constant elsewhere: there is nothing to
// differentiate.
#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <bool every>
struct Truth {
  static void infer(Call& c) {
    infer_reduced(c, c.in(0));
    c.set_type(0, HG_BOOL_CODE, 8);
  }

  template <class T>
  static void forward(Call& c) {
    Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    bool* y = c.out<bool>(0);
    std::fill(y, y + r.outputs, every);
    r.fold(c.in<T>(0), y, [](bool& truth, T x) {
      if ((x != T(0)) != every) truth = !every;
    });
  }
};

template <bool every>
void describe(plugin::Plugin& p, const char* name, const char* doc, const char* formula) {
  p.op<Truth<every>>(name)
      .doc(doc)
      .formula(formula)
      .in("input")
      .out("output", "bool")
      .flags(HG_NO_GRAD)
      .attr("dim", HG_INT, {}, "the axis to look along; none: all elements")
      .attr("keepdim", HG_BOOL, false, "keep the axis, with size 1")
      .sample("bool[3,4]")
      .sample("bool[2,3,4]", R"({"dim":1,"keepdim":true})");
  p.kernel<Truth<every>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
      name);
}

}  // namespace

void describe_all_any(plugin::Plugin& p) {
  describe<true>(p, "core.all", "is every element true?", "y = x[0] and x[1] and ...");
  describe<false>(p, "core.any", "is some element true?", "y = x[0] or x[1] or ...");
}

}  // namespace ops

static constinit const Op all_op("core.all"), any_op("core.any");

Tensor Tensor::all() const { return run(all_op, {this}); }
Tensor Tensor::all(int64_t axis, bool keepdim) const {
  return run(all_op, {this}, {axis, keepdim});
}

Tensor Tensor::any() const { return run(any_op, {this}); }
Tensor Tensor::any(int64_t axis, bool keepdim) const {
  return run(any_op, {this}, {axis, keepdim});
}

}  // namespace hg
