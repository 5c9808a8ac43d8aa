// Reductions: cases worked by hand, precision, ties and NaN, gradients, messages. Values on
// more shapes and types are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_reduce
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

// Numbers 0.37 apart, in random order: no ties, and none near 0.
Tensor distinct(const Shape& shape) {
  Tensor order = randperm(shape.numel()).to(f64);
  return (order * 0.37 - double(shape.numel()) * 0.185 + 0.1).view(shape);
}

void check_gradient(const char* what, const Shape& shape,
                    const std::function<Tensor(const Tensor&)>& f) {
  manual_seed(5);
  Tensor x = distinct(shape).requires_grad_();
  GradCheck result = gradcheck([&](const Inputs& in) { return f(in[0]); }, {x});
  BOOST_TEST(result.ok, what << ": " << result.report);
  BOOST_TEST(result.skipped == 0, what);
}

}  // namespace

// ---- by hand --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(sum_and_mean_by_hand) {
  // x = 1 2 3     rows 6 and 15, columns 5, 7, 9
  //     4 5 6
  Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}).requires_grad_();
  BOOST_TEST(x.sum().item() == 21);
  BOOST_TEST(numbers(x.sum(0)) == (Numbers{5, 7, 9}), per_element());
  BOOST_TEST(numbers(x.sum(-1)) == (Numbers{6, 15}), per_element());
  BOOST_TEST((x.sum(1, true).shape() == Shape{2, 1}));
  BOOST_TEST(numbers(sum(x, 1)) == (Numbers{6, 15}), per_element());
  BOOST_TEST(sum(x, {0, 1}).item() == mean(x).item() * 6);
  BOOST_TEST((x.sum({0, 1}, true).shape() == Shape{1, 1}));
  BOOST_TEST(numbers(x.mean(0)) == (Numbers{2.5, 3.5, 4.5}), per_element());

  // dL/dx[i,j] of L = sum_j w[j] * mean_i x[i,j] is w[j]/2.
  x.mean(0).backward(tensor({2.0, 4.0, 8.0}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 2, 4, 1, 2, 4}), per_element());
}

BOOST_AUTO_TEST_CASE(nothing_adds_up_to_zero_and_has_no_mean) {
  BOOST_TEST(zeros({0}).sum().item() == 0);
  BOOST_TEST(std::isnan(zeros({0}).mean().item()));
  BOOST_TEST(numbers(zeros({2, 0}).sum(1)) == (Numbers{0, 0}), per_element());
  BOOST_TEST((zeros({2, 0}).sum(0).shape() == Shape{0}));
  BOOST_TEST(zeros({0, 3}).norm().item() == 0);
  BOOST_TEST(zeros({0}).all().item() == 1);
  BOOST_TEST(zeros({0}).any().item() == 0);
  BOOST_TEST((zeros({0, 3, 4}).sum(1).shape() == Shape{0, 4}));
  BOOST_TEST((zeros({0, 3}).norm(2, {1}, true).shape() == Shape{0, 1}));
}

BOOST_AUTO_TEST_CASE(ten_million_ones_are_ten_million) {
  Tensor x = ones({10'000'000});
  BOOST_TEST(x.sum().item() == 1e7);
  BOOST_TEST(x.view({10, 1'000'000}).sum(1)[3].item() == 1e6);
  BOOST_TEST(x.view({1'000'000, 10}).sum(0)[9].item() == 1e6);
  // In f32 a running sum of 0.1 would be off by several percent after so many steps.
  BOOST_TEST(std::abs((x * 0.1).sum().item() - double(0.1f) * 1e7) < 0.1);
  BOOST_TEST(std::abs(x.norm().item() - std::sqrt(1e7)) < 1e-3);
}

