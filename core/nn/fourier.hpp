// Layers that look at a signal as a sum of waves.
#pragma once

#include "nn/module.hpp"

namespace hg::nn {

/// The discrete Fourier transform of real signals x (*, n) as a product with a fixed matrix:
///
///     re[k] = sum_t x[t] cos(2 pi k t/n)      im[k] = -sum_t x[t] sin(2 pi k t/n)
///
/// for k = 0 .. n/2, (*, 2, n/2 + 1). The other half of the spectrum mirrors this one
/// (re[n-k] = re[k], im[n-k] = -im[k]). hg::rfft gives the same numbers in n log n steps in
/// place of n^2; here the waves can be seen, as the rows of `cosines` and `sines`
/// (n/2 + 1, n). They are buffers: they move with the module, are not trained, and are not
/// saved, since n says all about them.
class RealDFT : public Module {
 public:
  explicit RealDFT(int64_t n, DType type = f32);
  RealDFT(Module& parent, const std::string& name, int64_t n, DType type = f32)
      : RealDFT(n, type) {
    parent.adopt(name, *this);
  }

  Buffer cosines, sines;

  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "RealDFT"; }
  std::string details() const override { return std::to_string(n_); }
  int64_t macs(const Shape& input, const Shape& output) const override;

 private:
  int64_t n_;
};

/// The layer of the course's notes: x (B, L) -> (B, 2, n), the means of cosines and sines,
///
///     y[b,0,k] = (1/n) sum_l cos(2 pi k x[b,l]/n)      y[b,1,k] = (1/n) sum_l sin(...)
///
/// x stands inside the angle: it is the place at which a wave is read, not its weight. So
/// this is no Fourier transform of x; it tells how the numbers in x are spread (their
/// empirical characteristic function, for L = n). The transform is RealDFT.
class FourierCoefficients : public Module {
 public:
  explicit FourierCoefficients(int64_t n);
  FourierCoefficients(Module& parent, const std::string& name, int64_t n)
      : FourierCoefficients(n) {
    parent.adopt(name, *this);
  }
  Tensor forward(const Tensor& x) override;
  std::unique_ptr<Module> make_like() const override;
  std::string type_name() const override { return "FourierCoefficients"; }
  std::string details() const override { return std::to_string(n_); }

 private:
  int64_t n_;
};

}  // namespace hg::nn
