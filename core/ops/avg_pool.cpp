// avg_pool1d, 2d, 3d: the mean of each window.
//
// Forward.  The grid of one channel of one sample is the list x[0], x[1], ..., row by row.
// With W(o), the places of window o (pool_windows.hpp):
//
//     y[o] = (1/m[o]) sum over i in W(o) of x[i]
//
//   m[o] is how many places the window has. Those in the padding hold zeros, and count if
//   count_include_pad says so; places behind the padding, over which a last window hangs in
//   ceil_mode, never do. divisor_override is m for all windows.
//
// Backward.  x[i] has a path through each window that it lies in:
//
//     dL/dx[i] = sum over o with i in W(o) of dy[o]/m[o]                      (*)
//
//   Check by thought: windows side by side without padding cover each place once. Raising
//   one x by m raises one y by 1, so dx is dy/m there, and each dy[o] is dealt out evenly.
//
// Saved for backward: nothing. Neither m nor W depends on x.
#include <type_traits>

#include "nn/functional.hpp"
#include "ops/pool_windows.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

enum Attribute {
  kernel_size,
  stride,
  padding,
  ceil_mode,
  count_include_pad,
  divisor_override
};
constexpr int no_dilation = 0;

template <int axes>
struct AvgPool {
  static void infer(Call& c) {
    const plugin::Attr divisor = c.attr(divisor_override);
    require(!divisor.given() || divisor.integer() != 0,
            "divisor_override is 0: nothing can be divided by it");
    infer_pool(c, axes, no_dilation, c.attr(ceil_mode).flag());
  }

  template <class T>
  static void forward(Call& c) {
    // Whole numbers add up modulo 2^64, as in a sum, and their mean drops its fraction.
    constexpr bool whole = std::is_integral_v<T>;
    using Sum = std::conditional_t<whole, uint64_t, double>;
    using Mean = std::conditional_t<whole, int64_t, double>;
    const Grids<PoolAxis> g = windows(c, c.in(0));
    for (int64_t n = 0; n < g.count; ++n) {
      const T* x = c.in<T>(0) + n * g.places();
      T* y = c.out<T>(0) + n * g.windows();
      g.each_window([&](int64_t o, const Window& w, const int64_t* number) {
        Sum sum = 0;
        w.each([&](int64_t i) { sum += Sum(x[i]); });
        y[o] = T(Mean(sum) / Mean(divisor(c, g, w, number)));
      });
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Grids<PoolAxis> g = windows(c, c.din(0));
    std::fill_n(c.din<T>(0), hg_numel(&c.din(0)), T(0));
    for (int64_t n = 0; n < g.count; ++n) {
      const T* dy = c.dout<T>(0) + n * g.windows();
      T* dx = c.din<T>(0) + n * g.places();
      g.each_window([&](int64_t o, const Window& w, const int64_t* number) {
        const T share = dy[o] / T(divisor(c, g, w, number));
        w.each([&](int64_t i) { dx[i] += share; });  // (*)
      });
    }
  }

 private:
  static Grids<PoolAxis> windows(const Call& c, const hg_tensor& x) {
    return pool_grids(c, x, axes, no_dilation, c.attr(ceil_mode).flag());
  }
  // m[o] of window w, which has these numbers along the axes.
  static int64_t divisor(const Call& c, const Grids<PoolAxis>& g, const Window& w,
                         const int64_t* number) {
    if (c.attr(divisor_override).given()) return c.attr(divisor_override).integer();
    if (!c.attr(count_include_pad).flag()) return w.count();
    int64_t m = 1;
    for (int d = 0; d < 3; ++d) m *= g.axis[d].padded_count(number[d]);
    return m;
  }
};

template <int axes>
void describe(plugin::Plugin& p, const char* name, const char* doc,
              std::initializer_list<std::pair<const char*, const char*>> samples) {
  auto& op = p.op<AvgPool<axes>>(name);
  op.doc(doc)
      .formula("y[o] = (1/m[o]) sum over the places i of window o of x[i]")
      .in("input", grid_form(axes))
      .out("output")
      .attr("kernel_size", HG_INTS, {2}, "places of a window along each axis", 1,
            window_limit)
      .attr("stride", HG_INTS, {}, "from window to window; none: kernel_size", 1,
            window_limit)
      .attr("padding", HG_INTS, {0}, "zeros on each side", 0, window_limit)
      .attr("ceil_mode", HG_BOOL, false, "a last window may hang over the edge")
      .attr("count_include_pad", HG_BOOL, true, "zeros of the padding count in m")
      .attr("divisor_override", HG_INT, {}, "m for all windows");
  for (auto [inputs, attributes] : samples) op.sample(inputs, attributes);
  p.kernel<AvgPool<axes>, float, double, int64_t>(name);
}

}  // namespace

void describe_avg_pool(plugin::Plugin& p) {
  describe<1>(p, "core.avg_pool1d", "the mean of each window of a sequence",
              {{"normal[2,3,8]", nullptr},
               {"normal[3,9]", R"({"kernel_size":[3],"stride":[2],"padding":[1]})"},
               {"normal[1,2,8]", R"({"kernel_size":[3],"ceil_mode":true})"}});
  describe<2>(p, "core.avg_pool2d", "the mean of each window of an image",
              {{"normal[2,3,4,6]", nullptr},
               {"normal[2,5,4]", R"({"kernel_size":[3,2],"stride":[1]})"},
               {"normal[1,2,7,6]",
                R"({"kernel_size":[3],"stride":[2,3],"padding":[1],"ceil_mode":true})"},
               {"normal[2,1,7,5]",
                R"({"kernel_size":[3],"padding":[1,0],"count_include_pad":false})"},
               {"normal[2,1,4,4]", R"({"kernel_size":[2],"divisor_override":3})"}});
  describe<3>(
      p, "core.avg_pool3d", "the mean of each window of a volume",
      {{"normal[1,2,4,2,4]", nullptr},
       {"normal[2,3,5,4]", R"({"kernel_size":[2,3,2],"stride":[1,2,2],"padding":[0,1,1]})"},
       {"normal[2,1,3,4,3]",
        R"({"ceil_mode":true,"padding":[1],"count_include_pad":false})"}});
}

}  // namespace ops

// ---- the faces --------------------------------------------------------------------------

namespace nn {

Tensor functional::avg_pool1d(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& stride, const PerAxis& padding, bool ceil_mode,
                              bool count_include_pad) {
  static constinit const Op op("core.avg_pool1d");
  return run(op, {&x},
             {kernel_size.values(), stride.values(), padding.values(), ceil_mode,
              count_include_pad});
}

Tensor functional::avg_pool2d(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& stride, const PerAxis& padding, bool ceil_mode,
                              bool count_include_pad,
                              std::optional<int64_t> divisor_override) {
  static constinit const Op op("core.avg_pool2d");
  return run(op, {&x},
             {kernel_size.values(), stride.values(), padding.values(), ceil_mode,
              count_include_pad, divisor_override});
}

Tensor functional::avg_pool3d(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& stride, const PerAxis& padding, bool ceil_mode,
                              bool count_include_pad,
                              std::optional<int64_t> divisor_override) {
  static constinit const Op op("core.avg_pool3d");
  return run(op, {&x},
             {kernel_size.values(), stride.values(), padding.values(), ceil_mode,
              count_include_pad, divisor_override});
}

}  // namespace nn
}  // namespace hg
