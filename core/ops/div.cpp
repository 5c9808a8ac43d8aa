// div: the quotient, element by element.
//
// Forward.
//
//     y = a / b                                     rounding_mode left out
//     y = a / b, the fraction dropped               rounding_mode "trunc"
//     y = a / b, down to the next whole number      rounding_mode "floor"
//
//   Without rounding, whole numbers are divided as f32, so 1/2 is 0.5. With it the type
//   stays. -7 over 2 is -3 by trunc (as in C) and -4 by floor (as Python's //).
//
// Backward, without rounding.  From y = a * b^-1:
//
//     dy/da = 1/b                dy/db = -a/b^2 = -y/b
//     dL/da = dy / b             dL/db = -dy * y / b                             (*)
//
//   With rounding y is a staircase: flat wherever it has a slope, so both are 0.
//
//   Check by thought: a and b grow by the same small part, and y stays; and indeed
//   a * dL/da + b * dL/db = dy*y - dy*y = 0.
//
// Saved for backward: b and y.
//
// Delicate.  Floats divided by 0 give inf, -inf or NaN, and so may the gradients; whole
// numbers have no such values, and dividing them by 0 is an error. floor(a/b) is not
// computed as written: the quotient 1/0.1 rounds to 10, yet 0.1, which in binary is a
// little more than a tenth, fits into 1 only 9 times. The remainder is exact, so that a
// less the remainder is divided instead (division.hpp).
#include "ops/division.hpp"
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

struct Div {
  // The first letter tells the modes apart: 't', 'f', or 0 for no rounding.
  static char mode(const Call& c) {
    return c.attr(0).given() ? c.attr(0).string()[0] : '\0';
  }

  static void infer(Call& c) {
    infer_broadcast(c, c.in(0), c.in(1));
    if (!c.attr(0).given()) {
      if (!is_floating(c.in(0))) c.set_type(0, HG_FLOAT_CODE, 32);
      return;
    }
    std::string_view rounding = c.attr(0).string();
    require(rounding == "floor" || rounding == "trunc", "rounding_mode is '", rounding,
            "'; it must be 'floor' or 'trunc', or be left out");
    require(c.in(0).code != HG_BOOL_CODE,
            "bools have no rounded quotient\n  hint: convert them first: x.to(i64)");
  }

  template <class T>
  static void forward(Call& c) {
    Elements<T> a{c.in(0)}, b{c.in(1)};
    if (!mode(c)) {
      using Y = std::conditional_t<std::is_floating_point_v<T>, T, float>;
      map<Y>(c, c.out(0), [](T a, T b) { return Y(a) / Y(b); }, a, b);
    } else if constexpr (!std::is_same_v<T, bool>) {
      if (mode(c) == 't') map<T>(c, c.out(0), divide_trunc<T>, a, b);
      else map<T>(c, c.out(0), divide_floor<T>, a, b);
    }
  }

  template <class T>
  static void backward(Call& c) {
    Elements<T> b{c.in(1)}, y{c.out(0)}, dy{c.dout(0)};
    if (mode(c)) {
      gradient<T>(c, 0, [](T) { return T(0); }, dy);
      gradient<T>(c, 1, [](T) { return T(0); }, dy);
    } else {
      gradient<T>(c, 0, [](auto b, auto dy) { return dy / b; }, b, dy);
      gradient<T>(c, 1, [](auto b, auto y, auto dy) { return -dy * y / b; }, b, y, dy);
    }
  }
};

}  // namespace

void describe_div(plugin::Plugin& p) {
  p.op<Div>("core.div")
      .doc("The quotient of two tensors, element by element.")
      .formula("y = a / b")
      .in("input").in("other").out("output")
      .attr("rounding_mode", HG_STRING, {}, "'floor', 'trunc', or left out: no rounding")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] positive[3,4]")
      .sample("normal[3,1,4] positive[2,1]")
      .sample("normal positive[2,3]")
      .sample("normal[5] positive")
      .sample("normal[2,3] positive[3]", R"({"rounding_mode":"floor"})")
      .sample("normal[2,3] positive[3]", R"({"rounding_mode":"trunc"})");
  elementwise_kernels<Div>(p, "core.div", AllTypes{})
      .may_alias({0}).keep_in({1}).keep_out({0});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.div");

Tensor operator/(const Tensor& a, const Tensor& b) { return run(op, {&a, &b}); }
Tensor operator/(const Tensor& a, Scalar b) { return a / wrapped_number(b, a); }
Tensor operator/(Scalar a, const Tensor& b) { return wrapped_number(a, b) / b; }
Tensor Tensor::div(const Tensor& other) const { return *this / other; }
Tensor Tensor::div(Scalar other) const { return *this / other; }
Tensor Tensor::div_(const Tensor& other) const { return run_in_place(op, {this, &other}); }
Tensor Tensor::div_(Scalar other) const { return div_(wrapped_number(other, *this)); }

Tensor div(const Tensor& input, const Tensor& other, const std::string& rounding_mode) {
  return run(op, {&input, &other}, {rounding_mode});
}
Tensor div(const Tensor& input, Scalar other, const std::string& rounding_mode) {
  return div(input, wrapped_number(other, input), rounding_mode);
}

}  // namespace hg
