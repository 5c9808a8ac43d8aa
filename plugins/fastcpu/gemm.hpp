// Products of matrices, on all threads.
#pragma once

#include <algorithm>

#include "fastcpu.hpp"
#include "kernels/gemm.hpp"

namespace hg::fastcpu {

/// How products of p's shape and steps are computed: one of the functions of kernels/gemm.
using Way = void (*)(const Product&);
Way best_way(const Product& p);

/// Multiplications and additions that a thread gets at least: some 10 us, several times
/// what it costs to hand them over.
constexpr double product_grain = 1e6;

/// Computes p, shared among the threads. The result has the same bits for any number of
/// them.
void multiply(const Call& c, const Product& p);

/// `count` products of one shape, p(i) for i < count, whose results do not overlap.
template <class Products>
void multiply_all(const Call& c, int64_t count, const Products& p) {
  if (count == 0) return;
  const Product first = p(0);
  const double work = 2.0 * double(first.m) * double(first.n) * double(first.k);
  if (count < 8 && work > 2 * product_grain) {
    for (int64_t i = 0; i < count; ++i) multiply(c, p(i));
    return;
  }
  const Way way = best_way(first);
  const auto grain = int64_t(std::min(product_grain / std::max(work, 1.0), 1e9)) + 1;
  c.parallel(count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) way(p(i));
  });
}

}  // namespace hg::fastcpu
