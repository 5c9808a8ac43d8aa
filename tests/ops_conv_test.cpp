// Convolutions, their transposes, unfold and fold: by hand, against their definitions,
// gradients, and what they say of wrong arguments. Several hundred random configurations
// are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_conv
#include <boost/test/unit_test.hpp>

#include "autograd/gradcheck.hpp"
#include "host/threads.hpp"
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;
namespace F = hg::nn::functional;

namespace {

using Inputs = std::vector<Tensor>;

Tensor counting(const Shape& shape) { return arange(shape.numel()).to(f64).view(shape); }

void check_gradient(const std::string& what, const std::vector<Shape>& shapes,
                    const std::function<Tensor(const Inputs&)>& f) {
  manual_seed(6);
  Inputs inputs;
  for (const Shape& shape : shapes) inputs.push_back(randn(shape, f64).requires_grad_());
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item();
}

// The sum of all products: how much one tensor points in the direction of the other.
double dot_all(const Tensor& a, const Tensor& b) { return (a * b).sum().item(); }

// The definition in loops over one image x (H,W) and one kernel.
Tensor corr2d(const Tensor& x, const Tensor& w) {
  Tensor y = zeros({x.size(0) - w.size(0) + 1, x.size(1) - w.size(1) + 1}, f64);
  for (int64_t p = 0; p < y.size(0); ++p) {
    for (int64_t q = 0; q < y.size(1); ++q) {
      y[{p, q}] = (x[{slice(p, p + w.size(0)), slice(q, q + w.size(1))}] * w).sum();
    }
  }
  return y;
}

}  // namespace

// ---- forward ----------------------------------------------------------------------------

// 0 1 2            0*0 + 1*1 + 3*2 + 4*3 = 19, and so on
// 3 4 5  *  0 1
// 6 7 8     2 3
BOOST_AUTO_TEST_CASE(an_image_and_a_kernel_by_hand) {
  Tensor x = counting({1, 1, 3, 3}), w = counting({1, 1, 2, 2});
  Tensor y = F::conv2d(x, w);
  BOOST_TEST((y.shape() == Shape{1, 1, 2, 2}));
  BOOST_TEST(numbers(y) == (Numbers{19, 25, 37, 43}), per_element());
  // A ring of zeros around x; a bias; every second window.
  BOOST_TEST(numbers(F::conv2d(x, w, tensor({100.0}).to(f64), 2, 1)) ==
                 (Numbers{100 + 0, 100 + 2 * 1 + 3 * 2, 100 + 1 * 3 + 3 * 6,
                          100 + 0 * 4 + 1 * 5 + 2 * 7 + 3 * 8}),
             per_element());
  // Taps two places apart see the corners.
  BOOST_TEST(F::conv2d(x, w, {}, 1, 0, 2).item() == 0 * 0 + 1 * 2 + 2 * 6 + 3 * 8);
}

