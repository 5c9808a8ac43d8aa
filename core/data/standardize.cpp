#include "data/standardize.hpp"

#include <cmath>

#include "tensor/create.hpp"

namespace hg::data {
namespace {

// Mean and deviation of the numbers that are there, in two passes: the deviation of large
// numbers that differ little would drown in E[x^2] - E[x]^2.
std::pair<double, double> measured(size_t rows, double correction, auto&& at) {
  double sum = 0, squares = 0;
  int64_t count = 0;
  for (size_t i = 0; i < rows; ++i) {
    if (std::isnan(at(i))) continue;
    sum += at(i);
    ++count;
  }
  if (count == 0) return {0, 1};
  const double mean = sum / double(count);
  for (size_t i = 0; i < rows; ++i) {
    if (!std::isnan(at(i))) squares += (at(i) - mean) * (at(i) - mean);
  }
  const double freedom = double(count) - correction;
  const double std = freedom > 0 ? std::sqrt(squares / freedom) : 0;
  // Sums are rounded: a column of 0.1 has a mean that is not quite 0.1.
  const bool constant = std <= 1e-14 * std::abs(mean);
  return {mean, constant ? 1 : std};
}

}  // namespace

Standardizer Standardizer::fit(const Tensor& x, double correction) {
  if (x.dim() < 1 || x.dim() > 2) {
    throw Error("Standardizer", "x is (N,F) or (N); got " + x.shape().to_string());
  }
  const size_t rows = size_t(x.size(0)), columns = x.dim() == 2 ? size_t(x.size(1)) : 1;
  const std::vector<double> numbers = x.to_vector<double>();
  Standardizer result;
  for (size_t f = 0; f < columns; ++f) {
    const auto [mean, std] =
        measured(rows, correction, [&](size_t i) { return numbers[i * columns + f]; });
    result.scales_.push_back({mean, std});
  }
  return result;
}

Tensor Standardizer::mean() const {
  std::vector<double> list;
  for (const Scale& s : scales_) list.push_back(s.mean);
  return tensor(list, f64);
}

Tensor Standardizer::std() const {
  std::vector<double> list;
  for (const Scale& s : scales_) list.push_back(s.std);
  return tensor(list, f64);
}

namespace {

// Of floating-point tensors the type stays; whole numbers become f32.
Tensor moved(const Tensor& x, size_t columns, auto&& f) {
  const bool fits =
      (x.dim() == 1 && columns == 1) || (x.dim() == 2 && x.size(1) == int64_t(columns));
  if (!fits) {
    throw Error("Standardizer", "it was fitted to " + std::to_string(columns) +
                                    " columns; got " + x.shape().to_string());
  }
  std::vector<double> numbers = x.to_vector<double>();
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = f(numbers[i], i % columns);
  return detail::from_numbers(x.shape(), is_floating(x.dtype()) ? x.dtype() : f32, numbers);
}

}  // namespace

Tensor Standardizer::transform(const Tensor& x) const {
  return moved(x, scales_.size(),
               [&](double v, size_t f) { return (v - scales_[f].mean) / scales_[f].std; });
}

Tensor Standardizer::inverse(const Tensor& z) const {
  return moved(z, scales_.size(),
               [&](double v, size_t f) { return v * scales_[f].std + scales_[f].mean; });
}

// ---- tables -----------------------------------------------------------------------------

Standardizer Standardizer::fit(const Table& table, double correction) {
  Standardizer result;
  for (const Column& c : table) {
    if (c.is_text()) continue;
    const auto numbers = c.numbers();
    const auto [mean, std] =
        measured(numbers.size(), correction, [&](size_t i) { return numbers[i]; });
    result.names_.push_back(c.name());
    result.scales_.push_back({mean, std});
  }
  return result;
}

namespace {

Table each_column(const Table& table, const std::vector<std::string>& names, auto&& f) {
  Table result = table;
  for (size_t k = 0; k < names.size(); ++k) {
    const auto numbers = table[names[k]].numbers();
    std::vector<double> changed(numbers.begin(), numbers.end());
    for (double& x : changed) x = f(x, k);
    result = result.with(Column(names[k], std::move(changed)));
  }
  return result;
}

}  // namespace

Table Standardizer::transform(const Table& table) const {
  return each_column(table, names_, [&](double v, size_t f) {
    return (v - scales_[f].mean) / scales_[f].std;
  });
}

Table Standardizer::inverse(const Table& table) const {
  return each_column(table, names_, [&](double v, size_t f) {
    return v * scales_[f].std + scales_[f].mean;
  });
}

}  // namespace hg::data
