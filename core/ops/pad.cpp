// pad: a tensor surrounded by more elements along its last axes.
//
// Forward.  Along an axis of size n with `l` elements before and `r` behind, y has
// n + l + r, and y[i] stands for x[i - l]. Where that index lies outside x,
//
//     constant     y[i] = value
//     replicate    y[i] = the nearest end of x
//     reflect      y[i] = its mirror image, the ends being the mirrors:
//
//         x = a b c d,  l = r = 2:      c b [a b c d] c b
//
//     circular     y[i] = what comes next after going round to the other end
//
//         x = a b c d,  l = r = 2:      c d [a b c d] a b
//
//   Negative l and r cut elements off. A reflection must find its image in x, so l and r
//   are less than n there; and to go round means once, so there they are at most n. After a
//   cut the circle is of what is left.
//
// Backward.  A constant has no path from x; the other elements are copies. x[m] was copied
// to its own place and, maybe, into the padding:
//
//     dL/dx[m] = sum over i with f(i) = m of dy[i]                            (*)
//
//   for the map f from places in y to places in x (moving.hpp). Check by thought: in the
//   example b has two paths, and gets dy[1] + dy[3]; a, the mirror itself, has one.
//
// Saved for backward: nothing.
#include <cmath>

#include "nn/functional.hpp"
#include "ops/moving.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

struct Pad {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    auto amounts = c.attr(0).integers();
    auto mode = c.attr(1).string();
    require(amounts.size() % 2 == 0, Shape(amounts), " are ", amounts.size(),
            " amounts; they come in pairs, before and behind an axis");
    const int axes = int(amounts.size() / 2);
    require(axes <= x.ndim, Shape(amounts), " names amounts for ", axes,
            " axes, and the tensor ", plugin::shape_text(x), " has ", x.ndim);
    const double value = c.attr(2).number();
    require(mode != "constant" || is_floating(x) || value == std::trunc(value), "value is ",
            value, ", and a tensor of ", plugin::type_text(x), " cannot hold it");
    c.like(0, x);
    for (int k = 0; k < axes; ++k) {
      const int d = x.ndim - 1 - k;
      const int64_t n = x.shape[d], l = amounts[2 * k], r = amounts[2 * k + 1];
      require(mode == "constant" || n > 0 || (l <= 0 && r <= 0), "axis ", d, " of ",
              plugin::shape_text(x), " is empty: there is nothing to ",
              mode == "circular" ? "go round" : mode);
      require(mode != "reflect" || (l < n && r < n) || (l <= 0 && r <= 0), "amounts ", l,
              " and ", r, " for axis ", d, " of ", plugin::shape_text(x),
              ": a reflection reaches ", n - 1, " elements at most");
      int64_t& size = c.out(0).shape[d];
      const bool fits =
          !__builtin_add_overflow(n, l, &size) && !__builtin_add_overflow(size, r, &size);
      require(fits && size >= 0 && l >= -n && r >= -n, "amounts ", l, " and ", r,
              " leave no size for axis ", d, " of ", plugin::shape_text(x));
      const int64_t kept = n - cut(l) - cut(r);
      require(mode != "circular" || (l <= kept && r <= kept), "amounts ", l, " and ", r,
              " for axis ", d, " of ", plugin::shape_text(x), ": once around is ", kept,
              " elements");
    }
    shape_of(c.out(0)).numel();  // throws if they are more than can be counted
  }

  template <class T>
  static void forward(Call& c) {
    copy_moved<T>(c, moves(c), convert<T>(c.attr(2).number()));
  }
  template <class T>
  static void backward(Call& c) {
    add_moved<T>(c, moves(c));  // (*)
  }

 private:
  // How many elements an amount takes away.
  static int64_t cut(int64_t amount) { return amount < 0 ? -amount : 0; }

  static Moves moves(const Call& c) {
    const Shape x = shape_of(c.in(0)), y = shape_of(c.out(0));
    auto amounts = c.attr(0).integers();
    const bool constant = c.attr(1).string() == "constant";
    const bool reflect = c.attr(1).string() == "reflect";
    const bool circular = c.attr(1).string() == "circular";
    return Moves(c, x, y, [&](int d, int64_t i) {
      const size_t k = size_t(x.size() - 1 - d);
      const bool named = 2 * k < amounts.size();
      const int64_t l = named ? amounts[2 * k] : 0, r = named ? amounts[2 * k + 1] : 0;
      const int64_t m = i - l, n = x[d];
      if (circular) {
        const int64_t begin = cut(l), end = n - cut(r), round = end - begin;
        return m < begin ? m + round : m < end ? m : m - round;
      }
      if (m >= 0 && m < n) return m;
      if (constant) return Moves::outside;
      if (reflect) return m < 0 ? -m : 2 * (n - 1) - m;
      return m < 0 ? 0 : n - 1;
    });
  }
};

}  // namespace

void describe_pad(plugin::Plugin& p) {
  p.op<Pad>("core.pad")
      .doc("surrounds a tensor along its last axes")
      .formula("y[i] = x[i - before], and around it a constant, the ends, a reflection, or "
               "x again")
      .in("input")
      .out("output")
      .attr("pad", HG_INTS, {}, "before and behind the last axis, then the one before it")
      .choice("mode", "constant", "constant|reflect|replicate|circular")
      .attr("value", HG_FLOAT, 0.0, "the constant")
      .sample("normal[2,3]", R"({"pad":[1,2]})")
      .sample("normal[2,3,4]", R"({"pad":[1,-1,0,2],"value":1.5})")
      .sample("normal[2,3,4]", R"({"pad":[3,2,1,1],"mode":"reflect"})")
      .sample("normal[2,3]", R"({"pad":[4,0,-1,5],"mode":"replicate"})")
      .sample("normal[2,3,4]", R"({"pad":[4,2,-1,2],"mode":"circular"})")
      .sample("normal[]");
  p.kernel<Pad, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>("core.pad")
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

Tensor nn::functional::pad(const Tensor& x, const Shape& pad, const std::string& mode,
                           Scalar value) {
  static constinit const Op op("core.pad");
  return run(op, {&x}, {pad, mode, value});
}

}  // namespace hg
