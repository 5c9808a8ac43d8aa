// # Solutions to 5.4: layers of one's own

#include <cmath>
#include <cstdio>
#include <numbers>

#include "handgrad.hpp"
using namespace hg;

namespace {

const double pi = std::numbers::pi;

// y[n,k] = sum_ij W[k,i,j] x[n,i] x[n,j]
struct Quadratic : nn::Module {
  nn::Parameter weight;  // (K,D,D)
  Quadratic(int64_t inputs, int64_t outputs)
      : weight(*this, "weight", randn({outputs, inputs, inputs}) / double(inputs)) {}
  Tensor forward(const Tensor& x) override {  // (N,D) -> (N,K)
    return einsum("kij,ni,nj->nk", {weight, x, x});
  }
};

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.4 Layers of one's own: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. A quadratic layer
  // nn::Bilinear takes two inputs; given the same one twice, it computes the same.

  Quadratic ours(6, 4);
  const Tensor x = randn({5, 6});                                     // (5,6)
  const Tensor theirs = nn::functional::bilinear(x, x, ours.weight);  // (5,4)
  const double gap = (ours(x) - theirs).abs().max().item();
  std::printf("1. largest difference %.1e\n", gap);
  lesson.expect("1. against bilinear", gap, at_most(1e-5));

  // ## 2. One line in the spectrum
  // A cosine with 3 periods and height h, times the wave cos(2 pi 3 t / 16), adds up to h
  // times half of the 16 samples; all other lines come out 0. For re[3] = 1 the height is
  // h = 2/16.

  Tensor spectrum = zeros({2, 9}, f64);  // (2,9)
  spectrum[{0, 3}] = 1.0;
  const Tensor wave = 2.0 / 16 * cos(2 * pi * 3 / 16 * arange(16).to(f64));  // (16)
  const double line = (irfft(spectrum) - wave).abs().max().item();
  std::printf("2. largest difference %.1e\n", line);
  lesson.expect("2. against irfft", line, at_most(1e-12));

  // ## 3. Learning the transform
  // Spectra are linear in the signal, so least squares finds the matrix; descent does it
  // with random signals as examples. Nothing else fits all signals, so it ends at the
  // cosines.

  const int64_t n = 16, k = n / 2 + 1;
  Tensor waves = (0.1 * randn({2 * k, n})).requires_grad_();  // (18,16)
  auto sgd = optim::make("sgd", {waves}, {{"lr", 2.0}});
  double loss = 0;
  for (int step = 0; step < 500; ++step) {
    const Tensor signal = randn({64, n});                     // (64,16)
    const Tensor wanted = rfft(signal).reshape({64, 2 * k});  // (64,18)
    sgd.zero_grad();
    const Tensor miss = nn::functional::mse_loss(linear(signal, waves), wanted);
    miss.backward();
    sgd.step();
    loss = miss.item();
  }
  const Tensor angle = 2 * pi / double(n) * arange(k).to(f32).outer(arange(n).to(f32));
  const double weights = (waves.detach()[slice(0, k)] - cos(angle)).abs().max().item();
  std::printf("3. loss %.1e, largest distance from a cosine %.1e\n", loss, weights);
  lesson.expect("3. weights against cosines", weights, at_most(1e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
