#include "data/loader.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "autograd/grad_mode.hpp"
#include "tensor/random.hpp"

namespace hg::data {
namespace {

// Seed number `i` of those that derive from `seed`.
uint64_t derived_seed(uint64_t seed, uint64_t i) {
  Generator generator(seed);
  generator.calls = i;
  return generator.next_seed();
}

// This thread's random numbers while a batch is made; the ones before it go on afterwards.
class Seeded {
 public:
  explicit Seeded(uint64_t seed) : before_(default_generator()) {
    default_generator() = Generator(seed);
  }
  ~Seeded() { default_generator() = before_; }
  Seeded(const Seeded&) = delete;

 private:
  Generator before_;
};

}  // namespace

DataLoader::DataLoader(SharedDataset dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  if (!dataset_) throw Error("DataLoader", "there is no dataset");
  const auto check = [](const char* name, int64_t value, int64_t least, int64_t most) {
    if (least <= value && value <= most) return;
    throw Error("DataLoader", std::string(name) + " is " + std::to_string(value) +
                                  ", but must be " + std::to_string(least) + " to " +
                                  std::to_string(most));
  };
  check("num_workers", options_.num_workers, 0, 256);
  check("prefetch_factor", options_.prefetch_factor, 1, 1024);
  if (options_.batch_size < 1) {
    throw Error("DataLoader", "batch_size is " + std::to_string(options_.batch_size) +
                                  "; 1 is the least");
  }
  if (options_.sampler && options_.shuffle) {
    throw Error("DataLoader", "a sampler and shuffle: only one can say the order");
  }
  batches_ = options_.batch_sampler;
  if (batches_) {
    if (options_.batch_size != 1 || options_.shuffle || options_.sampler ||
        options_.drop_last) {
      throw Error("DataLoader",
                  "a batch_sampler leaves nothing for batch_size, shuffle, sampler and "
                  "drop_last to say");
    }
  } else {
    std::shared_ptr<const Sampler> sampler = options_.sampler;
    if (!sampler && options_.shuffle) {
      sampler = std::make_shared<RandomSampler>(dataset_->size());
    } else if (!sampler) {
      sampler = std::make_shared<SequentialSampler>(dataset_->size());
    }
    batches_ =
        std::make_shared<BatchSampler>(sampler, options_.batch_size, options_.drop_last);
  }
  if (!options_.generator && !options_.seed) {
    options_.seed = default_generator().next_seed();
  }
}

int64_t DataLoader::size() const { return batches_->size(); }

// ---- one time round ---------------------------------------------------------------------

// Batches are numbered. Workers take the next number, make the batch and leave it in a
// ring of slots, slot number modulo ring size, so that they are at most a ring ahead of
// the loop.
class DataLoader::Epoch {
 public:
  Epoch(const DataLoader& loader, uint64_t order_seed, uint64_t batch_seed, int64_t first)
      : dataset_(loader.dataset_),
        collate_(loader.options_.collate_fn),
        batch_seed_(batch_seed),
        numbers_(loader.batches_->batches(order_seed)),
        batches_(std::ssize(numbers_)),
        ring_(size_t(loader.options_.prefetch_factor) *
              size_t(loader.options_.num_workers)),
        current_(std::min(first, batches_) - 1),
        taken_(current_ + 1) {
    const int64_t left = batches_ - taken_;
    try {
      for (int i = 0; i < loader.options_.num_workers && i < left; ++i) {
        workers_.emplace_back([this] { work(); });
      }
      advance();
    } catch (...) {
      stop();
      throw;
    }
  }
  ~Epoch() { stop(); }
  Epoch(const Epoch&) = delete;

  bool done() const { return current_ == batches_; }
  int64_t given() const { return current_ + 1; }
  Example& batch() { return batch_; }

  // Makes the next batch the current one, or throws what its making threw.
  void advance() {
    batch_.clear();
    std::unique_lock lock(mutex_);
    if (++current_ == batches_) return;
    if (workers_.empty()) {
      batch_ = make(current_);
      return;
    }
    room_.notify_one();
    Slot& slot = ring_[size_t(current_) % ring_.size()];
    ready_.wait(lock, [&] { return slot.full; });
    slot.full = false;
    batch_ = std::move(slot.batch);
    const std::exception_ptr error = std::exchange(slot.error, nullptr);
    lock.unlock();
    if (error) {
      stop();
      current_ = batches_;
      std::rethrow_exception(error);
    }
  }

 private:
  struct Slot {
    bool full = false;
    Example batch;
    std::exception_ptr error;
  };

  Example make(int64_t b) const {
    const no_grad guard;
    const Seeded seeded(derived_seed(batch_seed_, uint64_t(b)));
    const std::vector<int64_t>& numbers = numbers_[size_t(b)];
    if (!collate_) return dataset_->batch(numbers);
    std::vector<Example> examples;
    for (const int64_t i : numbers) examples.push_back(dataset_->get(i));
    return collate_(examples);
  }

  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      room_.wait(lock, [&] {
        return stopped_ || taken_ == batches_ || taken_ < current_ + std::ssize(ring_);
      });
      if (stopped_ || taken_ == batches_) return;
      const int64_t b = taken_++;
      lock.unlock();
      Slot made{.full = true, .batch = {}, .error = nullptr};
      try {
        made.batch = make(b);
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      ring_[size_t(b) % ring_.size()] = std::move(made);
      ready_.notify_one();
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    room_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  std::shared_ptr<const Dataset> dataset_;
  Collate collate_;
  uint64_t batch_seed_;
  std::vector<std::vector<int64_t>> numbers_;  // of the examples in each batch
  int64_t batches_;

  Example batch_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_, room_;
  std::vector<Slot> ring_;
  int64_t current_;  // the number of batch_; changed by the loop's thread alone
  int64_t taken_;    // the first batch that no worker has begun
  bool stopped_ = false;
  std::vector<std::thread> workers_;
};

DataLoader::Iterator DataLoader::begin() {
  const uint64_t number = epochs_++;
  const int64_t first_batch = std::exchange(first_batch_, 0);
  Generator* generator = options_.generator;
  if (!generator) {
    seed_ = *options_.seed;
  } else if (first_batch == 0) {
    seed_ = generator->next_seed();  // else it was drawn when this epoch began
  }
  const uint64_t first = generator ? 0 : 2 * number;
  auto epoch = std::make_shared<Epoch>(*this, derived_seed(seed_, first),
                                       derived_seed(seed_, first + 1), first_batch);
  current_ = epoch;
  return Iterator(std::move(epoch));
}

LoaderState DataLoader::state() const {
  const uint64_t seed = options_.generator ? seed_ : *options_.seed;
  const auto epoch = current_.lock();
  if (epoch && !epoch->done()) return {seed, epochs_ - 1, epoch->given()};
  return {seed, epochs_, first_batch_};
}

void DataLoader::load_state(const LoaderState& state) {
  if (state.batch < 0 || state.batch > size()) {
    throw Error("DataLoader", "the state stands at batch " + std::to_string(state.batch) +
                                  "; here are " + std::to_string(size()));
  }
  if (!options_.generator) options_.seed = state.seed;
  seed_ = state.seed;
  epochs_ = state.epoch;
  first_batch_ = state.batch;
  current_.reset();
}

Example& DataLoader::Iterator::operator*() const { return epoch_->batch(); }

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  epoch_->advance();
  return *this;
}

bool DataLoader::Iterator::operator==(std::default_sentinel_t) const {
  return epoch_->done();
}

}  // namespace hg::data
