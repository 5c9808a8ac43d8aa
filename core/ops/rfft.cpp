// rfft and irfft: the spectrum of real numbers, and the way back.
//
// Forward.  The discrete Fourier transform asks how much of each frequency is in x (n):
//
//     re[k] =   sum_j x[j] cos(2 pi jk/n)
//     im[k] = - sum_j x[j] sin(2 pi jk/n)                 k = 0 to n/2, rounded down
//
//   Frequency n-k gives the same cosines and the negative sines, so nothing beyond n/2 is
//   new for real x. The result is (2, n/2+1): real parts, imaginary parts. (There is no
//   complex type; PyTorch's rfft has these two in one.) The way back adds the waves up:
//
//     x[j] = 1/n sum_k m[k] * (re[k] cos(2 pi jk/n) - im[k] sin(2 pi jk/n))
//
//   m[k] = 2 lets each frequency speak for its mirror image n-k, too. k = 0 and, if n is
//   even, k = n/2 are their own mirror images, and have m[k] = 1; there the sine is 0 for
//   all j, and im[k] plays no part.
//
// Backward.  Both are sums with fixed factors, so each is the other's backward pass but for
// the factors. With gr = dL/dre and gi = dL/dim of rfft, and g = dL/dx of irfft:
//
//     rfft:   dL/dx[j]  = sum_k gr[k] cos(2 pi jk/n) - gi[k] sin(2 pi jk/n)   (*)
//     irfft:  dL/dre[k] =   m[k]/n sum_j g[j] cos(2 pi jk/n)                  (*)
//             dL/dim[k] = - m[k]/n sum_j g[j] sin(2 pi jk/n)                  (*)
//
//   The doubling stays with irfft: rfft writes the frequency k once, irfft reads it twice.
//   Check by thought: irfft(rfft(x)) is x, and (*) one after the other gives dx = g.
//
// Saved for backward: nothing, both are linear.
//
// All in double, in O(n log n) steps whatever n (fft.hpp).
#include "ops/fft.hpp"
#include "ops/functions.hpp"
#include "ops/ops.hpp"
#include "tensor/shape.hpp"

namespace hg {
namespace ops {
namespace {

using plugin::Call;
using plugin::require;
using plugin::shape_text;

bool is_own_mirror_image(int64_t k, int64_t n) { return k == 0 || 2 * k == n; }

// Between n real numbers and the real and imaginary parts of F frequencies. If F is not
// n/2+1, frequencies beyond the shorter of the two count as 0.
class Spectrum {
 public:
  Spectrum(const Call& c, int64_t n, int64_t F)
      : n_(n),
        F_(F),
        fft_(c, n),
        in_(c.scratch<Complex>(fft_.room())),
        out_(c.scratch<Complex>(fft_.room())) {}

  // s (2,F) := factor(k) * (sum_j x[j] cos, - sum_j x[j] sin)
  template <class T, class Factor>
  void analyse(const T* x, T* s, const Factor& factor) const {
    for (int64_t j = 0; j < n_; ++j) in_[j] = {double(x[j]), 0};
    fft_(in_, out_);
    for (int64_t k = 0; k < F_; ++k) {
      const bool there = k <= n_ / 2;
      s[k] = there ? T(factor(k) * out_[k].re) : T(0);
      s[F_ + k] = there && !alone(k) ? T(factor(k) * out_[k].im) : T(0);
    }
  }

  // x (n) := sum_k factor(k) * (re[k] cos - im[k] sin), the real part of a transform of
  // the conjugates: (re - i im) (cos - i sin) = re cos - im sin + i ...
  template <class T, class Factor>
  void synthesize(const T* s, T* x, const Factor& factor) const {
    std::fill(in_, in_ + n_, Complex{});
    for (int64_t k = 0; k < std::min(F_, n_ / 2 + 1); ++k) {
      const double im = alone(k) ? 0 : double(s[F_ + k]);
      in_[k] = {factor(k) * double(s[k]), -factor(k) * im};
    }
    fft_(in_, out_);
    for (int64_t j = 0; j < n_; ++j) x[j] = T(out_[j].re);
  }

 private:
  bool alone(int64_t k) const { return is_own_mirror_image(k, n_); }

  int64_t n_, F_;
  Fft fft_;
  Complex *in_, *out_;
};

struct Rfft {
  static void infer(Call& c) {
    const hg_tensor& x = c.in(0);
    require(x.ndim > 0, "input is one number; it needs an axis to transform along");
    const int64_t n = x.shape[x.ndim - 1];
    require(n > 0, "input is ", shape_text(x), ": of no numbers there is no spectrum");
    Shape shape = shape_of(x);
    shape.insert(x.ndim - 1, 2);
    shape[x.ndim] = n / 2 + 1;
    c.shape(0, shape, x);
  }

