// max_unpool1d, 2d, 3d: max_pool's winners put back in their places.
//
// Forward.  x[o] are the values of a max_pool, and k[o] the places that they had in the
// grid of their channel. y is a grid of zeros, with
//
//     y[k[o]] = x[o]
//
//   What lost is lost, so this is the inverse of max_pool only for the winners. Sizes are
//   lost, too, where the stride divides with a rest: without output_size the grid is the
//   smallest that max_pool would have covered without one,
//
//     size = (n - 1) stride - 2 padding + kernel
//
//   Windows that overlap can name a place twice. The last one stays then.
//
// Backward.  y[k[o]] is x[o] itself, if no later one took its place:
//
//     dL/dx[o] = dy[k[o]]  if o is the last with this k, else 0               (*)
//
//   Check by thought: places that no k names are 0 whatever x is; their dy goes nowhere.
//
// Saved for backward: k.
#include "nn/functional.hpp"
#include "ops/pool_windows.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Input { input, indices };
enum Attribute { kernel_size, stride, padding, output_size };

template <int axes>
struct MaxUnpool {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(input), &k = c.in(indices);
    require_grid(x, axes);
    require(same_shape(x, k), "input is ", shape_text(x), ", indices are ", shape_text(k),
            ": they must be equal");
    require(dtype_of(k) == i64, "indices are of type ", plugin::type_text(k),
            ": they must be i64");
    require_settings(c, kernel_size, "kernel_size", axes);
    if (!c.attr(stride).integers().empty()) require_settings(c, stride, "stride", axes);
    require_settings(c, padding, "padding", axes);
    c.like(0, x);
    for (int d = 0; d < axes; ++d) {
      const int at = x.ndim - axes + d;
      c.out(0).shape[at] = size(c, d, x.shape[at]);
    }
    shape_of(c.out(0)).numel();  // throws if they are more than can be counted
  }

  template <class T>
  static void forward(Call& c) {
    std::fill_n(c.out<T>(0), hg_numel(&c.out(0)), T(0));
    const Planes p(c.in(input), c.out(0));
    for (int64_t n = 0; n < p.count; ++n) {
      const T* x = c.in<T>(input) + n * p.values;
      const int64_t* k = c.in<int64_t>(indices) + n * p.values;
      T* y = c.out<T>(0) + n * p.places;
      for (int64_t o = 0; o < p.values; ++o) {
        require(k[o] >= 0 && k[o] < p.places, "indices has ", k[o],
                ", and each channel of the output ", shape_text(c.out(0)), " has ",
                p.places, " places");
        y[k[o]] = x[o];
      }
    }
  }

  template <class T>
  static void backward(Call& c) {
    const Planes p(c.din(input), c.dout(0));
    bool* taken = c.scratch<bool>(p.places);
    for (int64_t n = 0; n < p.count; ++n) {
      const int64_t* k = c.in<int64_t>(indices) + n * p.values;
      const T* dy = c.dout<T>(0) + n * p.places;
      T* dx = c.din<T>(input) + n * p.values;
      std::fill_n(taken, p.places, false);
      for (int64_t o = p.values - 1; o >= 0; --o) {
        dx[o] = taken[k[o]] ? T(0) : dy[k[o]];  // (*)
        taken[k[o]] = true;
      }
    }
  }

 private:
  // How many channels of all samples, and places of each, before and after.
  struct Planes {
    int64_t count = 1, values = 1, places = 1;
    Planes(const hg_tensor& x, const hg_tensor& y) {
      for (int d = 0; d < x.ndim; ++d) {
        if (d < x.ndim - axes) {
          count *= x.shape[d];
        } else {
          values *= x.shape[d];
          places *= y.shape[d];
        }
      }
    }
  };

  // The output's size along grid axis d, where the input has n.
  static int64_t size(const Call& c, int d, int64_t n) {
    const int64_t kernel = setting(c, kernel_size, d), pad = setting(c, padding, d);
    const bool strided = !c.attr(stride).integers().empty();
    const int64_t step = strided ? setting(c, stride, d) : kernel;
    int64_t usual = 0;
    const bool fits = !__builtin_mul_overflow(n - 1, step, &usual) &&
                      !__builtin_add_overflow(usual, kernel - 2 * pad, &usual);
    require(fits, "axis ", d, " of the grid would have more places than 64 bits can count");
    auto wanted = c.attr(output_size).integers();
    int64_t size = usual;
    if (!wanted.empty()) {
      // As the sizes of the grid, or as a whole shape (N, C, sizes).
      const int given = int(wanted.size());
      require(given == 1 || given == axes || given == axes + 2, "output_size has ", given,
              " numbers; the grid has ", axes, " axes");
      size = wanted[given == 1 ? 0 : size_t(given - axes + d)];
      require(size > usual - step && size < usual + step, "output_size is ", size,
              " for axis ", d, " of the grid; windows of ", kernel, " with stride ", step,
              " make ", n, " of sizes from ", usual - step + 1, " to ", usual + step - 1);
    }
    require(size > 0, "axis ", d, " of the grid would have size ", size, " (kernel ",
            kernel, ", stride ", step, ", padding ", pad, ")");
    return size;
  }
};

