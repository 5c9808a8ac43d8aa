// Elementwise operators: cases worked by hand, gradients, corners, messages. Values on many
// more shapes and types are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_elementwise
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "autograd/gradcheck.hpp"
#include "host/dispatch.hpp"
#include "host/threads.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_ = std::numeric_limits<double>::quiet_NaN();

using Inputs = std::vector<Tensor>;

// The gradient check of f on random f64 tensors of these shapes, moved by `shift`.
void check_gradient(const char* what, const std::function<Tensor(const Inputs&)>& f,
                    const std::vector<Shape>& shapes, double shift = 0) {
  manual_seed(7);
  Inputs inputs;
  for (const Shape& shape : shapes) {
    inputs.push_back((randn(shape, f64) + shift).requires_grad_());
  }
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
  BOOST_TEST(result.checked > 0);
}

// dL/dx of L = sum(weights * f(x)).
Numbers slope(const std::function<Tensor(const Tensor&)>& f, const Tensor& x,
              const Tensor& weights) {
  Tensor leaf = x.clone().requires_grad_();
  f(leaf).backward(weights);
  return numbers(leaf.grad());
}

}  // namespace

// ---- by hand ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(add_stretches_a_row_and_sums_its_gradient) {
  // y = a + 2*b with a (2,3), b (3); L = sum of w*y.
  // dL/da = w; dL/db = 2 * column sums of w.
  Tensor a = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}).requires_grad_();
  Tensor b = tensor({10.0, 20.0, 30.0}).requires_grad_();
  Tensor w = tensor({{1.0, -1.0, 2.0}, {3.0, 0.0, 5.0}});
  Tensor y = a.add(b, 2);
  BOOST_TEST(numbers(y) == (Numbers{21, 42, 63, 24, 45, 66}), per_element());
  y.backward(w);
  BOOST_TEST(numbers(a.grad()) == (Numbers{1, -1, 2, 3, 0, 5}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{8, -2, 14}), per_element());
  BOOST_TEST((b.grad().shape() == Shape{3}));
}

BOOST_AUTO_TEST_CASE(mul_gives_each_the_other) {
  Tensor a = tensor({2.0, -3.0}).requires_grad_(), b = tensor({5.0, 7.0}).requires_grad_();
  (a * b).backward(tensor({1.0, 10.0}));
  BOOST_TEST(numbers(a.grad()) == (Numbers{5, 70}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{2, -30}), per_element());
}

BOOST_AUTO_TEST_CASE(a_number_used_everywhere_collects_from_everywhere) {
  // L = sum_i w[i] * x[i] * s: dL/ds = sum_i w[i]*x[i] = 1*1 + 2*2 + 3*3.
  Tensor s = tensor(2.0).requires_grad_();
  (tensor({1.0, 2.0, 3.0}) * s).backward(tensor({1.0, 2.0, 3.0}));
  BOOST_TEST(s.grad().item() == 14);
  BOOST_TEST(s.grad().dim() == 0);
}

BOOST_AUTO_TEST_CASE(div_rounds_as_asked) {
  Tensor a = tensor({7, -7, 6}), b = tensor({2, 2, 3});
  BOOST_TEST(((a / b).dtype() == f32));
  BOOST_TEST(numbers(a / b) == (Numbers{3.5, -3.5, 2}), per_element());
  BOOST_TEST(numbers(div(a, b, "trunc")) == (Numbers{3, -3, 2}), per_element());
  BOOST_TEST(numbers(div(a, b, "floor")) == (Numbers{3, -4, 2}), per_element());
  BOOST_TEST((div(a, b, "floor").dtype() == i64));
  BOOST_TEST(numbers(a.remainder(4)) == (Numbers{3, 1, 2}), per_element());
  BOOST_TEST(numbers(a.remainder(-4)) == (Numbers{-1, -3, -2}), per_element());
  // 0.1 in f32 is a little more than a tenth, so it fits into 1 nine times.
  BOOST_TEST(div(tensor(1.0f), tensor(0.1f), "floor").item() == 9);
}

