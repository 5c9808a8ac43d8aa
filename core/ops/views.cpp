// views: other shapes over the same memory.
//
// Forward.  The element of x with index (i0, i1, ...) lies, counted in elements, at
//
//     start + i0*stride[0] + i1*stride[1] + ...
//
//   so a change of sizes, strides and start is a new tensor without moving a number:
//
//     select(d, j)       axis d goes;                  start += j*stride[d]
//     slice(d, a, b, s)  size[d] = ceil((b-a)/s);      start += a*stride[d], stride[d] *= s
//     transpose, permute sizes and strides change places
//     expand             a size of 1 becomes n;        stride[d] = 0: one element n times
//     squeeze, unsqueeze an axis of size 1 goes or comes
//     diagonal(d, e)     i along d and e at once;      stride = stride[d] + stride[e]
//     unfold(d, n, s)    windows, which may overlap;   stride[d] *= s, new axis: old stride
//     view               axes are cut and joined; see view_strides.cpp
//
// Backward.  y[j] = x[f(j)] for a map f of indices, so x[i] acts through every j that f
// sends to it:
//
//     dL/dx[i] = sum over j with f(j) = i of dy[j]                           (*)
//
//   Check by thought: an expand reads x[0] n times, and (*) adds n gradients up; a slice
//   reads some elements never, and their gradient is the empty sum, 0.
//
//   (*) is one loop for all views: dx = 0, then dy is added through the strides that the
//   same view has over dx. The core does that for every operator marked HG_VIEW, by
//   calling its infer once more, with dx in the place of x. So each of them is its infer.
//
// Saved for backward: nothing but sizes.
#include "ops/ops.hpp"
#include "ops/view_strides.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;

// Sizes and strides of a view in the making, in elements of its type.
struct Layout {
  Shape size, stride;
  int64_t start = 0;

  explicit Layout(const hg_tensor& x) : size(shape_of(x)), stride(strides_of(x)) {}

  int rank() const { return size.size(); }
  void erase(int d) {
    size.erase(d);
    stride.erase(d);
  }
  void push_back(int64_t n, int64_t step) {
    size.push_back(n);
    stride.push_back(step);
  }
  void write(Call& c) const {
    c.shape(0, size, c.in(0));
    std::copy(stride.begin(), stride.end(), c.out(0).strides);
    c.out(0).byte_offset = uint64_t(start * (c.in(0).bits / 8));
  }
};

struct View {
  static void infer(Call& c) {
    require(c.attr(0).given(), "size is missing");
    Layout y(c.in(0));
    Shape size = y.size;
    y.size = Shape(c.attr(0).integers());
    std::string problem = fill_in_size(y.size, size);
    require(problem.empty(), problem);
    std::optional<Shape> stride = view_strides(size, y.stride, y.size);
    require(stride.has_value(), "a tensor ", size, " with strides ", y.stride,
            " cannot be seen as ", y.size,
            ": at least one new axis would span two that do not continue each other in "
            "memory\n  hint: use reshape(), which copies where it must");
    y.stride = *stride;
    y.write(c);
  }
};

struct Select {
  static void infer(Call& c) {
    Layout y(c.in(0));
    require(y.rank() > 0, "a tensor without axes has nothing to select");
    int d = c.axis(0, c.in(0));
    int64_t j = c.attr(1).integer(), n = y.size[d];
    require(j >= -n && j < n, "index ", j, " is out of range for axis ", d, " of ", y.size,
            ", which has size ", n);
    y.start = (j < 0 ? j + n : j) * y.stride[d];
    y.erase(d);
    y.write(c);
  }
};

// Bounds beyond the ends mean the ends, as in Python.
struct Slice {
  static void infer(Call& c) {
    Layout y(c.in(0));
    require(y.rank() > 0, "a tensor without axes cannot be sliced");
    int d = c.axis(0, c.in(0));
    int64_t n = y.size[d], step = c.attr(3).integer();
    require(step > 0, "step is ", step, "; it must be positive");
    auto bound = [n](plugin::Attr a, int64_t missing) {
      int64_t i = a.given() ? a.integer() : missing;
      return std::clamp<int64_t>(i < 0 ? i + n : i, 0, n);
    };
    int64_t first = bound(c.attr(1), 0), last = bound(c.attr(2), n);
    int64_t length = std::max<int64_t>(last - first, 0);
    y.size[d] = length / step + (length % step != 0);
    y.start = first * y.stride[d];
    if (y.size[d] > 1) y.stride[d] *= step;
    y.write(c);
  }
};

struct Transpose {
  static void infer(Call& c) {
    Layout y(c.in(0));
    int d = c.axis(0, c.in(0)), e = c.axis(1, c.in(0));
    std::swap(y.size[d], y.size[e]);
    std::swap(y.stride[d], y.stride[e]);
    y.write(c);
  }
};

