// Optimizers: PyTorch's trajectories, groups, state, messages.
#define BOOST_TEST_MODULE optim
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <nlohmann/json.hpp>

#include "autograd/grad_mode.hpp"
#include "host/registry.hpp"
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
  if (j.is_string()) return optim::Hyper(j.get<std::string>());
  return optim::Hyper(j.get<double>());
}

Tensor leaf(std::initializer_list<double> numbers) {
  return tensor(numbers, f64).requires_grad_();
}

// The two problems of tests/reference/optim.py.
Tensor waves(const Tensor& A, const Tensor& Y, const Tensor& w, const Tensor& b) {
  Tensor miss = A.matmul(w.t()) + b - Y;
  return miss.square().sum() / 20 + sin(w * 3).sum();
}

Tensor valley(const Tensor& w, const Tensor& b) {
  Tensor x = cat({w.flatten(), b}), a = x.slice(0, 0, -1), next = x.slice(0, 1);
  return (1 - a).square().sum() + 10 * (next - a.square()).square().sum();
}

}  // namespace

// Every setting in tests/reference/optim.py: 50 steps on problems with curved valleys.
BOOST_AUTO_TEST_CASE(follows_pytorch_for_fifty_steps) {
  std::map<std::string, std::string> cases;
  auto all = io::read_safetensors(
      std::string(HANDGRAD_SOURCE_DIR) + "/tests/reference/optim.safetensors", &cases);
  BOOST_TEST(cases.size() == 45u);
  for (const auto& [key, text] : cases) {
    auto description = nlohmann::json::parse(text);
    optim::Options options;
    for (auto& [name, value] : description["options"].items()) {
      options.emplace_back(name, from_json(value));
    }
    bool maximize = description["options"].contains("maximize");
    for (DType type : {f64, f32}) {
      Tensor w = all.at("w0").to(type).clone().requires_grad_(),
             b = all.at("b0").to(type).clone().requires_grad_();
      Tensor A = all.at("A").to(type), Y = all.at("Y").to(type);
      auto o = optim::make(description["name"].get<std::string>(), {w, b}, options);
      auto closure = [&] {
        o.zero_grad();
        Tensor loss = description["problem"] == "waves" ? waves(A, Y, w, b) : valley(w, b);
        if (maximize) loss = -loss;
        loss.backward();
        return loss;
      };
      double worst = 0;
      for (int64_t step = 0; step < 50; ++step) {
        o.step(closure);
        no_grad guard;
        Tensor dw = (w.to(f64) - all.at(key + "/w")[step]).abs().max();
        Tensor db = (b.to(f64) - all.at(key + "/b")[step]).abs().max();
        worst = std::max({worst, dw.item(), db.item()});
        // In single precision the paths part in time; the first steps must agree.
        if (type == f32 && step == 4) break;
      }
      BOOST_TEST(worst < (type == f64 ? 1e-9 : 5e-4),
                 key << " in " << name(type) << " goes " << worst << " away from PyTorch");
    }
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
             }) == "sgd: lr is (0.1, 0.2); it must be one number");
  BOOST_TEST(error_of([&] {
               optim::make("sgd", std::vector<Tensor>{w, w});
             }) == "sgd: parameter 1 (1) is given twice; a step would change it twice");
  BOOST_TEST(error_of([&] { optim::make("sgd", std::vector<Tensor>{}); }) ==
             "sgd: there are no parameters to optimize");
  BOOST_TEST(error_of([&] { optim::make("sgd", std::vector<Tensor>{ones({2})}); }) ==
             "sgd: no parameter requires a gradient, so none would ever change\n"
             "  hint: call requires_grad_() on them");
  BOOST_TEST(error_of([&] {
               optim::make("sgd", std::vector<Tensor>{w, w * 2});
             }) ==
             "sgd: parameter 1 (1) is no leaf: it was computed by MulBackward\n"
             "  hint: optimize what it was computed from, or its "
             "detach().requires_grad_()");
  BOOST_TEST(error_of([&] {
               optim::make("sgd", std::vector<Tensor>{w, tensor({1})});
             }) ==
             "sgd: parameter 1 (1) is i64; only floating-point tensors can be optimized");
  BOOST_TEST(fails_with("parameter 1 is an undefined tensor", [&] {
    optim::make("sgd", std::vector<Tensor>{w, Tensor()});
  }));
  BOOST_TEST(fails_with("there is no group 3 among 1",
                        [&] { optim::make("sgd", params).get("lr", 3); }));
}