BOOST_AUTO_TEST_CASE(clamp_and_relu_by_hand) {
  Tensor x = tensor({-2.0, -1.0, 0.0, 1.0, 2.0}), ones_ = ones({5});
  BOOST_TEST(numbers(x.clamp(-1, 1)) == (Numbers{-1, -1, 0, 1, 1}), per_element());
  BOOST_TEST(
      slope([](auto& t) { return t.clamp(-1, 1); }, x, ones_) == (Numbers{0, 1, 1, 1, 0}),
      per_element());
  BOOST_TEST(numbers(x.clamp({}, 0)) == (Numbers{-2, -1, 0, 0, 0}), per_element());
  BOOST_TEST(numbers(x.relu()) == (Numbers{0, 0, 0, 1, 2}), per_element());
  BOOST_TEST(slope([](auto& t) { return t.relu(); }, x, ones_) == (Numbers{0, 0, 0, 1, 1}),
             per_element());
  BOOST_TEST((tensor({1, 5}).clamp(2).dtype() == i64));
  BOOST_TEST(numbers(tensor({1, 5}).clamp(1.5)) == (Numbers{1.5, 5}), per_element());
}

BOOST_AUTO_TEST_CASE(masks_combine) {
  Tensor x = arange(6);
  BOOST_TEST(numbers((x > 1) & (x < 4)) == (Numbers{0, 0, 1, 1, 0, 0}), per_element());
  BOOST_TEST(numbers((x < 1) | (x == 5)) == (Numbers{1, 0, 0, 0, 0, 1}), per_element());
  BOOST_TEST(numbers((x <= 2) ^ (x >= 2)) == (Numbers{1, 1, 0, 1, 1, 1}), per_element());
  BOOST_TEST(numbers(~(x != 3)) == (Numbers{0, 0, 0, 1, 0, 0}), per_element());
  BOOST_TEST(numbers(x.logical_not()) == (Numbers{1, 0, 0, 0, 0, 0}), per_element());
  BOOST_TEST(numbers(tensor({12}) & tensor({10})) == (Numbers{8}), per_element());
  BOOST_TEST(numbers(~tensor({0, 5})) == (Numbers{-1, -6}), per_element());
}

BOOST_AUTO_TEST_CASE(logic_of_numbers) {
  // 1 and 2 share no bit, and both are true.
  Tensor a = tensor({1, 1, 0, 0}), b = tensor({2, 0, 2, 0});
  BOOST_TEST(numbers(a & b) == (Numbers{0, 0, 0, 0}), per_element());
  BOOST_TEST(numbers(a.logical_and(b)) == (Numbers{1, 0, 0, 0}), per_element());
  BOOST_TEST(numbers(a.logical_or(b)) == (Numbers{1, 1, 1, 0}), per_element());
  BOOST_TEST(numbers(logical_xor(a, b)) == (Numbers{0, 1, 1, 0}), per_element());
  BOOST_TEST((a.logical_and(b).dtype() == bool_));
  BOOST_TEST(numbers(logical_and(tensor({nan_, 0.0, -0.0}), tensor(true))) ==
                 (Numbers{1, 0, 0}),
             per_element());
  BOOST_TEST((logical_or(zeros({3, 1}), zeros({2})).shape() == Shape{3, 2}));
}

