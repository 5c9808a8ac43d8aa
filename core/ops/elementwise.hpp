// From a scalar formula to the kernels of an operator.
//
// An elementwise operator is one formula for one number, applied to all. The file of an
// operator states the formula and its derivative,
//
//     struct Exp {
//       static constexpr bool keeps_x = false, keeps_y = true;  // what dx reads
//       static auto y(auto x) { return std::exp(x); }
//       static auto dx(auto x, auto y, auto dy) { return dy * y; }
//     };
//
// and the loops are here. A function of two numbers has a, b for x, and da, db for dx. As
// everywhere, dy is dL/dy, and dx, da, db are dL/dx, dL/da, dL/db. A formula without
// keeps_y, such as a comparison, has no derivative.
#pragma once

#include <cmath>
#include <limits>

#include "ops/broadcast.hpp"
#include "ops/ops.hpp"

namespace hg::ops {

// ---- whole numbers ---------------------------------------------------------------------
// C++ leaves the overflow of signed numbers undefined. Here it wraps around, as PyTorch's
// does: i8 127 + 1 is -128. Unsigned arithmetic is exactly that, modulo 2^64, and the low
// bits of the result are the answer for each shorter type too.

template <class T>
constexpr bool is_whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T>
T plus(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return a || b;
  else if constexpr (is_whole<T>) return static_cast<T>(uint64_t(a) + uint64_t(b));
  else return a + b;
}
template <class T>
T minus(T a, T b) {
  if constexpr (is_whole<T>) return static_cast<T>(uint64_t(a) - uint64_t(b));
  else return a - b;
}
template <class T>
T times(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return a && b;
  else if constexpr (is_whole<T>) return static_cast<T>(uint64_t(a) * uint64_t(b));
  else return a * b;
}

// ---- kernels ---------------------------------------------------------------------------

template <class F>
concept Differentiable = requires { F::keeps_y; };

/// Sets output 0's type to bool if that is what the formula yields.
template <class Result>
void infer_result_type(Call& c) {
  if (std::is_same_v<Result, bool>) c.set_type(0, HG_BOOL_CODE, 8);
}

/// y = F::y(x)
template <class F>
struct Unary {
  template <class T>
  using Result = decltype(F::y(T()));

  static void infer(Call& c) {
    c.like(0, c.in(0));
    infer_result_type<Result<float>>(c);
  }

  template <class T>
  static void forward(Call& c) {
    map<Result<T>>(c, c.out(0), [](T x) { return F::y(x); }, Elements<T>{c.in(0)});
  }

  template <class T>
  static void backward(Call& c)
    requires Differentiable<F>
  {
    gradient<T>(c, 0, [](auto... v) { return F::dx(v...); },
                elements<T, F::keeps_x>(c.in(0)), elements<T, F::keeps_y>(c.out(0)),
                Elements<T>{c.dout(0)});
  }
};

/// y = F::y(a, b)
template <class F>
struct Binary {
  template <class T>
  using Result = decltype(F::y(T(), T()));

  static void infer(Call& c) {
    infer_broadcast(c, c.in(0), c.in(1));
    infer_result_type<Result<float>>(c);
  }

  template <class T>
  static void forward(Call& c) {
    map<Result<T>>(c, c.out(0), [](T a, T b) { return F::y(a, b); }, Elements<T>{c.in(0)},
                   Elements<T>{c.in(1)});
  }

  template <class T>
  static void backward(Call& c)
    requires Differentiable<F>
  {
    auto a = elements<T, F::keeps_a>(c.in(0));
    auto b = elements<T, F::keeps_b>(c.in(1));
    auto y = elements<T, F::keeps_y>(c.out(0));
    Elements<T> dy{c.dout(0)};
    gradient<T>(c, 0, [](auto... v) { return F::da(v...); }, a, b, y, dy);
    gradient<T>(c, 1, [](auto... v) { return F::db(v...); }, a, b, y, dy);
  }
};

/// y = f.y(x) and dx = f.dx(x, dy), for a formula with settings: F<T> f(call) reads them
/// from the attributes. F<T>::keeps_x says whether dx reads x.
template <template <class> class F>
struct UnaryWith {
  static void infer(Call& c) { c.like(0, c.in(0)); }

  template <class T>
  static void forward(Call& c) {
    const F<T> f(c);
    map<T>(c, c.out(0), [f](T x) { return f.y(x); }, Elements<T>{c.in(0)});
  }

  template <class T>
  static void backward(Call& c) {
    const F<T> f(c);
    gradient<T>(c, 0, [f](T x, T dy) { return f.dx(x, dy); },
                elements<T, F<T>::keeps_x>(c.in(0)), Elements<T>{c.dout(0)});
  }
};

// ---- registering -----------------------------------------------------------------------

template <class... Ts>
struct Types {};
using Floats = Types<float, double>;
using Numbers = Types<float, double, int64_t, int32_t, int16_t, int8_t, uint8_t>;
using AllTypes = Types<float, double, int64_t, int32_t, int16_t, int8_t, uint8_t, bool>;

/// Adds kernel K for each of the types; it takes inputs with any strides.
template <class K, class... Ts>
plugin::KernelBuilder elementwise_kernels(plugin::Plugin& p, const char* op, Types<Ts...>) {
  return p.kernel<K, Ts...>(op).flags(HG_STRIDED_OK);
}

/// The kernels of a formula, which keep what it says and may write over input 0.
template <class F, class List>
void unary_kernels(plugin::Plugin& p, const char* op, List types) {
  auto kernels = elementwise_kernels<Unary<F>>(p, op, types).may_alias({0});
  if (F::keeps_x) kernels.keep_in({0});
  if (F::keeps_y) kernels.keep_out({0});
}

template <class F, class List>
void binary_kernels(plugin::Plugin& p, const char* op, List types) {
  auto kernels = elementwise_kernels<Binary<F>>(p, op, types).may_alias({0});
  if (F::keeps_a && F::keeps_b) kernels.keep_in({0, 1});
  if (F::keeps_y) kernels.keep_out({0});
}

/// Three shapes to check a formula with: anywhere, above 0, between 0 and 1.
constexpr const char* anywhere[3] = {"normal[3,4]", "normal", "normal[2,1,3]"};
constexpr const char* positive[3] = {"positive[3,4]", "positive", "positive[2,1,3]"};
constexpr const char* below_one[3] = {"uniform[3,4]", "uniform", "uniform[2,1,3]"};

/// Describes a formula whose results are fractions, as those of exp: whole numbers become
/// f32 first.
template <class F>
plugin::OpBuilder& describe_fraction(plugin::Plugin& p, const char* name,
                                     const char* const (&samples)[3]) {
  unary_kernels<F>(p, name, Floats{});
  return p.op<Unary<F>>(name)
      .in("input").out("output")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample(samples[0]).sample(samples[1]).sample(samples[2]);
}

/// Describes a formula with settings; attributes and samples follow.
template <template <class> class F, class List = Floats>
plugin::OpBuilder& describe_with(plugin::Plugin& p, const char* name, List types = {}) {
  auto kernels = elementwise_kernels<UnaryWith<F>>(p, name, types).may_alias({0});
  if (F<float>::keeps_x) kernels.keep_in({0});
  return p.op<UnaryWith<F>>(name).in("input").out("output");
}

}  // namespace hg::ops
