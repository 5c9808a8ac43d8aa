#include "cli/check_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor/convert.hpp"
#include "tensor/impl.hpp"
#include "tensor/random.hpp"

namespace hg::cli::check {

Array::Array(const Shape& s, DType t)
    : given(true), shape(s), dtype(t), bytes(size_t(s.numel()) * size_of(t)) {}

Array::Array(const Tensor& t) {
  if (!t.defined()) return;
  *this = Array(t.shape(), t.dtype());
  Tensor rows = t.detach().contiguous();
  if (!bytes.empty()) std::memcpy(bytes.data(), rows.data(), bytes.size());
}

double Array::operator[](int64_t i) const {
  return visit(dtype, [&]<class T>() {
    return convert<double>(load(reinterpret_cast<const T*>(bytes.data()) + i));
  });
}

void Array::set(int64_t i, double value) {
  visit(dtype,
        [&]<class T>() { reinterpret_cast<T*>(bytes.data())[i] = convert<T>(value); });
}

Array Array::as(DType other) const {
  if (!given || other == dtype) return *this;
  Array result(shape, other);
  for (int64_t i = 0; i < size(); ++i) result.set(i, (*this)[i]);
  return result;
}

Tensor Array::tensor() const {
  if (!given) return {};
  Tensor t(new_tensor(shape, dtype));
  if (!bytes.empty()) std::memcpy(t.data(), bytes.data(), bytes.size());
  return t;
}

std::string Array::index_text(int64_t i) const {
  std::string text;
  for (int d = shape.size() - 1; d >= 0; --d) {
    text = std::to_string(i % shape[d]) + (text.empty() ? "" : "," + text);
    i /= shape[d];
  }
  return "[" + text + "]";
}

double Array::largest() const {
  double most = 0;
  for (int64_t i = 0; i < size(); ++i) {
    double x = std::abs((*this)[i]);
    if (std::isfinite(x)) most = std::max(most, x);
  }
  return most;
}

bool same_bits(const Array& a, const Array& b, int64_t i) {
  size_t width = size_of(a.dtype), at = size_t(i) * width;
  return std::memcmp(a.bytes.data() + at, b.bytes.data() + at, width) == 0;
}

std::optional<int64_t> first_difference(const Array& a, const Array& b) {
  if (!(a.shape == b.shape) || a.dtype != b.dtype || a.given != b.given) return 0;
  size_t n = a.bytes.size();
  if (n == 0 || std::memcmp(a.bytes.data(), b.bytes.data(), n) == 0) return {};
  auto [at, other] = std::mismatch(a.bytes.begin(), a.bytes.end(), b.bytes.begin());
  return (at - a.bytes.begin()) / int64_t(size_of(a.dtype));
}

std::optional<int64_t> worst_difference(const Array& a, const Array& b, double tolerance) {
  if (!(a.shape == b.shape)) return 0;
  std::optional<int64_t> worst;
  for (int64_t i = 0; i < a.size(); ++i) {
    double x = a[i], y = b[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    double distance = std::abs(x - y);
    if (distance <= tolerance) continue;  // false for NaN
    worst = i;
    if (!std::isfinite(distance)) break;
    tolerance = distance;
  }
  return worst;
}

double unit_of(DType t) {
  switch (t) {
    case f64: return 0x1p-52;
    case f32: return 0x1p-23;
    case f16: return 0x1p-10;
    case bf16: return 0x1p-7;
    default: return 0;
  }
}

std::string number_text(double x) { return fmt::format("{:.9g}", x); }

void repeat_first(Array& a, int64_t n) {
  size_t bytes = std::min(size_t(n) * size_of(a.dtype), a.bytes.size());
  for (size_t at = bytes; at < a.bytes.size(); at += bytes) {
    std::copy_n(a.bytes.begin(), std::min(bytes, a.bytes.size() - at),
                a.bytes.begin() + long(at));
  }
}

Array weights(const Shape& shape, DType dtype, uint64_t seed) {
  Array w(shape, dtype);
  for (int64_t i = 0; i < std::min(w.size(), few_numbers); ++i) {
    double u = 2 * uniform_f64(seed, uint64_t(i)) - 1;
    w.set(i, u < 0 ? 2 * u - 0.1 : 2 * u + 0.1);
  }
  repeat_first(w, few_numbers);
  return w;
}

}  // namespace hg::cli::check
