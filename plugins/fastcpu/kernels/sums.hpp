// sums.hpp: adding up many numbers, soundly and at the speed of the cache.
//
// A running sum of floats stops growing at 2^24 terms and loses digits long before. In
// double nothing is lost, at half the numbers per operation. Between the two: floats are
// added in 4 W lanes, no more than `block` to a lane, and these few sums go into a double.
// Each term passes some 20 additions of f32 on its way. The order depends on nothing but
// the number of terms, so the same numbers have the same sum, bit for bit.
//
// What limits it. An addition waits 3 or 4 cycles for the one before. A single sum would
// take one vector in that time; 4 side by side, which need not wait for each other, take
// one per cycle, as many as the L1 cache delivers.
#pragma once

#include "lanes.hpp"

namespace hg::fastcpu::ISA {
namespace {

/// Where a vector of the loop stands: W numbers from i on, or only the first n of them.
/// at(p) is what p holds there, with zeros where the loop has ended, at.or_else(p, x) with
/// x there; at.only(v) is v, with zeros there.
struct Whole {
  int64_t i;
  F operator()(const float* p) const { return load(p + i); }
  void put(float* p, F v) const { store(p + i, v); }
  F only(F v) const { return v; }
  F or_else(const float* p, float) const { return load(p + i); }
};
struct First {
  int64_t i, n;
  F operator()(const float* p) const { return load_first(p + i, n); }
  void put(float* p, F v) const { store_first(p + i, v, n); }
  F only(F v) const { return lanes() < all(int32_t(n)) ? v : F{}; }
  F or_else(const float* p, float x) const {
    return lanes() < all(int32_t(n)) ? load_first(p + i, n) : all(x);
  }
};

/// body(at) for all vectors of n numbers, from i on.
template <class Body>
HG_INLINE void each_vector(int64_t i, int64_t n, const Body& body) {
  for (; i + W <= n; i += W) body(Whole{i});
  if (i < n) body(First{i, n - i});
}

/// A sum on its way.
struct Lanes {
  F v[4] = {};
  double sum() const { return double(ISA::sum((v[0] + v[1]) + (v[2] + v[3]))); }
};

/// Terms in a lane before it goes into a double: 1024 floats a block with AVX-512.
constexpr int64_t block = 16;
constexpr int64_t block_size = block * 4 * W;

/// add(k, at) for all vectors of n numbers, with k = 0, 1, 2, 3 in turn.
template <class Add>
HG_INLINE void each_of_four(int64_t n, const Add& add) {
  int64_t i = 0;
  for (; i + 4 * W <= n; i += 4 * W) {
    add(0, Whole{i});
    add(1, Whole{i + W});
    add(2, Whole{i + 2 * W});
    add(3, Whole{i + 3 * W});
  }
  for (; i + W <= n; i += W) add(0, Whole{i});
  if (i < n) add(1, First{i, n - i});
}

}  // namespace
}  // namespace hg::fastcpu::ISA
