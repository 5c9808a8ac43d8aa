// Pooling: max, mean, adaptive, across channels, and back. By hand, gradients, messages.
// More cases are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_pool
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/gradcheck.hpp"
#include "nn/functional.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
namespace F = hg::nn::functional;

namespace {

using Inputs = std::vector<Tensor>;
const double not_a_number = NAN, inf = INFINITY;

// 0, 1, 2, ... in another order: no two are equal if the size is no multiple of 13.
Tensor shuffled(const Shape& shape) {
  return remainder(arange(shape.numel()) * 13 + 3, shape.numel()).to(f64).view(shape);
}

void check_gradient(const std::string& what, const Tensor& x,
                    const std::function<Tensor(const Inputs&)>& f) {
  GradCheck result = gradcheck(f, {x.detach().clone().requires_grad_()});
  BOOST_TEST(result.ok, what << ": " << result.report);
}

Tensor images(const Shape& shape) { return zeros(shape); }

}  // namespace

// ---- max_pool ---------------------------------------------------------------------------

// The book's example: windows of 2 x 2 over the numbers 0 to 8, one place apart.
BOOST_AUTO_TEST_CASE(max_pool_by_hand) {
  Tensor x = arange(9).to(f64).view({1, 1, 3, 3}).requires_grad_();
  auto [y, places] = F::max_pool2d_with_indices(x, 2, 1);
  BOOST_TEST(numbers(y) == (Numbers{4, 5, 7, 8}), per_element());
  BOOST_TEST(numbers(places) == (Numbers{4, 5, 7, 8}), per_element());
  BOOST_TEST((places.dtype() == i64 && !places.requires_grad()));
  // Place 4 wins once; if x[4] were largest, it would win in all four windows.
  y.backward(tensor({1.0, 10.0, 100.0, 1000.0}).view({1, 1, 2, 2}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0, 0, 0, 1, 10, 0, 100, 1000}),
             per_element());
  Tensor peak = tensor({0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0}).view({1, 1, 3, 3});
  peak.requires_grad_();
  F::max_pool2d(peak, 2, 1).backward(tensor({1.0, 10.0, 100.0, 1000.0}).view({1, 1, 2, 2}));
  BOOST_TEST(peak.grad().sum().item() == 1111);
  BOOST_TEST(peak.grad().view({9})[4].item() == 1111);
}

BOOST_AUTO_TEST_CASE(max_pool_sees_padding_as_minus_infinity) {
  Tensor x = tensor({-1.0, -2.0, -3.0, -4.0}).view({1, 4});
  BOOST_TEST(numbers(F::max_pool1d(x, 3, 2, 1)) == (Numbers{-1, -2}), per_element());
  Tensor low = full({1, 2}, -inf, f64);
  auto [y, places] = F::max_pool1d_with_indices(low, 2, 1, 1);
  BOOST_TEST(numbers(y) == (Numbers{-inf, -inf, -inf}), per_element());
  BOOST_TEST(numbers(places) == (Numbers{0, 0, 1}), per_element());  // inside the input
}

// n = 5, kernel 2, stride 2: windows at 0 and 2, and with ceil_mode a third one at 4. With
// n = 4 it would start behind the input, and is left out.
BOOST_AUTO_TEST_CASE(a_last_window_may_hang_over_the_edge) {
  Tensor x = tensor({1.0, 2.0, 3.0, 4.0, 5.0}).view({1, 5});
  BOOST_TEST(numbers(F::max_pool1d(x, 2)) == (Numbers{2, 4}), per_element());
  BOOST_TEST(numbers(F::max_pool1d(x, 2, {}, 0, 1, true)) == (Numbers{2, 4, 5}),
             per_element());
  BOOST_TEST((F::max_pool1d(x.narrow(1, 0, 4), 2, {}, 0, 1, true).shape() == Shape{1, 2}));
  BOOST_TEST(numbers(F::avg_pool1d(x, 2, {}, 0, true)) == (Numbers{1.5, 3.5, 5}),
             per_element());
  // Stride 7 leaves a window that starts in the padding behind, which is dropped.
  BOOST_TEST((F::max_pool1d(x, 2, 6, 1, 1, true).shape() == Shape{1, 1}));
  // A kernel larger than the input fits if it hangs over.
  BOOST_TEST(numbers(F::max_pool1d(x, 7, 3, 0, 1, true)) == (Numbers{5}), per_element());
}

