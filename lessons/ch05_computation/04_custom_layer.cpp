// # 5.4 Layers of one's own
//
// Sooner or later the layer that one needs is not in the library. How is it written so that
// it behaves like the others: trains, saves, moves, prints? We make four: one without
// parameters, one with, one with constants, and one that takes a sound apart.
//
// You know: modules and their members (5.1), parameters and buffers (5.2).
// New here: layers from operations alone, buffers as constants, the Fourier transform as a
// layer.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numbers>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

const double pi = std::numbers::pi;

// ## Without parameters
// Takes the mean away. No constructor, no members: the computation is all there is.

struct CenteredLayer : nn::Module {
  Tensor forward(const Tensor& x) override { return x - x.mean(); }
};

// ## With parameters
// A dense layer with relu, the weight laid out as (in,units). A Parameter is a tensor that
// registers with its module and asks for gradients. `details` is what print shows.

struct MyLinear : nn::Module {
  nn::Parameter weight, bias;  // (in,units), (units)

  MyLinear(int64_t in, int64_t units)
      : weight(*this, "weight", randn({in, units})), bias(*this, "bias", randn({units})) {}

  Tensor forward(const Tensor& x) override {  // (*,in) -> (*,units)
    return relu(x.matmul(weight) + bias);
  }
  std::string details() const override {
    return "in=" + std::to_string(weight.size(0)) +
           ", units=" + std::to_string(weight.size(1));
  }
};

// ## A layer from the course's notes
// Its formula, for a signal x[b,0..n-1] and k = 0..n-1:
//
//     kx[b,i,k] = 2 pi k x[b,i] / n
//     y[b] = ( sum_i cos kx[b,i,k] / n,  sum_i sin kx[b,i,k] / n )        (B,2,n)
//
// It looks like a Fourier transform and is none: x stands inside the cosine, where the
// time should be. What it computes is a different thing with a name of its own, the
// *characteristic function* of the values: the mean of cos(w x) and of sin(w x) at the
// frequencies w = 2 pi k / n. It tells which values occur, and how often, but not when.
// Shuffle a signal in time and the output stays the same.

struct FourierCoefficientLayer : nn::Module {
  nn::Buffer k;  // (n) 0, 1, ..., n-1

  explicit FourierCoefficientLayer(int64_t n) : k(*this, "k", arange(n).to(f32)) {}

  Tensor forward(const Tensor& x) override {  // (B,n) -> (B,2,n)
    const double n = double(k.size(0));
    const Tensor kx = 2 * pi / n * x.unsqueeze(-1) * k;  // (B,n,n): b, i, k
    return cat({cos(kx).sum(1, true) / n, sin(kx).sum(1, true) / n}, 1);
  }
};

// ## The Fourier transform as a layer
// How much of a wave with k periods is there in the signal? Multiply by that wave and add:
//
//     re[k] =  sum_t x[t] cos(2 pi k t / n)          k = 0 .. n/2
//     im[k] = -sum_t x[t] sin(2 pi k t / n)
//
// Waves faster than n/2 periods look like slower ones at n samples (the other half of the
// spectrum mirrors this one), so n/2 + 1 frequencies say it all. The waves do not depend on
// the data: they are constants, and belong into a buffer, so that they are saved and moved
// with the layer but never trained. The layer is then one product with a fixed matrix.

struct HalfSpectrum : nn::Module {
  nn::Buffer waves;  // (2*(n/2+1), n): cosines, then negative sines

  explicit HalfSpectrum(int64_t n, DType type = f32)
      : waves(*this, "waves", make(n).to(type)) {}

