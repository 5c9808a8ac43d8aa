// where: one of two numbers, as a condition says, element by element.
//
// Forward.
//
//     y = c ? a : b
//
// Backward.  y moves with the one that was chosen:
//
//     dL/da = c ? dy : 0                 dL/db = c ? 0 : dy                      (*)
//
//   and where an operand was stretched, its gradient is summed (broadcast.hpp).
//
//   Check by thought: for each element the two gradients add up to dy.
//
// Saved for backward: c.
//
// Delicate.  Multiplying by a mask is not the same: c*a + (1-c)*b gives NaN wherever the
// side not taken is NaN or inf, as 0 * inf is NaN. Here the other side is never looked at,
// forward or backward. But an infinite slope upstream survives: in where(x > 0, sqrt(x), 0)
// the 0 that arrives at sqrt meets its slope, inf at x = 0, and gives NaN. The cure is to
// choose before: sqrt(where(x > 0, x, 1)).
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

struct Where {
  static void infer(Call& c) {
    const hg_tensor &condition = c.in(0), &a = c.in(1), &b = c.in(2);
    require(condition.code == HG_BOOL_CODE, "condition is of type ",
            plugin::type_text(condition), "; it must be bool\n  hint: condition != 0");
    infer_broadcast(c, a, b);
    // The shape of a and b together now meets that of the condition.
    int64_t shape[HG_MAX_RANK];
    hg_tensor both = c.out(0);
    std::copy_n(both.shape, both.ndim, shape);
    both.shape = shape;
    infer_broadcast(c, both, condition, "the choice", "condition");
  }

  template <class T>
  static void forward(Call& c) {
    // Choosing moves bits, whatever they mean: only the width of an element matters.
    switch (c.out(0).bits) {
      case 8: return choose<uint8_t>(c);
      case 16: return choose<uint16_t>(c);
      case 32: return choose<uint32_t>(c);
      default: return choose<uint64_t>(c);
    }
  }

  template <class T>
  static void backward(Call& c) {
    Elements<bool> condition{c.in(0)};
    Elements<T> dy{c.dout(0)};
    gradient<T>(c, 1, [](bool taken, T dy) { return taken ? dy : T(0); }, condition, dy);
    gradient<T>(c, 2, [](bool taken, T dy) { return taken ? T(0) : dy; }, condition, dy);
  }

 private:
  template <class Bits>
  static void choose(Call& c) {
    map<Bits>(c, c.out(0), [](bool taken, Bits a, Bits b) { return taken ? a : b; },
              Elements<bool>{c.in(0)}, Elements<Bits>{c.in(1)}, Elements<Bits>{c.in(2)});
  }
};

}  // namespace

void describe_where(plugin::Plugin& p) {
  p.op<Where>("core.where")
      .doc("Elements of input where the condition holds, of other elsewhere.")
      .formula("y = c ? a : b")
      .in("condition").in("input").in("other").out("output")
      .nondiff_in({0})
      .promote(HG_PROMOTE_ALL, {1, 2})
      .sample("bool[3,4] normal[3,4] normal[3,4]")
      .sample("bool[3,1,4] normal[2,1] normal[3,1,1]")
      .sample("bool[2,3] normal normal[3]")
      .sample("bool normal[2] normal[2]");
  // Without floating inputs the condition's type, bool, is the key.
  p.kernel<Where, float, double, Half, BFloat16, bool>("core.where")
      .flags(HG_STRIDED_OK).keep_in({0});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.where");

Tensor where(const Tensor& condition, const Tensor& input, const Tensor& other) {
  return run(op, {&condition, &input, &other});
}
Tensor where(const Tensor& condition, const Tensor& input, Scalar other) {
  return where(condition, input, wrapped_number(other, input));
}
Tensor where(const Tensor& condition, Scalar input, const Tensor& other) {
  return where(condition, wrapped_number(input, other), other);
}

}  // namespace hg
