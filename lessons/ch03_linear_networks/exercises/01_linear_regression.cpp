// # Solutions to 3.1: linear regression

#include <cmath>
#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

// The weights and the bias that solve (A^T A + ridge) v = A^T y, A = [X 1], by elimination.
Tensor least_squares(const Tensor& X, const Tensor& y, double ridge = 0) {
  const int64_t n = X.size(0), m = X.size(1) + 1;
  Tensor A = cat({X, ones({n, 1}, f64)}, 1);         // (n,m)
  Tensor M = A.t().mm(A) + eye(m, {}, f64) * ridge;  // (m,m)
  Tensor v = A.t().mv(y);                            // (m)
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t k = i + 1; k < m; ++k) {
      double factor = M[{k, i}].item() / M[{i, i}].item();
      M[k] -= M[i] * factor;
      v[k] -= v[i] * factor;
    }
  }
  for (int64_t i = m - 1; i >= 0; --i) {
    for (int64_t k = i + 1; k < m; ++k) v[i] -= M[{i, k}] * v[k];
    v[i] /= M[{i, i}];
  }
  return v;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.1 Linear regression: solutions");
  manual_seed(lesson.seed() + 1);
  Tensor X = randn({1000, 2}, f64);                     // (1000,2)
  Tensor clean = X.mv(tensor({2.0, -3.4}, f64)) + 4.2;  // (1000)
  Tensor noise = randn({1000}, f64);                    // (1000)

  // ## 1. Ten times the noise
  // The solution is linear in the labels, so its error is linear in the noise: 10 times as
  // large. The loss that is left is half the variance: 100 times as large.

  Tensor exact = tensor({2.0, -3.4, 4.2}, f64);  // (3)
  Tensor A = cat({X, ones({1000, 1}, f64)}, 1);  // (1000,3)
  double error[2], left[2];
  for (int i : {0, 1}) {
    Tensor y = clean + noise * (i ? 0.1 : 0.01);  // (1000)
    Tensor v = least_squares(X, y);               // (3)
    error[i] = (v - exact).norm().item();
    left[i] = (A.mv(v) - y).square().mean().item() / 2;
  }
  std::printf("errors grow %.2f times, the loss %.1f times\n", error[1] / error[0],
              left[1] / left[0]);
  lesson.expect("growth of the errors", error[1] / error[0], near(10, 1e-6));
  lesson.expect("growth of the loss", left[1] / left[0], near(100, 1e-4));

  // ## 2. The best constant
  // d/db (1/n) sum (b - y[i])^2/2 = b - mean(y) vanishes at the *mean*. The slope of sum
  // |b - y[i]| is the number of labels below b minus the number above: it vanishes at the
  // *median*, and moving a far outlier farther changes nothing.

  Tensor y = tensor({1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 70.0}, f64);  // (7)
  double best_square = 0, best_absolute = 0, least_square = 1e300, least_absolute = 1e300;
  for (double b = 0; b <= 70; b += 0.25) {
    double square = (y - b).square().sum().item(), absolute = (y - b).abs().sum().item();
    if (square < least_square) least_square = square, best_square = b;
    if (absolute < least_absolute) least_absolute = absolute, best_absolute = b;
  }
  std::printf("squares: b = %g, mean %g; absolute values: b = %g, median 4\n", best_square,
              y.mean().item(), best_absolute);
  lesson.expect("the mean, on the grid", best_square, near(13, 0.125));
  lesson.expect("the median", best_absolute, near(4, 0));

  // ## 3. Laplace's noise
  // -log P = n log 2 + sum_i |r[i]|: the absolute loss. Its slope jumps at 0 and does not
  // fade, so plain gradient descent keeps hopping about the minimum.

  // ## 4. Two equal features
  // A^T A has two equal rows; the elimination subtracts one from the other and divides by
  // the 0 that is left. No wonder: only the sum of the two weights is fixed by the data. A
  // little *ridge* on the diagonal prefers small weights and shares the sum evenly.

  Tensor twins = cat({X[{all, slice(0, 1)}], X[{all, slice(0, 1)}]}, 1);  // (1000,2)
  Tensor target = X[{all, 0}] * 3;                                        // (1000)
  Tensor broken = least_squares(twins, target), ridged = least_squares(twins, target, 1e-3);
  std::printf("without ridge finite: %s; with ridge w = (%.3f, %.3f)\n",
              broken.isfinite().all().item() != 0 ? "yes" : "no", ridged[0].item(),
              ridged[1].item());
  lesson.expect("ridge: first twin", ridged[0].item(), near(1.5, 1e-3));
  lesson.expect("ridge: second twin", ridged[1].item(), near(1.5, 1e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
