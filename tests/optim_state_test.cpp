// Putting an optimizer's state aside and taking it up again.
#define BOOST_TEST_MODULE optim_state
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "ops/functions.hpp"
#include "optim/optimizer.hpp"
#include "support/check.hpp"
#include "tensor/create.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

// Every optimizer, by default and with all of its state in use.
const std::vector<std::pair<std::string, optim::Options>> all_optimizers = {
    {"sgd", {}},
    {"sgd", {{"momentum", 0.9}, {"dampening", 0.1}}},
    {"adam", {}},
    {"adam", {{"betas", {0.5, 0.9}}, {"amsgrad", true}, {"weight_decay", 0.1}}},
    {"adamw", {}},
    {"adamw", {{"amsgrad", true}}},
    {"rmsprop", {}},
    {"rmsprop", {{"momentum", 0.5}, {"centered", true}}},
    {"adagrad", {}},
    {"adagrad", {{"lr_decay", 0.1}, {"initial_accumulator_value", 0.3}}},
    {"adadelta", {}},
    {"nadam", {}},
    {"nadam", {{"momentum_decay", 0.5}}},
    {"yogi", {}},
    {"lbfgs", {{"lr", 0.1}, {"max_iter", 3}, {"history_size", 4}}},
    {"lbfgs", {{"line_search_fn", "strong_wolfe"}, {"max_iter", 1}, {"max_eval", 4}}},
};

// A small training run: a curved valley in f32, with one parameter in a second group.
struct Run {
  Tensor w, b, late;
  optim::Optimizer o;

  Run(const std::string& name, const optim::Options& options)
      : w(tensor({{0.5, -1.0, 2.0}, {1.5, 0.3, -0.7}}, f32).requires_grad_()),
        b(tensor({0.1, -0.2}, f32).requires_grad_()),
        late(tensor({1.0}, f32).requires_grad_()),
        o(make(name, options)) {}

  optim::Optimizer make(const std::string& name, const optim::Options& options) {
    if (name == "lbfgs") return optim::make(name, {w, b, late}, options);
    return optim::make(name, {{{w, late}, {}}, {{b}, {{"lr", 0.3}}}}, options);
  }
  void go(int from, int to) {
    for (int step = from; step < to; ++step) {
      o.step([&] {
        o.zero_grad();
        Tensor loss =
            (w.sum(1) + b - 1).square().sum() + sin(w * 2).sum() + w.square().sum();
        if (step >= 2) loss = loss + late.square().sum();  // no gradient before
        loss.backward();
        return loss;
      });
      if (step == 3) o.set("lr", 0.05, 0);
    }
  }
  std::vector<Numbers> state() const {
    std::vector<Numbers> all{numbers(w), numbers(b), numbers(late)};
    for (const auto& [name, t] : o.state_dict().tensors) all.push_back(numbers(t));
    return all;
  }
};

using State = optim::OptimizerState;

std::string* number(State& s, const std::string& name) {
  for (auto& [key, text] : s.numbers) {
    if (key == name) return &text;
  }
  return nullptr;
}

}  // namespace

// 10 steps are the same as some steps, a new program, and the rest: bit for bit.
BOOST_AUTO_TEST_CASE(going_on_is_exact) {
  for (const auto& [name, options] : all_optimizers) {
    Run straight(name, options);
    straight.go(0, 10);
    for (int stop : {0, 1, 2, 3, 5, 9}) {
      Run first(name, options);
      first.go(0, stop);
      State kept = first.o.state_dict();
      Tensor w = first.w.clone(), b = first.b.clone(), late = first.late.clone();
      first.go(stop, 10);  // what was kept must not notice

      Run second(name, {});
      second.go(0, 2);  // its own state must be gone without a trace
      {
        no_grad guard;
        second.w.copy_(w);
        second.b.copy_(b);
        second.late.copy_(late);
      }
      second.o.load_state_dict(kept);
      second.go(stop, 10);
      BOOST_TEST((second.state() == straight.state()),
                 name << " resumed after " << stop << ": " << second.o.to_string());
      BOOST_TEST(second.o.to_string() == straight.o.to_string());
      BOOST_TEST(second.o.steps(second.w) == straight.o.steps(straight.w));
      BOOST_TEST(second.o.steps(second.late) == straight.o.steps(straight.late));
    }
  }
}

