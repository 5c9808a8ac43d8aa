// max and min: the largest (smallest) element, of all or along an axis.
//
// Forward.  Along an axis, with i for the other axes:
//
//     y[i] = max_j x[j,i]          k[i] = the first j with x[j,i] = y[i]
//
//   NaN counts as larger and as smaller than any number.
//
// Backward.  Raising the winner a little raises y by as much; raising another, by nothing:
//
//     dL/dx[j,i] = (j == k[i]) * dy[i]                                        (*)
//
//   Without an axis, y is the maximum of all elements. Where m of them tie, (*) could
//   choose any; the slope is shared among them, which no order of the elements changes:
//
//     dL/dx[j] = (x[j] == y) / m * dy                                         (**)
//
//   Check by thought: the gradients of the x[j] add up to dy in both cases, because raising
//   all elements together raises the maximum with them.
//
// Saved for backward: k for (*), x and y for (**).
#include "ops/extreme.hpp"
#include "ops/functions.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;

template <class Order>
struct Extreme {
  static void infer(Call& c) {
    Shape shape = infer_searched(c, Order::word);
    bool along_axis = c.attr(0).given();
    c.resize_out(along_axis ? 2 : 1);
    c.shape(0, shape, c.in(0));
    if (along_axis) {
      c.shape(1, shape, c.in(0));
      c.set_type(1, HG_INT_CODE, 64);
    }
  }

  template <class T>
  static void forward(Call& c) {
    T* y = c.out<T>(0);
    int64_t* k = c.n_out() == 2 ? c.out<int64_t>(1) : nullptr;
    search<Order>(searched(c, c.in(0)), c.in<T>(0), [&](int64_t i, int64_t j, T best) {
      y[i] = best;
      if (k) k[i] = j;
    });
  }

  template <class T>
  static void backward(Call& c) {
    const Along a = searched(c, c.in(0));
    const T* dy = c.dout<T>(0);
    T* dx = c.din<T>(0);
    std::fill(dx, dx + hg_numel(&c.din(0)), T(0));
    if (c.n_out() == 2) {
      const int64_t* k = c.out<int64_t>(1);
      for (int64_t o = 0; o < a.outer; ++o) {
        for (int64_t i = 0; i < a.inner; ++i) {
          int64_t r = o * a.inner + i;
          dx[a.at(o, k[r], i)] = dy[r];
        }
      }
      return;
    }
    const T *x = c.in<T>(0), y = *c.out<T>(0);
    auto ties = [y](T v) { return v == y || (v != v && y != y); };
    const T share = T(*dy / T(std::count_if(x, x + a.n, ties)));
    for (int64_t j = 0; j < a.n; ++j) {
      if (ties(x[j])) dx[j] = share;
    }
  }
};

template <class Order>
void describe(plugin::Plugin& p, const char* name, const char* doc, const char* formula) {
  p.op<Extreme<Order>>(name)
      .doc(doc)
      .formula(formula)
      .in("input")
      .out("values")
      .variadic_out("indices", "where the values stand along dim; none without dim")
      .nondiff_out({1})
      .attr("dim", HG_INT, {}, "the axis to search along; none: all elements")
      .attr("keepdim", HG_BOOL, false, "keep the axis, with size 1")
      .sample("distinct[3,4]")
      .sample("distinct[2,3,4]", R"({"dim":1})")
      .sample("distinct[2,0,4]", R"({"dim":-1,"keepdim":true})")
      .sample("distinct[]", R"({"dim":0})");
  p.kernel<Extreme<Order>, float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>(
       name)
      .keep_in({0})
      .keep_out({0, 1});
}

}  // namespace

void describe_max(plugin::Plugin& p) {
  describe<Largest>(p, "core.max", "the largest element, of all or along an axis",
                    "y[i] = max_j x[j, i]");
  describe<Smallest>(p, "core.min", "the smallest element, of all or along an axis",
                     "y[i] = min_j x[j, i]");
}

}  // namespace ops

// ---- the face ---------------------------------------------------------------------------

static constinit const Op max_op("core.max"), min_op("core.min");

Tensor Tensor::max() const { return run(max_op, {this}); }

Tensor Tensor::min() const { return run(min_op, {this}); }

ValuesIndices Tensor::max(int64_t axis, bool keepdim) const {
  std::vector<Tensor> results = run_all(max_op, {this}, {axis, keepdim});
  return {results[0], results[1]};
}

ValuesIndices Tensor::min(int64_t axis, bool keepdim) const {
  std::vector<Tensor> results = run_all(min_op, {this}, {axis, keepdim});
  return {results[0], results[1]};
}

}  // namespace hg
