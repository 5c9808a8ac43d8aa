// # Solutions to 4.4: too simple, too wild

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

const Tensor& truth() {
  static const Tensor w = tensor({5.0, 1.2, -3.4, 5.6}, f64).unsqueeze(1);  // (4,1)
  return w;
}

// x^k, each divided by k! if `tame`.
Tensor powers(const Tensor& x, int64_t degree, bool tame = true) {  // (n) -> (n,degree+1)
  std::vector<Tensor> columns{ones_like(x)};
  for (int64_t k = 1; k <= degree; ++k) {
    columns.push_back(columns.back() * x / (tame ? double(k) : 1.0));
  }
  return stack(columns, 1);
}

struct Data {
  Tensor x, y;  // (n), (n,1)
};

Data sample(int64_t n) {
  Tensor x = randn({n}, f64);  // (n)
  return {x, powers(x, 3).mm(truth()) + normal(0, 0.1, {n, 1}, f64)};
}

double mean_loss(const Tensor& X, const Tensor& w, const Tensor& y) {
  return (X.mm(w) - y).square().mean().item();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.4 Too simple, too wild: solutions");
  manual_seed(lesson.seed() + 1);
  const Data test = sample(2000);

  // ## 1. More examples
  // The training error rises to the noise's variance, 0.01, since fewer and fewer accidents
  // can be explained; the test error falls to it from above. They meet. (2000 test examples
  // have a noise of their own, so the last digit means nothing.)

  std::vector<double> on_train, on_test;
  for (int64_t n : {10, 30, 1000}) {
    double train = 0, fresh = 0;
    for (int repeat = 0; repeat < 20; ++repeat) {
      const Data data = sample(n);
      const Tensor X = powers(data.x, 3);         // (n,4)
      const Tensor w = linalg::lstsq(X, data.y);  // (4,1)
      train += mean_loss(X, w, data.y) / 20;
      fresh += mean_loss(powers(test.x, 3), w, test.y) / 20;
    }
    std::printf("1. %4d examples: train %.4f, test %.4f\n", int(n), train, fresh);
    on_train.push_back(train);
    on_test.push_back(fresh);
  }
  lesson.expect("training error rises",
                on_train[0] < on_train[1] && on_train[1] < on_train[2]);
  lesson.expect("test error falls", on_test[0] > on_test[1] && on_test[1] > on_test[2]);
  lesson.expect("where they meet", on_test[2] / on_train[2], at_most(1.1));

  // ## 2. Variance by formula
  // Least squares projects the noise on the m columns of X. The projection P = X (X^T X)^-1
  // X^T moves noise e to P e, and the trace of P is m:
  //
  //     E |P e|^2 / n = sigma^2 trace(P) / n = sigma^2 m / n
  //
  // In the lesson sigma = 1, n = 30: 0.033 for each weight, at the examples' own places.
  // (Between -2 and 2 on a grid it is more, as a polynomial flaps at its ends.)

  double measured = 0;
  const Tensor x = 4 * rand({30}, f64) - 2;  // (30)
  const Tensor X = powers(x, 5);             // (30,6)
  for (int repeat = 0; repeat < 2000; ++repeat) {
    const Tensor noise = randn({30, 1}, f64);  // (30,1)
    measured += X.mm(linalg::lstsq(X, noise)).square().mean().item() / 2000;
  }
  std::printf("2. variance with 6 weights, 30 examples: %.4f, formula %.4f\n", measured,
              6 / 30.0);
  lesson.expect("variance against formula", measured / (6 / 30.0), near(1, 0.05));

  // ## 3. Without factorials
  // x^20 is 10^6 at x = 2 and 10^-6 at x = 0.5. So the loss is curved enormously along the
  // weights of the high powers. The largest rate that does not explode (2/curvature, lesson
  // 11.3) is then so small that the other weights would never arrive.

  const Data data = sample(100);
  std::vector<double> rates;
  for (bool tame : {true, false}) {
    const Tensor F = powers(data.x, 20, tame);  // (100,21)
    Tensor v = randn({21, 1}, f64);             // (21,1)
    double curvature = 0;
    for (int i = 0; i < 200; ++i) {                          // power iteration
      const Tensor moved = F.t().mm(F.mm(v)) * (2.0 / 100);  // (21,1), the Hessian times v
      curvature = moved.norm().item();
      v = moved / curvature;
    }
    rates.push_back(2 / curvature);
    std::printf("3. %s: largest rate %.1e\n", tame ? "x^k/k!" : "x^k   ", rates.back());
  }
  lesson.expect("rate with factorials over without", rates[0] / rates[1], at_least(1e6));

  // ## 4. Early stopping
  // The best moment by the validation examples is mostly a good one for the test, too. Not
  // always: it was chosen by luck among 25 examples. Of 20 repetitions, the median:

  std::vector<double> stopped, late;
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Data few = sample(15), held = sample(25);
    const Tensor F = powers(few.x, 20), F_held = powers(held.x, 20);  // (15,21), (25,21)
    const Tensor F_test = powers(test.x, 20);                         // (2000,21)
    // Below 2/curvature, as no curvature exceeds the trace of the Hessian.
    const double rate = 1 / (F.square().sum().item() * 2 / 15);
    Tensor w = zeros({21, 1}, f64), best = w;  // (21,1)
    double least = INFINITY;
    for (int step = 0; step < 4000; ++step) {
      w = w - rate * (2.0 / 15) * F.t().mm(F.mm(w) - few.y);
      if (step % 10 != 0) continue;
      const double loss = mean_loss(F_held, w, held.y);
      if (loss < least) {
        least = loss;
        best = w;
      }
    }
    stopped.push_back(mean_loss(F_test, best, test.y));
    late.push_back(mean_loss(F_test, w, test.y));
  }
  std::sort(stopped.begin(), stopped.end());
  std::sort(late.begin(), late.end());
  std::printf("4. test loss: stopped early %.4f, at the end %.4f\n", stopped[10], late[10]);
  lesson.expect("stopped early over the end", stopped[10] / late[10], at_most(1.0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
