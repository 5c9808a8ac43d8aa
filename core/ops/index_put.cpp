// index_put: x[i, j] = v.
//
// Forward.  y is x but for the elements that the index tensors name (as in index.cpp):
//
//     y = x, then for each p in order     y[i[p], j[p], w]  = v[p,w]
//                        accumulate:      y[i[p], j[p], w] += v[p,w]
//
//   v broadcasts to the shape of x[i, j]. If a place is named twice, the last v stays, or,
//   accumulating, both are added.
//
// Backward.  A place keeps its x, and x its path to y, unless a v overwrote it. Of the v
// for one place only the last has a path; accumulating, x and all v have one, with slope 1:
//
//     dL/dx[a,b,w]  = dy[a,b,w], but 0 where p with (i[p],j[p]) = (a,b) exists
//     dL/dv[p,w]    = dy[i[p],j[p],w], but 0 if a later p names the same place
//     accumulate:     dx = dy,   dv[p,w] = dy[i[p],j[p],w]                    (*)
//
//   So, starting with dx = dy, one goes through the p from the last to the first: dv takes
//   what is in its place of dx, and leaves 0 there, which is what an earlier v finds.
//   Check by thought: all dy that were handed out add up to dy again.
//
// Saved for backward: the indices.
#include "ops/elementwise.hpp"
#include "ops/picking.hpp"

namespace hg {
namespace ops {

// In index.cpp: masks and other whole numbers as i64 index tensors.
std::vector<Tensor> as_index_tensors(const char* operation, const Tensor& x,
                                     const std::vector<Tensor>& indices);

namespace {

struct IndexPut {
  static void infer(Call& c) {
    const hg_tensor &x = c.in(0), &v = c.in(1);
    Shape shape = Picking(c, x, 2).shape();
    require(x.code == v.code && x.bits == v.bits, "input is ", plugin::type_text(x),
            ", values is ", plugin::type_text(v), ": both must have one element type");
    bool fits = v.ndim <= shape.size();
    for (int i = 1; fits && i <= v.ndim; ++i) {
      int64_t n = v.shape[v.ndim - i];
      fits = n == 1 || n == shape[shape.size() - i];
    }
    require(fits, "values is ", plugin::shape_text(v), ", which does not stretch to ",
            shape, ", the shape of what the indices pick");
    c.like(0, x);
  }

  template <class T>
  static void forward(Call& c) {
    const T *x = c.in<T>(0), *v = c.in<T>(1);
    T* y = c.out<T>(0);
    if (x != y) std::copy(x, x + hg_numel(&c.in(0)), y);
    Picking picking(c, c.in(0), 2);
    T* full = c.scratch<T>(picking.shape().numel());  // v, stretched
    each_value(c, picking, [&](int64_t j, int64_t k) { full[j] = v[k]; });
    bool accumulate = c.attr(0).flag();
    picking.for_each_run(
        false, [&](int64_t j, int64_t dj, int64_t m, int64_t dm, int64_t n) {
          for (int64_t i = 0; i < n; ++i) {
            T& place = y[m + i * dm];
            place = accumulate ? plus(place, full[j + i * dj]) : full[j + i * dj];
          }
        });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    int64_t count = hg_numel(&c.in(0));
    T* dx = c.wants(0) ? c.din<T>(0) : c.scratch<T>(count);
    std::copy(dy, dy + count, dx);
    Picking picking(c, c.in(0), 2);
    T* full = c.scratch<T>(picking.shape().numel());  // dv before it is summed
    bool accumulate = c.attr(0).flag();
    picking.for_each_run(true,
                         [&](int64_t j, int64_t dj, int64_t m, int64_t dm, int64_t n) {
                           for (int64_t i = 0; i < n; ++i) {
                             full[j + i * dj] = dx[m + i * dm];  // (*)
                             if (!accumulate) dx[m + i * dm] = T(0);
                           }
                         });
    if (!c.wants(1)) return;
    T* dv = c.din<T>(1);
    std::fill(dv, dv + hg_numel(&c.din(1)), T(0));
    each_value(c, picking, [&](int64_t j, int64_t k) { dv[k] = T(dv[k] + full[j]); });
  }

 private:
  // Calls f(j, k) for each picked element j and the element k of v that belongs to it.
  template <class F>
  static void each_value(Call& c, const Picking& picking, const F& f) {
    const Shape& shape = picking.shape();
    Loops<2> loops(shape, {contiguous_strides(shape), stretched(c.in(1), shape)});
    loops.for_each_row([&](const auto& at, int64_t n) {
      const auto [dj, dk] = loops.inner();
      for (int64_t i = 0; i < n; ++i) f(at[0] + i * dj, at[1] + i * dk);
    });
  }
};

}  // namespace

void describe_index_put(plugin::Plugin& p) {
  p.op<IndexPut>("core.index_put")
      .doc("x with the elements at the places that index tensors name replaced")
      .formula("y = x; y[i[p], j[p], w] = v[p, w]")
      .in("input")
      .in("values", "stretch to the shape of what the indices pick")
      .variadic_optional_in("indices", "i64, one for each axis; none leaves an axis whole")
      .out("output")
      .nondiff_in({2})
      .attr("accumulate", HG_BOOL, false, "add to what is there, do not replace it")
      .sample("normal[4,3] normal[5,3] index(4)[5]")
      .sample("normal[4,3] normal index(4)[6] index(3)[6]", R"({"accumulate":true})")
      .sample("normal[4,2,3] normal[2,1] index(4)[2] none index(3)[2]");
  p.kernel<IndexPut, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.index_put")
      .keep_in({2})
      .may_alias({0});
}

}  // namespace ops

static constinit const Op index_put_op("core.index_put");

// The operator's inputs: x, v, and the indices as i64 tensors.
static std::vector<Tensor> index_put_inputs(const Tensor& x,
                                            const std::vector<Tensor>& indices,
                                            const Tensor& values) {
  std::vector<Tensor> inputs = ops::as_index_tensors("index_put", x, indices);
  inputs.insert(inputs.begin(), {x, values});
  return inputs;
}

Tensor Tensor::index_put(const std::vector<Tensor>& indices, const Tensor& values,
                         bool accumulate) const {
  return run_all(index_put_op, index_put_inputs(*this, indices, values), {accumulate})[0];
}

Tensor Tensor::index_put_(const std::vector<Tensor>& indices, const Tensor& values,
                          bool accumulate) const {
  return run_in_place(index_put_op, index_put_inputs(*this, indices, values), {accumulate});
}

}  // namespace hg
