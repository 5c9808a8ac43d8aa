// batch_norm: its arithmetic hides behind the memory traffic, so passes over memory count.
//
// What limits it. x is read for the statistics, read again to be normalised, and y is
// written: 12 bytes an element, or 8 if the second reading finds x in the cache. Backward x
// and dy are read twice and dx is written: 20 bytes, or 12. The arithmetic, some ten
// operations on each vector, takes less time than these.
//
// So a group of channels, 2 MiB, is finished before the next one is begun; with the
// statistics of the whole tensor first, everything would come from memory twice. Within a
// group x is read in its own order. One channel alone would fit the L2 cache, but its
// planes are a power of two apart in most networks, and share a few of the cache's sets.
//
// How near this gets, on a Zen 4, one thread: 64x64x32x32, 16 MiB, takes 1.6 ms forward,
// where a plain copy of it takes 1.0 from the third-level cache; PyTorch 2.15 takes 9.2,
// and 2.2 with channels last.
//
// Large planes are worked on one after the other. Of planes with fewer than `least_plane`
// places a vector would not be filled: then (N, C*S) is taken as a matrix whose columns are
// summed side by side, and the S columns of a channel are merged.
#include <algorithm>
#include <cmath>


#include "fastcpu.hpp"
#include "kernels/batch_norm.hpp"

namespace hg::fastcpu {
namespace {

enum Input { input, running_mean, running_var, weight, bias };
enum Attribute { training, momentum, eps };

constexpr int64_t least_plane = 32;
constexpr int64_t group = 1 << 19;  // values at a time, 2 MiB, of whole channels
constexpr int64_t tile = 256;    // columns at a time
constexpr int64_t block = 4096;  // places at a time, 16 KiB, of planes

struct Sizes {
  int64_t N, C, S = 1;
  explicit Sizes(const hg_tensor& x) : N(x.shape[0]), C(x.shape[1]) {
    for (int d = 2; d < x.ndim; ++d) S *= x.shape[d];
  }
  double R() const { return double(N * S); }
  bool as_planes() const { return S >= least_plane; }
  int64_t channels_at_once() const {
    const int64_t each = std::max<int64_t>(as_planes() ? N * S : S, 1);
    return std::max<int64_t>((as_planes() ? group : tile) / each, 1);
  }
  Columns columns(int64_t channels) const { return {N, C * S, channels * S}; }
};

/// Calls body(k, end) for every `at_once` channels, on several threads.
template <class Body>
void each_group(const Call& c, const Sizes& s, const Body& body) {
  const int64_t at_once = s.channels_at_once();
  const int64_t each = std::max<int64_t>(s.N * s.S * at_once, 1);
  c.parallel(ceil_div(s.C, at_once), std::max<int64_t>(elementwise_grain / each, 1),
             [&](int64_t begin, int64_t end) {
               for (int64_t g = begin; g < end; ++g) {
                 body(g * at_once, std::min((g + 1) * at_once, s.C));
               }
             });
}

/// Calls body(k, at, planes) for all planes of channels k to end, nearly in the order of
/// memory: a few planes of channel k, the first of which begins at `at`.
template <class Body>
void each_plane(const Sizes& s, int64_t k, int64_t end, const Body& body) {
  const int64_t at_once = std::max<int64_t>(block / s.S, 1);
  for (int64_t n = 0; n < s.N; n += at_once) {
    const Planes planes{std::min(at_once, s.N - n), s.C * s.S, s.S};
    for (int64_t j = k; j < end; ++j) body(j, (n * s.C + j) * s.S, planes);
  }
}

// ---- forward ----------------------------------------------------------------------------

// y = (x - m) a + b. The mean is split in two: m, and a small rest that goes into b, so
// that nothing is lost where the mean is large beside the spread.
struct Scale {
  float m, a, b;
  Scale(double mean, double r, double w, double offset)
      : m(float(mean)), a(float(w * r)), b(float(offset - (mean - double(m)) * w * r)) {}
};

// What channel k is brought to, given the batch's statistics. The running ones move
// towards them; if it does not train, they take their place.
Scale scale_of(const Call& c, int64_t k, Moments batch) {
  double mean = batch.mean, variance = batch.squares / batch.count;
  if (!c.attr(training).flag()) {
    mean = double(c.in<float>(running_mean)[k]);
    variance = double(c.in<float>(running_var)[k]);
  } else if (c.given(running_mean)) {
    const double p = c.attr(momentum).number();
    float &m = c.inout<float>(running_mean)[k], &v = c.inout<float>(running_var)[k];
    m = float((1 - p) * double(m) + p * mean);
    v = float((1 - p) * double(v) + p * batch.squares / (batch.count - 1));
  }
  const double r = 1 / std::sqrt(variance + c.attr(eps).number());
  c.saved<double>(0)[2 * k] = mean;
  c.saved<double>(0)[2 * k + 1] = r;
  return {mean, r, c.given(weight) ? double(c.in<float>(weight)[k]) : 1,
          c.given(bias) ? double(c.in<float>(bias)[k]) : 0};
}

// A channel of S columns, each with a mean and squares of its own.
Moments merged(const double* mean, const double* squares, const Sizes& s) {
  Moments all{s.R(), 0, 0};
  for (int64_t i = 0; i < s.S; ++i) all.mean += mean[i] / double(s.S);
  for (int64_t i = 0; i < s.S; ++i) {
    const double d = mean[i] - all.mean;
    all.squares += squares[i] + double(s.N) * d * d;
  }
  return all;
}

struct BatchNormalisation {
  // saved[0] (C,2): mean and 1/sqrt(variance + eps) of each channel, in double
  template <class T>
  static void plan(Call& c) {
    int64_t shape[] = {c.in(input).shape[1], 2}, strides[] = {2, 1};
    hg_tensor s = c.in(input);
    s.ndim = 2;
    s.shape = shape;
    s.strides = strides;
    s.bits = 64;
    c.save(0, s);
  }

