// Linear algebra: solve, inv, det, lstsq and qr by hand, how exact they are on larger and
// on awkward matrices, gradients, messages. More cases are compared with PyTorch's in
// ops_reference_test.
#define BOOST_TEST_MODULE ops_linalg
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "autograd/gradcheck.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::linalg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

using Inputs = std::vector<Tensor>;
constexpr double eps = std::numeric_limits<double>::epsilon();

double largest(const Tensor& x) { return x.numel() == 0 ? 0 : x.abs().max().item(); }

void check_gradient(const char* what, const Inputs& inputs,
                    const std::function<Tensor(const Inputs&)>& f) {
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
}

Tensor leaf(const Shape& shape) { return randn(shape, f64).requires_grad_(); }

}  // namespace

BOOST_AUTO_TEST_CASE(solve_by_hand) {
  // 2x + y = 5, x + 3y = 10: x = 1, y = 3.
  Tensor a = tensor({{2.0, 1.0}, {1.0, 3.0}}, f64).requires_grad_();
  Tensor b = tensor({5.0, 10.0}, f64).requires_grad_();
  Tensor x = solve(a, b);
  BOOST_TEST(largest(x - tensor({1.0, 3.0}, f64)) < 1e-15);
  // W = A^-T (5, 0) = (3, -1), dB = W, dA = -W x^T.
  x.backward(tensor({5.0, 0.0}, f64));
  BOOST_TEST(largest(b.grad() - tensor({3.0, -1.0}, f64)) < 1e-14);
  BOOST_TEST(largest(a.grad() - tensor({{-3.0, -9.0}, {1.0, 3.0}}, f64)) < 1e-14);
}

BOOST_AUTO_TEST_CASE(a_zero_in_the_corner_is_no_obstacle) {
  Tensor a = tensor({{0.0, 1.0}, {2.0, 0.0}}, f64);
  BOOST_TEST(numbers(solve(a, tensor({3.0, 8.0}, f64))) == (Numbers{4, 3}), per_element());
  BOOST_TEST(numbers(inv(a)) == (Numbers{0, 0.5, 1, 0}), per_element());
  BOOST_TEST(det(a).item() == -2);
}

BOOST_AUTO_TEST_CASE(solve_in_all_shapes) {
  manual_seed(1);
  Tensor a = randn({2, 1, 3, 3}, f64), b = randn({4, 3, 2}, f64);
  Tensor x = solve(a, b);
  BOOST_TEST((x.shape() == Shape{2, 4, 3, 2}));
  BOOST_TEST(largest(a.matmul(x) - b) < 1e-13);
  // (2,3) beside (2,3,3) is a right side for each; (3,3) beside it is a matrix for both.
  Tensor stack = randn({2, 3, 3}, f64);
  Tensor each = solve(stack, ones({2, 3}, f64));
  BOOST_TEST((each.shape() == Shape{2, 3}));
  BOOST_TEST(largest(stack.matmul(each.unsqueeze(-1)) - 1) < 1e-13);
  BOOST_TEST((solve(stack, eye(3, 3, f64)).shape() == Shape{2, 3, 3}));
  BOOST_TEST((solve(stack, ones({3}, f64)).shape() == Shape{2, 3}));
  BOOST_TEST((solve(zeros({0, 0}), zeros({0, 2})).shape() == Shape{0, 2}));
  BOOST_TEST((solve(eye(2), ones({2})).dtype() == f32));
}

BOOST_AUTO_TEST_CASE(solving_is_exact_to_rounding) {
  // The solution of a slightly different system: the residual is a few roundings of |A||x|,
  // however bad the condition of A.
  manual_seed(2);
  for (int64_t n : {3, 30, 200}) {
    Tensor a = randn({n, n}, f64), b = randn({n, 2}, f64);
    Tensor x = solve(a, b);
    double bound = a.abs().sum(1).max().item() * largest(x);
    BOOST_TEST(largest(a.matmul(x) - b) < 4 * eps * bound, n);
    BOOST_TEST(largest(inv(a).matmul(a) - eye(n, n, f64)) < 1e-9, n);
  }
  Tensor hilbert = zeros({8, 8}, f64);  // condition 1.5e10
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j) hilbert[{i, j}] = 1.0 / (i + j + 1);
  }
  Tensor x = solve(hilbert, hilbert.sum(1));
  BOOST_TEST(largest(hilbert.matmul(x) - hilbert.sum(1)) < 8 * eps);
  BOOST_TEST(largest(x - 1) < 1e-5);
}

