// max_pool1d, 2d, 3d: the largest number of each window.
//
// Forward.  The grid of one channel of one sample is the list x[0], x[1], ..., row by row.
// Window o, a set of places W(o) (pool_windows.hpp), gives
//
//     y[o] = max over i in W(o) of x[i]        k[o] = the first such i
//
//   The padding counts as minus infinity: it never wins. NaN beats every number, and the
//   last one of a window is kept, so that an error shows. Padding is at most half a kernel,
//   so that no window sees padding alone. (One with a dilation larger than the axis could;
//   that is an error.)
//
//   What it is for: a feature that moves by a place mostly stays in its window, and y stays
//   as it is; and with a stride above 1, there is less to compute in the layers behind.
//
// Backward.  Raising the winner a little raises y[o] by as much; raising another, by
// nothing. Windows may overlap, and a place may win in several:
//
//     dL/dx[i] = sum over o of (i == k[o]) dy[o]                              (*)
//
//   Check by thought: raising all of x raises all of y as much, so the elements of dx must
//   have the same sum as those of dy; in (*) each dy[o] goes to exactly one place.
//
// Saved for backward: k, which is also the second output. x is not needed again.
#include "nn/functional.hpp"
#include "ops/pool_windows.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

enum Attribute { kernel_size, stride, padding, dilation, ceil_mode };

template <int axes>
struct MaxPool {
  static void infer(Call& c) {
    infer_pool(c, axes, dilation, c.attr(ceil_mode).flag());
    c.like(1, c.out(0));
    c.set_type(1, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    const Grids<PoolAxis> g = windows(c, c.in(0));
    for (int64_t n = 0; n < g.count; ++n) {
      const T* x = c.in<T>(0) + n * g.places();
      T* y = c.out<T>(0) + n * g.windows();
      int64_t* k = c.out<int64_t>(1) + n * g.windows();
      g.each_window([&](int64_t o, const Window& w, const int64_t*) {
        require(w.count() > 0, "window ", o, " steps over the input (dilation is larger ",
                "than an axis) and sees padding alone");
        k[o] = largest(x, w);
        y[o] = x[k[o]];
      });
    }
  }

  template <class T>
  static void backward(Call& c) {
    deal_out<T>(c, windows(c, c.din(0)));  // (*)
  }

 private:
  static Grids<PoolAxis> windows(const Call& c, const hg_tensor& x) {
    return pool_grids(c, x, axes, dilation, c.attr(ceil_mode).flag());
  }
};

template <int axes>
void describe(plugin::Plugin& p, const char* name, const char* doc,
              std::initializer_list<std::pair<const char*, const char*>> samples) {
  auto& op = p.op<MaxPool<axes>>(name);
  op.doc(doc)
      .formula("y[o] = max over the places i of window o of x[i]")
      .in("input", grid_form(axes))
      .out("values")
      .out("indices", "where each stands in the grid of its channel, counted row by row")
      .nondiff_out({1})
      .attr("kernel_size", HG_INTS, {2}, "places of a window along each axis", 1,
            window_limit)
      .attr("stride", HG_INTS, {}, "from window to window; none: kernel_size", 1,
            window_limit)
      .attr("padding", HG_INTS, {0}, "places added on each side, that never win", 0,
            window_limit)
      .attr("dilation", HG_INTS, {1}, "from place to place of a window", 1, window_limit)
      .attr("ceil_mode", HG_BOOL, false, "a last window may hang over the edge");
  for (auto [inputs, attributes] : samples) op.sample(inputs, attributes);
  p.kernel<MaxPool<axes>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t>(name)
      .keep_out({1});
}

}  // namespace