BOOST_AUTO_TEST_CASE(rounding_by_hand) {
  Tensor x = tensor({-1.5, -0.5, 0.5, 1.5, 2.5, 2.4});
  BOOST_TEST(numbers(x.floor()) == (Numbers{-2, -1, 0, 1, 2, 2}), per_element());
  BOOST_TEST(numbers(x.ceil()) == (Numbers{-1, 0, 1, 2, 3, 3}), per_element());
  BOOST_TEST(numbers(x.trunc()) == (Numbers{-1, 0, 0, 1, 2, 2}), per_element());
  BOOST_TEST(numbers(x.round()) == (Numbers{-2, 0, 0, 2, 2, 2}), per_element());
  BOOST_TEST(std::signbit(numbers(x.ceil()).at(1)));  // of -0.5 the zero keeps the sign
  BOOST_TEST(numbers(tensor({0.126, 0.375, -2.0}, f64).round(2)) ==
                 (Numbers{0.13, 0.38, -2}),
             per_element());
  BOOST_TEST(numbers(tensor({155.0, 145.0, 4.0}).round(-1)) == (Numbers{160, 140, 0}),
             per_element());
  // 10^50 is inf in f32: so many digits behind the point no number has, and so many before
  // it none has either.
  BOOST_TEST(numbers(tensor({1.5, 3e38, inf}).round(50)) == (Numbers{1.5, 3e38f, inf}),
             per_element());
  BOOST_TEST(numbers(tensor({1.5, -3e38, -inf}).round(-50)) == (Numbers{0, 0, -inf}),
             per_element());
  BOOST_TEST((tensor({1, -5}).floor().dtype() == i64));
  BOOST_TEST(numbers(tensor({1, -5}).round()) == (Numbers{1, -5}), per_element());
  BOOST_TEST(fails_with("decimals is 1, and whole numbers have none",
                        [] { tensor({1}).round(1); }));
  Tensor y = tensor({-1.5, 0.5});
  BOOST_TEST(numbers(y.clone().floor_()) == (Numbers{-2, 0}), per_element());
  BOOST_TEST(numbers(y.clone().ceil_()) == (Numbers{-1, 1}), per_element());
  BOOST_TEST(y.round_().is(y));
  BOOST_TEST(numbers(y) == (Numbers{-2, 0}), per_element());
  for (auto f : {&Tensor::floor, &Tensor::ceil, &Tensor::trunc}) {
    BOOST_TEST(slope([&](auto& t) { return (t.*f)(); }, x, ones({6})) == Numbers(6, 0),
               per_element());
  }
  BOOST_TEST(slope([](auto& t) { return t.round(1); }, x, ones({6})) == Numbers(6, 0),
             per_element());
}

BOOST_AUTO_TEST_CASE(logarithms_and_angles_by_hand) {
  const auto close = boost::test_tools::tolerance(1e-6);
  BOOST_TEST(numbers(tensor({8.0, 1.0}).log2()) == (Numbers{3, 0}), per_element());
  BOOST_TEST(tensor({1000.0}).log10().item() == 3.0, close);
  const double pi = 3.14159265358979;
  BOOST_TEST(tensor({1.0}).asin().item() == pi / 2, close);
  BOOST_TEST(tensor({-1.0}).acos().item() == pi, close);
  BOOST_TEST(tensor({1.0}).atan().item() == pi / 4, close);
  BOOST_TEST(tensor({pi / 4}).tan().item() == 1.0, close);
  BOOST_TEST(std::isnan(tensor({1.5}).asin().item()));
  // cosh^2 - sinh^2 = 1, where both are about 3.76.
  Tensor x = tensor({2.0}, f64);
  BOOST_TEST((x.cosh().square() - x.sinh().square()).item() == 1.0, close);
  BOOST_TEST(tensor({1.0}).erf().item() == 0.8427007929, close);
  // What 1 + x would have lost: in f32, (1 + 1e-10) is 1.
  BOOST_TEST(tensor({1e-10}).log1p().item() / 1e-10 == 1.0, close);
  BOOST_TEST(tensor({1e-10}).expm1().item() / 1e-10 == 1.0, close);
  BOOST_TEST((tensor({4, 8}).log2().dtype() == f32));
  BOOST_TEST((tensor({true}).erf().dtype() == f32));
}

// ---- gradients against slopes ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients_of_two_operands) {
  std::vector<std::vector<Shape>> shapes = {{{3, 4}, {3, 4}},
                                            {{3, 1, 4}, {2, 1}},
                                            {{}, {2, 3}},
                                            {{5}, {}},
                                            {{2, 1, 2}, {1, 3, 1}}};
  for (const auto& pair : shapes) {
    check_gradient(
        "add", [](const Inputs& x) { return x[0] + x[1]; }, pair);
    check_gradient(
        "add alpha", [](const Inputs& x) { return x[0].add(x[1], -1.5); }, pair);
    check_gradient(
        "sub", [](const Inputs& x) { return x[0].sub(x[1], 2); }, pair);
    check_gradient(
        "mul", [](const Inputs& x) { return x[0] * x[1]; }, pair);
    check_gradient(
        "div", [](const Inputs& x) { return x[0] / x[1]; }, pair, 6);
    check_gradient(
        "pow", [](const Inputs& x) { return x[0].pow(x[1]); }, pair, 5);
    check_gradient(
        "maximum", [](const Inputs& x) { return x[0].maximum(x[1]); }, pair);
    check_gradient(
        "minimum", [](const Inputs& x) { return x[0].minimum(x[1]); }, pair);
    check_gradient(
        "remainder", [](const Inputs& x) { return (x[0] * 3).remainder(x[1]); }, pair, 6);
    check_gradient(
        "where",
        [](const Inputs& x) { return where(x[0] + x[1] > 0, x[0] * 2, x[1].square()); },
        pair);
  }
  check_gradient("mul by itself", [](const Inputs& x) { return x[0] * x[0]; }, {{4}});
}

