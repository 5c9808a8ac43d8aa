// Optimizers: PyTorch's trajectories, groups, state, messages.
#define BOOST_TEST_MODULE optim
#include <boost/test/unit_test.hpp>

#include <nlohmann/json.hpp>

#include "autograd/grad_mode.hpp"
#include "io/safetensors.hpp"
#include "ops/functions.hpp"
#include "optim/optimizer.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

optim::Hyper from_json(const nlohmann::json& j) {
  if (j.is_array()) return optim::Hyper(j.get<std::vector<double>>());
  if (j.is_boolean()) return optim::Hyper(j.get<bool>());
  return optim::Hyper(j.get<double>());
}

Tensor leaf(std::initializer_list<double> numbers) {
  return tensor(numbers, f64).requires_grad_();
}

}  // namespace

// Every setting in tests/reference/optim.py: 50 steps on a problem with curved valleys.
BOOST_AUTO_TEST_CASE(follows_pytorch_for_fifty_steps) {
  std::map<std::string, std::string> cases;
  auto all = io::read_safetensors(
      std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/optim.safetensors", &cases);
  BOOST_TEST(cases.size() >= 6u);
  for (const auto& [key, text] : cases) {
    auto description = nlohmann::json::parse(text);
    optim::Options options;
    for (auto& [name, value] : description["options"].items()) {
      options.emplace_back(name, from_json(value));
    }
    Tensor w = all.at("w0").clone().requires_grad_(),
           b = all.at("b0").clone().requires_grad_();
    auto optimizer = optim::make(description["name"].get<std::string>(), {w, b}, options);
    double worst = 0;
    for (int64_t step = 0; step < 50; ++step) {
      optimizer.zero_grad();
      Tensor miss = all.at("A").matmul(w.t()) + b - all.at("Y");
      Tensor loss = miss.square().sum() / 20 + sin(w * 3).sum();
      loss.backward();
      optimizer.step();
      no_grad guard;
      Tensor dw = (w - all.at(key + "/w")[step]).abs().max();
      Tensor db = (b - all.at(key + "/b")[step]).abs().max();
      worst = std::max({worst, dw.item(), db.item()});
    }
    BOOST_TEST(worst < 1e-9, key << " ends " << worst << " away from PyTorch");
  }
}

BOOST_AUTO_TEST_CASE(momentum_by_hand) {
  // p = 1, g = 2 always, lr 0.1, momentum 0.5: b = 2, 3, 3.5; p = 0.8, 0.5, 0.15
  Tensor p = leaf({1});
  auto sgd = optim::make("sgd", std::vector<Tensor>{p}, {{"lr", 0.1}, {"momentum", 0.5}});
  std::vector<double> path;
  for (int step = 0; step < 3; ++step) {
    p.set_grad(tensor({2.0}, f64));
    sgd.step();
    path.push_back(p.item());
  }
  BOOST_TEST(path == (Numbers{0.8, 0.5, 0.15}), boost::test_tools::tolerance(1e-12)
                                                    << per_element());
  BOOST_TEST(sgd.state(p, "momentum_buffer").item() == 3.5);
  BOOST_TEST(sgd.steps(p) == 3u);
}

BOOST_AUTO_TEST_CASE(groups_have_their_own_settings) {
  Tensor w = leaf({1, 1}), b = leaf({1});
  auto sgd = optim::make("sgd", {{{w}, {{"weight_decay", 1.0}}}, {{b}, {}}}, {{"lr", 0.5}});
  w.set_grad(zeros({2}, f64));
  b.set_grad(zeros({1}, f64));
  sgd.step();
  BOOST_TEST(numbers(w) == (Numbers{0.5, 0.5}), per_element());
  BOOST_TEST(b.item() == 1.0);
  sgd.set("lr", 0.25);
  BOOST_TEST(sgd.lr(0) == 0.25);
  BOOST_TEST(sgd.lr(1) == 0.25);
  sgd.set("lr", 1.0, 1);
  BOOST_TEST(sgd.lr(0) == 0.25);
  BOOST_TEST(sgd.lr(1) == 1.0);
}

BOOST_AUTO_TEST_CASE(parameters_without_a_gradient_stay) {
  Tensor a = leaf({1}), b = leaf({2});
  auto sgd = optim::make("sgd", std::vector<Tensor>{a, b}, {{"lr", 1.0}});
  a.set_grad(ones({1}, f64));
  sgd.step();
  BOOST_TEST(a.item() == 0.0);
  BOOST_TEST(b.item() == 2.0);
  sgd.zero_grad();
  BOOST_TEST(!a.grad().defined());
}

// A step changes memory in place, so a graph that still needs the old value must notice.
BOOST_AUTO_TEST_CASE(a_step_makes_older_graphs_stale) {
  Tensor w = leaf({2});
  Tensor loss = (w * w).sum();
  auto sgd = optim::make("sgd", std::vector<Tensor>{w}, {{"lr", 0.1}});
  w.set_grad(ones({1}, f64));
  sgd.step();
  BOOST_TEST(fails_with("MulBackward needs its input 0 (1)", [&] { loss.backward(); }));
}

BOOST_AUTO_TEST_CASE(a_closure_is_called_once) {
  Tensor w = leaf({3});
  auto sgd = optim::make("sgd", std::vector<Tensor>{w}, {{"lr", 0.1}});
  int calls = 0;
  double loss = sgd.step([&] {
    ++calls;
    sgd.zero_grad();
    Tensor l = w.square().sum();
    l.backward();
    return l;
  });
  BOOST_TEST(calls == 1);
  BOOST_TEST(loss == 9.0);
  BOOST_TEST(w.item() == 3 - 0.1 * 6, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  Tensor w = leaf({1});
  std::vector<Tensor> params{w};
  BOOST_TEST(
      error_of([&] {
        optim::make("sdg", params);
      }).starts_with("optim::make: there is no optimizer 'sdg'\n  hint: there are: "));
  BOOST_TEST(
      error_of([&] {
        optim::make("sgd", params, {{"learning_rate", 0.1}});
      }) ==
      "sgd: there is no hyper-parameter 'learning_rate'\n  hint: it has lr, momentum, "
      "dampening, weight_decay, nesterov, maximize");
  BOOST_TEST(error_of([&] {
               optim::make("sgd", params, {{"lr", -1.0}});
             }) == "sgd: lr is -1; it must be at least 0");
  BOOST_TEST(error_of([&] {
               optim::make("sgd", params, {{"lr", {0.1, 0.2}}});
             }) == "sgd: lr is one number, not a list");
  BOOST_TEST(error_of([&] {
               optim::make("sgd", std::vector<Tensor>{w, w});
             }) == "sgd: a parameter (1) is given twice");
  BOOST_TEST(error_of([&] { optim::make("sgd", std::vector<Tensor>{}); }) ==
             "sgd: there are no parameters to optimize");
  BOOST_TEST(fails_with("must be a leaf that requires a gradient",
                        [&] { optim::make("sgd", std::vector<Tensor>{ones({2})}); }));
  BOOST_TEST(fails_with("there is no group 3 among 1",
                        [&] { optim::make("sgd", params).get("lr", 3); }));
  auto sgd = optim::make("sgd", params, {{"lr", 0.1}, {"nesterov", true}});
  w.set_grad(ones({1}, f64));
  BOOST_TEST(fails_with("nesterov needs a momentum above 0", [&] { sgd.step(); }));
  BOOST_TEST(w.item() == 1.0);
}

BOOST_AUTO_TEST_CASE(printing) {
  auto sgd = optim::make("sgd", std::vector<Tensor>{leaf({1})}, {{"lr", 0.1}});
  BOOST_TEST(sgd.to_string() ==
             "optim.sgd (lr 0.1, momentum 0, dampening 0, weight_decay 0, "
             "nesterov false, maximize false)");
}
