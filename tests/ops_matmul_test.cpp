// Products: matmul by hand, in all ranks, on views and stacks; linear; messages. Values on more
// shapes and types are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_matmul
#include <boost/test/unit_test.hpp>

#include "autograd/gradcheck.hpp"
#include "host/gemm.hpp"
#include "host/threads.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

using Inputs = std::vector<Tensor>;

void check_gradient(const std::string& what, const std::vector<Shape>& shapes,
                    const std::function<Tensor(const Inputs&)>& f) {
  manual_seed(9);
  Inputs inputs;
  for (const Shape& shape : shapes) inputs.push_back(randn(shape, f64).requires_grad_());
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
}

// The definition, with stacks stretched: y[s,n,m] = sum_k a[s,n,k] b[s,k,m].
Tensor by_definition(const Tensor& a, const Tensor& b) {
  return (a.unsqueeze(-1) * b.unsqueeze(-3)).sum(-2);
}

// Whole numbers, so that every order of addition gives the same sums.
Tensor whole(const Shape& shape) { return randint(-9, 10, shape).to(f64); }

}  // namespace

BOOST_AUTO_TEST_CASE(matmul_by_hand) {
  // 1 2     5 6     1*5+2*7  1*6+2*8     19 22
  // 3 4  x  7 8  =  3*5+4*7  3*6+4*8  =  43 50
  Tensor a = tensor({{1.0, 2.0}, {3.0, 4.0}}).requires_grad_();
  Tensor b = tensor({{5.0, 6.0}, {7.0, 8.0}}).requires_grad_();
  Tensor y = a.mm(b);
  BOOST_TEST(numbers(y) == (Numbers{19, 22, 43, 50}), per_element());
  // With dy = (1 0; 0 10), da = dy b^T and db = a^T dy.
  y.backward(tensor({{1.0, 0.0}, {0.0, 10.0}}));
  BOOST_TEST(numbers(a.grad()) == (Numbers{5, 7, 60, 80}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{1, 30, 2, 40}), per_element());
}

BOOST_AUTO_TEST_CASE(vectors_are_rows_on_the_left_and_columns_on_the_right) {
  Tensor v = tensor({1.0, 2.0, 3.0}), m = arange(6).to(f32).view({3, 2});
  BOOST_TEST(v.dot(v).item() == 14);
  BOOST_TEST(v.dot(v).dim() == 0);
  BOOST_TEST(numbers(matmul(v, m)) == (Numbers{16, 22}), per_element());
  BOOST_TEST(numbers(m.t().mv(v)) == (Numbers{16, 22}), per_element());
  BOOST_TEST((matmul(ones({4}), ones({2, 4, 3})).shape() == Shape{2, 3}));
  BOOST_TEST((matmul(ones({2, 3, 4}), ones({4})).shape() == Shape{2, 3}));
  BOOST_TEST((matmul(ones({2, 2, 4}), ones({4, 2})).shape() == Shape{2, 2, 2}));
  BOOST_TEST((matmul(ones({5}), ones({5, 3})).shape() == Shape{3}));
}

BOOST_AUTO_TEST_CASE(stacks_broadcast) {
  manual_seed(2);
  std::vector<std::pair<Shape, Shape>> shapes = {
      {{2, 3, 4}, {2, 4, 5}},       {{2, 3, 4}, {4, 5}},
      {{3, 4}, {2, 4, 5}},          {{2, 1, 3, 4}, {3, 4, 2}},
      {{1, 3, 4}, {5, 4, 2}},       {{5, 3, 4}, {1, 4, 2}},
      {{6, 1, 4}, {4, 3}},          {{2, 1, 3, 1, 4}, {2, 3, 4, 2}},
      {{2, 3, 1, 4}, {1, 1, 4, 2}}, {{2, 1, 1, 1, 4}, {3, 1, 4, 1}}};
  for (const auto& [a, b] : shapes) {
    Tensor x = whole(a), y = whole(b);
    BOOST_TEST(matmul(x, y).equal(by_definition(x, y)), a.to_string()
                                                            << " " << b.to_string());
  }
}