BOOST_AUTO_TEST_CASE(determinants) {
  BOOST_TEST(std::abs(det(tensor({{1.0, 2.0}, {3.0, 4.0}}, f64)).item() + 2) < 1e-15);
  BOOST_TEST(det(zeros({0, 0}, f64)).item() == 1);
  BOOST_TEST(det(zeros({3, 3}, f64)).item() == 0);
  BOOST_TEST((det(ones({2, 3, 1, 1})).shape() == Shape{2, 3}));
  // A permutation of five rows: (0 1)(2 3 4) is odd.
  Tensor p = eye(5, 5, f64).index_select(0, tensor({1, 0, 3, 4, 2}));
  BOOST_TEST(det(p).item() == -1);
  manual_seed(3);
  Tensor a = randn({6, 6}, f64), b = randn({6, 6}, f64);
  BOOST_TEST(std::abs(det(a.mm(b)).item() / (det(a) * det(b)).item() - 1) < 1e-12);
}

BOOST_AUTO_TEST_CASE(the_gradient_of_a_vanishing_determinant) {
  // Cofactors exist where the inverse does not. 1 2 / 2 4: they are 4 -2 / -2 1.
  Tensor a = tensor({{1.0, 2.0}, {2.0, 4.0}}, f64).requires_grad_();
  Tensor y = det(a);
  BOOST_TEST(y.item() == 0);
  y.backward();
  BOOST_TEST(numbers(a.grad()) == (Numbers{4, -2, -2, 1}), per_element());
  // Rank n-1 in a larger matrix, against differences; rank n-2 has no slope at all.
  manual_seed(4);
  Tensor u = randn({5, 4}, f64), v = randn({4, 5}, f64);
  Tensor low = u.mm(v).requires_grad_();
  check_gradient("det at rank 4 of 5", {low}, [](const Inputs& in) { return det(in[0]); });
  Tensor lower = ones({4, 4}, f64).requires_grad_();
  det(lower).backward();
  BOOST_TEST(largest(lower.grad()) == 0);
  Tensor one = zeros({1, 1}, f64).requires_grad_();
  det(one).sum().backward();
  BOOST_TEST(one.grad().item() == 1);
}

BOOST_AUTO_TEST_CASE(least_squares_by_hand) {
  // A line through (0,1), (1,2), (2,2): slope 1/2, and 7/6 at 0.
  Tensor a = tensor({{1.0, 0.0}, {1.0, 1.0}, {1.0, 2.0}}, f64);
  Tensor x = lstsq(a, tensor({1.0, 2.0, 2.0}, f64));
  BOOST_TEST(largest(x - tensor({7.0 / 6, 0.5}, f64)) < 1e-15);
  manual_seed(5);
  Tensor tall = randn({3, 50, 10}, f64), b = randn({3, 50, 2}, f64);
  Tensor residual = b - tall.matmul(lstsq(tall, b));
  BOOST_TEST(largest(transpose(tall).matmul(residual)) < 1e-12);
  // Where the normal equations have lost all digits: columns 1e-8 apart.
  Tensor thin = tensor({{1.0, 1.0}, {1e-8, 0.0}, {0.0, 1e-8}}, f64);
  Tensor exact = tensor({3.0, -2.0}, f64);
  BOOST_TEST(largest(lstsq(thin, thin.mv(exact)) - exact) < 1e-7);
  BOOST_TEST(
      !error_of([&] { solve(thin.t().mm(thin), thin.t().mv(thin.mv(exact))); }).empty());
}

