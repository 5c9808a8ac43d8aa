// eq, ne, lt, le, gt, ge, isnan, isinf, isfinite: questions, answered by bools.
//
// Forward.
//
//     eq: a == b   ne: a != b   lt: a < b   le: a <= b   gt: a > b   ge: a >= b
//
//   NaN is neither less than, nor greater than, nor equal to anything, itself included;
//   only `ne` is true of it. isnan finds it, isinf finds both infinities, isfinite finds
//   all the rest.
//
// There is no backward: an answer of true or false does not move when a number moves a bit.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

struct Equal {
  static bool y(auto a, auto b) { return a == b; }
};
struct NotEqual {
  static bool y(auto a, auto b) { return a != b; }
};
struct Less {
  static bool y(auto a, auto b) { return a < b; }
};
struct LessEqual {
  static bool y(auto a, auto b) { return a <= b; }
};
struct Greater {
  static bool y(auto a, auto b) { return a > b; }
};
struct GreaterEqual {
  static bool y(auto a, auto b) { return a >= b; }
};

struct IsNan {
  static bool y(auto x) { return x != x; }
};
struct IsInf {
  template <class T>
  static bool y(T x) {
    if constexpr (std::is_floating_point_v<T>) return std::isinf(x);
    else return false;
  }
};
struct IsFinite {
  template <class T>
  static bool y(T x) {
    if constexpr (std::is_floating_point_v<T>) return std::isfinite(x);
    else return true;
  }
};

template <class F>
void describe_comparison(plugin::Plugin& p, const char* name, const char* doc,
                         const char* formula) {
  p.op<Binary<F>>(name)
      .doc(doc)
      .formula(formula)
      .in("input").in("other").out("output")
      .flags(HG_NO_GRAD)
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("normal[3,4] normal[3,4]")
      .sample("index(3)[3,1,4] index(3)[2,1]")
      .sample("normal normal[2,3]");
  elementwise_kernels<Binary<F>>(p, name, AllTypes{});
}

template <class F>
void describe_test(plugin::Plugin& p, const char* name, const char* doc,
                   const char* formula) {
  p.op<Unary<F>>(name)
      .doc(doc)
      .formula(formula)
      .in("input").out("output")
      .flags(HG_NO_GRAD)
      .sample("normal[3,4]").sample("normal").sample("index(3)[2,3]");
  elementwise_kernels<Unary<F>>(p, name, AllTypes{});
}

}  // namespace

void describe_compare(plugin::Plugin& p) {
  describe_comparison<Equal>(p, "core.eq", "Whether elements are equal.", "y = (a == b)");
  describe_comparison<NotEqual>(p, "core.ne", "Whether elements differ.", "y = (a != b)");
  describe_comparison<Less>(p, "core.lt", "Whether a is less than b.", "y = (a < b)");
  describe_comparison<LessEqual>(p, "core.le", "Whether a is at most b.", "y = (a <= b)");
  describe_comparison<Greater>(p, "core.gt", "Whether a is greater than b.", "y = (a > b)");
  describe_comparison<GreaterEqual>(p, "core.ge", "Whether a is at least b.",
                                    "y = (a >= b)");
  describe_test<IsNan>(p, "core.isnan", "Whether an element is NaN.", "y = (x != x)");
  describe_test<IsInf>(p, "core.isinf", "Whether an element is infinite.",
                       "y = (|x| == inf)");
  describe_test<IsFinite>(p, "core.isfinite",
                          "Whether an element is neither NaN nor infinite.",
                          "y = (|x| < inf)");
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op eq_op("core.eq"), ne_op("core.ne"), lt_op("core.lt"), le_op("core.le"),
    gt_op("core.gt"), ge_op("core.ge"), isnan_op("core.isnan"), isinf_op("core.isinf"),
    isfinite_op("core.isfinite");
}

Tensor Tensor::eq(const Tensor& other) const { return run(eq_op, {this, &other}); }
Tensor Tensor::ne(const Tensor& other) const { return run(ne_op, {this, &other}); }
Tensor Tensor::lt(const Tensor& other) const { return run(lt_op, {this, &other}); }
Tensor Tensor::le(const Tensor& other) const { return run(le_op, {this, &other}); }
Tensor Tensor::gt(const Tensor& other) const { return run(gt_op, {this, &other}); }
Tensor Tensor::ge(const Tensor& other) const { return run(ge_op, {this, &other}); }
Tensor Tensor::isnan() const { return run(isnan_op, {this}); }
Tensor Tensor::isinf() const { return run(isinf_op, {this}); }
Tensor Tensor::isfinite() const { return run(isfinite_op, {this}); }

Tensor operator==(const Tensor& a, const Tensor& b) { return a.eq(b); }
Tensor operator==(const Tensor& a, Scalar b) { return a.eq(wrapped_number(b, a)); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return a.ne(b); }
Tensor operator!=(const Tensor& a, Scalar b) { return a.ne(wrapped_number(b, a)); }
Tensor operator<(const Tensor& a, const Tensor& b) { return a.lt(b); }
Tensor operator<(const Tensor& a, Scalar b) { return a.lt(wrapped_number(b, a)); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return a.le(b); }
Tensor operator<=(const Tensor& a, Scalar b) { return a.le(wrapped_number(b, a)); }
Tensor operator>(const Tensor& a, const Tensor& b) { return a.gt(b); }
Tensor operator>(const Tensor& a, Scalar b) { return a.gt(wrapped_number(b, a)); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return a.ge(b); }
Tensor operator>=(const Tensor& a, Scalar b) { return a.ge(wrapped_number(b, a)); }

}  // namespace hg