BOOST_AUTO_TEST_CASE(whole_numbers_and_bools_add_up_in_64_bits) {
  BOOST_TEST((tensor({200, 200}, u8).sum().dtype() == i64));
  BOOST_TEST(tensor({200, 200}, u8).sum().item() == 400);
  BOOST_TEST((tensor({true, true, false}).sum().dtype() == i64));
  BOOST_TEST(tensor({true, true, false}).sum().item() == 2);
  BOOST_TEST(numbers(tensor({100, 100}, i8).cumsum(0)) == (Numbers{100, 200}),
             per_element());
  int64_t most = std::numeric_limits<int64_t>::max();
  BOOST_TEST(tensor({most, int64_t(1)}).sum().item<int64_t>() ==
             std::numeric_limits<int64_t>::min());
}

BOOST_AUTO_TEST_CASE(the_result_does_not_depend_on_the_number_of_threads) {
  manual_seed(1);
  Tensor x = randn({300, 501});
  auto all_results = [&] {
    return cat({x.sum().view({1}), x.sum(0), x.sum(1), x.mean(0), x.norm(3, {1}),
                x.cumsum(0).view({-1}), x.max().view({1})});
  };
  int before = num_threads();
  set_num_threads(1);
  Tensor alone = all_results();
  for (int threads : {2, 3, 7}) {
    set_num_threads(threads);
    BOOST_TEST(all_results().equal(alone), threads << " threads");
  }
  set_num_threads(before);
}

// ---- max, min, argmax, argmin ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(max_along_an_axis_names_the_first_of_equals) {
  Tensor x = tensor({{1.0, 7.0, 7.0}, {4.0, -2.0, 4.0}}).requires_grad_();
  auto [values, indices] = x.max(1);
  BOOST_TEST(numbers(values) == (Numbers{7, 4}), per_element());
  BOOST_TEST(numbers(indices) == (Numbers{1, 0}), per_element());
  BOOST_TEST((indices.dtype() == i64));
  BOOST_TEST(!indices.requires_grad());
  values.backward(tensor({10.0, 20.0}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 10, 0, 20, 0, 0}), per_element());
  BOOST_TEST(numbers(x.min(0).values) == (Numbers{1, -2, 4}), per_element());
  BOOST_TEST(numbers(x.argmin(0)) == (Numbers{0, 1, 1}), per_element());
  BOOST_TEST(x.argmax().item() == 1);
  BOOST_TEST((x.argmax(1, true).shape() == Shape{2, 1}));
}

BOOST_AUTO_TEST_CASE(the_gradient_of_the_whole_maximum_is_shared_among_equals) {
  Tensor x = tensor({3.0, 1.0, 3.0, 2.0, 3.0}).requires_grad_();
  x.max().backward(tensor(6.0));
  BOOST_TEST(numbers(x.grad()) == (Numbers{2, 0, 2, 0, 2}), per_element());
  x.zero_grad();
  x.min().backward(tensor(6.0));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 6, 0, 0, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(nan_wins) {
  Tensor x = tensor({1.0, nan_, inf, nan_}, f64);
  BOOST_TEST(std::isnan(x.max().item()));
  BOOST_TEST(std::isnan(x.min().item()));
  BOOST_TEST(x.argmax().item() == 1);
  BOOST_TEST(x.argmin().item() == 1);
  BOOST_TEST(x.max(0).indices.item() == 1);
  BOOST_TEST(std::isnan(x.norm(inf).item()));
  BOOST_TEST(std::isnan(x.norm(-inf).item()));
  BOOST_TEST(std::isnan(x.sum().item()));
}

// ---- cumsum, norm, all, any -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cumsum_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0}).requires_grad_();
  Tensor y = x.cumsum(0);
  BOOST_TEST(numbers(y) == (Numbers{1, 3, 6}), per_element());
  y.backward(tensor({1.0, 10.0, 100.0}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{111, 110, 100}), per_element());
}

