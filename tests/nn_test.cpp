// Modules: registration, state, printing, the layers of chapters 2 and 3.
#define BOOST_TEST_MODULE nn
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "autograd/gradcheck.hpp"
#include "nn/flatten.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/losses.hpp"
#include "nn/sequential.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

struct Net : nn::Module {
  nn::Linear hidden{*this, "hidden", 3, 4};
  nn::Linear out{*this, "out", 4, 2, false};
  nn::Parameter scale{*this, "scale", ones({2})};
  nn::Buffer calls{*this, "calls", zeros({}, i64)};
  Tensor forward(const Tensor& x) override {
    no_grad guard;
    calls.add_(1);
    enable_grad on;
    return out(relu(hidden(x))) * scale;
  }
};

std::vector<std::string> names(const nn::StateDict& dict) {
  std::vector<std::string> list;
  for (const auto& [name, tensor] : dict) list.push_back(name);
  return list;
}

using Names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(members_register_in_order) {
  Net net;
  BOOST_TEST(names(net.named_parameters()) ==
                 (Names{"scale", "hidden.weight", "hidden.bias", "out.weight"}),
             per_element());
  BOOST_TEST(names(net.state_dict()) ==
                 (Names{"scale", "calls", "hidden.weight", "hidden.bias", "out.weight"}),
             per_element());
  BOOST_TEST(net.parameter_count() == 2 + 12 + 4 + 8);
  for (const Tensor& p : net.parameters()) BOOST_TEST(p.requires_grad());
  BOOST_TEST(!net.calls.requires_grad());
}

BOOST_AUTO_TEST_CASE(printing_has_pytorchs_form) {
  Net net;
  BOOST_TEST(net.to_string() ==
             "Net(\n"
             "  (hidden): Linear(in_features=3, out_features=4, bias=True)\n"
             "  (out): Linear(in_features=4, out_features=2, bias=False)\n"
             ")");
  nn::Sequential nested(nn::make<nn::Flatten>(),
                        nn::make<nn::Sequential>(nn::make<nn::Linear>(2, 1)));
  BOOST_TEST(nested.to_string() ==
             "Sequential(\n"
             "  (0): Flatten(start_dim=1, end_dim=-1)\n"
             "  (1): Sequential(\n"
             "    (0): Linear(in_features=2, out_features=1, bias=True)\n"
             "  )\n"
             ")");
}

BOOST_AUTO_TEST_CASE(linear_by_hand) {
  nn::Linear fc(2, 2);
  fc.load_state_dict(
      {{"weight", tensor({{1.0, 2.0}, {3.0, 4.0}})}, {"bias", tensor({10.0, 20.0})}});
  Tensor y = fc(tensor({{1.0, 1.0}, {0.0, 2.0}}));
  BOOST_TEST(numbers(y) == (Numbers{13, 27, 14, 28}), per_element());
}

BOOST_AUTO_TEST_CASE(linear_starts_within_its_bound) {
  manual_seed(3);
  nn::Linear fc(100, 50);
  double bound = 0.1, largest = fc.weight.abs().max().item();
  BOOST_TEST(largest <= bound);
  BOOST_TEST(largest > 0.95 * bound);
  BOOST_TEST(fc.bias.abs().max().item() <= bound);
  BOOST_TEST(std::abs(fc.weight.mean().item()) < 0.01);
  nn::Linear wide(nn::LinearOptions{.in_features = 4, .out_features = 2, .dtype = f64});
  BOOST_TEST((wide.weight.dtype() == f64));
  BOOST_TEST(fails_with("in_features is -1", [] { nn::Linear bad(-1, 2); }));
}

