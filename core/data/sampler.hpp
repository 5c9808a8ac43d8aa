// Samplers: which examples an epoch has, and in which order.
//
// A sampler holds no state. It turns a seed into a list of example numbers, and a
// DataLoader gives it a new seed for each epoch, so that whoever knows the loader's seed
// can have every epoch again.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace hg::data {

class Sampler {
 public:
  virtual ~Sampler() = default;
  /// How many numbers an epoch has.
  virtual int64_t size() const = 0;
  /// The example numbers of one epoch, the same ones for the same seed.
  virtual std::vector<int64_t> order(uint64_t seed) const = 0;
};

/// 0, 1, ..., n - 1.
class SequentialSampler : public Sampler {
 public:
  explicit SequentialSampler(int64_t n);
  int64_t size() const override { return n_; }
  std::vector<int64_t> order(uint64_t seed) const override;

 private:
  int64_t n_;
};

/// All n numbers shuffled, every order equally likely. With `replacement` each number is
/// drawn from all n anew, so that some come twice and some not at all. `count` numbers make
/// an epoch, n if it is 0; without replacement the n are shuffled once more when they have
/// run out.
class RandomSampler : public Sampler {
 public:
  explicit RandomSampler(int64_t n, bool replacement = false, int64_t count = 0);
  int64_t size() const override { return count_; }
  std::vector<int64_t> order(uint64_t seed) const override;

 private:
  int64_t n_, count_;
  bool replacement_;
};

/// The given numbers, shuffled.
class SubsetRandomSampler : public Sampler {
 public:
  explicit SubsetRandomSampler(std::vector<int64_t> numbers);
  int64_t size() const override { return int64_t(numbers_.size()); }
  std::vector<int64_t> order(uint64_t seed) const override;

 private:
  std::vector<int64_t> numbers_;
};

/// `count` numbers i, each drawn with probability weights[i] / (sum of weights): rare
/// classes can be shown as often as frequent ones. Without replacement a number that was
/// drawn is out, and those left share what remains; there must be `count` weights above 0.
class WeightedRandomSampler : public Sampler {
 public:
  WeightedRandomSampler(std::vector<double> weights, int64_t count,
                        bool replacement = true);
  int64_t size() const override { return count_; }
  std::vector<int64_t> order(uint64_t seed) const override;

 private:
  std::vector<double> weights_;
  int64_t count_;
  bool replacement_;
};

/// The numbers of a sampler, `batch_size` at a time. One's own may deal them out in
/// another way: sentences of equal length together, say.
class BatchSampler {
 public:
  BatchSampler(std::shared_ptr<const Sampler> sampler, int64_t batch_size,
               bool drop_last = false);
  virtual ~BatchSampler() = default;
  /// How many batches an epoch has.
  virtual int64_t size() const;
  virtual std::vector<std::vector<int64_t>> batches(uint64_t seed) const;

 protected:
  BatchSampler() = default;

 private:
  std::shared_ptr<const Sampler> sampler_;
  int64_t batch_size_ = 1;
  bool drop_last_ = false;
};

/// The numbers 0 to n - 1 in random order, by Fisher and Yates: PyTorch's randperm.
std::vector<int64_t> shuffled(int64_t n, uint64_t seed);

}  // namespace hg::data