BOOST_AUTO_TEST_CASE(norms_by_hand) {
  Tensor x = tensor({3.0, -4.0, 0.0}).requires_grad_();
  BOOST_TEST(x.norm().item() == 5);
  BOOST_TEST(x.norm(1).item() == 7);
  BOOST_TEST(x.norm(inf).item() == 4);
  BOOST_TEST(x.norm(-inf).item() == 0);
  BOOST_TEST(x.norm(0).item() == 2);
  BOOST_TEST(std::abs(x.norm(3).item() - std::cbrt(27 + 64)) < 1e-6);
  x.norm().backward();  // x/|x|
  BOOST_TEST(std::abs(x.grad()[0].item() - 0.6) < 1e-7);
  BOOST_TEST(std::abs(x.grad()[1].item() + 0.8) < 1e-7);
  BOOST_TEST(x.grad()[2].item() == 0);

  for (double p : {2.0, 1.0, 0.0, 3.0, 0.5, inf, -inf}) {  // at the kink
    Tensor zero = zeros({3}).requires_grad_();
    zero.norm(p).backward();
    BOOST_TEST(numbers(zero.grad()) == (Numbers{0, 0, 0}), per_element());
  }
  BOOST_TEST(tensor({3e30f, 4e30f}).norm().item() ==
             double(5e30f));  // 9e60 is too large for f32
}

BOOST_AUTO_TEST_CASE(all_and_any) {
  BOOST_TEST(tensor({1, 2}).all().item() == 1);
  BOOST_TEST(tensor({1, 0}).all().item() == 0);
  BOOST_TEST(tensor({1, 0}).any().item() == 1);
  BOOST_TEST(zeros({2, 2}).any().item() == 0);
  BOOST_TEST(tensor({nan_}).any().item() == 1);
  BOOST_TEST((tensor({1, 2}).all().dtype() == bool_));
}

// ---- gradients ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients_of_reductions) {
  check_gradient("sum", {3, 4}, [](auto& x) { return x.sum(); });
  check_gradient("sum of a middle axis", {2, 3, 4}, [](auto& x) { return x.sum(1); });
  check_gradient("sum of two axes", {2, 3, 4}, [](auto& x) { return x.sum({0, 2}, true); });
  check_gradient("mean", {2, 3, 4}, [](auto& x) { return x.mean({1, -1}); });
  check_gradient("mean of rank 0", {}, [](auto& x) { return x.mean(); });
  check_gradient("max", {3, 4}, [](auto& x) { return x.max(); });
  check_gradient("max of an axis", {3, 2, 4},
                 [](auto& x) { return x.max(1, true).values; });
  check_gradient("min of an axis", {3, 4}, [](auto& x) { return x.min(0).values; });
  check_gradient("cumsum", {2, 3, 2}, [](auto& x) { return x.cumsum(1); });
  check_gradient("a view", {3, 4}, [](auto& x) { return x.t().sum(0); });
  check_gradient("used twice", {3, 4},
                 [](auto& x) { return x * x.sum(1, true) + x.max(); });
  for (double p : {2.0, 1.0, 3.0, 0.5, -1.5, inf, -inf}) {
    check_gradient("norm", {3, 4}, [p](auto& x) { return x.norm(p); });
    check_gradient("norm of axes", {2, 3, 4}, [p](auto& x) { return x.norm(p, {0, 2}); });
  }
}

// ---- messages -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(messages_of_reductions) {
  Tensor x = ones({2, 3});
  BOOST_TEST(error_of([&] { x.sum(2); }) ==
             "sum: axis 2 of a tensor with 2 axes: it must be from -2 to 1");
  BOOST_TEST(error_of([&] { x.sum({1, -1}); }) == "sum: axis -1 is named twice in (1,-1)");
  BOOST_TEST(error_of([&] {
               tensor({1, 2}).mean();
             }) ==
             "mean: the mean of i64 numbers would lose what follows the point\n"
             "  hint: convert them first: x.to(f32).mean()");
  BOOST_TEST(error_of([&] {
               zeros({0, 3}).max();
             }) == "max: a tensor (0,3) has no elements, so none is the largest");
  BOOST_TEST(error_of([&] {
               zeros({0, 3}).min(0);
             }) == "min: axis 0 of (0,3) has size 0: there is no smallest element");
  BOOST_TEST((zeros({0, 3}).min(1).values.shape() == Shape{0}));
  BOOST_TEST(error_of([&] {
               zeros({2, 0}).argmax(1);
             }) == "argmax: axis 1 of (2,0) has size 0: there is no largest element");
  BOOST_TEST(error_of([&] { x.cumsum(-3); }) ==
             "cumsum: axis -3 of a tensor with 2 axes: it must be from -2 to 1");
  BOOST_TEST(error_of([&] {
               tensor({3, 4}).norm();
             }) ==
             "norm: the norm of i64 numbers would lose what follows the point\n"
             "  hint: x.to(f32).norm()");
  BOOST_TEST(error_of([&] { x.norm(nan_); }) == "norm: p is nan");
}