// What PyTorch refuses is refused when the optimizer is made, and when it is changed.
BOOST_AUTO_TEST_CASE(hyper_parameters_out_of_range) {
  std::vector<Tensor> params{leaf({1})};
  auto refused = [&](const std::string& message, const std::string& optimizer,
                     const std::string& key, const optim::Hyper& value) {
    BOOST_TEST(fails_with(message,
                          [&] {
                            optim::make(optimizer, params, {{key, value}});
                          }),
               optimizer << " takes " << key << " " << value.to_string());
    auto o = optim::make(optimizer, params);
    std::string before = o.to_string();
    BOOST_TEST(fails_with(message, [&] { o.set(key, value); }));
    BOOST_TEST(o.to_string() == before);
  };
  for (const char* name : {"adam", "adamw", "nadam", "yogi"}) {
    refused("betas are (1, 0.9); each must be below 1", name, "betas", {1.0, 0.9});
    refused("betas is (0.9, -0.1); it must be at least 0", name, "betas", {0.9, -0.1});
    refused("betas is (0.9); it must be a list of 2 numbers", name, "betas", {0.9});
    refused("betas is 0.9; it must be a list of numbers", name, "betas", 0.9);
  }
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta",
                           "nadam", "yogi", "lbfgs"}) {
    refused("lr is -0.1; it must be at least 0", name, "lr", -0.1);
    refused("lr is nan; it must be at least 0", name, "lr", std::nan(""));
    refused("maximize is 2; it must be true or false", name, "maximize", 2);
    if (std::string(name) == "lbfgs") continue;
    refused("weight_decay is -1; it must be at least 0", name, "weight_decay", -1);
    if (std::string(name) == "sgd") continue;
    refused("eps is -1; it must be at least 0", name, "eps", -1);
  }
  refused("nesterov needs a momentum above 0", "sgd", "nesterov", true);
  refused("rho is 1.5; it must be at most 1", "adadelta", "rho", 1.5);
  refused("lr_decay is -1", "adagrad", "lr_decay", -1);
  refused("initial_accumulator_value is -1", "adagrad", "initial_accumulator_value", -1);
  refused("momentum_decay is -1", "nadam", "momentum_decay", -1);
  refused("line_search_fn is wolfe; it must be one of none|strong_wolfe", "lbfgs",
          "line_search_fn", "wolfe");
  refused("max_iter is 0; it must be at least 1", "lbfgs", "max_iter", 0);
  refused("history_size is 2.5; it must be one whole number", "lbfgs", "history_size", 2.5);
  refused("max_iter is none", "lbfgs", "max_iter", std::nullopt);
}

BOOST_AUTO_TEST_CASE(hyper_parameters_as_words_and_lists) {
  auto adam = optim::make("adam", std::vector<Tensor>{leaf({1})}, {{"betas", {0.5, 0.75}}});
  BOOST_TEST(*adam.get("betas").list() == (Numbers{0.5, 0.75}), per_element());
  auto lbfgs = optim::make("lbfgs", std::vector<Tensor>{leaf({1})});
  BOOST_TEST(!lbfgs.get("max_eval").given());
  lbfgs.set("max_eval", 7);
  lbfgs.set("line_search_fn", "strong_wolfe");
  BOOST_TEST(lbfgs.to_string() ==
             "optim.lbfgs (lr 1, max_iter 20, max_eval 7, tolerance_grad 1e-07, "
             "tolerance_change 1e-09, history_size 100, line_search_fn strong_wolfe, "
             "maximize false)");
}

// ---- what a parameter may be -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_kind_of_parameter) {
  for (const char* name : {"sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta",
                           "nadam", "yogi", "lbfgs"}) {
    for (DType type : {f32, f64}) {
      Tensor scalar = tensor(2.0, type).requires_grad_();
      Tensor empty = zeros({3, 0, 2}, type).requires_grad_();
      Tensor frozen = ones({2}, type), unused = ones({2}, type).requires_grad_();
      Tensor large = full({300, 301}, 1, type).requires_grad_();
      auto o = optim::make(name, {scalar, empty, frozen, unused, large}, {{"lr", 0.1}});
      auto closure = [&] {
        o.zero_grad();
        Tensor loss = (scalar * scalar).sum() + empty.sum() + large.square().sum() / 2;
        loss.backward();
        return loss;
      };
      double first = o.step(closure), second = o.step(closure);
      BOOST_TEST(first == 4 + 300 * 301 / 2.0);
      BOOST_TEST(second < first, name);
      BOOST_TEST(empty.shape() == Shape({3, 0, 2}));
      BOOST_TEST(numbers(frozen) == (Numbers{1, 1}), per_element());
      BOOST_TEST(numbers(unused) == (Numbers{1, 1}), per_element());
      BOOST_TEST((large == large[0][0].detach()).all().item() == 1.0);
      BOOST_TEST(large[0][0].item() < 1.0);
    }
  }
  // One group may hold both types, but for lbfgs, whose parameters are one vector.
  std::vector<Tensor> mixed{leaf({1}), ones({2}).requires_grad_()};
  for (const Tensor& p : mixed) p.set_grad(ones_like(p));
  optim::make("adam", mixed).step();
  auto lbfgs = optim::make("lbfgs", mixed);
  BOOST_TEST(fails_with("parameter 0 is f64, parameter 1 is f32; all are one vector here",
                        [&] { lbfgs.step([&] { return mixed[0].sum(); }); }));
}

