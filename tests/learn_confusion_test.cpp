// The confusion matrix, and the spread of weights and gradients.
#define BOOST_TEST_MODULE learn_confusion
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "data/loader.hpp"
#include "learn/confusion.hpp"
#include "learn/gnuplot.hpp"
#include "learn/histograms.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Six examples: of class a (0) two are right, one is taken for b; of b (1) one is right,
// one is taken for a and one for c; there is none of c (2).
ConfusionMatrix sample() {
  ConfusionMatrix m({"a", "b", "c"});
  m.add(tensor({0, 1, 0, 1, 0, 2}), tensor({0, 0, 0, 1, 1, 1}));
  return m;
}

}  // namespace

BOOST_AUTO_TEST_CASE(counts_and_shares) {
  const ConfusionMatrix m = sample();
  BOOST_TEST(numbers(m.counts()) == (Numbers{2, 1, 0, 1, 1, 1, 0, 0, 0}), per_element());
  BOOST_TEST(m.total() == 6);
  BOOST_TEST(m.count(1, 2) == 1);
  BOOST_TEST(m.accuracy() == 3.0 / 6);
  BOOST_TEST(m.recall(0) == 2.0 / 3);
  BOOST_TEST(m.recall(1) == 1.0 / 3);
  BOOST_TEST(std::isnan(m.recall(2)));  // none of them was there
  BOOST_TEST(m.precision(0) == 2.0 / 3);
  BOOST_TEST(m.precision(1) == 1.0 / 2);
  BOOST_TEST(m.precision(2) == 0);
  BOOST_TEST(m.f1(1) == 2 * (0.5 / 3) / (0.5 + 1.0 / 3), boost::test_tools::tolerance(1e-12));
  BOOST_TEST(m.f1(2) == 0);
  BOOST_TEST(numbers(m.normalised().sum(1)) == (Numbers{1, 1, 0}), per_element());
  BOOST_TEST(numbers(m.normalised()[0])[1] == 1.0 / 3);
}

