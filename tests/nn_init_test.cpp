// Starting values: bounds, deviations and shapes of each rule.
#define BOOST_TEST_MODULE nn_init
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "nn/init.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;
namespace init = hg::nn::init;

namespace {

double largest(const Tensor& t) { return t.abs().max().item(); }
double deviation(const Tensor& t) { return std::sqrt((t * t).mean().item()); }

// Of n numbers uniform in +-bound the largest comes close to bound and never beyond.
void check_uniform(const Tensor& t, double bound) {
  BOOST_TEST(largest(t) <= bound * (1 + 1e-6));
  BOOST_TEST(largest(t) > bound * 0.995);
  BOOST_TEST(deviation(t) == bound / std::sqrt(3.0), tolerance(0.03));
  BOOST_TEST(std::abs(t.mean().item()) < 0.03 * bound);
}

// Normal: the deviation, and about 4.6 % of the numbers beyond two of them.
void check_normal(const Tensor& t, double std) {
  BOOST_TEST(deviation(t) == std, tolerance(0.03));
  double beyond = (t.abs() > 2 * std).to(f64).mean().item();
  BOOST_TEST(beyond == 0.0455, tolerance(0.2));
}

}  // namespace

BOOST_AUTO_TEST_CASE(fans_as_in_pytorch) {
  init::Fans f = init::fans(empty({5, 3}));
  BOOST_TEST(f.in == 3);
  BOOST_TEST(f.out == 5);
  f = init::fans(empty({16, 4, 3, 5}));
  BOOST_TEST(f.in == 4 * 15);
  BOOST_TEST(f.out == 16 * 15);
  BOOST_TEST(
      error_of([] { init::xavier_uniform_(empty({5})); }) ==
      "init: the tensor is (5): fan_in and fan_out need two axes, (outputs, inputs)\n"
      "  hint: a bias starts at 0 or uniform");
}

// The values are torch.nn.init.calculate_gain's.
BOOST_AUTO_TEST_CASE(gains_as_in_pytorch) {
  for (const char* name : {"linear", "conv1d", "conv2d", "conv3d", "sigmoid"}) {
    BOOST_TEST(init::calculate_gain(name) == 1.0);
  }
  BOOST_TEST(init::calculate_gain("tanh") == 1.6666666666666667);
  BOOST_TEST(init::calculate_gain("relu") == 1.4142135623730951);
  BOOST_TEST(init::calculate_gain("selu") == 0.75);
  BOOST_TEST(init::calculate_gain("leaky_relu") == 1.4141428569978354, tolerance(1e-15));
  BOOST_TEST(init::calculate_gain("leaky_relu", 0.2) == 1.3867504905630728,
             tolerance(1e-15));
  BOOST_TEST(init::calculate_gain("leaky_relu", 0.0) == std::sqrt(2.0));
  BOOST_TEST(
      fails_with("no gain is known for 'swish'", [] { init::calculate_gain("swish"); }));
}

BOOST_AUTO_TEST_CASE(xavier_and_kaiming) {
  manual_seed(7);
  Tensor w = empty({60, 90}), kernel = empty({40, 20, 5, 5});
  init::xavier_uniform_(w);
  check_uniform(w, std::sqrt(6.0 / 150));
  init::xavier_uniform_(w, init::calculate_gain("tanh"));
  check_uniform(w, 5.0 / 3 * std::sqrt(6.0 / 150));
  init::xavier_normal_(kernel, 2);
  check_normal(kernel, 2 * std::sqrt(2.0 / (500 + 1000)));
  init::kaiming_uniform_(w);  // slope 0: relu's gain
  check_uniform(w, std::sqrt(6.0 / 90));
  init::kaiming_uniform_(w, std::sqrt(5.0));  // PyTorch's default for Linear
  check_uniform(w, 1 / std::sqrt(90.0));
  init::kaiming_normal_(kernel, 0, "fan_out", "relu");
  check_normal(kernel, std::sqrt(2.0 / 1000));
  init::kaiming_normal_(kernel, 0, "fan_in", "linear");
  check_normal(kernel, std::sqrt(1.0 / 500));
  BOOST_TEST(fails_with("mode is 'fan_up'; it must be fan_in or fan_out",
                        [&] { init::kaiming_normal_(w, 0, "fan_up"); }));
}

