// # Solutions to 11.3: gradient descent

#include <cmath>
#include <cstdio>
#include <functional>
#include <numbers>

#include "handgrad.hpp"
using namespace hg;

namespace {

using Function = std::function<Tensor(const Tensor&)>;

Tensor slope(const Function& f, const Tensor& at) {
  Tensor x = at.clone().requires_grad_();  // of at's shape
  f(x).sum().backward();
  return x.grad();  // of x's shape
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.3 Gradient descent: solutions");

  // ## 1. Three large rates
  // Each step multiplies x by 1 - 2 eta. With eta = 0.5 that is 0: one step, and x
  // stays there. With eta = 1 it is -1: x jumps between -10 and 10 for ever. With 0.999 it
  // is -0.998, and x comes down by a fiftieth in ten jumps from side to side.

  const Function parabola = [](const Tensor& x) { return x.square(); };
  double after[3];
  int at = 0;
  for (double eta : {0.5, 1.0, 0.999}) {
    Tensor x = tensor(10.0, f64);  // ()
    for (int t = 0; t < 10; ++t) x = x - eta * slope(parabola, x);
    std::printf("1. eta %.3f: x = %.4f\n", eta, x.item());
    after[at++] = x.item();
  }
  lesson.expect("1. eta 0.5 arrives", after[0], near(0, 1e-12));
  lesson.expect("1. eta 1 comes back", after[1], near(10, 1e-9));
  lesson.expect("1. eta 0.999", after[2], near(10 * std::pow(0.998, 10), 1e-9));

  // ## 2. The best rate
  // The factors are 1 - 2 eta for x1 and 1 - 4 eta for x2. As eta grows, the first
  // falls from 1 and the second turns negative; the worse of |1 - 2 eta| and |1 - 4 eta| is
  // smallest where they are equal, 1 - 2 eta = 4 eta - 1:
  //
  //     eta = 1/3,    both factors 1/3 in size
  //
  // A thousand times closer takes n steps with 3^n >= 1000, so n = 7. In general, with
  // curvatures from a to b, the best rate is 2/(a + b) and the factor (b - a)/(b + a).

  const Function bowl = [](const Tensor& x) {  // (2) -> ()
    return x[0].square() + 2 * x[1].square();
  };
  Tensor x = tensor({-5.0, -2.0}, f64);  // (2)
  const double far = x.norm().item();
  int steps = 0;
  for (; x.norm().item() > far / 1000; ++steps) x = x - slope(bowl, x) / 3.0;
  std::printf("2. %d steps\n", steps);
  lesson.expect("2. steps", steps, near(7, 0));

  // ## 3. Golden section
  // Keep a < p < q < b. If f(p) < f(q), the valley is not beyond q: cut there, else
  // cut at p. When p and q divide the interval in the golden ratio, one of them serves
  // again after the cut: each round costs one value of f and keeps 0.618 of the interval.

  const double c = 0.15 * std::numbers::pi;
  const auto wavy = [c](double t) { return t * std::cos(c * t); };
  const double golden = (std::sqrt(5) - 1) / 2;
  double a = 4, b = 11, p = b - golden * (b - a), q = a + golden * (b - a);
  double fp = wavy(p), fq = wavy(q);
  int rounds = 0;
  for (; b - a > 1e-7; ++rounds) {
    if (fp < fq) {
      b = q, q = p, fq = fp;
      fp = wavy(p = b - golden * (b - a));
    } else {
      a = p, p = q, fp = fq;
      fq = wavy(q = a + golden * (b - a));
    }
  }
  const double valley = (a + b) / 2;
  std::printf("3. x = %.5f after %d rounds\n", valley, rounds);
  const double still = std::cos(c * valley) - c * valley * std::sin(c * valley);  // f'
  lesson.expect("3. slope in the valley", std::abs(still), at_most(1e-6));

  // ## 4. Newton, always downhill
  // With |f''| every step points downhill, as the slope does, so it can only end in a
  // valley. Not in the nearest, though: where the curve is nearly straight, f'' is small
  // and the step long. It leaps from valley to valley until one holds it.

  const Function wave = [c](const Tensor& t) { return t * cos(c * t); };
  const Function curvature = [c](const Tensor& t) {
    return -2 * c * sin(c * t) - c * c * t * cos(c * t);
  };
  Tensor y = tensor(10.0, f64);  // ()
  for (int t = 0; t < 20; ++t) {
    const Tensor next = y - slope(wave, y) / curvature(y).abs();  // ()
    if (t == 0) std::printf("4. from 10 to %.2f at once\n", next.item());
    y = next;
  }
  std::printf("4. x = %.4f, f'' = %.3f there\n", y.item(), curvature(y).item());
  lesson.expect("4. slope at the end", std::abs(slope(wave, y).item()), at_most(1e-9));
  lesson.expect("4. curvature at the end", curvature(y).item(), at_least(1));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
