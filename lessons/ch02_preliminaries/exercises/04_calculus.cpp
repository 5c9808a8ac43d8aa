// # Solutions to 2.4, Calculus

#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

using Curve = std::function<double(double)>;

double forward(const Curve& g, double x, double h) { return (g(x + h) - g(x)) / h; }
double central(const Curve& g, double x, double h) {
  return (g(x + h) - g(x - h)) / (2 * h);
}
double f(double x) { return 3 * x * x - 4 * x; }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.4 Calculus: solutions");

  // **1.** The derivative is 3x^2 = 12. The forward difference multiplies out to
  // 3x^2 + 3xh + h^2 = 12 + 0.6 + 0.01, the central one to 3x^2 + h^2 = 12 + 0.01. At the
  // same h the one is wrong in its third digit, the other in its fourth.

  const Curve cube = [](double x) { return x * x * x; };
  std::printf("forward %.2f, central %.2f\n", forward(cube, 2, 0.1), central(cube, 2, 0.1));
  lesson.expect("forward", forward(cube, 2, 0.1), near(12.61, 1e-9));
  lesson.expect("central", central(cube, 2, 0.1), near(12.01, 1e-9));

  // **2.** For a parabola a x^2 + b x + c the constant cancels, and so do the squares:
  //
  //     a ((x + h)^2 - (x - h)^2) + 2 b h = 4 a x h + 2 b h
  //
  // Divided by 2 h that is 2 a x + b, the derivative, whatever h is. (Taylor's formula says
  // it too: f''' = 0.) On such an f the central difference has no error but rounding, and a
  // larger h would only look better and better.

  for (const double h : {0.001, 0.1, 10.0}) {
    lesson.expect("parabola, central error", std::abs(central(f, 1, h) - 2),
                  at_most(1e-11));
  }

  // **3.** By the chain rule, with s = sum_i x[i]^2:
  //
  //     d|x|/dx[i] = 1/(2 sqrt(s)) * 2 x[i] = x[i] / |x|
  //
  // The gradient is x scaled to length 1: outwards, and the length grows by one for each
  // unit that one walks. At 0 every direction leads outwards with slope 1, so no single
  // tangent exists there, and the formula says 0/0. The library answers with 0.

  const Tensor x = tensor({3., -4., 12.}, f64).requires_grad_();  // (3), of length 13
  norm(x).backward();
  lesson.expect("gradient of |x| is x / |x|: error",
                (x.grad() - x.detach() / 13).abs().max().item(), at_most(1e-12));
  lesson.expect("its length", norm(x.grad()).item(), near(1, 1e-12));
  const auto length = [](const std::vector<Tensor>& in) { return norm(in[0]); };
  lesson.expect("gradcheck of |x|", gradcheck(length, {x}).ok);
  const Tensor origin = zeros({3}, f64).requires_grad_();
  norm(origin).backward();
  lesson.expect("at 0", origin.grad().equal(zeros({3}, f64)));

  // **4.** x^T A y = sum_ij x[i]*A[i,j]*y[j], in which A[i,j] is multiplied by x[i]*y[j].
  // So the slopes are all products of an element of x with one of y, (N,M) as A is: a
  // column times a row, x y^T.

  const Tensor a = randn({3}, f64), b = randn({4}, f64);
  const Tensor A = randn({3, 4}, f64).requires_grad_();
  dot(a, mv(A, b)).backward();
  lesson.expect("d(x^T A y)/dA is x y^T: error",
                (A.grad() - a.unsqueeze(1) * b).abs().max().item(), at_most(1e-12));
  const auto form = [&](const std::vector<Tensor>& in) { return dot(a, mv(in[0], b)); };
  lesson.expect("gradcheck of x^T A y", gradcheck(form, {A}).ok);

  // **5.** Downhill to the bottom, where the slope 6x - 4 is 0: x = 2/3. Every step makes
  // the distance to it 1 - 0.1 * 6 = 0.4 times as long, so 40 steps are more than enough.

  double place = 2;
  for (int step = 0; step < 40; ++step) place -= 0.1 * central(f, place, 1e-5);
  std::printf("the bottom is at %.6f\n", place);
  lesson.expect("the bottom", place, near(2.0 / 3, 1e-9));
  lesson.expect("the slope there", std::abs(central(f, place, 1e-5)), at_most(1e-9));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
