// Pooling: the largest number, or the mean, of each window of an image or a sequence.
//
// What limits it. Windows of 2 x 2, side by side, read each number once: 4 bytes for every
// place of x, and for every window, a quarter as many, 4 of y and 8 of k. That is 7 bytes
// for each place forward, 7 backward (dy and k, and dx is written). The comparisons, made
// for W windows at once, hide behind it.
//
// Other windows take the general way: W windows of a row at once, for as many as lie in the
// plane; those at its left and right edge one by one.
#include <algorithm>

#include "fastcpu.hpp"
#include "kernels/pool.hpp"

namespace hg::fastcpu {
namespace {

enum { kernel_size, stride, padding };  // attributes that all pools have in front

// x is (N, C, grid) or (C, grid), with one or two axes in the grid; a sequence is an image
// of one row.
int64_t planes(const hg_tensor& x, int axes) {
  int64_t count = 1;
  for (int d = 0; d < x.ndim - axes; ++d) count *= x.shape[d];
  return count;
}

int64_t places(const Pool& p) { return p.h.n * p.w.n; }
int64_t windows(const Pool& p) { return p.h.size * p.w.size; }

Pool pool_of(const Call& c, const hg_tensor& x, const hg_tensor& y, int axes,
             int dilation) {
  auto setting = [&](int attribute, int d) {
    auto list = c.attr(uint32_t(attribute)).integers();
    return list[list.size() == 1 ? 0 : size_t(d)];
  };
  const bool strided = !c.attr(stride).integers().empty();
  Pool p{{1, 1, 1, 1, 0, 1}, {1, 1, 1, 1, 0, 1}};
  for (int d = 0; d < axes; ++d) {
    PoolAxis& a = d == axes - 1 ? p.w : p.h;
    a.n = x.shape[x.ndim - axes + d];
    a.size = y.shape[y.ndim - axes + d];
    a.kernel = setting(kernel_size, d);
    a.stride = setting(strided ? stride : kernel_size, d);
    a.padding = setting(padding, d);
    a.dilation = dilation > 0 ? setting(dilation, d) : 1;
  }
  return p;
}

// Planes that a thread gets at least.
int64_t grain(int64_t places) {
  return std::max<int64_t>(elementwise_grain / std::max<int64_t>(places, 1), 1);
}

// Calls body(n) for each plane, on several threads if it pays.
template <class Body>
void each_plane(const Call& c, int64_t count, int64_t places, const Body& body) {
  c.parallel(count, grain(places), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) body(n);
  });
}

// Are places, and the numbers beyond them that a window may name, numbers of 32 bits?
bool is_small(const Pool& p) {
  constexpr int64_t most = int64_t(1) << 30;
  for (const PoolAxis& a : {p.h, p.w}) {
    if (a.n > most || a.kernel > most / a.dilation || a.stride > most || a.size > most)
      return false;
  }
  return p.h.n <= most / p.w.n;
}

// ---- the largest ------------------------------------------------------------------------

constexpr int dilation = 3;  // as an attribute

template <int axes>
struct MaxPool {
  template <class T>
  static void plan(Call& c) {
    const Pool p = pool_of(c, c.in(0), c.out(0), axes, dilation);
    // A window that steps over the whole input is the reference's to refuse.
    const bool sees = p.h.dilation <= p.h.n && p.w.dilation <= p.w.n;
    if (!is_small(p) || !sees) decline();
  }
  template <class T>
  static void forward(Call& c) {
    const Pool p = pool_of(c, c.in(0), c.out(0), axes, dilation);
    each_plane(c, planes(c.in(0), axes), places(p), [&](int64_t n) {
      best_pooling().max(c.in<float>(0) + n * places(p), c.out<float>(0) + n * windows(p),
                         c.out<int64_t>(1) + n * windows(p), p);
    });
  }
  template <class T>
  static void backward(Call& c) {
    const Pool p = pool_of(c, c.din(0), c.dout(0), axes, dilation);
    each_plane(c, planes(c.din(0), axes), places(p), [&](int64_t n) {
      best_pooling().max_backward(c.out<int64_t>(1) + n * windows(p),
                                  c.dout<float>(0) + n * windows(p),
                                  c.din<float>(0) + n * places(p), p);
    });
  }
};

// ---- the mean ---------------------------------------------------------------------------

enum { count_include_pad = 4, divisor_override };

template <int axes>
struct AveragePool {
  template <class T>
  static void plan(Call& c) {
    if (!is_small(pool_of(c, c.in(0), c.out(0), axes, 0))) decline();
  }
  // How the window's sum is divided: see kernels/pool.hpp.
  static int64_t divisor(const Call& c) {
    if constexpr (axes == 1) return 0;
    else return c.attr(divisor_override).given() ? c.attr(divisor_override).integer() : 0;
  }
  template <class T>
  static void forward(Call& c) {
    const Pool p = pool_of(c, c.in(0), c.out(0), axes, 0);
    each_plane(c, planes(c.in(0), axes), places(p), [&](int64_t n) {
      best_pooling().average(c.in<float>(0) + n * places(p),
                             c.out<float>(0) + n * windows(p), p, divisor(c),
                             c.attr(count_include_pad).flag());
    });
  }
  template <class T>
  static void backward(Call& c) {
    const Pool p = pool_of(c, c.din(0), c.dout(0), axes, 0);
    each_plane(c, planes(c.din(0), axes), places(p), [&](int64_t n) {
      best_pooling().average_backward(c.dout<float>(0) + n * windows(p),
                                      c.din<float>(0) + n * places(p), p, divisor(c),
                                      c.attr(count_include_pad).flag());
    });
  }
};

// Global average pooling: one window, the whole plane.
template <int axes>
struct GlobalAverage {
  template <class T>
  static void plan(Call& c) {
    if (hg_numel(&c.out(0)) != planes(c.in(0), axes)) decline();
  }
  template <class T>
  static void forward(Call& c) {
    const int64_t count = planes(c.in(0), axes);
    const int64_t places = count ? hg_numel(&c.in(0)) / count : 0;
    c.parallel(count, grain(places), [&](int64_t n, int64_t end) {
      best_pooling().means(c.in<float>(0) + n * places, c.out<float>(0) + n, end - n,
                           places);
    });
  }
  template <class T>
  static void backward(Call& c) {
    const int64_t count = planes(c.din(0), axes);
    const int64_t places = count ? hg_numel(&c.din(0)) / count : 0;
    c.parallel(count, grain(places), [&](int64_t n, int64_t end) {
      best_pooling().means_backward(c.dout<float>(0) + n, c.din<float>(0) + n * places,
                                    end - n, places);
    });
  }
};

}  // namespace

void describe_pool(Plugin& p) {
  p.kernel<MaxPool<1>, float>("core.max_pool1d").keep_out({1}).priority(priority);
  p.kernel<MaxPool<2>, float>("core.max_pool2d").keep_out({1}).priority(priority);
  p.kernel<AveragePool<1>, float>("core.avg_pool1d").priority(priority);
  p.kernel<AveragePool<2>, float>("core.avg_pool2d").priority(priority);
  p.kernel<GlobalAverage<1>, float>("core.adaptive_avg_pool1d").priority(priority);
  p.kernel<GlobalAverage<2>, float>("core.adaptive_avg_pool2d").priority(priority);
}

}  // namespace hg::fastcpu
