// Writing to named places: scatter, scatter_add, index_put, by hand, in place, repeated
// places, gradients, messages. More cases: ops_reference_test compares with PyTorch's.
#define BOOST_TEST_MODULE ops_scatter
#include <boost/test/unit_test.hpp>

#include <limits>

#include "autograd/gradcheck.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

using Inputs = std::vector<Tensor>;

void check_gradient(const char* what, const std::vector<Shape>& shapes,
                    const std::function<Tensor(const Inputs&)>& f) {
  manual_seed(6);
  Inputs inputs;
  for (const Shape& shape : shapes) inputs.push_back(randn(shape, f64).requires_grad_());
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
}

}  // namespace

BOOST_AUTO_TEST_CASE(scatter_by_hand) {
  Tensor x = zeros({2, 3}).requires_grad_(), s = tensor({{1.0, 2.0}, {3.0, 4.0}});
  s.requires_grad_();
  Tensor k = tensor({{2, 0}, {1, 1}});  // the second row names a place twice: 4 stays
  Tensor y = x.scatter(1, k, s);
  BOOST_TEST(numbers(y) == (Numbers{2, 0, 1, 0, 4, 0}), per_element());
  y.backward(tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 2, 0, 4, 0, 6}), per_element());
  BOOST_TEST(numbers(s.grad()) == (Numbers{3, 1, 0, 5}), per_element());
}

BOOST_AUTO_TEST_CASE(scatter_add_is_the_transpose_of_gather) {
  Tensor k = tensor({{2, 0}, {1, 1}});
  Tensor s = tensor({{1.0, 2.0}, {3.0, 4.0}}).requires_grad_();
  Tensor x = ones({2, 3}).requires_grad_();
  Tensor y = scatter_add(x, 1, k, s);
  BOOST_TEST(numbers(y) == (Numbers{3, 1, 2, 1, 8, 1}), per_element());
  y.backward(tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 2, 3, 4, 5, 6}), per_element());
  BOOST_TEST(numbers(s.grad()) == (Numbers{3, 1, 5, 5}), per_element());

  // <gather(x), s> = <x, scatter_add(0, s)> for any x and s.
  manual_seed(2);
  Tensor a = randn({4, 5}, f64), b = randn({4, 7}, f64), index = randint(0, 5, {4, 7});
  double left = (a.gather(1, index) * b).sum().item();
  double right = (a * zeros({4, 5}, f64).scatter_add(1, index, b)).sum().item();
  BOOST_TEST(std::abs(left - right) < 1e-12);
}

BOOST_AUTO_TEST_CASE(scatter_in_place_and_with_a_number) {
  Tensor x = zeros({2, 3}), k = tensor({{2, 0}, {1, 1}});
  BOOST_TEST(x.scatter_(1, k, 5).is(x));
  BOOST_TEST(numbers(x) == (Numbers{5, 0, 5, 0, 5, 0}), per_element());
  x.scatter_add_(1, k, ones({2, 2}));
  BOOST_TEST(numbers(x) == (Numbers{6, 0, 6, 0, 7, 0}), per_element());
  x.scatter_(0, tensor({{1, 0, 1}}), tensor({{1.0, 2.0, 3.0}}));
  BOOST_TEST(numbers(x) == (Numbers{6, 2, 6, 1, 7, 3}), per_element());
  // One-hot rows, as they are made of labels.
  Tensor hot = zeros({3, 4}, i64).scatter(1, tensor({1, 3, 0}).unsqueeze(1), 1);
  BOOST_TEST(hot.equal(one_hot(tensor({1, 3, 0}), 4)));
  // In place on a view, with a history.
  Tensor w = ones({3}).requires_grad_(), base = zeros({2, 3});
  base[1].scatter_(0, tensor({2, 0, 1}), w * tensor({1.0, 2.0, 3.0}));
  BOOST_TEST(numbers(base) == (Numbers{0, 0, 0, 2, 3, 1}), per_element());
  (base * tensor({1.0, 10.0, 100.0})).sum().backward();
  BOOST_TEST(numbers(w.grad()) == (Numbers{100, 2, 30}), per_element());
}

BOOST_AUTO_TEST_CASE(scatter_of_nothing) {
  Tensor x = ones({2, 3});
  Tensor y = x.scatter(0, zeros({0, 3}, i64), zeros({0, 3}));
  BOOST_TEST(y.equal(x));
  y.fill_(4);
  BOOST_TEST(x.sum().item() == 6);  // y was a copy
  BOOST_TEST(tensor(1.0).scatter(0, tensor(0), tensor(9.0)).item() == 9);
}

