// # Solutions to 1.50: from a table to a prediction

#include <cmath>
#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

namespace {

// Trains on the first 400 rows, and returns the guesses for the last 106.
Tensor train(const Tensor& x, const Tensor& y, double lr,
             int epochs) {  // (506,13), (506,1)
  manual_seed(1);
  nn::Linear model(13, 1);
  auto sgd = optim::make("sgd", model.parameters(), {{"lr", lr}});
  const data::TensorDataset dataset({x[slice(0, 400)], y[slice(0, 400)]});
  data::DataLoader loader(dataset, {.batch_size = 32, .shuffle = true});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [X, Y] : loader) {  // (32,13), (32,1)
      sgd.zero_grad();
      nn::functional::mse_loss(model(X), Y).backward();
      sgd.step();
    }
  }
  return model(x[slice(400)]).detach();  // (106,1)
}

// Of guesses for the last 106 of the labels y, (506,1).
double r2(const Tensor& guess, const Tensor& y) {
  const Tensor truth = y[slice(400)];  // (106,1)
  const Tensor missed = (guess - truth).square().sum();
  return 1 - missed.item() / (truth - truth.mean()).square().sum().item();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "1.50 From a table to a prediction: solutions");
  const data::Regression houses = data::load_housing();
  const Tensor x = houses.features, y = houses.targets;  // (506,13), (506,1)
  const Tensor head = x[slice(0, 400)];                  // (400,13)

  // ## 1. Without z-scores
  // With the old rate the loss explodes within a few steps, since the largest column, some
  // hundreds, makes the slopes enormous. A rate small enough for that column leaves the
  // others nearly where they were.

  const Tensor z = data::Standardizer::fit(head).transform(x);  // (506,13)
  const double scaled = r2(train(z, y, 0.03, 30), y);
  const double raw = r2(train(x, y, 0.03, 30), y), slow = r2(train(x, y, 1e-6, 30), y);
  std::printf("1. R2: z-scores %.3f, raw %.3f, raw with rate 1e-6 %.3f\n", scaled, raw,
              slow);
  lesson.expect("1. with z-scores", scaled, at_least(0.99));
  lesson.expect("1. raw, same rate, has exploded", std::isnan(raw));
  lesson.expect("1. raw, small rate", slow, at_most(0.9));

  // ## 2. Scaled by all rows
  // Hardly a difference in R2, up or down. It is still not honest: the test rows took part
  // in preparing the model, and with few rows, or a scaling that uses the labels, such a
  // leak can make a useless model shine.

  const Tensor z_leaked = data::Standardizer::fit(x).transform(x);  // (506,13)
  const double leaked = r2(train(z_leaked, y, 0.03, 30), y);
  std::printf("2. R2: honest %.6f, with the leak %.6f\n", scaled, leaked);
  lesson.expect("2. difference", std::abs(leaked - scaled), at_most(0.01));

  // ## 3. Scaled prices
  // With y = m + s u, every difference of two prices is s times that of the scaled ones:
  // guess - y = s (guess_u - u), and y - mean(y) = s (u - mean(u)). Both sums of R2 have
  // the factor s^2, and it cancels. Whoever forgets to scale back sees the same fine R2,
  // if the truth is scaled as well, and sells houses for 0.3 thousand.

  const auto prices = data::Standardizer::fit(y[slice(0, 400)]);
  const Tensor u = prices.transform(y);          // (506,1)
  const Tensor guess_u = train(z, u, 0.03, 30);  // (106,1) scaled
  const Tensor guess = prices.inverse(guess_u);  // (106,1) thousands
  const double in_u = r2(guess_u, u), in_y = r2(guess, y);
  std::printf("3. R2: scaled %.5f, scaled back %.5f; forgotten %.2f\n", in_u, in_y,
              r2(guess_u, y));
  std::printf("   first guess: scaled %.2f, scaled back %.2f, truth %.2f\n",
              guess_u[{0, 0}].item(), guess[{0, 0}].item(), y[{400, 0}].item());
  lesson.expect("3. R2 in both units", std::abs(in_u - in_y), at_most(1e-5));
  lesson.expect("3. R2", in_y, at_least(0.99));
  lesson.expect("3. scaled guesses against prices", r2(guess_u, y), at_most(0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
