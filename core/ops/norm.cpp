// norm: the length of a vector, for several ideas of length.
//
// Forward.  Over the elements x[i] that meet in one y, for a number p:
//
//     p = 2     y = sqrt(sum_i x[i]^2)           as the crow flies
//     p = 1     y = sum_i |x[i]|                 along the streets
//     p = inf   y = max_i |x[i]|                 the longest leg; -inf: the shortest
//     p = 0     y = the number of x[i] != 0
//     other     y = (sum_i |x[i]|^p)^(1/p)
//
// Backward.  For a finite p != 0, by the chain rule through the root and the powers, with
// d|x|^p/dx = p |x|^(p-1) sign(x) and s = sum_i |x[i]|^p = y^p:
//
//     dL/dx[i] = dy * 1/p s^(1/p - 1) * p |x[i]|^(p-1) sign(x[i])
//              = dy * (|x[i]| / y)^(p-1) sign(x[i])                           (*)
//
//   which is dy * x[i]/y for p = 2, and dy * sign(x[i]) for p = 1. For p = inf only the m
//   elements with |x[i]| = y have a say, and share it as in max:
//
//     dL/dx[i] = dy * (|x[i]| == y) / m * sign(x[i])                          (**)
//
//   A count (p = 0) has slope 0. The norm has a kink where x is the zero vector, and for
//   p <= 1 wherever an x[i] is 0: there the gradient is 0, the middle of the slopes on both
//   sides. Of no elements at all every norm is 0.
//   Check by thought: stretching all x by 1 % stretches y by 1 %, so sum_i x[i] dy/dx[i]
//   must be y. With (*) it is sum_i |x[i]|^p / y^(p-1) = y^p / y^(p-1).
//
// Precision.  Sums are made in double, so squares of f32 neither overflow nor vanish.
//
// Saved for backward: x and y.
#include <cmath>

#include "ops/extreme.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

double sign(double x) { return double((x > 0) - (x < 0)); }

struct Norm {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    const double p = c.attr(0).number();
    require(is_floating(x), "the norm of ", plugin::type_text(x),
            " numbers would lose what follows the point\n  hint: x.to(f32).norm()");
    require(p == p, "p is nan");
    infer_reduced(c, x, 1);
  }

  template <class T>
  static void forward(Call& c) {
    const double p = c.attr(0).number();
    const Reduction r(c.in(0), reduced_axes(c, c.in(0), 1));
    double* s = c.scratch<double>(r.outputs);
    bool smallest = std::isinf(p) && p < 0 && r.count > 0;
    std::fill(s, s + r.outputs, smallest ? -p : 0.0);
    auto fold = [&](auto add) {
      r.fold(c.in<T>(0), s, [&](double& sum, T x) { add(sum, std::abs(double(x))); });
    };
    if (p == 2)
      fold([](double& s, double x) { s += x * x; });
    else if (p == 1)
      fold([](double& s, double x) { s += x; });
    else if (p == 0)
      fold([](double& s, double x) { s += x != 0; });
    else if (!std::isinf(p))
      fold([p](double& s, double x) { s += std::pow(x, p); });
    else if (p > 0)
      fold([](double& s, double x) { s = Largest::beats(x, s) ? x : s; });
    else
      fold([](double& s, double x) { s = Smallest::beats(x, s) ? x : s; });
    T* y = c.out<T>(0);
    for (int64_t k = 0; k < r.outputs; ++k) {
      bool done = p == 1 || p == 0 || std::isinf(p) || r.count == 0;
      y[k] = T(done ? s[k] : p == 2 ? std::sqrt(s[k]) : std::pow(s[k], 1 / p));
    }
  }

  template <class T>
  static void backward(Call& c) {
    const double p = c.attr(0).number();
    const Reduction r(c.in(0), reduced_axes(c, c.in(0), 1));
    const T *x = c.in<T>(0), *y = c.out<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    if (p == 0) {
      std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
    } else if (std::isinf(p)) {
      double* m = c.scratch<double>(r.outputs);  // how many share y[k]
      std::fill(m, m + r.outputs, 0.0);
      r.spread([&](int64_t i, int64_t k) { m[k] += std::abs(x[i]) == y[k]; });
      r.spread([&](int64_t i, int64_t k) {
        double share = std::abs(x[i]) == y[k] ? 1 / m[k] : 0;
        dx[i] = T(double(dy[k]) * share * sign(double(x[i])));  // (**)
      });
    } else {
      r.spread([&](int64_t i, int64_t k) {
        double ratio = std::abs(double(x[i])) / double(y[k]);
        double slope = p == 2 ? ratio : std::pow(ratio, p - 1);
        if (x[i] == 0 || y[k] == 0) slope = 0;
        dx[i] = T(double(dy[k]) * slope * sign(double(x[i])));  // (*)
      });
    }
  }
};

}  // namespace

void describe_norm(plugin::Plugin& p) {
  p.op<Norm>("core.norm")
      .doc("the p-norm of the elements along some axes, or of all")
      .formula("y[k] = (sum_i |x[k,i]|^p)^(1/p)")
      .in("input")
      .out("output")
      .attr("p", HG_FLOAT, 2.0, "which norm; inf: the largest |x|, 0: how many are not 0")
      .attr("dim", HG_INTS, {}, "the axes to reduce; none: all")
      .attr("keepdim", HG_BOOL, false, "keep them, with size 1")
      .sample("normal[3,4]")
      .sample("distinct[3,4]", R"({"p":1,"dim":[1]})")
      .sample("distinct[2,3,4]", R"({"p":"inf","dim":[0,2],"keepdim":true})")
      .sample("distinct[5]", R"({"p":"-inf"})")
      .sample("distinct[2,3]", R"({"p":3,"dim":[0]})")
      .sample("positive[4]", R"({"p":-1.5})");
  p.kernel<Norm, float, double>("core.norm").keep_in({0}).keep_out({0});
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op norm_op("core.norm");

Tensor Tensor::norm() const { return run(norm_op, {this}); }

Tensor Tensor::norm(double p) const { return run(norm_op, {this}, {p}); }

Tensor Tensor::norm(double p, const Shape& axes, bool keepdim) const {
  return run(norm_op, {this}, {p, axes, keepdim});
}

}  // namespace hg
