// embedding: looks up a vector for each word.
//
// Forward.  Row v of w (V,D) is the vector of word v. For words x[n], the index n standing
// for all axes of x:
//
//     y[n,d] = w[x[n], d]
//
//   It is the product of the one-hot rows of x with w, without the multiplications by 0.
//
// Backward.  w[v,d] was copied into every y[n,d] with x[n] = v; sum the paths:
//
//     dL/dw[v,d] = sum_n dy[n,d] (x[n] == v)                                  (*)
//
//   The row padding_idx stands for "no word here": its gradient is left at 0, so that it
//   stays as it was set. The words x are whole numbers and have no gradient.
//   Check by thought: the vector of a word that is not in the batch has no part in L.
//
// Saved for backward: x.
#include "nn/functional.hpp"
#include "ops/indices.hpp"
#include "tensor/impl.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

enum Input { input, weight };

struct Embedding {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(input), &w = c.in(weight);
    require_index_type(x);
    require(w.ndim == 2, "weight is ", shape_text(w), ": it must be (words, features)");
    require(is_floating(w), "weight is of type ", plugin::type_text(w),
            ": vectors of words are floating-point numbers");
    require(x.ndim < HG_MAX_RANK, "input has ", x.ndim, " axes; 7 are the most");
    const int64_t padding = c.attr(0).integer();
    require(padding < w.shape[0], "padding_idx is ", padding, ", and there are ",
            w.shape[0], " words");
    c.like(0, x);
    hg_tensor& y = c.out(0);
    y.ndim = x.ndim + 1;
    y.shape[x.ndim] = w.shape[1];
    c.set_type(0, w.code, w.bits);
  }

  template <class T>
  static void forward(Call& c) {
    const T* w = c.in<T>(weight);
    T* y = c.out<T>(0);
    each_word(c, [&](int64_t n, int64_t v, int64_t D) {
      std::copy(w + v * D, w + (v + 1) * D, y + n * D);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    T* dw = c.din<T>(weight);
    const int64_t padding = c.attr(0).integer();
    if (!c.adds(weight)) std::fill(dw, dw + hg_numel(&c.in(weight)), T(0));
    each_word(c, [&](int64_t n, int64_t v, int64_t D) {
      if (v == padding) return;
      for (int64_t d = 0; d < D; ++d) dw[v * D + d] += dy[n * D + d];  // (*)
    });
  }

 private:
  // Calls f(n, x[n], D) for every n.
  template <class F>
  static void each_word(Call& c, const F& f) {
    const hg_tensor& w = c.in(weight);
    const int64_t* x = c.in<int64_t>(input);
    for (int64_t n = 0, N = hg_numel(&c.in(input)); n < N; ++n) {
      f(n, checked_index(x[n], w, 0), w.shape[1]);
    }
  }
};

}  // namespace

void describe_embedding(plugin::Plugin& p) {
  p.op<Embedding>("core.embedding")
      .doc("a row of a table for each whole number")
      .formula("y[n,d] = w[x[n], d]")
      .in("input", "x: i64, any shape")
      .in("weight", "w: (V, D)")
      .out("output", "the shape of x, then D")
      .nondiff_in({input})
      .attr("padding_idx", HG_INT, -1, "the row that gets no gradient; -1: none", -1)
      .sample("index(5)[4] normal[5,3]")
      // No word is the padding, whose gradient is 0 by decree and not a measured slope.
      .sample("index(3)[2,3] normal[4,2]", R"({"padding_idx":3})")
      .sample("index(3) normal[3,2]");
  p.kernel<Embedding, float, double>("core.embedding")
      .keep_in({input})
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

Tensor nn::functional::embedding(const Tensor& x, const Tensor& weight,
                                 int64_t padding_idx) {
  static constinit const Op op("core.embedding");
  return run(op, {&x, &weight}, {padding_idx});
}

}  // namespace hg
