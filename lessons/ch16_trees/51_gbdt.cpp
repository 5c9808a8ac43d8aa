// # 16.51 Gradient-boosted decision trees
//
// A network wants numbers on one scale and no holes. A spreadsheet has years beside euros,
// words, and cells that nobody filled in; lesson 2.2 mended all that by hand. Is there a
// learner that takes a table as it is?
//
// You know: tables and their holes (2.2), slopes (2.5), squared loss (3.1), cross-entropy
// (3.51).
// New here: decision trees, boosting, shrinkage, early stopping, importances.

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## The smallest tree
// A *decision tree* asks questions, "is x at most 4.5?", and gives a number at the end of
// each way through. A tree of one question is a *stump*: one border, one value on either
// side. Which border is best? For a given one, the best value of a side is its mean, since
// that minimises the squared misses. So try every border between two neighbours and keep
// the one with the least sum of squared misses.

struct Stump {
  double border, low, high;

  Tensor operator()(const Tensor& x) const {  // (n) to (n)
    return where(x <= border, full_like(x, low), high);
  }
};

double squares_around_mean(const Tensor& r) { return (r - r.mean()).square().sum().item(); }

Stump fit_stump(const Tensor& x, const Tensor& r) {  // both (n), x rising
  Stump best{};
  double least = std::numeric_limits<double>::infinity();
  for (int64_t n = 1; n < x.len(); ++n) {
    const Tensor below = r[slice(0, n)], above = r[slice(n)];
    const double misses = squares_around_mean(below) + squares_around_mean(above);
    if (misses >= least) continue;
    least = misses;
    best = {(x[n - 1].item() + x[n].item()) / 2, below.mean().item(), above.mean().item()};
  }
  return best;
}

// ## Boosting
// One stump is crude. But what it misses can be learned in turn: fit the next stump to the
// *residuals* y - F, add it to F, and go on. Each stump mends what all before it left.
//
//     F_0 = mean of y        F_m = F_{m-1} + rate * stump_m,  fitted to y - F_{m-1}

double mean_square(const Tensor& r) { return r.square().mean().item(); }