// ---- var, std, prod, cumprod, logsumexp -------------------------------------------------

BOOST_AUTO_TEST_CASE(all_and_any_along_an_axis) {
  Tensor x = tensor({{1.0, 0.0, 2.0}, {3.0, 4.0, 5.0}});
  BOOST_TEST(numbers(x.all(0)) == (Numbers{1, 0, 1}), per_element());
  BOOST_TEST(numbers(x.all(1)) == (Numbers{0, 1}), per_element());
  BOOST_TEST(numbers((x == 0).any(-1)) == (Numbers{1, 0}), per_element());
  BOOST_TEST((x.any(1, true).shape() == Shape{2, 1}));
  BOOST_TEST((zeros({0, 2}).all(0).dtype() == bool_));
  BOOST_TEST(numbers(zeros({0, 2}).all(0)) == (Numbers{1, 1}), per_element());
}

BOOST_AUTO_TEST_CASE(variance_by_hand) {
  // 1, 2, 6: mean 3, deviations -2, -1, 3, squares 4 + 1 + 9 = 14.
  Tensor x = tensor({{1.0, 2.0, 6.0}, {5.0, 5.0, 5.0}}, f64).requires_grad_();
  BOOST_TEST(numbers(x.var(1)) == (Numbers{7, 0}), per_element());
  BOOST_TEST(x.var(1, 0)[0].item() == 14.0 / 3);
  BOOST_TEST(std::abs(x.std(1)[0].item() - std::sqrt(7)) < 1e-15);
  BOOST_TEST((x.var({0, 1}, 1, true).shape() == Shape{1, 1}));
  BOOST_TEST(x.var().item() == x.flatten().var(0).item());
  BOOST_TEST(x.std(1, 0)[1].item() == 0);

  // dvar/dx = 2/(3-1) * deviation; dstd/dx = deviation / (2 std), or 0 where all are equal.
  x.var(1).backward(tensor({10.0, 1.0}, f64));
  BOOST_TEST(numbers(x.grad()) == (Numbers{-20, -10, 30, 0, 0, 0}), per_element());
  x.zero_grad();
  x.std(1).backward(tensor({2 * std::sqrt(7.0), 1.0}, f64));
  BOOST_TEST(
      (x.grad() - tensor({{-2.0, -1.0, 3.0}, {0.0, 0.0, 0.0}}, f64)).abs().max().item() <
      1e-14);
}

BOOST_AUTO_TEST_CASE(variance_far_from_zero_keeps_its_digits) {
  // In f32, mean(x^2) - mean(x)^2 would subtract 1e12 from 1e12, which are 65536 apart.
  Tensor x = tensor({1e6, 1e6 + 1, 1e6 + 2}, f32);
  BOOST_TEST(x.var().item() == 1);
  BOOST_TEST(x.std().item() == 1);
}

BOOST_AUTO_TEST_CASE(variance_of_too_few) {
  BOOST_TEST(std::isnan(tensor({3.0}).var().item()));
  BOOST_TEST(tensor({3.0}).var(Shape{}, 0).item() == 0);
  BOOST_TEST(tensor({1.0, 2.0}).var(0, 2).item() == inf);
  BOOST_TEST(std::isnan(zeros({0}).std().item()));
}

