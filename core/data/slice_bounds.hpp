// Bounds of rows and columns, for the .cpp files of tables.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace hg::data {

inline std::string range_text(int64_t size) {
  return size == 0 ? "there are none" : "they go from 0 to " + std::to_string(size - 1);
}

// Python's slice bounds: [first,last) within [0,size).
inline std::pair<int64_t, int64_t> slice_bounds(int64_t first, int64_t last, int64_t size) {
  const auto bound = [size](int64_t at) {
    return std::clamp(at < 0 ? at + size : at, int64_t{0}, size);
  };
  return {bound(first), std::max(bound(first), bound(last))};
}

}  // namespace hg::data
