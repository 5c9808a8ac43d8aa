// group_norm: groups of channels of each sample brought to mean 0 and variance 1.
//
// Forward.  x is (N,C) or (N,C,...), its channels in G groups of C/G. The K values of one
// group of one sample, from C/G channels and all places, are a row x[0..K-1] in memory;
// c(k) is the channel of element k:
//
//     m = (1/K) sum_k x[k]              v = (1/K) sum_k (x[k] - m)^2
//     r = 1/sqrt(v + eps)               h[k] = (x[k] - m) r
//     y[k] = h[k] w[c(k)] + b[c(k)]
//
//   One group is layer_norm over channels and places, C groups are instance_norm. No sample
//   looks at another, so that, unlike batch_norm, it is the same in training and after, and
//   for batches of any size. (Wu, He: Group normalization, ECCV 2018.)
//
// Backward.  layer_norm.cpp derives it for one row; here several k share a channel. With
// g[k] = dL/dh[k] = dy[k] w[c(k)]:
//
//     dL/dx[k] = r (g[k] - (1/K) sum_j g[j] - h[k] (1/K) sum_j g[j] h[j])     (*)
//     dL/dw[c] = sum over k with c(k) = c, and over samples, of dy[k] h[k]    (*)
//     dL/db[c] = the same without h[k]                                        (*)
//
//   Check by thought: with w = 1 and all dy equal, (*) is 0: a group's h add up to 0
//   whatever x is.
//
// Saved for backward: x and w; and m and r of each group, in double.
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
enum Attribute { num_groups, eps };

