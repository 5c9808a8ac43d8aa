// Making tensors.
#pragma once

#include "tensor/random.hpp"
#include "tensor/tensor.hpp"

namespace hg {

// ---- filled by rule; f32 unless another type is given -----------------------------------

Tensor empty(const Shape& shape, DType type = f32);  ///< undefined contents
Tensor zeros(const Shape& shape, DType type = f32);
Tensor ones(const Shape& shape, DType type = f32);
/// Every element is `value`; its kind decides the type unless one is given.
Tensor full(const Shape& shape, Scalar value, std::optional<DType> type = {});
Tensor empty_like(const Tensor& t, std::optional<DType> type = {});
Tensor zeros_like(const Tensor& t, std::optional<DType> type = {});
Tensor ones_like(const Tensor& t, std::optional<DType> type = {});
Tensor full_like(const Tensor& t, Scalar value, std::optional<DType> type = {});
/// start, start+step, ... below end (above, if step is negative): ceil((end-start)/step)
/// elements; i64 if all three are whole numbers, else f32.
Tensor arange(Scalar start, Scalar end, Scalar step = 1, std::optional<DType> type = {});
Tensor arange(Scalar end);
/// `steps` points from start to end, both included.
Tensor linspace(Scalar start, Scalar end, int64_t steps, DType type = f32);
Tensor eye(int64_t n, std::optional<int64_t> columns = {}, DType type = f32);

// ---- from numbers -----------------------------------------------------------------------

namespace detail {
Tensor from_numbers(const Shape& shape, DType type, std::span<const double> numbers);
Tensor from_integers(const Shape& shape, DType type, std::span<const int64_t> numbers);

/// Whole numbers become i64, fractions f32, bools bool: PyTorch's defaults.
template <class T>
Tensor from_flat(const Shape& shape, const std::vector<T>& numbers,
                 std::optional<DType> type) {
  constexpr DType natural = std::is_same_v<T, bool>       ? bool_
                            : std::is_floating_point_v<T> ? f32
                                                          : i64;
  if constexpr (std::is_floating_point_v<T>) {
    std::vector<double> wide(numbers.begin(), numbers.end());
    return from_numbers(shape, type.value_or(natural), wide);
  } else {
    std::vector<int64_t> wide(numbers.begin(), numbers.end());
    return from_integers(shape, type.value_or(natural), wide);
  }
}
[[noreturn]] void ragged(int64_t row, size_t found, size_t expected);
}  // namespace detail

template <class T>
concept Number = std::is_arithmetic_v<T>;

/// A tensor of one number, of a list, or of nested lists:
///     tensor(3.0)   tensor({1, 2, 3})   tensor({{1.0, 2.0}, {3.0, 4.0}}, f64)
template <Number T>
Tensor tensor(T number, std::optional<DType> type = {}) {
  return detail::from_flat<T>({}, {number}, type);
}
template <Number T>
Tensor tensor(std::initializer_list<T> row, std::optional<DType> type = {}) {
  return detail::from_flat<T>({int64_t(row.size())}, row, type);
}
template <Number T>
Tensor tensor(const std::vector<T>& row, std::optional<DType> type = {}) {
  return detail::from_flat<T>({int64_t(row.size())}, row, type);
}
template <Number T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows,
              std::optional<DType> type = {}) {
  std::vector<T> flat;
  size_t columns = rows.size() ? rows.begin()->size() : 0;
  int64_t i = 0;
  for (const auto& row : rows) {
    if (row.size() != columns) detail::ragged(i, row.size(), columns);
    flat.insert(flat.end(), row.begin(), row.end());
    ++i;
  }
  return detail::from_flat<T>({int64_t(rows.size()), int64_t(columns)}, flat, type);
}
template <Number T>
Tensor tensor(
    std::initializer_list<std::initializer_list<std::initializer_list<T>>> blocks,
    std::optional<DType> type = {}) {
  std::vector<T> flat;
  size_t rows = blocks.size() ? blocks.begin()->size() : 0;
  size_t columns = rows ? blocks.begin()->begin()->size() : 0;
  int64_t i = 0;
  for (const auto& block : blocks) {
    if (block.size() != rows) detail::ragged(i, block.size(), rows);
    for (const auto& row : block) {
      if (row.size() != columns) detail::ragged(i, row.size(), columns);
      flat.insert(flat.end(), row.begin(), row.end());
    }
    ++i;
  }
  return detail::from_flat<T>({int64_t(blocks.size()), int64_t(rows), int64_t(columns)},
                              flat, type);
}

// ---- around memory that exists already: no copy -----------------------------------------

/// A tensor over `data`, which must stay alive until `on_free` is called (or for as long as
/// the tensor, if none is given). Strides count elements; none means row-major.
Tensor from_blob(void* data, const Shape& shape, DType type,
                 std::function<void()> on_free = {}, std::optional<Shape> strides = {});

/// A tensor over a span's memory: what is written on one side is seen on the other.
template <class T>
Tensor from_span(std::span<T> numbers, std::optional<Shape> shape = {}) {
  Shape s = shape.value_or(Shape{int64_t(numbers.size())});
  if (s.numel() != int64_t(numbers.size())) {
    throw Error("from_span", "shape " + s.to_string() + " needs " +
                                 std::to_string(s.numel()) + " elements, the span has " +
                                 std::to_string(numbers.size()));
  }
  return from_blob(const_cast<std::remove_const_t<T>*>(numbers.data()), s,
                   dtype_of<std::remove_const_t<T>>());
}
template <class T>
Tensor from_span(std::vector<T>& numbers, std::optional<Shape> shape = {}) {
  return from_span(std::span<T>(numbers), shape);
}

// ---- random (tensor/random.hpp has the generator) ---------------------------------------

Tensor rand(const Shape& shape, DType type = f32);                ///< uniform in [0,1)
Tensor randn(const Shape& shape, DType type = f32);               ///< normal, mean 0, std 1
Tensor normal(double mean, double std, const Shape& shape, DType type = f32);
Tensor randint(int64_t low, int64_t high, const Shape& shape, DType type = i64);
Tensor randperm(int64_t n);                                       ///< 0..n-1, shuffled; i64
Tensor rand_like(const Tensor& t, std::optional<DType> type = {});
Tensor randn_like(const Tensor& t, std::optional<DType> type = {});
/// 1 with probability p (element by element), else 0; of p's type.
Tensor bernoulli(const Tensor& p);
/// `count` draws of indices 0..K-1 with the given weights: (K) -> (count), or row by row
/// (N,K) -> (N,count). Without replacement unless asked for.
Tensor multinomial(const Tensor& weights, int64_t count, bool replacement = false);

}  // namespace hg
