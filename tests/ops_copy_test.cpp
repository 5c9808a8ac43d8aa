// Copies, conversions and operations in place.
#define BOOST_TEST_MODULE ops_copy
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "autograd/grad_mode.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

// ---- copies ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(copies_convert_and_stretch) {
  Tensor x = zeros({2, 3});
  x.copy_(tensor({1, 2, 3}));
  BOOST_TEST(numbers(x) == (Numbers{1, 2, 3, 1, 2, 3}), per_element());
  x.select(0, 1).fill_(7);
  BOOST_TEST(numbers(x) == (Numbers{1, 2, 3, 7, 7, 7}), per_element());
  x.t().copy_(tensor({{1, 4}, {2, 5}, {3, 6}}));
  BOOST_TEST(numbers(x) == (Numbers{1, 2, 3, 4, 5, 6}), per_element());
  x.zero_();
  BOOST_TEST(numbers(x) == Numbers(6, 0.0), per_element());
  int64_t big = (int64_t(1) << 53) + 1;
  BOOST_TEST(zeros({1}, i64).fill_(big).item<int64_t>() == big);
  BOOST_TEST(zeros({1}, i64).fill_(2.75).item() == 2);
  BOOST_TEST(numbers(tensor({1.5, -1.5, double(NAN)}).to(i32)) == (Numbers{1, -1, 0}),
             per_element());
  BOOST_TEST(numbers(tensor({0.1}).to(bf16)) == (Numbers{0.10009765625}), per_element());
  Tensor y = x.clone();
  y.fill_(1);
  BOOST_TEST(numbers(x) == Numbers(6, 0.0), per_element());
  BOOST_TEST(x.contiguous().is(x));
  BOOST_TEST(x.to(f32).is(x));
  BOOST_TEST(x.t().contiguous().is_contiguous());
}

BOOST_AUTO_TEST_CASE(what_is_overwritten_gets_no_gradient) {
  Tensor x = ones({2, 2}).requires_grad_(), source = ones({2}).requires_grad_();
  Tensor y = x * 1;
  y.copy_(source);
  y.backward(tensor({{1.0, 2.0}, {3.0, 4.0}}));
  BOOST_TEST(numbers(x.grad()) == Numbers(4, 0.0), per_element());
  BOOST_TEST(numbers(source.grad()) == (Numbers{4, 6}), per_element());
  Tensor z = x * 1;
  z.fill_(3);
  z.backward(ones({2, 2}));
  BOOST_TEST(numbers(x.grad()) == Numbers(4, 0.0), per_element());
  Tensor whole = zeros({2}, i64);  // whole numbers carry no gradient
  whole.copy_(source);
  BOOST_TEST(!whole.requires_grad());
}

