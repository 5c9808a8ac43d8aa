// conv: a small pattern of weights is compared with every place of a grid.
//
// Forward.  An image x is (C,H,W): C channels of H x W numbers. The weights w (K,C,R,S) are
// K kernels, each with R x S taps for every channel; y is (K,P,Q), one map for each kernel.
// Its windows (p,q) slide over x, and tap (r,s) of one lies on
//
//     h = p stride - padding + r dilation,    w likewise from q and s
//
//     y[k,p,q] = b[k] + sum_{c,r,s} w[k,c,r,s] x[c,h,w]      (x is 0 outside the image)
//
//   (That is a cross-correlation. A convolution in mathematics turns the kernel by half a
//   circle first; as the weights are learned, they come out turned, and nobody minds.)
//
//   Which x meets which w does not depend on k, so it is written down once: im2col.hpp
//   makes each window a column of a matrix col. With j = (c,r,s) and i = (p,q) the sum is
//   that of a matrix product, and those are fast:
//
//     y[k,i] = b[k] + sum_j w[k,j] col[j,i]                    y = w col + b
//
// Backward.  Given dy[k,i] = dL/dy[k,i]. col[j,i] acts on y through every kernel at its
// own window, w[k,j] through every window at its own kernel, b[k] through every window:
//
//     dL/dcol[j,i] = sum_k w[k,j] dy[k,i]                   dcol = w^T dy
//     dL/dx[c,h,w] = the sum of dcol over all copies of x[c,h,w]: col2im      (*)
//     dL/dw[k,j]   = sum_n sum_i dy[n,k,i] col[n,j,i]         dw = dy col^T   (*)
//     dL/db[k]     = sum_n sum_i dy[n,k,i]                                    (*)
//
//   Samples n share the weights, so their gradients add up over them.
//
//   Check by thought: a kernel with one tap and stride 1 has col = x, and what is left is
//   `linear` at each place. And if x is all ones and nothing is padded, col is all ones and
//   dw[k,j] = db[k] for every j: a bias is the weight of an input that is always 1.
//
// Groups.  The channels of x, and the kernels, come in `groups` equal parts; part g of y
// looks at part g of x only, and w is (K, C/groups, R, S). Each group of each sample is
// then a convolution of its own. With groups = C every channel has kernels to itself
// (depthwise).
//
// col is R S times as large as x, so it exists for one group of one sample at a time, and
// is made again in the backward pass. Saved for backward: x if w wants a gradient, w if x
// does (HG_KEEP_CROSSWISE).
#include "ops/conv.hpp"

#include "nn/functional.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Input { input, weight, bias };
enum Attribute { stride, padding, dilation, groups };

template <int G>
const char* weight_text() {
  static const char* const texts[] = {"(K,C/groups,R)", "(K,C/groups,R,S)",
                                      "(K,C/groups,R,S,T), with a kernel of three axes"};
  return texts[G - 1];
}

