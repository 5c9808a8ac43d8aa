// # Solutions to 3.3: linear regression, concisely

#include <cmath>
#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

namespace {

// Trains a fresh net on (X, y); returns the largest error of its two weights.
template <class Criterion>
double train(Criterion& criterion, const Tensor& X, const Tensor& y, double lr,
             int epochs) {
  manual_seed(5);
  nn::Linear fc(2, 1);
  auto sgd = optim::make("sgd", fc.parameters(), {{"lr", lr}});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (int64_t i = 0; i < X.size(0); i += 10) {
      sgd.zero_grad();
      criterion(fc(X[slice(i, i + 10)]), y[slice(i, i + 10)]).backward();
      sgd.step();
    }
  }
  return (fc.weight.detach() - tensor({{2.0, -3.4}})).abs().max().item();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.3 Linear regression, concisely: solutions");
  manual_seed(2);
  Tensor X = randn({1000, 2});                                                  // (1000,2)
  Tensor y = X.mm(tensor({{2.0}, {-3.4}})) + 4.2 + normal(0, 0.01, {1000, 1});  // (1000,1)

  // ## 1. A sum instead of a mean
  // The sum over a batch of 10 is ten times the mean, and so are its slopes: a tenth of the
  // learning rate makes the same steps.

  nn::MSELoss mean, sum("sum");
  double by_mean = train(mean, X, y, 0.03, 3), by_sum = train(sum, X, y, 0.003, 3);
  std::printf("errors: mean %.6f, sum %.6f\n", by_mean, by_sum);
  lesson.expect("both ways agree", std::abs(by_mean - by_sum), at_most(1e-5));

  // ## 2. Outliers
  // A label that is off by 100 pulls with a slope of 200 under squares and of 1 under
  // Huber.

  Tensor spoiled = y.clone();  // (1000,1)
  for (int64_t i = 0; i < 1000; i += 100) spoiled[i] = 100;
  nn::HuberLoss huber;
  double squares = train(mean, X, spoiled, 0.03, 10);
  double robust = train(huber, X, spoiled, 0.03, 10);
  std::printf("errors with ten outliers: squares %.3f, Huber %.3f\n", squares, robust);
  lesson.expect("Huber finds the weights", robust, at_most(0.1));
  lesson.expect("squares do not", squares, at_least(0.2));

  // ## 3. The gradient
  // d mean(r^2) / dW = (2/n) r^T X, twice that of 3.1, which had a half in its loss.

  nn::Linear fc(2, 1);
  Tensor r = fc(X) - y;  // (1000,1)
  mean(fc(X), y).backward();
  Tensor by_hand = r.detach().t().mm(X) * (2.0 / 1000);  // (1,2)
  double difference = (fc.weight.grad() - by_hand).abs().max().item();
  std::printf("difference from the formula %.1e\n", difference);
  lesson.expect("difference from the formula", difference, at_most(1e-5));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
