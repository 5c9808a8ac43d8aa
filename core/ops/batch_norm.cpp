// batch_norm: each channel brought to mean 0 and variance 1 over the batch.
//
// Forward.  x is (N,C) or (N,C,...). The R values of one channel are the row x[0..R-1] (R
// counts the samples and all places within them; the index c is dropped). In training:
//
//     m = (1/R) sum_i x[i]              v = (1/R) sum_i (x[i] - m)^2
//     r = 1/sqrt(v + eps)               h[i] = (x[i] - m) r
//     y[i] = h[i] w + b
//
//   and the running statistics move a step towards the batch's, whose variance is divided
//   by R - 1 here, to be right on average for the whole that the batch is drawn from:
//
//     running_mean := (1 - momentum) running_mean + momentum m
//     running_var  := (1 - momentum) running_var  + momentum v R/(R-1)
//
//   Otherwise m and v are the running ones: a sample's result no longer depends on the
//   others in its batch.
//
// Backward.  In training m and v depend on x, as in layer_norm (which derives it), with the
// R values of a channel in the place of a sample's K features. As w is the same for all of
// them, it stands before the bracket:
//
//     dL/dx[i] = w r (dy[i] - (1/R) sum_j dy[j] - h[i] (1/R) sum_j dy[j] h[j]) (*)
//     dL/dw    = sum_i dy[i] h[i]        dL/db = sum_i dy[i]                  (*)
//
//   Otherwise m and r are constants, and both means drop out of the bracket:
//
//     dL/dx[i] = w r dy[i]                                                    (**)
//
//   Check by thought: if all dy[i] of a channel are equal, (*) is 0: the batch's h add up
//   to 0 whatever x is. In (**) they are not tied to each other, and all x move.
//
// Saved for backward: x and w; and m and r of each channel, in double, because a later call
// changes the running statistics.
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
using plugin::shape_text;

enum Input { input, running_mean, running_var, weight, bias };
enum Attribute { training, momentum, eps };

