// # Solutions to 3.2: linear regression from scratch

#include <cmath>
#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

namespace {

struct Setting {
  double lr = 0.03;
  int64_t batch_size = 10;
  bool start_at_zero = false, clear = true;
  int epochs = 3;
};

// Trains as the lesson does; returns the loss over all data after each epoch.
std::vector<double> train(const Setting& s) {
  manual_seed(1);
  Tensor X = randn({1000, 2});                     // (1000,2)
  Tensor y = X.mm(tensor({{2.0}, {-3.4}})) + 4.2;  // (1000,1)
  y += normal(0, 0.01, y.shape());
  Tensor w = (s.start_at_zero ? zeros({2, 1}) : normal(0, 0.01, {2, 1})).requires_grad_();
  Tensor b = zeros({1}).requires_grad_();
  std::vector<double> losses;
  for (int epoch = 0; epoch < s.epochs; ++epoch) {
    Tensor order = randperm(1000);  // (1000), i64
    for (int64_t i = 0; i < 1000; i += s.batch_size) {
      Tensor batch = order[slice(i, i + s.batch_size)];  // up to (batch_size)
      Tensor r = X[batch].mm(w) + b - y[batch];          // (batch,1)
      (r.square() / 2).sum().backward();
      no_grad guard;
      for (const Tensor& p : {w, b}) {
        p -= p.grad() * (s.lr / double(s.batch_size));
        if (s.clear) p.zero_grad();
      }
    }
    no_grad guard;
    losses.push_back(((X.mm(w) + b - y).square() / 2).mean().item());
  }
  return losses;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.2 Linear regression from scratch: solutions");

  // ## 1. From zero
  // It learns all the same. The slope of w is X^T r, which does not depend on w being
  // different from 0: a linear model has a single bowl, and every start rolls into it.

  double from_zero = train({.start_at_zero = true}).back();
  std::printf("from zero: %.6f\n", from_zero);
  lesson.expect("loss from zero", from_zero, at_most(6e-5));

  // ## 2. Gradients that are not cleared
  // Every step is then taken along the sum of all slopes so far. That is momentum without
  // friction: the weights overshoot, come back, and swing for ever.

  double not_cleared = train({.clear = false}).back();
  std::printf("without clearing: %.3f\n", not_cleared);
  lesson.expect("without clearing it does not settle", not_cleared, at_least(1e-2));

  // ## 3. Rates
  // Along one direction of the bowl with curvature k, a step multiplies the distance to
  // the bottom by (1 - lr*k). Here k is about 1 (the variance of the features), so lr =
  // 2.5 gives -1.5: farther away each time, on alternate sides. The largest rate is 2/k.

  double at_rate[4];
  const double rates[4] = {0.003, 0.03, 0.3, 2.5};
  for (int i = 0; i < 4; ++i) {
    at_rate[i] = train({.lr = rates[i], .epochs = 1}).back();
    std::printf("lr %-5g loss after one epoch %g\n", rates[i], at_rate[i]);
  }
  lesson.expect("0.03 beats 0.003", at_rate[1] < at_rate[0]);
  lesson.expect("2.5 explodes", !(at_rate[3] < 1e3));

  // ## 4. The last batch
  // It is divided by 64 although it has 40 examples: its step is 40/64 as long. That
  // happens once an epoch and does no harm; dividing by the true number would be tidier.

  double uneven = train({.batch_size = 64, .epochs = 20}).back();
  std::printf("batches of 64: %.6f\n", uneven);
  lesson.expect("loss with a short last batch", uneven, at_most(6e-5));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
