// flip: the order of the elements along some axes reversed.
//
// Forward.  Along an axis of size n:
//
//     y[i] = x[n-1-i]
//
//   A copy, not a view: strides here are never negative. Convolution in the mathematician's
//   sense is the layer's cross-correlation with a flipped kernel.
//
// Backward.  Each x is one y:
//
//     dL/dx[m] = dy[n-1-m]                                                    (*)
//
//   Check by thought: flipping twice is no change, and so is its derivative.
//
// Saved for backward: nothing.
#include "ops/functions.hpp"
#include "ops/moving.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct Flip {
  static void infer(Call& c) {
    axes(c);
    c.like(0, c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    copy_moved<T>(c, moves(c));
  }
  template <class T>
  static void backward(Call& c) {
    add_moved<T>(c, moves(c));  // (*)
  }

 private:
  // The axes to flip, one bit each.
  static unsigned axes(const Call& c) {
    unsigned result = 0;
    for (int64_t axis : c.attr(0).integers()) {
      const int d = Call::wrap(axis, c.in(0).ndim);
      require((result >> d & 1) == 0, "axis ", d, " is named twice in ",
              Shape(c.attr(0).integers()));
      result |= 1u << d;
    }
    return result;
  }

  static Moves moves(const Call& c) {
    const Shape size = shape_of(c.in(0));
    const unsigned flipped = axes(c);
    return Moves(c, size, size,
                 [&](int d, int64_t i) { return flipped >> d & 1 ? size[d] - 1 - i : i; });
  }
};

}  // namespace

void describe_flip(plugin::Plugin& p) {
  p.op<Flip>("core.flip")
      .doc("the order along some axes reversed")
      .formula("y[i] = x[n-1-i]")
      .in("input")
      .out("output")
      .attr("dims", HG_INTS, {}, "the axes to reverse")
      .sample("normal[2,5]", R"({"dims":[1]})")
      .sample("normal[3,2,4]", R"({"dims":[-1,0]})")
      .sample("normal[3]")
      .sample("normal[]");
  p.kernel<Flip, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.flip")
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

Tensor Tensor::flip(const Shape& axes) const {
  static constinit const Op op("core.flip");
  return run(op, {this}, {axes});
}

}  // namespace hg
