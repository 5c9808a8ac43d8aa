// erf: the error function, the bell curve added up from 0 outwards.
//
// Forward.
//
//     y = 2/sqrt(pi) * integral from 0 to x of exp(-t^2) dt
//
//   It runs from -1 to 1. A normal variable of mean 0 and variance 1 lies below x with
//   probability (1 + erf(x/sqrt(2))) / 2: gelu is made of that.
//
// Backward.  The slope of an integral with respect to its end is what stands under it:
//
//     dL/dx = dy * 2/sqrt(pi) * exp(-x^2)                                        (*)
//
//   Check by thought: steepest at 0, with slope 1.128, and flat at both ends.
//
// Saved for backward: x.
#include <numbers>

#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Erf {
  static constexpr bool keeps_x = true, keeps_y = false;
  static auto y(auto x) { return std::erf(x); }
  template <class T>
  static T dx(T x, T, T dy) {
    return dy * (2 * std::numbers::inv_sqrtpi_v<T> * std::exp(-x * x));
  }
};

}  // namespace

void describe_erf(plugin::Plugin& p) {
  describe_fraction<Erf>(p, "core.erf", anywhere)
      .doc("The error function of each element.")
      .formula("y = 2/sqrt(pi) * integral from 0 to x of exp(-t^2) dt");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

static constinit const Op op("core.erf");

Tensor Tensor::erf() const { return run(op, {this}); }

}  // namespace hg