BOOST_AUTO_TEST_CASE(qr_is_orthogonal_and_triangular) {
  manual_seed(6);
  for (auto [m, n] :
       {std::pair<int64_t, int64_t>{4, 4}, {200, 150}, {5, 9}, {1, 1}, {6, 1}}) {
    Tensor a = randn({m, n}, f64);
    auto [q, r] = qr(a);
    int64_t k = std::min(m, n);
    BOOST_TEST(largest(q.matmul(r) - a) < 1e-13);
    BOOST_TEST(largest(q.t().matmul(q) - eye(k, k, f64)) < 1e-14);
    BOOST_TEST(r.equal(r.triu()));
  }
  // Nearly parallel columns, large and tiny numbers.
  Tensor hard = tensor({{1.0, 1.0 + 1e-12}, {1.0, 1.0}, {1.0, 1.0 - 1e-12}}, f64);
  for (double scale : {1.0, 1e200, 1e-200}) {
    auto [q, r] = qr(hard * scale);
    BOOST_TEST(largest(q.t().matmul(q) - eye(2, 2, f64)) < 1e-14, scale);
    BOOST_TEST(largest(q.matmul(r) / scale - hard) < 1e-14, scale);
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_linear_algebra) {
  manual_seed(7);
  Tensor a = (randn({3, 3}, f64) + eye(3, 3, f64) * 3).requires_grad_();
  Tensor stack = (randn({2, 1, 3, 3}, f64) + eye(3, 3, f64) * 3).requires_grad_();
  auto solve_both = [](const Inputs& in) { return solve(in[0], in[1]); };
  check_gradient("solve", {a, leaf({3})}, solve_both);
  check_gradient("solve a matrix", {a, leaf({3, 2})}, solve_both);
  check_gradient("solve stacks", {stack, leaf({4, 3, 2})}, solve_both);
  check_gradient("inv", {stack}, [](const Inputs& in) { return inv(in[0]); });
  check_gradient("det", {leaf({2, 4, 4})}, [](const Inputs& in) { return det(in[0]); });
  auto fit = [](const Inputs& in) { return lstsq(in[0], in[1]); };
  check_gradient("lstsq", {leaf({5, 3}), leaf({5, 2})}, fit);
  check_gradient("lstsq stacks", {leaf({2, 1, 4, 2}), leaf({3, 4, 1})}, fit);
  check_gradient("Q", {leaf({2, 5, 3})}, [](const Inputs& in) { return qr(in[0]).first; });
  check_gradient("R", {leaf({4, 4})}, [](const Inputs& in) { return qr(in[0]).second; });
  check_gradient("Q and R", {leaf({4, 3})}, [](const Inputs& in) {
    auto [q, r] = qr(in[0]);
    return q.sum(0) * r.sum(1);
  });
}

BOOST_AUTO_TEST_CASE(messages_of_linear_algebra) {
  Tensor singular = tensor({{1.0, 2.0}, {2.0, 4.0}}, f64), b = ones({2}, f64);
  BOOST_TEST(fails_with("the matrix is singular: pivot 1 is 0", [&] { inv(singular); }));
  BOOST_TEST(fails_with("matrix 1 of 2 is singular", [&] {
    solve(stack({eye(2, 2, f64), singular}), ones({2, 2}, f64));
  }));
  BOOST_TEST(fails_with("pivot 0", [&] { solve(zeros({2, 2}, f64), b); }));
  BOOST_TEST(fails_with("must be square", [] { inv(ones({2, 3})); }));
  BOOST_TEST(fails_with("must be square", [] { det(ones({2, 3})); }));
  BOOST_TEST(fails_with("must be a matrix", [] { det(ones({3})); }));
  BOOST_TEST(fails_with("f32 or f64", [] { inv(ones({2, 2}, i64)); }));
  BOOST_TEST(fails_with("A has 2 rows, and B 3", [&] { solve(singular, ones({3}, f64)); }));
  BOOST_TEST(fails_with("one element type", [&] { solve(singular, ones({2})); }));
  BOOST_TEST(fails_with("do not broadcast", [] {
    solve(ones({2, 2, 2}), ones({3, 2, 1}));
  }));
  BOOST_TEST(fails_with("2 equations leave 3 unknowns", [] {
    lstsq(ones({2, 3}), ones({2}));
  }));
  BOOST_TEST(fails_with("column 1 is a sum of multiples", [] {
    lstsq(ones({3, 2}), ones({3}));
  }));
  BOOST_TEST(fails_with("more columns than rows", [] {
    qr(ones({2, 3}).requires_grad_()).second.sum().backward();
  }));
}