template <int axes>
void describe(plugin::Plugin& p, const char* name, const char* doc,
              std::initializer_list<std::pair<const char*, const char*>> samples) {
  auto& op = p.op<MaxUnpool<axes>>(name);
  op.doc(doc)
      .formula("y[k[o]] = x[o], and 0 elsewhere")
      .in("input", "x: values of a max_pool")
      .in("indices", "k: i64, their places in the grid of each channel")
      .out("output")
      .nondiff_in({indices})
      .attr("kernel_size", HG_INTS, {2}, "the max_pool's", 1, window_limit)
      .attr("stride", HG_INTS, {}, "the max_pool's; none: kernel_size", 1, window_limit)
      .attr("padding", HG_INTS, {0}, "the max_pool's", 0, window_limit)
      .attr("output_size", HG_INTS, {}, "the grid's; none: the smallest that it may be");
  for (auto [inputs, attributes] : samples) op.sample(inputs, attributes);
  p.kernel<MaxUnpool<axes>, float, double>(name).keep_in({indices});
}

}  // namespace

void describe_max_unpool(plugin::Plugin& p) {
  describe<1>(p, "core.max_unpool1d", "values put back where max_pool1d found them",
              {{"normal[2,3,4] index(8)[2,3,4]", nullptr},
               {"normal[2,3] index(8)[2,3]",
                R"({"kernel_size":[3],"stride":[2],"padding":[1],"output_size":[6]})"}});
  describe<2>(p, "core.max_unpool2d", "values put back where max_pool2d found them",
              {{"normal[2,3,2,3] index(24)[2,3,2,3]", nullptr},
               {"normal[2,3,3] index(42)[2,3,3]",
                R"({"kernel_size":[3,2],"stride":[2],"output_size":[7,7]})"}});
  describe<3>(p, "core.max_unpool3d", "values put back where max_pool3d found them",
              {{"normal[1,2,2,1,2] index(32)[1,2,2,1,2]", nullptr}});
}

}  // namespace ops

// ---- the faces --------------------------------------------------------------------------

namespace nn {

Tensor functional::max_unpool1d(const Tensor& x, const Tensor& indices,
                                const PerAxis& kernel_size, const PerAxis& stride,
                                const PerAxis& padding, const PerAxis& output_size) {
  static constinit const Op op("core.max_unpool1d");
  return run(
      op, {&x, &indices},
      {kernel_size.values(), stride.values(), padding.values(), output_size.values()});
}

Tensor functional::max_unpool2d(const Tensor& x, const Tensor& indices,
                                const PerAxis& kernel_size, const PerAxis& stride,
                                const PerAxis& padding, const PerAxis& output_size) {
  static constinit const Op op("core.max_unpool2d");
  return run(
      op, {&x, &indices},
      {kernel_size.values(), stride.values(), padding.values(), output_size.values()});
}

Tensor functional::max_unpool3d(const Tensor& x, const Tensor& indices,
                                const PerAxis& kernel_size, const PerAxis& stride,
                                const PerAxis& padding, const PerAxis& output_size) {
  static constinit const Op op("core.max_unpool3d");
  return run(
      op, {&x, &indices},
      {kernel_size.values(), stride.values(), padding.values(), output_size.values()});
}

}  // namespace nn
}  // namespace hg
