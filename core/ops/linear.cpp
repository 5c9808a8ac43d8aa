// linear: a layer of linear units, y = x w^T + b.
//
// Forward.  x is (..., I): R rows of I features, where R is the product of the axes in
// front. The weights of output o are row o of w (O,I), its bias is b[o]:
//
//     y[r,o] = b[o] + sum_i x[r,i] w[o,i]
//
//   Weights of one unit side by side in a row is PyTorch's layout; hence the w^T.
//
// Backward.  Given dy[r,o] = dL/dy[r,o]. x[r,i] acts on row r of y through every output,
// w[o,i] on output o through every row, b[o] on output o in every row with factor 1:
//
//     dL/dx[r,i] = sum_o dy[r,o] w[o,i]           dx = dy w                   (*)
//     dL/dw[o,i] = sum_r dy[r,o] x[r,i]           dw = dy^T x                 (*)
//     dL/db[o]   = sum_r dy[r,o]                                              (*)
//
//   Check by thought: append a feature that is always 1, with b as its weights. Then
//   x[r,i] = 1 in the second line gives the third.
//
// Saved for backward: x if w or b wants a gradient, w if x does (HG_KEEP_CROSSWISE). A
// gradient that other uses have begun is added to in place (HG_ACCUMULATES): a layer that
// is used at every step of a sequence collects its dw in one place.
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

struct Linear {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(0), &w = c.in(1);
    require(x.ndim >= 1, "input is ", shape_text(x), ": it needs an axis of features");
    require(w.ndim == 2, "weight is ", shape_text(w), ": it must be (outputs, features)");
    require(
        x.shape[x.ndim - 1] == w.shape[1], "input is ", shape_text(x), ", weight is ",
        shape_text(w), ": input's ", x.shape[x.ndim - 1],
        " features must meet weight's columns, which are ", w.shape[1],
        x.shape[x.ndim - 1] == w.shape[0] ? "\n  hint: transpose(weight) would fit" : "");
    require_type(x, w, "weight");
    if (c.given(2)) {
      const hg_tensor& b = c.in(2);
      require(b.ndim == 1 && b.shape[0] == w.shape[0], "bias is ", shape_text(b),
              ": weight ", shape_text(w), " needs one of (", w.shape[0], ")");
      require_type(x, b, "bias");
    }
    c.like(0, x);
    c.out(0).shape[x.ndim - 1] = w.shape[0];
  }

  template <class T>
  static void forward(Call& c) {
    const auto [R, I, O] = sizes(c);
    T* y = c.out<T>(0);
    for (int64_t r = 0; c.given(2) && r < R; ++r) {
      std::copy(c.in<T>(2), c.in<T>(2) + O, y + r * O);
    }
    double beta = c.given(2) ? 1 : 0;
    c.gemm<T>(false, true, R, O, I, 1, c.in<T>(0), I, c.in<T>(1), I, beta, y, O);
  }

  template <class T>
  static void backward(Call& c) {
    const auto [R, I, O] = sizes(c);
    const T *x = c.in<T>(0), *w = c.in<T>(1), *dy = c.dout<T>(0);
    // (*)
    auto beta = [&](uint32_t i) { return c.adds(i) ? 1.0 : 0.0; };
    if (c.wants(0))
      c.gemm<T>(false, false, R, I, O, 1, dy, O, w, I, beta(0), c.din<T>(0), I);
    if (c.wants(1))
      c.gemm<T>(true, false, O, I, R, 1, dy, O, x, I, beta(1), c.din<T>(1), I);
    if (c.given(2) && c.wants(2)) {
      double* db = c.scratch<double>(O);
      std::fill(db, db + O, 0.0);
      if (c.adds(2)) std::copy(c.din<T>(2), c.din<T>(2) + O, db);
      for (int64_t r = 0; r < R; ++r) {
        for (int64_t o = 0; o < O; ++o) db[o] += double(dy[r * O + o]);
      }
      std::transform(db, db + O, c.din<T>(2), [](double v) { return T(v); });
    }
  }

 private:
  struct Sizes {
    int64_t R, I, O;
  };
  static Sizes sizes(const Call& c) {
    const hg_tensor &x = c.in(0), &w = c.in(1);
    int64_t R = 1;
    for (int d = 0; d < x.ndim - 1; ++d) R *= x.shape[d];
    return {R, w.shape[1], w.shape[0]};
  }
  static void require_type(const hg_tensor& x, const hg_tensor& t, const char* name) {
    require(t.code == x.code && t.bits == x.bits, "input is ", plugin::type_text(x), ", ",
            name, " is ", plugin::type_text(t), ": all must have one element type");
  }
};

}  // namespace

void describe_linear(plugin::Plugin& p) {
  p.op<Linear>("core.linear")
      .doc("a layer of linear units: y = x w^T + b")
      .formula("y[r,o] = b[o] + sum_i x[r,i] w[o,i]")
      .in("input", "x: (..., I)")
      .in("weight", "w: (O, I)")
      .optional_in("bias", "b: (O)")
      .out("output", "(..., O)")
      .sample("normal[3,4] normal[5,4] normal[5]")
      .sample("normal[2,3,4] normal[1,4] none")
      .sample("normal[4] normal[2,4] normal[2]")
      .sample("normal[0,3] normal[2,3] normal[2]");
  p.kernel<Linear, float, double>("core.linear")
      .keep_in({0, 1})
      .flags(HG_ACCUMULATES | HG_KEEP_CROSSWISE);
}

}  // namespace ops

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  static constinit const Op op("core.linear");
  return run(op, {&input, &weight, &bias});
}

}  // namespace hg