struct Permute {
  static void infer(Call& c) {
    const Layout x(c.in(0));
    Layout y = x;
    const Shape order(c.attr(0).integers());
    require(order.size() == x.rank(), "the order ", order, " names ", order.size(),
            " axes, and the tensor ", x.size, " has ", x.rank());
    unsigned seen = 0;
    for (int i = 0; i < x.rank(); ++i) {
      int d = Call::wrap(order[i], x.rank());
      require((seen >> d & 1) == 0, "the order ", order, " names axis ", d, " twice");
      seen |= 1u << d;
      y.size[i] = x.size[d];
      y.stride[i] = x.stride[d];
    }
    y.write(c);
  }
};

struct Expand {
  static void infer(Call& c) {
    Layout y(c.in(0));
    Shape from = y.size, to(c.attr(0).integers());
    int extra = to.size() - from.size();
    require(extra >= 0, "sizes ", to, " are fewer than the axes of ", from);
    for (int d = 0; d < extra; ++d) {
      y.size.insert(0, 1);
      y.stride.insert(0, 0);
    }
    for (int d = 0; d < to.size(); ++d) {
      if (to[d] == -1 && d >= extra) continue;
      require(to[d] >= 0, "size ", to[d], " for axis ", d, " of ", to,
              d < extra ? ", which is new and has no size to keep" : "");
      if (to[d] == y.size[d]) continue;
      require(y.size[d] == 1, "axis ", d - extra, " of ", from, " has size ", y.size[d],
              " and cannot become ", to[d], " in ", to,
              "\n  hint: only axes of size 1 can be expanded");
      y.size[d] = to[d];
      y.stride[d] = 0;
    }
    y.size.numel();  // throws if they are more than can be counted
    y.write(c);
  }
};

struct Squeeze {
  static void infer(Call& c) {
    Layout y(c.in(0));
    if (c.attr(0).given()) {
      int d = c.axis(0, c.in(0));
      if (y.rank() > 0 && y.size[d] == 1) y.erase(d);
    } else {
      for (int d = y.rank() - 1; d >= 0; --d) {
        if (y.size[d] == 1) y.erase(d);
      }
    }
    y.write(c);
  }
};

struct Unsqueeze {
  static void infer(Call& c) {
    Layout y(c.in(0));
    require(y.rank() < max_rank, "the tensor has 8 axes already; more there cannot be");
    insert_axis(y.size, y.stride, Call::wrap(c.attr(0).integer(), y.rank() + 1));
    y.write(c);
  }
};

struct Diagonal {
  static void infer(Call& c) {
    Layout y(c.in(0));
    require(y.rank() >= 2, "a tensor ", y.size, " has no diagonal: it has ", y.rank(),
            " axes, and two are needed");
    int64_t offset = c.attr(0).integer();
    int d = c.axis(1, c.in(0)), e = c.axis(2, c.in(0));
    require(d != e, "dim1 and dim2 are the same axis, ", d);
    // Above the main diagonal (offset > 0) it starts further right, below it further down.
    int64_t n = y.size[d] - std::max<int64_t>(-offset, 0);
    int64_t m = y.size[e] - std::max<int64_t>(offset, 0);
    int64_t length = std::max<int64_t>(std::min(n, m), 0), step = y.stride[d] + y.stride[e];
    if (length > 0) y.start = offset >= 0 ? offset * y.stride[e] : -offset * y.stride[d];
    y.erase(std::max(d, e));
    y.erase(std::min(d, e));
    y.push_back(length, step);
    y.write(c);
  }
};

// A window begins at every `step`-th element. Windows that overlap share memory, and in the
// backward pass an element gets the sum over the windows it is seen in.
struct Unfold {
  static void infer(Call& c) {
    Layout y(c.in(0));
    if (y.rank() == 0) y.push_back(1, 1);  // one number is a line of one
    int d = c.axis(0, c.in(0));
    int64_t n = y.size[d], size = c.attr(1).integer(), step = c.attr(2).integer();
    require(size >= 0 && size <= n, "windows of ", size, " elements along axis ", d, " of ",
            shape_of(c.in(0)), ", which has size ", n);
    require(step > 0, "step is ", step, "; it must be positive");
    require(c.in(0).ndim < max_rank, "the tensor has 8 axes already; windows need another");
    int64_t stride = y.stride[d], windows = (n - size) / step + 1;
    if (c.in(0).ndim == 0) {
      y.erase(d);
    } else {
      y.size[d] = windows;
      if (windows > 1) y.stride[d] *= step;
    }
    y.push_back(size, stride);
    y.write(c);
  }
};

