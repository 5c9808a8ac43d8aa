// pow: a to the power of b, element by element.
//
// Forward.
//
//     y = a^b
//
//   Whole numbers give whole numbers, by repeated squaring: a^13 = a^8 * a^4 * a. They
//   have no negative powers, since 2^-1 is no whole number: an error, as PyTorch's for a
//   plain exponent.
//
// Backward.
//
//     dL/da = dy * b * a^(b-1)
//     dL/db = dy * y * log(a)            as a^b = exp(b * log(a))                (*)
//
//   Two corners need a decision, both taken as PyTorch takes them:
//     b = 0      a^0 is 1 for every a, so dL/da is 0, also at a = 0, where the formula
//                would say 0 * 0^-1 = 0 * inf = NaN.
//     a = 0      0^b is 0 for every b > 0, so dL/db is 0, where the formula would say
//                0 * log(0) = 0 * -inf = NaN.
//   A negative a has powers with whole exponents only: dL/db is NaN there, as log(a) is.
//
//   Check by thought: b = 2 gives 2a*dy, the slope of a square; b = 1 gives dy * a^0 = dy.
//
// Saved for backward: a, b and y.
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

template <class T>
T whole_power(T a, T b) {
  require(b >= 0, "a whole number to the power of ", int64_t(b),
          ": whole numbers have no negative powers\n"
          "  hint: convert the base first: x.to(f32)");
  T y = 1;
  for (; b > 0; b = static_cast<T>(b >> 1)) {
    if (b & 1) y = times(y, a);
    a = times(a, a);
  }
  return y;
}

struct Pow {
  static constexpr bool keeps_a = true, keeps_b = true, keeps_y = true;
  template <class T>
  static T y(T a, T b) {
    if constexpr (is_whole<T>) return whole_power(a, b);
    else return b == T(2) ? a * a : std::pow(a, b);  // squares are common, and pow is slow
  }
  template <class T>
  static T da(T a, T b, T, T dy) {
    if (b == T(0)) return T(0);
    return dy * b * y(a, b - T(1));
  }
  template <class T>
  static T db(T a, T b, T y, T dy) {
    if (a == T(0) && b >= T(0)) return T(0);
    return dy * y * std::log(a);
  }
};

}  // namespace

void describe_pow(plugin::Plugin& p) {
  p.op<Binary<Pow>>("core.pow")
      .doc("The first tensor to the power of the second, element by element.")
      .formula("y = a^b")
      .in("input").in("exponent").out("output")
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("positive[3,4] normal[3,4]")
      .sample("positive[3,1,4] normal[2,1]")
      .sample("positive normal[2,3]")
      .sample("positive[5] normal")
      .sample("positive[3,4] index(4)[4]");
  binary_kernels<Pow>(p, "core.pow", Numbers{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.pow");

Tensor Tensor::pow(const Tensor& exponent) const { return run(op, {this, &exponent}); }
Tensor Tensor::pow(Scalar exponent) const { return pow(wrapped_number(exponent, *this)); }
Tensor Tensor::pow_(Scalar exponent) const {
  Tensor b = wrapped_number(exponent, *this);
  return run_in_place(op, {this, &b});
}
Tensor pow(Scalar base, const Tensor& exponent) {
  return wrapped_number(base, exponent).pow(exponent);
}

}  // namespace hg