BOOST_AUTO_TEST_CASE(state_goes_out_and_in) {
  manual_seed(1);
  Net a, b;
  Tensor x = randn({5, 3});
  a(x);
  BOOST_TEST(!a(x).allclose(b(x)));
  nn::LoadResult result = b.load_state_dict(a.state_dict());
  BOOST_TEST(result.ok());
  BOOST_TEST(b.calls.item() == 2.0);
  BOOST_TEST(a(x).equal(b(x)));
  // The state shares memory with the module but carries no history.
  nn::StateDict state = a.state_dict();
  BOOST_TEST(!state[2].second.requires_grad());
  state[2].second.zero_();
  BOOST_TEST(a.hidden.weight.abs().sum().item() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_state_that_does_not_fit_changes_nothing) {
  Net net;
  nn::StateDict state = net.state_dict();
  state.erase(state.begin());       // scale
  state[1].second = zeros({4, 9});  // hidden.weight
  state.emplace_back("extra", zeros({1}));
  Tensor before = net.hidden.bias.clone();
  BOOST_TEST(error_of([&] { net.load_state_dict(state); }) ==
             "load_state_dict: the state does not fit Net:\n"
             "  missing: scale\n"
             "  unexpected: extra\n"
             "  other shape: hidden.weight ((4,9) in the state, (4,3) here)\n"
             "  hint: strict = false loads what fits");
  BOOST_TEST(net.hidden.bias.equal(before));
  state[2].second = ones({4});  // hidden.bias
  nn::LoadResult result = net.load_state_dict(state, false);
  BOOST_TEST(result.missing.size() == 1u);
  BOOST_TEST(result.unexpected.size() == 1u);
  BOOST_TEST(result.mismatched.size() == 1u);
  BOOST_TEST(net.hidden.bias.equal(ones({4})));
}

BOOST_AUTO_TEST_CASE(apply_visits_children_first) {
  Net net;
  std::string order;
  net.apply([&](nn::Module& m) { order += m.type_name() + " "; });
  BOOST_TEST(order == "Linear Linear Net ");
}

BOOST_AUTO_TEST_CASE(train_eval_and_flags) {
  Net net;
  BOOST_TEST(net.training());
  net.eval();
  BOOST_TEST(!net.hidden.training());
  net.train();
  BOOST_TEST(net.out.training());
  net.requires_grad_(false);
  BOOST_TEST(!net.scale.requires_grad());
  net.requires_grad_();
  net(ones({1, 3})).sum().backward();
  BOOST_TEST(net.scale.grad().defined());
  net.zero_grad();
  BOOST_TEST(!net.scale.grad().defined());
}

BOOST_AUTO_TEST_CASE(conversion_keeps_ties_and_training) {
  Net net;
  net.out.weight = net.out.weight.detach();  // no longer trained
  net.to(f64);
  BOOST_TEST((net.hidden.weight.dtype() == f64));
  BOOST_TEST((net.calls.dtype() == i64));
  BOOST_TEST(net.hidden.weight.requires_grad());
  BOOST_TEST(!net.out.weight.requires_grad());
  BOOST_TEST(fails_with("parameters cannot be of type i64", [&] { net.to(i64); }));
}

// One tensor under two names: listed once, and its gradient is the sum of both uses.
BOOST_AUTO_TEST_CASE(tied_weights) {
  nn::Sequential net(nn::make<nn::Linear>(2, 2, false), nn::make<nn::Linear>(2, 2, false));
  auto &a = net.at<nn::Linear>(0), &b = net.at<nn::Linear>(1);
  b.weight = a.weight;
  BOOST_TEST(net.parameters().size() == 1u);
  BOOST_TEST(net.state_dict().size() == 2u);
  Tensor x = tensor({{1.0, 2.0}});
  net(x).sum().backward();
  Tensor tied = a.weight.grad().clone();
  Tensor w1 = a.weight.detach().clone().requires_grad_(),
         w2 = w1.detach().clone().requires_grad_();
  linear(linear(x, w1), w2).sum().backward();
  BOOST_TEST(tied.allclose(w1.grad() + w2.grad()));
  net.to(f64);
  BOOST_TEST(a.weight.is(b.weight));
}

BOOST_AUTO_TEST_CASE(sequential_indexing) {
  nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(4, 3));
  net.add<nn::Linear>(3, 1);
  BOOST_TEST(net.size() == 3u);
  BOOST_TEST(&net[-1] == &net[2]);
  BOOST_TEST(
      names(net.named_parameters()) == (Names{"1.weight", "1.bias", "2.weight", "2.bias"}),
      per_element());
  BOOST_TEST((net(ones({2, 2, 2})).shape() == Shape{2, 1}));
  BOOST_TEST(fails_with("there is no module 3 among 3", [&] { net[3]; }));
  BOOST_TEST(fails_with("module 0 is a Flatten", [&] { net.at<nn::Linear>(0); }));
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  struct Twice : nn::Module {
    nn::Linear a{*this, "a", 1, 1}, b{*this, "a", 1, 1};
  };
  BOOST_TEST(fails_with("there is a member called 'a' already", [] { Twice t; }));
  struct Dotted : nn::Module {
    nn::Parameter p{*this, "a.b", ones({1})};
  };
  BOOST_TEST(fails_with("'a.b' is no member name", [] { Dotted d; }));
  struct Mute : nn::Module {
  } mute;
  BOOST_TEST(fails_with("Mute: it has no forward(x)", [&] { mute(ones({1})); }));
}