struct BatchNorm {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(input);
    require(x.ndim >= 2, "input is ", shape_text(x), ": it must be (N,C) or (N,C,...)");
    require(is_floating(x), "input is of type ", plugin::type_text(x),
            "; means need floating-point numbers");
    static const char* const names[] = {"", "running_mean", "running_var", "weight",
                                        "bias"};
    for (uint32_t i : {running_mean, running_var, weight, bias}) {
      if (!c.given(i)) continue;
      const hg_tensor& t = c.in(i);
      require(t.ndim == 1 && t.shape[0] == x.shape[1], names[i], " is ", shape_text(t),
              ": input ", shape_text(x), " has ", x.shape[1], " channels");
      require(dtype_of(t) == dtype_of(x), "input is ", plugin::type_text(x), ", ", names[i],
              " is ", plugin::type_text(t));
    }
    require(c.given(running_mean) == c.given(running_var),
            "running_mean and running_var go together: both or none");
    const Along a(x, 1);
    if (c.attr(training).flag()) {
      require(a.outer * a.inner != 1, "input is ", shape_text(x),
              ": one value for each channel has no variance to train with",
              "\n  hint: larger batches, drop_last of the loader, or eval()");
    } else {
      require(c.given(running_mean), "without training it needs running statistics");
    }
    c.like(0, x);
  }

  // saved[0] (C,2): m and r of each channel
  template <class T>
  static void plan(Call& c) {
    int64_t shape[] = {c.in(input).shape[1], 2}, strides[] = {2, 1};
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
    const Channels<T> channels(c);
    const T* x = c.in<T>(input);
    T* y = c.out<T>(0);
    for (int64_t k = 0; k < channels.C(); ++k) {
      const Statistics of = statistics(c, channels, k);
      const double m = of.mean, r = 1 / std::sqrt(of.variance + c.attr(eps).number());
      const double w = channels.w(k), b = c.given(bias) ? double(c.in<T>(bias)[k]) : 0;
      channels.each(k, [&](int64_t i) { y[i] = T((double(x[i]) - m) * r * w + b); });
      c.saved<double>(0)[2 * k] = m;
      c.saved<double>(0)[2 * k + 1] = r;
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Channels<T> channels(c);
    const T *x = c.in<T>(input), *dy = c.dout<T>(0);
    const double R = channels.R(), with_means = c.attr(training).flag() ? 1 : 0;
    for (int64_t k = 0; k < channels.C(); ++k) {
      const double m = c.saved<double>(0)[2 * k], r = c.saved<double>(0)[2 * k + 1];
      auto h = [&](int64_t i) { return (double(x[i]) - m) * r; };
      double sum = 0, sum_h = 0;
      channels.each(k, [&](int64_t i) {
        sum += double(dy[i]);
        sum_h += double(dy[i]) * h(i);
      });
      if (c.wants(input)) {
        const double wr = channels.w(k) * r;
        T* dx = c.din<T>(input);
        channels.each(k, [&](int64_t i) {
          double means = with_means * (sum / R + h(i) * sum_h / R);
          dx[i] = T(wr * (double(dy[i]) - means));  // (*), (**)
        });
      }
      if (c.given(weight) && c.wants(weight)) c.din<T>(weight)[k] = T(sum_h);  // (*)
      if (c.given(bias) && c.wants(bias)) c.din<T>(bias)[k] = T(sum);          // (*)
    }
  }

 private:
  // Where the values of a channel lie.
  template <class T>
  class Channels {
   public:
    explicit Channels(const Call& c)
        : a_(c.in(input), 1), w_(c.given(weight) ? c.in<T>(weight) : nullptr) {}
    int64_t C() const { return a_.n; }
    double R() const { return double(a_.outer * a_.inner); }
    double w(int64_t k) const { return w_ ? double(w_[k]) : 1; }
    template <class F>
    void each(int64_t k, const F& f) const {
      for (int64_t n = 0; n < a_.outer; ++n) {
        for (int64_t i = 0; i < a_.inner; ++i) f(a_.at(n, k, i));
      }
    }

   private:
    Along a_;
    const T* w_;
  };

  // m and v of channel k: the running ones, or the batch's, towards which those move.
  struct Statistics {
    double mean, variance;
  };
  template <class T>
  static Statistics statistics(Call& c, const Channels<T>& channels, int64_t k) {
    T *mean = nullptr, *var = nullptr;
    if (c.given(running_mean)) {
      mean = c.inout<T>(running_mean) + k;
      var = c.inout<T>(running_var) + k;
    }
    if (!c.attr(training).flag()) return {double(*mean), double(*var)};
    const T* x = c.in<T>(input);
    const double R = channels.R(), p = c.attr(momentum).number();
    if (R == 0) return {0, 0};
    double m = 0, v = 0;
    channels.each(k, [&](int64_t i) { m += double(x[i]); });
    m /= R;
    channels.each(k, [&](int64_t i) { v += (double(x[i]) - m) * (double(x[i]) - m); });
    if (mean) {
      *mean = T((1 - p) * double(*mean) + p * m);
      *var = T((1 - p) * double(*var) + p * v / (R - 1));
    }
    return {m, v / R};
  }
};

}  // namespace

void describe_batch_norm(plugin::Plugin& p) {
  p.op<BatchNorm>("core.batch_norm")
      .doc("channels brought to mean 0 and variance 1 over the batch, scaled and moved")
      .formula("y[n,c,...] = (x[n,c,...] - m[c])/sqrt(v[c] + eps) w[c] + b[c]")
      .in("input", "x: (N, C, ...)")
      .optional_in("running_mean", "(C)")
      .optional_in("running_var", "(C)")
      .optional_in("weight", "w: (C)")
      .optional_in("bias", "b: (C)")
      .out("output")
      .nondiff_in({running_mean, running_var})
      .writes({running_mean, running_var})
      .attr("training", HG_BOOL, false, "use the batch's statistics, and learn from them")
      .attr("momentum", HG_FLOAT, 0.1, "how far the running statistics move")
      .attr("eps", HG_FLOAT, 1e-5, "added to the variance")
      .sample("normal[4,3] normal[3] positive[3] normal[3] normal[3]",
              R"({"training":true})")
      .sample("normal[2,3,4] normal[3] positive[3] normal[3] normal[3]")
      .sample("normal[3,2,2,3] none none normal[2] none", R"({"training":true})")
      .sample("normal[2,2,3,1,2] normal[2] positive[2] none none",
              R"({"training":true,"momentum":0.3,"eps":0.1})");
  p.kernel<BatchNorm, float, double>("core.batch_norm").keep_in({input, weight});
}

}  // namespace ops

Tensor nn::functional::batch_norm(const Tensor& x, const Tensor& running_mean,
                                  const Tensor& running_var, const Tensor& weight,
                                  const Tensor& bias, bool training, double momentum,
                                  double eps) {
  static constinit const Op op("core.batch_norm");
  return run(op, {&x, &running_mean, &running_var, &weight, &bias},
             {training, momentum, eps});
}

}  // namespace hg
