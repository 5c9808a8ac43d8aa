#include "activations.hpp"

#include "map.hpp"

namespace hg::fastcpu::ISA {
namespace {

void relu(const float* x, float* y, int64_t n) {
  // larger() answers with its second argument where x is nan, so x stands there.
  map(n, y, [](F v) { return larger(all(0.0f), v); }, x);
}

void relu_backward(const float* y, const float* dy, float* dx, int64_t n) {
  map(n, dx, [](F y, F dy) { return y <= 0.0f ? F{} : dy; }, y, dy);
}

}  // namespace

extern const Activations activations{relu, relu_backward};

}  // namespace hg::fastcpu::ISA
