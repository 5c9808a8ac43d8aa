// Tensors as text, laid out as PyTorch lays them out:
//
//     tensor([[ 1.0000, -0.5000],
//             [ 0.0000,  2.0000]], dtype=f64)
//
// All numbers of a tensor share one format and one width, so that columns line up.
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

#include "tensor/convert.hpp"
#include "tensor/tensor.hpp"

namespace hg {
namespace {

constexpr int64_t line_width = 80;   // characters
constexpr int64_t edge_items = 3;    // kept at each end of an axis that is shortened
constexpr int64_t threshold = 1000;  // tensors with more elements are shortened

std::string spaces(int64_t n) { return std::string(size_t(std::max<int64_t>(n, 0)), ' '); }

class Printer {
 public:
  /// `t` lies on the CPU.
  explicit Printer(const Tensor& t)
      : tensor_(t), t_(t.desc()), type_(t.dtype()), shortened_(t.numel() > threshold) {
    if (is_floating(type_)) choose_format();
    for_each_shown(0, 0, [this](int64_t at) {
      if (counts(at)) width_ = std::max(width_, int64_t(unpadded(at).size()));
    });
  }

  /// What stands between "tensor(" and the suffixes. `indent` is the column it starts at.
  std::string text(int64_t indent) const { return text(0, 0, indent); }

 private:
  // The positions along an axis that are shown; -1 stands for those left out.
  std::vector<int64_t> shown(int axis) const {
    int64_t n = t_.shape[axis];
    bool gap = shortened_ && n > 2 * edge_items;
    std::vector<int64_t> positions;
    for (int64_t i = 0; i < n; ++i) {
      if (gap && i == edge_items) {
        positions.push_back(-1);
        i = n - edge_items;
      }
      positions.push_back(i);
    }
    return positions;
  }

  // Calls f(offset) for every element that is shown.
  template <class F>
  void for_each_shown(int axis, int64_t offset, const F& f) const {
    if (axis == t_.ndim) return f(offset);
    for (int64_t i : shown(axis)) {
      if (i >= 0) for_each_shown(axis + 1, offset + i * t_.strides[axis], f);
    }
  }

  template <class T>
  T element(int64_t offset) const {
    return visit(type_, [&]<class From>() {
      return convert<T>(load(static_cast<const From*>(t_.data) + offset));
    });
  }

  // Zeros, infinities and NaN have no say in the format and the width of fractions.
  bool counts(int64_t offset) const {
    if (!is_floating(type_)) return true;
    double x = element<double>(offset);
    return std::isfinite(x) && x != 0;
  }

  // Fractions are printed as "3." if all are whole numbers, else as "3.1416"; and as
  // "3.1416e+09" if the largest is above 10^8 or above 1000 times the smallest or, unless
  // all are whole, the smallest is below 10^-4.
  void choose_format() {
    bool whole = true;
    double smallest = std::numeric_limits<double>::infinity(), largest = 0;
    for_each_shown(0, 0, [&](int64_t at) {
      if (!counts(at)) return;
      double x = element<double>(at);
      whole &= x == std::ceil(x);
      smallest = std::min(smallest, std::abs(x));
      largest = std::max(largest, std::abs(x));
    });
    bool any = largest > 0;
    bool wide = any && (largest / smallest > 1000 || largest > 1e8);
    bool tiny = any && !whole && smallest < 1e-4;
    format_ = wide || tiny ? "%.4e" : whole ? "%.0f" : "%.4f";
    add_point_ = whole && !wide;
  }

  std::string unpadded(int64_t offset) const {
    if (type_ == bool_) return element<bool>(offset) ? "True" : "False";
    if (!is_floating(type_)) return std::to_string(element<int64_t>(offset));
    double x = element<double>(offset);
    if (std::isnan(x)) return "nan";
    char buffer[64];  // nothing above 10^8 is printed in full
    std::snprintf(buffer, sizeof buffer, format_, x);
    return std::string(buffer) + (add_point_ && std::isfinite(x) ? "." : "");
  }

  std::string padded(int64_t offset) const {
    std::string number = unpadded(offset);
    return spaces(width_ - int64_t(number.size())) + number;
  }

  // The part of the tensor with axes `axis`, axis+1, ... that starts at `offset`.
  std::string text(int axis, int64_t offset, int64_t indent) const {
    if (axis == t_.ndim) return padded(offset);
    int axes = t_.ndim - axis;
    if (axes == 1) return row(axis, offset, indent);
    std::string between = "," + std::string(size_t(axes - 1), '\n') + spaces(indent + 1);
    std::string result = "[";
    for (int64_t i : shown(axis)) {
      if (result.size() > 1) result += between;
      result += i < 0 ? "..." : text(axis + 1, offset + i * t_.strides[axis], indent + 1);
    }
    return result + "]";
  }

  std::string row(int axis, int64_t offset, int64_t indent) const {
    int64_t per_line = std::max<int64_t>(1, (line_width - indent) / (width_ + 2));
    std::string result = "[";
    int64_t count = 0;
    for (int64_t i : shown(axis)) {
      if (count > 0) result += count % per_line ? ", " : ",\n" + spaces(indent + 1);
      result += i < 0 ? " ..." : padded(offset + i * t_.strides[axis]);
      ++count;
    }
    return result + "]";
  }

  Tensor tensor_;  // keeps the memory alive
  const hg_tensor& t_;
  DType type_;
  bool shortened_;
  const char* format_ = "";
  bool add_point_ = false;
  int64_t width_ = 1;
};

// "(0, 3)", as Python writes it.
std::string size_text(const Shape& shape) {
  std::string text;
  for (int64_t n : shape) text += (text.empty() ? "(" : ", ") + std::to_string(n);
  return text + ")";
}

}  // namespace

std::string Tensor::to_string() const {
  if (!defined()) return "tensor(undefined)";
  const std::string prefix = "tensor(";
  bool none = numel() == 0, near = device().type == HG_CPU;
  Tensor here = near ? *this : detach().to("cpu");
  std::string text = prefix + (none ? "[]" : Printer(here).text(int64_t(prefix.size())));

  std::vector<std::string> suffixes;
  if (!near) suffixes.push_back("device='" + device_name(device()) + "'");
  if (none && dim() != 1) suffixes.push_back("size=" + size_text(shape()));
  bool usual = dtype() == f32 || (!none && (dtype() == i64 || dtype() == bool_));
  if (!usual) suffixes.push_back(std::string("dtype=") + name(dtype()));
  if (std::string maker = grad_fn(); !maker.empty()) {
    suffixes.push_back("grad_fn=<" + maker + ">");
  } else if (requires_grad()) {
    suffixes.push_back("requires_grad=True");
  }

  // A suffix that does not fit on the line starts a new one. (PyTorch counts two
  // characters more than the first line has.)
  size_t line = text.size() - (text.find_last_of('\n') + 1) + 2;
  for (const std::string& suffix : suffixes) {
    if (line + suffix.size() + 2 > size_t(line_width)) {
      text += ",\n" + spaces(int64_t(prefix.size())) + suffix;
      line = prefix.size() + suffix.size();
    } else {
      text += ", " + suffix;
      line += suffix.size() + 2;
    }
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& t) {
  return out << t.to_string();
}

}  // namespace hg
