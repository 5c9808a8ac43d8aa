// From a formula for F to the loops of a Curve.
#pragma once

#include "curve.hpp"
#include "map.hpp"

namespace hg::fastcpu::ISA {
namespace {

/// Of a struct with y(x, a, b) and dx(kept, dy, a, b). A formula without keeps reads dy
/// only.
template <class Formula>
void forward(const float* x, float* y, int64_t n, float a, float b) {
  map(n, y, [=](F x) { return Formula::y(x, a, b); }, x);
}
template <class Formula>
void backward(const float* kept, const float* dy, float* dx, int64_t n, float a, float b) {
  map(n, dx, [=](F kept, F dy) { return Formula::dx(kept, dy, a, b); }, kept, dy);
}
template <class Formula>
constexpr Curve curve{forward<Formula>, backward<Formula>};

}  // namespace
}  // namespace hg::fastcpu::ISA
