// The fast Fourier transform, for any length n, in O(n log n) steps.
//
//     X[k] = sum_j x[j] w^(jk)            w = exp(-2 pi i / n),    k = 0 to n-1
//
// Halving.  If n is even, the sum splits into that over even and that over odd j, and both
// are transforms of half the length, E and O:
//
//     X[k]       = E[k] + w^k O[k]
//     X[k + n/2] = E[k] - w^k O[k]                    since w^(n/2) = -1
//
//   log2(n) times n/2 of these pairs, if n is a power of two. (Cooley and Tukey: An
//   algorithm for the machine calculation of complex Fourier series, 1965.)
//
// Any other length.  As 2jk = j^2 + k^2 - (k-j)^2, with a chirp c[j] = exp(-pi i j^2 / n),
//
//     X[k] = c[k] * sum_j (x[j] c[j]) * conj(c[k-j])
//
//   The sum is a convolution, and that is a product of transforms, whose length may be any
//   that is long enough: a power of two from 2n-1 on. (Bluestein: A linear filtering
//   approach to the computation of discrete Fourier transform, 1970.)
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "handgrad_plugin.hpp"

namespace hg::ops {

/// A complex number. (std::complex looks for nan in each product, which costs more than the
/// product.)
struct Complex {
  double re = 0, im = 0;
  friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
  friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
  friend Complex operator*(Complex a, Complex b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  friend Complex conj(Complex a) { return {a.re, -a.im}; }
};

/// exp(-2 pi i j / n)
inline Complex root_of_unity(int64_t j, int64_t n) {
  const double angle = -2 * std::numbers::pi * double(j) / double(n);
  return {std::cos(angle), std::sin(angle)};
}

/// Transforms whose length is a power of two.
class HalvingFft {
 public:
  const int64_t n;
  HalvingFft(const plugin::Call& c, int64_t n) : n(n), w_(c.scratch<Complex>(n / 2)) {
    for (int64_t k = 0; k < n / 2; ++k) w_[k] = root_of_unity(k, n);
  }
  /// X := the transform of x; two arrays.
  void operator()(const Complex* x, Complex* X) const { halves(x, 1, X, n); }

 private:
  // The transform of the `count` elements x[0], x[step], ...
  void halves(const Complex* x, int64_t step, Complex* X, int64_t count) const {
    if (count == 1) {
      X[0] = x[0];
      return;
    }
    const int64_t half = count / 2;
    halves(x, 2 * step, X, half);
    halves(x + step, 2 * step, X + half, half);
    for (int64_t k = 0; k < half; ++k) {
      const Complex even = X[k], odd = w_[k * step] * X[k + half];
      X[k] = even + odd;
      X[k + half] = even - odd;
    }
  }
  Complex* w_;
};

/// Transforms of any length n >= 1.
class Fft {
 public:
  Fft(const plugin::Call& c, int64_t n)
      : n_(n), fft_(c, power_of_two(n)), work_(c.scratch<Complex>(fft_.n)) {
    if (fft_.n == n) return;
    chirp_ = c.scratch<Complex>(n);
    filter_ = c.scratch<Complex>(fft_.n);
    // j^2 modulo 2n, after which the chirp repeats; the square itself would lose digits.
    for (int64_t j = 0, square = 0; j < n; ++j) {
      chirp_[j] = root_of_unity(square, 2 * n);
      square = (square + 2 * j + 1) % (2 * n);
    }
    std::fill(work_, work_ + fft_.n, Complex{});
    // conj(c[d]) for d from -(n-1) to n-1, the negative ones around the end.
    for (int64_t j = 0; j < n; ++j) {
      work_[j] = work_[(fft_.n - j) % fft_.n] = conj(chirp_[j]);
    }
    fft_(work_, filter_);
  }

  /// How many numbers x and X must have room for: n, or more where it takes a detour.
  int64_t room() const { return fft_.n; }

  /// X := the transform of x[0..n-1]; two arrays. x is overwritten.
  void operator()(Complex* x, Complex* X) const {
    if (!chirp_) return fft_(x, X);
    for (int64_t j = 0; j < n_; ++j) x[j] = x[j] * chirp_[j];
    std::fill(x + n_, x + fft_.n, Complex{});
    fft_(x, work_);
    // Back from the product by one more transform: x = conj(fft(conj(X))) / n.
    for (int64_t k = 0; k < fft_.n; ++k) work_[k] = conj(work_[k] * filter_[k]);
    fft_(work_, X);
    const Complex scale{1 / double(fft_.n), 0};
    for (int64_t k = 0; k < n_; ++k) X[k] = chirp_[k] * conj(X[k]) * scale;
  }

 private:
  // n itself, or the first power of two that holds a convolution of n and n numbers.
  static int64_t power_of_two(int64_t n) {
    int64_t power = 1;
    while (power < n) power *= 2;
    return power == n ? n : 2 * power;
  }

  int64_t n_;
  HalvingFft fft_;
  Complex *work_, *chirp_ = nullptr, *filter_ = nullptr;
};

}  // namespace hg::ops
