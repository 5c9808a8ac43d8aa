// adaptive_max_pool1d, 2d, 3d: the largest numbers of as many windows as wanted.
//
// Forward.  As max_pool, with windows that divide each axis of the grid into the wanted
// number (pool_windows.hpp):
//
//     y[o] = max over i in W(o) of x[i]        k[o] = the first such i
//
//   NaN beats every number, and the last one of a window is kept.
//
// Backward.  Windows share places if their number does not divide the axis, so a place may
// win in several:
//
//     dL/dx[i] = sum over o of (i == k[o]) dy[o]                              (*)
//
//   Check by thought: where y has more places than x, some windows see the same single
//   place, and all their dy go there.
//
// Saved for backward: k, which is also the second output.
#include "nn/functional.hpp"
#include "ops/pool_windows.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <int axes>
struct AdaptiveMaxPool {
  static void infer(Call& c) {
    infer_adaptive(c, axes);
    c.like(1, c.out(0));
    c.set_type(1, HG_INT_CODE, 64);
  }

  template <class T>
  static void forward(Call& c) {
    const Grids<AdaptiveAxis> g = adaptive_grids(c, c.in(0), axes);
    for (int64_t n = 0; n < g.count; ++n) {
      const T* x = c.in<T>(0) + n * g.places();
      T* y = c.out<T>(0) + n * g.windows();
      int64_t* k = c.out<int64_t>(1) + n * g.windows();
      g.each_window([&](int64_t o, const Window& w, const int64_t*) {
        k[o] = largest(x, w);
        y[o] = x[k[o]];
      });
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Grids<AdaptiveAxis> g = adaptive_grids(c, c.din(0), axes);
    deal_out<T>(c, g);  // (*)
  }
};

template <int axes>
void describe(plugin::Plugin& p, const char* name, const char* doc,
              std::initializer_list<std::pair<const char*, const char*>> samples) {
  auto& op = p.op<AdaptiveMaxPool<axes>>(name);
  op.doc(doc)
      .formula(
          "y[o] = max over i in W(o) of x[i], "
          "W(o) from floor(o n/size) up to ceil((o+1) n/size)")
      .in("input", grid_form(axes))
      .out("values")
      .out("indices", "where each stands in the grid of its channel, counted row by row")
      .nondiff_out({1})
      .attr("output_size", HG_INTS, {1}, "windows along each axis; -1: as many as places",
            -1, window_limit);
  for (auto [inputs, attributes] : samples) op.sample(inputs, attributes);
  p.kernel<AdaptiveMaxPool<axes>, float, double>(name).keep_out({1});
}

}  // namespace

void describe_adaptive_max_pool(plugin::Plugin& p) {
  describe<1>(p, "core.adaptive_max_pool1d", "the largest of so many windows of a sequence",
              {{"distinct[2,3,7]", nullptr}, {"distinct[2,7]", R"({"output_size":[3]})"}});
  describe<2>(p, "core.adaptive_max_pool2d", "the largest of so many windows of an image",
              {{"distinct[2,3,4,5]", nullptr},
               {"distinct[2,6,7]", R"({"output_size":[3,5]})"},
               {"distinct[1,2,3,4]", R"({"output_size":[5,-1]})"}});
  describe<3>(p, "core.adaptive_max_pool3d", "the largest of so many windows of a volume",
              {{"distinct[1,2,4,3,5]", nullptr},
               {"distinct[2,3,5,4]", R"({"output_size":[2,3,-1]})"}});
}

}  // namespace ops

// ---- the faces --------------------------------------------------------------------------

static constinit const Op adaptive_max_pools[] = {Op("core.adaptive_max_pool1d"),
                                                  Op("core.adaptive_max_pool2d"),
                                                  Op("core.adaptive_max_pool3d")};

static Tensor adaptive_max_pool(int axes, const Tensor& x, const nn::PerAxis& size) {
  return run(adaptive_max_pools[axes - 1], {&x}, {size.values()});
}

static ValuesIndices adaptive_max_pool_with_indices(int axes, const Tensor& x,
                                                    const nn::PerAxis& size) {
  std::vector<Tensor> results =
      run_all(adaptive_max_pools[axes - 1], {&x}, {size.values()});
  return {results[0], results[1]};
}

namespace nn {

Tensor functional::adaptive_max_pool1d(const Tensor& x, const PerAxis& output_size) {
  return adaptive_max_pool(1, x, output_size);
}

Tensor functional::adaptive_max_pool2d(const Tensor& x, const PerAxis& output_size) {
  return adaptive_max_pool(2, x, output_size);
}

Tensor functional::adaptive_max_pool3d(const Tensor& x, const PerAxis& output_size) {
  return adaptive_max_pool(3, x, output_size);
}

ValuesIndices functional::adaptive_max_pool1d_with_indices(const Tensor& x,
                                                           const PerAxis& output_size) {
  return adaptive_max_pool_with_indices(1, x, output_size);
}

ValuesIndices functional::adaptive_max_pool2d_with_indices(const Tensor& x,
                                                           const PerAxis& output_size) {
  return adaptive_max_pool_with_indices(2, x, output_size);
}

ValuesIndices functional::adaptive_max_pool3d_with_indices(const Tensor& x,
                                                           const PerAxis& output_size) {
  return adaptive_max_pool_with_indices(3, x, output_size);
}

}  // namespace nn
}  // namespace hg
