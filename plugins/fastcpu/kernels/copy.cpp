#include "copy.hpp"

#include "map.hpp"

namespace hg::fastcpu::ISA {
namespace {

void copy(const float* x, float* y, int64_t n) {
  map(n, y, [](F x) { return x; }, x);
}

void fill(float value, float* y, int64_t n) {
  const F v = all(value);
  map(n, y, [=] { return v; });
}

}  // namespace

extern const Copying copying{copy, fill};

}  // namespace hg::fastcpu::ISA