// An edge where white turns black: the kernel (1, -1) finds it and the way back.
BOOST_AUTO_TEST_CASE(an_edge_detector) {
  Tensor x = ones({1, 1, 2, 6});
  x[{0, 0, all, slice(2, 4)}] = 0;
  Tensor y = F::conv2d(x, tensor({1.0, -1.0}).view({1, 1, 1, 2}));
  BOOST_TEST(numbers(y) == (Numbers{0, 1, 0, -1, 0, 0, 1, 0, -1, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(channels_and_kernels_add_up_to_sums_of_corr2d) {
  manual_seed(1);
  Tensor x = randn({2, 3, 7, 5}, f64), w = randn({4, 3, 3, 2}, f64), b = randn({4}, f64);
  Tensor y = F::conv2d(x, w, b);
  BOOST_TEST((y.shape() == Shape{2, 4, 5, 4}));
  for (int64_t n = 0; n < 2; ++n) {
    for (int64_t k = 0; k < 4; ++k) {
      Tensor sum = corr2d(x[{n, 0}], w[{k, 0}]) + corr2d(x[{n, 1}], w[{k, 1}]) +
                   corr2d(x[{n, 2}], w[{k, 2}]) + b[k];
      BOOST_TEST(largest_difference(y[{n, k}], sum) < 1e-13);
    }
  }
  // One sample without the axis N.
  BOOST_TEST(F::conv2d(x[1], w, b).equal(y[1]));
}

// The convolution of mathematics, sum_r w[r] x[p - r], is cross-correlation with a flipped
// kernel, and multiplies polynomials: (1 + 2z)(3 + 4z + 5z^2) = 3 + 10z + 13z^2 + 10z^3.
BOOST_AUTO_TEST_CASE(a_flipped_kernel_makes_a_true_convolution) {
  Tensor a = tensor({1.0, 2.0}), b = tensor({3.0, 4.0, 5.0});
  Tensor product = F::conv1d(b.view({1, 1, 3}), a.flip({0}).view({1, 1, 2}), {}, 1, 1);
  BOOST_TEST(numbers(product) == (Numbers{3, 10, 13, 10}), per_element());
}

BOOST_AUTO_TEST_CASE(groups_are_convolutions_side_by_side) {
  manual_seed(2);
  Tensor x = randn({2, 6, 5, 5}, f64), w = randn({4, 3, 3, 3}, f64), b = randn({4}, f64);
  Tensor y = F::conv2d(x, w, b, 1, 1, 1, 2);
  auto part = [&](int64_t g) {
    return F::conv2d(x[{all, slice(3 * g, 3 * g + 3)}], w[slice(2 * g, 2 * g + 2)],
                     b[slice(2 * g, 2 * g + 2)], 1, 1);
  };
  BOOST_TEST(largest_difference(y, cat({part(0), part(1)}, 1)) < 1e-13);
  // Depthwise: each channel by itself, two kernels each.
  Tensor each = randn({12, 1, 2, 2}, f64), z = F::conv2d(x, each, {}, 1, 0, 1, 6);
  BOOST_TEST(largest_difference(z[{1, 7}], corr2d(x[{1, 3}], each[{7, 0}])) < 1e-14);
}

BOOST_AUTO_TEST_CASE(a_kernel_with_one_tap_is_a_dense_layer_at_each_place) {
  manual_seed(3);
  Tensor x = randn({2, 3, 4, 5}, f64), w = randn({6, 3, 1, 1}, f64), b = randn({6}, f64);
  Tensor dense = linear(x.permute({0, 2, 3, 1}), w.view({6, 3}), b).permute({0, 3, 1, 2});
  BOOST_TEST(largest_difference(F::conv2d(x, w, b), dense) < 1e-14);
}

BOOST_AUTO_TEST_CASE(volumes_and_sequences_are_images_with_more_or_fewer_axes) {
  manual_seed(4);
  Tensor x = randn({2, 3, 4, 6}, f64), w = randn({2, 3, 2, 3}, f64), b = randn({2}, f64);
  Tensor y = F::conv2d(x, w, b, {1, 2}, {1, 2}, {2, 1});
  Tensor volume =
      F::conv3d(x.unsqueeze(2), w.unsqueeze(2), b, {3, 1, 2}, {0, 1, 2}, {1, 2, 1});
  BOOST_TEST(volume.squeeze(2).equal(y));
  Tensor row = F::conv1d(x[{all, all, 0}], w[{all, all, 0}], b, 2, 2);
  Tensor flat = F::conv2d(x[{all, all, slice(0, 1)}], w[{all, all, slice(0, 1)}], b, {1, 2},
                          {0, 2});
  BOOST_TEST(row.equal(flat.squeeze(2)));
}

BOOST_AUTO_TEST_CASE(padding_by_a_rule) {
  manual_seed(5);
  Tensor x = randn({2, 3, 7, 6}, f64), w = randn({4, 3, 3, 5}, f64);
  BOOST_TEST(F::conv2d(x, w, {}, 1, "same").equal(F::conv2d(x, w, {}, 1, {1, 2})));
  BOOST_TEST(F::conv2d(x, w, {}, 1, "valid").equal(F::conv2d(x, w)));
  BOOST_TEST(F::conv2d(x, w, {}, 1, std::string("same"), {3, 1}).equal(
      F::conv2d(x, w, {}, 1, {3, 2}, {3, 1})));
  // 3 zeros for a kernel of 4 taps: one before, two behind.
  Tensor even = randn({4, 3, 4, 1}, f64);
  Tensor y = F::conv2d(x, even, {}, 1, "same");
  BOOST_TEST((y.shape() == Shape{2, 4, 7, 6}));
  BOOST_TEST(y.equal(F::conv2d(F::pad(x, {0, 0, 1, 2}), even)));
  Tensor s = tensor({1.0, 2.0, 3.0}).view({1, 1, 3});
  BOOST_TEST(numbers(F::conv1d(s, ones({1, 1, 2}), {}, 1, "same")) == (Numbers{3, 5, 3}),
             per_element());
  BOOST_TEST(error_of([&] { F::conv2d(x, w, {}, {1, 2}, "same"); }) ==
             "conv2d: padding is \"same\" and stride (1,2): a size can stay the same with "
             "stride 1 only\n  hint: give the padding as numbers");
  BOOST_TEST(fails_with("'full' is no rule", [&] { F::conv2d(x, w, {}, 1, "full"); }));
}

// ---- backward ---------------------------------------------------------------------------

// y[p] = w[0] x[p] + w[1] x[p+1] + b with x = 1 2 3, w = 4 5 and dy = 1 10:
// dx = (4*1, 5*1 + 4*10, 5*10), dw = (1*1 + 10*2, 1*2 + 10*3), db = 11.
BOOST_AUTO_TEST_CASE(gradients_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0}).view({1, 1, 3}).requires_grad_();
  Tensor w = tensor({4.0, 5.0}).view({1, 1, 2}).requires_grad_();
  Tensor b = tensor({6.0}).requires_grad_();
  Tensor y = F::conv1d(x, w, b);
  BOOST_TEST(numbers(y) == (Numbers{20, 29}), per_element());
  y.backward(tensor({1.0, 10.0}).view({1, 1, 2}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{4, 45, 50}), per_element());
  BOOST_TEST(numbers(w.grad()) == (Numbers{21, 32}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{11}), per_element());
}

// Used twice in one graph, with dy and 10 dy: the second gradient is added in place.
BOOST_AUTO_TEST_CASE(gradients_of_several_uses_add_up) {
  manual_seed(11);
  auto check = [](const std::vector<Shape>& shapes,
                  const std::function<Tensor(const Inputs&)>& f) {
    Inputs in, once;
    for (const Shape& shape : shapes) in.push_back(randn(shape, f64).requires_grad_());
    for (const Tensor& t : in) once.push_back(t.detach().clone().requires_grad_());
    Tensor first = f(in), second = f(in), alone = f(once);
    Tensor dy = randn(alone.shape(), f64);
    (first * dy + second * (dy * 10)).sum().backward();
    (alone * (dy * 11)).sum().backward();
    for (size_t i = 0; i < in.size(); ++i) {
      BOOST_TEST(largest_difference(in[i].grad(), once[i].grad()) < 1e-11);
    }
  };
  check({{2, 4, 5, 4}, {6, 2, 3, 2}, {6}}, [](const Inputs& in) {
    return F::conv2d(in[0], in[1], in[2], 1, 1, 1, 2);
  });
  check({{2, 4, 3, 4}, {4, 3, 3, 2}, {6}}, [](const Inputs& in) {
    return F::conv_transpose2d(in[0], in[1], in[2], 2, 1, 0, 2);
  });
  check({{2, 3, 4, 4}}, [](const Inputs& in) { return F::unfold(in[0], 2, 1, 1); });
  check({{2, 4, 9}}, [](const Inputs& in) { return F::fold(in[0], {4, 4}, 2); });
}

BOOST_AUTO_TEST_CASE(gradients) {
  check_gradient("conv1d", {{2, 2, 7}, {4, 2, 3}, {4}}, [](const Inputs& in) {
    return F::conv1d(in[0], in[1], in[2], 2, 1, 2);
  });
  check_gradient("conv2d", {{2, 3, 4, 5}, {2, 3, 3, 2}, {2}},
                 [](const Inputs& in) { return F::conv2d(in[0], in[1], in[2], 1, 1); });
  check_gradient("conv2d, groups", {{1, 4, 5, 3}, {6, 2, 2, 2}}, [](const Inputs& in) {
    return F::conv2d(in[0], in[1], {}, {2, 1}, {1, 2}, {1, 2}, 2);
  });
  check_gradient("conv2d, same, even kernel", {{1, 2, 3, 4}, {1, 2, 2, 4}},
                 [](const Inputs& in) { return F::conv2d(in[0], in[1], {}, 1, "same"); });
  check_gradient("conv3d", {{1, 2, 3, 3, 4}, {2, 2, 2, 3, 1}, {2}}, [](const Inputs& in) {
    return F::conv3d(in[0], in[1], in[2], {1, 2, 1}, {1, 0, 2});
  });
  check_gradient("conv_transpose1d", {{2, 3, 4}, {3, 2, 3}, {2}}, [](const Inputs& in) {
    return F::conv_transpose1d(in[0], in[1], in[2], 2, 1, 1);
  });
  check_gradient("conv_transpose2d", {{1, 4, 3, 2}, {4, 1, 2, 3}, {2}},
                 [](const Inputs& in) {
                   return F::conv_transpose2d(in[0], in[1], in[2], {2, 1}, {0, 1}, {1, 1},
                                              2, {1, 2});
                 });
  check_gradient("conv_transpose3d", {{2, 2, 2, 1, 2}, {2, 1, 2, 2, 1}},
                 [](const Inputs& in) { return F::conv_transpose3d(in[0], in[1], {}, 2); });
  check_gradient("unfold", {{2, 2, 4, 3}},
                 [](const Inputs& in) { return F::unfold(in[0], {3, 2}, 1, 1, {1, 2}); });
  check_gradient("fold", {{2, 8, 9}},
                 [](const Inputs& in) { return F::fold(in[0], {4, 4}, 2); });
}

// One gradient alone, when the others are not wanted.
BOOST_AUTO_TEST_CASE(each_gradient_by_itself) {
  manual_seed(7);
  Tensor x = randn({3, 2, 5, 5}, f64), w = randn({3, 2, 2, 3}, f64), b = randn({3}, f64);
  auto f = [&] { return F::conv2d(x, w, b, 2, 1).square().sum(); };
  for (Tensor* t : {&x, &w, &b}) t->requires_grad_();
  f().backward();
  for (Tensor* alone : {&x, &w, &b}) {
    Tensor together = alone->grad();
    for (Tensor* t : {&x, &w, &b}) *t = t->detach();
    alone->requires_grad_();
    f().backward();
    BOOST_TEST(largest_difference(alone->grad(), together) < 1e-12);
    for (Tensor* t : {&x, &w, &b}) t->requires_grad_();
    f().backward();
  }
}

BOOST_AUTO_TEST_CASE(no_samples) {
  Tensor x = zeros({0, 2, 4, 4}).requires_grad_(), w = randn({3, 2, 3, 3}).requires_grad_();
  Tensor b = randn({3}).requires_grad_();
  Tensor y = F::conv2d(x, w, b);
  BOOST_TEST((y.shape() == Shape{0, 3, 2, 2}));
  y.sum().backward();
  BOOST_TEST(w.grad().equal(zeros({3, 2, 3, 3})));
  BOOST_TEST(b.grad().equal(zeros({3})));
  BOOST_TEST((x.grad().shape() == x.shape()));
  Tensor v = randn({2, 3, 3, 3}).requires_grad_();
  F::conv_transpose2d(x, v).sum().backward();
  BOOST_TEST(v.grad().equal(zeros({2, 3, 3, 3})));
}

// However the samples are shared among threads, sums over them are taken in one order.
BOOST_AUTO_TEST_CASE(threads_do_not_change_the_result) {
  manual_seed(8);
  Tensor x = randn({5, 4, 9, 8}), w = randn({6, 2, 3, 3}).requires_grad_();
  Tensor b = randn({6}).requires_grad_();
  auto run = [&](int threads) {
    const int before = num_threads();
    set_num_threads(threads);
    Tensor in = x.detach().requires_grad_();
    w.zero_grad();
    Tensor y = F::conv2d(in, w, b, 1, 1, 1, 2);
    y.square().sum().backward();
    set_num_threads(before);
    return Inputs{y.detach(), in.grad(), w.grad().detach().clone()};
  };
  Inputs one = run(1), three = run(3), again = run(3);
  for (size_t i = 0; i < one.size(); ++i) {
    BOOST_TEST(three[i].equal(again[i]));
    BOOST_TEST(largest_difference(one[i], three[i]) <= 1e-5 * one[i].abs().max().item());
  }
}

// ---- transposed -------------------------------------------------------------------------

// Each number of x puts down its multiple of the kernel; they overlap in the middle:
// 0 0 1         0 1 0   0 0 0   0 0 0
// 0 4 6    =    2 3 0 + 0 0 2 + ...
// 4 12 9
BOOST_AUTO_TEST_CASE(a_transposed_convolution_by_hand) {
  Tensor x = counting({1, 1, 2, 2}), w = counting({1, 1, 2, 2});
  BOOST_TEST(numbers(F::conv_transpose2d(x, w)) == (Numbers{0, 0, 1, 0, 4, 6, 4, 12, 9}),
             per_element());
  BOOST_TEST(numbers(F::conv_transpose2d(x, w, {}, 2)) ==
                 (Numbers{0, 0, 0, 1, 0, 0, 2, 3, 0, 2, 0, 3, 4, 6, 6, 9}),
             per_element());
  BOOST_TEST(numbers(F::conv_transpose2d(x, w, {}, 1, 1)) == (Numbers{4}), per_element());
  // One more place at the end of each axis, which nothing reaches but the bias.
  Tensor y = F::conv_transpose2d(x, w, tensor({0.5}).to(f64), 2, 0, 1);
  BOOST_TEST((y.shape() == Shape{1, 1, 5, 5}));
  BOOST_TEST(y.select(2, 4).equal(full({1, 1, 5}, 0.5, f64)));
  BOOST_TEST(F::conv_transpose2d(x[0], w).equal(F::conv_transpose2d(x, w)[0]));
}

// <conv(x), y> = <x, conv_transpose(y)> for all x and y: that is what a transpose is.
BOOST_AUTO_TEST_CASE(it_is_the_transpose_of_the_convolution) {
  manual_seed(9);
  Tensor x = randn({2, 4, 7, 6}, f64), w = randn({6, 2, 3, 2}, f64);
  const nn::PerAxis stride{2, 1}, padding{1, 0}, dilation{1, 2};
  Tensor there = F::conv2d(x, w, {}, stride, padding, dilation, 2);
  Tensor y = randn(there.shape(), f64);
  Tensor back = F::conv_transpose2d(y, w, {}, stride, padding, 0, 2, dilation);
  BOOST_TEST((back.shape() == x.shape()));
  BOOST_TEST(dot_all(there, y) == dot_all(x, back), tolerance(1e-12));
}

// Twice as large and back: kernel 4, stride 2, padding 1.
BOOST_AUTO_TEST_CASE(sizes_come_back) {
  Tensor x = zeros({1, 3, 10, 7}), w = zeros({3, 5, 4, 4});
  Tensor y = F::conv_transpose2d(x, w, {}, 2, 1);
  BOOST_TEST((y.shape() == Shape{1, 5, 20, 14}));
  BOOST_TEST((F::conv2d(y, zeros({3, 5, 4, 4}), {}, 2, 1).shape() == x.shape()));
}

// ---- unfold and fold --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(windows_as_columns) {
  Tensor x = counting({1, 1, 3, 3}) + 1;
  BOOST_TEST(numbers(F::unfold(x, 2)) ==
                 (Numbers{1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9}),
             per_element());
  BOOST_TEST((F::unfold(x[0], {1, 2}, 1, {0, 1}).shape() == Shape{2, 12}));
  // As many windows see a place as come back to it.
  Tensor count = F::fold(F::unfold(ones({1, 1, 3, 3}), 2), 3, 2);
  BOOST_TEST(numbers(count) == (Numbers{1, 2, 1, 2, 4, 2, 1, 2, 1}), per_element());
  // Windows side by side are put back as they were.
  Tensor image = counting({2, 3, 4, 6});
  BOOST_TEST(F::fold(F::unfold(image, {2, 3}, 1, 0, {2, 3}), {4, 6}, {2, 3}, 1, 0, {2, 3})
                 .equal(image));
}

BOOST_AUTO_TEST_CASE(a_convolution_is_a_product_of_columns) {
  manual_seed(10);
  Tensor x = randn({2, 3, 6, 5}, f64), w = randn({4, 3, 3, 2}, f64);
  Tensor col = F::unfold(x, {3, 2}, {1, 2}, {1, 0}, {2, 1});
  Tensor y = matmul(w.view({4, 18}), col).view({2, 4, 3, 3});
  BOOST_TEST(largest_difference(F::conv2d(x, w, {}, {2, 1}, {1, 0}, {1, 2}), y) < 1e-13);
}

// ---- what is wrong ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(conv_says_what_is_wrong) {
  Tensor x = ones({2, 4, 5, 5}), w = ones({6, 4, 3, 3});
  auto conv2d = [&](const Tensor& x, const Tensor& w, const Tensor& b = {},
                    const nn::PerAxis& stride = 1, const nn::Padding& padding = 0,
                    const nn::PerAxis& dilation = 1, int64_t groups = 1) {
    return error_of([&] { F::conv2d(x, w, b, stride, padding, dilation, groups); });
  };
  BOOST_TEST(conv2d(x, ones({6, 4, 7, 3})) ==
             "conv2d: input is (2,4,5,5), kernel (7,3) with dilation (1,1) spans (7,3) "
             "places: more than the grid and its padding (0,0) have");
  BOOST_TEST(conv2d(x, w, {}, 1, {0, 1}, {1, 4}) ==
             "conv2d: input is (2,4,5,5), kernel (3,3) with dilation (1,4) spans (3,9) "
             "places: more than the grid and its padding (0,1) have");
  BOOST_TEST(conv2d(x, ones({6, 2, 3, 3}), {}, 1, 0, 1, 4) ==
             "conv2d: weight is (6,2,3,3): its 6 kernels do not fall into 4 equal groups");
  BOOST_TEST(conv2d(x, ones({6, 4, 3, 3}), {}, 1, 0, 1, 3) ==
             "conv2d: input is (2,4,5,5) with 4 channels, weight is (6,4,3,3): with groups "
             "= 3 it is for 12 channels\n  hint: groups = 1 would fit");
  BOOST_TEST(conv2d(x, ones({6, 1, 3, 3})) ==
             "conv2d: input is (2,4,5,5) with 4 channels, weight is (6,1,3,3): with groups "
             "= 1 it is for 1 channels");
  BOOST_TEST(conv2d(ones({2, 28, 28}), ones({6, 1, 3, 3})) ==
             "conv2d: input is (2,28,28) with 2 channels, weight is (6,1,3,3): with groups "
             "= 1 it is for 1 channels\n  hint: unsqueeze(1) gives each sample its one "
             "channel");
  BOOST_TEST(conv2d(ones({2, 28, 28, 3}), ones({6, 3, 3, 3})) ==
             "conv2d: input is (2,28,28,3) with 28 channels, weight is (6,3,3,3): with "
             "groups = 1 it is for 3 channels\n  hint: channels stand before the grid, and "
             "the last axis has 3; permute() or movedim() can bring it there");
  BOOST_TEST(conv2d(ones({5, 5}), w) ==
             "conv2d: input is (5,5): it must be (N,C,H,W), or one sample without the axis "
             "N");
  BOOST_TEST(conv2d(x, ones({6, 4, 3})) ==
             "conv2d: weight is (6,4,3): it must be (K,C/groups,R,S)");
  BOOST_TEST(conv2d(x, w, ones({4})) ==
             "conv2d: bias is (4): weight (6,4,3,3) needs one of (6), a number for each "
             "output channel");
  BOOST_TEST(conv2d(x, w, ones({6, 1})) ==
             "conv2d: bias is (6,1): weight (6,4,3,3) needs one of (6), a number for each "
             "output channel");
  BOOST_TEST(conv2d(x, w, {}, 0) == "conv2d: stride is 0; it must be at least 1");
  BOOST_TEST(conv2d(x, w, {}, {1, -2}) == "conv2d: stride is -2; it must be at least 1");
  BOOST_TEST(conv2d(x, w, {}, 1, -1) == "conv2d: padding is -1; it must be at least 0");
  BOOST_TEST(conv2d(x, w, {}, 1, 0, 0) == "conv2d: dilation is 0; it must be at least 1");
  BOOST_TEST(conv2d(x, w, {}, 1, 0, 1, 0) == "conv2d: groups is 0; it must be at least 1");
  BOOST_TEST(conv2d(x, w, {}, {1, 2, 3}) ==
             "stride: (1,2,3) for 2 axes: it must be one number, or one for each axis");
  BOOST_TEST(conv2d(x.to(f64), w) ==
             "conv2d: input is f64, weight is f32: all must have one element type");
  BOOST_TEST(conv2d(x, w, ones({6}, f64)) ==
             "conv2d: input is f32, bias is f64: all must have one element type");
  BOOST_TEST(conv2d(x.to(i64), w.to(i64)) ==
             "conv2d: input is of type i64: it must be a floating-point type\n"
             "  hint: to(f32)");
  BOOST_TEST(conv2d(x, ones({6, 4, 0, 3})) ==
             "conv2d: the kernel is (0,3): along each axis it must have at least one tap");
  BOOST_TEST(conv2d(ones({2, 4, 0, 5}), w, {}, 1, 3) ==
             "conv2d: input is (2,4,0,5): axis 2 is empty");
  BOOST_TEST(fails_with("more elements than 64 bits can count", [&] {
    F::conv2d(x, w, {}, 1, int64_t(1) << 40);
  }));
  BOOST_TEST(fails_with("too large to count with", [&] {
    F::conv2d(x, w, {}, 1, 0, int64_t(1) << 62);
  }));
  BOOST_TEST(fails_with("too large to count with", [&] {
    F::conv2d(x, w, {}, 1, "same", int64_t(1) << 62);
  }));
  BOOST_TEST(fails_with("conv1d: input is (2,4,5,5): it must be (N,C,L)", [&] {
    F::conv1d(x, ones({6, 4, 3}));
  }));
  BOOST_TEST(fails_with("conv3d: weight is (6,4,3,3): it must be (K,C/groups,R,S,T)", [&] {
    F::conv3d(x, w);
  }));
}

