// # Solutions to 11.10: Adam

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "../race.hpp"
using namespace hg;

namespace {

// Two numbers after ten steps along gradients that depend on where they are.
Tensor ten_steps(const std::string& optimizer, const optim::Options& options,
                 double scale) {
  Tensor x = tensor({1.0, -2.0}, f64).requires_grad_();  // (2)
  auto step = optim::make(optimizer, {x}, options);
  for (int t = 0; t < 10; ++t) {
    step.zero_grad();
    (scale * (x.square() * tensor({1.0, 3.0}, f64)).sum()).backward();
    step.step();
  }
  return x.detach();
}

double gap(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item(); }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.10 Adam: solutions");

  // ## 1. A thousand times the loss
  // All gradients are a thousand times as large. SGD's steps are, too, and it explodes at a
  // rate that was fine. Adam divides by sqrt(s), a thousand times as large as well: but for
  // eps, nothing changes.

  const double adam_moves =
      gap(ten_steps("adam", {{"lr", 0.1}}, 1), ten_steps("adam", {{"lr", 0.1}}, 1000));
  const double sgd_moves =
      gap(ten_steps("sgd", {{"lr", 0.01}}, 1), ten_steps("sgd", {{"lr", 0.01}}, 1000));
  std::printf("1. adam moves by %.1e, sgd by %.1e\n", adam_moves, sgd_moves);
  lesson.expect("1. adam", adam_moves, at_most(1e-6));
  lesson.expect("1. sgd", sgd_moves, at_least(1));

  // ## 2. How wide is the range?
  // Adam comes within 0.02 of the floor with rates from 0.01 to 0.03, SGD from 0.01 to 0.3.
  // The features are z-scores, so that all directions are of one scale, and SGD has no need
  // of Adam there.

  const race::Track track = race::load(lesson);
  int adam_good = 0, sgd_good = 0;
  for (double lr : {1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0}) {
    const double a = race::train(track, 10, 3, "adam", {{"lr", lr}}).last() - track.floor;
    const double s = race::train(track, 10, 3, "sgd", {{"lr", lr}}).last() - track.floor;
    std::printf("2. rate %6g: above the floor adam %9.4f, sgd %9.4f\n", lr, a, s);
    adam_good += a < 0.02;
    sgd_good += s < 0.02;
  }
  lesson.expect("2. rates at which adam arrives", adam_good, at_least(2));
  lesson.expect("2. rates at which sgd arrives", sgd_good, at_least(2));

  // ## 3. Without one of the averages, or both
  // beta1 = 0 leaves RMSprop, with its average corrected for the start. With both 0, s is
  // the newest g^2, and only the sign of the gradient is left: every step is eta long, up
  // or down.

  Tensor x = tensor({1.0, -2.0}, f64), s = zeros({2}, f64);  // (2) each
  for (int t = 1; t <= 10; ++t) {
    const Tensor g = x * tensor({2.0, 6.0}, f64);  // (2) of x1^2 + 3 x2^2
    s = 0.999 * s + 0.001 * g.square();
    x = x - 0.1 * g / sqrt(s / (1 - std::pow(0.999, t)));
  }
  Tensor z = tensor({1.0, -2.0}, f64);  // (2)
  for (int t = 0; t < 10; ++t) z = z - 0.1 * z.sign();
  const double rmsprop =
      gap(x, ten_steps("adam", {{"lr", 0.1}, {"betas", {0.0, 0.999}}}, 1));
  const double signs = gap(z, ten_steps("adam", {{"lr", 0.1}, {"betas", {0.0, 0.0}}}, 1));
  std::printf("3. distance from RMSprop %.1e, from steps by sign %.1e\n", rmsprop, signs);
  lesson.expect("3. beta1 = 0 is RMSprop, corrected", rmsprop, at_most(1e-6));
  lesson.expect("3. beta1 = beta2 = 0 steps by sign", signs, at_most(1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