void describe_max_pool(plugin::Plugin& p) {
  describe<1>(p, "core.max_pool1d", "the largest number of each window of a sequence",
              {{"distinct[2,3,8]", nullptr},
               {"distinct[3,9]", R"({"kernel_size":[3],"stride":[2],"padding":[1]})"},
               {"distinct[1,2,11]",
                R"({"kernel_size":[3],"dilation":[2],"padding":[1],"ceil_mode":true})"}});
  describe<2>(p, "core.max_pool2d", "the largest number of each window of an image",
              {{"distinct[2,3,4,6]", nullptr},
               {"distinct[2,5,4]", R"({"kernel_size":[3,2],"stride":[1]})"},
               {"distinct[1,2,7,6]",
                R"({"kernel_size":[3],"stride":[2,3],"padding":[1],"ceil_mode":true})"},
               {"distinct[2,1,7,5]",
                R"({"kernel_size":[2],"stride":[1],"dilation":[3,2],"padding":[1,0]})"}});
  describe<3>(p, "core.max_pool3d", "the largest number of each window of a volume",
              {{"distinct[1,2,4,2,4]", nullptr},
               {"distinct[2,3,5,4]",
                R"({"kernel_size":[2,3,2],"stride":[1,2,2],"padding":[0,1,1]})"},
               {"distinct[2,1,3,4,3]",
                R"({"kernel_size":[2],"dilation":[2,1,1],"ceil_mode":true})"}});
}

}  // namespace ops

// ---- the faces --------------------------------------------------------------------------

static constinit const Op max_pools[] = {Op("core.max_pool1d"), Op("core.max_pool2d"),
                                         Op("core.max_pool3d")};

static Tensor max_pool(int axes, const Tensor& x, const nn::PerAxis& kernel_size,
                       const nn::PerAxis& stride, const nn::PerAxis& padding,
                       const nn::PerAxis& dilation, bool ceil_mode) {
  return run(max_pools[axes - 1], {&x},
             {kernel_size.values(), stride.values(), padding.values(), dilation.values(),
              ceil_mode});
}

static ValuesIndices max_pool_with_indices(int axes, const Tensor& x,
                                           const nn::PerAxis& kernel_size,
                                           const nn::PerAxis& stride,
                                           const nn::PerAxis& padding,
                                           const nn::PerAxis& dilation, bool ceil_mode) {
  std::vector<Tensor> results = run_all(max_pools[axes - 1], {&x},
                                        {kernel_size.values(), stride.values(),
                                         padding.values(), dilation.values(), ceil_mode});
  return {results[0], results[1]};
}

namespace nn {

Tensor functional::max_pool1d(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& stride, const PerAxis& padding,
                              const PerAxis& dilation, bool ceil_mode) {
  return max_pool(1, x, kernel_size, stride, padding, dilation, ceil_mode);
}

ValuesIndices functional::max_pool1d_with_indices(const Tensor& x,
                                                  const PerAxis& kernel_size,
                                                  const PerAxis& stride,
                                                  const PerAxis& padding,
                                                  const PerAxis& dilation, bool ceil_mode) {
  return max_pool_with_indices(1, x, kernel_size, stride, padding, dilation, ceil_mode);
}

Tensor functional::max_pool2d(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& stride, const PerAxis& padding,
                              const PerAxis& dilation, bool ceil_mode) {
  return max_pool(2, x, kernel_size, stride, padding, dilation, ceil_mode);
}

ValuesIndices functional::max_pool2d_with_indices(const Tensor& x,
                                                  const PerAxis& kernel_size,
                                                  const PerAxis& stride,
                                                  const PerAxis& padding,
                                                  const PerAxis& dilation, bool ceil_mode) {
  return max_pool_with_indices(2, x, kernel_size, stride, padding, dilation, ceil_mode);
}

Tensor functional::max_pool3d(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& stride, const PerAxis& padding,
                              const PerAxis& dilation, bool ceil_mode) {
  return max_pool(3, x, kernel_size, stride, padding, dilation, ceil_mode);
}

ValuesIndices functional::max_pool3d_with_indices(const Tensor& x,
                                                  const PerAxis& kernel_size,
                                                  const PerAxis& stride,
                                                  const PerAxis& padding,
                                                  const PerAxis& dilation, bool ceil_mode) {
  return max_pool_with_indices(3, x, kernel_size, stride, padding, dilation, ceil_mode);
}

}  // namespace nn
}  // namespace hg
