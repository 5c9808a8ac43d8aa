// A random share of some rows, in rising order.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "tensor/random.hpp"

namespace hg::trees {

/// round(share * n) of the numbers 0 to n-1, at least one; every such choice is equally
/// likely. Each number in turn is taken with the chance (still wanted) / (still to come),
/// which ends with exactly as many as were wanted (Knuth, Algorithm S).
inline std::vector<uint32_t> sample(size_t n, double share, uint64_t seed) {
  size_t wanted = size_t(std::llround(share * double(n)));
  wanted = wanted == 0 ? 1 : wanted;
  std::vector<uint32_t> chosen;
  chosen.reserve(wanted);
  for (size_t i = 0; i < n && chosen.size() < wanted; ++i) {
    const double to_come = double(n - i), missing = double(wanted - chosen.size());
    if (uniform_f64(seed, i) * to_come < missing) chosen.push_back(uint32_t(i));
  }
  return chosen;
}

}  // namespace hg::trees
