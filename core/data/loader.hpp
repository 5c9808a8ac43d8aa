// DataLoader: a dataset in batches, in a new order each time round.
//
//     data::DataLoader loader(train, {.batch_size = 256, .shuffle = true});
//     for (int epoch = 0; epoch < 10; ++epoch) {
//       for (auto [x, y] : loader) { ... }
//     }
//
// With workers, threads prepare the next batches while the loop computes with this one. The
// batches and their order depend on the seed alone, not on the number of workers.
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>

#include "data/dataset.hpp"

namespace hg::data {

struct LoaderOptions {
  int64_t batch_size = 1;
  bool shuffle = false;
  /// Threads that prepare batches; without one, the loop does it itself.
  int workers = 0;
  /// Leave out a last batch that is smaller than the others.
  bool drop_last = false;
  /// Decides the orders of all epochs; drawn from default_generator() if not given.
  std::optional<uint64_t> seed = {};
};

class DataLoader {
 public:
  /// The loader keeps a copy of the dataset (of one made of tensors that costs nothing, as
  /// tensors are handles), or a share in it.
  template <std::derived_from<Dataset> D>
  explicit DataLoader(D dataset, const LoaderOptions& options = {})
      : DataLoader(std::shared_ptr<const Dataset>(std::make_shared<D>(std::move(dataset))),
                   options) {}
  explicit DataLoader(std::shared_ptr<const Dataset> dataset,
                      const LoaderOptions& options = {});

  /// The number of batches.
  int64_t size() const;
  const Dataset& dataset() const { return *dataset_; }
  const LoaderOptions& options() const { return options_; }

  class Iterator;
  /// Starts the next epoch. What goes wrong while a batch is made is thrown where the loop
  /// would get that batch. Leaving the loop early ends the workers.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

 private:
  class Epoch;
  std::shared_ptr<const Dataset> dataset_;
  LoaderOptions options_;
  uint64_t epochs_ = 0;  // begun so far
};

class DataLoader::Iterator {
 public:
  using value_type = Example;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  explicit Iterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) {}
  Example& operator*() const;
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const;

 private:
  std::shared_ptr<Epoch> epoch_;
};

}  // namespace hg::data
