// local_response_norm: a channel is damped where its neighbours are strong.
//
// Forward.  At each place of each sample the C channels are a list x[0], ..., x[C-1]. With
// W(c), the `size` channels around c, as far as there are any:
//
//     s[c] = k + (alpha/size) sum over j in W(c) of x[j]^2
//     y[c] = x[c] s[c]^-beta
//
//   W(c) goes from c - size/2 up to c + (size-1)/2, which puts the odd one of an even size
//   before c. AlexNet had it behind its first two layers (Krizhevsky, Sutskever, Hinton:
//   ImageNet classification with deep convolutional neural networks, NeurIPS 2012); batch
//   normalisation has taken its place.
//
// Backward.  x[j] enters y[j] directly, and s[c] of every channel with it in its window:
//
//     dy[c]/dx[j] = (c == j) s[c]^-beta
//                   - beta x[c] s[c]^(-beta-1) (2 alpha/size) x[j] (j in W(c))
//
//     dL/dx[j] = dy[j] s[j]^-beta
//                - (2 alpha beta/size) x[j] sum over c with j in W(c) of
//                                           dy[c] x[c] s[c]^(-beta-1)         (*)
//
//   Check by thought: with alpha = 0 all s are k, and (*) is dy/k^beta, the slope of a
//   division by a constant.
//
// Saved for backward: x and s. (s[c] to two powers is cheaper than the sums again.)
#include <algorithm>
#include <cmath>

#include "nn/functional.hpp"
#include "ops/along.hpp"
#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

enum Attribute { size, alpha, beta, k };

struct LocalResponseNorm {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(x.ndim >= 3, "input is ", plugin::shape_text(x),
            ": it must be (N,C,L), (N,C,H,W) or (N,C,D,H,W)");
    c.like(0, x);
  }

  // saved[0]: s, in x's shape
  template <class T>
  static void plan(Call& c) {
    c.save(0, c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    const Along a(c.in(0), 1);
    const T* x = c.in<T>(0);
    T *y = c.out<T>(0), *s = c.saved<T>(0);
    const double scale = c.attr(alpha).number() / double(c.attr(size).integer());
    a.each_line([&](int64_t, int64_t first) {
      for (int64_t ch = 0; ch < a.n; ++ch) {
        double sum = 0;
        const auto [begin, end] = window(c, ch, a.n);
        for (int64_t j = begin; j < end; ++j) {
          const double v = double(x[first + j * a.inner]);
          sum += v * v;
        }
        const int64_t i = first + ch * a.inner;
        s[i] = T(c.attr(k).number() + scale * sum);
        y[i] = T(double(x[i]) * std::pow(double(s[i]), -c.attr(beta).number()));
      }
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Along a(c.in(0), 1);
    const T *x = c.in<T>(0), *s = c.saved<T>(0), *dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    const double b = c.attr(beta).number();
    const double scale = 2 * c.attr(alpha).number() * b / double(c.attr(size).integer());
    double* sum = c.scratch<double>(a.n);  // of (*), for each j
    a.each_line([&](int64_t, int64_t first) {
      std::fill_n(sum, a.n, 0.0);
      for (int64_t ch = 0; ch < a.n; ++ch) {
        const int64_t i = first + ch * a.inner;
        const double term = double(dy[i]) * double(x[i]) * std::pow(double(s[i]), -b - 1);
        const auto [begin, end] = window(c, ch, a.n);
        for (int64_t j = begin; j < end; ++j) sum[j] += term;
      }
      for (int64_t j = 0; j < a.n; ++j) {
        const int64_t i = first + j * a.inner;
        dx[i] = T(double(dy[i]) * std::pow(double(s[i]), -b) -
                  scale * double(x[i]) * sum[j]);  // (*)
      }
    });
  }

 private:
  // W(ch) without what lies outside the C channels.
  static std::pair<int64_t, int64_t> window(const Call& c, int64_t ch, int64_t C) {
    const int64_t n = c.attr(size).integer();
    return {std::max<int64_t>(0, ch - n / 2), std::min(C - 1, ch + (n - 1) / 2) + 1};
  }
};

}  // namespace

void describe_local_response_norm(plugin::Plugin& p) {
  p.op<LocalResponseNorm>("core.local_response_norm")
      .doc("channels divided by the strength of their neighbours")
      .formula(
          "y[c] = x[c]/(k + (alpha/size) sum over `size` channels j around c of "
          "x[j]^2)^beta")
      .in("input", "x: (N, C, ...)")
      .out("output")
      .attr("size", HG_INT, 5, "channels of a window", 1, int64_t(1) << 48)
      .attr("alpha", HG_FLOAT, 1e-4, "how much the neighbours count")
      .attr("beta", HG_FLOAT, 0.75, "the power")
      .attr("k", HG_FLOAT, 1.0, "what keeps the divisor from 0")
      .sample("normal[2,7,3,2]")
      .sample("normal[2,4,3]", R"({"size":2,"alpha":0.7,"beta":0.6,"k":2})")
      .sample("normal[1,3,2,1,2]", R"({"size":9,"alpha":3,"beta":1.5})");
  p.kernel<LocalResponseNorm, float, double>("core.local_response_norm").keep_in({0});
}

}  // namespace ops

Tensor nn::functional::local_response_norm(const Tensor& x, int64_t size, double alpha,
                                           double beta, double k) {
  static constinit const Op op("core.local_response_norm");
  return run(op, {&x}, {size, alpha, beta, k});
}

}  // namespace hg