BOOST_AUTO_TEST_CASE(init_fills_in_place) {
  manual_seed(5);
  Tensor t = zeros({1000}).requires_grad_();
  nn::init::normal_(t, 2, 0.5);
  BOOST_TEST(std::abs(t.mean().item() - 2) < 0.1);
  nn::init::constant_(t, 3);
  BOOST_TEST(t.sum().item() == 3000.0);
  nn::init::uniform_(t, -1, 1);
  BOOST_TEST(t.abs().max().item() <= 1.0);
  BOOST_TEST(t.requires_grad());
  BOOST_TEST(t.is_leaf());
}

// ---- losses: hand values and gradients; more values in ops_reference_test ---------------

BOOST_AUTO_TEST_CASE(cross_entropy_by_hand) {
  // Two classes with equal scores: p = 1/2, the loss ln 2, dx = (p - truth) / N.
  Tensor x = zeros({2, 2}).requires_grad_();
  Tensor loss = nn::functional::cross_entropy(x, tensor({0, 1}));
  BOOST_TEST(loss.item() == std::log(2.0), boost::test_tools::tolerance(1e-6));
  loss.backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{-0.25, 0.25, 0.25, -0.25}), per_element());
}

BOOST_AUTO_TEST_CASE(losses_as_modules) {
  Tensor x = tensor({1.0, -2.0}), t = tensor({0.0, 0.0});
  BOOST_TEST(nn::MSELoss()(x, t).item() == 2.5);
  BOOST_TEST(nn::MSELoss("sum")(x, t).item() == 5.0);
  BOOST_TEST(nn::L1Loss()(x, t).item() == 1.5);
  BOOST_TEST(nn::HuberLoss("none", 1)(x, t).equal(tensor({0.5, 1.5})));
  BOOST_TEST(nn::SmoothL1Loss("sum", 1)(x, t).item() == 2.0);
  BOOST_TEST(nn::BCELoss()(tensor({0.0, 1.0}), tensor({0.0, 0.0})).item() == 50.0);
  BOOST_TEST(nn::BCEWithLogitsLoss()(tensor({1e4, -1e4}), tensor({1.0, 0.0})).item() ==
             0.0);
  nn::CrossEntropyLoss weighted(tensor({1.0, 3.0}));
  Tensor rows = tensor({{0.0, 0.0}, {0.0, 0.0}});
  BOOST_TEST(weighted(rows, tensor({0, 1})).item() == std::log(2.0),
             boost::test_tools::tolerance(1e-6));
  nn::NLLLoss nll;
  BOOST_TEST(nll(log_softmax(rows, 1), tensor({1, 1})).item() == std::log(2.0),
             boost::test_tools::tolerance(1e-6));
  nn::KLDivLoss kl("batchmean");
  BOOST_TEST(kl(log_softmax(rows, 1), tensor({{1.0, 0.0}, {0.5, 0.5}})).item() ==
                 std::log(2.0) / 2,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(loss_gradients) {
  manual_seed(11);
  using Inputs = std::vector<Tensor>;
  namespace F = nn::functional;
  Tensor classes = tensor({{0, 2}, {1, 1}});
  struct Check {
    const char* name;
    std::function<Tensor(const Inputs&)> f;
    bool probabilities = false;
  };
  const Check checks[] = {
      {"mse", [](const Inputs& v) { return F::mse_loss(v[0], v[1]); }},
      {"huber", [](const Inputs& v) { return F::huber_loss(v[0], v[1], "none", 0.7); }},
      {"smooth_l1",
       [](const Inputs& v) { return F::smooth_l1_loss(v[0], v[1], "sum", 0.7); }},
      {"kl", [](const Inputs& v) { return F::kl_div(v[0], v[1], "batchmean"); }, true},
      {"kl of logs", [](const Inputs& v) { return F::kl_div(v[0], v[1], "mean", true); }},
      {"bce", [](const Inputs& v) { return F::binary_cross_entropy(v[0], v[1]); }, true},
      {"bce with logits",
       [](const Inputs& v) {
         return F::binary_cross_entropy_with_logits(v[0], v[1], {}, "none");
       }},
      {"cross entropy of probabilities",
       [](const Inputs& v) {
         return F::cross_entropy(v[0], softmax(v[1], 1), {}, "none", -100, 0.1);
       }},
      {"cross entropy",
       [&](const Inputs& v) {
         return F::cross_entropy(v[0] * v[1], classes, tensor({1.0, 2.0, 0.5}, f64), "mean",
                                 1);
       }},
      {"nll", [&](const Inputs& v) { return F::nll_loss(v[0] * v[1], classes); }},
  };
  for (const Check& check : checks) {
    Tensor x = randn({2, 3, 2}, f64), t = randn({2, 3, 2}, f64);
    if (check.probabilities) {
      x = x.sigmoid();
      t = t.sigmoid();
    }
    GradCheck result = gradcheck(check.f, {x.requires_grad_(), t.requires_grad_()});
    BOOST_TEST(result.ok, check.name << ": " << result.report);
  }
}

BOOST_AUTO_TEST_CASE(losses_say_what_is_wrong) {
  namespace F = nn::functional;
  Tensor x = zeros({2, 3});
  BOOST_TEST(error_of([&] {
               F::cross_entropy(x, tensor({0, 3}));
             }) ==
             "cross_entropy: target 1 is 3, and there are 3 classes, numbered from 0");
  BOOST_TEST(error_of([&] {
               F::cross_entropy(x, tensor({0, 1, 2}));
             }) == "cross_entropy: input is (2,3), so target must be (2), and it is (3)");
  BOOST_TEST(
      error_of([&] {
        F::cross_entropy(x, tensor({0, 1}, i32));
      }) ==
      "cross_entropy: the target's type is i32; class indices are i64, probabilities the "
      "input's type\n  hint: target.to(i64)");
  BOOST_TEST(error_of([&] {
               F::cross_entropy(x, tensor({0, 1}), ones({2}));
             }) == "cross_entropy: weight is (2); there are 3 classes");
  BOOST_TEST(error_of([&] {
               F::cross_entropy(x, tensor({0, 1}), {}, "average");
             }) ==
             "cross_entropy: reduction is 'average'; it must be one of mean|sum|none");
  BOOST_TEST(error_of([&] {
               F::cross_entropy(x, tensor({0, 1}), {}, "mean", -100, 1.5);
             }) == "cross_entropy: label_smoothing is 1.5; it must be at most 1");
  BOOST_TEST(
      error_of([&] { F::binary_cross_entropy(tensor({1.5}), tensor({1.0})); }) ==
      "binary_cross_entropy: element 0 of the input is 1.5; a probability lies in [0,1]\n"
      "  hint: binary_cross_entropy_with_logits takes scores of any size");
  BOOST_TEST(error_of([&] { softmax(x, 2); }) ==
             "softmax: axis 2 of a tensor with 2 axes: it must be from -2 to 1");
}