BOOST_AUTO_TEST_CASE(max_pool_with_holes) {
  // kernel 2, dilation 3: places o and o+3.
  Tensor x = tensor({5.0, 1.0, 2.0, 3.0, 4.0}).view({1, 5});
  auto [y, places] = F::max_pool1d_with_indices(x, 2, 1, 0, 3);
  BOOST_TEST(numbers(y) == (Numbers{5, 4}), per_element());
  BOOST_TEST(numbers(places) == (Numbers{0, 4}), per_element());
}

BOOST_AUTO_TEST_CASE(ties_and_nan) {
  auto [y, places] =
      F::max_pool1d_with_indices(tensor({2.0, 2.0, 1.0, 2.0}).view({1, 4}), 4);
  BOOST_TEST(places.item() == 0);
  auto [z, wrong] = F::max_pool1d_with_indices(
      tensor({not_a_number, 9.0, not_a_number, 1.0}).view({1, 4}), 4);
  BOOST_TEST(std::isnan(z.item()));
  BOOST_TEST(wrong.item() == 2);
}

BOOST_AUTO_TEST_CASE(pools_without_samples_or_without_their_axis) {
  BOOST_TEST((F::max_pool2d(zeros({0, 3, 4, 4}), 2).shape() == Shape{0, 3, 2, 2}));
  BOOST_TEST((F::avg_pool2d(zeros({0, 3, 4, 4}), 2).shape() == Shape{0, 3, 2, 2}));
  Tensor x = shuffled({3, 6, 5});
  BOOST_TEST(F::max_pool2d(x, 2).equal(F::max_pool2d(x.unsqueeze(0), 2).squeeze(0)));
  BOOST_TEST(F::avg_pool1d(x[0], 3).equal(F::avg_pool1d(x, 3)[0]));
  Tensor volume = shuffled({2, 4, 4, 4});
  BOOST_TEST((F::max_pool3d(volume, 2).shape() == Shape{2, 2, 2, 2}));
}

// Sequences, images and volumes agree where the further axes have one place.
BOOST_AUTO_TEST_CASE(one_rule_for_all_grids) {
  Tensor x = shuffled({2, 3, 11});
  Tensor image = x.view({2, 3, 1, 11}), volume = x.view({2, 3, 1, 1, 11});
  BOOST_TEST(F::max_pool1d(x, 3, 2, 1, 2)
                 .equal(F::max_pool2d(image, {1, 3}, {1, 2}, {0, 1}, {1, 2}).squeeze(2)));
  BOOST_TEST(F::avg_pool1d(x, 3, 2, 1, true)
                 .equal(F::avg_pool3d(volume, {1, 1, 3}, {1, 1, 2}, {0, 0, 1}, true)
                            .view({2, 3, 6})));
}

// ---- avg_pool ---------------------------------------------------------------------------

// x = 1 2 3, kernel 2, stride 2, padding 1: windows (pad 1) and (2 3).
BOOST_AUTO_TEST_CASE(avg_pool_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0}).view({1, 3}).requires_grad_();
  BOOST_TEST(numbers(F::avg_pool1d(x, 2, 2, 1)) == (Numbers{0.5, 2.5}), per_element());
  Tensor y = F::avg_pool1d(x, 2, 2, 1, false, false);
  BOOST_TEST(numbers(y) == (Numbers{1, 2.5}), per_element());
  y.backward(tensor({{1.0, 10.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 5, 5}), per_element());
  // divisor_override: a sum pool, or any other share.
  Tensor image = arange(4).to(f64).view({1, 2, 2});
  BOOST_TEST(F::avg_pool2d(image, 2, {}, 0, false, true, 1).item() == 6);
  BOOST_TEST(F::avg_pool2d(image, 2, {}, 0, false, true, -3).item() == -2);
  // With ceil_mode places behind the padding do not count: the last window has the places
  // 2, 3 (padding) and nothing.
  BOOST_TEST(numbers(F::avg_pool1d(x.detach(), 3, 3, 1, true)) == (Numbers{1, 1.5}),
             per_element());
  // Whole numbers drop the fraction, towards 0.
  BOOST_TEST(F::avg_pool1d(tensor({-7, 0}).view({1, 2}), 2).item() == -3);
}

// ---- adaptive ---------------------------------------------------------------------------

