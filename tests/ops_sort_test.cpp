// Order: sort, argsort and topk by hand, ties and nan, gradients, messages. More shapes and
// types are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_sort
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "autograd/gradcheck.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_ = std::numeric_limits<double>::quiet_NaN();

void check_gradient(const char* what, const std::function<Tensor(const Tensor&)>& f) {
  manual_seed(4);
  Tensor x = (randperm(24).to(f64) * 0.3 - 3).view({2, 4, 3}).requires_grad_();
  GradCheck result =
      gradcheck([&](const std::vector<Tensor>& in) { return f(in[0]); }, {x});
  BOOST_TEST(result.ok, what << ": " << result.report);
}

}  // namespace

BOOST_AUTO_TEST_CASE(sort_by_hand) {
  Tensor x = tensor({{3.0, 1.0, 2.0}, {5.0, 6.0, 4.0}}).requires_grad_();
  auto [values, indices] = x.sort();
  BOOST_TEST(numbers(values) == (Numbers{1, 2, 3, 4, 5, 6}), per_element());
  BOOST_TEST(numbers(indices) == (Numbers{1, 2, 0, 2, 0, 1}), per_element());
  BOOST_TEST((indices.dtype() == i64));
  BOOST_TEST(!indices.requires_grad());
  // dL/dvalues goes back to where the values stood.
  values.backward(tensor({{10.0, 20.0, 30.0}, {40.0, 50.0, 60.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{30, 10, 20, 50, 60, 40}), per_element());
  BOOST_TEST(numbers(sort(x.detach(), 0, true).values) == (Numbers{5, 6, 4, 3, 1, 2}),
             per_element());
  BOOST_TEST(numbers(argsort(x, 1, true)) == (Numbers{0, 2, 1, 1, 0, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(equal_elements_keep_their_order_in_both_directions) {
  Tensor x = tensor({1, 0, 1, 0, 1});
  BOOST_TEST(numbers(x.argsort(0)) == (Numbers{1, 3, 0, 2, 4}), per_element());
  BOOST_TEST(numbers(x.argsort(0, true)) == (Numbers{0, 2, 4, 1, 3}), per_element());
  BOOST_TEST(numbers(zeros({40}).argsort()) == numbers(arange(40)), per_element());
  BOOST_TEST(numbers(tensor({0.0, -0.0, 0.0}).argsort()) == (Numbers{0, 1, 2}),
             per_element());
  BOOST_TEST(numbers(zeros({7}).topk(3).indices) == (Numbers{0, 1, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(nan_counts_as_the_largest) {
  Tensor x = tensor({nan_, 1.0, inf, nan_, -inf});
  BOOST_TEST(numbers(x.argsort()) == (Numbers{4, 1, 2, 0, 3}), per_element());
  BOOST_TEST(numbers(x.argsort(0, true)) == (Numbers{0, 3, 2, 1, 4}), per_element());
  BOOST_TEST(std::isnan(x.topk(1).values[0].item()));
  BOOST_TEST(numbers(x.topk(2, 0, false).indices) == (Numbers{4, 1}), per_element());
}

BOOST_AUTO_TEST_CASE(sort_is_right_on_many_numbers) {
  manual_seed(3);
  Tensor x = randint(0, 1000, {5000}).to(f32);
  auto [values, indices] = x.sort();
  BOOST_TEST((values[slice(1)] >= values[slice(0, -1)]).all().item() == 1);
  BOOST_TEST(x.index_select(0, indices).equal(values));
  BOOST_TEST(indices.sort().values.equal(arange(5000)));  // each place once
  BOOST_TEST(x.topk(10).values.equal(x.sort(0, true).values[slice(0, 10)]));
  BOOST_TEST(x.topk(10).indices.equal(x.sort(0, true).indices[slice(0, 10)]));
}

BOOST_AUTO_TEST_CASE(topk_by_hand) {
  Tensor x = tensor({{3.0, 1.0, 2.0}, {5.0, 6.0, 4.0}}).requires_grad_();
  auto [values, indices] = x.topk(2);
  BOOST_TEST(numbers(values) == (Numbers{3, 2, 6, 5}), per_element());
  BOOST_TEST(numbers(indices) == (Numbers{0, 2, 1, 0}), per_element());
  values.backward(tensor({{1.0, 2.0}, {3.0, 4.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 0, 2, 4, 3, 0}), per_element());
  BOOST_TEST(numbers(topk(x.detach(), 1, 0, false).values) == (Numbers{3, 1, 2}),
             per_element());
  BOOST_TEST((x.topk(0).values.shape() == Shape{2, 0}));
  BOOST_TEST(tensor(7.0).topk(1).values.item() == 7);
}

BOOST_AUTO_TEST_CASE(one_number_and_none) {
  BOOST_TEST(tensor(7.0).sort().values.item() == 7);
  BOOST_TEST(tensor(7.0).sort().indices.item() == 0);
  BOOST_TEST((zeros({0, 3}).sort(0).values.shape() == Shape{0, 3}));
  BOOST_TEST((zeros({3, 0}).sort(0).indices.shape() == Shape{3, 0}));
}

BOOST_AUTO_TEST_CASE(gradients_of_sorting) {
  check_gradient("sort", [](const Tensor& x) { return x.sort(1).values; });
  check_gradient("sort down", [](const Tensor& x) { return x.sort(-1, true).values; });
  check_gradient("topk", [](const Tensor& x) { return x.topk(2, 1).values; });
  check_gradient("topk of the smallest",
                 [](const Tensor& x) { return x.topk(3, -1, false).values; });
}

BOOST_AUTO_TEST_CASE(messages_of_sorting) {
  BOOST_TEST(fails_with("axis 2", [] { zeros({2, 3}).sort(2); }));
  BOOST_TEST(fails_with("k is 4", [] { zeros({2, 3}).topk(4); }));
  BOOST_TEST(fails_with("k is -1", [] { zeros({2, 3}).topk(-1); }));
}