BOOST_AUTO_TEST_CASE(products_and_their_zeros) {
  Tensor x = tensor({2.0, 3.0, 4.0}).requires_grad_();
  BOOST_TEST(x.prod().item() == 24);
  x.prod().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{12, 8, 6}), per_element());
  // With one zero only it can move the product, with two nothing can.
  Tensor rows = tensor({{2.0, 0.0, 4.0}, {0.0, 3.0, 0.0}}).requires_grad_();
  rows.prod(1).backward(tensor({1.0, 1.0}));
  BOOST_TEST(numbers(rows.grad()) == (Numbers{0, 8, 0, 0, 0, 0}), per_element());

  BOOST_TEST(zeros({0}).prod().item() == 1);
  BOOST_TEST((prod(x.reshape({1, 3}), 0, true).shape() == Shape{1, 3}));
  BOOST_TEST((tensor({100, 100}, u8).prod().dtype() == i64));
  BOOST_TEST(tensor({100, 100}, u8).prod().item() == 10000);
  // Beyond f32 on the way, within it at the end.
  BOOST_TEST(tensor({1e30, 1e30, 1e-30, 1e-30}).prod().item() == 1,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(running_products_by_hand) {
  // y = 2, 2*0, 2*0*4: only x[0] moves y[0]; x[1] moves y[1] by 2 and y[2] by 8.
  Tensor x = tensor({2.0, 0.0, 4.0}).requires_grad_();
  Tensor y = x.cumprod(0);
  BOOST_TEST(numbers(y) == (Numbers{2, 0, 0}), per_element());
  y.backward(tensor({1.0, 10.0, 100.0}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 820, 0}), per_element());
  BOOST_TEST(numbers(tensor({3, 4}, i8).cumprod(0)) == (Numbers{3, 12}), per_element());
}

BOOST_AUTO_TEST_CASE(logsumexp_neither_overflows_nor_vanishes) {
  BOOST_TEST(tensor({1e4, 1e4}, f64).logsumexp(0).item() == 1e4 + std::log(2.0));
  BOOST_TEST(tensor({-1e4, -1e4}, f64).logsumexp(0).item() == -1e4 + std::log(2.0));
  BOOST_TEST(tensor({-inf, 3.0}).logsumexp(0).item() == 3);
  BOOST_TEST(tensor({-inf, -inf}).logsumexp(0).item() == -inf);
  BOOST_TEST(tensor({inf, 3.0}).logsumexp(0).item() == inf);
  BOOST_TEST(zeros({0}).logsumexp(0).item() == -inf);
  BOOST_TEST((tensor({1, 2}).logsumexp(0).dtype() == f32));
  // Its gradient is softmax.
  Tensor x = distinct({3, 4}).requires_grad_();
  logsumexp(x, 1).backward(ones({3}, f64));
  BOOST_TEST(x.grad().allclose(x.detach().softmax(1), 1e-14));
}

BOOST_AUTO_TEST_CASE(gradients_of_the_wider_reductions) {
  check_gradient("var", {3, 4}, [](const Tensor& x) { return x.var(1); });
  check_gradient("var of all", {2, 3}, [](const Tensor& x) { return x.var(); });
  check_gradient("std", {2, 3, 4}, [](const Tensor& x) { return x.std({0, 2}, 0); });
  check_gradient("prod", {2, 3, 2}, [](const Tensor& x) { return x.prod(1); });
  check_gradient("cumprod", {2, 4}, [](const Tensor& x) { return x.cumprod(-1); });
  check_gradient("logsumexp", {2, 3, 2}, [](const Tensor& x) {
    return x.logsumexp({0, 1}, true);
  });
}

BOOST_AUTO_TEST_CASE(messages_of_the_wider_reductions) {
  BOOST_TEST(fails_with("i64", [] { tensor({1, 2}).var(); }));
  BOOST_TEST(fails_with("hint: x.to(f32)", [] { tensor({1, 2}).std(); }));
  BOOST_TEST(fails_with("axis 2", [] { zeros({2, 3}).var(2); }));
  BOOST_TEST(fails_with("named twice", [] { zeros({2, 3}).logsumexp(Shape{1, -1}); }));
  BOOST_TEST(fails_with("axis 1", [] { zeros({2}).prod(1); }));
  BOOST_TEST(fails_with("axis -2", [] { zeros({2}).cumprod(-2); }));
}