BOOST_AUTO_TEST_CASE(conversions_pass_the_gradient) {
  Tensor x = tensor({1.5, -2.0}).requires_grad_();
  Tensor y = x.to(f64);
  y.backward(tensor({0.1, 3.0}, f64));
  BOOST_TEST((x.grad().dtype() == f32));
  BOOST_TEST(numbers(x.grad()) == (Numbers{double(0.1f), 3}), per_element());
  BOOST_TEST(!x.to(i64).requires_grad());
  // f32 * f64: the f32 operand is converted on the way, and so is its gradient.
  Tensor a = tensor({2.0, 3.0}).requires_grad_(),
         b = tensor({5.0, 7.0}, f64).requires_grad_();
  Tensor product = a * b;
  BOOST_TEST((product.dtype() == f64));
  product.backward(ones({2}, f64));
  BOOST_TEST((a.grad().dtype() == f32));
  BOOST_TEST(numbers(a.grad()) == (Numbers{5, 7}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{2, 3}), per_element());
}
// ---- in place --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(in_place_writes_into_the_tensor) {
  Tensor x = tensor({1.0, 2.0, 3.0});
  void* memory = x.data();
  x += 1;
  x *= tensor({1.0, 10.0, 100.0});
  x -= tensor(1.0);
  x /= 2;
  BOOST_TEST(numbers(x) == (Numbers{0.5, 14.5, 199.5}), per_element());
  x.sub_(x, 0.5).neg_().abs_().add_(0.75).log_().exp_().sqrt_();
  BOOST_TEST(x.data() == memory);
  BOOST_TEST(x.to_vector<float>()[0] == 1.0f, boost::test_tools::tolerance(1e-6f));
  x.pow_(2).clamp_(0, 3).tanh_().sigmoid_().relu_();
  BOOST_TEST(x.version() == 16);
  // Through a strided view, and where the operand is the tensor itself in another order.
  Tensor m = tensor({{1.0, 2.0}, {3.0, 4.0}});
  m.t() += tensor({10.0, 20.0});
  BOOST_TEST(numbers(m) == (Numbers{11, 12, 23, 24}), per_element());
  m += m.t();
  BOOST_TEST(numbers(m) == (Numbers{22, 35, 35, 48}), per_element());
  // The type of the tensor stays: f32 += f64 is f32, i64 += bool is i64.
  x += ones({3}, f64);
  BOOST_TEST((x.dtype() == f32));
  Tensor n = tensor({1, 2});
  n += tensor({true, false});
  BOOST_TEST(numbers(n) == (Numbers{2, 2}), per_element());
  BOOST_TEST((n.dtype() == i64));
}

BOOST_AUTO_TEST_CASE(gradients_pass_through_in_place_operations) {
  Tensor x = tensor({1.0, 2.0}).requires_grad_();
  Tensor y = x * 3;
  y += x;  // 4x
  y *= 2;  // 8x
  y.exp_();
  y.backward(ones({2}));
  BOOST_TEST(x.grad().to_vector<double>()[0] == 8 * std::exp(8.0),
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(in_place_changes_of_what_backward_needs_are_noticed) {
  Tensor x = tensor({1.0, 2.0}).requires_grad_();
  Tensor y = x.exp();
  y += 1;  // exp keeps its result
  BOOST_TEST(
      error_of([&] { y.backward(ones({2})); }) ==
      "backward: ExpBackward needs its output 0 (2) as it was at version 0, but it was "
      "changed in place: it is at version 1\n  hint: replace the in-place operation by "
      "one that makes a new tensor, or clone() first");
  Tensor a = tensor({1.0, 2.0}), b = tensor({3.0, 4.0}).requires_grad_();
  Tensor product = a * b;
  a += 1;
  BOOST_TEST(fails_with("MulBackward needs its input 0 (2)",
                        [&] { product.backward(ones({2})); }));
  a *= b.detach();  // of a product, each factor is kept for the other's gradient only
  Tensor scaled = b * a;
  b.detach() += 1;
  BOOST_TEST(error_of([&] { scaled.backward(ones({2})); }) == "");
  Tensor sum = a + b;  // add keeps nothing
  a += 1;
  BOOST_TEST(error_of([&] { sum.backward(ones({2})); }) == "");
}

BOOST_AUTO_TEST_CASE(in_place_operations_that_cannot_be) {
  Tensor x = zeros({2, 3});
  BOOST_TEST(error_of([&] {
               x.add_(zeros({4, 2, 3}));
             }) == "add_: the result is (4,2,3), which does not fit into (2,3)");
  BOOST_TEST(fails_with("the result is of type f32, which a tensor of i64 cannot hold", [] {
    tensor({1, 2}).div_(2);
  }));
  BOOST_TEST(fails_with("the result is of type f32, which a tensor of i64 cannot hold", [] {
    tensor({1, 2}).add_(0.5);
  }));
  BOOST_TEST(
      fails_with("share one place in memory", [] { zeros({1}).expand({3}).add_(1); }));
  Tensor leaf = zeros({2}).requires_grad_();
  BOOST_TEST(fails_with("a leaf that requires a gradient", [&] { leaf += 1; }));
  no_grad guard;
  leaf += 1;
  BOOST_TEST(numbers(leaf) == (Numbers{1, 1}), per_element());
}
