// # 3.1 Linear regression
//
// A flat is sold by its area and its age. Before any network, there is the simplest guess
// that can be made from such numbers:
//
//     price = w_area * area + w_age * age + b
//
// Each feature has a *weight*, which says by how much a unit of it moves the price, and
// the *bias* b is the price of nothing at all. Which weights are the best ones? What does
// "best" mean, and why do people measure it by squares?
//
// You know: tensors (2.1), linear algebra (2.3), slopes (2.4, 2.5), probability (2.6).
// New here: the linear model, squared loss, its exact solution, and where it comes from.

#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.1 Linear regression");

  // ## Data that we know the truth about
  // To judge a method one needs a case whose answer is known. So we play nature: 1000
  // examples with two features each, *labels* from weights that we choose, and a little
  // noise.
  //
  //     y = X w + b + noise,     w = (2, -3.4), b = 4.2, noise with standard deviation 0.01
  //
  // A row of X is one example (a *sample*); a column is one feature.

  manual_seed(lesson.seed() + 1);
  const int64_t n = 1000;
  const Tensor true_w = tensor({2.0, -3.4}, f64);  // (2)
  const double true_b = 4.2;
  Tensor X = randn({n, 2}, f64);             // (1000,2)
  Tensor noise = normal(0, 0.01, {n}, f64);  // (1000)
  Tensor y = X.mv(true_w) + true_b + noise;  // (1000)
  std::printf("X %s, y %s\n", X.shape().to_string().c_str(), y.shape().to_string().c_str());
  //> X (1000,2), y (1000)

  // ## The loss
  // A guess (w, b) predicts yhat[i] = X[i]·w + b and misses by r[i] = yhat[i] - y[i]. The
  // *squared loss* of all examples is
  //
  //     L(w,b) = (1/n) sum_i r[i]^2 / 2
  //
  // The half is there for looks: it cancels when we differentiate. L is a bowl over the
  // plane of the weights, and a bowl has one lowest point, where all slopes are 0.
  //
  // ## The lowest point, exactly
  // Put the bias among the weights: give every example a third feature that is always 1.
  // Then yhat = A v with A = [X 1], v = (w, b), and
  //
  //     dL/dv = (1/n) A^T (A v - y) = 0      <=>      (A^T A) v = A^T y
  //
  // These are the *normal equations*: three numbers to find, three equations. Linear
  // regression is one of the few models that can be solved like this, in one stroke. We
  // solve by elimination: subtract multiples of rows until the system is triangular, then
  // go backwards through it.

  Tensor A = cat({X, ones({n, 1}, f64)}, 1);  // (1000,3)
  Tensor M = A.t().mm(A);                     // (3,3)
  Tensor v = A.t().mv(y);                     // (3), the right-hand side
  for (int64_t i = 0; i < 3; ++i) {
    for (int64_t k = i + 1; k < 3; ++k) {
      double factor = M[{k, i}].item() / M[{i, i}].item();
      M[k] -= M[i] * factor;
      v[k] -= v[i] * factor;
    }
  }
  for (int64_t i = 2; i >= 0; --i) {
    for (int64_t k = i + 1; k < 3; ++k) v[i] -= M[{i, k}] * v[k];
    v[i] /= M[{i, i}];
  }
  std::printf("solved:  w = (%.4f, %.4f)  b = %.4f\n", v[0].item(), v[1].item(),
              v[2].item());
  //> solved:  w = (1.9998, -3.3998)  b = 4.1995

  // Within half a thousandth of the truth. It can't be exact: the noise has pulled at every
  // label, and a thousand labels with noise of 0.01 fix a weight to about
  // 0.01/sqrt(1000) = 0.0003.
  //
  // Is it really the lowest point? The tape of lesson 2.5 can say: all slopes must vanish.

  Tensor v_leaf = v.clone().requires_grad_();  // (3)
  Tensor loss = (A.mv(v_leaf) - y).square().mean() / 2;
  loss.backward();
  double steepest = v_leaf.grad().abs().max().item();
  std::printf("loss %.2e, steepest slope below 1e-12: %s\n", loss.item(),
              steepest < 1e-12 ? "yes" : "no");
  //> loss 4.55e-05, steepest slope below 1e-12: yes

  // The loss that is left, 5e-5, is the noise: half its variance, 0.01^2 / 2.
  //
  // ## Why squares: the normal distribution
  // Suppose that the noise of each label is drawn from a normal distribution,
  //
  //     p(z) = exp(-z^2 / (2 sigma^2)) / sqrt(2 pi sigma^2)
  //
  // a bell whose width is sigma. Here it is for three choices of mean and width.

  Tensor z = linspace(-7, 7, 141, f64);  // (141)
  auto bell = [&](double mu, double sigma) {
    return (-((z - mu) / sigma).square() / 2).exp() /
           (sigma * std::sqrt(2 * std::numbers::pi));
  };
  lesson.show(plot(z, {bell(0, 1), bell(0, 2), bell(3, 1)},
                   {.xlabel = "z",
                    .ylabel = "p(z)",
                    .legend = {"mean 0, std 1", "mean 0, std 2", "mean 3, std 1"}}),
              "normal_densities");

  // How probable are all labels together, if (w, b) were the truth? The noise would have to
  // be -r[i], and independent draws multiply:
  //
  //     P(y | X) = prod_i p(r[i])
  //
  // The (w, b) under which the data are the least surprising is called the *maximum
  // likelihood* estimate. A product of a thousand small numbers is no number at all to a
  // computer; its negative logarithm is a sum:
  //
  //     -log P = n/2 log(2 pi sigma^2) + (1/(2 sigma^2)) sum_i r[i]^2
  //              \___ constant ______/
  //
  // The first part does not depend on (w, b). What is left is the sum of squared errors
  // (SSE), up to a factor: *the most likely weights are those with the least squares.*

  const double sigma = 0.01;
  Tensor r = A.mv(v) - y;  // (1000)
  double sse = r.square().sum().item();
  double nll =
      -(-(r / sigma).square() / 2 - std::log(sigma) - std::log(2 * std::numbers::pi) / 2)
           .sum()
           .item();
  double constant = n * (std::log(2 * std::numbers::pi * sigma * sigma) / 2);
  double difference = std::abs((nll - constant) - sse / (2 * sigma * sigma));
  std::printf("-log P without its constant %.4f, SSE/(2 sigma^2) %.4f\n", nll - constant,
              sse / (2 * sigma * sigma));
  //> -log P without its constant 454.8659, SSE/(2 sigma^2) 454.8659

  // ## Work on whole vectors
  // One practical lesson before we train anything. To add two vectors of 10000 numbers we
  // can pick the elements one by one, or say a + b. Both do the same additions; the first
  // asks for 10000 small favours, each with a tensor made and thrown away.

  Tensor a = ones({10000}), b = ones({10000}), c = zeros({10000});  // (10000) each
  Timer slow;
  for (int64_t i = 0; i < 10000; ++i) c[i] = a[i] + b[i];
  double seconds_slow = slow.stop();
  const int repeats = 200;
  Timer fast;
  Tensor d;
  for (int k = 0; k < repeats; ++k) d = a + b;  // (10000)
  double seconds_fast = fast.stop() / repeats;
  std::printf("same result: %s\n", c.equal(d) ? "yes" : "no");
  //> same result: yes
  std::printf("element by element %.2f ms, at once %.4f ms\n", 1e3 * seconds_slow,
              1e3 * seconds_fast);
  //~ element by element 3.10 ms, at once 0.0021 ms

  double speed_up = seconds_slow / seconds_fast;
  lesson.note("at once is " + std::to_string(int(speed_up)) + " times as fast");

  // ## Bars
  Tensor w_error = (v[{slice(0, 2)}] - true_w).abs().max();
  lesson.expect("largest error of a weight", w_error.item(), at_most(2e-3));
  lesson.expect("error of the bias", std::abs(v[2].item() - true_b), at_most(2e-3));
  lesson.expect("steepest slope at the solution", steepest, at_most(1e-12));
  lesson.expect("-log P minus its constant is SSE/(2 sigma^2)", difference / sse,
                at_most(1e-9));
  lesson.expect("both ways of adding agree", c.equal(d));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A linear model multiplies each feature by a weight, adds everything up, and adds a
//   bias.
// - Least squares has an exact solution, the normal equations: where all slopes vanish.
// - If the noise is normal, least squares are maximum likelihood.
// - Work on whole tensors. An element at a time is a favour at a time.
//
// ## Exercises
// 1. (Predict, then run.) Multiply the noise by 10. By how much do the errors of the
//    weights grow, and the loss that is left?
// 2. (Derive.) For constant predictions, yhat[i] = b, which b has the least squared loss?
//    And which one the least absolute loss, (1/n) sum |b - y[i]|? Check with seven
//    numbers.
// 3. (Derive.) Suppose the noise is Laplace, p(z) = exp(-|z|)/2. Which loss is -log P then?
// 4. (Code.) Make the second feature a copy of the first. What happens to the elimination?
//    Add 0.001 to the diagonal of A^T A and look again.
