// layer_norm: each sample's features brought to mean 0 and variance 1.
//
// Forward.  One row x[0..K-1] holds the features of a sample (all other indices dropped),
// that is, the elements of the last axes, of shape normalized_shape:
//
//     m = (1/K) sum_k x[k]              v = (1/K) sum_k (x[k] - m)^2
//     r = 1/sqrt(v + eps)               h[k] = (x[k] - m) r
//     y[k] = h[k] w[k] + b[k]
//
//   w and b let the layer choose a scale and an offset for each feature; without them they
//   are 1 and 0. eps keeps a row of equal numbers from a division by 0.
//
//   The variance is made of differences from the mean, in a second pass. The mean of the
//   squares less the square of the mean takes only one, and leaves nothing but rounding
//   where the mean is large beside the spread.
//
// Backward.  With g[k] = dL/dh[k] = dy[k] w[k]. x[k] enters h[k] directly, and all h[j]
// through m and r. In dv/dx[k] the path through m vanishes, because sum_k (x[k] - m) = 0:
//
//     dm/dx[k] = 1/K        dv/dx[k] = (2/K) (x[k] - m)        dr/dv = -r^3/2
//
//     dh[j]/dx[k] = r ((j == k) - 1/K) - (x[j] - m) (x[k] - m) r^3/K
//                 = r ((j == k) - 1/K - h[j] h[k]/K)
//
//     dL/dx[k] = sum_j g[j] dh[j]/dx[k]
//              = r (g[k] - (1/K) sum_j g[j] - h[k] (1/K) sum_j g[j] h[j])     (*)
//     dL/dw[k] = sum dy[k] h[k]    dL/db[k] = sum dy[k]    over all rows      (*)
//
//   Check by thought: a row may be moved and stretched without changing h (eps aside). So
//   along these two directions, (1, ..., 1) and h, dx must be 0: sum_k dx[k] = 0 because
//   sum_k h[k] = 0, and sum_k dx[k] h[k] = 0 because sum_k h[k]^2 = K.
//
// Saved for backward: x and w; and m and r of each row, in double.
#include <cmath>

#include "nn/functional.hpp"
#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Input { input, weight, bias };
enum Attribute { normalized_shape, eps };

