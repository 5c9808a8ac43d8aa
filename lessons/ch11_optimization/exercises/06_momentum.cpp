// # Solutions to 11.6: momentum

#include <cmath>
#include <complex>
#include <cstdio>
#include <utility>
#include <vector>

#include "../race.hpp"
using namespace hg;

namespace {

// Rolls through f = 0.1 x1^2 + 2 x2^2 from (-5,-2); returns the distance from the origin.
double roll(double eta, double beta, int steps, bool ahead = false) {
  Tensor x = tensor({-5.0, -2.0}, f64), v = zeros({2}, f64);  // (2) each
  const Tensor slopes = tensor({0.2, 4.0}, f64);              // (2)
  for (int t = 0; t < steps; ++t) {
    const Tensor at = ahead ? x - eta * beta * v : x;  // where the ball will be
    v = beta * v + slopes * at;
    x = x - eta * v;
  }
  return x.norm().item();
}

// The size of the larger eigenvalue of R: the roots z of z^2 - (1 + beta - eta c) z + beta.
double shrink(double eta_c, double beta) {
  const std::complex<double> trace = 1 + beta - eta_c;
  const std::complex<double> root = std::sqrt(trace * trace - 4 * beta);
  return std::max(std::abs(trace + root), std::abs(trace - root)) / 2;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.6 Momentum: solutions");

  // ## 1. Hardly any friction
  // After 20 steps it is still far away, swinging through the valley. The swing shrinks by
  // sqrt(0.99) a step only, so after 1000 steps it has come down to 0.7 %.

  const double soon = roll(0.6, 0.99, 20), late = roll(0.6, 0.99, 1000);
  std::printf("1. distance after 20 steps %.3f, after 1000 %.4f\n", soon, late);
  lesson.expect("1. after 20 steps", soon, at_least(0.5));
  lesson.expect("1. after 1000 steps", late, at_most(0.2));

  // ## 2. When it swings
  // The determinant of R is beta, its trace 1 + beta - eta c. The eigenvalues solve
  //
  //     z^2 - (1 + beta - eta c) z + beta = 0
  //
  // and are complex where (1 + beta - eta c)^2 < 4 beta, that is where
  //
  //     (1 - sqrt(beta))^2 < eta c < (1 + sqrt(beta))^2
  //
  // Both have the size sqrt(beta) then. More momentum than needed to get there only makes
  // sqrt(beta) larger: for eta c < 1 it is fastest at beta = (1 - sqrt(eta c))^2.

  const double eta_c = 0.09, best = std::pow(1 - std::sqrt(eta_c), 2);
  double fastest = 0, least = 1;
  for (double beta = 0; beta < 1; beta += 0.001) {
    if (shrink(eta_c, beta) < least) least = shrink(eta_c, beta), fastest = beta;
  }
  std::printf("2. fastest at beta = %.3f; formula %.3f\n", fastest, best);
  lesson.expect("2. the best momentum", fastest, near(best, 0.002));

  // ## 3. Nesterov
  // At rate 0.3 both come to rest. The edge of settling is nearer than the usual
  // momentum's, though: 0.4 times the curvature 4 is beyond it already. On the track, with
  // small rates, Nesterov's does as well as the other.

  const double usual = roll(0.3, 0.5, 20), ahead = roll(0.3, 0.5, 20, true);
  std::printf("3. distance after 20 steps: momentum %.5f, Nesterov %.5f\n", usual, ahead);
  lesson.expect("3. Nesterov arrives as well", ahead, at_most(0.5));
  lesson.expect("3. not so at rate 0.4", roll(0.4, 0.5, 20, true), at_least(3));
  const race::Track track = race::load(lesson);
  race::finish(lesson, track, "3. sgd, nesterov",
               race::train(track, 10, 3, "sgd",
                           {{"lr", 0.003}, {"momentum", 0.9}, {"nesterov", true}}));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