// The kernel reads views where they lie, in many layouts, and copies the rest.
BOOST_AUTO_TEST_CASE(any_view_can_be_multiplied) {
  manual_seed(3);
  Tensor a = whole({3, 4, 5}), b = whole({3, 5, 6});
  Tensor expected = by_definition(a, b);
  auto turned = [](const Tensor& t) { return t.transpose(1, 2).clone().transpose(1, 2); };
  auto gapped = [](const Tensor& t) { return cat({t, t}, 2).slice(2, 0, t.size(2)); };
  auto sparse = [](const Tensor& t) { return stack({t, t}, 3).select(3, 0); };
  auto upright = [](const Tensor& t) {
    return t.permute({2, 1, 0}).clone().permute({2, 1, 0});
  };
  auto apart = [](const Tensor& t) { return stack({t, t * 0}, 1).select(1, 0); };
  auto as_is = [](const Tensor& t) { return t; };
  std::vector<std::function<Tensor(const Tensor&)>> layouts = {as_is,  turned,  gapped,
                                                               sparse, upright, apart};
  for (auto& left : layouts) {
    for (auto& right : layouts) {
      BOOST_TEST(matmul(left(a), right(b)).equal(expected));
      BOOST_TEST(matmul(left(a), right(b)[1]).equal(by_definition(a, b[1])));
      BOOST_TEST(matmul(left(a)[2], right(b)).equal(by_definition(a[2], b)));
    }
  }
  Tensor same = a.slice(0, 0, 1).expand({3, 4, 5});
  BOOST_TEST(matmul(same, b[0]).equal(by_definition(same, b[0])));
  Tensor row = whole({1, 5}), column = whole({5, 1});
  BOOST_TEST(
      matmul(row.expand({4, 5}), b[0]).equal(by_definition(row.expand({4, 5}), b[0])));
  BOOST_TEST(matmul(a[0], column.expand({5, 2}))
                 .equal(by_definition(a[0], column.expand({5, 2}))));
  BOOST_TEST(matmul(b.select(2, 0), column).equal(by_definition(b.select(2, 0), column)));
  Tensor v = whole({10}).slice(0, 0, {}, 2);
  BOOST_TEST(matmul(v, b[0]).equal(by_definition(v.view({1, 5}), b[0])[0]));
  BOOST_TEST(matmul(a, v).equal(by_definition(a, v.view({5, 1})).squeeze(-1)));
  BOOST_TEST(v.dot(v).item() == (v * v).sum().item());
}

