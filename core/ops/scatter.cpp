// scatter and scatter_add: writing to the places that an index tensor names.
//
// Forward.  For two axes and axis 1, y starts as a copy of x; then, for each element (i,j)
// of the index tensor k, with s (at least of k's shape) to take from:
//
//     scatter:      y[i, k[i,j]]  = s[i,j]                in row-major order of (i,j)
//     scatter_add:  y[i, k[i,j]] += s[i,j]
//
//   Gather reads y[i,j] = x[i, k[i,j]]; this writes in the other direction, and scatter_add
//   is gather's transpose. Written twice, a place keeps its last s. (PyTorch leaves open
//   which; here it is the same on every run.)
//
// Backward.  A place that was not overwritten passes its x on. Of the s for one place only
// the last one is in y; all are, where they were added:
//
//     scatter:      dL/ds[i,j] = dy[i, k[i,j]], but 0 if a later one has the same place
//                   dL/dx[i,m] = dy[i,m],       but 0 if m = k[i,j] for some j
//     scatter_add:  dL/ds[i,j] = dy[i, k[i,j]],     dL/dx = dy                (*)
//
//   What s has beyond k's shape is not read: its gradient is 0.
//   Check by thought: a scatter hands each dy to exactly one x or s, so their gradients add
//   up to what dy adds up to.
//
// Saved for backward: k.
#include "ops/along_index.hpp"
#include "ops/elementwise.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::shape_text;
using plugin::type_text;

template <bool add>
struct Scatter {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(0), &k = c.in(1), &s = c.in(2);
    require(dtype_of(x) == dtype_of(s), "input is ", type_text(x), ", src is ",
            type_text(s), ": both must have one element type\n  hint: src.to(",
            type_text(x), ")");
    const int axis = c.axis(0, x);
    c.like(0, x);
    if (hg_numel(&k) == 0) return require_index_type(k);  // PyTorch's rule: of any shape
    require_index_fits(x, k, axis);
    bool enough = s.ndim == k.ndim;
    for (int d = 0; enough && d < k.ndim; ++d) enough = k.shape[d] <= s.shape[d];
    require(enough, "index is ", shape_text(k), ", src is ", shape_text(s),
            ": src needs a number for each index");
  }

  template <class T>
  static void forward(Call& c) {
    const T *x = c.in<T>(0), *s = c.in<T>(2);
    T* y = c.out<T>(0);
    if (x != y) std::copy(x, x + hg_numel(&c.in(0)), y);
    each(c, [&](int64_t j, int64_t m) { y[m] = add ? plus(y[m], s[j]) : s[j]; });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    const int64_t n = hg_numel(&c.in(0));
    if (T* dx = c.din<T>(0)) {
      std::copy(dy, dy + n, dx);
      if (!add) each(c, [&](int64_t, int64_t m) { dx[m] = T(0); });
    }
    T* ds = c.din<T>(2);
    if (!ds) return;
    std::fill(ds, ds + hg_numel(&c.din(2)), T(0));
    if (add) {
      each(c, [&](int64_t j, int64_t m) { ds[j] = dy[m]; });  // (*)
    } else {
      int64_t* last = c.scratch<int64_t>(n);  // of those who wrote to a place
      each(c, [&](int64_t j, int64_t m) { last[m] = j; });
      each(c, [&](int64_t j, int64_t m) { ds[j] = last[m] == j ? dy[m] : T(0); });
    }
  }

 private:
  // Calls f(j, m) for every index: element j of s goes to element m of y.
  template <class F>
  static void each(Call& c, const F& f) {
    const hg_tensor &x = c.in(0), &k = c.in(1);
    if (hg_numel(&k) > 0) each_indexed(x, k, c.axis(0, x), c.in(2), f);
  }
};

template <bool add>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name) {
  p.kernel<Scatter<add>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       name)
      .keep_in({1})
      .may_alias({0});
  return p.op<Scatter<add>>(name)
      .in("input")
      .in("index", "i64, with as many axes as input")
      .in("src", "at least as long as index along each axis")
      .out("output")
      .nondiff_in({1})
      .attr("dim", HG_INT, 0)
      .sample("normal[3,4] index(4)[3,2] normal[3,2]", R"({"dim":1})")
      .sample("normal[3,2,4] index(3)[5,1,3] normal[6,2,3]", R"({"dim":0})")
      .sample("normal[4] index(4)[7] normal[7]", R"({"dim":-1})")
      .sample("normal index(1) normal", R"({"dim":0})")
      .sample("normal[2,3] index(3)[2,0] normal[2,3]", R"({"dim":1})");
}

}  // namespace

void describe_scatter(plugin::Plugin& p) {
  describe<false>(p, "core.scatter")
      .doc("overwrites the elements that an index tensor names along an axis")
      .formula("y = x; y[i, k[i,j]] = s[i,j]");
  describe<true>(p, "core.scatter_add")
      .doc("adds to the elements that an index tensor names along an axis")
      .formula("y = x; y[i, k[i,j]] += s[i,j]");
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op scatter_op("core.scatter"), scatter_add_op("core.scatter_add");

// The number as a source of any length: one element, looked at often.
static Tensor everywhere(Scalar value, const Tensor& x, const Tensor& index) {
  return x.new_full({}, value).expand(index.shape());
}

Tensor Tensor::scatter(int64_t axis, const Tensor& index, const Tensor& source) const {
  return run(scatter_op, {this, &index, &source}, {axis});
}
Tensor Tensor::scatter(int64_t axis, const Tensor& index, Scalar value) const {
  return scatter(axis, index, everywhere(value, *this, index));
}
Tensor Tensor::scatter_add(int64_t axis, const Tensor& index, const Tensor& source) const {
  return run(scatter_add_op, {this, &index, &source}, {axis});
}
Tensor Tensor::scatter_(int64_t axis, const Tensor& index, const Tensor& source) const {
  return run_in_place(scatter_op, {this, &index, &source}, {axis});
}
Tensor Tensor::scatter_(int64_t axis, const Tensor& index, Scalar value) const {
  return scatter_(axis, index, everywhere(value, *this, index));
}
Tensor Tensor::scatter_add_(int64_t axis, const Tensor& index, const Tensor& source) const {
  return run_in_place(scatter_add_op, {this, &index, &source}, {axis});
}

}  // namespace hg
