#include "data/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "tensor/error.hpp"
#include "tensor/random.hpp"

namespace hg::data {

std::vector<int64_t> shuffled(int64_t n, uint64_t seed) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  // Any of the n numbers comes last, any of the others before it, and so on.
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[uniform_below(seed, i, i)]);
  }
  return order;
}

namespace {

int64_t at_least(const char* sampler, const char* what, int64_t value, int64_t least) {
  if (value < least) {
    throw Error(sampler, std::string(what) + " is " + std::to_string(value) + "; " +
                             std::to_string(least) + " is the least");
  }
  return value;
}

}  // namespace

SequentialSampler::SequentialSampler(int64_t n)
    : n_(at_least("SequentialSampler", "n", n, 0)) {}

std::vector<int64_t> SequentialSampler::order(uint64_t) const {
  std::vector<int64_t> order(static_cast<size_t>(n_));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

RandomSampler::RandomSampler(int64_t n, bool replacement, int64_t count)
    : n_(at_least("RandomSampler", "n", n, 0)),
      count_(at_least("RandomSampler", "count", count, 0)),
      replacement_(replacement) {
  if (count_ == 0) count_ = n_;
  if (n_ == 0 && count_ > 0) {
    throw Error("RandomSampler",
                "count is " + std::to_string(count_) + ", and there is nothing to draw");
  }
}

std::vector<int64_t> RandomSampler::order(uint64_t seed) const {
  if (count_ == n_ && !replacement_) return shuffled(n_, seed);
  std::vector<int64_t> order;
  order.reserve(size_t(count_));
  if (replacement_) {
    for (int64_t i = 0; i < count_; ++i) {
      order.push_back(int64_t(uniform_below(seed, uint64_t(i), uint64_t(n_))));
    }
    return order;
  }
  Generator generator(seed);
  while (std::ssize(order) < count_) {
    const std::vector<int64_t> all = shuffled(n_, generator.next_seed());
    const int64_t some = std::min(n_, count_ - std::ssize(order));
    order.insert(order.end(), all.begin(), all.begin() + some);
  }
  return order;
}

SubsetRandomSampler::SubsetRandomSampler(std::vector<int64_t> numbers)
    : numbers_(std::move(numbers)) {}

std::vector<int64_t> SubsetRandomSampler::order(uint64_t seed) const {
  std::vector<int64_t> order = shuffled(size(), seed);
  for (int64_t& i : order) i = numbers_[size_t(i)];
  return order;
}

// ---- by weight --------------------------------------------------------------------------

WeightedRandomSampler::WeightedRandomSampler(std::vector<double> weights, int64_t count,
                                             bool replacement)
    : weights_(std::move(weights)),
      count_(at_least("WeightedRandomSampler", "count", count, 1)),
      replacement_(replacement) {
  double sum = 0;
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (!(weights_[i] >= 0) || std::isinf(weights_[i])) {
      throw Error("WeightedRandomSampler", "weight " + std::to_string(i) + " is " +
                                               std::to_string(weights_[i]) +
                                               "; weights are finite and 0 at least");
    }
    sum += weights_[i];
  }
  const auto some =
      std::ssize(weights_) - std::count(weights_.begin(), weights_.end(), 0.0);
  if (some == 0 || std::isinf(sum)) {
    throw Error("WeightedRandomSampler", "the weights must have a sum above 0, and finite");
  }
  if (!replacement_ && count_ > some) {
    throw Error("WeightedRandomSampler",
                std::to_string(count_) + " examples without replacement, and only " +
                    std::to_string(some) + " have a weight above 0");
  }
}

// With replacement: the weights, laid end to end, make a line as long as their sum; a point
// anywhere on it falls into weight i with the right probability.
//
// Without: give each i a waiting time, exponential with rate weights[i], -log(1-u)/w. The
// first to arrive is i with probability w[i]/sum, and, as these times have no memory, the
// next is drawn from the others in the same way. So the `count` first arrivals it is.
std::vector<int64_t> WeightedRandomSampler::order(uint64_t seed) const {
  std::vector<int64_t> order;
  if (replacement_) {
    std::vector<double> ends(weights_.size());
    std::partial_sum(weights_.begin(), weights_.end(), ends.begin());
    // The last number that can be drawn: u * sum may round up to the sum itself.
    const auto last = std::lower_bound(ends.begin(), ends.end(), ends.back());
    for (int64_t i = 0; i < count_; ++i) {
      const double at = uniform_f64(seed, uint64_t(i)) * ends.back();
      order.push_back(std::upper_bound(ends.begin(), last, at) - ends.begin());
    }
    return order;
  }
  std::vector<std::pair<double, int64_t>> arrivals;
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i] == 0) continue;
    arrivals.emplace_back(-std::log1p(-uniform_f64(seed, i)) / weights_[i], int64_t(i));
  }
  std::partial_sort(arrivals.begin(), arrivals.begin() + count_, arrivals.end());
  for (int64_t k = 0; k < count_; ++k) order.push_back(arrivals[size_t(k)].second);
  return order;
}

// ---- batches ----------------------------------------------------------------------------

BatchSampler::BatchSampler(std::shared_ptr<const Sampler> sampler, int64_t batch_size,
                           bool drop_last)
    : sampler_(std::move(sampler)),
      batch_size_(at_least("BatchSampler", "batch_size", batch_size, 1)),
      drop_last_(drop_last) {
  if (!sampler_) throw Error("BatchSampler", "there is no sampler");
}

int64_t BatchSampler::size() const {
  const int64_t numbers = sampler_->size(), whole = numbers / batch_size_;
  return whole + (numbers % batch_size_ != 0 && !drop_last_);
}

std::vector<std::vector<int64_t>> BatchSampler::batches(uint64_t seed) const {
  const std::vector<int64_t> order = sampler_->order(seed);
  std::vector<std::vector<int64_t>> batches;
  const int64_t n = std::ssize(order);
  for (int64_t first = 0; first < n;) {
    const int64_t count = std::min(batch_size_, n - first);
    if (count == batch_size_ || !drop_last_) {
      batches.emplace_back(order.begin() + first, order.begin() + first + count);
    }
    first += count;
  }
  return batches;
}

}  // namespace hg::data
