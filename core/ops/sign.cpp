// neg, abs, sign: what concerns the sign of a number.
//
// Forward.
//
//     neg:  y = -x       abs:  y = |x|       sign:  y = -1, 0 or 1, as x < 0, x = 0, x > 0
//
// Backward.
//
//     neg:   dL/dx = -dy
//     abs:   dL/dx = dy * sign(x)
//     sign:  dL/dx = 0                                                           (*)
//
//   |x| has a corner at 0, where every slope from -1 to 1 touches the curve from below (a
//   subgradient). We take 0, which is also what sign(0) says. sign is flat but for its
//   jump.
//
//   Check by thought: |x| = x * sign(x), and with sign held constant the slope is sign(x).
//
// Saved for backward: x for abs, nothing for the others.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Neg {
  static constexpr bool keeps_x = false, keeps_y = false;
  template <class T>
  static T y(T x) {
    if constexpr (is_whole<T>) return minus(T(0), x);
    else return -x;
  }
  static auto dx(auto, auto, auto dy) { return -dy; }
};

struct Sign {
  static constexpr bool keeps_x = false, keeps_y = false;
  template <class T>
  static T y(T x) { return static_cast<T>((x > T(0)) - (x < T(0))); }
  static auto dx(auto, auto, auto dy) { return decltype(dy)(0); }
};

struct Abs {
  static constexpr bool keeps_x = true, keeps_y = false;
  template <class T>
  static T y(T x) {
    if constexpr (is_whole<T>) return x < T(0) ? minus(T(0), x) : x;
    else return std::abs(x);
  }
  static auto dx(auto x, auto, auto dy) { return dy * Sign::y(x); }
};

}  // namespace

void describe_sign(plugin::Plugin& p) {
  p.op<Unary<Neg>>("core.neg")
      .doc("Each element with the opposite sign.")
      .formula("y = -x")
      .in("input").out("output")
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Neg>(p, "core.neg", Numbers{});

  p.op<Unary<Abs>>("core.abs")
      .doc("Each element without its sign.")
      .formula("y = |x|")
      .in("input").out("output")
      .sample("distinct[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Abs>(p, "core.abs", Numbers{});

  p.op<Unary<Sign>>("core.sign")
      .doc("-1, 0 or 1, as each element is negative, zero or positive; 0 for nan.")
      .formula("y = (x > 0) - (x < 0)")
      .in("input").out("output")
      .sample("distinct[3,4]").sample("normal").sample("normal[2,1,3]");
  unary_kernels<Sign>(p, "core.sign", AllTypes{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op neg_op("core.neg"), abs_op("core.abs"), sign_op("core.sign");
}

Tensor operator-(const Tensor& a) { return run(neg_op, {&a}); }
Tensor Tensor::neg() const { return run(neg_op, {this}); }
Tensor Tensor::abs() const { return run(abs_op, {this}); }
Tensor Tensor::sign() const { return run(sign_op, {this}); }
Tensor Tensor::neg_() const { return run_in_place(neg_op, {this}); }
Tensor Tensor::abs_() const { return run_in_place(abs_op, {this}); }

}  // namespace hg
