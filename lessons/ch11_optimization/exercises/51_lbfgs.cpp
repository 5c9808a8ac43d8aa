// # Solutions to 11.51: L-BFGS

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "../race.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.51 L-BFGS: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Plain descent on the banana
  // Near (1,1) the curvatures are 0.4 and 1002, so the rate stays below 2/1002 = 0.002. At
  // 0.0018 the flat direction shrinks by the factor 1 - 0.0007 a step: thousands of steps
  // for two digits.

  const double eta = 0.0018;
  double a = -1.2, b = 1;
  int steps = 0;
  for (; steps < 200000 && std::hypot(a - 1, b - 1) > 0.01; ++steps) {
    const double across = b - a * a;
    const double ga = -400 * a * across - 2 * (1 - a), gb = 200 * across;
    a -= eta * ga;
    b -= eta * gb;
  }
  std::printf("1. %d steps\n", steps);
  lesson.expect("1. steps", steps, at_least(1000));
  lesson.expect("1. arrives", std::hypot(a - 1, b - 1), at_most(0.01));

  // ## 2. The update of B
  // With rho = 1/(y.s): (I - rho y s^T) y = y - rho y (s.y) = 0. So the first term of B y
  // vanishes, and the second is rho s (s.y) = s. And for any v, with u = (I - rho y s^T) v,
  //
  //     v^T B_new v = u^T B u + rho (s.v)^2
  //
  // Both terms are at least 0. Both are 0 only if u = 0 and s.v = 0; but then u = v, so v
  // = 0.

  const int64_t n = 6;
  const Tensor s = randn({n, 1}, f64), y = s + 0.3 * randn({n, 1}, f64);  // (6,1)
  const double rho = 1 / (y * s).sum().item();
  const Tensor I = eye(n, {}, f64);  // (6,6)
  const Tensor B = (I - rho * s.mm(y.t())).mm(I - rho * y.mm(s.t())) + rho * s.mm(s.t());
  const double secant = (B.mm(y) - s).abs().max().item();
  double lowest = INFINITY;
  for (int i = 0; i < 1000; ++i) {
    const Tensor v = randn({n, 1}, f64);  // (6,1)
    lowest = std::min(lowest, (v.t().mm(B.mm(v)) / v.square().sum()).item());
  }
  std::printf("2. |B y - s| %.1e, least v.Bv/v.v found %.4f\n", secant, lowest);
  lesson.expect("2. y.s is positive", rho, at_least(0));
  lesson.expect("2. B y = s", secant, at_most(1e-10));
  lesson.expect("2. positive definite", lowest, at_least(1e-6));

  // ## 3. Batches of ten
  // The gradient's change from one batch to the next is mostly noise, and so is the
  // curvature made of it. It still comes near the floor, since each step goes down on its
  // own batch; but there it dances, and does not settle.

  const race::Track track = race::load(lesson);
  Tensor w = zeros({5, 1}).requires_grad_(), bias = zeros({1}).requires_grad_();
  auto lbfgs = optim::make("lbfgs", {w, bias}, {{"lr", 0.1}, {"max_iter", 1}});
  double worst = 0;                     // of the last 50 batches, above the floor
  const Tensor order = randperm(1500);  // (1500)
  for (int64_t i = 0; i < 1500; i += 10) {
    const Tensor rows = order[slice(i, i + 10)];  // (10)
    lbfgs.step([&] {
      lbfgs.zero_grad();
      const Tensor loss =
          (track.X[rows].mm(w) + bias - track.y[rows]).square().mean() / 2;  // ()
      loss.backward();
      return loss;
    });
    if (i >= 1000) worst = std::max(worst, track.loss(w, bias) - track.floor);
  }
  std::printf("3. over the last 50 batches up to %.3f above the floor\n", worst);
  lesson.expect("3. it does not settle on the floor", worst, at_least(0.005));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