template <class K>
plugin::OpBuilder& view_op(plugin::Plugin& p, const char* name) {
  return p.op<K>(name).in("input").out("output").flags(HG_VIEW);
}

}  // namespace

void describe_views(plugin::Plugin& p) {
  view_op<View>(p, "core.view")
      .doc("the same elements, in the same order, under another shape")
      .formula("y[j] = x[i] where i and j have the same row-major number")
      .attr("size", HG_INTS, {}, "the new shape; one size may be -1: what is left over")
      .sample("normal[2,3,4]", R"({"size":[4,-1]})")
      .sample("normal[]", R"({"size":[1,1]})")
      .sample("normal[0,3]", R"({"size":[3,0]})");
  view_op<Select>(p, "core.select")
      .doc("one slice along an axis; the axis goes")
      .formula("y[..., ...] = x[..., index, ...]")
      .attr("dim", HG_INT, 0)
      .attr("index", HG_INT, 0, "counts from the end when negative")
      .sample("normal[2,3,4]", R"({"dim":1,"index":-1})")
      .sample("normal[5]", R"({"dim":0,"index":2})");
  view_op<Slice>(p, "core.slice")
      .doc("elements start, start+step, ... below end along an axis")
      .formula("y[..., j, ...] = x[..., start + j*step, ...]")
      .attr("dim", HG_INT, 0)
      .attr("start", HG_INT, {}, "none: the first; counts from the end when negative")
      .attr("end", HG_INT, {}, "none: after the last")
      .attr("step", HG_INT, 1, "", 1)
      .sample("normal[2,7]", R"({"dim":1,"start":1,"end":-1,"step":2})")
      .sample("normal[3,4]", R"({"start":2,"end":1})");
  view_op<Transpose>(p, "core.transpose")
      .doc("two axes change places")
      .formula("y[..., i, ..., j, ...] = x[..., j, ..., i, ...]")
      .attr("dim0", HG_INT, 0)
      .attr("dim1", HG_INT, 1)
      .sample("normal[2,3,4]", R"({"dim0":0,"dim1":-1})");
  view_op<Permute>(p, "core.permute")
      .doc("the axes in another order")
      .formula("axis i of y is axis dims[i] of x")
      .attr("dims", HG_INTS, {})
      .sample("normal[2,3,4]", R"({"dims":[2,0,1]})");
  view_op<Expand>(p, "core.expand")
      .doc("axes of size 1 repeated to any size, without a copy")
      .formula("y[i, j] = x[0, j], for each axis that is stretched")
      .attr("size", HG_INTS, {}, "the new shape; -1 keeps a size; new axes come first")
      .sample("normal[3,1]", R"({"size":[2,-1,4]})")
      .sample("normal[1]", R"({"size":[0]})");
  view_op<Squeeze>(p, "core.squeeze")
      .doc("without its axes of size 1")
      .formula("y[i, j] = x[i, 0, j]")
      .attr("dim", HG_INT, {}, "only this axis, and only if its size is 1")
      .sample("normal[1,3,1]")
      .sample("normal[1,3,1]", R"({"dim":-1})");
  view_op<Unsqueeze>(p, "core.unsqueeze")
      .doc("a new axis of size 1 before position dim")
      .formula("y[i, 0, j] = x[i, j]")
      .attr("dim", HG_INT, 0)
      .sample("normal[2,3]", R"({"dim":-1})");
  view_op<Diagonal>(p, "core.diagonal")
      .doc("the elements whose indices along two axes agree, as a new last axis")
      .formula("y[..., i] = x[..., i, ..., i + offset, ...]")
      .attr("offset", HG_INT, 0, "above the main diagonal if positive")
      .attr("dim1", HG_INT, 0)
      .attr("dim2", HG_INT, 1)
      .sample("normal[3,4]", R"({"offset":1})")
      .sample("normal[2,3,4]", R"({"offset":-1,"dim1":2,"dim2":0})");
  view_op<Unfold>(p, "core.unfold")
      .doc("all windows along an axis, their elements along a new last axis")
      .formula("y[..., w, ..., j] = x[..., w*step + j, ...]")
      .attr("dimension", HG_INT, 0)
      .attr("size", HG_INT, 1, "elements in a window")
      .attr("step", HG_INT, 1, "from the start of one window to the next")
      .sample("normal[7]", R"({"size":3})")
      .sample("normal[2,6,3]", R"({"dimension":1,"size":2,"step":2})")
      .sample("normal[4,5]", R"({"dimension":-1,"size":4,"step":3})")
      .sample("normal[]", R"({"size":1})");
}

}  // namespace ops
}  // namespace hg