BOOST_AUTO_TEST_CASE(index_put_makes_a_copy) {
  Tensor x = zeros({3, 2}).requires_grad_(), v = tensor({5.0, 7.0}).requires_grad_();
  Tensor y = x.index_put({tensor({2, 0})}, v.unsqueeze(1));
  BOOST_TEST(numbers(y) == (Numbers{7, 7, 0, 0, 5, 5}), per_element());
  BOOST_TEST(x.sum().item() == 0);
  y.backward(tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0, 3, 4, 0, 0}), per_element());
  BOOST_TEST(numbers(v.grad()) == (Numbers{11, 3}), per_element());
}

BOOST_AUTO_TEST_CASE(index_put_with_masks_and_sums) {
  Tensor x = arange(6).to(f32).view({2, 3});
  Tensor mask = x > 3;
  BOOST_TEST(numbers(x.index_put({mask}, tensor(-1.0))) == (Numbers{0, 1, 2, 3, -1, -1}),
             per_element());
  Tensor y = x.index_put({tensor({0, 0, 1}), tensor({1, 1, -1})},
                         tensor({10.0, 20.0, 40.0}), true);
  BOOST_TEST(numbers(y) == (Numbers{0, 31, 2, 3, 4, 45}), per_element());
  BOOST_TEST(numbers(x.index_put({Tensor(), tensor({0})}, tensor(9.0))) ==
                 (Numbers{9, 1, 2, 9, 4, 5}),
             per_element());
}

BOOST_AUTO_TEST_CASE(whole_numbers_wrap_around) {
  int32_t most = std::numeric_limits<int32_t>::max();
  Tensor x = tensor({most}, i32), k = tensor({int64_t(0)}), one = tensor({1}, i32);
  int32_t least = std::numeric_limits<int32_t>::min();
  BOOST_TEST(x.scatter_add(0, k, one).item<int32_t>() == least);
  BOOST_TEST(x.index_put({k}, one, true).item<int32_t>() == least);
}

BOOST_AUTO_TEST_CASE(gradients_of_writing) {
  Tensor k = tensor({{2, 0}, {1, 1}, {0, 2}});
  check_gradient("scatter", {{3, 3}, {4, 2}},
                 [&](const Inputs& in) { return in[0].scatter(1, k, in[1]); });
  check_gradient("scatter_add", {{3, 3}, {4, 2}},
                 [&](const Inputs& in) { return in[0].scatter_add(1, k, in[1]); });
  check_gradient("index_put", {{3, 3}, {1, 2}}, [&](const Inputs& in) {
    return in[0].index_put({k, tensor({1, 0})}, in[1]);
  });
  check_gradient("index_put, adding", {{3, 3}, {3, 2}}, [&](const Inputs& in) {
    return in[0].index_put({k, tensor({1, 0})}, in[1], true);
  });
}

BOOST_AUTO_TEST_CASE(messages_of_writing) {
  Tensor x = zeros({2, 3}), k = zeros({2, 3}, i64), s = zeros({2, 3});
  BOOST_TEST(fails_with("index 3 is out of range for axis 1 of (2,3)",
                        [&] { x.scatter(1, tensor({{3}}), s); }));
  BOOST_TEST(
      fails_with("index -1 is out of range", [&] { x.scatter(1, tensor({{-1}}), s); }));
  BOOST_TEST(fails_with("must be i64", [&] { x.scatter(1, k.to(i32), s); }));
  BOOST_TEST(fails_with("as many axes", [&] { x.scatter(1, tensor({0}), s); }));
  BOOST_TEST(fails_with("longer along axis 0", [&] {
    x.scatter(1, zeros({3, 1}, i64), zeros({3, 1}));
  }));
  BOOST_TEST(fails_with("src needs a number for each index", [&] {
    x.scatter_add(1, k, zeros({2, 2}));
  }));
  BOOST_TEST(fails_with("one element type", [&] { x.scatter(1, k, s.to(f64)); }));
  BOOST_TEST(fails_with("f16", [&] { x.index_put({tensor({0})}, zeros({3}, f16)); }));
  BOOST_TEST(fails_with("does not stretch", [&] { x.index_put({k}, zeros({5})); }));
}
