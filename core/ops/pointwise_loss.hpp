// The losses that compare a guess x with a target t, element by element: the loops are
// here, and each file states its formulas for one element,
//
//     struct Squared : PairFormula {
//       using PairFormula::PairFormula;
//       template <class T> static T y(T x, T t, int64_t) { return (x - t) * (x - t); }
//       template <class T> static T dx(T x, T t, int64_t) { return 2 * (x - t); }
//       template <class T> static T dt(T x, T t, int64_t) { return 2 * (t - x); }
//     };
//
// the loss and its slopes; the last argument is the element's number, for weights. An
// object of the formula is made from the call, to read settings.
//
//     none:  y[i] = l[i]      sum:  y = sum_i l[i]      mean:  y = sum_i l[i] / n
//
// Backward.  With g[i] = dy[i] for "none" and dy/norm for all i otherwise:
//
//     dL/dx[i] = g[i] * dl[i]/dx[i]      dL/dt[i] = g[i] * dl[i]/dt[i]           (*)
//
// Sums are made in double precision.
#pragma once

#include "ops/loss.hpp"
#include "tensor/tensor.hpp"

namespace hg::ops {

/// What most formulas need: no settings, and a mean over all elements.
struct PairFormula {
  explicit PairFormula(const plugin::Call&) {}
  static double norm(const plugin::Call& c) { return double(hg_numel(&c.in(0))); }
};

/// A weight for each element, if they were given as input `i`; else 1.
struct Weights {
  const hg_tensor* t;
  Weights(const plugin::Call& c, uint32_t i) : t(c.given(i) ? &c.in(i) : nullptr) {}
  template <class T>
  T at(int64_t i) const {
    return t ? static_cast<const T*>(t->data)[i] : T(1);
  }
};

/// Input 0 is x, 1 is t, those behind are weights; the attribute `reduction` comes first.
template <class Formula>
struct PointwiseLoss {
  static void infer(plugin::Call& c) {
    for (uint32_t i = 1; i < c.n_in(); ++i) {
      if (!c.given(i)) continue;
      const char* other = i == 1 ? ", target is " : ", the weights are ";
      plugin::require(same_shape(c.in(0), c.in(i)), "input is ",
                      plugin::shape_text(c.in(0)), other, plugin::shape_text(c.in(i)),
                      ": they must agree");
    }
    c.like(0, c.in(0));
    if (!Reduction(c.attr(0).string()).none()) c.out(0).ndim = 0;
  }

  template <class T>
  static void forward(plugin::Call& c) {
    const Formula f(c);
    const Reduction reduction(c.attr(0).string());
    const T *x = c.in<T>(0), *t = c.in<T>(1);
    T* y = c.out<T>(0);
    const int64_t n = hg_numel(&c.in(0));
    if (reduction.none()) {
      for (int64_t i = 0; i < n; ++i) y[i] = f.y(x[i], t[i], i);
    } else {
      double sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += double(f.y(x[i], t[i], i));
      *y = T(sum / reduction.norm(f.norm(c)));
    }
  }

  template <class T>
  static void backward(plugin::Call& c) {
    const Formula f(c);
    const Reduction reduction(c.attr(0).string());
    const T *x = c.in<T>(0), *t = c.in<T>(1), *dy = c.dout<T>(0);
    T *dx = c.din<T>(0), *dt = c.din<T>(1);
    const int64_t n = hg_numel(&c.in(0)), step = reduction.none() ? 1 : 0;
    const T norm = T(reduction.norm(f.norm(c)));
    for (int64_t i = 0; i < n; ++i) {
      const T g = dy[i * step] / norm;
      if (dx) dx[i] = g * f.dx(x[i], t[i], i);  // (*)
      if (dt) dt[i] = g * f.dt(x[i], t[i], i);
    }
  }
};

/// The kernels of a formula, and what all descriptions share.
template <class F>
plugin::OpBuilder& describe_loss(plugin::Plugin& p, const char* name, const char* doc,
                                 const char* formula,
                                 const char* choices = Reduction::choices) {
  p.kernel<PointwiseLoss<F>, float, double>(name).keep_in({0, 1});
  return p.op<PointwiseLoss<F>>(name)
      .doc(doc).formula(formula)
      .in("input", "the guess x").in("target", "t, of the same shape").out("output")
      .choice("reduction", "mean", choices, Reduction::doc)
      .promote(HG_PROMOTE_FLOAT, {0, 1});
}

/// Two shapes that differ broadcast, as in PyTorch, and nearly always that is a mistake:
/// (N,1) against (N) compares every guess with every target. So it is said.
std::pair<Tensor, Tensor> matched(const char* loss, const Tensor& x, const Tensor& t);

}  // namespace hg::ops
