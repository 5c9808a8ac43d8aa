// dropout: some elements of a hidden layer are left out, others in every step.
//
// Forward.  Each element draws its own m[i]: 0 with probability p, else 1.
//
//     y[i] = s m[i] x[i]        s = 1/(1 - p)
//
//   The expectation of m[i] is 1 - p, so s makes that of y[i] equal to x[i]: the layer
//   behind sees sums of the size it will see when nothing is dropped any more.
//
//   m[i] is 0 where word i of the random stream is below p 2^32. A stream is a function of
//   (seed, i), so every device and any number of threads draw the same m.
//
// Backward.  m does not depend on x:
//
//     dL/dx[i] = s m[i] dy[i]                                                 (*)
//
//   Check by thought: an element that was left out had no part in L, and learns nothing.
//
// Saved for backward: nothing. The seed is the same in both passes, so m is drawn again: it
// would take a byte of memory for each element, and ten rounds of multiplication are
// cheaper than storing it and fetching it back.
//
// dropout1d, 2d and 3d leave out whole channels: m has the shape (N,C,1,...), is drawn by
// dropping ones, and multiplies x by broadcasting, which mul.cpp derives.
#include "nn/functional.hpp"
#include "ops/ops.hpp"
#include "tensor/create.hpp"
#include "tensor/stream.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

struct Dropout {
  static void infer(Call& c) { c.like(0, c.in(0)); }

  template <class T>
  static void forward(Call& c) {
    apply(c, c.in<T>(0), c.out<T>(0));
  }

  template <class T>
  static void backward(Call& c) {
    apply(c, c.dout<T>(0), c.din<T>(0));  // (*)
  }

 private:
  template <class T>
  static void apply(Call& c, const T* x, T* y) {
    const double p = c.attr(0).number();
    const T s = p < 1 ? T(1 / (1 - p)) : T(0);
    const auto limit = uint64_t(p * 0x1p32);  // 2^32 for p = 1: above every word
    Stream stream(c.seed());
    for (int64_t i = 0, n = hg_numel(&c.in(0)); i < n; ++i) {
      y[i] = stream.word(uint64_t(i)) < limit ? T(0) : s * x[i];
    }
  }
};

}  // namespace

void describe_dropout(plugin::Plugin& p) {
  p.op<Dropout>("core.dropout")
      .doc("sets elements to 0 with probability p, and scales the others up")
      .formula("y[i] = m[i] x[i] / (1 - p),  m[i] = 0 with probability p, else 1")
      .in("input")
      .out("output")
      .attr("p", HG_FLOAT, 0.5, "the probability of leaving an element out", 0.0, 1.0)
      .flags(HG_RANDOM)
      .sample("normal[4,9]")
      .sample("normal[50]", R"({"p":0.2})")
      .sample("normal[3,4]", R"({"p":0})")
      .sample("normal[2,3]", R"({"p":1})");
  p.kernel<Dropout, float, double>("core.dropout");
}

}  // namespace ops

static void check_probability(const char* operation, double p) {
  if (!(p >= 0 && p <= 1)) {
    throw Error(operation, "p is " + plugin::text(p) + ": a probability lies in [0,1]");
  }
}

Tensor nn::functional::dropout(const Tensor& x, double p, bool training) {
  check_probability("dropout", p);
  static constinit const Op op("core.dropout");
  return training && p > 0 ? run(op, {&x}, {p}) : x;
}

// Channels of a grid with so many axes; x is (N, C, grid...) or (C, grid...).
static Tensor drop_channels(const char* operation, const Tensor& x, double p, bool training,
                            int axes) {
  check_probability(operation, p);
  if (x.dim() != axes + 1 && x.dim() != axes + 2) {
    throw Error(operation, "input is " + x.shape().to_string() + ": it must have " +
                               std::to_string(axes + 1) + " or " +
                               std::to_string(axes + 2) +
                               " axes, (C, grid) or (N, C, grid)");
  }
  if (!training || p == 0) return x;
  Tensor channels = x.detach();
  for (int d = x.dim() - axes; d < x.dim(); ++d) {
    channels = channels.narrow(d, 0, std::min<int64_t>(1, x.size(d)));
  }
  return x * nn::functional::dropout(ones_like(channels), p);
}

Tensor nn::functional::dropout1d(const Tensor& x, double p, bool training) {
  return drop_channels("dropout1d", x, p, training, 1);
}

// Three axes are (N, C, L) here, as in PyTorch, and not an image without N.
Tensor nn::functional::dropout2d(const Tensor& x, double p, bool training) {
  return drop_channels("dropout2d", x, p, training, x.dim() == 3 ? 1 : 2);
}

Tensor nn::functional::dropout3d(const Tensor& x, double p, bool training) {
  return drop_channels("dropout3d", x, p, training, 3);
}

}  // namespace hg
