// sum and mean: the elements along some axes, or all of them, added up.
//
// Forward.  Let K(i) be the index i of an element without its reduced axes:
//
//     y[k] = 1/n * sum over i with K(i) = k of x[i]
//
//   where n is 1 for a sum, and for a mean the number of elements that meet in y[k].
//   Nothing to add gives 0, and the mean of nothing 0/0, which is NaN.
//
// Precision.  A float has 24 bits. A running sum of ones in a float stops at 2^24 =
//   16,777,216, because 1 more no longer changes it; long before that each addition rounds.
//   Floating point is added up in double here and rounded once at the end: n additions
//   have a relative error of n * 2^-53 at most if the terms have one sign, 1e-9 for ten
//   million of them. The order is that of memory and depends on nothing, so that the same
//   numbers have the same sum, bit for bit. Whole numbers and bool add up in 64 bits,
//   modulo 2^64, and their sum is an i64.
//
// Backward.  x[i] appears in one y, with the factor 1/n:
//
//     dL/dx[i] = 1/n * dy[K(i)]                                               (*)
//
//   Check by thought: raising one term of a sum by 1 raises the sum by 1, whatever the
//   values; so nothing of x is kept.
//
// Saved for backward: nothing.
#include "ops/functions.hpp"
#include "ops/reduce.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

template <bool is_mean>
struct Sum {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    infer_reduced(c, x);
    DType type = is_floating(x) || is_mean ? dtype_of(x) : i64;
    if (c.attr(2).given()) type = dtype_from_name(c.attr(2).string());
    require(!is_mean || is_floating(type), "the mean of ", name(type),
            " numbers would lose what follows the point\n  hint: convert them first: "
            "x.to(f32).mean()");
    c.set_type(0, info(type).code, info(type).bits);
  }

  static double divisor(const Reduction& r) { return is_mean ? double(r.count) : 1.0; }

  template <class T>
  static void forward(Call& c) {
    Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    if (is_floating(c.out(0))) {
      double* sum = c.scratch<double>(r.outputs);
      std::fill(sum, sum + r.outputs, 0.0);
      r.fold(c.in<T>(0), sum, [](double& s, T x) { s += double(x); });
      const double n = divisor(r);
      for (int64_t k = 0; k < r.outputs; ++k) sum[k] /= n;
      store(c, sum, r.outputs);
    } else {
      auto* sum = c.scratch<uint64_t>(r.outputs);
      std::fill(sum, sum + r.outputs, uint64_t(0));
      r.fold(c.in<T>(0), sum, [](uint64_t& s, T x) { s += uint64_t(convert<int64_t>(x)); });
      store(c, reinterpret_cast<int64_t*>(sum), r.outputs);
    }
  }

  template <class T>
  static void backward(Call& c) {
    Reduction r(c.in(0), reduced_axes(c, c.in(0)));
    T* dx = c.din<T>(0);
    const double n = divisor(r);
    visit(dtype_of(c.dout(0)), [&]<class Y>() {
      const Y* dy = c.dout<Y>(0);
      r.spread([&](int64_t i, int64_t k) { dx[i] = convert<T>(double(dy[k]) / n); });
    });
  }

  // y = sum, in y's element type.
  template <class S>
  static void store(Call& c, const S* sum, int64_t n) {
    visit(dtype_of(c.out(0)), [&]<class Y>() {
      Y* y = c.out<Y>(0);
      for (int64_t k = 0; k < n; ++k) y[k] = convert<Y>(sum[k]);
    });
  }
};

template <class K>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name) {
  return p.op<K>(name)
      .in("input")
      .out("output")
      .attr("dim", HG_INTS, {}, "the axes to add up along; none: all")
      .attr("keepdim", HG_BOOL, false, "keep them, with size 1")
      .attr("dtype", HG_STRING, {}, "the result's element type");
}

}  // namespace

void describe_sum(plugin::Plugin& p) {
  describe<Sum<false>>(p, "core.sum")
      .doc("adds up the elements along some axes, or all")
      .formula("y[k] = sum_i x[k, i]")
      .sample("normal[2,3,4]")
      .sample("normal[2,3,4]", R"({"dim":[1],"keepdim":true})")
      .sample("normal[3,0,2]", R"({"dim":[0,-2]})")
      .sample("normal[]");
  p.kernel<Sum<false>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
      "core.sum");
  describe<Sum<true>>(p, "core.mean")
      .doc("the average of the elements along some axes, or all")
      .formula("y[k] = 1/n sum_i x[k, i]")
      .sample("normal[2,3,4]")
      .sample("normal[2,3,4]", R"({"dim":[0,2]})")
      .sample("normal[]")
      .sample("index(8)[2,3]", R"({"dim":[1],"dtype":"f32"})");
  p.kernel<Sum<true>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
      "core.mean");
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op sum_op("core.sum"), mean_op("core.mean");

Tensor Tensor::sum() const { return run(sum_op, {this}); }

Tensor Tensor::sum(int64_t axis, bool keepdim) const {
  return run(sum_op, {this}, {Shape{axis}, keepdim});
}

Tensor Tensor::sum(const Shape& axes, bool keepdim) const {
  return run(sum_op, {this}, {axes, keepdim});
}

Tensor Tensor::mean() const { return run(mean_op, {this}); }

Tensor Tensor::mean(int64_t axis, bool keepdim) const {
  return run(mean_op, {this}, {Shape{axis}, keepdim});
}

Tensor Tensor::mean(const Shape& axes, bool keepdim) const {
  return run(mean_op, {this}, {axes, keepdim});
}

}  // namespace hg
