// Boosting: losses and their slopes, training, prediction, and what is refused.
#define BOOST_TEST_MODULE trees_boost
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "host/threads.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "tensor/random.hpp"
#include "trees/boost.hpp"

using namespace hg;
using namespace hg::trees;
using hg::test::error_of;
using hg::test::fails_with;
using hg::test::numbers;
using hg::test::Numbers;
namespace tt = boost::test_tools;

namespace {

constexpr double hole = std::numeric_limits<double>::quiet_NaN();

// 600 rows: a wave in a, a step in b, three kinds c, every ninth a missing, and noise d.
struct Sample {
  Tensor x, y, classes;
  std::vector<std::string> names{"a", "b", "c", "d"};

  explicit Sample(size_t count = 600, uint64_t seed = 1) {
    Numbers table, values, kinds;
    for (size_t n = 0; n < count; ++n) {
      const double a = uniform_f64(seed, 5 * n) * 6, b = uniform_f64(seed, 5 * n + 1);
      const double c = double(uniform_below(seed + 1, n, 3));
      const double noise = normal_f64(seed + 2, n);
      const bool missing = n % 9 == 0;
      for (const double x : {missing ? hole : a, b, c, noise}) table.push_back(x);
      values.push_back((missing ? 4 : 3 * std::sin(a)) + (b > 0.6) + (c == 1 ? 2 : 0) +
                       0.3 * normal_f64(seed + 3, n));
      kinds.push_back(missing || a > 3 ? (c == 1 ? 2 : 1) : 0);
    }
    x = tensor(table, f64).reshape({-1, 4});
    y = tensor(values, f64);
    classes = tensor(kinds, i64);
  }
  Features features() const { return Features(x, names, {"c"}); }
};

BoostOptions small() {
  return {.rounds = 30, .tree = {.max_leaves = 8, .min_samples_leaf = 5}};
}

BoostOptions with(Loss loss) {
  BoostOptions o = small();
  o.loss = loss;
  return o;
}

double accuracy(const Boosted& model, const Features& x, const Tensor& classes) {
  return (model.predict(x) == classes).to(f64).mean().item();
}

const Loss all_losses[] = {Loss::squared, Loss::absolute, Loss::logistic, Loss::softmax};

Tensor targets_for(Loss loss, const Sample& s) {
  if (loss == Loss::logistic) return (s.classes > 0).to(i64);
  return loss == Loss::softmax ? s.classes : s.y;
}

}  // namespace

