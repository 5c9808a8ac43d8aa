// lanes.hpp: numbers that change places within vectors.
#pragma once

#include "vec.hpp"

#if defined(__AVX512F__)
#define HG_EVERY_LANE(f) f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), \
                         f(10), f(11), f(12), f(13), f(14), f(15)
#elif defined(__AVX__)
#define HG_EVERY_LANE(f) f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)
#else
#define HG_EVERY_LANE(f) f(0), f(1), f(2), f(3)
#endif

namespace hg::fastcpu::ISA {
namespace {

/// 0, 1, 2, ..., W-1.
HG_INLINE I lanes() {
#define HG_LANE(i) i
  return I{HG_EVERY_LANE(HG_LANE)};
#undef HG_LANE
}

// Of the 2 W numbers a b, in the order of memory:
/// those at even places, those at odd places.
HG_INLINE F evens(F a, F b) {
#define HG_LANE(i) 2 * i
  return __builtin_shufflevector(a, b, HG_EVERY_LANE(HG_LANE));
#undef HG_LANE
}
HG_INLINE F odds(F a, F b) {
#define HG_LANE(i) 2 * i + 1
  return __builtin_shufflevector(a, b, HG_EVERY_LANE(HG_LANE));
#undef HG_LANE
}
/// The way back: a0 b0 a1 b1 ..., the first W of them and the last W.
HG_INLINE F zipped_low(F a, F b) {
#define HG_LANE(i) i / 2 + i % 2 * W
  return __builtin_shufflevector(a, b, HG_EVERY_LANE(HG_LANE));
#undef HG_LANE
}
HG_INLINE F zipped_high(F a, F b) {
#define HG_LANE(i) W / 2 + i / 2 + i % 2 * W
  return __builtin_shufflevector(a, b, HG_EVERY_LANE(HG_LANE));
#undef HG_LANE
}

}  // namespace
}  // namespace hg::fastcpu::ISA
