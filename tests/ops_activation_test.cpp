// Activations: cases worked by hand, gradients, tails, modules. Values, slopes at corners
// and special numbers are compared with PyTorch's in ops_reference_test (activations.py).
#define BOOST_TEST_MODULE ops_activation
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "autograd/gradcheck.hpp"
#include "nn/activations.hpp"
#include "nn/sequential.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
namespace F = hg::nn::functional;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;

namespace {

using Inputs = std::vector<Tensor>;

void check_gradient(const char* what, const std::function<Tensor(const Inputs&)>& f,
                    const std::vector<Shape>& shapes) {
  manual_seed(7);
  Inputs inputs;
  for (const Shape& shape : shapes) {
    inputs.push_back((randn(shape, f64) * 2).requires_grad_());
  }
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
  BOOST_TEST(result.checked > 0);
}

// Numbers of a difference, all of which should be about 0.
double distance(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item();
}

}  // namespace

// ---- by hand ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(curves_by_hand) {
  Tensor x = tensor({-2.0, 0.0, 3.0, 8.0}, f64);
  BOOST_TEST(distance(F::leaky_relu(x), tensor({-0.02, 0.0, 3.0, 8.0}, f64)) < 1e-15);
  BOOST_TEST(distance(F::leaky_relu(x, 0.5), tensor({-1.0, 0.0, 3.0, 8.0}, f64)) < 1e-15);
  BOOST_TEST(numbers(F::relu6(x)) == (Numbers{0, 0, 3, 6}), per_element());
  BOOST_TEST(numbers(F::hardtanh(x)) == (Numbers{-1, 0, 1, 1}), per_element());
  // elu(-2) = alpha * (e^-2 - 1)
  BOOST_TEST(F::elu(x, 2)[0].item() == 2 * (std::exp(-2.0) - 1), tolerance(1e-14));
  BOOST_TEST(F::elu(x)[3].item() == 8);
  // silu(3) = 3 / (1 + e^-3)
  BOOST_TEST(F::silu(x)[2].item() == 3 / (1 + std::exp(-3.0)), tolerance(1e-14));
  // softplus(0) = ln 2; with beta = 2, ln(1 + e^6) / 2; above the threshold x itself
  BOOST_TEST(F::softplus(x)[1].item() == std::log(2.0), tolerance(1e-14));
  BOOST_TEST(F::softplus(x, 2)[2].item() == std::log1p(std::exp(6.0)) / 2,
             tolerance(1e-14));
  BOOST_TEST(F::softplus(x, 1, 5)[3].item() == 8);
  // A normal variable lies below 0 with probability 1/2, below 3 with 0.9986501.
  BOOST_TEST(F::gelu(x)[2].item() == 3 * 0.998650101968, tolerance(1e-11));
  BOOST_TEST(F::gelu(x, "tanh")[2].item() == 3 * 0.998650101968, tolerance(2e-4));
  BOOST_TEST(std::abs(F::gelu(x, "tanh")[2].item() - F::gelu(x)[2].item()) > 1e-6);
}

BOOST_AUTO_TEST_CASE(prelu_learns_a_slope_for_each_channel) {
  // x (1,2,2): channel 0 holds -1 and 2, channel 1 holds -3 and -4.
  Tensor x = tensor({{{-1.0, 2.0}, {-3.0, -4.0}}}).requires_grad_();
  Tensor w = tensor({0.5, 0.1}).requires_grad_();
  Tensor y = F::prelu(x, w);
  BOOST_TEST(distance(y, tensor({{{-0.5, 2.0}, {-0.3, -0.4}}})) < 1e-6);
  y.backward(tensor({{{1.0, 10.0}, {100.0, 1000.0}}}));
  // dw[0] = -1*1, dw[1] = -3*100 - 4*1000
  BOOST_TEST(numbers(w.grad()) == (Numbers{-1, -4300}), per_element());
  BOOST_TEST(distance(x.grad(), tensor({{{0.5, 10.0}, {10.0, 100.0}}})) < 1e-4);
}

BOOST_AUTO_TEST_CASE(swiglu_gates_a_value) {
  Tensor a = tensor({0.0, 2.0}, f64).requires_grad_(),
         b = tensor({5.0, 3.0}, f64).requires_grad_();
  Tensor y = F::swiglu(a, b);
  BOOST_TEST(distance(y, F::silu(a) * b) < 1e-15);
  y.backward(ones({2}, f64));
  // At a = 0 silu is 0 and its slope 1/2.
  BOOST_TEST(a.grad()[0].item() == 2.5, tolerance(1e-14));
  BOOST_TEST(b.grad()[0].item() == 0);
}