BOOST_AUTO_TEST_CASE(trunc_normal_stays_inside) {
  manual_seed(8);
  Tensor t = empty({100, 100});
  init::trunc_normal_(t);
  BOOST_TEST(largest(t) <= 2.0);
  BOOST_TEST(largest(t) > 1.99);
  // The variance that is left: 1 - 2 a phi(a)/(2 Phi(a) - 1) with a = 2.
  BOOST_TEST(deviation(t) == std::sqrt(0.774), tolerance(0.02));
  init::trunc_normal_(t, 1, 0.5, 1, 1.5);
  BOOST_TEST(t.min().item() >= 1.0);
  BOOST_TEST(t.max().item() <= 1.5);
  BOOST_TEST(
      fails_with("leave next to nothing in", [&] { init::trunc_normal_(t, 0, 1, 9, 10); }));
  BOOST_TEST(fails_with("leave next to nothing in", [&] { init::trunc_normal_(t, 0, 0); }));
}

BOOST_AUTO_TEST_CASE(orthogonal_rows_or_columns) {
  manual_seed(9);
  for (const Shape& shape : {Shape{4, 4}, Shape{3, 7}, Shape{7, 3}, Shape{5, 2, 3}}) {
    Tensor t = empty(shape, f64);
    init::orthogonal_(t, 3);
    Tensor m = t.reshape({shape[0], -1});
    Tensor gram = m.size(0) <= m.size(1) ? matmul(m, m.t()) : matmul(m.t(), m);
    BOOST_TEST(gram.allclose(9 * eye(gram.size(0), {}, f64), 0, 1e-12), shape.to_string());
    BOOST_TEST(t.abs().min().item() > 0.0);
  }
  Tensor a = empty({3, 3}), b = empty({3, 3});
  init::orthogonal_(a);
  init::orthogonal_(b);
  BOOST_TEST(!a.allclose(b));
  BOOST_TEST(fails_with("need two axes", [] { init::orthogonal_(empty({3})); }));
}

BOOST_AUTO_TEST_CASE(constants) {
  Tensor t = empty({2, 3}).requires_grad_();
  init::eye_(t);
  BOOST_TEST(numbers(t) == (Numbers{1, 0, 0, 0, 1, 0}), per_element());
  init::ones_(t);
  BOOST_TEST(t.sum().item() == 6.0);
  init::zeros_(t);
  BOOST_TEST(largest(t) == 0.0);
  init::constant_(t, 0.5);
  BOOST_TEST(t.sum().item() == 3.0);
  BOOST_TEST(t.is_leaf());
  BOOST_TEST(t.requires_grad());
  BOOST_TEST(fails_with("eye_: the tensor is (3): it must be a matrix",
                        [] { init::eye_(empty({3})); }));
}

// The same seed gives the same start.
BOOST_AUTO_TEST_CASE(a_seed_fixes_every_rule) {
  using Rule = void (*)(const Tensor&);
  const Rule rules[] = {[](const Tensor& t) { init::xavier_normal_(t); },
                        [](const Tensor& t) { init::kaiming_uniform_(t); },
                        [](const Tensor& t) { init::trunc_normal_(t); },
                        [](const Tensor& t) { init::orthogonal_(t); }};
  for (Rule rule : rules) {
    Tensor a = empty({4, 5}), b = empty({4, 5}), c = empty({4, 5});
    manual_seed(3);
    rule(a);
    rule(c);
    manual_seed(3);
    rule(b);
    BOOST_TEST(a.equal(b));
    BOOST_TEST(!a.equal(c));
  }
}
