// # Solutions to 3.51: losses

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

using Inputs = std::vector<Tensor>;

// ## The pinball loss, for exercise 5
// A guess too low by d costs a*d, one too high by |d| costs (1-a)*|d|: the larger of the
// two lines a*d and (a-1)*d.

Tensor pinball(const Tensor& guess, const Tensor& truth, double a) {
  Tensor d = truth - guess;
  return maximum(a * d, (a - 1) * d);
}

class PinballLoss : public nn::Loss {
 public:
  explicit PinballLoss(double a, std::string reduction = "mean")
      : Loss(std::move(reduction)), a_(a) {}
  Tensor forward(const Tensor& guess, const Tensor& truth) override {
    Tensor l = pinball(guess, truth, a_);
    return reduction_ == "mean" ? l.mean() : reduction_ == "sum" ? l.sum() : l;
  }

 private:
  double a_;
};

// Gradient descent on three scores, for exercise 4; the first class is the true one.
Tensor trained_scores(double smoothing, int steps) {
  Tensor o = zeros({3}, f64).requires_grad_();  // (3)
  for (int step = 0; step < steps; ++step) {
    o.zero_grad();
    F::cross_entropy(o, tensor(0), {}, "mean", -100, smoothing).backward();
    no_grad guard;
    o -= o.grad();  // learning rate 1
  }
  return o.detach();
}

double lead(const Tensor& scores) { return scores[0].item() - scores[1].item(); }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.51 Losses: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. A column against a row
  // (N,1) against (N) broadcasts to (N,N): every guess meets every label. Right guesses
  // then miss N^2 - N labels, and the mean of (y[i] - y[j])^2 is twice the variance of the
  // labels: for 1, 2, 3, 4 it is 2 * 1.25. The library computes it, as PyTorch does, and
  // warns.

  Tensor labels = tensor({1.0, 2.0, 3.0, 4.0});  // (4)
  double wrong = F::mse_loss(labels.reshape({4, 1}), labels).item();
  double right = F::mse_loss(labels.reshape({4, 1}), labels.reshape({4, 1})).item();
  std::printf("(4,1) against (4): %g; against (4,1): %g\n", wrong, right);
  lesson.expect("all pairs: twice the variance", wrong, near(2.5, 1e-6));
  lesson.expect("sample by sample", right, near(0, 0));

  // ## 2. Two classes, one score
  // softmax of (0, x) is exp(x)/(1 + exp(x)) = sigmoid(x) for the second class, and the
  // one-hot row of t is (1-t, t): both losses are -(t log p + (1-t) log(1-p)). Only the
  // difference of two scores counts, so W needs one row (one output) instead of two.

  Tensor x = randn({5}, f64);          // (5)
  Tensor t = tensor({0, 1, 1, 0, 1});  // (5), i64
  double two = F::cross_entropy(stack({zeros_like(x), x}, 1), t).item();
  double one = F::binary_cross_entropy_with_logits(x, t.to(f64)).item();
  std::printf("cross-entropy of (0,x) %.6f, binary %.6f\n", two, one);
  lesson.expect("both losses agree", two, near(one, 1e-9));

  // ## 3. The slope of the slope
  // d2l/do[k]2 = dp[k]/do[k] = p[k] (1 - p[k]): the variance of a coin that shows 1 with
  // probability p[k] (2.6). It is never negative, so the loss is convex in each score.

  Tensor o = tensor({1.0, 2.0, 5.0}, f64).log();  // (3), p = (1,2,5)/8
  Tensor p = o.softmax(0);                        // (3)
  const double h = 1e-5;
  double worst = 0;
  for (int64_t k = 0; k < 3; ++k) {
    Tensor step = zeros({3}, f64);  // (3)
    step[k] = h;
    Tensor change = (o + step).softmax(0) - (o - step).softmax(0);
    double measured = change[k].item() / (2 * h), pk = p[k].item();
    std::printf("class %d: measured %.6f, p(1-p) %.6f\n", int(k), measured, pk * (1 - pk));
    worst = std::max(worst, std::abs(measured - pk * (1 - pk)));
  }
  lesson.expect("curvature minus p(1-p)", worst, at_most(1e-9));

  // ## 4. What smoothing asks for
  // The slope p - q vanishes at p = q = (0.8, 0.1, 0.1): scores that differ by log 8.
  // Without smoothing q = (1, 0, 0), no finite scores reach it, and they move apart for
  // ever.

  double smoothed = lead(trained_scores(0.3, 200));
  double early = lead(trained_scores(0, 200)), late = lead(trained_scores(0, 2000));
  std::printf("lead with smoothing %.4f, log 8 = %.4f; without %.2f, later %.2f\n",
              smoothed, std::log(8), early, late);
  lesson.expect("lead of the true class, smoothed", smoothed, near(std::log(8), 1e-6));
  lesson.expect("growth without smoothing, 200 to 2000 steps", late - early, at_least(1.0));

  // ## 5. Pinball
  // The slope with respect to a constant guess c is (1-a) * (labels below c) - a * (labels
  // above c), over n: it vanishes where a share a of the labels lies below, at the
  // a-quantile. a = 1/2 is half the absolute loss, and the median.

  GradCheck function =
      gradcheck([](const Inputs& v) { return pinball(v[0], v[1], 0.9); },
                {randn({6}, f64).requires_grad_(), randn({6}, f64).requires_grad_()});
  PinballLoss criterion(0.9);
  GradCheck module =
      gradcheck([&](const Inputs& v) { return criterion(v[0], v[1]); },
                {randn({6}, f64).requires_grad_(), randn({6}, f64).requires_grad_()});
  Tensor sample = rand({1000}, f64);  // (1000), from 0 to 1
  double best = 0, least = HUGE_VAL;
  for (double c = 0; c <= 1; c += 0.001) {
    double loss = criterion(full_like(sample, c), sample).item();
    if (loss < least) least = loss, best = c;
  }
  double below = (sample < best).to(f64).mean().item();
  std::printf("best constant %.3f, with %.1f %% of the numbers below\n", best, 100 * below);
  lesson.expect("pinball, function", function.worst, at_most(1e-6));
  lesson.expect("pinball, module", module.worst, at_most(1e-6));
  lesson.expect("share below the best constant", below, near(0.9, 0.005));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