BOOST_AUTO_TEST_CASE(conv_transpose_says_what_is_wrong) {
  Tensor x = ones({2, 4, 5, 5}), w = ones({4, 6, 3, 3});
  auto error = [&](const Tensor& x, const Tensor& w, const Tensor& b = {},
                   const nn::PerAxis& stride = 1, const nn::PerAxis& padding = 0,
                   const nn::PerAxis& output_padding = 0, int64_t groups = 1) {
    return error_of(
        [&] { F::conv_transpose2d(x, w, b, stride, padding, output_padding, groups); });
  };
  BOOST_TEST(error(x, ones({6, 4, 3, 3})) ==
             "conv_transpose2d: input is (2,4,5,5) with 4 channels, weight is (6,4,3,3) "
             "for 6\n  hint: here a weight is (input channels, output channels, ...), the "
             "other way round from conv's");
  BOOST_TEST(error(x, w, {}, 1, 0, 0, 3) ==
             "conv_transpose2d: weight is (4,6,3,3): its 4 input channels do not fall into "
             "3 equal groups");
  BOOST_TEST(error(x, w, ones({6}), 1, 0, 0, 2) ==
             "conv_transpose2d: bias is (6): weight (4,6,3,3) needs one of (12), a number "
             "for each output channel");
  BOOST_TEST(error(x, w, {}, 2, 0, 2) ==
             "conv_transpose2d: output_padding is 2: it must be smaller than the stride, "
             "2, or the dilation, 1");
  BOOST_TEST(error(x, w, {}, 1, {0, 4}) ==
             "conv_transpose2d: input is (2,4,5,5), weight (4,6,3,3): the grid of the "
             "result has 7 places along axis 1, of which padding 4 takes away 8");
  BOOST_TEST(error(x, w, {}, 1, -1) ==
             "conv_transpose2d: padding is -1; it must be at least 0");
  BOOST_TEST(error(x, w, {}, 0) == "conv_transpose2d: stride is 0; it must be at least 1");
  BOOST_TEST(error(ones({5, 5}), w) ==
             "conv_transpose2d: input is (5,5): it must be (N,C,H,W), or one sample "
             "without the axis N");
  BOOST_TEST(error(x, w, {}, int64_t(1) << 61) ==
             "conv_transpose2d: input is (2,4,5,5), weight (4,6,3,3): the result is "
             "larger than can be counted");
}

