// Schedules of the learning rate and clipping: PyTorch's numbers, states, messages.
#define BOOST_TEST_MODULE optim_schedules
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "optim/clip.hpp"
#include "optim/schedulers.hpp"
#include "support/check.hpp"
#include "tensor/create.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Infinities and what is no number are text in JSON.
double number(const nlohmann::json& j) {
  return j.is_string() ? std::stod(j.get<std::string>()) : j.get<double>();
}

Numbers list(const nlohmann::json& j) {
  Numbers all;
  for (const auto& x : j) {
    if (!x.is_array()) {
      all.push_back(number(x));
      continue;
    }
    for (double y : list(x)) all.push_back(y);
  }
  return all;
}

Tensor leaf(std::initializer_list<double> numbers) {
  return tensor(numbers, f64).requires_grad_();
}

optim::Optimizer two_groups(const std::string& name = "sgd") {
  return optim::make(name, {{{leaf({1})}, {{"lr", 0.5}}}, {{leaf({2})}, {{"lr", 0.02}}}});
}

// A schedule, how it is stepped, and what else must stay alive for it.
struct Running {
  std::vector<std::shared_ptr<optim::Scheduler>> parts;
  std::function<void()> step;
  std::shared_ptr<optim::ReduceLROnPlateau> plateau;
};

template <class S, class... Args>
std::shared_ptr<S> add(Running& running, optim::Optimizer& o, const Args&... args) {
  auto schedule = std::make_shared<S>(o, args...);
  running.parts.push_back(schedule);
  if constexpr (requires { schedule->step(); }) {
    running.step = [s = schedule.get()] { s->step(); };
  }
  return schedule;
}

// The schedules of tests/reference/optim_schedules.py, by name.
Running make(const std::string& name, optim::Optimizer& o) {
  using namespace optim;
  using List = std::vector<LRScheduler*>;
  using Times = std::vector<int64_t>;
  Running r;
  auto plateau = [&](const PlateauOptions& options) {
    r.plateau = add<ReduceLROnPlateau>(r, o, options);
  };
  if (name == "lambda") {
    add<LambdaLR>(
        r, o,
        std::vector<LambdaLR::Factor>{[](int64_t t) { return std::pow(0.95, double(t)); },
                                      [](int64_t t) { return 1 / (1 + double(t)); }});
  } else if (name == "step") {
    add<StepLR>(r, o, 7);
  } else if (name == "step.gamma") {
    add<StepLR>(r, o, 3, 0.7);
  } else if (name == "multi_step") {
    add<MultiStepLR>(r, o, Times{5, 12, 12, 30}, 0.3);
  } else if (name == "exponential") {
    add<ExponentialLR>(r, o, 0.93);
  } else if (name == "linear") {
    add<LinearLR>(r, o);
  } else if (name == "linear.down") {
    add<LinearLR>(r, o, 0.9, 0.1, 11);
  } else if (name == "cosine") {
    add<CosineAnnealingLR>(r, o, 13);
  } else if (name == "cosine.min") {
    add<CosineAnnealingLR>(r, o, 10, 0.01);
  } else if (name == "sequential.warm_up_cosine") {
    auto a = add<LinearLR>(r, o, 0.1, 1.0, 5);
    auto b = add<CosineAnnealingLR>(r, o, 20);
    add<SequentialLR>(r, o, List{a.get(), b.get()}, Times{5});
  } else if (name == "sequential.three") {
    auto a = add<LinearLR>(r, o, 0.25, 1.0, 4);
    auto b = add<ExponentialLR>(r, o, 0.9);
    auto c = add<StepLR>(r, o, 6);
    add<SequentialLR>(r, o, List{a.get(), b.get(), c.get()}, Times{4, 15});
  } else if (name == "side_by_side") {
    auto a = add<LinearLR>(r, o, 0.2, 1.0, 6);
    auto b = add<ExponentialLR>(r, o, 0.9);
    r.step = [a, b] {
      a->step();
      b->step();
    };
  } else if (name == "one_cycle") {
    add<OneCycleLR>(r, o, 0.8, 40);
  } else if (name == "one_cycle.linear") {
    add<OneCycleLR>(r, o, std::vector<double>{0.8, 0.1}, 33,
                    OneCycleOptions{.pct_start = 0.4,
                                    .anneal_strategy = "linear",
                                    .div_factor = 10,
                                    .final_div_factor = 100});
  } else if (name == "one_cycle.three_phase") {
    add<OneCycleLR>(
        r, o, 0.3, 40,
        OneCycleOptions{.base_momentum = 0.7, .max_momentum = 0.9, .three_phase = true});
  } else if (name == "one_cycle.adam") {
    add<OneCycleLR>(r, o, 0.01, 20);
  } else if (name == "one_cycle.lr_only") {
    add<OneCycleLR>(r, o, 0.01, 20, OneCycleOptions{.cycle_momentum = false});
  } else if (name == "plateau") {
    plateau({});
  } else if (name == "plateau.quick") {
    plateau({.factor = 0.5, .patience = 2});
  } else if (name == "plateau.max_abs") {
    plateau({.mode = "max",
             .factor = 0.6,
             .patience = 3,
             .threshold = 0.05,
             .threshold_mode = "abs",
             .cooldown = 2});
  } else if (name == "plateau.max_rel") {
    plateau({.mode = "max",
             .patience = 1,
             .threshold = 0.1,
             .min_lr = {0.05, 0.001},
             .eps = 1e-3});
  } else if (name == "plateau.min_abs") {
    plateau({.factor = 0.3,
             .patience = 0,
             .threshold = 0.01,
             .threshold_mode = "abs",
             .cooldown = 1,
             .min_lr = {1e-4}});
  } else {
    throw Error("test", "no schedule is called " + name);
  }
  return r;
}

