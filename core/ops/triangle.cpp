// tril and triu: the lower or the upper triangle of a matrix, zeros elsewhere.
//
// Forward.  For each matrix x (N,M) in a stack, with the diagonal d (0 is the main one,
// 1 the next above it, -1 the next below):
//
//     tril:  y[n,m] = (m - n <= d) * x[n,m]
//     triu:  y[n,m] = (m - n >= d) * x[n,m]
//
//   triu with d = 1 is the mask that keeps a sequence model from seeing what comes later.
//
// Backward.  What was kept has slope 1, a zero has none:
//
//     tril:  dL/dx[n,m] = (m - n <= d) * dy[n,m]                              (*)
//     triu:  dL/dx[n,m] = (m - n >= d) * dy[n,m]                              (*)
//
//   the same triangle of dy. Check by thought: tril(x, 0) + triu(x, 1) is x, and their
//   gradients add up to dy.
//
// Saved for backward: nothing.
#include "ops/functions.hpp"
#include "ops/ops.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <bool lower>
struct Triangle {
  static void infer(Call& c) {
    plugin::require(c.in(0).ndim >= 2, "input is ", plugin::shape_text(c.in(0)),
                    "; a triangle takes a matrix, or a stack of them");
    c.like(0, c.in(0));
  }

  template <class T>
  static void forward(Call& c) {
    cut(c, c.in<T>(0), c.out<T>(0));
  }
  template <class T>
  static void backward(Call& c) {
    cut(c, c.dout<T>(0), c.din<T>(0));  // (*)
  }

 private:
  // The part of each row that is kept goes from `first` to before `last`.
  template <class T>
  static void cut(Call& c, const T* x, T* y) {
    const hg_tensor& t = c.in(0);
    const int64_t N = t.shape[t.ndim - 2], M = t.shape[t.ndim - 1];
    const int64_t d = std::clamp(c.attr(0).integer(), -N, M), all = hg_numel(&t);
    for (int64_t row = 0; row * M < all; ++row) {
      const int64_t n = row % N;
      const int64_t first = lower ? 0 : std::clamp<int64_t>(n + d, 0, M);
      const int64_t last = lower ? std::clamp<int64_t>(n + d + 1, 0, M) : M;
      T* to = y + row * M;
      std::fill(to, to + M, T(0));
      std::copy(x + row * M + first, x + row * M + last, to + first);
    }
  }
};

template <bool lower>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name) {
  p.kernel<Triangle<lower>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t,
           bool>(name);
  return p.op<Triangle<lower>>(name)
      .in("input")
      .out("output")
      .attr("diagonal", HG_INT, 0, "0: the main one; above it if positive")
      .sample("normal[3,4]")
      .sample("normal[2,4,3]", R"({"diagonal":1})")
      .sample("normal[4,4]", R"({"diagonal":-2})");
}

}  // namespace

void describe_triangle(plugin::Plugin& p) {
  describe<true>(p, "core.tril")
      .doc("the lower triangle of each matrix, zeros above a diagonal")
      .formula("y[n,m] = x[n,m] if m - n <= diagonal, else 0");
  describe<false>(p, "core.triu")
      .doc("the upper triangle of each matrix, zeros below a diagonal")
      .formula("y[n,m] = x[n,m] if m - n >= diagonal, else 0");
}

}  // namespace ops

Tensor Tensor::tril(int64_t diagonal) const {
  static constinit const Op op("core.tril");
  return run(op, {this}, {diagonal});
}

Tensor Tensor::triu(int64_t diagonal) const {
  static constinit const Op op("core.triu");
  return run(op, {this}, {diagonal});
}

}  // namespace hg
