// Dataset: examples with numbers, from 0 to size() - 1.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::data {

/// The tensors of one example (an image and its class, say), or of a batch of examples,
/// where each tensor has one more axis in front.
///
///     auto [image, label] = dataset[0];                     two tensors: the usual case
///     auto [x, x_len, y, y_len] = example.parts<4>();       another number of them
class Example : public std::vector<Tensor> {
 public:
  using std::vector<Tensor>::vector;

  template <size_t N>
  std::array<Tensor, N> parts() const {
    check_size(N);
    std::array<Tensor, N> result;
    for (size_t i = 0; i < N; ++i) result[i] = (*this)[i];
    return result;
  }

  // What `auto [x, y] = example` calls, for I = 0 and 1.
  template <size_t I>
  Tensor get() const {
    check_size(2);
    return (*this)[I];
  }

 private:
  void check_size(size_t wanted) const;
};

class Dataset {
 public:
  virtual ~Dataset() = default;

  /// The number of examples.
  virtual int64_t size() const = 0;

  /// Example i. Several threads may ask at the same time. What it draws at random (a crop,
  /// a flip) comes from default_generator(), which a DataLoader sets for each batch.
  virtual Example get(int64_t i) const = 0;

  /// The examples with these numbers as one batch. Unless a dataset knows a shorter way,
  /// their tensors are stacked.
  virtual Example batch(std::span<const int64_t> numbers) const;

  Example operator[](int64_t i) const { return get(i); }

 protected:
  Dataset() = default;
  Dataset(const Dataset&) = default;
  Dataset& operator=(const Dataset&) = default;

  /// Throws unless 0 <= i < size().
  void check_number(int64_t i) const;
};

/// Tensors with the same size along axis 0: example i is row i of each.
class TensorDataset : public Dataset {
 public:
  explicit TensorDataset(std::vector<Tensor> tensors);

  int64_t size() const override { return tensors_[0].size(0); }
  Example get(int64_t i) const override;
  Example batch(std::span<const int64_t> numbers) const override;

  const std::vector<Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
};

/// Rows `numbers` of x along axis 0, copied one after the other. They must exist.
Tensor gather_rows(const Tensor& x, std::span<const int64_t> numbers);

}  // namespace hg::data

// An Example of two tensors may be taken apart: auto [x, y] = example;
template <>
struct std::tuple_size<hg::data::Example> : std::integral_constant<size_t, 2> {};
template <size_t I>
struct std::tuple_element<I, hg::data::Example> {
  using type = hg::Tensor;
};
