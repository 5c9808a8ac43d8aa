// # Solutions to 11.7: a rate for each weight

#include <cmath>
#include <cstdio>
#include <vector>

#include "../race.hpp"
using namespace hg;

namespace {

// RMSprop through 0.1 x1^2 + 2 x2^2, or through the same valley turned by 45 degrees.
// Returns the value of the function at the end.
double rmsprop(double eta, double gamma, bool turned, int steps) {
  Tensor x = tensor({-5.0, -2.0}, f64), s = zeros({2}, f64);  // (2) each
  const double r = std::sqrt(0.5);
  const Tensor turn = turned ? tensor({{r, r}, {r, -r}}, f64) : eye(2, {}, f64);  // (2,2)
  const Tensor curve = tensor({0.1, 2.0}, f64);                                   // (2)
  for (int t = 0; t < steps; ++t) {
    const Tensor g = turn.t().mv(2 * curve * turn.mv(x));  // (2)
    s = gamma * s + (1 - gamma) * g.square();
    x = x - eta * g / sqrt(s + 1e-6);
  }
  return (curve * turn.mv(x).square()).sum().item();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.7 A rate for each weight: solutions");

  // ## 1. First steps
  // Adagrad: s = g^2, so the step is eta g/|g|, eta in size, whatever g is. RMSprop:
  // s = (1 - gamma) g^2, so eta/sqrt(1 - gamma): 3.2 eta for gamma = 0.9.

  for (double g : {1e-2, 1.0, 300.0}) {
    Tensor w = zeros({1}, f64).requires_grad_(), u = zeros({1}, f64).requires_grad_();
    w.set_grad(full({1}, g, f64));
    u.set_grad(full({1}, g, f64));
    optim::make("adagrad", {w}, {{"lr", 0.1}}).step();
    optim::make("rmsprop", {u}, {{"lr", 0.1}, {"alpha", 0.9}}).step();
    std::printf("1. gradient %g: adagrad %.4f, rmsprop %.4f\n", g, w.item(), u.item());
    lesson.expect("1. adagrad", w.item(), near(-0.1, 1e-6));
    lesson.expect("1. rmsprop", u.item(), near(-0.1 / std::sqrt(0.1), 1e-5));
  }

  // ## 2. More or less memory
  // At gamma = 0 only the sign of the gradient is left, and x jumps to and fro around the
  // minimum by eta for ever. At 0.99 the average takes 100 steps to fill, and the first
  // step is eta/sqrt(0.01), ten times eta. In this valley that happens to help: it is a
  // leap of 4 towards the middle.

  for (double gamma : {0.0, 0.5, 0.9, 0.99}) {
    std::printf("2. gamma %.2f: f = %.6f\n", gamma, rmsprop(0.4, gamma, false, 20));
  }
  lesson.expect("2. signs only", rmsprop(0.4, 0, false, 200), at_least(1e-3));
  lesson.expect("2. gamma 0.9", rmsprop(0.4, 0.9, false, 20), at_most(1e-3));

  // ## 3. Turned
  // Both inputs now take part in both directions, so their gradients are of one size and so
  // are their rates: the division by sqrt(s) can do nothing for a valley that does not lie
  // along an axis. (A full matrix in its place could, and that is Newton's method again.)

  const double along = rmsprop(0.1, 0.9, false, 60), turned = rmsprop(0.1, 0.9, true, 60);
  std::printf("3. after 60 steps: along the axes %.2e, turned %.2e\n", along, turned);
  lesson.expect("3. turned over along", turned / (along + 1e-12), at_least(2));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