// ---- losses -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(slopes_are_those_of_the_losses) {
  const double step = 1e-4;
  for (const Loss loss : all_losses) {
    const int classes = loss == Loss::softmax ? 3 : loss == Loss::logistic ? 2 : 0;
    const Targets t{.y = {1}, .w = {2.5}, .classes = classes};  // one row of weight 2.5
    const size_t width = size_t(score_count(loss, t));
    for (const double at : {-2.0, 0.3, 4.0}) {
      Numbers f{at, 0.5, -1};
      f.resize(width);
      std::vector<Gradient> slopes(width), above(width), below(width);
      measure(loss, t, f, slopes);
      for (size_t k = 0; k < width; ++k) {
        Numbers up = f, down = f;
        up[k] += step, down[k] -= step;
        const double rise = measure(loss, t, up, above) - measure(loss, t, down, below);
        BOOST_TEST(std::abs(slopes[k].g - 2.5 * rise / (2 * step)) < 1e-4);
        if (loss == Loss::absolute) continue;  // whose second slope stands in for 0
        const double bend = (above[k].g - below[k].g) / (2 * step);
        BOOST_TEST(std::abs(slopes[k].h - bend) < 5e-3);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(losses_stay_finite_at_extremes) {
  for (const Loss loss : {Loss::logistic, Loss::softmax}) {
    const Targets t{.y = {0, 1}, .w = {}, .classes = 2};
    const Numbers f =
        loss == Loss::logistic ? Numbers{1e4, -1e4} : Numbers{-1e4, 1e4, 1e4, -1e4};
    std::vector<Gradient> slopes(f.size());
    const double expected = loss == Loss::logistic ? 1e4 : 2e4;
    BOOST_TEST(measure(loss, t, f, slopes) == expected, tt::tolerance(1e-9));
    for (const Gradient& s : slopes) {
      BOOST_TEST(std::abs(s.g) == 1);
      BOOST_TEST(s.h == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(start_is_the_best_constant) {
  const Targets values{.y = {1, 2, 3, 10}, .w = {1, 1, 1, 1}, .classes = 0};
  BOOST_TEST(start_scores(Loss::squared, values)[0] == 4);
  BOOST_TEST(start_scores(Loss::absolute, values)[0] == 2.5);
  const Targets classes{.y = {0, 1, 1, 1}, .w = {}, .classes = 2};
  BOOST_TEST(start_scores(Loss::logistic, classes)[0] == std::log(3), tt::tolerance(1e-9));
  Numbers shares = start_scores(Loss::softmax, classes);
  to_prediction(Loss::softmax, shares);
  BOOST_TEST(shares[1] == 0.75, tt::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(medians) {
  const Numbers v{5, 1, 3, 2};
  const std::vector<uint32_t> all{0, 1, 2, 3}, three{0, 1, 2};
  BOOST_TEST(weighted_median(v, {}, all) == 2.5);
  BOOST_TEST(weighted_median(v, {}, three) == 3);
  BOOST_TEST(weighted_median(v, Numbers{3, 1, 1, 1}, all) == 4);  // 1 2 3 | 5 5 5
  BOOST_TEST(weighted_median(v, Numbers{0, 1, 0, 1}, all) == 1.5);
}

// ---- training ---------------------------------------------------------------------------

// One stump on four rows. The start is 3.25, the split at 2.5 has the residuals' means
// -2.25 and 2.25; at rate 0.1 that makes 3.025 and 3.475.
BOOST_AUTO_TEST_CASE(the_first_round_worked_by_hand) {
  const Features x(tensor({{1.0}, {2.0}, {3.0}, {4.0}}));
  const Tensor y = tensor({1.0, 1.0, 5.0, 6.0});
  const Boosted model =
      trees::boost(x, y, {.rounds = 1, .tree = {.max_leaves = 2, .min_samples_leaf = 1}});
  BOOST_TEST(model.start()[0] == 3.25);
  BOOST_TEST(model.tree(0).nodes[0].threshold == 2.5);
  BOOST_TEST(numbers(model.predict(x)) == (Numbers{3.025, 3.025, 3.475, 3.475}),
             tt::tolerance(1e-12) << tt::per_element());
  // Residuals: -2.25 twice, 1.75, 2.75; then -2.025 twice, 1.525, 2.525.
  BOOST_TEST(model.train_losses()[0] == (2 * 5.0625 + 3.0625 + 7.5625) / 8,
             tt::tolerance(1e-12));
  BOOST_TEST(model.train_losses()[1] == (2 * 4.100625 + 2.325625 + 6.375625) / 8,
             tt::tolerance(1e-12));
}

// Logistic: y = 0 0 0 1 at x = 1 2 3 4, start log(1/3), p = 1/4 everywhere. The split at
// 3.5 has G = 3/4, H = 9/16 below: value -4/3; and G = -3/4, H = 3/16 above: 4.
BOOST_AUTO_TEST_CASE(newton_steps_worked_by_hand) {
  const Features x(tensor({{1.0}, {2.0}, {3.0}, {4.0}}));
  const Boosted model = trees::boost(x, tensor({0, 0, 0, 1}),
                                     {.loss = Loss::logistic,
                                      .rounds = 1,
                                      .learning_rate = 1,
                                      .tree = {.max_leaves = 2, .min_samples_leaf = 1}});
  const double start = -std::log(3);
  BOOST_TEST(numbers(model.scores(x)) ==
                 (Numbers{start - 4 / 3.0, start - 4 / 3.0, start - 4 / 3.0, start + 4}),
             tt::tolerance(1e-6) << tt::per_element());
  const double p = 1 / (1 + std::exp(-start - 4));
  BOOST_TEST(numbers(model.predict_probabilities(x))[7] == p, tt::tolerance(1e-6));
  BOOST_TEST(numbers(model.predict(x)) == (Numbers{0, 0, 0, 1}), tt::per_element());
}

// Absolute loss: start 3, the median of 1 1 5 60; slopes 1 1 -1 -1, split at 2.5; residuals
// -2 -2 with the median -2, and 2 57 with 29.5.
BOOST_AUTO_TEST_CASE(medians_in_leaves_worked_by_hand) {
  const Features x(tensor({{1.0}, {2.0}, {3.0}, {4.0}}));
  const Boosted model = trees::boost(x, tensor({1.0, 1.0, 5.0, 60.0}),
                                     {.loss = Loss::absolute,
                                      .rounds = 1,
                                      .learning_rate = 1,
                                      .tree = {.max_leaves = 2, .min_samples_leaf = 1}});
  BOOST_TEST(numbers(model.predict(x)) == (Numbers{1, 1, 32.5, 32.5}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(training_loss_never_rises) {
  const Sample s;
  for (const Loss loss : all_losses) {
    const auto losses =
        trees::boost(s.features(), targets_for(loss, s), with(loss)).train_losses();
    BOOST_TEST(losses.size() == 31u);
    for (size_t m = 1; m < losses.size(); ++m) BOOST_TEST(losses[m] < losses[m - 1]);
    BOOST_TEST(losses.back() < 0.5 * losses.front());
  }
}

BOOST_AUTO_TEST_CASE(it_learns_waves_steps_kinds_and_holes) {
  const Sample s, fresh(400, 50);
  BoostOptions o = small();
  o.rounds = 150;
  const Boosted model = trees::boost(s.features(), s.y, o);
  // The noise alone has a mean square of 0.09; the targets vary by 6 or so.
  BOOST_TEST(2 * model.loss(fresh.features(), fresh.y) < 0.25);
  o.loss = Loss::softmax;
  const Boosted classifier = trees::boost(s.features(), s.classes, o);
  BOOST_TEST(accuracy(classifier, fresh.features(), fresh.classes) > 0.97);
  const Tensor p = classifier.predict_probabilities(fresh.features());
  BOOST_TEST(p.shape() == (Shape{400, 3}));
  BOOST_TEST(p.sum(1).allclose(ones({400}, f64)));
  BOOST_TEST(p.argmax(1).equal(classifier.predict(fresh.features())));
}

BOOST_AUTO_TEST_CASE(reported_losses_are_those_of_the_model) {
  const Sample s;
  for (const Loss loss : all_losses) {
    for (const double share :
         {1.0, 0.5}) {  // rows that a tree was not grown with count too
      const Tensor y = targets_for(loss, s);
      BoostOptions o = with(loss);
      o.row_share = share;
      const Boosted model = trees::boost(s.features(), y, o);
      for (const int rounds : {0, 7, 30}) {
        BOOST_TEST(
            model.loss(s.features(), y, {}, rounds) == model.train_losses()[size_t(rounds)],
            tt::tolerance(1e-9));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(absolute_loss_forgives_outliers) {
  Sample s;
  for (size_t n = 0; n < 600; n += 20) s.y.span<double>()[n] = 1e4;
  const Sample fresh(300, 50);
  const auto miss = [&](Loss loss) {
    const Tensor found =
        trees::boost(s.features(), s.y, with(loss)).predict(fresh.features());
    return (found - fresh.y).abs().mean().item();
  };
  BOOST_TEST(miss(Loss::absolute) < 1);
  BOOST_TEST(miss(Loss::squared) > 20);
}

BOOST_AUTO_TEST_CASE(a_weight_of_two_is_a_row_twice) {
  const Sample s(200);
  std::vector<int64_t> twice;
  Numbers weights;
  for (int64_t n = 0; n < 200; ++n) {
    const bool heavy = n % 3 == 0;
    weights.push_back(heavy ? 2 : 1);
    twice.insert(twice.end(), heavy ? 2 : 1, n);
  }
  const Tensor rows = tensor(twice, i64);
  const Features repeated(s.x.index_select(0, rows), s.names, {"c"});
  for (const Loss loss : all_losses) {
    BoostOptions o = with(loss);
    o.tree.min_samples_leaf = 1;
    o.tree.max_leaves = 5;
    o.tree.min_hessian = 2;
    if (loss == Loss::absolute) o.rounds = 3;  // later, ties of gains are decided by chance
    const Tensor y = targets_for(loss, s);
    const Boosted a = trees::boost(s.features(), y, o, tensor(weights, f64));
    const Boosted b = trees::boost(repeated, y.index_select(0, rows), o);
    BOOST_TEST(a.scores(s.features()).allclose(b.scores(s.features()), 1e-4, 1e-4));
  }
}

BOOST_AUTO_TEST_CASE(the_same_for_any_number_of_threads) {
  const Sample s(5000);
  const int before = num_threads();
  for (const Loss loss : all_losses) {
    BoostOptions o = with(loss);
    o.rounds = 8;
    o.row_share = 0.7;
    o.column_share = 0.6;
    o.validation_share = 0.1;
    const Tensor y = targets_for(loss, s);
    set_num_threads(1);
    const Boosted one = trees::boost(s.features(), y, o);
    const Tensor scores = one.scores(s.features());
    for (const int threads : {2, 3, 7}) {
      set_num_threads(threads);
      const Boosted many = trees::boost(s.features(), y, o);
      BOOST_TEST(many.scores(s.features()).equal(scores));
      BOOST_TEST(many.train_losses() == one.train_losses(), tt::per_element());
      BOOST_TEST(many.validation_losses() == one.validation_losses(), tt::per_element());
    }
  }
  set_num_threads(before);
}

BOOST_AUTO_TEST_CASE(the_seed_decides_which_rows_and_columns) {
  const Sample s;
  BoostOptions o = small();
  const auto scores = [&](uint64_t seed) {
    o.seed = seed;
    return trees::boost(s.features(), s.y, o).scores(s.features());
  };
  BOOST_TEST(scores(1).equal(scores(2)));  // all of them: nothing to decide
  o.row_share = 0.5;
  BOOST_TEST(scores(1).equal(scores(1)));
  BOOST_TEST(!scores(1).equal(scores(2)));
  o.row_share = 1;
  o.column_share = 0.5;
  BOOST_TEST(!scores(1).equal(scores(2)));
}

BOOST_AUTO_TEST_CASE(a_share_of_the_rows_is_that_share) {
  const Sample s;
  BoostOptions o = small();
  o.row_share = 0.25;
  o.validation_share = 0.2;
  const Boosted model = trees::boost(s.features(), s.y, o);
  BOOST_TEST(model.tree(0).nodes[0].rows == 120);  // 600 - 120, and of these a quarter
}

// ---- early stopping ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(it_stops_after_the_best_round) {
  Sample s(300);
  BoostOptions o{.rounds = 400,
                 .learning_rate = 0.3,
                 .tree = {.min_samples_leaf = 2},
                 .validation_share = 0.3,
                 .patience = 7};
  int calls = 0;
  double last = 0;
  o.progress = [&](int round, double, double validation) {
    BOOST_TEST(round == ++calls);
    last = validation;
  };
  const Boosted model = trees::boost(s.features(), s.y, o);
  const auto& watched = model.validation_losses();
  const auto best = std::min_element(watched.begin(), watched.end()) - watched.begin();
  BOOST_TEST(best > 3);
  BOOST_TEST(model.rounds() == best);
  BOOST_TEST(int(watched.size()) == best + 7 + 1);  // and the start
  BOOST_TEST(model.train_losses().size() == watched.size());
  BOOST_TEST(calls == best + 7);
  BOOST_TEST(last == watched.back());
}

BOOST_AUTO_TEST_CASE(noise_is_best_left_alone) {
  Sample s(300);
  for (size_t n = 0; n < 300; ++n) s.y.span<double>()[n] = normal_f64(77, n);
  const Boosted model =
      trees::boost(s.features(), s.y, {.validation_share = 0.3, .patience = 5});
  BOOST_TEST(model.rounds() <= 3);
  BOOST_TEST(model.validation_losses().size() <= 9u);
}

// ---- tables, names, holes ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(columns_are_found_by_their_names) {
  const data::Table table(
      {data::Column("size", {1, 2, 3, 4, 5, 6}),
       data::Column("colour", {"red", "blue", "red", "green", "blue", ""},
                    {false, false, false, false, false, true})});
  const Tensor y = tensor({1.0, 5.0, 1.0, 3.0, 5.0, 9.0});
  const BoostOptions o{.rounds = 1,
                       .learning_rate = 1,
                       .tree = {.min_samples_leaf = 1, .category_smoothing = 0}};
  const Boosted model = trees::boost(table.select({"colour"}), y, o);
  BOOST_TEST(numbers(model.predict(table)) == (Numbers{1, 5, 1, 3, 5, 9}),
             tt::tolerance(1e-6) << tt::per_element());
  // A colour that was never seen counts as missing, and so do holes in a column that has
  // nothing else.
  const data::Table fresh({data::Column("colour", {"pink", "green"}, {false, false})});
  BOOST_TEST(numbers(model.predict(fresh)) == (Numbers{9, 3}), tt::tolerance(1e-6)
                                                                   << tt::per_element());
  const data::Table empty({data::Column("colour", {hole, hole})});
  BOOST_TEST(numbers(model.predict(empty)) == (Numbers{9, 9}), tt::tolerance(1e-6)
                                                                   << tt::per_element());
  BOOST_TEST(fails_with("there is no column 'colour'",
                        [&] { model.predict(table.select({"size"})); }));
  const Boosted by_size = trees::boost(table.select({"size"}), y, o);
  const data::Table words({data::Column("size", {"big", "big"}, {false, false})});
  BOOST_TEST(fails_with("'size' was a column of numbers", [&] { by_size.predict(words); }));
}

BOOST_AUTO_TEST_CASE(numbers_that_are_names) {
  // Post codes: 10 and 30 are dear, 20 is not. As a quantity, that takes two questions.
  const Tensor x = tensor({{10.0}, {20.0}, {30.0}, {10.0}, {20.0}, {30.0}});
  const Tensor y = tensor({9.0, 1.0, 9.0, 9.0, 1.0, 9.0});
  const BoostOptions o{
      .rounds = 1, .learning_rate = 1, .tree = {.max_leaves = 2, .min_samples_leaf = 1}};
  const Features codes(x, {"code"}, {"code"});
  const Boosted model = trees::boost(codes, y, o);
  BOOST_TEST(numbers(model.predict(codes)) == (Numbers{9, 1, 9, 9, 1, 9}),
             tt::tolerance(1e-6) << tt::per_element());
  // The names are the same when they come as plain numbers, in other places.
  const Features fresh(tensor({{30.0}, {20.0}}), {"code"});
  BOOST_TEST(numbers(model.predict(fresh)) == (Numbers{9, 1}), tt::tolerance(1e-6)
                                                                   << tt::per_element());
  BOOST_TEST(numbers(model.predict(tensor({{20.0}}))) == (Numbers{1}),
             tt::tolerance(1e-6) << tt::per_element());
}

BOOST_AUTO_TEST_CASE(columns_that_say_nothing) {
  const Tensor x = stack({full({50}, hole, f64), full({50}, 7.0, f64)}, 1);
  const Tensor y = arange(50.0);
  const Boosted model = trees::boost(x, y, {.rounds = 3, .tree = {.min_samples_leaf = 1}});
  BOOST_TEST(model.tree(0).leaf_count() == 1);
  BOOST_TEST(model.predict(x).allclose(full({50}, 24.5, f64)));
  // A constant target leaves nothing to gain; one class alone is sure of itself.
  const Boosted flat = trees::boost(y.reshape({-1, 1}), ones({50}), {.rounds = 2});
  BOOST_TEST(flat.tree(1).leaf_count() == 1);
  BOOST_TEST(flat.predict(y.reshape({-1, 1})).allclose(ones({50}, f64)));
  const Boosted sure =
      trees::boost(y.reshape({-1, 1}), ones({50}, i64), with(Loss::logistic));
  BOOST_TEST(sure.predict(y.reshape({-1, 1})).equal(ones({50}, i64)));
}

BOOST_AUTO_TEST_CASE(one_row_is_enough_and_none_is_predicted_as_none) {
  const Boosted model = trees::boost(tensor({{1.0, 2.0}}), tensor({3.0}));
  BOOST_TEST(numbers(model.predict(tensor({{9.0, hole}}))) == (Numbers{3}),
             tt::per_element());
  BOOST_TEST(model.predict(zeros({0, 2})).shape() == (Shape{0}));
}

// ---- what is refused --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(data_that_cannot_teach) {
  const Tensor x = zeros({4, 2}), y = zeros({4});
  const auto refused = [&](const std::string& part, const Tensor& features,
                           const Tensor& targets, Loss loss = Loss::squared,
                           const Tensor& weights = {}) {
    const std::string message =
        error_of([&] { trees::boost(features, targets, with(loss), weights); });
    BOOST_TEST(message.find(part) != std::string::npos, message);
  };
  refused("features are (N,F)", y, y);
  refused("targets are (3), but x has 4 rows", x, zeros({3}));
  refused("targets are (4,2), but x has 4 rows", x, x);
  refused("x has no rows", zeros({0, 2}), zeros({0}));
  refused("x has no columns", zeros({4, 0}), y);
  refused("found nan in row 2", x, tensor({0.0, 1.0, hole, 3.0}));
  refused("found inf in row 1", x, tensor({0.0, HUGE_VAL, 2.0, 3.0}));
  refused("Loss::softmax has any number", x, tensor({0, 1, 2, 1}), Loss::logistic);
  refused("found -1", x, tensor({0, 1, -1, 1}), Loss::softmax);
  refused("found 0.5", x, tensor({0.0, 1.0, 0.5, 1.0}), Loss::softmax);
  refused("0 to 999", x, tensor({0, 1, 1000, 1}), Loss::softmax);
  refused("weights are (3)", x, y, Loss::squared, ones({3}));
  refused("found -1", x, y, Loss::squared, tensor({1.0, -1.0, 1.0, 1.0}));
  refused("found nan", x, y, Loss::squared, tensor({1.0, hole, 1.0, 1.0}));
  refused("all weights are 0", x, y, Loss::squared, zeros({4}));
  BOOST_TEST(fails_with("3 names", [&] { Features(x, {"a", "b", "c"}); }));
  BOOST_TEST(fails_with("two features are called 'a'", [&] { Features(x, {"a", "a"}); }));
  BOOST_TEST(fails_with("no such feature", [&] { Features(x, {"a", "b"}, {"c"}); }));
}

BOOST_AUTO_TEST_CASE(options_out_of_range) {
  const Tensor x = arange(8.0).reshape({4, 2}), y = arange(4.0);
  const auto refused = [&](const std::string& part, BoostOptions o) {
    BOOST_TEST(fails_with(part, [&] { trees::boost(x, y, o); }), part);
  };
  refused("rounds is 1 or more; got 0", {.rounds = 0});
  refused("learning_rate is a number above 0; got -0.1", {.learning_rate = -0.1});
  refused("learning_rate", {.learning_rate = hole});
  refused("max_leaves is 2 or more; got 1", {.tree = {.max_leaves = 1}});
  refused("max_depth", {.tree = {.max_depth = -1}});
  refused("min_samples_leaf", {.tree = {.min_samples_leaf = 0}});
  refused("min_hessian", {.tree = {.min_hessian = -1}});
  refused("l2 is 0 or more; got -1", {.tree = {.l2 = -1}});
  refused("min_gain", {.tree = {.min_gain = hole}});
  refused("category_smoothing", {.tree = {.category_smoothing = -1}});
  refused("bins is from 2 to 255; got 256", {.bins = 256});
  refused("row_share", {.row_share = 0});
  refused("column_share", {.column_share = 1.5});
  refused("validation_share", {.validation_share = 1});
  refused("validation_share leaves none of the 4 rows", {.validation_share = 0.99});
  refused("patience", {.patience = 0});
}

BOOST_AUTO_TEST_CASE(questions_to_the_wrong_model) {
  const Sample s(100);
  const Boosted model = trees::boost(s.x, s.y, small());
  BOOST_TEST(fails_with("predicts values", [&] { model.predict_probabilities(s.x); }));
  BOOST_TEST(fails_with("x has 3 columns, the model was trained on 4", [&] {
    model.predict(zeros({2, 3}));
  }));
  BOOST_TEST(
      fails_with("the model has 30 rounds, not 31", [&] { model.predict(s.x, 31); }));
  BOOST_TEST(fails_with("there are 30 rounds of 1 trees", [&] { model.tree(30); }));
  BOOST_TEST(fails_with("targets are (3)", [&] { model.loss(s.x, zeros({3})); }));
  const Boosted classifier = trees::boost(s.x, s.classes, with(Loss::softmax));
  BOOST_TEST(fails_with("0 to 2; found 3", [&] { classifier.loss(s.x, full({100}, 3)); }));
}