// 5 places in 3 windows: 0-1, 1-3, 3-4. Neighbours share a place.
BOOST_AUTO_TEST_CASE(adaptive_pools_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0, 4.0, 5.0}).view({1, 5}).requires_grad_();
  Tensor y = F::adaptive_avg_pool1d(x, 3);
  BOOST_TEST(numbers(y) == (Numbers{1.5, 3, 4.5}), per_element());
  y.backward(tensor({{6.0, 60.0, 600.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{3, 23, 20, 320, 300}), per_element());
  auto [z, places] = F::adaptive_max_pool1d_with_indices(x.detach(), 3);
  BOOST_TEST(numbers(z) == (Numbers{2, 4, 5}), per_element());
  BOOST_TEST(numbers(places) == (Numbers{1, 3, 4}), per_element());
  // One window is the mean of all; -1 keeps an axis; more windows than places repeat them.
  Tensor image = shuffled({2, 3, 4, 5});
  BOOST_TEST(F::adaptive_avg_pool2d(image, 1).allclose(image.mean({2, 3}, true)));
  BOOST_TEST(F::adaptive_avg_pool2d(image, {1, -1}).allclose(image.mean({2}, true)));
  BOOST_TEST(F::adaptive_max_pool2d(image, {-1, 5}).equal(image));
  BOOST_TEST(
      numbers(F::adaptive_avg_pool1d(tensor({{1.0, 2.0}}), 4)) == (Numbers{1, 1, 2, 2}),
      per_element());
  BOOST_TEST((F::adaptive_avg_pool2d(image, {0, 2}).shape() == Shape{2, 3, 0, 2}));
}

// ---- max_unpool -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(max_unpool_by_hand) {
  Tensor x = tensor({{1.0, 4.0, 3.0, 2.0, 9.0}});
  auto [y, places] = F::max_pool1d_with_indices(x, 2);
  Tensor values = y.clone().requires_grad_();
  Tensor back = F::max_unpool1d(values, places, 2);
  BOOST_TEST(numbers(back) == (Numbers{0, 4, 3, 0}), per_element());
  back.backward(tensor({{1.0, 10.0, 100.0, 1000.0}}));
  BOOST_TEST(numbers(values.grad()) == (Numbers{10, 100}), per_element());
  // Which grid it was is lost, and said by output_size, with or without N and C.
  BOOST_TEST(numbers(F::max_unpool1d(y, places, 2, {}, 0, 5)) == (Numbers{0, 4, 3, 0, 0}),
             per_element());
  BOOST_TEST((F::max_unpool1d(y, places, 2, {}, 0, {1, 1, 5}).shape() == Shape{1, 5}));
  // Of two with one place the last stays, and it alone has a gradient.
  Tensor both = tensor({{5.0, 6.0}}).requires_grad_();
  Tensor z = F::max_unpool1d(both, tensor({{1, 1}}), 2);
  BOOST_TEST(numbers(z) == (Numbers{0, 6, 0, 0}), per_element());
  z.backward(tensor({{1.0, 2.0, 3.0, 4.0}}));
  BOOST_TEST(numbers(both.grad()) == (Numbers{0, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(max_unpool_does_not_write_outside) {
  Tensor y = ones({1, 2});
  for (int64_t place : {int64_t(4), int64_t(-1), std::numeric_limits<int64_t>::max(),
                        std::numeric_limits<int64_t>::min()}) {
    Tensor places = full({1, 2}, place, i64);
    BOOST_TEST(error_of([&] { F::max_unpool1d(y, places, 2); }) ==
               "max_unpool1d: indices has " + std::to_string(place) +
                   ", and each channel of the output (1,4) has 4 places");
  }
  Tensor places = zeros({1, 2}, i64);
  BOOST_TEST(fails_with("indices are (1,1)",
                        [&] { F::max_unpool1d(y, places.narrow(1, 0, 1), 2); }));
  BOOST_TEST(
      fails_with("they must be i64", [&] { F::max_unpool1d(y, places.to(i32), 2); }));
  BOOST_TEST(fails_with("output_size is 6 for axis 0 of the grid",
                        [&] { F::max_unpool1d(y, places, 2, {}, 0, 6); }));
  BOOST_TEST(fails_with("from 3 to 5", [&] { F::max_unpool1d(y, places, 2, {}, 0, 2); }));
  BOOST_TEST(fails_with("output_size has 2 numbers", [&] {
    F::max_unpool1d(y, places, 2, {}, 0, {1, 4});
  }));
  BOOST_TEST(
      fails_with("would have size -2", [&] { F::max_unpool1d(y, places, 1, 1, 2); }));
}

// ---- channel_pool -----------------------------------------------------------------------

// Four channels of two places, the windows (0,1) and (2,3).
BOOST_AUTO_TEST_CASE(channel_pool_by_hand) {
  Tensor x = tensor({{1.0, 8.0}, {3.0, 4.0}, {5.0, 5.0}, {7.0, 5.0}}).unsqueeze(0);
  x.requires_grad_();
  Tensor y = F::channel_pool(x, 2);
  BOOST_TEST((y.shape() == Shape{1, 2, 2}));
  BOOST_TEST(numbers(y) == (Numbers{3, 8, 7, 5}), per_element());
  y.backward(tensor({{1.0, 10.0}, {100.0, 1000.0}}).unsqueeze(0));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 10, 1, 0, 0, 1000, 100, 0}), per_element());
  BOOST_TEST(numbers(F::channel_pool(x, 2, 1, "avg")) == (Numbers{2, 6, 4, 4.5, 6, 5}),
             per_element());
  BOOST_TEST((F::channel_pool(x, 3).shape() == Shape{1, 1, 2}));  // the rest goes unseen
  BOOST_TEST(std::isnan(F::channel_pool(tensor({{1.0, not_a_number}}), 2).item()));
}

// ---- gradients --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients) {
  manual_seed(3);
  Tensor sequence = shuffled({2, 3, 11}), image = shuffled({2, 2, 7, 6}),
         volume = shuffled({1, 2, 4, 5, 3});
  check_gradient("max_pool1d", sequence,
                 [](const Inputs& in) { return F::max_pool1d(in[0], 3, 2, 1, 2, true); });
  check_gradient("max_pool2d", image, [](const Inputs& in) {
    return F::max_pool2d(in[0], {3, 2}, {1, 2}, {1, 0}, {2, 1});
  });
  check_gradient("max_pool3d", volume, [](const Inputs& in) {
    return F::max_pool3d(in[0], 2, 1, {1, 0, 1});
  });
  check_gradient("avg_pool1d", sequence,
                 [](const Inputs& in) { return F::avg_pool1d(in[0], 4, 3, 2, true); });
  check_gradient("avg_pool2d", image, [](const Inputs& in) {
    return F::avg_pool2d(in[0], 3, 2, 1, true, false);
  });
  check_gradient("avg_pool2d with a divisor", image, [](const Inputs& in) {
    return F::avg_pool2d(in[0], {2, 3}, 1, {0, 1}, false, true, 5);
  });
  check_gradient("avg_pool3d", volume, [](const Inputs& in) {
    return F::avg_pool3d(in[0], {2, 3, 1}, 2, {1, 1, 0}, true);
  });
  check_gradient("adaptive_avg_pool2d", image, [](const Inputs& in) {
    return F::adaptive_avg_pool2d(in[0], {4, 9});
  });
  check_gradient("adaptive_avg_pool3d", volume, [](const Inputs& in) {
    return F::adaptive_avg_pool3d(in[0], {3, 2, -1});
  });
  check_gradient("adaptive_max_pool1d", sequence,
                 [](const Inputs& in) { return F::adaptive_max_pool1d(in[0], 4); });
  check_gradient("adaptive_max_pool2d", image, [](const Inputs& in) {
    return F::adaptive_max_pool2d(in[0], {5, 4});
  });
  Tensor places = F::max_pool2d_with_indices(image, 2).indices;
  check_gradient("max_unpool2d", shuffled({2, 2, 3, 3}), [&](const Inputs& in) {
    return F::max_unpool2d(in[0], places, 2, {}, 0, {7, 6});
  });
  check_gradient("channel_pool max", shuffled({2, 7, 3}),
                 [](const Inputs& in) { return F::channel_pool(in[0], 3, 2); });
  check_gradient("channel_pool avg", shuffled({2, 5, 3, 2}),
                 [](const Inputs& in) { return F::channel_pool(in[0], 3, 1, "avg"); });
}