// ---- gradients --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients_against_slopes) {
  struct {
    const char* name;
    Tensor (*f)(const Tensor&);
  } const cases[] = {
      {"leaky_relu", [](const Tensor& x) { return F::leaky_relu(x, 0.2); }},
      {"relu6", [](const Tensor& x) { return F::relu6(x * 3); }},
      {"elu", [](const Tensor& x) { return F::elu(x, 0.7); }},
      {"gelu", [](const Tensor& x) { return F::gelu(x); }},
      {"gelu tanh", [](const Tensor& x) { return F::gelu(x, "tanh"); }},
      {"silu", [](const Tensor& x) { return F::silu(x); }},
      {"softplus", [](const Tensor& x) { return F::softplus(x, 1.5, 4); }},
      {"hardtanh", [](const Tensor& x) { return F::hardtanh(x, -0.6, 1.3); }}};
  for (const auto& c : cases) {
    for (const Shape& shape : {Shape{3, 4}, Shape{}, Shape{2, 1, 3}}) {
      check_gradient(c.name, [&](const Inputs& x) { return c.f(x[0]); }, {shape});
    }
  }
  auto prelu = [](const Inputs& x) { return F::prelu(x[0], x[1]); };
  check_gradient("prelu", prelu, {{3, 4}, {4}});
  check_gradient("prelu of images", prelu, {{2, 3, 2, 2}, {3}});
  check_gradient("prelu with one slope", prelu, {{2, 3}, {1}});
  check_gradient("prelu of a vector", prelu, {{6}, {1}});
  auto swiglu = [](const Inputs& x) { return F::swiglu(x[0], x[1]); };
  check_gradient("swiglu", swiglu, {{3, 4}, {3, 4}});
  check_gradient("swiglu of one tensor",
                 [](const Inputs& x) { return F::swiglu(x[0], x[0]); }, {{5}});
}

// ---- tails ------------------------------------------------------------------------------

// Quotients are compared: beside an expected 1e-16, a result of 0 would be a small error.
BOOST_AUTO_TEST_CASE(tails_keep_their_digits) {
  const auto close = tolerance(1e-5);
  // gelu(-8) in f32: 1 + erf(...) would be exactly 0. Phi(-8) = 6.220960574e-16.
  BOOST_TEST(F::gelu(tensor({-8.0})).item() / (-8 * 6.220960574e-16) == 1.0, close);
  // The logistic form: -5 * logistic(2u), u = sqrt(2/pi) * (-5 - 0.044715 * 125).
  const double u = std::sqrt(2 / 3.14159265358979) * (-5 - 0.044715 * 125);
  BOOST_TEST(F::gelu(tensor({-5.0}), "tanh").item() / (-5 / (1 + std::exp(-2 * u))) == 1.0,
             close);
  BOOST_TEST(F::silu(tensor({-80.0})).item() / (-80 * std::exp(-80.0)) == 1.0, close);
  BOOST_TEST(F::softplus(tensor({-80.0})).item() / std::exp(-80.0) == 1.0, close);
  // Without a threshold, e^x would overflow at 89.
  BOOST_TEST(F::softplus(tensor({1000.0}), 1, 1e9).item() == 1000);
  BOOST_TEST(F::elu(tensor({-1e-8})).item() / -1e-8 == 1.0, close);
}

// ---- modules ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(modules_compute_what_functions_do) {
  manual_seed(3);
  Tensor x = randn({4, 3}) * 3;
  BOOST_TEST(nn::ReLU()(x).equal(x.relu()));
  BOOST_TEST(nn::ReLU6()(x).equal(F::relu6(x)));
  BOOST_TEST(nn::LeakyReLU(0.3)(x).equal(F::leaky_relu(x, 0.3)));
  BOOST_TEST(nn::ELU(0.5)(x).equal(F::elu(x, 0.5)));
  BOOST_TEST(nn::GELU()(x).equal(F::gelu(x)));
  BOOST_TEST(nn::GELU("tanh")(x).equal(F::gelu(x, "tanh")));
  BOOST_TEST(nn::SiLU()(x).equal(F::silu(x)));
  BOOST_TEST(nn::Sigmoid()(x).equal(x.sigmoid()));
  BOOST_TEST(nn::Tanh()(x).equal(x.tanh()));
  BOOST_TEST(nn::Softplus(2, 3)(x).equal(F::softplus(x, 2, 3)));
  BOOST_TEST(nn::Hardtanh(-2, 1)(x).equal(F::hardtanh(x, -2, 1)));
  BOOST_TEST(nn::Softmax(0)(x).equal(x.softmax(0)));
  BOOST_TEST(nn::LogSoftmax(1)(x).equal(x.log_softmax(1)));
  nn::PReLU prelu(3, 0.1);
  BOOST_TEST(prelu(x).equal(F::prelu(x, full({3}, 0.1))));
  BOOST_TEST(prelu.weight.requires_grad());
  nn::SwiGLU swiglu(3, 5);
  BOOST_TEST(swiglu(x).equal(F::silu(matmul(x, swiglu.gate.weight.t())) *
                             matmul(x, swiglu.value.weight.t())));
  BOOST_TEST(swiglu.parameter_count() == 30);
}

