// # Solutions to 4.5: weight decay

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "handgrad.hpp"
using namespace hg;

namespace {

const int64_t d = 200;

struct Data {
  Tensor X, y;
};

Data examples(int64_t n, const Tensor& w, double noise) {
  Tensor X = randn({n, d});  // (n,200)
  return {X, X.mm(w) + normal(0, noise, {n, 1})};
}

double loss(const Data& on, const Tensor& w) {
  return (on.X.mm(w) - on.y).square().mean().item() / 2;
}

// One step against the slope of the loss over all examples.
void data_step(const Data& on, const Tensor& w, double eta) {
  w -= on.X.t().mm(on.X.mm(w) - on.y) * (eta / double(on.X.size(0)));
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.5 Weight decay: solutions");
  manual_seed(lesson.seed() + 2);

  // ## 1. From zero, without decay
  // The steps are sums of the twenty examples' features, so w never leaves the space that
  // these span: of all weights that fit, it finds the shortest. There is no random start
  // that decay would have to forget. But most of the true w lies outside that space.

  const Tensor truth = full({d, 1}, 0.01);  // (200,1)
  const Data train = examples(20, truth, 0.01), test = examples(100, truth, 0.01);
  Tensor w = zeros({d, 1});  // (200,1)
  for (int step = 0; step < 2000; ++step) data_step(train, w, 0.01);
  std::printf("1. |w| %.3f, train %.1e, test %.4f\n", w.norm().item(), loss(train, w),
              loss(test, w));
  lesson.expect("|w| from zero", w.norm().item(), at_most(0.14));
  lesson.expect("training loss from zero", loss(train, w), at_most(1e-6));
  lesson.expect("test loss from zero", loss(test, w), at_most(0.05));

  // ## 2. Decay alone
  // L2 multiplies: |w| falls as (1 - eta lambda)^t, for ever. L1 subtracts eta lambda,
  // 0.009 here, and a weight of 1 is at 0 after 1/0.009 = 111.1 steps, that is, 112 steps.

  double by_l2 = 1, by_l1 = 1;
  int steps = 0;
  for (; by_l1 > 0; ++steps) {
    by_l1 -= 0.003 * 3;
    by_l2 -= 0.003 * 3 * by_l2;
  }
  std::printf("2. L1: at 0 after %d steps, where L2 has %.3f\n", steps, by_l2);
  lesson.expect("steps of L1", steps, near(112, 0));
  lesson.expect("L2 after as many", by_l2, near(std::pow(1 - 0.009, 112), 1e-12));

  // ## 3. The proximal step
  // Each step solves the penalty's part exactly: of all v, the one with the least
  // (v - w)^2 / (2 eta) + lambda |v|. For w > 0 its slope (v - w)/eta + lambda is zero at
  // v = w - eta lambda, if that is positive, and otherwise 0 itself is best.

  Tensor sparse = zeros({d, 1});  // (200,1)
  sparse[slice(0, 5)] = 1.0;
  const Data some = examples(100, sparse, 0.1), others = examples(100, sparse, 0.1);
  Tensor v = normal(0, 0.1, {d, 1});  // (200,1)
  const double eta = 0.02, lambda = 0.1;
  for (int step = 0; step < 3000; ++step) {
    data_step(some, v, eta);
    v = v.sign() * (v.abs() - eta * lambda).clamp(0);
  }
  const int64_t empty = (v == 0).to(i64).sum().item<int64_t>();
  std::printf("3. %d of 200 weights are 0, test loss %.3f\n", int(empty), loss(others, v));
  lesson.expect("weights that are exactly 0", empty, at_least(150));
  lesson.expect("the 5 that matter are alive", (v[slice(0, 5)] > 0.5).all().item<bool>());

  // ## 4. As Bayes reads it
  // -log p = lambda/2 w^2 + constant means p proportional to exp(-lambda w^2 / 2), the
  // normal distribution with variance 1/lambda; in the constant is log sqrt(2 pi / lambda).
  // For L1, p is proportional to exp(-lambda |w|): the Laplace distribution, with its sharp
  // tip at 0 and its long tails. The sum of L and the penalty is then -log of likelihood
  // times prior, and its minimum the most probable w.

  double largest = 0;
  for (double x : {-2.0, 0.3, 1.7}) {
    const double variance = 1 / 3.0;
    const double density =
        std::exp(-x * x / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance);
    const double constant = std::log(std::sqrt(2 * std::numbers::pi * variance));
    largest = std::max(largest, std::abs(-std::log(density) - 3 * x * x / 2 - constant));
  }
  lesson.expect("-log normal(0, 1/lambda) against the penalty", largest, at_most(1e-12));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
