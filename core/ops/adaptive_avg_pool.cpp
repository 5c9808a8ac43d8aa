// adaptive_avg_pool1d, 2d, 3d: means of as many windows as wanted.
//
// Forward.  As avg_pool, with windows that divide each axis of the grid into the wanted
// number (pool_windows.hpp):
//
//     y[o] = (1/|W(o)|) sum over i in W(o) of x[i]
//
//   The grid of y no longer depends on that of x, so the layers behind fit images of any
//   size. One window alone is global average pooling: of each channel its mean, which says
//   how much of a feature there is, and no longer where.
//
// Backward.  x[i] has a path through each window that it lies in, and windows share places
// if their number does not divide the axis:
//
//     dL/dx[i] = sum over o with i in W(o) of dy[o]/|W(o)|                    (*)
//
//   Check by thought: with one window, all places have the same share in the mean, dy/n.
//
// Saved for backward: nothing.
#include "nn/functional.hpp"
#include "ops/pool_windows.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <int axes>
struct AdaptiveAvgPool {
  static void infer(Call& c) { infer_adaptive(c, axes); }

  template <class T>
  static void forward(Call& c) {
    const Grids<AdaptiveAxis> g = adaptive_grids(c, c.in(0), axes);
    for (int64_t n = 0; n < g.count; ++n) {
      const T* x = c.in<T>(0) + n * g.places();
      T* y = c.out<T>(0) + n * g.windows();
      g.each_window([&](int64_t o, const Window& w, const int64_t*) {
        double sum = 0;
        w.each([&](int64_t i) { sum += double(x[i]); });
        y[o] = T(sum / double(w.count()));
      });
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Grids<AdaptiveAxis> g = adaptive_grids(c, c.din(0), axes);
    std::fill_n(c.din<T>(0), hg_numel(&c.din(0)), T(0));
    for (int64_t n = 0; n < g.count; ++n) {
      const T* dy = c.dout<T>(0) + n * g.windows();
      T* dx = c.din<T>(0) + n * g.places();
      g.each_window([&](int64_t o, const Window& w, const int64_t*) {
        const T share = dy[o] / T(w.count());
        w.each([&](int64_t i) { dx[i] += share; });  // (*)
      });
    }
  }
};

template <int axes>
void describe(plugin::Plugin& p, const char* name, const char* doc,
              std::initializer_list<std::pair<const char*, const char*>> samples) {
  auto& op = p.op<AdaptiveAvgPool<axes>>(name);
  op.doc(doc)
      .formula(
          "y[o] = (1/|W(o)|) sum over i in W(o) of x[i], "
          "W(o) from floor(o n/size) up to ceil((o+1) n/size)")
      .in("input", grid_form(axes))
      .out("output")
      .attr("output_size", HG_INTS, {1}, "windows along each axis; -1: as many as places",
            -1, window_limit);
  for (auto [inputs, attributes] : samples) op.sample(inputs, attributes);
  p.kernel<AdaptiveAvgPool<axes>, float, double>(name);
}

}  // namespace

void describe_adaptive_avg_pool(plugin::Plugin& p) {
  describe<1>(p, "core.adaptive_avg_pool1d", "means of so many windows of a sequence",
              {{"normal[2,3,7]", nullptr}, {"normal[2,7]", R"({"output_size":[3]})"}});
  describe<2>(p, "core.adaptive_avg_pool2d", "means of so many windows of an image",
              {{"normal[2,3,4,5]", nullptr},
               {"normal[2,6,7]", R"({"output_size":[3,5]})"},
               {"normal[1,2,3,4]", R"({"output_size":[5,-1]})"}});
  describe<3>(
      p, "core.adaptive_avg_pool3d", "means of so many windows of a volume",
      {{"normal[1,2,4,3,5]", nullptr}, {"normal[2,3,5,4]", R"({"output_size":[2,3,-1]})"}});
}

}  // namespace ops

// ---- the faces --------------------------------------------------------------------------

namespace nn {

Tensor functional::adaptive_avg_pool1d(const Tensor& x, const PerAxis& output_size) {
  static constinit const Op op("core.adaptive_avg_pool1d");
  return run(op, {&x}, {output_size.values()});
}

Tensor functional::adaptive_avg_pool2d(const Tensor& x, const PerAxis& output_size) {
  static constinit const Op op("core.adaptive_avg_pool2d");
  return run(op, {&x}, {output_size.values()});
}

Tensor functional::adaptive_avg_pool3d(const Tensor& x, const PerAxis& output_size) {
  static constinit const Op op("core.adaptive_avg_pool3d");
  return run(op, {&x}, {output_size.values()});
}

}  // namespace nn
}  // namespace hg