BOOST_AUTO_TEST_CASE(settings_by_name_and_membership) {
  Tensor x = tensor({-1.0, 2.0});
  BOOST_TEST(nn::LeakyReLU({.negative_slope = 0.5})(x).equal(tensor({-0.5, 2.0})));
  BOOST_TEST(nn::Softplus({.threshold = 1}).options().beta == 1);
  BOOST_TEST(nn::Hardtanh({.max_val = 0.5})(x).equal(tensor({-1.0, 0.5})));
  BOOST_TEST(nn::PReLU({.num_parameters = 2, .dtype = f64}).weight.numel() == 2);
  BOOST_TEST(nn::SwiGLU({.in_features = 2, .out_features = 3, .bias = true})
                 .parameter_count() == 18);

  struct Net : nn::Module {
    nn::PReLU slope{*this, "slope", 2};
    nn::ReLU relu{*this, "relu"};
    nn::ELU elu{*this, "elu", {.alpha = 0.5}};
    nn::Softmax softmax{*this, "softmax", 1};
    nn::SwiGLU mix{*this, "mix", 2, 3};
  } net;
  BOOST_TEST(net.named_children().size() == 5);
  BOOST_TEST(net.named_parameters().at(0).first == "slope.weight");
  BOOST_TEST(net.named_parameters().at(1).first == "mix.gate.weight");
  BOOST_TEST(net.named_parameters().at(2).first == "mix.value.weight");
}

BOOST_AUTO_TEST_CASE(modules_print_as_in_pytorch) {
  nn::Sequential net(nn::make<nn::ReLU>(), nn::make<nn::ReLU6>(), nn::make<nn::LeakyReLU>(),
                     nn::make<nn::ELU>(), nn::make<nn::GELU>(), nn::make<nn::SiLU>(),
                     nn::make<nn::Sigmoid>(), nn::make<nn::Tanh>(),
                     nn::make<nn::Softplus>(0.5, 1e-8), nn::make<nn::Hardtanh>(-2, 1e16),
                     nn::make<nn::PReLU>(3), nn::make<nn::Softmax>(1),
                     nn::make<nn::LogSoftmax>(-1), nn::make<nn::SwiGLU>(4, 6));
  BOOST_TEST(net.to_string() ==
             "Sequential(\n"
             "  (0): ReLU()\n"
             "  (1): ReLU6()\n"
             "  (2): LeakyReLU(negative_slope=0.01)\n"
             "  (3): ELU(alpha=1.0)\n"
             "  (4): GELU(approximate='none')\n"
             "  (5): SiLU()\n"
             "  (6): Sigmoid()\n"
             "  (7): Tanh()\n"
             "  (8): Softplus(beta=0.5, threshold=1e-08)\n"
             "  (9): Hardtanh(min_val=-2.0, max_val=1e+16)\n"
             "  (10): PReLU(num_parameters=3)\n"
             "  (11): Softmax(dim=1)\n"
             "  (12): LogSoftmax(dim=-1)\n"
             "  (13): SwiGLU(\n"
             "    (gate): Linear(in_features=4, out_features=6, bias=False)\n"
             "    (value): Linear(in_features=4, out_features=6, bias=False)\n"
             "  )\n"
             ")");
}

BOOST_AUTO_TEST_CASE(modules_make_their_like) {
  manual_seed(5);
  nn::Sequential net(nn::make<nn::SwiGLU>(3, 4), nn::make<nn::PReLU>(4, 0.1),
                     nn::make<nn::Hardtanh>(-0.3, 0.2), nn::make<nn::Tanh>());
  Tensor x = randn({5, 3});
  auto copy = net.clone();
  BOOST_TEST((*copy)(x).equal(net(x)));
  BOOST_TEST(copy->to_string() == net.to_string());
  {
    no_grad guard;
    copy->parameters().at(0).fill_(0);
  }
  BOOST_TEST(!(*copy)(x).equal(net(x)));
}

// ---- messages ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_refused) {
  BOOST_TEST(error_of([] { F::prelu(zeros({2, 3}), zeros({2})); }) ==
             "prelu: weight holds 2 slopes, and input is (2,3), with 3 channels\n"
             "  hint: channels are axis 1");
  BOOST_TEST(error_of([] { F::swiglu(zeros({2, 3}), zeros({3})); }) ==
             "swiglu: gate is (2,3), value is (3): each number needs a gate of its own");
  BOOST_TEST(error_of([] { F::hardtanh(zeros({1}), 2, 1); }) ==
             "hardtanh: min_val is 2, max_val is 1: there is nothing between them");
  BOOST_TEST(fails_with("min_val is 0.5, the tensor of type i64: whole numbers take whole",
                        [] { F::hardtanh(tensor({1}), 0.5, 2); }));
  BOOST_TEST(fails_with("min_val is -1, which is beyond the type of the tensor, u8",
                        [] { F::hardtanh(tensor({1}).to(u8)); }));
  BOOST_TEST(fails_with("beta is 0", [] { F::softplus(zeros({1}), 0); }));
  BOOST_TEST(fails_with("approximate", [] { F::gelu(zeros({1}), "sigmoid"); }));
  for (auto f : {&F::silu, &F::relu6}) {
    BOOST_TEST(fails_with("there is no kernel for bool", [&] { f(tensor({true})); }));
  }
  BOOST_TEST(fails_with("elu: there is no kernel for i64", [] { F::elu(tensor({1})); }));
  BOOST_TEST(fails_with("PReLU: num_parameters is 0", [] { nn::PReLU prelu(0); }));
}
