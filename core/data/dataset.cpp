#include "data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/sampler.hpp"
#include "ops/functions.hpp"

namespace hg::data {

void Example::check_size(size_t wanted) const {
  if (size() != wanted) {
    throw Error("Example", "it has " + std::to_string(size()) + " tensors, and " +
                               std::to_string(wanted) + " are asked for");
  }
}

void Dataset::check_number(int64_t i) const {
  if (i < 0 || i >= size()) {
    throw Error("Dataset",
                "there is no example " + std::to_string(i) + "; " +
                    (size() == 0 ? "the set is empty"
                                 : "they go from 0 to " + std::to_string(size() - 1)));
  }
}

Example default_collate(std::span<const Example> examples) {
  std::vector<std::vector<Tensor>> columns;  // of each tensor, that of every example
  for (size_t n = 0; n < examples.size(); ++n) {
    const Example& example = examples[n];
    if (n == 0) columns.resize(example.size());
    if (columns.size() != example.size()) {
      throw Error("collate", "example " + std::to_string(n) + " of the batch has " +
                                 std::to_string(example.size()) + " tensors, example 0 " +
                                 std::to_string(columns.size()));
    }
    for (size_t k = 0; k < columns.size(); ++k) {
      const Tensor& first = examples[0][k];
      if (example[k].shape() != first.shape()) {
        throw Error("collate",
                    "tensor " + std::to_string(k) + " is " +
                        example[k].shape().to_string() + " in example " +
                        std::to_string(n) + " of the batch and " +
                        first.shape().to_string() + " in example 0",
                    "bring all to one size, or give the loader a collate_fn that pads");
      }
      columns[k].push_back(example[k]);
    }
  }
  Example result;
  for (const auto& column : columns) result.push_back(stack(column));
  return result;
}

Example Dataset::batch(std::span<const int64_t> numbers) const {
  std::vector<Example> examples;
  for (const int64_t i : numbers) examples.push_back(get(i));
  return default_collate(examples);
}

// ---- of tensors -------------------------------------------------------------------------

TensorDataset::TensorDataset(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {
  if (tensors_.empty()) throw Error("TensorDataset", "it needs one tensor at least");
  std::string shapes;
  bool fit = true;
  for (Tensor& t : tensors_) {
    shapes += (shapes.empty() ? "" : ", ") + t.shape().to_string();
    fit = fit && t.dim() > 0 && t.size(0) == tensors_[0].size(0);
  }
  if (!fit) {
    throw Error("TensorDataset", "the tensors are " + shapes +
                                     ": their first sizes, the number of examples, must "
                                     "be equal");
  }
  for (Tensor& t : tensors_) t = t.contiguous();
}

Example TensorDataset::get(int64_t i) const {
  check_number(i);
  Example example;
  for (const Tensor& t : tensors_) example.push_back(t.select(0, i));
  return example;
}

Example TensorDataset::batch(std::span<const int64_t> numbers) const {
  for (const int64_t i : numbers) check_number(i);
  Example result;
  for (const Tensor& t : tensors_) result.push_back(gather_rows(t, numbers));
  return result;
}

// ---- of other datasets ------------------------------------------------------------------

namespace {

void check_there(const char* operation, const std::shared_ptr<const Dataset>& dataset) {
  if (!dataset) throw Error(operation, "there is no dataset");
}

}  // namespace

Subset::Subset(SharedDataset dataset, std::vector<int64_t> numbers)
    : dataset_(std::move(dataset)), numbers_(std::move(numbers)) {
  check_there("Subset", dataset_);
  for (const int64_t i : numbers_) {
    if (i < 0 || i >= dataset_->size()) {
      throw Error("Subset", "example " + std::to_string(i) + " of a dataset of " +
                                std::to_string(dataset_->size()));
    }
  }
}

Example Subset::get(int64_t i) const {
  check_number(i);
  return dataset_->get(numbers_[size_t(i)]);
}

Example Subset::batch(std::span<const int64_t> numbers) const {
  std::vector<int64_t> there;
  for (const int64_t i : numbers) {
    check_number(i);
    there.push_back(numbers_[size_t(i)]);
  }
  return dataset_->batch(there);
}

ConcatDataset::ConcatDataset(std::vector<SharedDataset> datasets)
    : datasets_(std::move(datasets)) {
  if (datasets_.empty()) throw Error("ConcatDataset", "it needs one dataset at least");
  int64_t end = 0;
  for (const SharedDataset& set : datasets_) {
    check_there("ConcatDataset", set);
    ends_.push_back(end += set->size());
  }
}

Example ConcatDataset::get(int64_t i) const {
  check_number(i);
  const auto end = std::upper_bound(ends_.begin(), ends_.end(), i);
  const auto k = size_t(end - ends_.begin());
  return datasets_[k]->get(i - (k == 0 ? 0 : ends_[k - 1]));
}

// ---- splitting --------------------------------------------------------------------------

std::vector<Subset> random_split(const SharedDataset& dataset,
                                 const std::vector<int64_t>& counts, Generator& generator) {
  check_there("random_split", dataset);
  int64_t left = dataset->size();
  std::string text;
  bool fit = true;
  for (const int64_t count : counts) {
    text += (text.empty() ? "" : " + ") + std::to_string(count);
    fit = fit && 0 <= count && count <= left;
    if (fit) left -= count;
  }
  if (!fit || left != 0) {
    throw Error("random_split", "counts must add up to the dataset's " +
                                    std::to_string(dataset->size()) + " examples; got " +
                                    (text.empty() ? "none" : text));
  }
  const std::vector<int64_t> order = shuffled(dataset->size(), generator.next_seed());
  std::vector<Subset> parts;
  auto next = order.begin();
  for (const int64_t count : counts) {
    parts.emplace_back(dataset, std::vector(next, next + count));
    next += count;
  }
  return parts;
}

std::vector<Subset> random_split(const SharedDataset& dataset,
                                 const std::vector<double>& fractions,
                                 Generator& generator) {
  check_there("random_split", dataset);
  double sum = 0;
  std::string text;
  bool fit = true;
  for (const double fraction : fractions) {
    text += (text.empty() ? "" : " + ") + Scalar(fraction).to_string();
    fit = fit && 0 <= fraction && fraction <= 1;
    sum += fraction;
  }
  if (!fit || std::abs(sum - 1) > 1e-9) {
    throw Error("random_split", "fractions must lie between 0 and 1 and add up to 1; got " +
                                    (text.empty() ? "none" : text));
  }
  std::vector<int64_t> counts;
  int64_t left = dataset->size();
  for (const double fraction : fractions) {
    counts.push_back(int64_t(std::floor(double(dataset->size()) * fraction)));
    left -= counts.back();
  }
  for (size_t k = 0; left > 0; k = (k + 1) % counts.size(), --left) ++counts[k];
  return random_split(dataset, counts, generator);
}

Tensor gather_rows(const Tensor& x, std::span<const int64_t> numbers) {
  const int64_t count = int64_t(numbers.size());
  if (x.device().type != HG_CPU || !x.is_contiguous()) {
    const std::vector<int64_t> rows(numbers.begin(), numbers.end());
    return x.index_select(0, tensor(rows).to(device_name(x.device())));
  }
  Shape shape = x.shape();
  shape[0] = count;
  Tensor result = empty(shape, x.dtype());
  if (result.numel() == 0) return result;
  const size_t bytes = size_t(result.numel() / count) * size_of(x.dtype());
  auto* to = static_cast<char*>(result.data());
  const auto* from = static_cast<const char*>(x.data());
  for (const int64_t i : numbers) {
    std::memcpy(to, from + size_t(i) * bytes, bytes);
    to += bytes;
  }
  return result;
}

}  // namespace hg::data
