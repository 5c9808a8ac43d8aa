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

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>

#include "data/dataset.hpp"
#include "data/sampler.hpp"

namespace hg::data {

/// Names, defaults and meanings are PyTorch's, but for `seed`, and for what workers draw at
/// random: here that depends on the batch and not on the worker that makes it, so nothing
/// changes with their number, and there is no worker_init_fn.
struct LoaderOptions {
  int64_t batch_size = 1;
  /// Short for a RandomSampler over the dataset.
  bool shuffle = false;
  /// Which examples, in which order; not together with shuffle.
  std::shared_ptr<const Sampler> sampler = nullptr;
  /// Which examples make which batch; not together with the three above and drop_last.
  std::shared_ptr<const BatchSampler> batch_sampler = nullptr;
  /// Threads that prepare batches; without one, the loop does it itself.
  int num_workers = 0;
  /// Makes a batch of examples; without one, Dataset::batch() does.
  Collate collate_fn = nullptr;
  /// Leave out a last batch that is smaller than the others.
  bool drop_last = false;
  /// Decides everything random of all epochs; drawn from default_generator() if not given.
  std::optional<uint64_t> seed = {};
  /// Where each epoch draws its seed, in place of the above. Must live as long as the
  /// loader. Whoever saves it with a checkpoint gets the same batches after resuming.
  Generator* generator = nullptr;
  /// So many batches for each worker are made ahead, the current one among them.
  int prefetch_factor = 2;
};

/// Where a loop over a loader stands: in which epoch, counted from 0, how many of its batches
/// have been given out, and the seed from which they come.
struct LoaderState {
  uint64_t seed = 0;
  uint64_t epoch = 0;
  int64_t batch = 0;
};

class DataLoader {
 public:
  explicit DataLoader(SharedDataset dataset, const LoaderOptions& options = {});

  /// The number of batches.
  int64_t size() const;
  const Dataset& dataset() const { return *dataset_; }
  const LoaderOptions& options() const { return options_; }

  class Iterator;
  /// Starts the next epoch. What goes wrong while a batch is made is thrown where the loop
  /// would get that batch. Leaving the loop early ends the workers.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

  /// How many epochs have begun. Setting it makes the next one number `epoch`, counted from
  /// 0: a loader with the same seed then goes on where another one stopped.
  uint64_t epochs() const { return epochs_; }
  void set_epoch(uint64_t epoch) {
    epochs_ = epoch;
    first_batch_ = 0;
    current_.reset();
  }

  /// For checkpoints. Inside a loop, the batch that it is working on counts as given out;
  /// behind it, the next epoch stands at its first batch.
  LoaderState state() const;
  /// The next loop gets what is left of that epoch, be it nothing, and those after it
  /// whole epochs again. Throws if this loader has fewer batches.
  void load_state(const LoaderState& state);

 private:
  class Epoch;
  std::shared_ptr<const Dataset> dataset_;
  LoaderOptions options_;
  std::shared_ptr<const BatchSampler> batches_;
  uint64_t epochs_ = 0;
  uint64_t seed_ = 0;        // of the current epoch
  int64_t first_batch_ = 0;  // where the next epoch begins
  std::weak_ptr<Epoch> current_;
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