template <int G>
struct Conv {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(input), &w = c.in(weight);
    require_input_and_weight<G>(c, weight_text<G>());
    const int64_t C = channels_of<G>(x), K = w.shape[0], n = c.attr(groups).integer();
    require_bias(c, K);
    require(K % n == 0, "weight is ", shape_text(w), ": its ", K,
            " kernels do not fall into ", n, " equal groups");
    if (C % n != 0 || C / n != w.shape[1]) {
      require(false, "input is ", shape_text(x), " with ", C, " channels, weight is ",
              shape_text(w), ": with groups = ", n, " it is for ", w.shape[1] * n,
              " channels", hint(x, w, n));
    }
    const Windows windows = windows_of(c);
    require(windows.fit(), "input is ", shape_text(x), ", kernel ",
            ListText{grid_of<G>(w)}, " with dilation ",
            ListText{c.attr(dilation).integers()}, " spans ", ListText{windows.span(G)},
            " places: more than the grid and its padding ",
            ListText{c.attr(padding).integers()}, " have");
    c.like(0, x);
    c.out(0).shape[x.ndim - G - 1] = K;
    std::ranges::copy(windows.count(G), c.out(0).shape + x.ndim - G);
    // These throw if there are more elements than can be counted.
    shape_of(c.out(0)).numel();
    windows.require_countable(w.shape[1]);
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
        im2col(s.windows, s.C, x + t * s.x_size(), col.data());
        T* out = y + t * s.K * s.I;
        for (int64_t k = 0; k < s.K; ++k) {
          std::fill_n(out + k * s.I, s.I, b ? b[g * s.K + k] : T(0));
        }
        c.gemm<T>(false, false, s.K, s.I, s.J, 1, w + g * s.K * s.J, s.J, col.data(), s.I,
                  1, out, s.I);
      }
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Sizes s(c);
    const T *x = c.in<T>(input), *w = c.in<T>(weight), *dy = c.dout<T>(0);
    if (c.wants(input)) {
      T* dx = c.din<T>(input);
      if (!c.adds(input)) std::fill_n(dx, hg_numel(&c.din(input)), T(0));
      c.parallel(s.N * s.groups, 1, [&](int64_t begin, int64_t end) {
        std::vector<T> dcol(size_t(s.J * s.I));
        for (int64_t t = begin; t < end; ++t) {
          const int64_t g = t % s.groups;
          c.gemm<T>(true, false, s.J, s.I, s.K, 1, w + g * s.K * s.J, s.J,
                    dy + t * s.K * s.I, s.I, 0, dcol.data(), s.I);
          col2im(s.windows, s.C, dcol.data(), dx + t * s.x_size());  // (*)
        }
      });
    }
    if (c.wants(weight)) {
      T* dw = c.din<T>(weight);
      if (!c.adds(weight)) std::fill_n(dw, hg_numel(&c.din(weight)), T(0));
      // Samples one after the other, so that the sum is the same each time.
      c.parallel(s.groups, 1, [&](int64_t begin, int64_t end) {
        std::vector<T> col(size_t(s.J * s.I));
        for (int64_t n = 0; n < s.N; ++n) {
          for (int64_t g = begin; g < end; ++g) {
            const int64_t t = n * s.groups + g;
            im2col(s.windows, s.C, x + t * s.x_size(), col.data());
            c.gemm<T>(false, true, s.K, s.J, s.I, 1, dy + t * s.K * s.I, s.I, col.data(),
                      s.I, 1, dw + g * s.K * s.J, s.J);  // (*)
          }
        }
      });
    }
    if (c.given(bias) && c.wants(bias)) {
      conv_bias_gradient<T>(c, s.N, s.K * s.groups, s.I);  // (*)
    }
  }

 private:
  static Windows windows_of(const Call& c) {
    return {grid_of<G>(c.in(input)), grid_of<G>(c.in(weight)), c.attr(stride).integers(),
            c.attr(padding).integers(), c.attr(dilation).integers()};
  }

  struct Sizes {
    explicit Sizes(const Call& c)
        : windows(windows_of(c)),
          N(samples_of<G>(c.in(input))),
          groups(c.attr(Attribute::groups).integer()),
          C(c.in(weight).shape[1]),
          K(c.in(weight).shape[0] / groups),
          J(C * windows.taps()),
          I(windows.windows()) {}
    const Windows windows;
    const int64_t N, groups;  // samples, groups in each
    const int64_t C, K;       // channels and kernels of a group
    const int64_t J, I;       // rows and columns of its col
    int64_t x_size() const { return C * windows.places(); }
  };

  static std::string hint(const hg_tensor& x, const hg_tensor& w, int64_t n) {
    const int64_t C = channels_of<G>(x), wanted = w.shape[1] * n;
    if (wanted > 0 && x.shape[x.ndim - 1] == wanted) {
      return "\n  hint: channels stand before the grid, and the last axis has " +
             std::to_string(wanted) + "; permute() or movedim() can bring it there";
    }
    if (wanted == 1 && x.ndim == G + 1) {
      return "\n  hint: unsqueeze(1) gives each sample its one channel";
    }
    const int64_t fitting = w.shape[1] > 0 && C % w.shape[1] == 0 ? C / w.shape[1] : 0;
    if (fitting > 0 && w.shape[0] % fitting == 0) {
      return "\n  hint: groups = " + std::to_string(fitting) + " would fit";
    }
    return {};
  }
};

template <int G>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name, const char* formula) {
  p.kernel<Conv<G>, float, double>(name).keep_in({input, weight}).flags(
      HG_ACCUMULATES | HG_KEEP_CROSSWISE);
  return p.op<Conv<G>>(name)
      .doc("cross-correlation with kernels that slide over a grid")
      .formula(formula)
      .in("input", samples_text(G))
      .in("weight", weight_text<G>())
      .optional_in("bias", "(K)")
      .out("output", "K channels; each size floor((size + 2 padding - span)/stride) + 1")
      .attr("stride", HG_INTS, each_axis<G>(1), "places from window to window", 1)
      .attr("padding", HG_INTS, each_axis<G>(0), "zeros at both ends of an axis", 0)
      .attr("dilation", HG_INTS, each_axis<G>(1), "places from tap to tap", 1)
      .attr("groups", HG_INT, 1, "parts that see only their part of the channels", 1);
}

}  // namespace