// The names and texts are what files hold: they must stay.
BOOST_AUTO_TEST_CASE(what_a_state_looks_like) {
  Tensor w = tensor({1.0, 2.0}, f64).requires_grad_();
  Tensor b = tensor({3.0}, f32).requires_grad_();
  auto o = optim::make("nadam", {{{w}, {}}, {{b}, {{"betas", {0.1, 1 / 3.0}}}}});
  w.set_grad(ones({2}, f64));
  o.step();
  auto state = o.state_dict();
  std::vector<std::string> tensors, numbers;
  for (const auto& [name, t] : state.tensors) {
    tensors.push_back(name + " " + t.shape().to_string() + " " + hg::name(t.dtype()));
  }
  for (const auto& [name, text] : state.numbers) numbers.push_back(name + " = " + text);
  BOOST_TEST(
      tensors == (std::vector<std::string>{"0.exp_avg (2) f64", "0.exp_avg_sq (2) f64",
                                           "0.mu_product () f64"}),
      per_element());
  BOOST_TEST(
      numbers == (std::vector<std::string>{"optimizer = optim.nadam",
                                           "groups = 2",
                                           "group.0.params = 1",
                                           "group.0.lr = 0.002",
                                           "group.0.betas = (0.9, 0.999)",
                                           "group.0.eps = 1e-08",
                                           "group.0.weight_decay = 0",
                                           "group.0.momentum_decay = 0.004",
                                           "group.0.decoupled_weight_decay = false",
                                           "group.0.maximize = false",
                                           "group.0.initial_lr = none",
                                           "0.shape = (2)",
                                           "0.steps = 1",
                                           "group.1.params = 1",
                                           "group.1.lr = 0.002",
                                           "group.1.betas = (0.1, 0.3333333333333333)",
                                           "group.1.eps = 1e-08",
                                           "group.1.weight_decay = 0",
                                           "group.1.momentum_decay = 0.004",
                                           "group.1.decoupled_weight_decay = false",
                                           "group.1.maximize = false",
                                           "group.1.initial_lr = none",
                                           "1.shape = (1)",
                                           "1.steps = 0"}),
      per_element());
}

