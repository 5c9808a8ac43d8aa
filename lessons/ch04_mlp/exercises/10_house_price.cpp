// # Solutions to 4.10: what did the house sell for?

#include <algorithm>
#include <cmath>
#include <cstdio>
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

// The squared error of each logarithm, (n,1), by a model that has not seen the house: five
// folds, trained in turn on the other four.
Tensor squared_errors(const Prepared& p, const Settings& s) {
  const int64_t n = len(p.X), F = p.X.size(1), part = n / 5;
  const Tensor target = s.of_logarithm ? log(p.y) : p.y;  // (n,1)
  std::vector<Tensor> errors;
  for (int64_t from = 0; from + part <= n; from += part) {
    const auto others = [&](const Tensor& t) {
      return cat({t[slice(0, from)], t[slice(from + part)]});
    };
    const auto held = [&](const Tensor& t) { return t[slice(from, from + part)]; };
    const Tensor on = others(target);  // (4n/5,1)
    const double shift = s.of_logarithm ? on.mean().item() : 0;
    manual_seed(1);
    nn::Sequential net;
    if (s.hidden > 0) {
      net.append(nn::make<nn::Linear>(F, s.hidden));
      net.append(nn::make<nn::ReLU>());
    }
    net.append(nn::make<nn::Linear>(s.hidden > 0 ? s.hidden : F, 1));
    auto adam = optim::make("adam", net.parameters(),
                            {{"lr", s.lr}, {"weight_decay", s.weight_decay}});
    const data::TensorDataset examples({others(p.X), on - shift});
    data::DataLoader batches(examples, {.batch_size = 64, .shuffle = true, .seed = 1});
    for (int epoch = 0; epoch < s.epochs; ++epoch) {
      for (auto [x, t] : batches) {  // (64,F), (64,1)
        adam.zero_grad();
        nn::functional::mse_loss(net(x), t).backward();
        adam.step();
      }
    }
    no_grad guard;
    Tensor guess = net(held(p.X)) + shift;  // (n/5,1)
    if (!s.of_logarithm) guess = log(guess.clamp(1));
    errors.push_back((guess - log(held(p.y))).square());
  }
  return cat(errors);
}

double rmse(const Tensor& squared) { return std::sqrt(squared.mean().item()); }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.10 What did the house sell for?: solutions");
  const data::HousePrices houses = data::load_house_prices(lesson.data());
  const Prepared usual = prepare(houses, false), zeros_in = prepare(houses, true);

  // ## 1. The logarithm of the price
  // The squared loss of log y is the very measure we judge by, so training aims at what we
  // want. And prices are products more than sums: a better district makes every square
  // metre dearer.

  const double of_price = rmse(squared_errors(usual, {.lr = houses.real ? 5.0 : 30.0}));
  const Settings by_log{.of_logarithm = true, .lr = 0.003};
  const Tensor errors = squared_errors(usual, by_log);  // (n,1)
  const double of_log = rmse(errors);
  std::printf("1. log-rmse: of y %.4f, of log y %.4f\n", of_price, of_log);
  lesson.expect("1. log y against y", of_log / of_price, at_most(1));

  // ## 2. Zeros before the z-scores
  // A missing width of 0 feet becomes a z-score of about -3: the house stands on a plot
  // that nobody could stand on. One expects these houses to suffer, and the others a
  // little, as mean and deviation of the column are off. Measured, neither does by much: a
  // linear model has many columns that say nearly the same, and gives the spoiled one a
  // small weight.

  const Tensor spoiled = squared_errors(zeros_in, by_log);             // (n,1)
  const Tensor gap = houses.train["LotFrontage"].to_tensor().isnan();  // (n)
  std::printf("2. log-rmse: houses with a width %.4f, with 0 before %.4f\n",
              rmse(errors[~gap]), rmse(spoiled[~gap]));
  std::printf("2.           houses without one  %.4f, with 0 before %.4f\n",
              rmse(errors[gap]), rmse(spoiled[gap]));
  lesson.expect("2. without a width: 0 before over 0 after",
                rmse(spoiled[gap]) / rmse(errors[gap]), near(1, 0.2));

  // ## 3. A hidden layer
  // It can bend, and with 1168 houses it can learn by heart. Weight decay decides which. It
  // beats the linear model on the houses of Ames. The bundled prices are products of what
  // makes a house dear, so their logarithm is a sum, and there is nothing left to bend.

  double best = INFINITY;
  for (double decay : {0.0, 0.01, 0.1}) {
    const double loss = rmse(squared_errors(usual, {.hidden = 64,
                                                    .of_logarithm = true,
                                                    .lr = 0.003,
                                                    .weight_decay = decay,
                                                    .epochs = 60}));
    std::printf("3. weight decay %.2f: %.4f\n", decay, loss);
    best = std::min(best, loss);
  }
  std::printf("3. linear %.4f, hidden layer %.4f\n", of_log, best);
  lesson.expect("3. hidden layer over linear", best / of_log,
                at_most(houses.real ? 1 : 1.3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