struct GroupNorm {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(input);
    const int64_t G = c.attr(num_groups).integer();
    require(x.ndim >= 2, "input is ", shape_text(x), ": it must be (N,C) or (N,C,...)");
    require(is_floating(x), "input is of type ", plugin::type_text(x),
            "; means need floating-point numbers");
    require(x.shape[1] % G == 0, "input is ", shape_text(x), ": its ", x.shape[1],
            " channels do not divide into ", G, " groups");
    for (int d = 1; d < x.ndim; ++d) {
      require(x.shape[d] > 0, "input is ", shape_text(x), ": axis ", d,
              " is empty, and only N may be 0");
    }
    require(hg_numel(&x) != G || x.shape[0] != 1, "input is ", shape_text(x),
            ": one value for each of ", G, " groups has no variance");
    for (uint32_t i : {weight, bias}) {
      if (!c.given(i)) continue;
      const hg_tensor& t = c.in(i);
      const char* name = i == weight ? "weight" : "bias";
      require(t.ndim == 1 && t.shape[0] == x.shape[1], name, " is ", shape_text(t),
              ": input ", shape_text(x), " has ", x.shape[1], " channels");
      require(dtype_of(t) == dtype_of(x), "input is ", plugin::type_text(x), ", ", name,
              " is ", plugin::type_text(t));
    }
    c.like(0, x);
  }

  // saved[0] (N*G,2): m and r of each group
  template <class T>
  static void plan(Call& c) {
    int64_t shape[] = {Sizes(c).groups, 2}, strides[] = {2, 1};
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
    const Sizes s(c);
    const double e = c.attr(eps).number();
    const T* w = c.given(weight) ? c.in<T>(weight) : nullptr;
    const T* b = c.given(bias) ? c.in<T>(bias) : nullptr;
    double* saved = c.saved<double>(0);
    for (int64_t group = 0; group < s.groups; ++group) {
      const T* x = c.in<T>(input) + group * s.K;
      T* y = c.out<T>(0) + group * s.K;
      double m = 0, v = 0;
      for (int64_t k = 0; k < s.K; ++k) m += double(x[k]);
      m /= double(s.K);
      for (int64_t k = 0; k < s.K; ++k) v += (double(x[k]) - m) * (double(x[k]) - m);
      const double r = 1 / std::sqrt(v / double(s.K) + e);
      for (int64_t k = 0; k < s.K; ++k) {
        const int64_t ch = s.channel(group, k);
        const double h = (double(x[k]) - m) * r;
        y[k] = T((w ? h * double(w[ch]) : h) + (b ? double(b[ch]) : 0));
      }
      saved[2 * group] = m;
      saved[2 * group + 1] = r;
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Sizes s(c);
    const T* w = c.given(weight) ? c.in<T>(weight) : nullptr;
    double *dw = c.scratch<double>(2 * s.C), *db = dw + s.C;
    std::fill(dw, dw + 2 * s.C, 0.0);
    for (int64_t group = 0; group < s.groups; ++group) {
      const T *x = c.in<T>(input) + group * s.K, *dy = c.dout<T>(0) + group * s.K;
      const double m = c.saved<double>(0)[2 * group], r = c.saved<double>(0)[2 * group + 1];
      auto h = [&](int64_t k) { return (double(x[k]) - m) * r; };
      auto g = [&](int64_t k) {
        return double(dy[k]) * (w ? double(w[s.channel(group, k)]) : 1);
      };
      double sum_g = 0, sum_gh = 0;
      for (int64_t k = 0; k < s.K; ++k) {
        sum_g += g(k);
        sum_gh += g(k) * h(k);
        dw[s.channel(group, k)] += double(dy[k]) * h(k);
        db[s.channel(group, k)] += double(dy[k]);
      }
      T* dx = c.wants(input) ? c.din<T>(input) + group * s.K : nullptr;
      for (int64_t k = 0; dx && k < s.K; ++k) {
        dx[k] = T(r * (g(k) - sum_g / double(s.K) - h(k) * sum_gh / double(s.K)));  // (*)
      }
    }
    for (uint32_t i : {weight, bias}) {
      if (!c.given(i) || !c.wants(i)) continue;
      const double* sum = i == weight ? dw : db;
      for (int64_t ch = 0; ch < s.C; ++ch) c.din<T>(i)[ch] = T(sum[ch]);  // (*)
    }
  }

 private:
  struct Sizes {
    int64_t C, G, groups, K, places = 1;  // groups of all samples, elements of each
    explicit Sizes(const Call& c) {
      const hg_tensor& x = c.in(input);
      for (int d = 2; d < x.ndim; ++d) places *= x.shape[d];
      C = x.shape[1];
      G = c.attr(num_groups).integer();
      groups = x.shape[0] * G;
      K = C / G * places;
    }
    int64_t channel(int64_t group, int64_t k) const {
      return group % G * (C / G) + k / places;
    }
  };
};

}  // namespace

void describe_group_norm(plugin::Plugin& p) {
  p.op<GroupNorm>("core.group_norm")
      .doc("groups of channels of each sample brought to mean 0 and variance 1")
      .formula(
          "y[n,c,...] = (x[n,c,...] - m[n,g])/sqrt(v[n,g] + eps) w[c] + b[c], "
          "g the group of channel c")
      .in("input", "x: (N, C, ...)")
      .optional_in("weight", "w: (C)")
      .optional_in("bias", "b: (C)")
      .out("output")
      .attr("num_groups", HG_INT, 1, "G: it divides C", 1)
      .attr("eps", HG_FLOAT, 1e-5, "added to the variance")
      .sample("normal[2,6,3] normal[6] normal[6]", R"({"num_groups":3})")
      .sample("normal[3,4,2,3] normal[4] none", R"({"num_groups":2})")
      .sample("normal[2,4] none normal[4]", R"({"eps":0.1})")
      .sample("normal[2,3,2,1,3] none none", R"({"num_groups":3})");
  p.kernel<GroupNorm, float, double>("core.group_norm").keep_in({input, weight});
}

}  // namespace ops

Tensor nn::functional::group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight,
                                  const Tensor& bias, double eps) {
  static constinit const Op op("core.group_norm");
  return run(op, {&x, &weight, &bias}, {num_groups, eps});
}

}  // namespace hg
