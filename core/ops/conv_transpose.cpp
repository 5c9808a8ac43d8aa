// conv_transpose: the gradient of a convolution as a layer, which makes grids larger.
//
// Forward.  x is (C,H,W), the weights w are (C,K,R,S), y is (K,P,Q). Where `conv` collects,
// this one distributes: each x[c,h,w] puts x[c,h,w] times the kernels w[c] down on y, and
// what lands on the same place adds up. Tap (r,s) of it lands on
//
//     p = h stride - padding + r dilation,    q likewise from w and s
//
//     y[k,p,q] = b[k] + sum of x[c,h,w] w[c,k,r,s] over c and all (h,w), (r,s) that lead
//                to (p,q)
//
//   With j = (k,r,s) and i = (h,w) the products are columns, and col2im (im2col.hpp) adds
//   them up where they belong. What falls outside y, into the padding, is dropped:
//
//     col[j,i] = sum_c w[c,j] x[c,i]                        col = w^T x
//     y        = col2im(col) + b
//
//   That is dL/dx of `conv`, letter by letter, with x in the place of dy: conv maps a grid
//   of the size of y to one of the size of x with the matrix that im2col and w make, and
//   this maps back with the transpose of that matrix (not with its inverse: conv_transpose
//   restores the size, not the values).
//
//   With a stride above 1, conv makes the same size from several: floor((6-2)/2) + 1 and
//   floor((7-2)/2) + 1 are both 3. The smallest is taken here, and output_padding adds to
//   it, at the end of the axis:
//
//     P = (H-1) stride - 2 padding + dilation (R-1) + 1 + output_padding
//
// Backward.  Given dy. Each col[j,i] went to one place of y, or nowhere, so its gradient is
// what stands there, or 0: dcol = im2col(dy). Then, as of any product,
//
//     dL/dx[c,i] = sum_j w[c,j] dcol[j,i]                    dx = w dcol       (*)
//     dL/dw[c,j] = sum_n sum_i x[n,c,i] dcol[n,j,i]          dw = x dcol^T     (*)
//     dL/db[k]   = sum_n sum_p,q dy[n,k,p,q]                                   (*)
//
//   Check by thought: dx = w im2col(dy) is `conv` of dy with the same weights, as it must
//   be: who transposes twice is back.
//
// Groups.  Part g of x reaches part g of y only; w is (C, K/groups, R, S).
//
// Saved for backward: x if w wants a gradient, w if x does (HG_KEEP_CROSSWISE).
#include "nn/functional.hpp"
#include "ops/conv.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Input { input, weight, bias };
enum Attribute { stride, padding, output_padding, groups, dilation };

template <int G>
const char* weight_text() {
  static const char* const texts[] = {"(C,K/groups,R)", "(C,K/groups,R,S)",
                                      "(C,K/groups,R,S,T), with a kernel of three axes"};
  return texts[G - 1];
}

