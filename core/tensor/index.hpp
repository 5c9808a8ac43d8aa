// The brackets: x[0], x[slice(1,3)], x[{all, 1}], x[{index({0,1}), y}], x[mask], and
// assignment through them.
#pragma once

#include "tensor/tensor.hpp"

namespace hg {

/// Python's start:stop:step. Missing bounds mean the ends; step must be positive.
struct Slice {
  std::optional<int64_t> start, stop;
  int64_t step = 1;
};

inline Slice slice(std::optional<int64_t> start = {}, std::optional<int64_t> stop = {},
                   int64_t step = 1) {
  return {start, stop, step};
}

/// Python's `:`, `None` and `...`.
inline constexpr struct All {} all;
inline constexpr struct NewAxis {} newaxis;
inline constexpr struct Ellipsis {} ellipsis;

/// One entry of a subscript: a number, a slice, a new axis, an ellipsis, or a tensor of
/// indices (whole numbers) or of bool.
class Index {
 public:
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Index(T i) : value_(int64_t(i)) {}
  Index(Slice s) : value_(s) {}
  Index(All) : value_(Slice{}) {}
  Index(NewAxis) : value_(NewAxis{}) {}
  Index(Ellipsis) : value_(Ellipsis{}) {}
  Index(const Tensor& t) : value_(t) {}
  const auto& value() const { return value_; }

 private:
  std::variant<int64_t, Slice, NewAxis, Ellipsis, Tensor> value_;
};

/// A tensor of indices: x[{index({0,2}), all}] takes rows 0 and 2.
Tensor index(std::initializer_list<int64_t> positions);

/// The elements of x at the given positions (ops/index.cpp). `indices` has an entry for
/// each axis of x, from the left, and none for axes after the last one that matters: a
/// tensor of whole numbers, negative ones counting from the end, or an undefined Tensor for
/// a whole axis. A bool tensor stands for the positions where it is true, along as many
/// axes as it has. All index tensors broadcast to one shape B. It replaces the axes they
/// index, if those stand side by side; else B comes first, before the whole axes:
///
///     x (4,5,6), i and j of shape (3)    {i, j, whole} -> (3,6)    {i, whole, j} -> (3,5)
Tensor take(const Tensor& x, const std::vector<Tensor>& indices);

/// The result of a subscript. It is a Tensor (a view, if no index was a tensor), and a
/// temporary one can be assigned to, which writes into the tensor that was subscripted:
///     x[0] = 7;    x[{all, 1}] += y;    x[x < 0] = 0;
class Indexed : public Tensor {
 public:
  Indexed(Tensor result, Tensor source, std::vector<Tensor> indices)
      : Tensor(std::move(result)), source_(std::move(source)), indices_(std::move(indices)) {}
  Indexed(const Indexed&) = default;

  const Indexed& operator=(const Tensor& value) &&;
  const Indexed& operator=(const Indexed& value) && {
    return std::move(*this) = static_cast<const Tensor&>(value);
  }
  const Indexed& operator=(Scalar value) &&;
  const Indexed& operator+=(const Tensor& v) &&;
  const Indexed& operator-=(const Tensor& v) &&;
  const Indexed& operator*=(const Tensor& v) &&;
  const Indexed& operator/=(const Tensor& v) &&;
  const Indexed& operator+=(Scalar v) &&;
  const Indexed& operator-=(Scalar v) &&;
  const Indexed& operator*=(Scalar v) &&;
  const Indexed& operator/=(Scalar v) &&;

 private:
  Tensor source_;                // after the plain subscripts: what indices_ apply to
  std::vector<Tensor> indices_;  // as for take(); empty when the result is a view
};

}  // namespace hg
