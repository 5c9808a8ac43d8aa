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
#include "nn/functional.hpp"
#include "ops/ops.hpp"
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

Tensor nn::functional::dropout(const Tensor& x, double p, bool training) {
  if (!(p >= 0 && p <= 1)) {
    throw Error("dropout", "p is " + plugin::text(p) + ": a probability lies in [0,1]");
  }
  static constinit const Op op("core.dropout");
  return training && p > 0 ? run(op, {&x}, {p}) : x;
}

}  // namespace hg