template <int G>
struct ConvTranspose {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(input), &w = c.in(weight);
    require_input_and_weight<G>(c, weight_text<G>());
    const int64_t C = channels_of<G>(x), n = c.attr(groups).integer();
    require(w.shape[0] % n == 0, "weight is ", shape_text(w), ": its ", w.shape[0],
            " input channels do not fall into ", n, " equal groups");
    require(C == w.shape[0], "input is ", shape_text(x), " with ", C,
            " channels, weight is ", shape_text(w), " for ", w.shape[0],
            C == w.shape[1] && n == 1
                ? "\n  hint: here a weight is (input channels, output channels, ...), the "
                  "other way round from conv's"
                : "");
    int64_t K = 0;
    require(!__builtin_mul_overflow(w.shape[1], n, &K), "weight ", shape_text(w), " for ",
            n, " groups: more channels than can be counted");
    require_bias(c, K);
    for (auto k : {stride, padding, output_padding, dilation}) {
      static const char* const names[] = {"stride", "padding", "output_padding", "groups",
                                          "dilation"};
      const auto list = c.attr(k).integers();
      require(list.size() == G, names[k], " is ", ListText{list}, ": the grid ",
              ListText{grid_of<G>(x)}, " needs ", G,
              G == 1 ? " number" : " numbers, one for each axis");
    }
    c.like(0, x);
    c.out(0).shape[x.ndim - G - 1] = K;
    for (int d = 0; d < G; ++d) c.out(0).shape[x.ndim - G + d] = size(c, d);
    // These throw if there are more elements than can be counted.
    shape_of(c.out(0)).numel();
    windows_of(c).require_countable(w.shape[1]);
  }

  template <class T>
  static void forward(Call& c) {
    const Sizes s(c);
    const T *x = c.in<T>(input), *w = c.in<T>(weight);
    const T* b = c.given(bias) ? c.in<T>(bias) : nullptr;
    T* y = c.out<T>(0);
    c.parallel(s.N * s.groups, 1, [&](int64_t begin, int64_t end) {
      std::vector<T> col(size_t(s.J * s.I));
      for (int64_t t = begin; t < end; ++t) {  // group g of sample n: t = n*groups + g
        const int64_t g = t % s.groups;
        c.gemm<T>(true, false, s.J, s.I, s.C, 1, w + g * s.C * s.J, s.J, x + t * s.C * s.I,
                  s.I, 0, col.data(), s.I);
        T* out = y + t * s.y_size();
        for (int64_t k = 0; k < s.K; ++k) {
          std::fill_n(out + k * s.places(), s.places(), b ? b[g * s.K + k] : T(0));
        }
        col2im(s.windows, s.K, col.data(), out);
      }
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Sizes s(c);
    const T *x = c.in<T>(input), *w = c.in<T>(weight), *dy = c.dout<T>(0);
    if (c.wants(input)) {
      T* dx = c.din<T>(input);
      const double beta = c.adds(input) ? 1 : 0;
      c.parallel(s.N * s.groups, 1, [&](int64_t begin, int64_t end) {
        std::vector<T> dcol(size_t(s.J * s.I));
        for (int64_t t = begin; t < end; ++t) {
          const int64_t g = t % s.groups;
          im2col(s.windows, s.K, dy + t * s.y_size(), dcol.data());
          c.gemm<T>(false, false, s.C, s.I, s.J, 1, w + g * s.C * s.J, s.J, dcol.data(),
                    s.I, beta, dx + t * s.C * s.I, s.I);  // (*)
        }
      });
    }
    if (c.wants(weight)) {
      T* dw = c.din<T>(weight);
      if (!c.adds(weight)) std::fill_n(dw, hg_numel(&c.din(weight)), T(0));
      // Samples one after the other, so that the sum is the same each time.
      c.parallel(s.groups, 1, [&](int64_t begin, int64_t end) {
        std::vector<T> dcol(size_t(s.J * s.I));
        for (int64_t n = 0; n < s.N; ++n) {
          for (int64_t g = begin; g < end; ++g) {
            const int64_t t = n * s.groups + g;
            im2col(s.windows, s.K, dy + t * s.y_size(), dcol.data());
            c.gemm<T>(false, true, s.C, s.J, s.I, 1, x + t * s.C * s.I, s.I, dcol.data(),
                      s.I, 1, dw + g * s.C * s.J, s.J);  // (*)
          }
        }
      });
    }
    if (c.given(bias) && c.wants(bias)) {
      conv_bias_gradient<T>(c, s.N, s.K * s.groups, s.places());  // (*)
    }
  }

 private:
  // P, the size of y along axis d of the grid.
  static int64_t size(const Call& c, int d) {
    const int64_t n = grid_of<G>(c.in(input))[size_t(d)];
    const int64_t k = grid_of<G>(c.in(weight))[size_t(d)];
    auto setting = [&](uint32_t a) { return c.attr(a).integers()[size_t(d)]; };
    const int64_t extra = setting(output_padding);
    require(extra < std::max(setting(stride), setting(dilation)), "output_padding is ",
            extra, ": it must be smaller than the stride, ", setting(stride),
            ", or the dilation, ", setting(dilation));
    int64_t size = 0, span = 0, cut = 0;
    const bool counts = !__builtin_mul_overflow(n - 1, setting(stride), &size) &&
                        !__builtin_mul_overflow(k - 1, setting(dilation), &span) &&
                        !__builtin_mul_overflow(setting(padding), 2, &cut) &&
                        !__builtin_add_overflow(size, span, &size) &&
                        !__builtin_add_overflow(size, extra + 1, &size);
    require(counts, "input is ", shape_text(c.in(input)), ", weight ",
            shape_text(c.in(weight)), ": the result is larger than can be counted");
    require(size > cut, "input is ", shape_text(c.in(input)), ", weight ",
            shape_text(c.in(weight)), ": the grid of the result has ", size,
            " places along axis ", d, ", of which padding ", setting(padding),
            " takes away ", cut);
    return size - cut;
  }

  // Windows over y, one for each place of x.
  static Windows windows_of(const Call& c) {
    Windows windows(grid_of<G>(c.out(0)), grid_of<G>(c.in(weight)),
                    c.attr(stride).integers(), c.attr(padding).integers(),
                    c.attr(dilation).integers());
    windows.set_count(grid_of<G>(c.in(input)));
    return windows;
  }

  struct Sizes {
    explicit Sizes(const Call& c)
        : windows(windows_of(c)),
          N(samples_of<G>(c.in(input))),
          groups(c.attr(Attribute::groups).integer()),
          C(c.in(weight).shape[0] / groups),
          K(c.in(weight).shape[1]),
          J(K * windows.taps()),
          I(windows.windows()) {}
    const Windows windows;
    const int64_t N, groups;  // samples, groups in each
    const int64_t C, K;       // channels of x and of y in a group
    const int64_t J, I;       // rows and columns of its col
    int64_t places() const { return windows.places(); }
    int64_t y_size() const { return K * windows.places(); }
  };
};

template <int G>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name, const char* formula) {
  p.kernel<ConvTranspose<G>, float, double>(name).keep_in({input, weight}).flags(
      HG_ACCUMULATES | HG_KEEP_CROSSWISE);
  return p.op<ConvTranspose<G>>(name)
      .doc("the transpose of a convolution: each place puts down its multiple of a kernel")
      .formula(formula)
      .in("input", samples_text(G))
      .in("weight", weight_text<G>())
      .optional_in("bias", "(K)")
      .out("output", "K channels; each size (size-1) stride - 2 padding + dilation "
                     "(kernel-1) + 1 + output_padding")
      .attr("stride", HG_INTS, each_axis<G>(1), "places from kernel to kernel", 1)
      .attr("padding", HG_INTS, each_axis<G>(0), "places cut off at both ends", 0)
      .attr("output_padding", HG_INTS, each_axis<G>(0), "places added at the end", 0)
      .attr("groups", HG_INT, 1, "parts that reach only their part of the channels", 1)
      .attr("dilation", HG_INTS, each_axis<G>(1), "places from tap to tap", 1);
}

}  // namespace