BOOST_AUTO_TEST_CASE(unfold_and_fold_say_what_is_wrong) {
  Tensor x = ones({2, 3, 5, 4}), col = ones({2, 12, 12});
  BOOST_TEST(error_of([&] { F::unfold(x, {2, 5}); }) ==
             "im2col: kernel (2,5) with dilation (1,1) spans (2,5) places: more than the "
             "grid (5,4) and its padding (0,0) have");
  BOOST_TEST(error_of([&] { F::unfold(ones({5, 4}), 2); }) ==
             "im2col: input is (5,4): it must be (N,C,H,W), or (C,H,W)");
  BOOST_TEST(fails_with("kernel_size is 0; it must be at least 1",
                        [&] { F::unfold(x, 0); }));
  BOOST_TEST(fails_with("only N may be 0", [] { F::unfold(ones({2, 0, 3, 3}), 2); }));
  BOOST_TEST((F::fold(col, {5, 4}, 2).shape() == x.shape()));
  BOOST_TEST(error_of([&] { F::fold(col, {5, 5}, 2); }) ==
             "col2im: input is (2,12,12): it has 12 columns, and on a grid of (5,5) there "
             "are (4,4) windows, which is 16");
  BOOST_TEST(error_of([&] { F::fold(col, {5, 4}, {1, 5}, 1, {0, 1}); }) ==
             "col2im: input is (2,12,12): its 12 rows do not fall into channels with the 5 "
             "taps of the kernel (1,5)");
  BOOST_TEST(fails_with("it must be (N, C * taps of the kernel, windows)",
                        [&] { F::fold(x, {5, 4}, 2); }));
}
