#include "data/dataset.hpp"

#include <cstring>

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

Example Dataset::batch(std::span<const int64_t> numbers) const {
  std::vector<std::vector<Tensor>> columns;  // of each tensor, that of every example
  for (const int64_t i : numbers) {
    const Example example = get(i);
    if (columns.empty()) columns.resize(example.size());
    if (columns.size() != example.size()) {
      throw Error("Dataset", "example " + std::to_string(i) + " has " +
                                 std::to_string(example.size()) + " tensors, example " +
                                 std::to_string(numbers[0]) + " has " +
                                 std::to_string(columns.size()));
    }
    for (size_t k = 0; k < columns.size(); ++k) columns[k].push_back(example[k]);
  }
  Example result;
  for (const auto& column : columns) result.push_back(stack(column));
  return result;
}

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
