#include "nn/fourier.hpp"

#include <cmath>
#include <numbers>

#include "ops/functions.hpp"

namespace hg::nn {
namespace {

int64_t checked(const char* layer, int64_t n) {
  if (n >= 1) return n;
  throw Error(layer, "n is " + std::to_string(n) + ": a signal has at least one element");
}

// wave(2 pi k t/n) for k = 0 .. n/2, t = 0 .. n-1. The angle repeats with k t modulo n,
// and a small angle is exact to more digits than a large one.
template <class Wave>
Tensor waves(int64_t n, DType type, Wave wave) {
  checked("RealDFT", n);
  Tensor matrix = empty({n / 2 + 1, n}, f64);
  double* at = matrix.span<double>().data();
  for (int64_t k = 0; k <= n / 2; ++k) {
    for (int64_t t = 0; t < n; ++t) {
      *at++ = wave(2 * std::numbers::pi * double(k * t % n) / double(n));
    }
  }
  return matrix.to(type);
}

}  // namespace

// ---- RealDFT ----------------------------------------------------------------------------

RealDFT::RealDFT(int64_t n, DType type)
    : cosines(*this, "cosines", waves(n, type, [](double a) { return std::cos(a); }),
              false),
      sines(*this, "sines", waves(n, type, [](double a) { return std::sin(a); }), false),
      n_(n) {}

// A row of the matrix is a wave, as a row of weights is a unit: linear multiplies with it.
Tensor RealDFT::forward(const Tensor& x) {
  return stack({linear(x, cosines), -linear(x, sines)}, -2);
}

std::unique_ptr<Module> RealDFT::make_like() const {
  return make<RealDFT>(n_, cosines.dtype());
}

int64_t RealDFT::macs(const Shape&, const Shape& output) const {
  return output.numel() * n_;
}

// ---- FourierCoefficients ----------------------------------------------------------------

FourierCoefficients::FourierCoefficients(int64_t n)
    : n_(checked("FourierCoefficients", n)) {}

Tensor FourierCoefficients::forward(const Tensor& x) {
  if (x.dim() != 2) {
    throw Error("FourierCoefficients",
                "input is " + x.shape().to_string() + ": it must be (samples, elements)");
  }
  Tensor k = arange(0, n_, 1, x.dtype());
  Tensor angle = 2 * std::numbers::pi / double(n_) * x.unsqueeze(-1) * k;  // (B, L, n)
  Tensor re = cos(angle).sum(1, true) / n_, im = sin(angle).sum(1, true) / n_;
  return cat({re, im}, 1);
}

std::unique_ptr<Module> FourierCoefficients::make_like() const {
  return make<FourierCoefficients>(n_);
}

}  // namespace hg::nn
