// Running an operator.
//
//     static constinit const Op op("core.softmax");
//     Tensor y = run(op, {&x}, {dim});
//
// One call: bring the inputs to a common type, ask the operator for the shapes of its
// results, pick the kernel, run it, and record it for the backward pass if an input
// requires a gradient.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "host/registry.hpp"
#include "tensor/tensor.hpp"

namespace hg {

/// An attribute's value on its way to a call. Lists and strings are not copied: they must
/// outlive the call.
struct Value : hg_value {
  Value() : hg_value{HG_NONE, 0, {0}} {}
  Value(std::nullopt_t) : Value() {}
  Value(bool b) : hg_value{HG_BOOL, 0, {b ? 1 : 0}} {}
  template <std::integral T>
  Value(T i) : hg_value{HG_INT, 0, {int64_t(i)}} {}
  template <std::floating_point T>
  Value(T f) : hg_value{HG_FLOAT, 0, {}} {
    u.f = double(f);
  }
  Value(Scalar s) : Value() {
    if (s.kind() == 2)
      *this = Value(s.to_double());
    else if (s.kind() == 1)
      *this = Value(s.to_int64());
    else
      *this = Value(s.to_int64() != 0);
  }
  Value(const char* s)
      : hg_value{HG_STRING, int32_t(std::char_traits<char>::length(s)), {}} {
    u.s = s;
  }
  Value(const std::string& s) : hg_value{HG_STRING, int32_t(s.size()), {}} {
    u.s = s.c_str();
  }
  Value(const Shape& list) : hg_value{HG_INTS, list.size(), {}} { u.iv = list.begin(); }
  Value(std::span<const int64_t> list) : hg_value{HG_INTS, int32_t(list.size()), {}} {
    u.iv = list.data();
  }
  Value(std::span<const double> list) : hg_value{HG_FLOATS, int32_t(list.size()), {}} {
    u.fv = list.data();
  }
  template <class T>
  Value(const std::optional<T>& v) : Value() {
    if (v) *this = Value(*v);
  }
};

/// A list of values as the array that callbacks get.
inline std::span<const hg_value> as_span(std::span<const Value> values) {
  static_assert(sizeof(Value) == sizeof(hg_value));
  return {static_cast<const hg_value*>(values.data()), values.size()};
}

/// Inputs by address; an undefined tensor is an optional input left out. Attributes in
/// declared order; missing ones at the end take their defaults. Returns output 0.
Tensor run(const Op& op, std::initializer_list<const Tensor*> inputs,
           std::initializer_list<Value> attributes = {});

/// The same, with all outputs.
std::vector<Tensor> run_all(const Operator& op, std::span<const Tensor* const> inputs,
                            std::span<const hg_value> attributes = {});
std::vector<Tensor> run_all(const Op& op, std::initializer_list<const Tensor*> inputs,
                            std::initializer_list<Value> attributes = {});
/// For operators with a variadic input: cat, stack, index.
std::vector<Tensor> run_all(const Op& op, const std::vector<Tensor>& inputs,
                            std::initializer_list<Value> attributes = {});

/// Output 0 replaces the contents of input 0, which is returned. Its shape must be input
/// 0's, and its type convertible without loss of kind (no fraction into whole numbers).
Tensor run_in_place(const Op& op, std::initializer_list<const Tensor*> inputs,
                    std::initializer_list<Value> attributes = {});
/// For operators with a variadic input: index_put.
Tensor run_in_place(const Op& op, const std::vector<Tensor>& inputs,
                    std::initializer_list<Value> attributes = {});

/// A rank-0 tensor of the number `s` that yields to `beside` in type promotion.
Tensor wrapped_number(Scalar s, const Tensor& beside);

/// Calls `op` with a given seed and step (optimizers, tests); nothing is recorded.
std::vector<Tensor> run_step(const Operator& op, std::span<const Tensor* const> inputs,
                             std::span<const hg_value> attributes, uint64_t step);

}  // namespace hg
