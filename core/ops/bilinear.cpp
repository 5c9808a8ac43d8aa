// bilinear: every product of a feature of one input with a feature of the other.
//
// Forward.  a is (N,I), b is (N,J); n counts the rows of all axes in front. Output o has a
// matrix w[o] (I,J) of weights, one for each pair of features, and an offset c[o]:
//
//     y[n,o] = c[o] + sum_ij a[n,i] w[o,i,j] b[n,j]
//
//   For a fixed b it is linear in a, and the other way round.
//
// Backward.  Given dy[n,o] = dL/dy[n,o]. a[n,i] acts on row n through every output and
// every partner b[n,j]; b[n,j] likewise; w[o,i,j] on output o in every row:
//
//     dL/da[n,i]   = sum_oj dy[n,o] w[o,i,j] b[n,j]                           (*)
//     dL/db[n,j]   = sum_oi dy[n,o] w[o,i,j] a[n,i]                           (*)
//     dL/dw[o,i,j] = sum_n dy[n,o] a[n,i] b[n,j]                              (*)
//     dL/dc[o]     = sum_n dy[n,o]                                            (*)
//
//   Check by thought: with J = 1 and b = 1 it is linear with weights w[o,i,0], and the
//   first and third line are those of core.linear.
//
// Saved for backward: a, b and w, each if another of the three wants a gradient.
#include "nn/functional.hpp"
#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Input { input1, input2, weight, bias };

struct Bilinear {
  static void infer(Call& c) {
    const hg_tensor &a = c.in(input1), &b = c.in(input2), &w = c.in(weight);
    require(w.ndim == 3, "weight is ", shape_text(w),
            ": it must be (outputs, features of input1, features of input2)");
    require(a.ndim >= 1 && a.ndim == b.ndim &&
                std::equal(a.shape, a.shape + a.ndim - 1, b.shape),
            "input1 is ", shape_text(a), ", input2 is ", shape_text(b),
            ": all axes but the last, the features, must agree");
    require(a.shape[a.ndim - 1] == w.shape[1] && b.shape[b.ndim - 1] == w.shape[2],
            "input1 is ", shape_text(a), ", input2 is ", shape_text(b), ", weight is ",
            shape_text(w), ": their features must be weight's last two sizes");
    require(is_floating(a), "input1 is of type ", plugin::type_text(a),
            "; a layer computes with floating-point numbers");
    require(dtype_of(a) == dtype_of(b) && dtype_of(a) == dtype_of(w), "input1 is ",
            plugin::type_text(a), ", input2 is ", plugin::type_text(b), ", weight is ",
            plugin::type_text(w), ": all must have one element type");
    if (c.given(bias)) {
      const hg_tensor& d = c.in(bias);
      require(d.ndim == 1 && d.shape[0] == w.shape[0] && dtype_of(d) == dtype_of(w),
              "bias is ", shape_text(d), " of ", plugin::type_text(d), ": weight ",
              shape_text(w), " of ", plugin::type_text(w), " needs one of (", w.shape[0],
              ")");
    }
    c.like(0, a);
    c.out(0).shape[a.ndim - 1] = w.shape[0];
  }

  template <class T>
  static void forward(Call& c) {
    const auto [N, I, J, O] = sizes(c);
    const T *a = c.in<T>(input1), *b = c.in<T>(input2);
    T* y = c.out<T>(0);
    for (int64_t n = 0; n < N; ++n) {
      const T* w = c.in<T>(weight);
      for (int64_t o = 0; o < O; ++o) {
        T sum = c.given(bias) ? c.in<T>(bias)[o] : T(0);
        for (int64_t i = 0; i < I; ++i, w += J) {
          T pairs = 0;
          for (int64_t j = 0; j < J; ++j) pairs += w[j] * b[n * J + j];
          sum += a[n * I + i] * pairs;
        }
        y[n * O + o] = sum;
      }
    }
  }

  template <class T>
  static void backward(Call& c) {
    const auto [N, I, J, O] = sizes(c);
    const T *a = c.in<T>(input1), *b = c.in<T>(input2), *w = c.in<T>(weight);
    T* din[] = {c.din<T>(0), c.din<T>(1), c.din<T>(2),
                c.given(bias) ? c.din<T>(bias) : nullptr};
    for (uint32_t i = 0; i < 4; ++i) {
      if (din[i] && !c.adds(i)) std::fill(din[i], din[i] + hg_numel(&c.din(i)), T(0));
    }
    auto [da, db, dw, dc] = din;
    for (int64_t n = 0; n < N; ++n) {
      for (int64_t o = 0; o < O; ++o) {
        const T dy = c.dout<T>(0)[n * O + o];
        if (dc) dc[o] += dy;
        for (int64_t i = 0; i < I; ++i) {
          for (int64_t j = 0; j < J; ++j) {
            const int64_t ni = n * I + i, nj = n * J + j, oij = (o * I + i) * J + j;
            if (da) da[ni] += dy * w[oij] * b[nj];  // (*)
            if (db) db[nj] += dy * w[oij] * a[ni];
            if (dw) dw[oij] += dy * a[ni] * b[nj];
          }
        }
      }
    }
  }

 private:
  struct Sizes {
    int64_t N, I, J, O;
  };
  static Sizes sizes(const Call& c) {
    const hg_tensor &a = c.in(input1), &w = c.in(weight);
    int64_t N = 1;
    for (int d = 0; d < a.ndim - 1; ++d) N *= a.shape[d];
    return {N, w.shape[1], w.shape[2], w.shape[0]};
  }
};

}  // namespace

void describe_bilinear(plugin::Plugin& p) {
  p.op<Bilinear>("core.bilinear")
      .doc("a weighted sum over all pairs of features of two inputs")
      .formula("y[n,o] = c[o] + sum_ij a[n,i] w[o,i,j] b[n,j]")
      .in("input1", "a: (..., I)")
      .in("input2", "b: (..., J)")
      .in("weight", "w: (O, I, J)")
      .optional_in("bias", "c: (O)")
      .out("output", "(..., O)")
      .sample("normal[4,3] normal[4,2] normal[5,3,2] normal[5]")
      .sample("normal[2,3,2] normal[2,3,4] normal[1,2,4] none")
      .sample("normal[3] normal[2] normal[2,3,2] normal[2]");
  p.kernel<Bilinear, float, double>("core.bilinear")
      .keep_in({input1, input2, weight})
      .flags(HG_ACCUMULATES | HG_KEEP_CROSSWISE);
}

}  // namespace ops

Tensor nn::functional::bilinear(const Tensor& a, const Tensor& b, const Tensor& weight,
                                const Tensor& bias) {
  static constinit const Op op("core.bilinear");
  return run(op, {&a, &b, &weight, &bias});
}

}  // namespace hg
