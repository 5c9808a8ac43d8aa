// Dataset: examples with numbers, from 0 to size() - 1.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor/random.hpp"
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

/// Makes one batch of several examples.
using Collate = std::function<Example(std::span<const Example>)>;

/// Stacks the first tensors of all examples, the second ones, and so on: (H,W) becomes
/// (N,H,W), and a number, of shape (), becomes (N).
Example default_collate(std::span<const Example> examples);

class Dataset {
 public:
  virtual ~Dataset() = default;

  /// The number of examples.
  virtual int64_t size() const = 0;

  /// Example i. Several threads may ask at the same time. What it draws at random (a crop,
  /// a flip) comes from default_generator(), which a DataLoader sets for each batch.
  virtual Example get(int64_t i) const = 0;

  /// The examples with these numbers as one batch: default_collate() of them, unless a
  /// dataset knows a shorter way.
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

/// A dataset as the functions below keep it: a share in one, or a copy of their own (of one
/// made of tensors that costs nothing, as tensors are handles).
class SharedDataset : public std::shared_ptr<const Dataset> {
 public:
  template <std::derived_from<Dataset> D>
  SharedDataset(std::shared_ptr<D> set) : shared_ptr(std::move(set)) {}
  SharedDataset(std::shared_ptr<const Dataset> set) : shared_ptr(std::move(set)) {}
  template <std::derived_from<Dataset> D>
  SharedDataset(D set) : shared_ptr(std::make_shared<D>(std::move(set))) {}
};

/// Some examples of another dataset: example i is its example numbers[i].
class Subset : public Dataset {
 public:
  Subset(SharedDataset dataset, std::vector<int64_t> numbers);

  int64_t size() const override { return int64_t(numbers_.size()); }
  Example get(int64_t i) const override;
  Example batch(std::span<const int64_t> numbers) const override;

  const Dataset& dataset() const { return *dataset_; }
  const std::vector<int64_t>& numbers() const { return numbers_; }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<int64_t> numbers_;
};

/// The examples of the first dataset, then those of the second, and so on.
class ConcatDataset : public Dataset {
 public:
  explicit ConcatDataset(std::vector<SharedDataset> datasets);

  int64_t size() const override { return ends_.back(); }
  Example get(int64_t i) const override;

 private:
  std::vector<SharedDataset> datasets_;
  std::vector<int64_t> ends_;  // of each: the number behind its last example
};

/// Deals the examples out at random, each to one part:
///
///     const auto parts = data::random_split(set, {0.8, 0.2});         fractions
///     const auto parts = data::random_split(set, {n - 100, 100});     counts
///
/// Counts must add up to the dataset's size, fractions to 1. Of fractions each part first
/// gets the whole examples in its share; those left over go to the first part, the second,
/// and so on, one each.
std::vector<Subset> random_split(const SharedDataset& dataset,
                                 const std::vector<int64_t>& counts,
                                 Generator& generator = default_generator());
std::vector<Subset> random_split(const SharedDataset& dataset,
                                 const std::vector<double>& fractions,
                                 Generator& generator = default_generator());
template <class Number>
std::vector<Subset> random_split(const SharedDataset& dataset,
                                 std::initializer_list<Number> lengths,
                                 Generator& generator = default_generator()) {
  using Kind = std::conditional_t<std::is_integral_v<Number>, int64_t, double>;
  return random_split(dataset, std::vector<Kind>(lengths.begin(), lengths.end()),
                      generator);
}

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
