// floor, ceil, trunc, round: to whole numbers, without a change of type.
//
// Forward.
//
//     floor:  the largest whole number <= x         ceil:   the smallest one >= x
//     trunc:  x without its fraction, towards 0     round:  the nearest one
//
//   A half is as near to one neighbour as to the other; round takes the even one (0.5 -> 0,
//   1.5 -> 2, 2.5 -> 2), so that many halves are rounded up as often as down. With
//   `decimals` d it is a multiple of 10^-d that is found: y = round(x * 10^d) / 10^d.
//
// Backward.  Between the steps y does not move, and at a step it jumps:
//
//     dL/dx = 0                                                                  (*)
//
//   Check by thought: a loss behind a rounding cannot be trained through it. Networks with
//   rounded weights therefore pass dy on as if the rounding were not there.
//
// Saved for backward: nothing.
//
// Delicate.  x * 10^d can leave the range of its type. A number so large has no digits
// behind the point, and stays as it is.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Step {  // the derivative of all four
  static constexpr bool keeps_x = false, keeps_y = false;
  static auto dx(auto, auto, auto dy) { return decltype(dy)(0); }
};

// Whole numbers are as they should be.
struct Floor : Step {
  template <class T>
  static T y(T x) {
    if constexpr (is_whole<T>) return x;
    else return std::floor(x);
  }
};

struct Ceil : Step {
  template <class T>
  static T y(T x) {
    if constexpr (is_whole<T>) return x;
    else return std::ceil(x);
  }
};

struct Trunc : Step {
  template <class T>
  static T y(T x) {
    if constexpr (is_whole<T>) return x;
    else return std::trunc(x);
  }
};

template <class T>
struct Round {
  static constexpr bool keeps_x = false;
  int64_t decimals;
  T scale;  // 10^|decimals|

  explicit Round(const Call& c)
      : decimals(c.attr(0).integer()),
        scale(T(is_whole<T> ? 1 : std::pow(10.0, std::abs(double(decimals))))) {
    require(!is_whole<T> || decimals == 0, "decimals is ", decimals,
            ", and whole numbers have none\n  hint: convert them first: x.to(f32)");
  }

  T y(T x) const {
    if constexpr (is_whole<T>) return x;
    else if (!std::isfinite(x)) return x;
    else if (decimals < 0) return std::isinf(scale) ? 0 * x : near(x / scale) * scale;
    else return std::isfinite(x * scale) ? near(x * scale) / scale : x;
  }
  T dx(T, T) const { return T(0); }

 private:
  static T near(T x) { return std::nearbyint(x); }  // a half to the even neighbour
};

template <class F>
void describe_step(plugin::Plugin& p, const char* name, const char* doc,
                   const char* formula) {
  unary_kernels<F>(p, name, Numbers{});
  p.op<Unary<F>>(name)
      .doc(doc)
      .formula(formula)
      .in("input").out("output")
      .sample("normal[3,4]").sample("normal").sample("normal[2,1,3]");
}

}  // namespace

void describe_round(plugin::Plugin& p) {
  describe_step<Floor>(p, "core.floor", "The largest whole number up to each element.",
                       "y = max {n : n <= x}");
  describe_step<Ceil>(p, "core.ceil", "The smallest whole number from each element on.",
                      "y = min {n : n >= x}");
  describe_step<Trunc>(p, "core.trunc", "Each element without its fraction.",
                       "y = sign(x) * floor(|x|)");
  describe_with<Round>(p, "core.round", Numbers{})
      .doc("The nearest whole number; a half goes to the even neighbour.")
      .formula("y = round(x * 10^decimals) / 10^decimals")
      .attr("decimals", HG_INT, 0, "digits kept behind the point; below 0: zeros before it",
            -400, 400)
      .sample("normal[3,4]")
      .sample("distinct[2,1,3]", R"({"decimals":1})")
      .sample("index(5)[2,3]");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op floor_op("core.floor"), ceil_op("core.ceil"), trunc_op("core.trunc"),
    round_op("core.round");
}

Tensor Tensor::floor() const { return run(floor_op, {this}); }
Tensor Tensor::ceil() const { return run(ceil_op, {this}); }
Tensor Tensor::trunc() const { return run(trunc_op, {this}); }
Tensor Tensor::round(int64_t decimals) const { return run(round_op, {this}, {decimals}); }
Tensor Tensor::floor_() const { return run_in_place(floor_op, {this}); }
Tensor Tensor::ceil_() const { return run_in_place(ceil_op, {this}); }
Tensor Tensor::round_() const { return run_in_place(round_op, {this}); }

}  // namespace hg
