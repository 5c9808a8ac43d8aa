// prod: the product of all elements, or of those along an axis.
//
// Forward.  For one line x[0..n-1]:
//
//     y = x[0] * x[1] * ... * x[n-1]                 of no elements: 1
//
//   f32 is multiplied in double and rounded once. Whole numbers and bool give i64, which
//   wraps around when it overflows.
//
// Backward.  y is linear in each x[i], with the product of the others as its slope:
//
//     dL/dx[i] = dy * (x[0] * ... * x[i-1]) * (x[i+1] * ... * x[n-1])         (*)
//
//   One might write dy * y / x[i] instead. But with one 0 among the x that is 0/0 where the
//   right answer is the product of the rest, the only slope of the line that is not 0.
//   So the products before i are kept while going forth, and those after i are gathered
//   going back: 3n multiplications and no division.
//   Check by thought: with two zeros every product of "the others" has a zero, and no x
//   alone can move y.
//
// Saved for backward: x.
#include "ops/along.hpp"
#include "ops/extreme.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Prod {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    const bool given = c.attr(0).given(), keepdim = c.attr(1).flag();
    const int axis = given ? c.axis(0, x) : -1;
    Shape shape;
    for (int d = 0; d < x.ndim; ++d) {
      bool reduced = !given || d == axis;
      if (!reduced || keepdim) shape.push_back(reduced ? 1 : x.shape[d]);
    }
    c.shape(0, shape, x);
    if (!is_floating(x)) c.set_type(0, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    constexpr bool floating = std::is_floating_point_v<T>;
    using Y = std::conditional_t<floating, T, int64_t>;
    using Product = std::conditional_t<floating, double, uint64_t>;  // wraps quietly
    const Along a = searched(c, c.in(0));
    const T* x = c.in<T>(0);
    Y* y = c.out<Y>(0);
    a.each_line([&](int64_t l, int64_t first) {
      Product product = 1;
      for (int64_t j = 0; j < a.n; ++j) product *= Product(load(x + first + j * a.inner));
      y[l] = Y(product);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Along a = searched(c, c.in(0));
    const T *x = c.in<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    double* before = c.scratch<double>(a.n);
    a.each_line([&](int64_t l, int64_t first) {
      double product = 1;
      for (int64_t i = 0; i < a.n; ++i) {
        before[i] = product;
        product *= double(x[first + i * a.inner]);
      }
      double after = 1;
      for (int64_t i = a.n - 1; i >= 0; --i) {
        const int64_t at = first + i * a.inner;
        dx[at] = T(double(dy[l]) * before[i] * after);  // (*)
        after *= double(x[at]);
      }
    });
  }
};

}  // namespace

void describe_prod(plugin::Plugin& p) {
  p.op<Prod>("core.prod")
      .doc("the product of the elements along an axis, or of all")
      .formula("y = x[0] * x[1] * ... * x[n-1]")
      .in("input")
      .out("output")
      .attr("dim", HG_INT, {}, "the axis to multiply along; none: all elements")
      .attr("keepdim", HG_BOOL, false, "keep the axis, with size 1")
      .sample("normal[3,4]")
      .sample("normal[2,3,4]", R"({"dim":1})")
      .sample("normal[2,0,4]", R"({"dim":1,"keepdim":true})")
      .sample("normal[]");
  p.kernel<Prod, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.prod")
      .keep_in({0});
}

}  // namespace ops

static constinit const Op prod_op("core.prod");

Tensor Tensor::prod() const { return run(prod_op, {this}); }

Tensor Tensor::prod(int64_t axis, bool keepdim) const {
  return run(prod_op, {this}, {axis, keepdim});
}

}  // namespace hg