BOOST_AUTO_TEST_CASE(a_state_that_does_not_fit_changes_nothing) {
  auto leaf = [](const Shape& shape) { return ones(shape).requires_grad_(); };
  auto stepped = [](optim::Optimizer o) {
    for (size_t g = 0; g < o.group_count(); ++g) {
      for (const Tensor& p : o.params(g)) p.set_grad(ones_like(p));
    }
    o.step();
    return o;
  };
  auto mine = stepped(optim::make("adam", {leaf({2, 3}), leaf({3})}));
  auto kept = mine.state_dict();
  auto refused = [&](const State& other) {
    std::string message = error_of([&] { mine.load_state_dict(other); });
    auto after = mine.state_dict();
    BOOST_TEST((after.numbers == kept.numbers));
    for (size_t i = 0; i < kept.tensors.size(); ++i) {
      BOOST_TEST(numbers(after.tensors[i].second) == numbers(kept.tensors[i].second),
                 per_element());
    }
    std::string head = "load_state_dict: the state does not fit adam:";
    BOOST_TEST(message.starts_with(head));
    return message.substr(std::min(head.size(), message.size()));
  };
  BOOST_TEST(
      refused(stepped(optim::make("adamw", {leaf({2, 3}), leaf({3})})).state_dict()) ==
      "\n  optimizer is optim.adamw in the state, optim.adam here");
  BOOST_TEST(refused(stepped(optim::make("adam", {{{leaf({2, 3})}, {}}, {{leaf({3})}, {}}}))
                         .state_dict()) == "\n  groups is 2 in the state, 1 here");
  BOOST_TEST(
      refused(stepped(optim::make("adam", {leaf({2, 3}), leaf({4})})).state_dict()) ==
      "\n  1.shape is (4) in the state, (3) here"
      "\n  tensor 1.exp_avg is (4) f32 in the state, (3) f32 here"
      "\n  tensor 1.exp_avg_sq is (4) f32 in the state, (3) f32 here");
  BOOST_TEST(refused(stepped(optim::make("adam", {leaf({2, 3})})).state_dict()) ==
             "\n  group.0.params is 1 in the state, 2 here"
             "\n  1.shape is missing\n  1.steps is missing");
  auto wide = optim::make("adam", {ones({2, 3}, f64).requires_grad_(), leaf({3})});
  BOOST_TEST(refused(stepped(std::move(wide)).state_dict()) ==
             "\n  tensor 0.exp_avg is (2,3) f64 in the state, (2,3) f32 here"
             "\n  tensor 0.exp_avg_sq is (2,3) f64 in the state, (2,3) f32 here");

  // Damage, as a file may have it.
  auto with = [&](const std::string& name, const std::string& text) {
    State s = kept;
    *number(s, name) = text;
    return s;
  };
  BOOST_TEST(refused(with("group.0.lr", "fast")) ==
             "\n  group.0: adam: lr cannot be 'fast'");
  BOOST_TEST(refused(with("group.0.lr", "-1")) ==
             "\n  group.0: adam: lr is -1; it must be at least 0");
  BOOST_TEST(refused(with("group.0.betas", "(0.9, )")) ==
             "\n  group.0: adam: betas cannot be '(0.9, )'");
  BOOST_TEST(refused(with("group.0.betas", "(0.9, 1)")).find("each must be below 1") !=
             std::string::npos);
  BOOST_TEST(refused(with("group.0.amsgrad", "yes")) ==
             "\n  group.0: adam: amsgrad cannot be 'yes'");
  BOOST_TEST(refused(with("group.0.initial_lr", "")) ==
             "\n  group.0.initial_lr is '', not a number");
  for (const char* steps : {"-1", "1.5", "99999999999999999999", "", " 1"}) {
    BOOST_TEST(refused(with("0.steps", steps)) ==
               "\n  0.steps is '" + std::string(steps) +
                   "', not a whole number that may stand there");
  }
  State more = kept, less = kept, twice = kept, bare = kept;
  more.tensors.emplace_back("2.exp_avg", ones({1}));
  more.numbers.emplace_back("moon", "full");
  BOOST_TEST(refused(more) ==
             "\n  tensor 2.exp_avg is not known here\n  moon is not known here");
  less.tensors.erase(less.tensors.begin());
  less.numbers.pop_back();
  BOOST_TEST(refused(less) == "\n  tensor 0.exp_avg is missing\n  1.steps is missing");
  twice.tensors.push_back(twice.tensors[0]);
  twice.numbers.push_back(twice.numbers[0]);
  BOOST_TEST(refused(twice) ==
             "\n  optimizer stands there twice"
             "\n  there are two tensors 0.exp_avg");
  bare.tensors[1].second = Tensor();
  BOOST_TEST(refused(bare) ==
             "\n  tensor 0.exp_avg_sq is undefined in the state, (2,3) f32 here");
  mine.load_state_dict(kept);
}

// Numbers as text come back bit for bit, or not at all.
BOOST_AUTO_TEST_CASE(numbers_as_text) {
  for (double x :
       {0.1, 1 / 3.0, 1e-300, 5e-324, -0.0, 1.7976931348623157e308, 12345678.0}) {
    double back = 7;
    BOOST_TEST(optim::read_number(optim::number_text(x), back));
    BOOST_TEST(back == x);
    BOOST_TEST(std::signbit(back) == std::signbit(x));
  }
  double x = 7;
  int64_t i = 7;
  std::vector<double> list{7};
  for (const char* text : {"", "1 ", "0x1p3", "1,5", "one", "--1", "1e999"}) {
    BOOST_TEST(!optim::read_number(text, x), text);
    BOOST_TEST(!optim::read_number(text, i), text);
  }
  for (const char* text :
       {"", "(", ")", "1, 2", "(1, )", "(, 1)", "(1,2)", "(1  2)", "(1"}) {
    BOOST_TEST(!optim::read_list(text, list), text);
  }
  BOOST_TEST(x == 7.0);
  BOOST_TEST(i == 7);
  BOOST_TEST(list == Numbers{7}, per_element());
  BOOST_TEST(optim::read_list("()", list));
  BOOST_TEST(list.empty());
  BOOST_TEST(optim::read_list("(1, -2.5, inf)", list));
  BOOST_TEST(list == (Numbers{1, -2.5, HUGE_VAL}), per_element());
  BOOST_TEST(optim::list_text(list) == "(1, -2.5, inf)");
}
