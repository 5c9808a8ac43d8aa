// var and std: how far the elements along some axes lie from their mean.
//
// Forward.  For the n elements x[i] that meet in one y, with a correction c (1 by default):
//
//     m   = 1/n * sum_i x[i]
//     var = 1/(n-c) * sum_i (x[i] - m)^2                   std = sqrt(var)
//
//   Why n-1? m is computed from the same x, and lies nearer to them than the true mean
//   does: the n deviations add up to 0, so only n-1 of them are free. Dividing by n-1 makes
//   the result right on average. c = 0 gives the variance of just these numbers.
//   If n <= c the divisor is 0: one number has variance 0/0, which is nan.
//
// Precision.  sum x^2/n - m^2 is the same number on paper and a trap in practice: of values
//   around 10^4 that differ by 1, it subtracts two numbers near 10^8 and keeps what
//   rounding left of them. So x is read twice, once for m, once for the deviations, in
//   double. (Welford's method needs one reading; it is for data that cannot be read again,
//   and it divides for every element.)
//
// Backward.  x[i] acts through its own deviation, and through m on all of them:
//
//     dvar/dx[i] = 2/(n-c) * ( (x[i] - m) - 1/n * sum_j (x[j] - m) )
//     dL/dx[i]   = dy * 2/(n-c) * (x[i] - m)                                  (*)
//
//   because the sum over j is 0: moving m a little changes nothing, it is the best centre.
//   For the root, dstd/dvar = 1/(2 std):
//
//     dL/dx[i]   = dy * (x[i] - m) / ((n-c) * std)                            (**)
//
//   Where all x are equal std has a kink, |x - m| for n = 2, and the slope is set to 0.
//   Check by thought: both add up to 0 over i. Shifting all x shifts m with them.
//
// Saved for backward: x, and y for (**); m is found again.
#include <cmath>

#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

template <bool root>
struct Variance {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(is_floating(x), "the mean of ", plugin::type_text(x),
            " numbers has a fraction, which they cannot hold\n  hint: x.to(f32)");
    infer_reduced(c, x);
  }

  template <class T>
  static void forward(Call& c) {
    const Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    const double *m = means(c, r, x), n_c = divisor(c, r);
    double* sum = c.scratch<double>(r.outputs);
    std::fill(sum, sum + r.outputs, 0.0);
    r.spread([&](int64_t i, int64_t k) {
      double d = double(x[i]) - m[k];
      sum[k] += d * d;
    });
    for (int64_t k = 0; k < r.outputs; ++k) {
      y[k] = T(root ? std::sqrt(sum[k] / n_c) : sum[k] / n_c);
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    const T *x = c.in<T>(0), *y = c.out<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    const double *m = means(c, r, x), n_c = divisor(c, r);
    double* slope = c.scratch<double>(r.outputs);
    for (int64_t k = 0; k < r.outputs; ++k) {
      if constexpr (root) {
        slope[k] = y[k] == 0 ? 0 : double(dy[k]) / (n_c * double(y[k]));  // (**)
      } else {
        slope[k] = double(dy[k]) * 2 / n_c;  // (*)
      }
    }
    r.spread([&](int64_t i, int64_t k) { dx[i] = T(slope[k] * (double(x[i]) - m[k])); });
  }

 private:
  static double divisor(const Call& c, const Reduction& r) {
    return std::max(0.0, double(r.count) - double(c.attr(2).integer()));
  }

  template <class T>
  static const double* means(const Call& c, const Reduction& r, const T* x) {
    double* m = c.scratch<double>(r.outputs);
    std::fill(m, m + r.outputs, 0.0);
    r.fold(x, m, [](double& sum, T v) { sum += double(v); });
    for (int64_t k = 0; k < r.outputs; ++k) m[k] /= double(r.count);
    return m;
  }
};

template <bool root>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name) {
  auto kernels = p.kernel<Variance<root>, float, double>(name).keep_in({0});
  if (root) kernels.keep_out({0});
  return p.op<Variance<root>>(name)
      .in("input")
      .out("output")
      .attr("dim", HG_INTS, {}, "the axes to reduce; none: all")
      .attr("keepdim", HG_BOOL, false, "keep them, with size 1")
      .attr("correction", HG_INT, 1, "what is taken off n in the divisor")
      .sample("normal[3,4]")
      .sample("normal[2,3,4]", R"({"dim":[1],"correction":0})")
      .sample("normal[2,3,4]", R"({"dim":[0,-1],"keepdim":true})")
      .sample("normal[5]", R"({"correction":2})");
}

}  // namespace

void describe_var(plugin::Plugin& p) {
  describe<false>(p, "core.var")
      .doc("the variance of the elements along some axes, or of all")
      .formula("y[k] = 1/(n-c) sum_i (x[k,i] - mean_i x[k,i])^2");
  describe<true>(p, "core.std")
      .doc("the standard deviation of the elements along some axes, or of all")
      .formula("y[k] = sqrt(1/(n-c) sum_i (x[k,i] - mean_i x[k,i])^2)");
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op var_op("core.var"), std_op("core.std");

Tensor Tensor::var(const Shape& axes, int64_t correction, bool keepdim) const {
  return run(var_op, {this}, {axes, keepdim, correction});
}
Tensor Tensor::var(int64_t axis, int64_t correction, bool keepdim) const {
  return var(Shape{axis}, correction, keepdim);
}

Tensor Tensor::std(const Shape& axes, int64_t correction, bool keepdim) const {
  return run(std_op, {this}, {axes, keepdim, correction});
}
Tensor Tensor::std(int64_t axis, int64_t correction, bool keepdim) const {
  return std(Shape{axis}, correction, keepdim);
}

}  // namespace hg
