// as_strided and as_strided_scatter: a window into a tensor's memory, and writing into one.
//
// Forward.  x is contiguous, with elements x[0], x[1], ... in memory order. The window has
// sizes S, strides s and an offset o; its element (i0, i1, ...) is
//
//     as_strided:          y[i0,i1,...] = x[o + i0*s0 + i1*s1 + ...]
//     as_strided_scatter:  y = x, but  y[o + i0*s0 + i1*s1 + ...] = v[i0,i1,...]
//
// The first is a view, so its gradient is the core's for all views. The second is how
// an in-place change of a view enters the history of the tensor it looks into.
//
// Backward of the second.  Given dy[m] = dL/dy[m]. An element outside the window came from
// x, one inside came from v:
//
//     dL/dx[m]     = dy[m], but 0 where m is in the window
//     dL/dv[i]     = dy[o + i0*s0 + i1*s1 + ...]                              (*)
//
//   Check by thought: together dx and dv hold every dy[m] exactly once. Writing moves
//   gradients to another place; it neither makes nor loses any.
//
// Saved for backward: nothing, only shapes.
#include <vector>

#include "ops/ops.hpp"
#include "tensor/impl.hpp"

namespace hg::ops {
namespace {

using namespace plugin;

// Calls body(memory index, window index) for every element of the window.
template <class Body>
void each_in_window(const Call& c, const Body& body) {
  auto size = c.attr(0).integers(), stride = c.attr(1).integers();
  int64_t at = c.attr(2).integer(), count = 1;
  for (int64_t s : size) count *= s;
  std::vector<int64_t> index(size.size(), 0);
  for (int64_t i = 0; i < count; ++i) {
    body(at, i);
    for (size_t d = size.size(); d-- > 0;) {
      at += stride[d];
      if (++index[d] < size[d]) break;
      at -= stride[d] * size[d];
      index[d] = 0;
    }
  }
}

void check_window(const Call& c) {
  auto size = c.attr(0).integers(), stride = c.attr(1).integers();
  int64_t offset = c.attr(2).integer(), last = offset, n = hg_numel(&c.in(0));
  require(size.size() == stride.size() && size.size() <= HG_MAX_RANK, size.size(),
          " sizes and ", stride.size(), " strides");
  bool empty = false;
  for (size_t d = 0; d < size.size(); ++d) {
    require(size[d] >= 0 && stride[d] >= 0, "size ", size[d], " and stride ", stride[d],
            " of axis ", d, " must not be negative");
    empty |= size[d] == 0;
    int64_t reach = 0;
    bool overflow = __builtin_mul_overflow(size[d] - 1, stride[d], &reach) ||
                    __builtin_add_overflow(last, reach, &last);
    require(empty || !overflow, "the window is too large");
  }
  require(offset >= 0 && (empty || last < n), "the window reaches from element ", offset,
          " to ", last, ", the tensor has ", n);
}

struct AsStrided {
  static void infer(Call& c) {
    check_window(c);
    require(is_contiguous(c.in(0)), "the tensor must be contiguous");
    auto size = c.attr(0).integers(), stride = c.attr(1).integers();
    c.shape(0, size, c.in(0));
    std::copy(stride.begin(), stride.end(), c.out(0).strides);
    c.out(0).byte_offset = uint64_t(c.attr(2).integer()) * c.in(0).bits / 8;
  }
};

struct AsStridedScatter {
  static void infer(Call& c) {
    check_window(c);
    auto size = c.attr(0).integers();
    bool fits = size.size() == size_t(c.in(1).ndim) &&
                std::equal(size.begin(), size.end(), c.in(1).shape);
    require(fits, "src is ", shape_text(c.in(1)), ", the window has other sizes");
    require(dtype_of(c.in(0)) == dtype_of(c.in(1)), "input is ", type_text(c.in(0)),
            ", src is ", type_text(c.in(1)));
    c.like(0, c.in(0));
  }
  template <class T>
  static void forward(Call& c) {
    const T *x = c.in<T>(0), *v = c.in<T>(1);
    T* y = c.out<T>(0);
    std::copy(x, x + hg_numel(&c.in(0)), y);
    each_in_window(c, [&](int64_t m, int64_t i) { y[m] = v[i]; });
  }
  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    if (T* dx = c.din<T>(0)) {
      std::copy(dy, dy + hg_numel(&c.in(0)), dx);
      each_in_window(c, [&](int64_t m, int64_t) { dx[m] = T(0); });
    }
    if (T* dv = c.din<T>(1)) {
      each_in_window(c, [&](int64_t m, int64_t i) { dv[i] = dy[m]; });  // (*)
    }
  }
};

}  // namespace

void describe_strided(Plugin& p) {
  p.op<AsStrided>("core.as_strided")
      .doc("a window into a contiguous tensor's memory")
      .formula("y[i] = x[offset + sum_d i[d]*stride[d]]")
      .in("input").out("output")
      .attr("size", HG_INTS, Default{}).attr("stride", HG_INTS, Default{})
      .attr("storage_offset", HG_INT, 0)
      .flags(HG_VIEW)
      .sample("normal[4,5]", R"({"size":[2,3],"stride":[5,2],"storage_offset":1})")
      .sample("normal[6]", R"({"size":[3,3],"stride":[1,1]})");
  p.op<AsStridedScatter>("core.as_strided_scatter")
      .doc("a tensor with a window of it overwritten")
      .formula("y = x; y[offset + sum_d i[d]*stride[d]] = src[i]")
      .in("input").in("src").out("output")
      .attr("size", HG_INTS, Default{}).attr("stride", HG_INTS, Default{})
      .attr("storage_offset", HG_INT, 0)
      .sample("normal[4,5] normal[2,3]", R"({"size":[2,3],"stride":[5,2],"storage_offset":1})");
  p.kernel<AsStridedScatter, float, double>("core.as_strided_scatter");
}

}  // namespace hg::ops
