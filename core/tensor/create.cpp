// Tensors filled by rule, from numbers, and around memory that exists already.
#include "tensor/create.hpp"

#include <cmath>
#include <cstring>

#include "tensor/convert.hpp"

namespace hg {
namespace {

// Where t is; the CPU is where everything is made.
Tensor beside(const Tensor& t, const Tensor& made) {
  if (t.device().type == HG_CPU) return made;
  return made.to(device_name(t.device()));
}

// Calls f.operator()<T>(elements) with the elements of a contiguous tensor on the CPU.
template <class F>
Tensor write(const Tensor& t, F&& f) {
  visit(t.dtype(),
        [&]<class T>() { f(std::span<T>(static_cast<T*>(t.data()), size_t(t.numel()))); });
  return t;
}

// A type that cannot hold the value is an error, as in PyTorch; what follows the point may
// go.
void check_range(const char* operation, Scalar value, DType type) {
  if (!is_integral(type)) return;
  bool fits = visit(type, [&]<class T>() {
    if constexpr (!std::is_integral_v<T>)
      return true;
    else if (value.kind() == 2) {
      double whole = std::trunc(value.to_double());
      return whole >= double(std::numeric_limits<T>::min()) &&
             whole < std::ldexp(1.0, std::numeric_limits<T>::digits);
    } else {
      return int64_t(value.to<T>()) == value.to_int64();
    }
  });
  if (!fits) {
    throw Error(operation, value.to_string() + " does not fit in the type " + name(type));
  }
}

void refuse_bool(const char* operation, DType type) {
  if (type == bool_)
    throw Error(operation, "the numbers of a range cannot be of type bool");
}

}  // namespace

// ---- filled by rule ---------------------------------------------------------------------

Tensor empty(const Shape& shape, DType type) { return Tensor(new_tensor(shape, type)); }

Tensor zeros(const Shape& shape, DType type) {
  Tensor t = empty(shape, type);  // in every type, zero is the number whose bytes are zero
  std::memset(t.data(), 0, size_t(t.numel()) * size_of(type));
  return t;
}

Tensor full(const Shape& shape, Scalar value, std::optional<DType> type) {
  DType chosen = type.value_or(value.dtype());
  check_range("full", value, chosen);
  return write(empty(shape, chosen), [&]<class T>(std::span<T> elements) {
    std::fill(elements.begin(), elements.end(), value.to<T>());
  });
}

Tensor ones(const Shape& shape, DType type) { return full(shape, 1, type); }

Tensor empty_like(const Tensor& t, std::optional<DType> type) {
  return t.new_empty(t.shape(), type);
}
Tensor zeros_like(const Tensor& t, std::optional<DType> type) {
  return t.new_zeros(t.shape(), type);
}
Tensor ones_like(const Tensor& t, std::optional<DType> type) {
  return t.new_ones(t.shape(), type);
}
Tensor full_like(const Tensor& t, Scalar value, std::optional<DType> type) {
  return t.new_full(t.shape(), value, type);
}

Tensor Tensor::new_empty(const Shape& shape, std::optional<DType> type) const {
  return beside(*this, empty(shape, type.value_or(dtype())));
}
Tensor Tensor::new_zeros(const Shape& shape, std::optional<DType> type) const {
  return beside(*this, zeros(shape, type.value_or(dtype())));
}
Tensor Tensor::new_ones(const Shape& shape, std::optional<DType> type) const {
  return beside(*this, ones(shape, type.value_or(dtype())));
}
Tensor Tensor::new_full(const Shape& shape, Scalar value, std::optional<DType> type) const {
  return beside(*this, full(shape, value, type.value_or(dtype())));
}

namespace {

// How many of start, start+step, ... lie before end: ceil((end - start) / step). In whole
// numbers 128 bits hold every difference and sum exactly.
int64_t arange_size(Scalar start, Scalar end, Scalar step, bool whole) {
  std::string range =
      "from " + start.to_string() + " to " + end.to_string() + " by " + step.to_string();
  double from = start.to_double(), to = end.to_double(), by = step.to_double();
  if (!std::isfinite(from) || !std::isfinite(to) || !std::isfinite(by)) {
    throw Error("arange", range + ": start, end and step must be finite");
  }
  if (by == 0 || (whole && step.to_int64() == 0)) {
    throw Error("arange", range + ": the step must not be 0");
  }
  if (by > 0 ? to < from : to > from) {
    throw Error("arange", range + ": the step leads away from the end");
  }
  if (!whole) {
    double n = std::ceil((to - from) / by);
    if (n >= 0x1p62) throw Error("arange", range + ": too many elements");
    return int64_t(n);
  }
  __extension__ using Wide = __int128;
  Wide first = start.to_int64(), last = end.to_int64(), stride = step.to_int64();
  Wide n = (last - first + stride - (stride > 0 ? 1 : -1)) / stride;
  if (n > std::numeric_limits<int64_t>::max()) {
    throw Error("arange", range + ": too many elements");
  }
  return int64_t(n);
}

}  // namespace

Tensor arange(Scalar start, Scalar end, Scalar step, std::optional<DType> type) {
  bool fraction = start.kind() == 2 || end.kind() == 2 || step.kind() == 2;
  DType chosen = type.value_or(fraction ? f32 : i64);
  refuse_bool("arange", chosen);
  // In a whole type, start and step are whole numbers from the start, as in PyTorch.
  bool whole = is_integral(chosen) || !fraction;
  int64_t n = arange_size(start, end, step, whole);
  return write(empty({n}, chosen), [&]<class T>(std::span<T> x) {
    if (whole) {  // unsigned: wraps around instead of overflowing in steps never taken
      uint64_t value = uint64_t(start.to_int64()), by = uint64_t(step.to_int64());
      for (T& element : x) {
        element = convert<T>(int64_t(value));
        value += by;
      }
    } else {
      for (size_t i = 0; i < x.size(); ++i) {
        x[i] = convert<T>(start.to_double() + double(i) * step.to_double());
      }
    }
  });
}

Tensor arange(Scalar end) { return arange(0, end); }

// The first half counts up from start and the second half down from end, so that rounding
// is symmetric and both ends are met exactly.
Tensor linspace(Scalar start, Scalar end, int64_t steps, DType type) {
  if (steps < 0) throw Error("linspace", std::to_string(steps) + " steps; 0 is the least");
  refuse_bool("linspace", type);
  double from = start.to_double(), to = end.to_double();
  double step = steps > 1 ? (to - from) / double(steps - 1) : 0;
  return write(empty({steps}, type), [&]<class T>(std::span<T> x) {
    size_t n = x.size();
    for (size_t i = 0; i < n; ++i) {
      bool first_half = n == 1 || i < n / 2;
      x[i] =
          convert<T>(first_half ? from + step * double(i) : to - step * double(n - 1 - i));
    }
  });
}

Tensor eye(int64_t n, std::optional<int64_t> columns, DType type) {
  Tensor t = zeros({n, columns.value_or(n)}, type);
  return write(t, [&]<class T>(std::span<T> x) {
    for (int64_t i = 0; i < std::min(t.size(0), t.size(1)); ++i) {
      x[size_t(i * t.size(1) + i)] = convert<T>(1);
    }
  });
}

// ---- from numbers -----------------------------------------------------------------------

namespace detail {

Tensor from_numbers(const Shape& shape, DType type, std::span<const double> numbers) {
  return write(empty(shape, type), [&]<class T>(std::span<T> x) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = convert<T>(numbers[i]);
  });
}

Tensor from_integers(const Shape& shape, DType type, std::span<const int64_t> numbers) {
  return write(empty(shape, type), [&]<class T>(std::span<T> x) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = convert<T>(numbers[i]);
  });
}

