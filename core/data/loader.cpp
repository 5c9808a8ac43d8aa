#include "data/loader.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
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

// Fisher and Yates: any of the n numbers comes last, any of the others before it, ...
std::vector<int64_t> order_of(int64_t n, bool shuffle, uint64_t seed) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  if (!shuffle) return order;
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[uniform_below(seed, i, i)]);
  }
  return order;
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

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, const LoaderOptions& options)
    : dataset_(std::move(dataset)), options_(options) {
  if (!dataset_) throw Error("DataLoader", "there is no dataset");
  if (options_.batch_size < 1) {
    throw Error("DataLoader", "batch_size is " + std::to_string(options_.batch_size) +
                                  "; 1 is the least");
  }
  if (options_.workers < 0 || options_.workers > 256) {
    throw Error("DataLoader", "workers is " + std::to_string(options_.workers) +
                                  ", but must be 0 to 256");
  }
  if (!options_.seed) options_.seed = default_generator().next_seed();
}

int64_t DataLoader::size() const {
  const int64_t examples = dataset_->size(), whole = examples / options_.batch_size;
  return whole + (examples % options_.batch_size != 0 && !options_.drop_last);
}

// ---- one time round ---------------------------------------------------------------------

// Batches are numbered. Workers take the next number, make the batch and leave it in a
// ring of slots, slot number modulo ring size, so that they are at most a ring ahead of
// the loop.
class DataLoader::Epoch {
 public:
  Epoch(std::shared_ptr<const Dataset> dataset, const LoaderOptions& options,
        int64_t batches, uint64_t number)
      : dataset_(std::move(dataset)),
        batch_size_(options.batch_size),
        batches_(batches),
        order_seed_(derived_seed(*options.seed, 2 * number)),
        batch_seed_(derived_seed(*options.seed, 2 * number + 1)),
        order_(order_of(dataset_->size(), options.shuffle, order_seed_)),
        ring_(2 * size_t(options.workers)) {
    try {
      for (int i = 0; i < options.workers && i < batches_; ++i) {
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
    const size_t first = size_t(b * batch_size_);
    const size_t count = std::min(size_t(batch_size_), order_.size() - first);
    return dataset_->batch(std::span(order_).subspan(first, count));
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
  int64_t batch_size_, batches_;
  uint64_t order_seed_, batch_seed_;
  std::vector<int64_t> order_;

  Example batch_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_, room_;
  std::vector<Slot> ring_;
  int64_t current_ = -1;  // the number of batch_; changed by the loop's thread alone
  int64_t taken_ = 0;     // the first batch that no worker has begun
  bool stopped_ = false;
  std::vector<std::thread> workers_;
};

DataLoader::Iterator DataLoader::begin() {
  return Iterator(std::make_shared<Epoch>(dataset_, options_, size(), epochs_++));
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