BOOST_AUTO_TEST_CASE(gradients_of_one_operand) {
  struct {
    const char* name;
    Tensor (Tensor::*f)() const;
    double shift;
  } const cases[] = {
      {"neg", &Tensor::neg, 0},         {"abs", &Tensor::abs, 0},
      {"exp", &Tensor::exp, 0},         {"log", &Tensor::log, 6},
      {"sqrt", &Tensor::sqrt, 6},       {"square", &Tensor::square, 0},
      {"sin", &Tensor::sin, 0},         {"reciprocal", &Tensor::reciprocal, 6},
      {"cos", &Tensor::cos, 0},         {"tanh", &Tensor::tanh, 0},
      {"sigmoid", &Tensor::sigmoid, 0}, {"relu", &Tensor::relu, 0},
      {"expm1", &Tensor::expm1, 0},     {"log1p", &Tensor::log1p, 6},
      {"log2", &Tensor::log2, 6},       {"log10", &Tensor::log10, 6},
      {"sinh", &Tensor::sinh, 0},       {"cosh", &Tensor::cosh, 0},
      {"atan", &Tensor::atan, 0},       {"erf", &Tensor::erf, 0}};
  for (const auto& c : cases) {
    for (const Shape& shape : {Shape{3, 4}, Shape{}, Shape{2, 1, 3}}) {
      check_gradient(
          c.name, [&](const Inputs& x) { return (x[0].*c.f)(); }, {shape}, c.shift);
    }
  }
  check_gradient(
      "rsqrt", [](const Inputs& x) { return rsqrt(x[0]); }, {{3, 4}}, 6);
  check_gradient("clamp", [](const Inputs& x) { return x[0].clamp(-0.5, 0.5); }, {{20}});
  check_gradient("tan", [](const Inputs& x) { return x[0].tanh().tan(); }, {{3, 4}});
  check_gradient("asin", [](const Inputs& x) { return x[0].sin().asin(); }, {{3, 4}});
  check_gradient("acos", [](const Inputs& x) { return x[0].sin().acos(); }, {{3, 4}});
  check_gradient("clone", [](const Inputs& x) { return x[0].clone(); }, {{3, 4}});
}

BOOST_AUTO_TEST_CASE(gradients_of_strided_operands) {
  check_gradient("transposed", [](const Inputs& x) { return x[0].t() * x[1]; },
                 {{3, 4}, {4, 3}});
  check_gradient(
      "sliced", [](const Inputs& x) { return x[0].slice(1, {}, {}, 2).exp() / x[1]; },
      {{3, 4}, {3, 1}}, 5);
  check_gradient("expanded",
                 [](const Inputs& x) {
                   return x[0].expand({3, 4}).sin() * x[1];
                 },
                 {{3, 1}, {3, 4}});
  // An expanded gradient arrives at mul with strides of 0.
  check_gradient("expanded dout", [](const Inputs& x) { return (x[0] * x[1]).sum(); },
                 {{3, 4}, {4}});
  check_gradient("contiguous", [](const Inputs& x) { return x[0].t().contiguous(); },
                 {{3, 4}});
}
// ---- corners ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(kinks_have_the_slope_that_is_documented) {
  Tensor zero = tensor({0.0, -0.0}), one = ones({2});
  Numbers none{0, 0};
  BOOST_TEST(slope([](auto& x) { return x.relu(); }, zero, one) == none, per_element());
  BOOST_TEST(slope([](auto& x) { return x.abs(); }, zero, one) == none, per_element());
  BOOST_TEST(slope([](auto& x) { return x.sign(); }, ones({2}), one) == none,
             per_element());
  BOOST_TEST(slope([](auto& x) { return x.sqrt(); }, zero, one) == (Numbers{inf, -inf}),
             per_element());
  BOOST_TEST(slope([](auto& x) { return x.pow(0); }, zero, one) == none, per_element());
  BOOST_TEST(slope([](auto& x) { return x.pow(2); }, zero, one) == none, per_element());
  Tensor a = ones({1}).requires_grad_(), b = ones({1}).requires_grad_();
  a.maximum(b).backward(tensor({3.0}));
  BOOST_TEST(a.grad().item() == 1.5);
  BOOST_TEST(b.grad().item() == 1.5);
}