  template <class T>
  static void forward(Call& c) {
    const auto& best = best_batch_norm();
    const Sizes s(c.in(input));
    const float* const x = c.in<float>(input);
    float* const y = c.out<float>(0);
    const bool trains = c.attr(training).flag();

    auto* batch = c.scratch<Moments>(s.C);
    auto* to = c.scratch<Scale>(s.C);
    auto planes = [&](int64_t first, int64_t end) {
      std::fill(batch + first, batch + end, Moments{0, 0, 0});
      if (trains) {
        each_plane(s, first, end, [&](int64_t k, int64_t at, Planes planes) {
          best.moments(x + at, planes, batch + k);
        });
      }
      for (int64_t k = first; k < end; ++k) to[k] = scale_of(c, k, batch[k]);
      each_plane(s, first, end, [&](int64_t k, int64_t at, Planes planes) {
        best.scale(x + at, y + at, planes, to[k].m, to[k].a, to[k].b);
      });
    };
    auto columns = [&](int64_t first, int64_t end) {
      const int64_t channels = end - first;
      const Columns at = s.columns(channels);
      const float* from = x + first * s.S;
      double mean[tile], squares[tile];
      float m[tile], a[tile], b[tile];
      if (trains) best.column_moments(from, at, mean, squares);
      for (int64_t k = 0; k < channels; ++k) {
        Moments batch{1, 0, 0};
        if (trains) batch = merged(mean + k * s.S, squares + k * s.S, s);
        const Scale v = scale_of(c, first + k, batch);
        std::fill_n(m + k * s.S, s.S, v.m);
        std::fill_n(a + k * s.S, s.S, v.a);
        std::fill_n(b + k * s.S, s.S, v.b);
      }
      best.scale_columns(from, y + first * s.S, at, m, a, b);
    };
    if (s.R() == 0) no_samples(c, s);
    else if (s.as_planes()) each_group(c, s, planes);
    else each_group(c, s, columns);
  }

  // The statistics of nothing are 0; the running ones stay.
  static void no_samples(const Call& c, const Sizes& s) {
    for (int64_t k = 0; k < s.C; ++k) {
      const bool running = !c.attr(training).flag();
      const double variance = running ? double(c.in<float>(running_var)[k]) : 0;
      c.saved<double>(0)[2 * k] = running ? double(c.in<float>(running_mean)[k]) : 0;
      c.saved<double>(0)[2 * k + 1] = 1 / std::sqrt(variance + c.attr(eps).number());
    }
  }
  // ---- backward -------------------------------------------------------------------------

