// im2col and col2im (unfold and fold): windows over an image as columns, and back.
//
// Forward.  im2col takes x (N,C,H,W) apart: with J = C R S taps and I = P Q windows,
//
//     col[n,j,i] = x[n,c,h,w],  j = (c,r,s),  i = (p,q)
//     h = p stride - padding + r dilation,    w likewise from q and s
//
//   and 0 where that lies outside the image. col2im puts together: x[n,c,h,w] is the sum of
//   all col[n,j,i] that im2col would copy from there. im2col.hpp has the details.
//
// Backward.  Each copy of x[c,h,w] is a path with factor 1, so
//
//     of im2col:    dx   = col2im(dcol)                                         (*)
//     of col2im:    dcol = im2col(dx)                                           (*)
//
//   Check by thought: both are linear, and "col[j,i] is a copy of x[c,h,w]" is one relation
//   read in two directions. So col2im is the transpose of im2col, and not its inverse:
//   col2im(im2col(x)) is x times the number of windows that see each place.
//
// Saved for backward: nothing.
#include "nn/functional.hpp"
#include "ops/conv.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

// What both need of a call, when `first` is the attribute kernel_size; dilation, padding
// and stride follow it.
Windows windows_of(const Call& c, Windows::List grid, uint32_t first) {
  const Windows windows(grid, c.attr(first).integers(), c.attr(first + 3).integers(),
                        c.attr(first + 2).integers(), c.attr(first + 1).integers());
  require(windows.fit(), "kernel ", ListText{c.attr(first).integers()}, " with dilation ",
          ListText{c.attr(first + 1).integers()}, " spans ", ListText{windows.span(2)},
          " places: more than the grid ", ListText{grid}, " and its padding ",
          ListText{c.attr(first + 2).integers()}, " have");
  return windows;
}

// Both functions for N samples of C channels on a grid.
struct Samples {
  int64_t N, C;
  Windows windows;

  template <class T>
  void take_apart(const Call& c, const T* x, T* col) const {
    each(c, [&](int64_t n) { im2col(windows, C, x + n * x_size(), col + n * col_size()); });
  }
  template <class T>
  void put_together(const Call& c, const T* col, T* x, bool add) const {
    each(c, [&](int64_t n) {
      if (!add) std::fill_n(x + n * x_size(), x_size(), T(0));
      col2im(windows, C, col + n * col_size(), x + n * x_size());
    });
  }

 private:
  int64_t x_size() const { return C * windows.places(); }
  int64_t col_size() const { return C * windows.taps() * windows.windows(); }
  template <class F>
  void each(const Call& c, const F& f) const {
    c.parallel(N, 1, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) f(n);
    });
  }
};

struct Im2col {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(x.ndim == 3 || x.ndim == 4, "input is ", shape_text(x),
            ": it must be (N,C,H,W), or (C,H,W)");
    for (int d = x.ndim - 3; d < x.ndim; ++d) {
      require(x.shape[d] > 0, "input is ", shape_text(x), ": only N may be 0");
    }
    const Samples s = samples(c);
    s.windows.require_countable(s.C);
    const int64_t shape[] = {s.N, s.C * s.windows.taps(), s.windows.windows()};
    c.shape(0, std::span(shape).last(size_t(x.ndim - 1)), x);
    shape_of(c.out(0)).numel();
  }
  template <class T>
  static void forward(Call& c) {
    samples(c).take_apart(c, c.in<T>(0), c.out<T>(0));
  }
  template <class T>
  static void backward(Call& c) {
    samples(c).put_together(c, c.dout<T>(0), c.din<T>(0), c.adds(0));  // (*)
  }

 private:
  static Samples samples(const Call& c) {
    const hg_tensor& x = c.in(0);
    return {samples_of<2>(x), channels_of<2>(x), windows_of(c, grid_of<2>(x), 0)};
  }
};

