// index: the elements that tensors of indices name, x[i, j].
//
// Forward.  With index tensors i and j for two axes of x, p running over the shape to which
// i and j broadcast, and w over the axes that stay whole:
//
//     y[p,w] = x[i[p], j[p], w]
//
//   Negative indices count from the end. Paired indices pick a path through x, not a block:
//   x[{0,1}, {2,0}] is x[0,2] and x[1,0].
//
// Backward.  x[a,b,w] was copied into every y[p,w] whose indices are (a,b); sum the paths:
//
//     dL/dx[a,b,w] = sum_{p: i[p] = a, j[p] = b} dy[p,w]                      (*)
//
//   Check by thought: each dy goes back to where its y came from. What nobody picked gets
//   0, what was picked twice gets two gradients.
//
// Saved for backward: the indices.
//
// A mask is a picture of indices: x[mask] picks where it is true. take() turns masks into
// index tensors before, so that the shape of y follows from shapes alone.
#include "tensor/index.hpp"
#include "ops/functions.hpp"
#include "ops/picking.hpp"

namespace hg {
namespace ops {
namespace {

struct Index {
  static void infer(Call& c) { c.shape(0, Picking(c, c.in(0), 1).shape(), c.in(0)); }

  template <class T>
  static void forward(Call& c) {
    const T* x = c.in<T>(0);
    T* y = c.out<T>(0);
    Picking(c, c.in(0), 1)
        .for_each_run(false, [&](int64_t j, int64_t dj, int64_t m, int64_t dm, int64_t n) {
          if (dj == 1 && dm == 1) {
            std::copy(x + m, x + m + n, y + j);
          } else {
            for (int64_t i = 0; i < n; ++i) y[j + i * dj] = x[m + i * dm];
          }
        });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    if (!c.adds(0)) std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
    Picking(c, c.in(0), 1)
        .for_each_run(false, [&](int64_t j, int64_t dj, int64_t m, int64_t dm, int64_t n) {
          for (int64_t i = 0; i < n; ++i) {
            dx[m + i * dm] = T(dx[m + i * dm] + dy[j + i * dj]);  // (*)
          }
        });
  }
};

}  // namespace

void describe_index(plugin::Plugin& p) {
  p.op<Index>("core.index")
      .doc("the elements at the places that index tensors name")
      .formula("y[p, w] = x[i[p], j[p], w]")
      .in("input")
      .variadic_optional_in("indices", "i64, one for each axis; none leaves an axis whole")
      .out("output")
      .nondiff_in({1})
      .sample("normal[4,3] index(4)[5]")
      .sample("normal[4,3] index(4)[2,2] index(3)[2]")
      .sample("normal[2,4,3] none index(4)[3]")
      .sample("normal[4,2,3] index(4)[2] none index(3)[2]");
  p.kernel<Index, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       "core.index")
      .keep_in({1})
      .flags(HG_ACCUMULATES);
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

namespace ops {

std::vector<Tensor> as_index_tensors(const char* operation, const Tensor& x,
                                     const std::vector<Tensor>& indices) {
  std::vector<Tensor> result;
  for (const Tensor& k : indices) {
    if (!k.defined() || k.dtype() == i64) {
      result.push_back(k);
    } else if (k.dtype() != bool_) {
      if (!is_integral(k.dtype())) {
        throw Error(operation, std::string("an index tensor is of type ") +
                                   name(k.dtype()) +
                                   "; whole numbers or bool can be indices");
      }
      result.push_back(k.to(i64));
    } else {
      int axis = int(result.size());  // the first of those that the mask covers
      for (int d = 0; d < k.dim(); ++d) {
        if (axis + d < x.dim() && x.size(axis + d) == k.size(d)) continue;
        throw Error(operation, "a mask " + k.shape().to_string() + " from axis " +
                                   std::to_string(axis) + " on does not fit the tensor " +
                                   x.shape().to_string());
      }
      for (const Tensor& positions : k.nonzero().unbind(1)) result.push_back(positions);
    }
  }
  return result;
}

}  // namespace ops

Tensor take(const Tensor& x, const std::vector<Tensor>& indices) {
  static constinit const Op op("core.index");
  std::vector<Tensor> inputs = ops::as_index_tensors("index", x, indices);
  inputs.insert(inputs.begin(), x);
  return run_all(op, inputs)[0];
}

Tensor Tensor::masked_select(const Tensor& mask) const {
  if (mask.dtype() != bool_) {
    throw Error("masked_select", std::string("the mask is of type ") + name(mask.dtype()) +
                                     "; it must be bool");
  }
  Shape common = broadcast_shapes("masked_select", shape(), mask.shape());
  if (common.empty()) {  // one number: an axis of size 1 for the mask to cover
    return unsqueeze(0).masked_select(mask.unsqueeze(0));
  }
  return take(expand(common), {mask.expand(common)});
}

}  // namespace hg