// ---- messages ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(settings_that_do_not_fit) {
  Tensor x = images({2, 3, 4, 5});
  BOOST_TEST(
      error_of([&] { F::max_pool2d(x, 6); }) ==
      "max_pool2d: windows of 6 places (kernel 6, dilation 1) do not fit into axis 2 "
      "of (2,3,4,5) with padding 0");
  BOOST_TEST(fails_with("windows of 7 places (kernel 4, dilation 2) do not fit into axis 2",
                        [&] { F::max_pool2d(x, 4, 1, 1, 2); }));
  BOOST_TEST(fails_with("padding 2 for a kernel of 3: it is at most half of that",
                        [&] { F::max_pool2d(x, 3, 1, 2); }));
  BOOST_TEST(fails_with("padding 1 for a kernel of 1", [&] { F::avg_pool2d(x, 1, 1, 1); }));
  BOOST_TEST(fails_with("padding is -1", [&] { F::max_pool2d(x, 2, 1, -1); }));
  BOOST_TEST(
      fails_with("stride is 0; it must be at least 1", [&] { F::max_pool2d(x, 2, 0); }));
  BOOST_TEST(fails_with("kernel_size is 0", [&] { F::avg_pool2d(x, {2, 0}); }));
  BOOST_TEST(fails_with("kernel_size is -2", [&] { F::avg_pool2d(x, -2); }));
  BOOST_TEST(fails_with("dilation is 0", [&] { F::max_pool2d(x, 2, 1, 0, 0); }));
  BOOST_TEST(
      fails_with("kernel_size has 3 numbers; it takes one, or one for each of 2", [&] {
        F::max_pool2d(x, {1, 2, 3});
      }));
  BOOST_TEST(fails_with("kernel_size has 0 numbers", [&] { F::max_pool2d(x, {}); }));
  BOOST_TEST(fails_with("stride has 3 numbers", [&] { F::avg_pool2d(x, 2, {1, 1, 1}); }));
  BOOST_TEST(fails_with("divisor_override is 0",
                        [&] { F::avg_pool2d(x, 2, {}, 0, false, true, 0); }));
  const int64_t huge = std::numeric_limits<int64_t>::max();
  BOOST_TEST(fails_with("it must be at most", [&] { F::max_pool2d(x, huge); }));
  BOOST_TEST(fails_with("it must be at most", [&] { F::max_pool2d(x, 2, 1, 1, huge); }));
  BOOST_TEST((F::max_pool2d(x, 2, int64_t(1) << 30).shape() == Shape{2, 3, 1, 1}));
  BOOST_TEST(fails_with("sees padding alone", [&] {
    F::max_pool1d(zeros({1, 2}), 2, 1, 1, 3);
  }));
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit) {
  BOOST_TEST(error_of([] {
               F::max_pool2d(images({4, 4}), 2);
             }) == "max_pool2d: input is (4,4): it must be (N,C,H,W) or (C,H,W)");
  BOOST_TEST(fails_with("it must be (N,C,L) or (C,L)", [] {
    F::avg_pool1d(images({1, 2, 3, 4}), 2);
  }));
  BOOST_TEST(fails_with("(N,C,D,H,W) or (C,D,H,W)", [] {
    F::adaptive_avg_pool3d(images({2, 2, 2}), 1);
  }));
  BOOST_TEST(fails_with("axis 3 is empty, and only N may be 0", [] {
    F::max_pool2d(images({1, 2, 3, 0}), 2);
  }));
  BOOST_TEST(fails_with("axis 1 is empty", [] {
    F::adaptive_max_pool2d(images({1, 0, 3, 3}), 2);
  }));
  BOOST_TEST(fails_with("output_size is -2", [] {
    F::adaptive_avg_pool2d(images({1, 1, 3, 3}), -2);
  }));
  BOOST_TEST(fails_with("output_size has 3 numbers", [] {
    F::adaptive_avg_pool2d(images({1, 1, 3, 3}), {1, 1, 1});
  }));
  BOOST_TEST(!error_of([] { F::max_pool2d(images({1, 1, 4, 4}).to(bool_), 2); }).empty());
  BOOST_TEST(
      fails_with("windows of 5 channels do not fit into input (2,4,3), which has 4", [] {
        F::channel_pool(images({2, 4, 3}), 5);
      }));
  BOOST_TEST(fails_with("it must be (N,C)", [] { F::channel_pool(images({4}), 2); }));
  BOOST_TEST(fails_with("stride is 0", [] { F::channel_pool(images({2, 4}), 2, 0); }));
  BOOST_TEST(fails_with("mode is", [] { F::channel_pool(images({2, 4}), 2, 2, "sum"); }));
}