BOOST_AUTO_TEST_CASE(sums_without_terms_are_zero) {
  BOOST_TEST(numbers(matmul(ones({2, 0}), ones({0, 2}))) == (Numbers{0, 0, 0, 0}),
             per_element());
  BOOST_TEST((matmul(ones({0, 3}), ones({3, 2})).shape() == Shape{0, 2}));
  BOOST_TEST((matmul(ones({0, 2, 3}), ones({3, 2})).shape() == Shape{0, 2, 2}));
  // db of an empty stack is a sum of no terms.
  Tensor b = ones({3, 2}).requires_grad_();
  matmul(ones({0, 2, 3}), b).sum().backward();
  BOOST_TEST(numbers(b.grad()) == (Numbers{0, 0, 0, 0, 0, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(whole_numbers_multiply_too) {
  Tensor a = tensor({{1, 2}, {3, 4}}), b = tensor({{5, 6}, {7, 8}});
  BOOST_TEST(numbers(matmul(a, b)) == (Numbers{19, 22, 43, 50}), per_element());
  BOOST_TEST((matmul(a, b).dtype() == i64));
  BOOST_TEST(matmul(a.to(i32), b.to(i32))[1][1].item() == 50);
}

BOOST_AUTO_TEST_CASE(linear_by_hand) {
  // Two inputs, one output: y = 1*x0 + 2*x1 + 10.
  Tensor x = tensor({{1.0, 1.0}, {3.0, 5.0}}).requires_grad_();
  Tensor w = tensor({{1.0, 2.0}}).requires_grad_(), b = tensor({10.0}).requires_grad_();
  Tensor y = linear(x, w, b);
  BOOST_TEST(numbers(y) == (Numbers{13, 23}), per_element());
  y.backward(tensor({{1.0}, {100.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 2, 100, 200}), per_element());
  BOOST_TEST(numbers(w.grad()) == (Numbers{301, 501}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{101}), per_element());
  BOOST_TEST(numbers(linear(x, w)) == (Numbers{3, 13}), per_element());
  BOOST_TEST(linear(tensor({1.0, 1.0}), w, b).item() == 13);
  BOOST_TEST(numbers(linear(ones({2, 0}), ones({1, 0}), b)) == (Numbers{10, 10}),
             per_element());
}

// ---- gradients ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients_of_products) {
  std::vector<std::vector<Shape>> shapes = {{{3, 4}, {4, 5}},
                                            {{4}, {4}},
                                            {{3, 4}, {4}},
                                            {{4}, {4, 2}},
                                            {{4}, {2, 4, 3}},
                                            {{2, 3, 4}, {4}},
                                            {{2, 3, 4}, {4, 2}},
                                            {{3, 4}, {2, 4, 2}},
                                            {{2, 1, 3, 4}, {3, 4, 2}},
                                            {{1, 2, 3}, {4, 3, 2}},
                                            {{4, 2, 3}, {1, 3, 2}},
                                            {{1, 1}, {1, 1}}};
  for (const auto& pair : shapes) {
    check_gradient("matmul " + pair[0].to_string() + " " + pair[1].to_string(), pair,
                   [](const Inputs& x) { return matmul(x[0], x[1]); });
  }
  check_gradient("by itself", {{3, 3}}, [](const Inputs& x) { return matmul(x[0], x[0]); });
  check_gradient("transposed views", {{4, 3}, {5, 4}},
                 [](const Inputs& x) { return matmul(x[0].t(), x[1].t()); });
  check_gradient("stacks with gaps", {{2, 2, 3, 4}, {4, 2}}, [](const Inputs& x) {
    return matmul(x[0].select(1, 0), x[1]) + matmul(x[0].select(0, 1), x[1]);
  });
  check_gradient("with a transposed gradient", {{3, 4}, {4, 5}},
                 [](const Inputs& x) { return matmul(x[0], x[1]).t() * 2; });
  check_gradient("with an expanded gradient", {{2, 3, 4}, {4, 2}}, [](const Inputs& x) {
    return matmul(x[0], x[1]).slice(1, 0, {}, 2).select(0, 1);
  });
  check_gradient("linear", {{2, 3, 4}, {5, 4}, {5}},
                 [](const Inputs& x) { return linear(x[0], x[1], x[2]); });
  // Terms for one gradient that come in one after the other.
  check_gradient("linear at three steps", {{2, 3}, {3, 3}, {3}}, [](const Inputs& x) {
    Tensor h = x[0];
    for (int step = 0; step < 3; ++step) h = linear(h, x[1], x[2]).tanh();
    return h;
  });
  check_gradient("powers of a matrix", {{3, 3}, {3}}, [](const Inputs& x) {
    return matmul(x[0], matmul(x[0], matmul(x[0], x[1]))) + x[0].sum(0);
  });
  check_gradient(
      "a stack and one matrix, several times", {{2, 3, 4}, {4, 4}},
      [](const Inputs& x) { return matmul(matmul(x[0], x[1]), x[1].t()) * x[0]; });
  check_gradient("sums without terms", {{2, 3}}, [](const Inputs& x) {
    return matmul(x[0], zeros({3, 1}, f64)) + matmul(zeros({0, 2}, f64), x[0]).sum() +
           matmul(x[0], ones({3, 1}, f64));
  });
  check_gradient("linear without bias", {{3}, {2, 3}},
                 [](const Inputs& x) { return linear(x[0], x[1]); });
}

// Large products go to several threads. Those that are added up in one place must not; the
// thread sanitizer sees it if they do, in the plain loops.
BOOST_AUTO_TEST_CASE(the_gradient_of_a_shared_matrix_is_the_sum_over_the_stack) {
  manual_seed(8);
  int before = num_threads();
  set_num_threads(4);
  Tensor a = whole({128, 128}).requires_grad_(), b = whole({8, 128, 128});
  Tensor dy = whole({8, 128, 128}), expected = zeros({128, 128}, f64);
  for (int64_t s = 0; s < 8; ++s) expected += matmul(dy[s], b[s].t());
  for (bool plain : {false, true}) {
    set_plain_gemm(plain);
    a.zero_grad();
    matmul(a, b).backward(dy);
    BOOST_TEST(a.grad().equal(expected));
  }
  set_plain_gemm(false);
  set_num_threads(before);
}

// The identities of matrix calculus: d(x^T A x)/dx = (A + A^T) x and d|X|^2/dX = 2X.
BOOST_AUTO_TEST_CASE(identities_of_matrix_calculus) {
  manual_seed(4);
  Tensor A = whole({4, 4}), x = whole({4}).requires_grad_();
  matmul(matmul(x, A), x).backward();
  BOOST_TEST(x.grad().equal(matmul(A + A.t(), x.detach())));
  Tensor X = whole({3, 5}).requires_grad_();
  matmul(X, X.t()).diagonal().sum().backward();
  BOOST_TEST(X.grad().equal(X.detach() * 2));
}

// ---- messages -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(messages_of_products) {
  BOOST_TEST(
      error_of([] {
        matmul(ones({32, 784}), ones({10, 784}));
      }) ==
      "matmul: a is (32,784), b is (10,784): a's 784 columns must meet b's rows, which "
      "are 10\n  hint: transpose(b) would fit");
  BOOST_TEST(
      (matmul(ones({32, 784}), transpose(ones({10, 784}))).shape() == Shape{32, 10}));
  BOOST_TEST(
      error_of([] {
        matmul(ones({4, 3}), ones({4, 5}));
      }) ==
      "matmul: a is (4,3), b is (4,5): a's 3 columns must meet b's rows, which are 4\n"
      "  hint: transpose(a) would fit");
  BOOST_TEST(
      error_of([] { matmul(ones({3}), ones({4})); }) ==
      "matmul: a is (3), b is (4): a's 3 elements must meet b's elements, which are 4");
  BOOST_TEST(
      error_of([] {
        matmul(ones({2, 3, 4}), ones({3, 4, 2}));
      }) ==
      "matmul: a is (2,3,4), b is (3,4,2): the stacks of matrices do not broadcast, as "
      "sizes 2 and 3 differ and neither is 1");
  BOOST_TEST(error_of([] { matmul(tensor(2.0), ones({3})); }) ==
             "matmul: a is (), b is (3): both need an axis to sum over\n"
             "  hint: a number times a tensor is a * b");
  BOOST_TEST(error_of([] {
               matmul(ones({2, 2}), ones({2, 2}, f64));
             }) ==
             "matmul: a is f32, b is f64: both must have one element type\n"
             "  hint: b.to(f32) converts b");
  BOOST_TEST(fails_with("there is no kernel for bool", [] {
    matmul(ones({2, 2}, bool_), ones({2, 2}, bool_));
  }));
  BOOST_TEST(error_of([] {
               ones({2, 3, 4}).mm(ones({4, 5}));
             }) ==
             "mm: a is (2,3,4), b is (4,5): a must have 2 axes and b 2 axes\n"
             "  hint: matmul() takes any ranks");
  BOOST_TEST(error_of([] {
               ones({2, 3}).mv(ones({3, 1}));
             }) ==
             "mv: a is (2,3), b is (3,1): a must have 2 axes and b 1 axis\n"
             "  hint: matmul() takes any ranks");
  BOOST_TEST(fails_with("dot: a is (2,3)", [] { ones({2, 3}).dot(ones({3})); }));
  BOOST_TEST(error_of([] {
               ones({2, 3, 4}).bmm(ones({1, 4, 5}));
             }) ==
             "bmm: a is (2,3,4), b is (1,4,5): the stacks hold 2 and 1 matrices\n"
             "  hint: matmul() broadcasts a stack of one");
  BOOST_TEST(
      error_of([] {
        linear(ones({2, 3}), ones({3, 5}));
      }) ==
      "linear: input is (2,3), weight is (3,5): input's 3 features must meet weight's "
      "columns, which are 5\n  hint: transpose(weight) would fit");
  BOOST_TEST(error_of([] {
               linear(ones({2, 3}), ones({5, 3}), ones({2}));
             }) == "linear: bias is (2): weight (5,3) needs one of (5)");
  BOOST_TEST(error_of([] {
               linear(ones({2, 3}), ones({3}));
             }) == "linear: weight is (3): it must be (outputs, features)");
  BOOST_TEST(error_of([] {
               linear(tensor(1.0), ones({3, 1}));
             }) == "linear: input is (): it needs an axis of features");
  BOOST_TEST(error_of([] {
               linear(ones({2, 3}), ones({4, 3}, f64));
             }) == "linear: input is f32, weight is f64: all must have one element type");
}