BOOST_AUTO_TEST_CASE(zero_to_a_power_has_no_slope_in_the_exponent) {
  Tensor b = tensor({0.0, 2.0, 0.5}).requires_grad_();
  pow(zeros({3}), b).backward(ones({3}));
  BOOST_TEST(numbers(b.grad()) == (Numbers{0, 0, 0}), per_element());
  Tensor e = tensor({3.0}).requires_grad_();
  pow(2, e).backward(ones({1}));  // 2^3 * ln 2
  BOOST_TEST(e.grad().item() == 8 * std::log(2.0), boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(broken_numbers_stay_visible) {
  Tensor x = tensor({nan_, inf, -inf, 0.0});
  BOOST_TEST(std::isnan(x.relu().to_vector<float>()[0]));
  BOOST_TEST(std::isnan(x.clamp(-1, 1).to_vector<float>()[0]));
  BOOST_TEST(std::isnan(x.maximum(zeros({4})).to_vector<float>()[0]));
  BOOST_TEST(std::isnan(zeros({4}).minimum(x).to_vector<float>()[0]));
  BOOST_TEST(numbers(x.isnan()) == (Numbers{1, 0, 0, 0}), per_element());
  BOOST_TEST(numbers(x.isinf()) == (Numbers{0, 1, 1, 0}), per_element());
  BOOST_TEST(numbers(x.isfinite()) == (Numbers{0, 0, 0, 1}), per_element());
  BOOST_TEST(numbers(x == x) == (Numbers{0, 1, 1, 1}), per_element());
  BOOST_TEST(numbers(x.sigmoid()).at(1) == 1);
  BOOST_TEST(numbers(x.sigmoid()).at(2) == 0);
  BOOST_TEST(numbers(x.tanh()).at(2) == -1);
  BOOST_TEST(numbers(x.log()).at(3) == -inf);
  BOOST_TEST(numbers(1 / x).at(3) == inf);
}

// Quotients are compared: beside an expected 1e-44, a result of 0 would be a small error.
BOOST_AUTO_TEST_CASE(both_tails_of_the_sigmoid_are_exact) {
  const auto close = boost::test_tools::tolerance(1e-6);
  // e^-100 is below the normal numbers of f32, where digits fade: 3.783506e-44.
  BOOST_TEST(tensor({-100.0}).sigmoid().item() / std::exp(-100.0) == 1.0,
             boost::test_tools::tolerance(2e-2));
  BOOST_TEST(tensor({-80.0}).sigmoid().item() / std::exp(-80.0) == 1.0, close);
  BOOST_TEST(tensor({-700.0}, f64).sigmoid().item() / std::exp(-700.0) == 1.0, close);
  BOOST_TEST(tensor({80.0}).sigmoid().item() == 1);
  BOOST_TEST(numbers(tensor({1e4, -1e4}).sigmoid()) == (Numbers{1, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(where_keeps_the_other_side_out) {
  Tensor a = tensor({1.0, nan_}).requires_grad_(), b = tensor({inf, 2.0}).requires_grad_();
  Tensor y = where(tensor({true, false}), a, b);
  BOOST_TEST(numbers(y) == (Numbers{1, 2}), per_element());
  y.backward(tensor({5.0, 7.0}));
  BOOST_TEST(numbers(a.grad()) == (Numbers{5, 0}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{0, 7}), per_element());
  BOOST_TEST(numbers(where(tensor({true, false}), tensor({1, 2}), 9)) == (Numbers{1, 9}),
             per_element());
  BOOST_TEST(numbers(where(tensor({true, false}), 9, tensor({1, 2}))) == (Numbers{9, 2}),
             per_element());
}

BOOST_AUTO_TEST_CASE(whole_numbers_wrap_around) {
  constexpr int64_t lowest = std::numeric_limits<int64_t>::min(), highest = ~lowest;
  Tensor low = full({1}, lowest), high = full({1}, highest);
  BOOST_TEST((high + 1).item<int64_t>() == lowest);
  BOOST_TEST((low - 1).item<int64_t>() == highest);
  BOOST_TEST((high * 2).item<int64_t>() == -2);
  BOOST_TEST((-low).item<int64_t>() == lowest);
  BOOST_TEST(low.abs().item<int64_t>() == lowest);
  BOOST_TEST(low.square().item<int64_t>() == 0);
  BOOST_TEST(div(low, -1, "trunc").item<int64_t>() == lowest);
  BOOST_TEST(div(low, -1, "floor").item<int64_t>() == lowest);
  BOOST_TEST(low.remainder(-1).item<int64_t>() == 0);
  BOOST_TEST((full({1}, 127, i8) + full({1}, 1, i8)).item() == -128);
  BOOST_TEST((full({1}, 200, u8) + 100).item() == 44);
  BOOST_TEST((full({1}, -32768, i16) * full({1}, -32768, i16)).item() == 0);
  // 3^41 = 36472996377170786403, less 2^64.
  BOOST_TEST(tensor({3}).pow(41).item<int64_t>() == int64_t(18026252303461234787u));
}

BOOST_AUTO_TEST_CASE(bools_have_logic_of_their_own) {
  Tensor t = tensor({true, true, false}), f = tensor({true, false, false});
  BOOST_TEST(((t + f).dtype() == bool_));
  BOOST_TEST(numbers(t + f) == (Numbers{1, 1, 0}), per_element());
  BOOST_TEST(numbers(t * f) == (Numbers{1, 0, 0}), per_element());
  BOOST_TEST(numbers(t.maximum(f)) == (Numbers{1, 1, 0}), per_element());
  BOOST_TEST(numbers(t / f.to(f32)).at(1) == inf);
  BOOST_TEST(((t + 1).dtype() == i64));
  // Memory from elsewhere may hold other bytes than 0 and 1.
  uint8_t bytes[3] = {0, 2, 255};
  Tensor foreign = from_blob(bytes, {3}, bool_);
  BOOST_TEST(numbers(~foreign) == (Numbers{1, 0, 0}), per_element());
  BOOST_TEST(numbers(foreign == tensor({true, true, true})) == (Numbers{0, 1, 1}),
             per_element());
  BOOST_TEST(numbers(foreign.clone() ^ foreign) == (Numbers{0, 0, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(empty_tensors_and_single_numbers) {
  Tensor none = zeros({0, 3}).requires_grad_(), row = ones({3}).requires_grad_();
  Tensor y = none + row;
  BOOST_TEST((y.shape() == Shape{0, 3}));
  y.backward(zeros({0, 3}));
  BOOST_TEST(numbers(row.grad()) == (Numbers{0, 0, 0}), per_element());
  BOOST_TEST((none.grad().shape() == Shape{0, 3}));
  BOOST_TEST(((zeros({1}) * zeros({0})).shape() == Shape{0}));
  BOOST_TEST((tensor(2.0) + tensor(3.0)).item() == 5);
  BOOST_TEST((tensor(2.0) + tensor(3.0)).dim() == 0);
  BOOST_TEST(zeros({0}).exp().numel() == 0);
}

// ---- messages --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(shapes_that_do_not_meet) {
  BOOST_TEST(error_of([] {
               zeros({2, 3}) + zeros({4});
             }) ==
             "add: input is (2,3), other is (4): axis 1 is 3 against 4, and neither is 1\n"
             "  hint: sizes are matched from the last axis backwards; equal, or one is 1");
  BOOST_TEST(error_of([] {
               zeros({5, 3}) * zeros({5});
             }) ==
             "mul: input is (5,3), other is (5): axis 1 is 3 against 5, and neither is 1\n"
             "  hint: other.unsqueeze(-1) would fit");
  BOOST_TEST(fails_with("hint: input.unsqueeze(-1) would fit", [] {
    zeros({5}).lt(zeros({5, 3}));
  }));
  BOOST_TEST(
      error_of([] { where(zeros({3}, bool_), zeros({2}), zeros({2})); }) ==
      "where: the choice is (2), condition is (3): axis 0 is 2 against 3, and neither "
      "is 1\n  hint: sizes are matched from the last axis backwards; equal, or one is 1");
  BOOST_TEST(error_of([] {
               zeros({3}).copy_(zeros({2, 3}));
             }) == "copy: src is (2,3), which does not stretch to (3), the shape of self");
}

BOOST_AUTO_TEST_CASE(types_and_values_that_are_refused) {
  BOOST_TEST(
      error_of([] { div(tensor({1}), tensor({0}), "floor"); }) ==
      "div: a whole number was divided by 0\n  hint: floats give inf or nan instead");
  BOOST_TEST(fails_with("remainder: a whole number was divided by 0",
                        [] { tensor({1}).remainder(0); }));
  BOOST_TEST(
      error_of([] { tensor({2}).pow(-1); }) ==
      "pow: a whole number to the power of -1: whole numbers have no negative powers\n"
      "  hint: convert the base first: x.to(f32)");
  BOOST_TEST(
      error_of([] { tensor({true}) - tensor({true}); }) ==
      "sub: bools have no difference\n  hint: a ^ b tells where two bool tensors differ");
  BOOST_TEST(
      error_of([] { tensor({1}).add(tensor({1}), 0.5); }) ==
      "add: alpha is 0.5, the tensors are of type i64: whole numbers take a whole alpha\n"
      "  hint: convert them first: x.to(f32)");
  BOOST_TEST(fails_with("div: rounding_mode is 'up'; it must be 'floor' or 'trunc'",
                        [] { div(ones({1}), ones({1}), "up"); }));
  BOOST_TEST(error_of([] { ones({1}).clamp({}, {}); }) ==
             "clamp: both min and max are left out");
  BOOST_TEST(fails_with("clamp: min is 0.5, but the tensor is of type i64",
                        [] { tensor({1}).clamp_(0.5); }));
  BOOST_TEST(fails_with("where: condition is of type f32; it must be bool",
                        [] { where(ones({1}), ones({1}), ones({1})); }));
  BOOST_TEST(fails_with("neg: there is no kernel for bool", [] { -tensor({true}); }));
  BOOST_TEST(
      fails_with("bitwise_and: there is no kernel for f32", [] { ones({1}) & ones({1}); }));
  BOOST_TEST(
      fails_with("exp: there is no kernel for f16", [] { ones({1}).to(f16).exp(); }));
  BOOST_TEST(fails_with("to: dtype: there is no element type 'f31'", [] {
    static constinit const Op to("core.to");
    Tensor x = ones({1});
    run(to, {&x}, {"f31"});
  }));
}

// ---- size ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads) {
  manual_seed(1);
  Tensor a = randn({300, 500}), b = randn({500}), c = randn({300, 1}),
         w = randn({300, 500});
  auto compute = [&](int threads) {
    set_num_threads(threads);
    Tensor x = a.clone().requires_grad_(), y = b.clone().requires_grad_();
    Tensor z = c.clone().requires_grad_(), s = tensor(0.5).requires_grad_();
    Tensor result = (x.t().t() * y + z).tanh() * s;
    result.backward(w);
    return std::vector<Tensor>{
        result.detach(),      x.grad(), y.grad(), z.grad(), s.grad(), a.t().contiguous(),
        a.to(f16).t().to(f64)};
  };
  int before = num_threads();
  std::vector<Tensor> one = compute(1), three = compute(3);
  set_num_threads(before);
  for (size_t i = 0; i < one.size(); ++i)
    BOOST_TEST(one[i].equal(three[i]), "result " << i);
}

BOOST_AUTO_TEST_CASE(a_long_gradient_sum_loses_nothing) {
  // 200000 times 0.1 in f32: adding one by one in f32 would give about 20015.
  Tensor b = zeros({1}).requires_grad_();
  (zeros({200000, 1}) + b).backward(full({200000, 1}, 0.1f));
  BOOST_TEST(b.grad().item() == double(float(200000 * double(0.1f))));
}
