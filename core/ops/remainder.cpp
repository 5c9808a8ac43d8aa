// remainder: what a division leaves over, element by element.
//
// Forward.
//
//     y = a - b * floor(a / b)
//
//   as Python's a % b: the result has b's sign, so that -1 modulo 7 is 6 and an index that
//   runs off either end of a ring comes back in at the other. Whole numbers modulo 0 are an
//   error; floats give NaN.
//
// Backward.  floor(a/b) is a staircase, constant around almost every point:
//
//     dL/da = dy                 dL/db = -dy * floor(a / b)                      (*)
//
//   Check by thought: the clock's hand moves with the time, whatever hour it is.
//
// Saved for backward: a and b.
#include "ops/division.hpp"
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Remainder {
  static constexpr bool keeps_a = true, keeps_b = true, keeps_y = false;
  static auto y(auto a, auto b) { return floor_remainder(a, b); }
  static auto da(auto, auto, auto, auto dy) { return dy; }
  static auto db(auto a, auto b, auto, auto dy) { return -dy * divide_floor(a, b); }
};

}  // namespace

void describe_remainder(plugin::Plugin& p) {
  p.op<Binary<Remainder>>("core.remainder")
      .doc("The remainder of a division, with the sign of the divisor.")
      .formula("y = a - b * floor(a / b)")
      .in("input").in("other").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] positive[3,4]")
      .sample("distinct[3,1,4] positive[2,1]")
      .sample("normal[5] positive");
  binary_kernels<Remainder>(p, "core.remainder", Numbers{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.remainder");

Tensor Tensor::remainder(const Tensor& other) const { return run(op, {this, &other}); }
Tensor Tensor::remainder(Scalar other) const {
  return remainder(wrapped_number(other, *this));
}

}  // namespace hg