struct LayerNorm {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(input);
    auto shape = c.attr(normalized_shape).integers();
    const auto axes = int(shape.size());
    require(axes > 0 && axes <= x.ndim, "normalized_shape has ", axes,
            " axes: it must be the end of the input's shape, ", shape_text(x));
    require(is_floating(x), "input is of type ", plugin::type_text(x),
            "; means need floating-point numbers");
    require(std::equal(shape.begin(), shape.end(), x.shape + x.ndim - axes), "input is ",
            shape_text(x), ", normalized_shape is ", Shape(shape),
            ": it must be the end of the input's shape");
    for (uint32_t i : {weight, bias}) {
      if (!c.given(i)) continue;
      const hg_tensor& t = c.in(i);
      const char* name = i == weight ? "weight" : "bias";
      require(t.ndim == axes && std::equal(shape.begin(), shape.end(), t.shape), name,
              " is ", shape_text(t), ", normalized_shape is ", Shape(shape),
              ": they must be equal");
      require(dtype_of(t) == dtype_of(x), "input is ", plugin::type_text(x), ", ", name,
              " is ", plugin::type_text(t));
    }
    c.like(0, x);
  }

  // saved[0] (N,2): m and r of each row
  template <class T>
  static void plan(Call& c) {
    int64_t shape[] = {sizes(c).N, 2}, strides[] = {2, 1};
    hg_tensor s = c.in(input);
    s.ndim = 2;
    s.shape = shape;
    s.strides = strides;
    s.code = HG_FLOAT_CODE;
    s.bits = 64;
    c.save(0, s);
  }

  template <class T>
  static void forward(Call& c) {
    const auto [N, K] = sizes(c);
    const double e = c.attr(eps).number();
    const T* w = c.given(weight) ? c.in<T>(weight) : nullptr;
    const T* b = c.given(bias) ? c.in<T>(bias) : nullptr;
    double* saved = c.saved<double>(0);
    for (int64_t n = 0; n < N; ++n) {
      const T* x = c.in<T>(input) + n * K;
      T* y = c.out<T>(0) + n * K;
      double m = 0, v = 0;
      for (int64_t k = 0; k < K; ++k) m += double(x[k]);
      m /= double(K);
      for (int64_t k = 0; k < K; ++k) v += (double(x[k]) - m) * (double(x[k]) - m);
      double r = 1 / std::sqrt(v / double(K) + e);
      for (int64_t k = 0; k < K; ++k) {
        double h = (double(x[k]) - m) * r;
        y[k] = T((w ? h * double(w[k]) : h) + (b ? double(b[k]) : 0));
      }
      saved[2 * n] = m;
      saved[2 * n + 1] = r;
    }
  }

  template <class T>
  static void backward(Call& c) {
    const auto [N, K] = sizes(c);
    const T* w = c.given(weight) ? c.in<T>(weight) : nullptr;
    double *dw = c.scratch<double>(2 * K), *db = dw + K;
    std::fill(dw, dw + 2 * K, 0.0);
    for (int64_t n = 0; n < N; ++n) {
      const T *x = c.in<T>(input) + n * K, *dy = c.dout<T>(0) + n * K;
      const double m = c.saved<double>(0)[2 * n], r = c.saved<double>(0)[2 * n + 1];
      auto h = [&](int64_t k) { return (double(x[k]) - m) * r; };
      auto g = [&](int64_t k) { return double(dy[k]) * (w ? double(w[k]) : 1); };
      double sum_g = 0, sum_gh = 0;
      for (int64_t k = 0; k < K; ++k) {
        sum_g += g(k);
        sum_gh += g(k) * h(k);
        dw[k] += double(dy[k]) * h(k);
        db[k] += double(dy[k]);
      }
      T* dx = c.wants(input) ? c.din<T>(input) + n * K : nullptr;
      for (int64_t k = 0; dx && k < K; ++k) {
        dx[k] = T(r * (g(k) - sum_g / double(K) - h(k) * sum_gh / double(K)));  // (*)
      }
    }
    for (uint32_t i : {weight, bias}) {
      if (!c.given(i) || !c.wants(i)) continue;
      const double* sum = i == weight ? dw : db;
      for (int64_t k = 0; k < K; ++k) c.din<T>(i)[k] = T(sum[k]);  // (*)
    }
  }

 private:
  struct Sizes {
    int64_t N = 1, K = 1;  // rows, and features of each
  };
  static Sizes sizes(const Call& c) {
    const hg_tensor& x = c.in(input);
    const int rows = x.ndim - int(c.attr(normalized_shape).integers().size());
    Sizes s;
    for (int d = 0; d < x.ndim; ++d) (d < rows ? s.N : s.K) *= x.shape[d];
    return s;
  }
};

}  // namespace

void describe_layer_norm(plugin::Plugin& p) {
  p.op<LayerNorm>("core.layer_norm")
      .doc("the last axes brought to mean 0 and variance 1, then scaled and moved")
      .formula("y[n,k] = (x[n,k] - m[n])/sqrt(v[n] + eps) w[k] + b[k]")
      .in("input", "x: (..., normalized_shape)")
      .optional_in("weight", "w: normalized_shape")
      .optional_in("bias", "b: normalized_shape")
      .out("output")
      .attr("normalized_shape", HG_INTS, {}, "the shape of the last axes")
      .attr("eps", HG_FLOAT, 1e-5, "added to the variance")
      .sample("normal[4,5] normal[5] normal[5]", R"({"normalized_shape":[5]})")
      .sample("normal[2,3,4] normal[3,4] none", R"({"normalized_shape":[3,4]})")
      .sample("normal[3,6] none none", R"({"normalized_shape":[6],"eps":0.1})");
  p.kernel<LayerNorm, float, double>("core.layer_norm").keep_in({input, weight});
}

}  // namespace ops

Tensor nn::functional::layer_norm(const Tensor& x, const Shape& normalized_shape,
                                  const Tensor& weight, const Tensor& bias, double eps) {
  static constinit const Op op("core.layer_norm");
  return run(op, {&x, &weight, &bias}, {normalized_shape, eps});
}

}  // namespace hg