void describe_conv_transpose(plugin::Plugin& p) {
  describe<1>(p, "core.conv_transpose1d",
              "y[n,k,p] = b[k] + sum of x[n,c,l] w[c,k,r] over p = l stride - padding + r "
              "dilation")
      .sample("normal[2,3,4] normal[3,2,3] normal[2]")
      .sample("normal[2,4,5] normal[4,3,3] none",
              R"({"stride":[3],"padding":[1],"output_padding":[2],"groups":2})")
      .sample("normal[2,5] normal[2,3,2] normal[3]", R"({"dilation":[2]})");
  describe<2>(p, "core.conv_transpose2d",
              "y[n,k,p,q] = b[k] + sum of x[n,c,h,w] w[c,k,r,s] over p = h stride - "
              "padding + r dilation, q likewise")
      .sample("normal[2,3,3,4] normal[3,2,2,3] normal[2]")
      .sample("normal[2,4,3,2] normal[4,3,3,2] normal[6]",
              R"({"stride":[2,1],"padding":[1,2],"output_padding":[1,1],"groups":2,
                  "dilation":[1,3]})")
      .sample("normal[3,3,3] normal[3,1,2,2] none", R"({"groups":3,"stride":[2,2]})")
      .sample("normal[0,2,3,3] normal[2,3,2,2] normal[3]");
  describe<3>(p, "core.conv_transpose3d",
              "y[n,k,o,p,q] = b[k] + sum of x[n,c,d,h,w] w[c,k,r,s,t] over o = d stride - "
              "padding + r dilation, p and q likewise")
      .sample("normal[2,2,2,3,2] normal[2,3,2,1,3] normal[3]")
      .sample("normal[1,2,2,2,3] normal[2,1,3,2,2] none",
              R"({"stride":[2,1,3],"padding":[1,0,1],"output_padding":[1,0,2],"groups":2,
                  "dilation":[1,2,1]})");
}

namespace {

Tensor conv_transpose(const Op& op, int axes, const Tensor& x, const Tensor& weight,
                      const Tensor& bias, const nn::PerAxis& stride,
                      const nn::PerAxis& padding, const nn::PerAxis& output_padding,
                      int64_t groups, const nn::PerAxis& dilation) {
  return run(op, {&x, &weight, &bias},
             {stride.over(axes, "stride"), padding.over(axes, "padding"),
              output_padding.over(axes, "output_padding"), groups,
              dilation.over(axes, "dilation")});
}

}  // namespace
}  // namespace ops

Tensor nn::functional::conv_transpose1d(const Tensor& x, const Tensor& weight,
                                        const Tensor& bias, const PerAxis& stride,
                                        const PerAxis& padding,
                                        const PerAxis& output_padding, int64_t groups,
                                        const PerAxis& dilation) {
  static constinit const Op op("core.conv_transpose1d");
  return ops::conv_transpose(op, 1, x, weight, bias, stride, padding, output_padding,
                             groups, dilation);
}

Tensor nn::functional::conv_transpose2d(const Tensor& x, const Tensor& weight,
                                        const Tensor& bias, const PerAxis& stride,
                                        const PerAxis& padding,
                                        const PerAxis& output_padding, int64_t groups,
                                        const PerAxis& dilation) {
  static constinit const Op op("core.conv_transpose2d");
  return ops::conv_transpose(op, 2, x, weight, bias, stride, padding, output_padding,
                             groups, dilation);
}

Tensor nn::functional::conv_transpose3d(const Tensor& x, const Tensor& weight,
                                        const Tensor& bias, const PerAxis& stride,
                                        const PerAxis& padding,
                                        const PerAxis& output_padding, int64_t groups,
                                        const PerAxis& dilation) {
  static constinit const Op op("core.conv_transpose3d");
  return ops::conv_transpose(op, 3, x, weight, bias, stride, padding, output_padding,
                             groups, dilation);
}

}  // namespace hg
