// bitwise_and, bitwise_or, bitwise_xor, bitwise_not, and the same four as logical_...:
// and, or, either or, not.
//
// Forward.
//
//     bitwise:  a & b    a | b    a ^ b    ~x       bit by bit, in the type of the operands
//     logical:  and, or, xor, not                   of any numbers; the answer is a bool
//
//   Bit by bit, 1 & 2 is 0, as they share no bit. Logically both are true, as they are not
//   0, and so is `1 and 2`; NaN is not 0 either. A bool is a single bit, and of bools both
//   are the same: they combine masks, x[(x > 0) & (x < 1)]. Numbers with a fraction have
//   no bits in this sense: an error.
//
// There is no backward.
#include "ops/elementwise.hpp"

namespace hg {
namespace ops {
namespace {

// C++ computes the bits of short types as ints; `as` brings them back.
template <class T>
T as(const T&, int64_t bits) { return static_cast<T>(bits); }

struct And {
  static auto y(auto a, auto b) { return as(a, a & b); }
};
struct Or {
  static auto y(auto a, auto b) { return as(a, a | b); }
};
struct Xor {
  static auto y(auto a, auto b) { return as(a, a ^ b); }
};
struct Not {
  static auto y(auto x) { return as(x, ~x); }
  static bool y(bool x) { return !x; }
};

struct LogicalAnd {
  static bool y(auto a, auto b) { return a != 0 && b != 0; }
};
struct LogicalOr {
  static bool y(auto a, auto b) { return a != 0 || b != 0; }
};
struct LogicalXor {
  static bool y(auto a, auto b) { return (a != 0) != (b != 0); }
};
struct LogicalNot {
  static bool y(auto x) { return x == 0; }
};

// Unary and Binary ask a formula for its result on floats, which these do not have.
template <class F>
struct Bits {
  static void infer(Call& c) {
    if (c.n_in() == 2) infer_broadcast(c, c.in(0), c.in(1));
    else c.like(0, c.in(0));
  }
  template <class T>
  static void forward(Call& c) {
    if constexpr (requires { F::y(T(), T()); }) Binary<F>::template forward<T>(c);
    else Unary<F>::template forward<T>(c);
  }
};

template <class F>
plugin::OpBuilder& describe_bits(plugin::Plugin& p, const char* name) {
  using Integers = Types<bool, int64_t, int32_t, int16_t, int8_t, uint8_t>;
  elementwise_kernels<Bits<F>>(p, name, Integers{}).may_alias({0});
  return p.op<Bits<F>>(name).flags(HG_NO_GRAD).in("input").out("output");
}

template <class F>
void describe_pair(plugin::Plugin& p, const char* name, const char* doc,
                   const char* formula) {
  describe_bits<F>(p, name)
      .in("other")
      .doc(doc)
      .formula(formula)
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("bool[3,4] bool[3,4]")
      .sample("index(8)[3,1,4] index(8)[2,1]");
}

template <class F>
void describe_logical_pair(plugin::Plugin& p, const char* name, const char* doc,
                           const char* formula) {
  p.op<Binary<F>>(name)
      .doc(doc)
      .formula(formula)
      .in("input").in("other").out("output")
      .flags(HG_NO_GRAD)
      .promote(HG_PROMOTE_ALL, {0, 1})
      .sample("bool[3,4] bool[3,4]")
      .sample("index(2)[3,1,4] index(2)[2,1]")
      .sample("normal bool[2,3]");
  elementwise_kernels<Binary<F>>(p, name, AllTypes{});
}

}  // namespace

void describe_logic(plugin::Plugin& p) {
  describe_pair<And>(p, "core.bitwise_and", "And, bit by bit.", "y = a & b");
  describe_pair<Or>(p, "core.bitwise_or", "Or, bit by bit.", "y = a | b");
  describe_pair<Xor>(p, "core.bitwise_xor", "Exclusive or, bit by bit.", "y = a ^ b");
  describe_bits<Not>(p, "core.bitwise_not")
      .doc("Not, bit by bit.")
      .formula("y = ~x")
      .sample("bool[3,4]").sample("index(8)[2,3]");

  describe_logical_pair<LogicalAnd>(p, "core.logical_and", "Whether neither of two is 0.",
                                    "y = (a != 0) and (b != 0)");
  describe_logical_pair<LogicalOr>(p, "core.logical_or", "Whether not both are 0.",
                                   "y = (a != 0) or (b != 0)");
  describe_logical_pair<LogicalXor>(p, "core.logical_xor", "Whether one of two is 0.",
                                    "y = (a != 0) != (b != 0)");
  p.op<Unary<LogicalNot>>("core.logical_not")
      .doc("Whether an element is 0 (or false).")
      .formula("y = (x == 0)")
      .in("input").out("output")
      .flags(HG_NO_GRAD)
      .sample("bool[3,4]").sample("index(2)[2,3]").sample("normal[3]");
  elementwise_kernels<Unary<LogicalNot>>(p, "core.logical_not", AllTypes{});
}

}  // namespace ops

// ---- the face --------------------------------------------------------------------------

namespace {
constinit const Op and_op("core.bitwise_and"), or_op("core.bitwise_or"),
    xor_op("core.bitwise_xor"), not_op("core.bitwise_not"),
    logical_and_op("core.logical_and"), logical_or_op("core.logical_or"),
    logical_xor_op("core.logical_xor"), logical_not_op("core.logical_not");
}

Tensor operator&(const Tensor& a, const Tensor& b) { return run(and_op, {&a, &b}); }
Tensor operator|(const Tensor& a, const Tensor& b) { return run(or_op, {&a, &b}); }
Tensor operator^(const Tensor& a, const Tensor& b) { return run(xor_op, {&a, &b}); }
Tensor operator~(const Tensor& a) { return run(not_op, {&a}); }
Tensor Tensor::logical_and(const Tensor& other) const {
  return run(logical_and_op, {this, &other});
}
Tensor Tensor::logical_or(const Tensor& other) const {
  return run(logical_or_op, {this, &other});
}
Tensor Tensor::logical_xor(const Tensor& other) const {
  return run(logical_xor_op, {this, &other});
}
Tensor Tensor::logical_not() const { return run(logical_not_op, {this}); }

}  // namespace hg
