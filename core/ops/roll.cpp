// roll: elements move along an axis; those pushed over the end come in again at the start.
//
// Forward.  Along an axis of size n, for a shift s of either sign:
//
//     y[(m + s) mod n] = x[m]             that is             y[i] = x[(i - s) mod n]
//
//   Several axes roll one after the other. Without an axis, x is read as one long line.
//
// Backward.  Each x[m] is one y:
//
//     dL/dx[m] = dy[(m + s) mod n]                                            (*)
//
//   a roll by -s. Check by thought: n rolls by 1 change nothing, there and back.
//
// Saved for backward: nothing.
#include "ops/functions.hpp"
#include "ops/moving.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct Roll {
  static void infer(Call& c) {
    auto shifts = c.attr(0).integers(), dims = c.attr(1).integers();
    if (dims.empty()) {
      require(shifts.size() == 1, Shape(shifts), " are ", shifts.size(),
              " shifts; without axes the tensor is one line, and takes 1");
    } else {
      require(shifts.size() == dims.size(), "shifts ", Shape(shifts), " and axes ",
              Shape(dims), " must be as many");
    }
    for (int64_t d : dims) Call::wrap(d, c.in(0).ndim);
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
  static Moves moves(const Call& c) {
    auto shifts = c.attr(0).integers(), dims = c.attr(1).integers();
    const hg_tensor& x = c.in(0);
    const Shape size = dims.empty() ? Shape{hg_numel(&x)} : shape_of(x);
    int64_t shift[max_rank] = {};  // of each axis, from 0 to n-1
    for (size_t k = 0; k < shifts.size(); ++k) {
      const int d = dims.empty() ? 0 : Call::wrap(dims[k], x.ndim);
      if (d >= size.size() || size[d] == 0) continue;
      const int64_t s = shifts[k] % size[d];
      shift[d] = (shift[d] + s + size[d]) % size[d];
    }
    return Moves(c, size, size, [&](int d, int64_t i) {
      return i >= shift[d] ? i - shift[d] : i - shift[d] + size[d];
    });
  }
};

}  // namespace

void describe_roll(plugin::Plugin& p) {
  p.op<Roll>("core.roll")
      .doc("moves elements along axes, around the end to the start")
      .formula("y[i] = x[(i - shift) mod n]")
      .in("input")
      .out("output")
      .attr("shifts", HG_INTS, {}, "how far, for each axis named")
      .attr("dims", HG_INTS, {}, "the axes; none: the tensor as one line")
      .sample("normal[2,5]", R"({"shifts":[2],"dims":[1]})")
      .sample("normal[3,2,4]", R"({"shifts":[-1,5],"dims":[2,0]})")
      .sample("normal[2,3]", R"({"shifts":[-2]})")
      .sample("normal[]", R"({"shifts":[1]})");
  p.kernel<Roll, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.roll")
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

static constinit const Op roll_op("core.roll");

Tensor Tensor::roll(const Shape& shifts, const Shape& axes) const {
  return run(roll_op, {this}, {shifts, axes});
}

Tensor Tensor::roll(int64_t shift) const { return run(roll_op, {this}, {Shape{shift}}); }

}  // namespace hg
