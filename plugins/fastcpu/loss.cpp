// cross_entropy with class indices, and mse_loss.
//
// What limits them. A classifier's scores have ten classes, or a few dozen: a row is a
// vector or two, and the loss takes less time than the layer before it. In a language model
// with some 10000 words a row is read twice from the L1 cache, for its maximum and for the
// exponentials: 4 bytes from memory for each score, 8 in the backward pass.
//
// Weights, smoothed labels, probabilities as targets, and scores with places behind the
// classes are left to the reference.
#include <algorithm>

#include "fastcpu.hpp"
#include "kernels/loss.hpp"

namespace hg::fastcpu {
namespace {

enum { input, target, weight };

constexpr int64_t rows_at_once(int64_t n) { return elementwise_grain / 4 / (n + 1) + 1; }

struct CrossEntropy {
  enum { reduction, ignore_index, label_smoothing };

  // saved[0] (N,2): log sum exp(x) of each row, in two parts
  template <class T>
  static void plan(Call& c) {
    const hg_tensor &x = c.in(input), &t = c.in(target);
    if (x.ndim != 2 || t.code != HG_INT_CODE || c.given(weight) ||
        x.shape[1] >= int64_t(1) << 31 || c.attr(label_smoothing).number() != 0) {
      decline();
    }
    int64_t shape[] = {x.shape[0], 2}, strides[] = {2, 1};
    hg_tensor s = x;
    s.shape = shape;
    s.strides = strides;
    c.save(0, s);
  }

  static bool ignored(const Call& c, int64_t n) {
    return c.in<int64_t>(target)[n] == c.attr(ignore_index).integer();
  }
  // By what the gradient of the result is divided on its way to a sample.
  static double norm(const Call& c, int64_t N) {
    if (c.attr(reduction).string() != "mean") return 1;
    int64_t count = 0;
    for (int64_t n = 0; n < N; ++n) count += !ignored(c, n);
    return double(count);
  }

  template <class T>
  static void forward(Call& c) {
    const int64_t N = c.in(input).shape[0], C = c.in(input).shape[1];
    const float* x = c.in<float>(input);
    const int64_t* t = c.in<int64_t>(target);
    float *y = c.out<float>(0), *saved = c.saved<float>(0);
    const bool none = c.attr(reduction).string() == "none";
    for (int64_t n = 0; n < N; ++n) {
      require(ignored(c, n) || (t[n] >= 0 && t[n] < C), "target ", n, " is ", t[n],
              ", and there are ", C, " classes, numbered from 0");
    }
    c.parallel(N, rows_at_once(C), [&](int64_t n, int64_t end) {
      best_losses().log_sum_exp(x + n * C, saved + 2 * n, end - n, C);
    });
    double sum = 0;
    for (int64_t n = 0; n < N; ++n) {
      const float* top_and_rest = saved + 2 * n;
      const float l = ignored(c, n) ? 0
                                    : top_and_rest[1] - (x[n * C + t[n]] - top_and_rest[0]);
      if (none) y[n] = l;
      sum += double(l);
    }
    if (!none) *y = float(sum / norm(c, N));
  }

  template <class T>
  static void backward(Call& c) {
    const int64_t N = c.in(input).shape[0], C = c.in(input).shape[1];
    const float *dl = c.dout<float>(0), by = float(norm(c, N));
    const int64_t step = c.attr(reduction).string() == "none" ? 1 : 0;
    c.parallel(N, rows_at_once(C), [&](int64_t n, int64_t end) {
      for (; n < end; ++n) {
        const float g = ignored(c, n) ? 0 : dl[n * step] / by;
        best_losses().cross_entropy_backward(
            c.in<float>(input) + n * C, c.saved<float>(0) + 2 * n,
            c.in<int64_t>(target)[n], g, c.din<float>(input) + n * C, C);
      }
    });
  }
};

struct MseLoss {
  enum { reduction };

  template <class T>
  static void forward(Call& c) {
    const int64_t n = hg_numel(&c.in(input));
    const float *x = c.in<float>(input), *t = c.in<float>(target);
    const auto how = c.attr(reduction).string();
    // Parts depend on n alone, so that any number of threads gives the same sum.
    const int64_t part = elementwise_grain, parts = ceil_div(n, part);
    double* sums = c.scratch<double>(parts);
    c.parallel(parts, 1, [&](int64_t k, int64_t end) {
      for (; k < end; ++k) {
        const int64_t at = k * part;
        sums[k] = best_losses().squared_error(
            x + at, t + at, how == "none" ? c.out<float>(0) + at : nullptr,
            std::min(part, n - at));
      }
    });
    if (how == "none") return;
    double sum = 0;
    for (int64_t k = 0; k < parts; ++k) sum += sums[k];
    *c.out<float>(0) = float(how == "sum" ? sum : sum / double(n));
  }

  template <class T>
  static void backward(Call& c) {
    const int64_t n = hg_numel(&c.in(input));
    const auto how = c.attr(reduction).string();
    const float *x = c.in<float>(input), *t = c.in<float>(target), *g = c.dout<float>(0);
    const float factor = how == "mean" ? float(2 / double(n)) : 2;
    c.parallel(n, elementwise_grain, [&](int64_t i, int64_t end) {
      const bool one = how != "none";
      auto slope = [&](uint32_t of, const float* a, const float* b) {
        if (!c.wants(of)) return;
        best_losses().squared_error_backward(a + i, b + i, one ? g : g + i,
                                             c.din<float>(of) + i, end - i, factor, one);
      };
      slope(input, x, t);
      slope(target, t, x);
    });
  }
};

}  // namespace

void describe_loss(Plugin& p) {
  p.kernel<CrossEntropy, float>("core.cross_entropy")
      .keep_in({input, target})
      .priority(priority);
  p.kernel<MseLoss, float>("core.mse_loss").keep_in({input, target}).priority(priority);
}

}  // namespace hg::fastcpu
