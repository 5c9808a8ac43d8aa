#include "io/unsigned.hpp"

#include <cstring>

namespace hg::io {
namespace {

// Elements may begin anywhere in a file, so they are copied byte by byte.
template <class T>
T element(const void* data, int64_t i) {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + size_t(i) * sizeof(T), sizeof(T));
  return value;
}

template <class To, class From>
int64_t widen(const void* data, std::span<To> to) {
  for (int64_t i = 0; i < std::ssize(to); ++i) {
    const From value = element<From>(data, i);
    if (!std::in_range<To>(value)) return i;
    to[size_t(i)] = To(value);
  }
  return -1;
}

template <class To, class From>
int64_t narrow(std::span<const From> from, void* data) {
  for (int64_t i = 0; i < std::ssize(from); ++i) {
    const From value = from[size_t(i)];
    if (!std::in_range<To>(value)) return i;
    const To small = To(value);
    std::memcpy(static_cast<char*>(data) + size_t(i) * sizeof(To), &small, sizeof(To));
  }
  return -1;
}

}  // namespace

int64_t from_unsigned(const void* data, size_t width, const Tensor& t) {
  switch (width) {
    case 2: return widen<int32_t, uint16_t>(data, t.span<int32_t>());
    case 4: return widen<int64_t, uint32_t>(data, t.span<int64_t>());
    default: return widen<int64_t, uint64_t>(data, t.span<int64_t>());
  }
}

int64_t to_unsigned(const Tensor& t, size_t width, void* data) {
  return visit(t.dtype(), [&]<class T>() -> int64_t {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      const std::span<const T> from = t.span<T>();
      switch (width) {
        case 2: return narrow<uint16_t>(from, data);
        case 4: return narrow<uint32_t>(from, data);
        default: return narrow<uint64_t>(from, data);
      }
    } else {
      return 0;
    }
  });
}

}  // namespace hg::io
