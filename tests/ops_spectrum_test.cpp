// Spectra: rfft and irfft by hand, against the sums of their definition for every length up
// to 40 and some large ones, gradients, messages. PyTorch's values: ops_reference_test.
#define BOOST_TEST_MODULE ops_spectrum
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <numbers>

#include "autograd/gradcheck.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

using Inputs = std::vector<Tensor>;

double largest(const Tensor& x) { return x.abs().max().item(); }

// re[k] = sum_j x[j] cos(2 pi jk/n), im[k] = - sum_j x[j] sin(2 pi jk/n)
Tensor by_definition(const Tensor& x) {
  int64_t n = x.size(0), F = n / 2 + 1;
  Tensor waves = zeros({2, F, n}, f64);
  auto w = waves.span<double>();
  for (int64_t k = 0; k < F; ++k) {
    for (int64_t j = 0; j < n; ++j) {
      double angle = 2 * std::numbers::pi * double(j * k % n) / double(n);
      w[size_t(k * n + j)] = std::cos(angle);
      w[size_t((F + k) * n + j)] = -std::sin(angle);
    }
  }
  return waves.matmul(x);
}

void check_gradient(const std::string& what, const Shape& shape,
                    const std::function<Tensor(const Tensor&)>& f) {
  GradCheck result = gradcheck([&](const Inputs& in) { return f(in[0]); },
                               {randn(shape, f64).requires_grad_()});
  BOOST_TEST(result.ok, what << ": " << result.report);
}

}  // namespace

BOOST_AUTO_TEST_CASE(spectra_by_hand) {
  // A constant is frequency 0; a cosine with 1 wave in 4 is frequency 1, and so is a sine,
  // in the imaginary part with a minus.
  BOOST_TEST(numbers(rfft(ones({4}))) == (Numbers{4, 0, 0, 0, 0, 0}), per_element());
  BOOST_TEST(largest(rfft(tensor({1.0, 0.0, -1.0, 0.0}, f64)) -
                     tensor({{0.0, 2.0, 0.0}, {0.0, 0.0, 0.0}}, f64)) < 1e-15);
  BOOST_TEST(largest(rfft(tensor({0.0, 1.0, 0.0, -1.0}, f64)) -
                     tensor({{0.0, 0.0, 0.0}, {0.0, -2.0, 0.0}}, f64)) < 1e-15);
  BOOST_TEST(numbers(rfft(tensor({7.0}))) == (Numbers{7, 0}), per_element());
  // An impulse has all frequencies alike.
  Tensor impulse = zeros({6}, f64);
  impulse[0] = 1;
  BOOST_TEST(largest(rfft(impulse)[0] - 1) < 1e-15);
}

BOOST_AUTO_TEST_CASE(every_length_agrees_with_the_definition_and_comes_back) {
  manual_seed(1);
  for (int64_t n = 1; n <= 40; ++n) {
    Tensor x = randn({n}, f64), s = rfft(x);
    BOOST_TEST((s.shape() == Shape{2, n / 2 + 1}));
    BOOST_TEST(largest(s - by_definition(x)) < 1e-13, n);
    BOOST_TEST(largest(irfft(s, n) - x) < 1e-14, n);
  }
  for (int64_t n : {997, 1000, 1024}) {
    Tensor x = randn({n}, f64), s = rfft(x);
    BOOST_TEST(largest(s - by_definition(x)) < 1e-11, n);
    BOOST_TEST(largest(irfft(s, n) - x) < 1e-13, n);
  }
}

BOOST_AUTO_TEST_CASE(long_lines_and_many_rows) {
  manual_seed(2);
  Tensor x = randn({3, 2, 10007}, f64);
  Tensor s = rfft(x);
  BOOST_TEST((s.shape() == Shape{3, 2, 2, 5004}));
  BOOST_TEST(largest(irfft(s, 10007) - x) < 1e-12);
  BOOST_TEST(rfft(x[{2, 1}]).equal(s[{2, 1}]));
  // Parseval: the energy of a signal is that of its n frequencies, over n.
  Tensor power = s.square().sum(-2), weight = full({5004}, 2, f64);
  weight[0] = 1;
  BOOST_TEST(largest((power * weight).sum(-1) / 10007 - x.square().sum(-1)) < 1e-8);
  Tensor y = randn({100000});
  BOOST_TEST(largest(irfft(rfft(y)) - y) < 1e-5);
  BOOST_TEST((rfft(tensor({1, 2, 3})).dtype() == f32));
}

BOOST_AUTO_TEST_CASE(frequencies_that_are_missing_or_too_many) {
  Tensor s = tensor({{4.0, 1.0, 5.0}, {9.0, 2.0, 9.0}}, f64);
  // n = 4: the imaginary parts of frequencies 0 and 2 play no part.
  Tensor expected = tensor({4.0 + 2 + 5, 4.0 - 4 - 5, 4.0 - 2 + 5, 4.0 + 4 - 5}, f64) / 4;
  BOOST_TEST(largest(irfft(s) - expected) < 1e-15);
  // n = 8 has five frequencies, of which two are 0 here; n = 1 has one.
  BOOST_TEST(std::abs(irfft(s, 8).sum().item() - 4) < 1e-14);
  BOOST_TEST(numbers(irfft(s, 1)) == (Numbers{4}), per_element());
}

BOOST_AUTO_TEST_CASE(gradients_of_spectra) {
  manual_seed(3);
  for (int64_t n : {1, 2, 3, 6, 7, 8}) {
    std::string text = std::to_string(n);
    check_gradient("rfft " + text, {2, n}, [](const Tensor& x) { return rfft(x); });
    check_gradient("irfft " + text, {2, 2, n / 2 + 1},
                   [n](const Tensor& s) { return irfft(s, n); });
  }
  check_gradient("irfft, longer", {2, 3}, [](const Tensor& s) { return irfft(s, 9); });
  check_gradient("irfft, shorter", {2, 6}, [](const Tensor& s) { return irfft(s, 5); });
}

BOOST_AUTO_TEST_CASE(messages_of_spectra) {
  BOOST_TEST(fails_with("needs an axis", [] { rfft(tensor(1.0)); }));
  BOOST_TEST(fails_with("of no numbers", [] { rfft(zeros({3, 0})); }));
  BOOST_TEST(fails_with("real parts and imaginary parts", [] { irfft(zeros({3, 4})); }));
  BOOST_TEST(fails_with("real parts and imaginary parts", [] { irfft(zeros({2})); }));
  BOOST_TEST(fails_with("no frequencies", [] { irfft(zeros({2, 0})); }));
  BOOST_TEST(fails_with("n is 0", [] { irfft(zeros({2, 1})); }));
  BOOST_TEST(fails_with("n is -3", [] { irfft(zeros({2, 4}), -3); }));
}