BOOST_AUTO_TEST_CASE(a_parameter_that_is_not_contiguous) {
  Tensor p = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}, f64).t().requires_grad_();
  auto adagrad = optim::make("adagrad", std::vector<Tensor>{p}, {{"lr", 1.0}});
  p.set_grad(tensor({{1.0, 0.0}, {0.0, 0.0}, {0.0, -2.0}}, f64));
  adagrad.step();  // Adagrad's first step has the size lr wherever there is a gradient
  BOOST_TEST(numbers(p) == (Numbers{0, 4, 2, 5, 3, 7}), boost::test_tools::tolerance(1e-9)
                                                            << per_element());
}

BOOST_AUTO_TEST_CASE(a_group_that_joins_later) {
  Tensor a = leaf({1}), b = leaf({1});
  auto sgd = optim::make("sgd", std::vector<Tensor>{a}, {{"lr", 0.5}, {"momentum", 0.5}});
  a.set_grad(ones({1}, f64));
  sgd.step();
  sgd.add_group({{b}, {{"lr", 0.25}}});
  b.set_grad(ones({1}, f64));
  sgd.step();
  BOOST_TEST(a.item() == 1 - 0.5 - 0.5 * 1.5);
  BOOST_TEST(b.item() == 0.75);
  BOOST_TEST(sgd.steps(a) == 2u);
  BOOST_TEST(sgd.steps(b) == 1u);
  BOOST_TEST(sgd.get("momentum", 1).number() == 0.5);
  BOOST_TEST(fails_with("is given twice", [&] { sgd.add_group({{a}, {}}); }));
  auto lbfgs = optim::make("lbfgs", std::vector<Tensor>{a});
  BOOST_TEST(fails_with("takes a single group", [&] { lbfgs.add_group({{b}, {}}); }));
}

// ---- closures ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lbfgs_asks_for_the_loss) {
  Tensor w = leaf({3, -1});
  auto lbfgs = optim::make("lbfgs", std::vector<Tensor>{w},
                           {{"line_search_fn", "strong_wolfe"}, {"history_size", 2}});
  BOOST_TEST(fails_with("step() needs a closure", [&] { lbfgs.step(); }));
  int calls = 0;
  auto closure = [&] {
    ++calls;
    lbfgs.zero_grad();
    Tensor loss = (w - 5).square().sum() + w[0] * w[1];
    loss.backward();
    return loss;
  };
  BOOST_TEST(lbfgs.step(closure) == 4 + 36 - 3.0);  // the loss at the start
  // The minimum: 2(x-5) + y = 0, 2(y-5) + x = 0, so x = y = 10/3.
  BOOST_TEST(numbers(w) == (Numbers{10 / 3.0, 10 / 3.0}), boost::test_tools::tolerance(1e-6)
                                                              << per_element());
  BOOST_TEST(lbfgs.state(w, "func_evals").item() == calls);
  BOOST_TEST(lbfgs.state(w, "old_dirs").shape() == Shape({2, 2}));
  BOOST_TEST(fails_with("history_size is the size of its memory, which has begun to fill",
                        [&] { lbfgs.set("history_size", 5); }));
}

BOOST_AUTO_TEST_CASE(what_a_closure_throws_comes_out) {
  struct Stop {};
  Tensor w = leaf({3});
  auto lbfgs = optim::make("lbfgs", std::vector<Tensor>{w});
  BOOST_CHECK_THROW(lbfgs.step([&]() -> Tensor { throw Stop(); }), Stop);
  BOOST_TEST(fails_with("item", [&] { lbfgs.step([&] { return ones({2}); }); }));
}

BOOST_AUTO_TEST_CASE(printing) {
  auto sgd = optim::make("sgd", std::vector<Tensor>{leaf({1})}, {{"lr", 0.1}});
  BOOST_TEST(sgd.to_string() ==
             "optim.sgd (lr 0.1, momentum 0, dampening 0, weight_decay 0, "
             "nesterov false, maximize false)");
}

// The update operators are the plugin's own, so they have no kernels but the plugin's.
BOOST_AUTO_TEST_CASE(steps_without_the_fast_kernels) {
  Registry::get().set_reference_only(true);
  Tensor w = tensor({1.0, 2.0}).requires_grad_();
  w.set_grad(tensor({1.0, -1.0}));
  optim::make("sgd", {w}, {{"lr", 0.5}}).step();
  Registry::get().set_reference_only(false);
  BOOST_TEST(w.detach().equal(tensor({0.5, 2.5})));
}
