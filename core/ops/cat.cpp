// cat and stack: tensors one after the other along an axis.
//
// Forward.  cat joins along an axis that the tensors have; along axis 0, say, where tensor
// x_t has n[t] rows:
//
//     y[n[0] + ... + n[t-1] + j, ...] = x_t[j, ...]           j = 0 to n[t]-1
//
//   stack gives each tensor a new axis of size 1 first, and joins along that. Nothing is
//   computed in either: in memory, x_t consists of some equal blocks (one for each index of
//   the axes before), and y is the first block of each x_t, then the second of each, ...
//
// Backward.  Each element of an x_t is one element of y:
//
//     dx_t[j, ...] = dy[n[0] + ... + n[t-1] + j, ...]                         (*)
//
//   Check by thought: dy is cut where y was joined, so joining dx_0, dx_1, ... gives dy.
//   A tensor that is joined twice gets both of its pieces, added up by the graph.
//
// Saved for backward: nothing but sizes.
#include "ops/along.hpp"
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/shape.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

struct Join {
  // Calls f(t, o, block, at) for block o of x_t, of `block` elements, which lies at y[at].
  template <class F>
  static void each_block(Call& c, const F& f) {
    const Along y(c.out(0), c.axis(0, c.out(0)));
    int64_t at = 0;
    for (int64_t o = 0; o < y.outer; ++o) {
      for (uint32_t t = 0; t < c.n_in(); ++t) {
        int64_t block = hg_numel(&c.in(t)) / y.outer;
        f(t, o, block, at);
        at += block;
      }
    }
  }

  template <class T>
  static void forward(Call& c) {
    T* y = c.out<T>(0);
    each_block(c, [&](uint32_t t, int64_t o, int64_t block, int64_t at) {
      const T* x = c.in<T>(t) + o * block;
      std::copy(x, x + block, y + at);
    });
  }

  template <class T>
  static void backward(Call& c) {
    const T* dy = c.dout<T>(0);
    each_block(c, [&](uint32_t t, int64_t o, int64_t block, int64_t at) {
      if (c.wants(t)) std::copy(dy + at, dy + at + block, c.din<T>(t) + o * block);  // (*)
    });
  }
};

struct Cat : Join {
  // PyTorch's rule from the time before tensors of size (2,0,3): a tensor (0) is no part.
  static bool counts(const hg_tensor& x) { return x.ndim != 1 || x.shape[0] != 0; }

  static void infer(Call& c) {
    require(c.n_in() > 0, "there are no tensors to join");
    uint32_t first = 0;
    while (first + 1 < c.n_in() && !counts(c.in(first))) ++first;
    const hg_tensor& model = c.in(first);
    require(model.ndim > 0, "tensor ", first, " has no axes to join along",
            "\n  hint: stack() joins numbers");
    int axis = c.axis(0, model);
    c.like(0, model);
    for (uint32_t t = first + 1; t < c.n_in(); ++t) {
      const hg_tensor& x = c.in(t);
      if (!counts(x)) continue;
      bool fits = x.ndim == model.ndim;
      for (int d = 0; fits && d < x.ndim; ++d) {
        fits = d == axis || x.shape[d] == model.shape[d];
      }
      require(fits, "tensor ", first, " is ", shape_text(model), ", tensor ", t, " is ",
              shape_text(x), ": all sizes but that of axis ", axis, " must agree");
      c.out(0).shape[axis] += x.shape[axis];
    }
  }
};

struct Stack : Join {
  static void infer(Call& c) {
    require(c.n_in() > 0, "there are no tensors to stack");
    const hg_tensor& model = c.in(0);
    for (uint32_t t = 1; t < c.n_in(); ++t) {
      bool fits = c.in(t).ndim == model.ndim &&
                  std::equal(model.shape, model.shape + model.ndim, c.in(t).shape);
      require(fits, "tensor 0 is ", shape_text(model), ", tensor ", t, " is ",
              shape_text(c.in(t)), ": all must have one shape");
    }
    Shape shape = shape_of(model);
    require(shape.size() < max_rank,
            "the tensors have 8 axes already; a new one is too many");
    shape.insert(Call::wrap(c.attr(0).integer(), model.ndim + 1), c.n_in());
    c.shape(0, shape, model);
  }
};

template <class K>
plugin::OpBuilder& describe(plugin::Plugin& p, const char* name) {
  p.kernel<K, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool, Half,
           BFloat16>(name);
  return p.op<K>(name)
      .variadic_in("tensors")
      .out("output")
      .attr("dim", HG_INT, 0)
      .promote(HG_PROMOTE_ALL, {0});
}

}  // namespace

void describe_cat(plugin::Plugin& p) {
  describe<Cat>(p, "core.cat")
      .doc("joins tensors along an axis they have")
      .formula("y[n[0] + ... + n[t-1] + j, ...] = x_t[j, ...]")
      .sample("normal[2,3] normal[1,3]")
      .sample("normal[2,1,2] normal[2,3,2] normal[2,0,2]", R"({"dim":1})")
      .sample("normal[2,3] normal[0] normal[2,3]", R"({"dim":-1})")
      .sample("normal[4]");
  describe<Stack>(p, "core.stack")
      .doc("joins tensors of one shape along a new axis")
      .formula("y[..., t, ...] = x_t[...]")
      .sample("normal[2,3] normal[2,3]")
      .sample("normal[2,3] normal[2,3] normal[2,3]", R"({"dim":-1})")
      .sample("normal normal");
}

}  // namespace ops

Tensor cat(const std::vector<Tensor>& tensors, int64_t axis) {
  static constinit const Op op("core.cat");
  return run_all(op, tensors, {axis})[0];
}

Tensor stack(const std::vector<Tensor>& tensors, int64_t axis) {
  static constinit const Op op("core.stack");
  return run_all(op, tensors, {axis})[0];
}

}  // namespace hg