// How much of the variance of y is explained: 1 for all, 0 for no more than the mean.
double r_squared(const Tensor& predicted, const Tensor& y) {
  return 1 - mean_square(predicted - y) / mean_square(y - y.mean());
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "16.51 Gradient-boosted decision trees");
  manual_seed(lesson.seed() + 1);

  // Eight days: hours of sunshine, and portions of ice cream that were sold.

  const Tensor sun = arange(8.0).to(f64) + 1;                                   // (8) hours
  const Tensor sold = tensor({2.0, 3.0, 2.0, 3.0, 9.0, 8.0, 12.0, 13.0}, f64);  // (8)
  const Stump first = fit_stump(sun, sold);
  std::printf("up to %.1f hours %.1f portions, else %.1f\n", first.border, first.low,
              first.high);
  //> up to 4.5 hours 2.5 portions, else 10.5

  Tensor F = full_like(sold, sold.mean().item());  // (8) the prediction so far
  std::vector<double> losses{mean_square(sold - F) / 2};
  for (int round = 1; round <= 40; ++round) {
    const Stump s = fit_stump(sun, sold - F);
    F += 0.5 * s(sun);
    losses.push_back(mean_square(sold - F) / 2);
    if (round > 3 && round != 40) continue;
    std::printf("round %d: border %.1f, values %.2f and %.2f, loss %.3f\n", round, s.border,
                s.low, s.high, losses.back());
  }
  //> round 1: border 4.5, values -4.00 and 4.00, loss 3.125
  //> round 2: border 6.5, values -1.33 and 4.00, loss 1.125
  //> round 3: border 4.5, values -1.33 and 1.33, loss 0.458
  //> round 40: border 5.5, values 0.03 and -0.05, loss 0.015

  // The loss, 9.125 at the start, falls in every round, and it must: a stump's values are
  // means of residuals, so any part of the way towards them brings the squares down.
  //
  // Two things are often told wrongly. Gradient boosting never changes the *weight* of a
  // row (AdaBoost does): rows missed by much simply have large residuals. And it is no
  // *forest*: a random forest grows its trees side by side, each on a random draw of the
  // rows, and averages them (*bagging*), while here each tree depends on all before it.
  //
  // ## Why "gradient"?
  // For L = sum (F-y)^2 / 2 the residual is the negative slope, y - F = -dL/dF. The tape
  // says so, too. A tree fitted to it is a step downhill, taken in predictions instead of
  // weights.

  const Tensor guess = F.clone().requires_grad_();  // (8)
  ((guess - sold).square() / 2).sum().backward();
  const bool same_slope = (-guess.grad()).allclose(sold - F);
  std::printf("residual = -dL/dF: %s\n", same_slope ? "yes" : "no");
  //> residual = -dL/dF: yes

  // So any loss with slopes will do: take g = dL/dF and h = d2L/dF2 of each row, and give
  // each leaf the Newton step of its rows, with G = sum g and H = sum h:
  //
  //     value = -G / (H + l2)
  //     gain of a split = 1/2 [ G_Y^2/(H_Y+l2) + G_N^2/(H_N+l2) - G^2/(H+l2) ]
  //
  // (Y: the rows that answer yes, N: no.) `core/trees/split.hpp` derives both. For squared
  // loss h = 1, and the value is the mean residual again. So the library, told to grow
  // stumps, grows ours:

  const Tensor sun_table = sun.reshape({8, 1});  // (8,1): rows, columns
  const auto library = trees::boost(sun_table, sold,
                                    {.rounds = 40,
                                     .learning_rate = 0.5,
                                     .tree = {.max_leaves = 2, .min_samples_leaf = 1}});
  const double apart = (library.predict(sun_table) - F).abs().max().item();
  std::printf("largest difference to ours: %.4f portions\n", apart);
  //> largest difference to ours: 0.0000 portions

  // ## Shrinkage
  // Why only a part of each step? Let us draw noisy points of a wave, boost stumps at two
  // rates, and watch points that were not learned from.

  const int64_t n = 80;
  const auto wave = [](const Tensor& x) { return sin(x) + 0.4 * randn(x.shape(), f64); };
  const Tensor x = (rand({n}, f64) * 6).sort().values;  // (80) rising
  const Tensor x_new = rand({1000}, f64) * 6;           // (1000)
  const Tensor y = wave(x), y_new = wave(x_new);
  std::vector<Values> curves;
  std::vector<double> best;
  for (const double rate : {1.0, 0.1}) {
    Tensor seen = full_like(x, y.mean().item()), unseen = full_like(x_new, y.mean().item());
    std::vector<double> curve;
    for (int round = 0; round < 150; ++round) {
      const Stump stump = fit_stump(x, y - seen);
      seen += rate * stump(x);
      unseen += rate * stump(x_new);
      curve.push_back(mean_square(y_new - unseen));
    }
    best.push_back(*std::min_element(curve.begin(), curve.end()));
    std::printf("rate %.1f: new points' best loss %.3f, last %.3f\n", rate, best.back(),
                curve.back());
    curves.push_back(curve);
  }
  //> rate 1.0: new points' best loss 0.195, last 0.215
  //> rate 0.1: new points' best loss 0.172, last 0.172
  lesson.show(plot(curves, {.xlabel = "round",
                            .ylabel = "loss on new points",
                            .legend = {"rate 1", "rate 0.1"}}),
              "shrinkage");

  // At rate 1 each stump takes all of the noise it sees for truth. After its best round
  // there is only noise left to learn, and it gets worse: watch, and stop in time. Small
  // steps let later stumps, with other borders, correct the earlier ones: more rounds, a
  // better sum. (The noise alone has a mean square of 0.16, which no model can beat.)
  //
  // ## Numbers: how loud is a wing?
  // The airfoil table: frequency, angle, chord, speed, thickness; the target in dB. Every
  // fifth row, at random, is kept for the test. First the straight line of lesson 3.1.

  const auto wings = data::load_airfoil(lesson.data());
  lesson.note("Data: " + wings.source);
  const int64_t count = wings.targets.len(), taught = count * 4 / 5;
  const Tensor order = randperm(count);  // (1503)
  const Tensor train = order[slice(0, taught)], test = order[slice(taught)];
  const Tensor wx = wings.features[train], wx_test = wings.features[test];  // (n,5)
  const Tensor wy = wings.targets[train], wy_test = wings.targets[test];    // (n,1) dB

  const auto scale = data::Standardizer::fit(wx);
  const auto with_ones = [&](const Tensor& rows) {
    const Tensor z = scale.transform(rows).to(f64);  // (n,5)
    return cat({z, ones({z.size(0), 1}, f64)}, 1);   // (n,6)
  };
  const Tensor w = linalg::lstsq(with_ones(wx), wy.to(f64));  // (6,1)
  const double line = r_squared(with_ones(wx_test).mm(w), wy_test.to(f64));

  // Then trees, of up to 31 leaves instead of two, each asking about any column. A share of
  // the training rows is set aside: when the loss on it has not improved for `patience`
  // rounds, boosting stops and keeps the trees up to the best round (*early stopping*). No
  // scaling: a question only compares, so units do not matter.

  const trees::Features wing_rows(wx, wings.names), wing_test(wx_test, wings.names);
  const auto wing = trees::boost(wing_rows, wy,
                                 {.rounds = lesson.check() ? 150 : 1000,
                                  .tree = {.min_samples_leaf = 5},
                                  .validation_share = 0.15,
                                  .patience = 30});
  const double r2 = r_squared(wing.predict(wing_test), wy_test.flatten().to(f64));
  std::printf("%d rounds kept; R2 on the test rows: line %.3f, trees %.3f\n", wing.rounds(),
              line, r2);
  //> 115 rounds kept; R2 on the test rows: line 0.395, trees 0.968

  PlotOptions axes{.xlabel = "round", .ylabel = "loss", .legend = {"training", "watched"}};
  axes.yscale = "log";
  lesson.show(plot({wing.train_losses(), wing.validation_losses()}, axes), "airfoil");
  const auto& falling = wing.train_losses();
  const bool never_rises = std::is_sorted(falling.rbegin(), falling.rend());

  // Importances say which columns the trees lived on: the share of all gains. The surer way
  // is to deal a column's values out to the wrong rows and to see by how much the loss on
  // test rows rises.

  const auto bars = [](const trees::Boosted& model) {  // of the six largest
    const auto [heights, columns] = model.gain_importance().topk(
        std::min<int64_t>(6, int64_t(model.features().size())));
    std::vector<std::string> names;
    for (const int64_t f : columns.to_vector<int64_t>()) {
      names.push_back(model.features()[size_t(f)].name);
    }
    Figure figure({.figsize = {7, 3}});
    figure.axes().bars(arange(heights.len()), heights).xnames(names);
    figure.axes().ylabel("share of the gains");
    return figure;
  };
  const Tensor gains = wing.gain_importance();  // (5), adds up to 1
  const Tensor missed =                         // (5)
      trees::permutation_importance(wing, wing_test, wy_test, 5, lesson.seed()).mean(1);
  for (size_t f = 0; f < wings.names.size(); ++f) {
    std::printf("%-9s %.2f of the gains; shuffled, the loss rises by %.1f\n",
                wings.names[f].c_str(), gains[int64_t(f)].item(),
                missed[int64_t(f)].item());
  }
  //> frequency 0.28 of the gains; shuffled, the loss rises by 69.8
  //> angle     0.01 of the gains; shuffled, the loss rises by 0.7
  lesson.show(bars(wing), "airfoil_importance");

  // ## Names and holes: who earns much?
  // Now a table as it comes from people: age, trade, household, region ..., some of it
  // missing. The target is a class, so the loss is that of logistic regression, and F the
  // log odds of "earns much". The table goes in as it stands, words, holes and all.

  const auto people = data::load_adult(lesson.data());
  lesson.note("Data: " + people.source);
  for (const data::Column& c : people.train) {
    if (c.missing_count() == 0) continue;
    std::printf("%-15s %s, %.1f %% missing\n", c.name().c_str(),
                c.is_text() ? "names" : "numbers",
                100 * double(c.missing_count()) / double(c.size()));
  }
  //> sector          names, 6.4 % missing

  // How does a tree ask about names? "Is it one of these?" K names can be parted in
  // 2^(K-1) - 1 ways, but the best one is among K - 1: sort the names by their mean slope
  // G/H and cut that row in two (Fisher, 1958). And a missing value? Each question learns
  // where to send it: to the side that gains more.

  const trees::Features person(people.train), person_test(people.test);
  const auto hot = trees::boost(person, people.train_labels,
                                {.loss = trees::Loss::logistic, .rounds = 1});
  std::cout << "The first tree, to the second question:\n" << hot.to_string(0, 0, 1);
  //> schooling <= 14.5?  (missing: yes, gain 330.4, 6000 rows)
  //>   yes: household in {Couple, Couple-children}?  (missing: no, gain 80.04, 3848 rows)
  //>     ...
  //>   no:  household in {Couple, Couple-children}?  (missing: no, gain 148.8, 2152 rows)
  //>     ...

  // A line says how a question continues, what missing values answer to it, by how much it
  // lowered the loss, and how many rows came by. The values at the ends come further down:
  // leave out the 1 to see the whole tree.
  //
  // ## A sweep
  // Three hyper-parameters matter most: rate, leaves, rounds. The rounds come from early
  // stopping; the other two from trying. What decides is the loss on rows that were set
  // aside, never on the test rows: who chooses by the test has no test any more.

  const int64_t some = std::min<int64_t>(6000, people.train.row_count());
  const trees::Features part(people.train.rows(0, some));
  const Tensor part_labels = people.train_labels[slice(0, some)];
  trees::BoostOptions chosen;
  double least = std::numeric_limits<double>::infinity();
  std::printf("rate  leaves  rounds  loss\n");
  for (const double rate : {0.3, 0.1, 0.03}) {
    for (const int leaves : {2, 8, 31}) {
      if (lesson.check() && (rate < 0.1 || leaves == 2)) continue;
      const trees::BoostOptions options{.loss = trees::Loss::logistic,
                                        .rounds = 600,
                                        .learning_rate = rate,
                                        .tree = {.max_leaves = leaves},
                                        .validation_share = 0.2,
                                        .patience = 20};
      const auto model = trees::boost(part, part_labels, options);
      const double loss = model.validation_losses()[size_t(model.rounds())];
      std::printf("%-4.2f  %6d  %6d  %.4f\n", rate, leaves, model.rounds(), loss);
      if (loss < least) least = loss, chosen = options;
    }
  }
  //> 0.30       8      29  0.3535
  //> 0.10       8     122  0.3542
  //> 0.10      31      47  0.3642
  //> 0.03       8     376  0.3527

  const auto model = trees::boost(person, people.train_labels, chosen);
  const Tensor right = model.predict(person_test) == people.test_labels;  // (rows) bool
  const double accuracy = right.to(f64).mean().item();
  const double cross_entropy = model.loss(person_test, people.test_labels);
  const double majority = 1 - people.test_labels.to(f64).mean().item();
  std::printf("%d rounds at rate %.2f with %d leaves\n", model.rounds(),
              chosen.learning_rate, chosen.tree.max_leaves);
  //> 376 rounds at rate 0.03 with 8 leaves
  std::printf("accuracy %.3f (always \"%s\": %.3f), cross entropy %.3f\n", accuracy,
              people.classes[0].c_str(), majority, cross_entropy);
  //> accuracy 0.858 (always "<=50K": 0.757), cross entropy 0.333
  lesson.show(bars(model), "income_importance");

  // ## Bars
  lesson.expect("ours and the library's stumps differ by", apart, at_most(1e-4));
  lesson.expect("our loss never rises", std::is_sorted(losses.rbegin(), losses.rend()));
  lesson.expect("residuals are slopes", same_slope);
  lesson.expect("small steps generalise better", best[1] < best[0]);
  lesson.expect("the training loss on wings never rises", never_rises);
  lesson.expect("R2 of the trees on wings", r2, at_least(wings.real ? 0.90 : 0.85));
  lesson.expect("and that of a line", line, at_most(0.6));
  lesson.expect("accuracy on incomes", accuracy, at_least(people.real ? 0.868 : 0.845));
  lesson.expect("better than the majority by", accuracy - majority, at_least(0.08));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A tree asks about one column at a time and gives a constant at each end: units do not
//   matter, names are asked about as sets, and missing values learn their side.
// - Gradient boosting fits each tree to the negative slopes of the loss at the sum of those
//   before it. It does not re-weight rows, and it is not a forest.
// - Small steps, early stopping and small trees keep the sum from learning the noise.
//
// ## Exercises
// 1. (Predict, then run.) Boost the ice cream 100 rounds at rate 0.001, at rate 1, and at
//    rate 2.1. Where does each end?
// 2. (Derive.) With logistic loss all rows start at the log odds of the share p. A leaf's
//    rows have the share q of class 1. Which value does the first tree give it? Check it.
// 3. (Predict, then run.) Replace the frequency of the wings by its logarithm. What happens
//    to a straight line, and what to the trees?
// 4. (Code.) Predict the logarithm of the house prices (data::load_house_prices), holes and
//    words as they are. How far off is it, in percent? Which columns does it live on?
// 5. (Code.) Build a forest with the same library: many large trees, each alone (one round
//    at rate 1) on a random share of the rows, averaged. Is it better than one tree? Than
//    boosting?