  // dx = a dy + b (x - m) + c, which is the reference's
  //
  //     w r (dy - sum/R - h sum_h/R),  h = (x - mean) r,  sum_h = sum of dy h
  //
  // with everything that is the same for a whole channel put together. Without training
  // the means are constants, and dx = w r dy.
  struct Slope {
    float m, a, b = 0, c = 0;
  };
  static Slope slope_of(const Call& call, const Sizes& s, int64_t k, double sum,
                        double sum_dyx) {
    const double mean = call.saved<double>(0)[2 * k], r = call.saved<double>(0)[2 * k + 1];
    const double w = call.given(weight) ? double(call.in<float>(weight)[k]) : 1;
    const float m = float(mean);
    const double rest = mean - double(m), sum_h = (sum_dyx - rest * sum) * r;
    if (call.given(weight) && call.wants(weight)) call.din<float>(weight)[k] = float(sum_h);
    if (call.given(bias) && call.wants(bias)) call.din<float>(bias)[k] = float(sum);
    Slope slope{m, float(w * r)};
    if (call.attr(training).flag()) {
      const double of_h = -w * r * r * sum_h / s.R();
      slope.b = float(of_h);
      slope.c = float(-w * r * sum / s.R() - of_h * rest);
    }
    return slope;
  }

  template <class T>
  static void backward(Call& c) {
    const auto& best = best_batch_norm();
    const Sizes s(c.in(input));
    const float *const x = c.in<float>(input), *const dy = c.dout<float>(0);
    float* const dx = c.din<float>(input);

    struct Sums {
      double of[2];
    };
    auto* sums = c.scratch<Sums>(s.C);
    auto* to = c.scratch<Slope>(s.C);
    auto planes = [&](int64_t first, int64_t end) {
      std::fill(sums + first, sums + end, Sums{});
      each_plane(s, first, end, [&](int64_t k, int64_t at, Planes planes) {
        const float m = float(c.saved<double>(0)[2 * k]);
        best.sums(x + at, dy + at, planes, m, sums[k].of);
      });
      for (int64_t k = first; k < end; ++k) {
        to[k] = slope_of(c, s, k, sums[k].of[0], sums[k].of[1]);
      }
      if (!dx) return;
      each_plane(s, first, end, [&](int64_t k, int64_t at, Planes planes) {
        const Slope& t = to[k];
        best.backward(x + at, dy + at, dx + at, planes, t.m, t.a, t.b, t.c);
      });
    };
    auto columns = [&](int64_t first, int64_t end) {
      const int64_t channels = end - first;
      const Columns of = s.columns(channels);
      const int64_t at = first * s.S;
      double sum[tile], sum_dyx[tile];
      float m[tile] = {}, a[tile], b[tile], e[tile];
      for (int64_t k = 0; k < channels; ++k) {
        std::fill_n(m + k * s.S, s.S, float(c.saved<double>(0)[2 * (first + k)]));
      }
      best.column_sums(x + at, dy + at, of, m, sum, sum_dyx);
      for (int64_t k = 0; k < channels; ++k) {
        double of_dy = 0, of_dyx = 0;
        for (int64_t i = k * s.S; i < (k + 1) * s.S; ++i) {
          of_dy += sum[i];
          of_dyx += sum_dyx[i];
        }
        const Slope v = slope_of(c, s, first + k, of_dy, of_dyx);
        std::fill_n(a + k * s.S, s.S, v.a);
        std::fill_n(b + k * s.S, s.S, v.b);
        std::fill_n(e + k * s.S, s.S, v.c);
      }
      if (dx) best.backward_columns(x + at, dy + at, dx + at, of, m, a, b, e);
    };
    if (s.as_planes()) each_group(c, s, planes);
    else if (s.R() > 0) each_group(c, s, columns);
    else for (int64_t k = 0; k < s.C; ++k) slope_of(c, s, k, 0, 0);
  }
};

}  // namespace

void describe_batch_norm(Plugin& p) {
  p.kernel<BatchNormalisation, float>("core.batch_norm")
      .keep_in({input, weight})
      .priority(priority);
}

}  // namespace hg::fastcpu