double momentum(const optim::Optimizer& o) {
  if (!o.has("betas")) return o.get("momentum").number();
  return (*o.get("betas").list())[0];
}

}  // namespace

// Bit for bit: the same operations in the same order.
BOOST_AUTO_TEST_CASE(the_rates_are_pytorchs) {
  auto cases = nlohmann::json::parse(source_file("tests/reference/optim_schedules.json"));
  BOOST_TEST(cases.size() == 22u);
  for (auto& [name, wanted] : cases.items()) {
    auto o = two_groups(name == "one_cycle.adam" ? "adam" : "sgd");
    Running running = make(name, o);
    bool exact = true, momenta = true, noted = true;
    for (size_t t = 0; t < wanted["rates"].size(); ++t) {
      if (t > 0 && running.plateau)
        running.plateau->step(number(wanted["metrics"][t - 1]));
      else if (t > 0)
        running.step();
      Numbers rates = list(wanted["rates"][t]), last = running.parts.back()->last_lr();
      exact &= o.lr(0) == rates[0] && o.lr(1) == rates[1];
      momenta &= momentum(o) == number(wanted["momentum"][t]);
      noted &= last == rates;
    }
    BOOST_TEST(exact, name);
    BOOST_TEST(momenta, name << ": momentum");
    BOOST_TEST(noted, name << ": last_lr");
  }
}