void ragged(int64_t row, size_t found, size_t expected) {
  throw Error("tensor",
              "entry " + std::to_string(row) + " of a nested list has " +
                  std::to_string(found) + " elements, the first one has " +
                  std::to_string(expected),
              "all rows must be of one length");
}

}  // namespace detail

// ---- around memory that exists already --------------------------------------------------

Tensor from_blob(void* data, const Shape& shape, DType type, std::function<void()> on_free,
                 std::optional<Shape> strides) {
  auto fail = [](const std::string& problem) { throw Error("from_blob", problem); };
  for (int64_t size : shape) {
    if (size < 0) fail("shape " + shape.to_string() + " has a negative size");
  }
  int64_t n = shape.numel(), bytes = 0;  // bytes: up to the end of the last element
  Shape steps = strides.value_or(contiguous_strides(shape));
  if (steps.size() != shape.size()) {
    fail("shape " + shape.to_string() + " has " + std::to_string(shape.size()) +
         " axes, strides " + steps.to_string() + " have " + std::to_string(steps.size()));
  }
  if (n > 0) {
    bool overflow = false;
    for (int d = 0; d < shape.size(); ++d) {
      if (steps[d] < 0) fail("strides " + steps.to_string() + " must not be negative");
      int64_t reach;
      overflow |= __builtin_mul_overflow(shape[d] - 1, steps[d], &reach);
      overflow |= __builtin_add_overflow(bytes, reach, &bytes);
    }
    overflow |= __builtin_add_overflow(bytes, 1, &bytes);
    overflow |= __builtin_mul_overflow(bytes, int64_t(size_of(type)), &bytes);
    if (overflow) fail(shape.to_string() + " reaches beyond what 64 bits can address");
    if (!data) fail("the data pointer is null, the shape " + shape.to_string());
    if (uintptr_t(data) % size_of(type) != 0) {
      fail(std::string("the address is not a multiple of ") +
           std::to_string(size_of(type)) + ", the size of an " + name(type));
    }
  }
  return Tensor(Ref<TensorImpl>::adopt(new TensorImpl(
      shape, steps, type, wrap_storage(data, size_t(bytes), std::move(on_free)), 0)));
}

}  // namespace hg
