// # Solutions to 16.51: gradient-boosted decision trees

#include <cmath>
#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

namespace {

double mean_square(const Tensor& r) { return r.square().mean().item(); }

double r_squared(const Tensor& predicted, const Tensor& y) {
  return 1 - mean_square(predicted - y) / mean_square(y - y.mean());
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "16.51 Gradient-boosted decision trees: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Rates
  // A stump's values are the means of the residuals on its two sides. A step of `rate`
  // leaves (1 - rate) times each mean. At 0.001 hardly anything has happened after 100
  // rounds, since 0.999^100 = 0.9; at 1 every point is hit in the end; beyond 2 the means
  // change sign and grow with each step, and the loss explodes.

  const Tensor sun = arange(8.0).reshape({8, 1});                          // (8,1) hours
  const Tensor sold = tensor({2.0, 3.0, 2.0, 3.0, 9.0, 8.0, 12.0, 13.0});  // (8)
  std::vector<double> ends;
  for (const double rate : {0.001, 1.0, 2.1}) {
    const auto model = trees::boost(
        sun, sold,
        {.learning_rate = rate, .tree = {.max_leaves = 2, .min_samples_leaf = 1}});
    ends.push_back(model.train_losses().back());
    std::printf("rate %.3f: loss %.3g, at first %.3g\n", rate, ends.back(),
                model.train_losses().front());
  }
  lesson.expect("too small a rate: most of the loss is left", ends[0], at_least(7.0));
  lesson.expect("rate 1 hits every point", ends[1], at_most(1e-3));
  lesson.expect("beyond 2 it explodes", ends[2], at_least(1e3));

  // ## 2. The first leaf of a classifier
  // Every row has the probability p, so g = p - y and h = p (1-p). In a leaf of m rows,
  // G = m (p - q) and H = m p (1-p):
  //
  //     value = -G/H = (q - p) / (p (1-p))
  //
  // that is the Newton step from log odds p towards log odds q. It overshoots when q is far
  // from p: with p = 1/4 and q = 1 it is 4, and log odds of 1 would be infinite.

  const Tensor x = arange(8.0).reshape({8, 1});       // (8,1)
  const Tensor y = tensor({0, 0, 0, 1, 0, 0, 1, 1});  // (8)
  const auto one = trees::boost(x, y,
                                {.loss = trees::Loss::logistic,
                                 .rounds = 1,
                                 .learning_rate = 1,
                                 .tree = {.max_leaves = 2, .min_samples_leaf = 1}});
  std::printf("%s", one.to_string(0).c_str());
  const double p = 3 / 8.0, q = 1 / 6.0;  // x <= 5.5: one of six
  lesson.expect("the first leaf", one.tree(0).leaf(x, 0).value,
                near((q - p) / (p * (1 - p)), 1e-6));

  // ## 3. A logarithm
  // It keeps the order, and a tree sees nothing but order: the same rows are parted, so the
  // training rows get the same predictions. (A border halfway between two values is not at
  // the same place on both scales, so a new value between them may fall differently.) A
  // line becomes another one, and here, as it happens, a worse one.

  const auto wings = data::load_airfoil(lesson.data());
  const Tensor level = wings.targets.flatten().to(f64);  // (1503) dB
  const Tensor plain = wings.features.to(f64);           // (1503,5)
  const Tensor bent = cat({plain[{all, slice(0, 1)}].log(), plain[{all, slice(1)}]}, 1);
  std::vector<Tensor> guesses;
  std::vector<double> lines;
  for (const Tensor& rows : {plain, bent}) {
    guesses.push_back(trees::boost(rows, level, {.rounds = 30}).predict(rows));
    const Tensor z = data::Standardizer::fit(rows).transform(rows).to(f64);
    const Tensor design = cat({z, ones({z.size(0), 1}, f64)}, 1);  // (1503,6)
    const Tensor w = linalg::lstsq(design, level.unsqueeze(1));    // (6,1)
    lines.push_back(r_squared(design.mm(w).flatten(), level));
  }
  std::printf("line: R2 %.3f, with the logarithm %.3f\n", lines[0], lines[1]);
  lesson.expect("trees: the same predictions", (guesses[0] - guesses[1]).abs().max().item(),
                at_most(1e-9));
  lesson.expect("the line changes", std::abs(lines[0] - lines[1]), at_least(0.005));

  // ## 4. House prices
  // An error of e in the logarithm is a factor of exp(e) in the price.

  const auto houses = data::load_house_prices(lesson.data());
  lesson.note("Data: " + houses.source);
  const data::Table rooms = houses.train.drop({"Id", "SalePrice"});
  const Tensor price = houses.train["SalePrice"].to_tensor(f64).log();  // (1460)
  const int64_t taught = rooms.row_count() * 4 / 5;
  const auto model = trees::boost(rooms.rows(0, taught), price[slice(0, taught)],
                                  {.rounds = lesson.check() ? 150 : 1000,
                                   .learning_rate = 0.05,
                                   .tree = {.max_leaves = 8, .min_samples_leaf = 5},
                                   .column_share = 0.3,
                                   .validation_share = 0.1,
                                   .patience = 50});
  const Tensor estimate = model.predict(rooms.rows(taught, rooms.row_count()));  // (292)
  const double log_rmse = std::sqrt(mean_square(estimate - price[slice(taught)]));
  std::printf("%d rounds, log rmse %.3f: about %.0f %% off\n", model.rounds(), log_rmse,
              100 * (std::exp(log_rmse) - 1));
  const auto [gains, columns] = model.gain_importance().topk(4);
  for (int64_t i = 0; i < 4; ++i) {
    const auto& feature = model.features()[size_t(columns[i].item<int64_t>())];
    std::printf("  %-12s %.2f\n", feature.name.c_str(), gains[i].item());
  }
  lesson.expect("log rmse", log_rmse,
                at_most(houses.real      ? 0.14
                        : lesson.check() ? 0.14
                                         : 0.12));

  // ## 5. A forest
  // Averaging trees that differ removes their noise, but not what all of them miss. So a
  // forest wants large trees, boosting small ones. Averaging beats the single tree; the sum
  // in which each tree mends the others is better still. (A share of the columns per tree
  // does no good here: there are five, and a tree that lacks the frequency is lost.)

  const auto wing_rows = [&](const Tensor& rows) {
    return trees::Features(wings.features[rows], wings.names);
  };
  const Tensor order = randperm(level.len());  // (1503)
  const Tensor train = order[slice(0, 1200)], test = order[slice(1200)];
  const trees::Features train_x = wing_rows(train), test_x = wing_rows(test);
  const auto large_tree = [&](double row_share, uint64_t seed) {
    return trees::boost(train_x, level[train],
                        {.rounds = 1,
                         .learning_rate = 1,
                         .tree = {.max_leaves = 400, .min_samples_leaf = 2},
                         .row_share = row_share,
                         .seed = seed})
        .predict(test_x);
  };
  const Tensor truth = level[test];  // (303)
  Tensor sum = zeros({truth.len()}, f64);
  const int count = 50;
  for (int tree = 0; tree < count; ++tree) sum += large_tree(0.63, uint64_t(tree));
  const double single = r_squared(large_tree(1, 0), truth);
  const double forest = r_squared(sum / count, truth);
  const auto boosted =
      trees::boost(train_x, level[train], {.rounds = 300, .tree = {.min_samples_leaf = 5}});
  const double boosting = r_squared(boosted.predict(test_x), truth);
  std::printf("R2: one tree %.3f, forest %.3f, boosting %.3f\n", single, forest, boosting);
  lesson.expect("a forest beats a tree", forest > single);
  lesson.expect("boosting beats the forest", boosting > forest);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