BOOST_AUTO_TEST_CASE(scores_choose_the_largest) {
  Tensor scores = tensor({{0.1, 0.7, 0.2}, {5.0, 1.0, 2.0}, {0.0, 0.0, 1.0}});
  Tensor truth = tensor({1, 2, 2});
  BOOST_TEST(count_correct(scores, truth) == 2);
  BOOST_TEST(count_correct(tensor({1, 2, 0}), truth) == 2);
  ConfusionMatrix m(3);
  m.add(scores, truth);
  m.add(scores.requires_grad_(), truth);
  BOOST_TEST(numbers(m.counts()) == (Numbers{0, 0, 0, 0, 2, 0, 2, 0, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(the_accuracy_of_a_network) {
  // Hands on its input as scores in evaluation mode, and their opposite in training.
  struct Handing : nn::Module {
    bool recorded = false;
    Tensor forward(const Tensor& x) override {
      recorded |= grad_enabled();
      return training() ? -x : x;
    }
  } net;
  const Tensor scores = one_hot(tensor({0, 1, 2, 2, 1}), 3).to(f32);  // (5,3)
  data::DataLoader loader(data::TensorDataset({scores, tensor({0, 1, 2, 1, 1})}),
                          {.batch_size = 2});
  BOOST_TEST(evaluate_accuracy(net, loader) == 4.0 / 5);
  BOOST_TEST(!net.recorded);
  BOOST_TEST(net.training());
  net.eval();
  BOOST_TEST(evaluate_accuracy(net, loader) == 4.0 / 5);
  BOOST_TEST(!net.training());
  data::DataLoader none(data::TensorDataset({zeros({0, 3}), zeros({0}, i64)}), {});
  BOOST_TEST(std::isnan(evaluate_accuracy(net, none)));
}

BOOST_AUTO_TEST_CASE(tables) {
  const ConfusionMatrix m = sample();
  BOOST_TEST(m.text() ==
             "truth  predicted\n"
             "          a     b     c\n"
             "a         2     1     0\n"
             "b         1     1     1\n"
             "c         0     0     0\n");
  BOOST_TEST(has(m.text(true), "a      66.7  33.3   0.0\n"));
  BOOST_TEST(has(m.text(true), "c         -     -     -\n"));
  BOOST_TEST(has(m.report(), "b              50.0     33.3     40.0         3\n"));
  BOOST_TEST(has(m.report(), "c               0.0        -      0.0         0\n"));
  BOOST_TEST(has(m.report(), "accuracy                50.0                  6\n"));
}

BOOST_AUTO_TEST_CASE(a_heat_map) {
  const Figure figure = sample().figure();
  const PlotLayer& layer = figure.axes().layers().at(0);
  BOOST_TEST((layer.kind == PlotLayer::Kind::heatmap));
  BOOST_TEST(layer.z.at(1) == 1.0 / 3);
  BOOST_TEST(sample().figure(false).axes().layers().at(0).z.at(0) == 2);
  BOOST_TEST(figure.axes().x().names == (std::vector<std::string>{"a", "b", "c"}));
  BOOST_TEST(has(figure.text(), "predicted"));
}

BOOST_AUTO_TEST_CASE(misuse) {
  ConfusionMatrix m(2);
  BOOST_TEST(fails_with("the truth is class 2; there are 2",
                        [&] { m.add(tensor({0, 1}), tensor({0, 2})); }));
  BOOST_TEST(fails_with("a prediction is class -1",
                        [&] { m.add(tensor({0, -1}), tensor({0, 1})); }));
  BOOST_TEST(m.total() == 0);  // an error counts nothing
  BOOST_TEST(fails_with("scores are (2,2), the truth is (3)",
                        [&] { m.add(rand({2, 2}), tensor({0, 1, 1})); }));
  BOOST_TEST(fails_with("0 classes", [] { ConfusionMatrix none(0); }));
  BOOST_TEST(fails_with("class 5", [&] { m.recall(5); }));
}

// ---- weights and gradients --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_spread_of_numbers) {
  const double inf = HUGE_VAL;
  const Spread s = spread_of(tensor({1.0, 3.0, 0.0, std::nan(""), inf, -inf, 4.0}));
  BOOST_TEST(s.count == 7);
  BOOST_TEST(s.zeros == 1);
  BOOST_TEST(s.nans == 1);
  BOOST_TEST(s.infinities == 2);
  BOOST_TEST(s.low == 0);
  BOOST_TEST(s.high == 4);
  BOOST_TEST(s.mean == 2);
  BOOST_TEST(s.deviation == std::sqrt((1 + 1 + 4 + 4) / 4.0));
  BOOST_TEST(std::isnan(spread_of(tensor({inf})).mean));
  BOOST_TEST(spread_of(full({1000}, 1e8) + 1e-3).deviation < 1);
}

BOOST_AUTO_TEST_CASE(histograms_of_a_module) {
  nn::Sequential net(nn::make<nn::Linear>(6, 4), nn::make<nn::Linear>(4, 2));
  Figure figure = histograms(net, {.bins = 8});
  BOOST_TEST(figure.nrows() == 4);
  BOOST_TEST(figure.ncols() == 2);
  BOOST_TEST(figure.axes(0, 0).title() == "0.weight (4,6)");
  BOOST_TEST(figure.axes(0, 1).title() == "no gradient");
  net(rand({3, 6})).sum().backward();
  Tensor gradient = net.at<nn::Linear>(0).weight.grad();
  gradient[{0, 0}] = std::nan("");
  figure = histograms(net, {.bins = 8});
  const PlotLayer& bars = figure.axes(0, 0).layers().at(0);
  BOOST_TEST(bars.y.size() == 8u);
  double sum = 0;
  for (double n : bars.y) sum += n;
  BOOST_TEST(sum == 24);  // every weight is in one of the bins
  BOOST_TEST(figure.axes(0, 1).title() == "its gradient, 1 nan");
  BOOST_TEST(histograms(net, {.gradients = false}).ncols() == 1);

  const std::string table = spread_table(net);
  BOOST_TEST(std::count(table.begin(), table.end(), '\n') == 1 + 4 * 2);
  BOOST_TEST(has(table, "\n0.weight "));
  BOOST_TEST(has(table, "  gradient "));
}

BOOST_AUTO_TEST_CASE(pictures) {
  if (!learn::run_gnuplot("")) return;
  const hg::test::Folder folder;
  nn::Sequential net(nn::make<nn::Linear>(6, 4));
  for (const char* end : {".svg", ".png"}) {
    const std::string confusion = folder / (std::string("confusion") + end);
    BOOST_TEST(sample().figure().save(confusion));
    BOOST_TEST(histograms(net).save(folder / (std::string("histograms") + end)));
    BOOST_TEST(std::filesystem::file_size(confusion) > 1000u);
  }
}