  static Tensor make(int64_t n) {
    const Tensor k = arange(n / 2 + 1).to(f64).unsqueeze(1);  // (n/2+1,1)
    const Tensor t = arange(n).to(f64).unsqueeze(0);          // (1,n)
    const Tensor angle = 2 * pi / double(n) * (k * t);        // (n/2+1,n)
    return cat({cos(angle), -sin(angle)}, 0);
  }
  Tensor forward(const Tensor& x) override {  // (*,n) -> (*,2,n/2+1)
    Shape out = x.shape();
    out[out.size() - 1] = 2;
    out.push_back(waves.size(0) / 2);
    return linear(x, waves).view(out);
  }
};

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.4 Layers of one's own");
  manual_seed(lesson.seed() + 1);

  // ## They work like any other

  CenteredLayer centered;
  std::cout << centered(tensor({1.0, 2.0, 3.0, 4.0, 5.0})) << "\n";
  //> tensor([-2., -1.,  0.,  1.,  2.])
  nn::Sequential net(nn::make<nn::Linear>(8, 128), nn::make<CenteredLayer>());
  const double mean = std::abs(net(rand({4, 8})).mean().item());
  std::cout << net << "\nmean of the output below 1e-7: " << (mean < 1e-7 ? "yes" : "no")
            << "\n";
  //>   (1): CenteredLayer()
  //> mean of the output below 1e-7: yes

  nn::Sequential own(nn::make<MyLinear>(64, 8), nn::make<MyLinear>(8, 1));
  std::cout << own << "\n"
            << own(rand({2, 64})).shape() << ", " << own.parameter_count()
            << " parameters\n";
  //>   (0): MyLinear(in=64, units=8)
  //>   (1): MyLinear(in=8, units=1)
  //> (2,1), 529 parameters

  // Backward comes for free, as forward is made of operations that know theirs. To be sure,
  // compare with slopes measured by moving each input, weight and bias a little (2.5):

  MyLinear small(5, 3);
  small.to(f64);
  const auto check = gradcheck(
      [&](const std::vector<Tensor>& in) {
        small.weight = in[1];  // the layer computes with what gradcheck hands in
        small.bias = in[2];
        return small(in[0]);  // (4,3)
      },
      {randn({4, 5}, f64).requires_grad_(), small.weight, small.bias});
  std::cout << "gradients of MyLinear: " << (check ? "right" : "wrong") << "\n";
  //> gradients of MyLinear: right

  // ## The layer of the notes
  // Two signals with the same values, one shuffled, go in; the same comes out:

  FourierCoefficientLayer notes(64);
  const Tensor signal = sin(2 * pi * 5 / 64 * arange(64).to(f32)).unsqueeze(0);  // (1,64)
  const Tensor shuffled = signal[{all, randperm(64)}];                           // (1,64)
  const double blind = (notes(signal) - notes(shuffled)).abs().max().item();
  std::cout << "output " << notes(signal).shape()
            << "; shuffling in time changes it: " << (blind > 1e-5 ? "yes" : "no") << "\n";
  //> output (1,2,64); shuffling in time changes it: no

  // ## A true spectrum
  // The waves are in the state, and not among the parameters:

  const HalfSpectrum four(4);
  std::cout << four.parameters().size() << " parameters; state:";
  for (const auto& [name, t] : four.state_dict()) {
    std::cout << " " << name << " " << t.shape();
  }
  std::cout << "\n";
  //> 0 parameters; state: waves (6,4)

  // A spectrum against the definition, term by term, and against the library's fast
  // transform:

  const int64_t n = 50;
  HalfSpectrum half(n, f64);
  const Tensor x = randn({3, n}, f64);  // (3,50)
  const Tensor y = half(x);             // (3,2,26)
  double naive_gap = 0;
  for (int64_t k = 0; k <= n / 2; ++k) {
    double re = 0, im = 0;
    for (int64_t t = 0; t < n; ++t) {
      re += x[{1, t}].item() * std::cos(2 * pi * double(k * t) / double(n));
      im -= x[{1, t}].item() * std::sin(2 * pi * double(k * t) / double(n));
    }
    naive_gap = std::max({naive_gap, std::abs(re - y[{1, 0, k}].item()),
                          std::abs(im - y[{1, 1, k}].item())});
  }
  const double fast_gap = (rfft(x) - y).abs().max().item();
  std::printf("spectrum (3,2,26): definition and rfft agree to 1e-5: %s\n",
              std::max(naive_gap, fast_gap) < 1e-5 ? "yes" : "no");
  //> spectrum (3,2,26): definition and rfft agree to 1e-5: yes

  // The library has both layers, under the names of what they compute. RealDFT does not
  // save its waves: n says all about them.

  nn::FourierCoefficients their_notes(64);
  nn::RealDFT their_half(n, f64);
  const double library_gap =
      std::max((their_notes(signal) - notes(signal)).abs().max().item(),
               (their_half(x) - y).abs().max().item());
  std::cout << their_notes << " and " << their_half
            << " agree: " << (library_gap < 1e-5 ? "yes" : "no") << "\n";
  //> FourierCoefficients(64) and RealDFT(50) agree: yes

  // A matrix of n * n numbers for n samples is a lot when n is a million; rfft takes some
  // n log n steps and no matrix. Gradients pass through it just as well:

  const auto through = gradcheck([](const std::vector<Tensor>& in) { return rfft(in[0]); },
                                 {randn({2, 12}, f64).requires_grad_()});
  std::cout << "gradients of rfft: " << (through ? "right" : "wrong") << "\n";
  //> gradients of rfft: right

  // ## A sound
  // The note a' swings 440 times a second. We write 0.1 seconds of it as a WAV file, with
  // an overtone at 880 Hz of a third the strength, read the file, and let the layer look.
  // In 0.1 seconds a wave of f Hz has f/10 periods, so line k of the spectrum stands for
  // 10 k Hz; a wave of strength 1 gives n/2 there, which we divide by.

  const int64_t rate = 8000, frames = 800;                    // frames a second, frames
  const Tensor time = arange(frames).to(f64) / double(rate);  // (800) seconds
  const Tensor tone = 0.6 * sin(2 * pi * 440 * time) + 0.2 * sin(2 * pi * 880 * time);
  const auto file =
      lesson.picture("tone.wav").value_or(lesson.temporary_folder() / "tone.wav");
  data::write_wav(file.string(), tone, rate);
  const data::Wav wav = data::read_wav(file.string());  // (1,800) samples

  HalfSpectrum ear(frames);
  const Tensor spectrum = ear(wav.samples)[0];  // (2,401)
  const Tensor loudness =
      spectrum.square().sum(0).sqrt() * (2.0 / double(frames));  // (401)
  const Tensor hertz = arange(frames / 2 + 1).to(f64) * (double(rate) / double(frames));
  lesson.show(
      plot(hertz, loudness, {.xlabel = "Hz", .ylabel = "strength", .xlim = {0, 1500}}),
      "spectrum");
  const auto loudest = loudness.topk(2);
  for (int64_t i = 0; i < 2; ++i) {
    std::printf("%4.0f Hz with strength %.2f\n", hertz[loudest.indices[i]].item(),
                loudest.values[i].item());
  }
  //>  440 Hz with strength 0.60
  //>  880 Hz with strength 0.20

  // ## Bars
  lesson.expect("mean after CenteredLayer", mean, at_most(1e-7));
  lesson.expect("gradients of MyLinear", bool(check));
  lesson.expect("the notes' layer does not see time", blind, at_most(1e-5));
  lesson.expect("spectrum against its definition", naive_gap, at_most(1e-5));
  lesson.expect("spectrum against rfft", fast_gap, at_most(1e-5));
  lesson.expect("both layers against the library's", library_gap, at_most(1e-5));
  lesson.expect("gradients of rfft", bool(through));
  lesson.expect("loudest frequency, Hz", hertz[loudest.indices[0]].item(), near(440, 1e-9));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A layer is a class with forward. Members of type Parameter are trained, Buffers are
//   not.
// - Its backward follows from the operations inside; gradcheck makes sure.
// - The Fourier transform is a linear layer with fixed weights.
//
// ## Exercises
// 1. (Code.) A layer that takes x (N,D) and returns y[n,k] = sum_ij W[k,i,j] x[n,i] x[n,j].
//    Compare with nn::Bilinear.
// 2. (Derive.) Which signal does the half spectrum (re, im) = (1, 0) at k = 3, n = 16,
//    belong to? Check with irfft.
// 3. (Code.) Make the waves of HalfSpectrum a Parameter, start at random, and train on
//    noise until it computes spectra. How close do the weights come to cosines?