  template <class T>
  static void forward(Call& c) {
    const int64_t n = length(c), F = n / 2 + 1;
    const Spectrum spectrum(c, n, F);
    for (int64_t row = 0; row < hg_numel(&c.in(0)) / n; ++row) {
      spectrum.analyse(c.in<T>(0) + row * n, c.out<T>(0) + row * 2 * F, once);
    }
  }

  template <class T>
  static void backward(Call& c) {
    const int64_t n = length(c), F = n / 2 + 1;
    const Spectrum spectrum(c, n, F);
    for (int64_t row = 0; row < hg_numel(&c.in(0)) / n; ++row) {
      const T* g = c.dout<T>(0) + row * 2 * F;
      spectrum.synthesize(g, c.din<T>(0) + row * n, once);  // (*)
    }
  }

 private:
  static int64_t length(const Call& c) { return c.in(0).shape[c.in(0).ndim - 1]; }
  static double once(int64_t) { return 1; }
};

// m[k]/n
struct Share {
  int64_t n;
  double operator()(int64_t k) const {
    return (is_own_mirror_image(k, n) ? 1 : 2) / double(n);
  }
};

struct Irfft {
  static void infer(Call& c) {
    const hg_tensor& s = c.in(0);
    require(s.ndim >= 2 && s.shape[s.ndim - 2] == 2, "input is ", shape_text(s),
            "; a spectrum is (..., 2, n/2+1), real parts and imaginary parts");
    const int64_t F = s.shape[s.ndim - 1];
    require(F > 0, "input is ", shape_text(s), ": there are no frequencies");
    const bool given = c.attr(0).given() && c.attr(0).integer() != -1;
    const int64_t n = given ? c.attr(0).integer() : 2 * (F - 1);
    require(n > 0, "n is ", n, "; there must be at least one number to make",
            "\n  hint: ", F, " frequencies belong to n = ", 2 * F - 1, " or an n near it");
    Shape shape = shape_of(s);
    shape.erase(s.ndim - 2);
    shape[s.ndim - 2] = n;
    c.shape(0, shape, s);
  }

  template <class T>
  static void forward(Call& c) {
    const auto [n, F, rows] = sizes(c);
    const Spectrum spectrum(c, n, F);
    for (int64_t row = 0; row < rows; ++row) {
      spectrum.synthesize(c.in<T>(0) + row * 2 * F, c.out<T>(0) + row * n, Share{n});
    }
  }

  template <class T>
  static void backward(Call& c) {
    const auto [n, F, rows] = sizes(c);
    const Spectrum spectrum(c, n, F);
    for (int64_t row = 0; row < rows; ++row) {
      const T* g = c.dout<T>(0) + row * n;
      spectrum.analyse(g, c.din<T>(0) + row * 2 * F, Share{n});  // (*)
    }
  }

 private:
  struct Sizes {
    int64_t n, F, rows;
  };
  static Sizes sizes(const Call& c) {
    const hg_tensor &s = c.in(0), &x = c.out(0);
    const int64_t n = x.shape[x.ndim - 1], F = s.shape[s.ndim - 1];
    return {n, F, hg_numel(&s) / (2 * F)};
  }
};

}  // namespace

void describe_rfft(plugin::Plugin& p) {
  p.op<Rfft>("core.rfft")
      .doc("the discrete Fourier transform of real numbers, its half that is not a mirror")
      .formula("re[k], im[k] = sum_j x[j] cos(2 pi jk/n), - sum_j x[j] sin(2 pi jk/n)")
      .in("input", "(..., n)")
      .out("output", "(..., 2, n/2+1)")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,8]")
      .sample("normal[2,1,7]")
      .sample("normal[1]")
      .sample("normal[12]");
  p.kernel<Rfft, float, double>("core.rfft");
  p.op<Irfft>("core.irfft")
      .doc("real numbers from the half of their spectrum that is not a mirror")
      .formula("x[j] = 1/n sum_k m[k] (re[k] cos(2 pi jk/n) - im[k] sin(2 pi jk/n))")
      .in("input", "(..., 2, n/2+1)")
      .out("output", "(..., n)")
      .attr("n", HG_INT, {}, "how many numbers; none or -1: the even length, 2*(F-1)")
      .promote(HG_PROMOTE_FLOAT, {0})
      .sample("normal[3,2,5]")
      .sample("normal[2,4]", R"({"n":7})")
      .sample("normal[2,1]", R"({"n":1})")
      .sample("normal[2,2,3]", R"({"n":9})")
      .sample("normal[2,6]", R"({"n":6})");
  p.kernel<Irfft, float, double>("core.irfft");
}

}  // namespace ops

Tensor rfft(const Tensor& x) {
  static constinit const Op op("core.rfft");
  return run(op, {&x});
}

Tensor irfft(const Tensor& spectrum, int64_t n) {
  static constinit const Op op("core.irfft");
  return run(op, {&spectrum}, {n});
}

}  // namespace hg
