// channel_pool: pooling across channels instead of places.
//
// Forward.  At each place of each sample the C channels are a list x[0], ..., x[C-1]. The
// window of output channel o is W(o) = {o stride, ..., o stride + size - 1}, of which there
// are (C - size)/stride + 1; a rest that fills no window goes unseen.
//
//     max     y[o] = max over c in W(o) of x[c]
//     avg     y[o] = (1/size) sum over c in W(o) of x[c]
//
//   Channels are features. If a layer learns the same stroke turned by several angles in
//   neighbouring channels, their maximum finds it whichever way it lies: what pooling over
//   places does for shifts, this does for whatever the channels differ in. The grid keeps
//   its size, and the layer behind has fewer channels to look at.
//
// Backward.  As in max_pool and avg_pool, k[o] being the first channel with the maximum:
//
//     max     dL/dx[c] = sum over o of (c == k[o]) dy[o]                      (*)
//     avg     dL/dx[c] = sum over o with c in W(o) of dy[o]/size              (**)
//
//   Check by thought: in both, each dy[o] is dealt out whole, to one channel or to all of
//   its window in equal parts.
//
// Saved for backward: k, for max.
#include <optional>

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

enum Attribute { kernel_size, stride, mode };

struct ChannelPool {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(x.ndim >= 2, "input is ", shape_text(x), ": it must be (N,C) or (N,C,...)");
    const int64_t C = x.shape[1], size = c.attr(kernel_size).integer();
    require(size <= C, "windows of ", size, " channels do not fit into input ",
            shape_text(x), ", which has ", C);
    c.like(0, x);
    c.out(0).shape[1] = (C - size) / step(c) + 1;
  }

  // saved[0]: k, in y's shape
  template <class T>
  static void plan(Call& c) {
    if (!is_max(c)) return;
    hg_tensor k = c.out(0);
    k.code = HG_INT_CODE;
    k.bits = 64;
    c.save(0, k);
  }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    const Along from(c.in(0), 1), to(c.out(0), 1);
    const int64_t size = c.attr(kernel_size).integer();
    to.each_line([&](int64_t line, int64_t) {
      const int64_t n = line / to.inner, place = line % to.inner;
      for (int64_t o = 0; o < to.n; ++o) {
        const int64_t begin = o * step(c), end = begin + size;
        if (is_max(c)) {
          int64_t best = from.at(n, begin, place);
          for (int64_t ch = begin + 1; ch < end; ++ch) {
            const int64_t i = from.at(n, ch, place);
            if (x[i] > x[best] || (x[i] != x[i] && x[best] == x[best])) best = i;
          }
          y[to.at(n, o, place)] = x[best];
          c.saved<int64_t>(0)[to.at(n, o, place)] = best;
        } else {
          double sum = 0;
          for (int64_t ch = begin; ch < end; ++ch) sum += double(x[from.at(n, ch, place)]);
          y[to.at(n, o, place)] = T(sum / double(size));
        }
      }
    });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    const Along from(c.din(0), 1), to(c.dout(0), 1);
    const int64_t size = c.attr(kernel_size).integer();
    std::fill_n(dx, hg_numel(&c.din(0)), T(0));
    if (is_max(c)) {
      const int64_t* k = c.saved<int64_t>(0);
      for (int64_t i = 0; i < hg_numel(&c.dout(0)); ++i) dx[k[i]] += dy[i];  // (*)
      return;
    }
    to.each_line([&](int64_t line, int64_t) {
      const int64_t n = line / to.inner, place = line % to.inner;
      for (int64_t o = 0; o < to.n; ++o) {
        for (int64_t ch = o * step(c); ch < o * step(c) + size; ++ch) {
          dx[from.at(n, ch, place)] += dy[to.at(n, o, place)] / T(size);  // (**)
        }
      }
    });
  }

 private:
  static bool is_max(const Call& c) { return c.attr(mode).string() == "max"; }
  static int64_t step(const Call& c) {
    return c.attr(c.attr(stride).given() ? stride : kernel_size).integer();
  }
};

}  // namespace

void describe_channel_pool(plugin::Plugin& p) {
  p.op<ChannelPool>("core.channel_pool")
      .doc("the largest, or the mean, of neighbouring channels at each place")
      .formula("y[n,o,...] = max or mean of x[n, o stride + j, ...] over j < kernel_size")
      .in("input", "x: (N, C, ...)")
      .out("output", "(N, (C - kernel_size)/stride + 1, ...)")
      .attr("kernel_size", HG_INT, 2, "channels of a window", 1)
      .attr("stride", HG_INT, {}, "from window to window; none: kernel_size", 1)
      .choice("mode", "max", "max|avg")
      .sample("distinct[2,6,3,2]")
      .sample("distinct[3,5]", R"({"kernel_size":3,"stride":1})")
      .sample("normal[2,7,4]", R"({"kernel_size":3,"stride":2,"mode":"avg"})")
      .sample("normal[2,4,1,2,3]", R"({"mode":"avg"})");
  p.kernel<ChannelPool, float, double>("core.channel_pool");
}

}  // namespace ops

Tensor nn::functional::channel_pool(const Tensor& x, int64_t kernel_size,
                                    std::optional<int64_t> stride,
                                    const std::string& mode) {
  static constinit const Op op("core.channel_pool");
  return run(op, {&x}, {kernel_size, stride, mode});
}

}  // namespace hg