void describe_conv(plugin::Plugin& p) {
  describe<1>(p, "core.conv1d",
              "y[n,k,p] = b[k] + sum_{c,r} w[k,c,r] x[n,c,l] with l = p stride - padding + "
              "r dilation")
      .sample("normal[2,3,7] normal[4,3,3] normal[4]")
      .sample("normal[2,4,9] normal[6,2,2] none",
              R"({"stride":[2],"padding":[3],"dilation":[2],"groups":2})")
      .sample("normal[3,5] normal[2,3,5] normal[2]");
  describe<2>(p, "core.conv2d",
              "y[n,k,p,q] = b[k] + sum_{c,r,s} w[k,c,r,s] x[n,c,h,w] with h = p stride - "
              "padding + r dilation, w likewise")
      .sample("normal[2,3,5,4] normal[4,3,3,2] normal[4]")
      .sample("normal[2,4,6,7] normal[6,2,3,3] normal[6]",
              R"({"stride":[2,1],"padding":[1,2],"dilation":[1,2],"groups":2})")
      .sample("normal[3,3,4,4] normal[3,1,3,3] none", R"({"padding":[1,1],"groups":3})")
      .sample("normal[2,3,3] normal[5,2,1,1] normal[5]", R"({"stride":[2,2]})")
      .sample("normal[0,2,3,3] normal[3,2,2,2] normal[3]");
  describe<3>(p, "core.conv3d",
              "y[n,k,o,p,q] = b[k] + sum_{c,r,s,t} w[k,c,r,s,t] x[n,c,d,h,w] with d = o "
              "stride - padding + r dilation, h and w likewise")
      .sample("normal[2,2,3,4,3] normal[3,2,2,3,2] normal[3]")
      .sample("normal[1,4,3,5,4] normal[4,1,2,2,3] none",
              R"({"stride":[1,2,1],"padding":[1,0,2],"dilation":[2,1,2],"groups":4})")
      .sample("normal[2,3,2,2] normal[2,2,1,2,1] normal[2]");
}

namespace {

// padding = "same": the windows need dilation (kernel-1) zeros altogether, half of them at
// each end. An odd one goes behind, and is added to x here.
Shape same_padding(int axes, Tensor& x, const Tensor& weight, const Shape& stride,
                   const Shape& dilation) {
  if (std::ranges::any_of(stride, [](int64_t s) { return s != 1; })) {
    throw Error("conv" + std::to_string(axes) + "d",
                "padding is \"same\" and stride " + stride.to_string() +
                    ": a size can stay the same with stride 1 only",
                "give the padding as numbers");
  }
  Shape padding = nn::PerAxis(0).over(axes, "padding"), behind;
  if (weight.dim() != axes + 2 || x.dim() < axes) return padding;  // conv will object
  bool odd = false;
  for (int d = axes - 1; d >= 0; --d) {
    int64_t zeros = std::max<int64_t>(0, weight.size(2 + d) - 1);
    if (__builtin_mul_overflow(zeros, dilation[d], &zeros)) return padding;  // and to this
    padding[d] = zeros / 2;
    behind.push_back(0);
    behind.push_back(zeros % 2);
    odd |= zeros % 2 == 1;
  }
  if (odd) x = nn::functional::pad(x, behind);
  return padding;
}

Tensor conv(const Op& op, int axes, Tensor x, const Tensor& weight, const Tensor& bias,
            const nn::PerAxis& stride, const nn::Padding& padding,
            const nn::PerAxis& dilation, int64_t groups) {
  const Shape steps = stride.over(axes, "stride"), apart = dilation.over(axes, "dilation");
  const Shape zeros = padding.same() ? same_padding(axes, x, weight, steps, apart)
                      : padding.given()
                          ? padding.over(axes, "padding")
                          : nn::PerAxis(0).over(axes, "padding");
  return run(op, {&x, &weight, &bias}, {steps, zeros, apart, groups});
}

}  // namespace
}  // namespace ops

Tensor nn::functional::conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                              const PerAxis& stride, const Padding& padding,
                              const PerAxis& dilation, int64_t groups) {
  static constinit const Op op("core.conv1d");
  return ops::conv(op, 1, x, weight, bias, stride, padding, dilation, groups);
}

Tensor nn::functional::conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                              const PerAxis& stride, const Padding& padding,
                              const PerAxis& dilation, int64_t groups) {
  static constinit const Op op("core.conv2d");
  return ops::conv(op, 2, x, weight, bias, stride, padding, dilation, groups);
}

Tensor nn::functional::conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                              const PerAxis& stride, const Padding& padding,
                              const PerAxis& dilation, int64_t groups) {
  static constinit const Op op("core.conv3d");
  return ops::conv(op, 3, x, weight, bias, stride, padding, dilation, groups);
}

}  // namespace hg