// Stopped after any number of steps, and taken up again by a new program.
BOOST_AUTO_TEST_CASE(a_schedule_goes_on_where_it_was) {
  auto cases = nlohmann::json::parse(source_file("tests/reference/optim_schedules.json"));
  for (auto& [name, wanted] : cases.items()) {
    std::string kind = name == "one_cycle.adam" ? "adam" : "sgd";
    size_t steps = wanted["rates"].size() - 1;
    for (size_t stop : {size_t(0), size_t(1), size_t(6), steps / 2}) {
      auto before = two_groups(kind), after = two_groups(kind);
      Running first = make(name, before), second = make(name, after);
      auto go = [&, &wanted = wanted](Running& r, size_t t) {
        r.plateau ? r.plateau->step(number(wanted["metrics"][t])) : r.step();
      };
      for (size_t t = 0; t < stop; ++t) go(first, t);
      after.load_state_dict(before.state_dict());
      for (size_t i = 0; i < first.parts.size(); ++i) {
        second.parts[i]->load_state_dict(first.parts[i]->state_dict());
        BOOST_TEST((second.parts[i]->state_dict() == first.parts[i]->state_dict()), name);
        BOOST_TEST(second.parts[i]->last_epoch() == first.parts[i]->last_epoch());
      }
      bool same = true;
      for (size_t t = stop; t < steps; ++t) {
        go(second, t);
        Numbers rates = list(wanted["rates"][t + 1]);
        same &= after.lr(0) == rates[0] && after.lr(1) == rates[1];
      }
      BOOST_TEST(same, name << " resumed after " << stop);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_cycle_may_be_stepped_after_the_last_batch) {
  for (const char* strategy : {"cos", "linear"}) {
    auto o = two_groups();
    optim::OneCycleLR schedule(o, 1.0, 10, {.pct_start = 0.1, .anneal_strategy = strategy});
    BOOST_TEST(o.lr() == 1.0);  // the way up is over before it began
    for (int batch = 0; batch < 10; ++batch) schedule.step();
    BOOST_TEST(o.lr() == 1.0 / 25 / 1e4, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(fails_with("the cycle of 10 steps is over", [&] { schedule.step(); }));
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_does_not_fit_changes_nothing) {
  auto o = two_groups();
  optim::StepLR step(o, 2);
  optim::ExponentialLR exponential(o, 0.5);
  for (int t = 0; t < 3; ++t) step.step();
  auto state = step.state_dict();
  BOOST_TEST(error_of([&] { exponential.load_state_dict(state); }) ==
             "load_state_dict: the state does not fit ExponentialLR:\n"
             "  scheduler is StepLR in the state, ExponentialLR here");
  auto damaged = state;
  for (auto& [name, text] : damaged) {
    if (name == "last_epoch") text = "-3";
    if (name == "base_lrs") text = "(0.5)";
  }
  damaged.emplace_back("phase", "moon");
  BOOST_TEST(error_of([&] { step.load_state_dict(damaged); }) ==
             "load_state_dict: the state does not fit StepLR:\n"
             "  last_epoch is '-3', not a whole number that may stand there\n"
             "  base_lrs has 1 numbers, not 2\n"
             "  phase is not known here");
  BOOST_TEST((step.state_dict() == state));
  BOOST_TEST(fails_with("last_epoch is missing", [&] {
    step.load_state_dict({{"scheduler", "StepLR"}});
  }));
  BOOST_TEST(step.last_epoch() == 3);
}

BOOST_AUTO_TEST_CASE(schedules_that_cannot_be) {
  using namespace optim;
  auto o = two_groups(), other = two_groups();
  BOOST_TEST(error_of([&] { StepLR(o, 0); }) ==
             "StepLR: step_size is 0; it must be at least 1");
  BOOST_TEST(fails_with("T_max is -1", [&] { CosineAnnealingLR(o, -1); }));
  BOOST_TEST(error_of([&] { LinearLR(o, 0); }) ==
             "LinearLR: start_factor is 0; it must be above 0 and at most 1");
  BOOST_TEST(fails_with("end_factor is 1.5", [&] { LinearLR(o, 1, 1.5); }));
  BOOST_TEST(fails_with("total_iters is 0", [&] { LinearLR(o, 0.5, 1, 0); }));
  BOOST_TEST(fails_with("3 functions for an optimizer with 2 groups", [&] {
    LambdaLR(o, std::vector<LambdaLR::Factor>(3, [](int64_t) { return 1.0; }));
  }));
  StepLR mine(o, 3), foreign(other, 3);
  BOOST_TEST(
      fails_with("1 schedules and 1 milestones", [&] { SequentialLR(o, {&mine}, {3}); }));
  BOOST_TEST(fails_with("of the same optimizer", [&] {
    SequentialLR(o, {&mine, &foreign}, {3});
  }));
  BOOST_TEST(fails_with("the milestones must not fall", [&] {
    SequentialLR(o, {&mine, &mine, &mine}, {3, 2});
  }));
  BOOST_TEST(fails_with("pct_start is 2", [&] { OneCycleLR(o, 1, 5, {.pct_start = 2}); }));
  BOOST_TEST(fails_with("anneal_strategy is 'cosine'",
                        [&] { OneCycleLR(o, 1, 5, {.anneal_strategy = "cosine"}); }));
  BOOST_TEST(fails_with("3 values of max_lr for an optimizer with 2 groups", [&] {
    OneCycleLR(o, {1, 2, 3}, 5);
  }));
  auto adagrad = two_groups("adagrad");
  BOOST_TEST(fails_with("adagrad has neither a momentum nor betas to cycle",
                        [&] { OneCycleLR(adagrad, 1.0, 5); }));
  BOOST_TEST(fails_with("factor is 1; it must be below 1",
                        [&] { ReduceLROnPlateau(o, {.factor = 1}); }));
  BOOST_TEST(fails_with("mode is 'least'; it must be min or max",
                        [&] { ReduceLROnPlateau(o, {.mode = "least"}); }));
  o.add_group({{leaf({3})}, {}});
  BOOST_TEST(fails_with("it was made for 2 groups; the optimizer has 3 now",
                        [&] { mine.step(); }));
}

// ---- clipping ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(clipping_is_pytorchs) {
  auto cases = nlohmann::json::parse(source_file("tests/reference/optim_clip.json"));
  BOOST_TEST(cases.size() == 15u);
  for (auto& c : cases) {
    std::vector<Tensor> params;
    for (auto& g : c["grads"]) {
      params.push_back(zeros({int64_t(list(g).size())}).requires_grad_());
      params.back().set_grad(tensor(list(g), f32));
    }
    params.push_back(zeros({2}).requires_grad_());  // has no gradient
    params.push_back(zeros({0, 3}).requires_grad_());
    params.back().set_grad(zeros({0, 3}));
    if (c.contains("limit")) {
      optim::clip_grad_value(params, number(c["limit"]));
    } else {
      double norm = number(c["norm_type"]);
      double total = optim::clip_grad_norm(params, number(c["max_norm"]), norm);
      BOOST_TEST(total == number(c["total"]), boost::test_tools::tolerance(1e-6));
    }
    for (size_t i = 0; i < c["after"].size(); ++i) {
      BOOST_TEST(numbers(params[i].grad()) == list(c["after"][i]),
                 boost::test_tools::tolerance(1e-6) << per_element());
    }
    BOOST_TEST(!params[params.size() - 2].grad().defined());
  }
}

BOOST_AUTO_TEST_CASE(clipping_what_is_not_finite) {
  Tensor p = leaf({1, 2}), none = leaf({1});
  BOOST_TEST(optim::clip_grad_norm({none}, 1) == 0.0);
  p.set_grad(tensor({3.0, infinity}, f64));
  BOOST_TEST(fails_with("the norm of all gradients is inf",
                        [&] { optim::clip_grad_norm({p}, 1, 2, true); }));
  BOOST_TEST(p.grad().to_vector<double>()[0] == 3.0);
  BOOST_TEST(optim::clip_grad_norm({p}, 1) == infinity);
  BOOST_TEST(p.grad().to_vector<double>()[0] == 0.0);
  BOOST_TEST(std::isnan(p.grad().to_vector<double>()[1]));
  BOOST_TEST(fails_with("max_norm is -1", [&] { optim::clip_grad_norm({p}, -1); }));
  BOOST_TEST(
      fails_with("the limit is nan", [&] { optim::clip_grad_value({p}, std::nan("")); }));
}
