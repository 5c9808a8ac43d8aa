// # Solutions to 4.10: what did the house sell for?

#include <cmath>
#include <cstdio>
#include <functional>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

struct Prepared {
  Tensor X, y;  // (n,F), (n,1) dollars
};

// As in the lesson, or with missing numbers set to 0 before the z-scores.
Prepared prepare(const data::HousePrices& houses, bool zero_first) {
  data::Table known = houses.train.drop({"Id", "SalePrice"});
  if (zero_first) known = known.fillna(0);
  const auto scale = data::Standardizer::fit(known, 1);
  const Tensor X = scale.transform(known).fillna(0).get_dummies(true).to_tensor();
  return {X, houses.train["SalePrice"].to_tensor().unsqueeze(1)};
}

struct Settings {
  int64_t hidden = 0;  // 0: a linear model
  bool of_logarithm = false;
  double lr = 5, weight_decay = 0;
  int epochs = 100;
};

// Trains on all rows but the last fifth; returns the log-rmse there.
double validate(const Prepared& p, const Settings& s) {
  manual_seed(1);
  const int64_t n = len(p.X), cut = n - n / 5, F = p.X.size(1);
  const Tensor target = s.of_logarithm ? log(p.y) : p.y;  // (n,1)
  const double shift = s.of_logarithm ? target[slice(0, cut)].mean().item() : 0;
  nn::Sequential net;
  if (s.hidden > 0) {
    net.append(nn::make<nn::Linear>(F, s.hidden));
    net.append(nn::make<nn::ReLU>());
    net.append(nn::make<nn::Linear>(s.hidden, 1));
  } else {
    net.append(nn::make<nn::Linear>(F, 1));
  }
  auto adam = optim::make("adam", net.parameters(),
                          {{"lr", s.lr}, {"weight_decay", s.weight_decay}});
  const data::TensorDataset examples({p.X[slice(0, cut)], target[slice(0, cut)] - shift});
  data::DataLoader batches(examples, {.batch_size = 64, .shuffle = true, .seed = 1});
  for (int epoch = 0; epoch < s.epochs; ++epoch) {
    for (auto [x, t] : batches) {  // (64,F), (64,1)
      adam.zero_grad();
      nn::functional::mse_loss(net(x), t).backward();
      adam.step();
    }
  }
  no_grad guard;
  Tensor guess = net(p.X[slice(cut)]) + shift;  // (n/5,1)
  if (!s.of_logarithm) guess = log(guess.clamp(1));
  return std::sqrt(nn::functional::mse_loss(guess, log(p.y[slice(cut)])).item());
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.10 What did the house sell for?: solutions");
  const data::HousePrices houses = data::load_house_prices(lesson.data());
  const Prepared usual = prepare(houses, false), zeros_in = prepare(houses, true);

  // ## 1. The logarithm of the price
  // The squared loss of log y is the very measure we judge by, so training aims at what we
  // want. And prices are products more than sums: a better district makes every square
  // metre dearer.

  const double of_price = validate(usual, {.lr = houses.real ? 5.0 : 30.0});
  const double of_log = validate(usual, {.of_logarithm = true, .lr = 0.01});
  std::printf("1. log-rmse: of y %.4f, of log y %.4f\n", of_price, of_log);
  lesson.expect("1. log y against y", of_log / of_price, at_most(1));

  // ## 2. Zeros before the z-scores
  // A missing width of 0 feet becomes a z-score of -3 or so: the house stands on a plot
  // that nobody could stand on. Houses with something missing get strange values, and the
  // column's mean and deviation are off for all others.

  const double zero_first = validate(zeros_in, {.of_logarithm = true, .lr = 0.01});
  std::printf("2. log-rmse: 0 after %.4f, 0 before %.4f\n", of_log, zero_first);
  lesson.expect("2. difference", std::abs(zero_first - of_log), at_most(0.05));

  // ## 3. A hidden layer
  // It can bend, and with 1168 houses it can learn by heart. Weight decay decides which.

  double best = INFINITY;
  for (double decay : {0.0, 0.01, 0.1}) {
    const double loss = validate(usual, {.hidden = 64,
                                         .of_logarithm = true,
                                         .lr = 0.003,
                                         .weight_decay = decay,
                                         .epochs = 60});
    std::printf("3. weight decay %.2f: %.4f\n", decay, loss);
    best = std::min(best, loss);
  }
  std::printf("3. linear %.4f, hidden layer %.4f\n", of_log, best);
  lesson.expect("3. the hidden layer is of the same class", best / of_log, at_most(1.4));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