struct Col2im {
  static void infer(Call& c) {
    const hg_tensor& col = c.in(0);
    const auto size = c.attr(0).integers();
    require(col.ndim == 2 || col.ndim == 3, "input is ", shape_text(col),
            ": it must be (N, C * taps of the kernel, windows), or one sample without N");
    require(size.size() == 2, "output_size is ", ListText{size}, ": it is (H,W)");
    const Windows windows = windows_of(c, size, 1);
    windows.require_countable(1);
    const int64_t J = col.shape[col.ndim - 2], I = col.shape[col.ndim - 1];
    require(J > 0 && J % windows.taps() == 0, "input is ", shape_text(col), ": its ", J,
            " rows do not fall into channels with the ", windows.taps(),
            " taps of the kernel ", ListText{c.attr(1).integers()});
    require(I == windows.windows(), "input is ", shape_text(col), ": it has ", I,
            " columns, and on a grid of ", ListText{size}, " there are ",
            ListText{windows.count(2)}, " windows, which is ", windows.windows());
    const int64_t shape[] = {col.shape[0], J / windows.taps(), size[0], size[1]};
    c.shape(0, std::span(shape).last(size_t(col.ndim + 1)), col);
    shape_of(c.out(0)).numel();
  }
  template <class T>
  static void forward(Call& c) {
    samples(c).put_together(c, c.in<T>(0), c.out<T>(0), false);
  }
  template <class T>
  static void backward(Call& c) {
    samples(c).take_apart(c, c.dout<T>(0), c.din<T>(0));  // (*)
  }

 private:
  static Samples samples(const Call& c) {
    const hg_tensor& x = c.out(0);
    return {samples_of<2>(x), channels_of<2>(x), windows_of(c, c.attr(0).integers(), 1)};
  }
};

plugin::OpBuilder& settings(plugin::OpBuilder& op) {
  return op.attr("kernel_size", HG_INTS, each_axis<2>(1), "(R,S)", 1)
      .attr("dilation", HG_INTS, each_axis<2>(1), "places from tap to tap", 1)
      .attr("padding", HG_INTS, each_axis<2>(0), "zeros at both ends of an axis", 0)
      .attr("stride", HG_INTS, each_axis<2>(1), "places from window to window", 1);
}

}  // namespace

void describe_im2col(plugin::Plugin& p) {
  settings(p.op<Im2col>("core.im2col")
               .doc("windows over an image as the columns of a matrix (unfold)")
               .formula("col[n,(c,r,s),(p,q)] = x[n,c,h,w] with h = p stride - padding + r "
                        "dilation, w likewise")
               .in("input", "(N,C,H,W)")
               .out("output", "(N, C R S, windows)"))
      .sample("normal[2,3,4,5]", R"({"kernel_size":[2,3]})")
      .sample("normal[3,5,4]", R"({"kernel_size":[3,2],"dilation":[1,2],"padding":[2,1],
                                   "stride":[2,1]})")
      .sample("normal[0,2,3,3]", R"({"kernel_size":[2,2]})");
  p.kernel<Im2col, float, double>("core.im2col").flags(HG_ACCUMULATES);
  settings(p.op<Col2im>("core.col2im")
               .doc("columns added up where windows over an image took them from (fold)")
               .formula("x[n,c,h,w] = sum of col[n,(c,r,s),(p,q)] over h = p stride - "
                        "padding + r dilation, w likewise")
               .in("input", "(N, C R S, windows)")
               .out("output", "(N,C,H,W)")
               .attr("output_size", HG_INTS, {}, "(H,W)", 1))
      .sample("normal[2,12,9]", R"({"output_size":[4,4],"kernel_size":[2,2]})")
      .sample("normal[6,16]", R"({"output_size":[5,4],"kernel_size":[3,2],
                                  "dilation":[1,2],"padding":[2,1],"stride":[2,1]})")
      .sample("normal[0,4,4]", R"({"output_size":[3,3],"kernel_size":[2,2]})");
  p.kernel<Col2im, float, double>("core.col2im");
}

}  // namespace ops

Tensor nn::functional::unfold(const Tensor& x, const PerAxis& kernel_size,
                              const PerAxis& dilation, const PerAxis& padding,
                              const PerAxis& stride) {
  static constinit const Op op("core.im2col");
  return run(op, {&x}, {kernel_size.over(2, "kernel_size"), dilation.over(2, "dilation"),
                        padding.over(2, "padding"), stride.over(2, "stride")});
}

Tensor nn::functional::fold(const Tensor& x, const PerAxis& output_size,
                            const PerAxis& kernel_size, const PerAxis& dilation,
                            const PerAxis& padding, const PerAxis& stride) {
  static constinit const Op op("core.col2im");
  return run(op, {&x}, {output_size.over(2, "output_size"),
                        kernel_size.over(2, "kernel_size"), dilation.over(2, "dilation"),
                        padding.over(2, "padding"), stride.over(2, "stride")});
}

}  // namespace hg
