// Convolutional layers: settings, first values, shapes that come later, padding modes,
// printing as PyTorch's, what they cost and what they say of wrong settings.
#define BOOST_TEST_MODULE nn_conv
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "nn/activations.hpp"
#include "nn/conv.hpp"
#include "nn/conv_transpose.hpp"
#include "nn/flatten.hpp"
#include "nn/fold.hpp"
#include "nn/functional.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "nn/summary.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;
namespace F = hg::nn::functional;

// ---- making one -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(settings_in_order_and_by_name) {
  nn::Conv2d a(4, 6, {3, 5}, {2, 1}, {0, 4}, {1, 2}, 2, false);
  BOOST_TEST((a.weight.shape() == Shape{6, 2, 3, 5}));
  BOOST_TEST(!a.bias.defined());
  nn::Conv2d b({.in_channels = 4,
                .out_channels = 6,
                .kernel_size = {3, 5},
                .stride = {2, 1},
                .padding = {0, 4},
                .dilation = {1, 2},
                .groups = 2,
                .bias = false,
                .dtype = f64});
  BOOST_TEST(b.to_string() == a.to_string());
  BOOST_TEST((b.weight.dtype() == f64));

  struct Net : nn::Cloneable<Net> {
    nn::Conv2d conv{*this, "conv", 1, 6, {5, 3}, 1, "same"};
    nn::Conv1d line{*this, "line", {.in_channels = 2, .out_channels = 3, .kernel_size = 4}};
    nn::ConvTranspose2d up{*this, "up", 6, 2, 4, 2, 1};
    nn::LazyConv3d later{*this, "later", 5, {1, 2, 3}};
    nn::Unfold windows{*this, "windows", 3};
    nn::Fold image{*this, "image", 4, 2};
  } net;
  BOOST_TEST(net.named_children().size() == 6u);
  net.later(ones({1, 7, 2, 3, 4}));
  std::string names;
  for (const auto& [name, p] : net.named_parameters()) {
    names += name + p.shape().to_string() + " ";
  }
  BOOST_TEST(names ==
             "conv.weight(6,1,5,3) conv.bias(6) line.weight(3,2,4) line.bias(3) "
             "up.weight(6,2,4,4) up.bias(2) later.weight(5,7,1,2,3) later.bias(5) ");
}

BOOST_AUTO_TEST_CASE(a_layer_is_its_function) {
  manual_seed(1);
  nn::Conv1d one(4, 6, 3, 2, 1, 2, 2);
  Tensor s = randn({2, 4, 9});
  BOOST_TEST(one(s).equal(F::conv1d(s, one.weight, one.bias, 2, 1, 2, 2)));
  nn::Conv2d two(3, 4, {3, 2}, 1, "same", 1, 1, false);
  Tensor x = randn({2, 3, 6, 5});
  BOOST_TEST(two(x).equal(F::conv2d(x, two.weight, {}, 1, "same")));
  BOOST_TEST((two(x).shape() == Shape{2, 4, 6, 5}));
  BOOST_TEST((two(x[0]).shape() == Shape{4, 6, 5}));
  nn::Conv3d three(2, 2, {1, 2, 3}, {1, 2, 1}, {0, 1, 2});
  Tensor v = randn({1, 2, 3, 4, 5});
  BOOST_TEST(three(v).equal(
      F::conv3d(v, three.weight, three.bias, {1, 2, 1}, {0, 1, 2})));
  nn::ConvTranspose1d up(4, 6, 3, 2, 1, 1, 2, true, 2);
  BOOST_TEST(up(s).equal(F::conv_transpose1d(s, up.weight, up.bias, 2, 1, 1, 2, 2)));
  BOOST_TEST(nn::Unfold({3, 2}, 1, {1, 0}, 2)(x).equal(F::unfold(x, {3, 2}, 1, {1, 0}, 2)));
  Tensor col = randn({2, 12, 12});
  BOOST_TEST(nn::Fold({5, 4}, 2)(col).equal(F::fold(col, {5, 4}, 2)));
}

// fan_in is what one output adds up: the taps of a kernel in the channels of its group.
BOOST_AUTO_TEST_CASE(first_values) {
  manual_seed(2);
  nn::Conv2d conv(64, 96, {3, 5}, 1, 0, 1, 2);
  BOOST_TEST(nn::init::fans(conv.weight).in == 32 * 15);
  BOOST_TEST(nn::init::fans(conv.weight).out == 96 * 15);
  const double bound = 1 / std::sqrt(32 * 15.0);
  no_grad guard;
  BOOST_TEST(conv.weight.abs().max().item() <= bound);
  BOOST_TEST(conv.weight.abs().max().item() > 0.999 * bound);
  BOOST_TEST(conv.weight.square().mean().item() == bound * bound / 3, tolerance(0.02));
  BOOST_TEST(std::abs(conv.weight.mean().item()) < 0.01 * bound);
  BOOST_TEST(conv.bias.abs().max().item() <= bound);
  BOOST_TEST(conv.bias.abs().max().item() > 0.9 * bound);
  // PyTorch takes the second axis here, too, though it counts outputs.
  nn::ConvTranspose2d up(96, 64, {3, 5}, 1, 0, 0, 2);
  BOOST_TEST(up.weight.abs().max().item() <= bound);
  BOOST_TEST(up.weight.abs().max().item() > 0.999 * bound);

  Tensor before = conv.weight.clone();
  conv.reset_parameters();
  BOOST_TEST(!conv.weight.equal(before));
  manual_seed(7);
  nn::Conv2d a(2, 3, 3);
  manual_seed(7);
  nn::LazyConv2d b(3, 3);
  b(ones({2, 3, 3}));
  BOOST_TEST(a.weight.equal(b.weight));
  BOOST_TEST(a.bias.equal(b.bias));
}

BOOST_AUTO_TEST_CASE(they_print_as_in_pytorch) {
  auto check = [](const nn::Module& m, const char* text) {
    BOOST_TEST(m.to_string() == text);
    BOOST_TEST(m.clone()->to_string() == text);
  };
  check(nn::Conv2d(1, 6, 5, 1, 2),
        "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))");
  check(nn::Conv2d(3, 8, {3, 5}, {2, 1}, {0, 4}, {1, 2}, 1, false),
        "Conv2d(3, 8, kernel_size=(3, 5), stride=(2, 1), padding=(0, 4), dilation=(1, 2), "
        "bias=False)");
  check(nn::Conv1d(4, 6, 3), "Conv1d(4, 6, kernel_size=(3,), stride=(1,))");
  check(nn::Conv1d(4, 6, 3, 2, 1, 3, 2, false, "circular"),
        "Conv1d(4, 6, kernel_size=(3,), stride=(2,), padding=(1,), dilation=(3,), "
        "groups=2, bias=False, padding_mode=circular)");
  check(nn::Conv3d(2, 4, {1, 2, 3}, 1, "same"),
        "Conv3d(2, 4, kernel_size=(1, 2, 3), stride=(1, 1, 1), padding=same)");
  check(nn::Conv2d(4, 4, 3, 1, "valid", 1, 4, true, "reflect"),
        "Conv2d(4, 4, kernel_size=(3, 3), stride=(1, 1), padding=valid, groups=4, "
        "padding_mode=reflect)");
  check(nn::LazyConv2d(8, 3, 2),
        "LazyConv2d(0, 8, kernel_size=(3, 3), stride=(2, 2))");
  check(nn::LazyConv1d(8, 3, 1, 0, 1, 1, false),
        "LazyConv1d(0, 8, kernel_size=(3,), stride=(1,), bias=False)");
  check(nn::LazyConv3d(2, 2, 1, "same"),
        "LazyConv3d(0, 2, kernel_size=(2, 2, 2), stride=(1, 1, 1), padding=same)");
  check(nn::ConvTranspose1d(4, 6, 3),
        "ConvTranspose1d(4, 6, kernel_size=(3,), stride=(1,))");
  check(nn::ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, false, 2),
        "ConvTranspose2d(4, 6, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), "
        "dilation=(2, 2), output_padding=(1, 1), groups=2, bias=False)");
  check(nn::ConvTranspose3d(1, 2, {1, 2, 3}, {1, 2, 2}),
        "ConvTranspose3d(1, 2, kernel_size=(1, 2, 3), stride=(1, 2, 2))");
  check(nn::Unfold({3, 2}, 1, {1, 0}, 2),
        "Unfold(kernel_size=(3, 2), dilation=1, padding=(1, 0), stride=2)");
  check(nn::Fold(5, {2, 2}),
        "Fold(output_size=5, kernel_size=(2, 2), dilation=1, padding=0, stride=1)");
}

// ---- padding ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(other_things_than_zeros_around_the_image) {
  manual_seed(3);
  Tensor x = randn({2, 3, 6, 5});
  for (const char* mode : {"reflect", "replicate", "circular"}) {
    nn::Conv2d conv(3, 4, 3, 2, {1, 2}, 1, 1, true, mode);
    Tensor around = F::pad(x, {2, 2, 1, 1}, mode);
    BOOST_TEST(conv(x).equal(F::conv2d(around, conv.weight, conv.bias, 2)));
    // An odd number of places to add: the larger half goes behind.
    nn::Conv2d same(3, 4, {2, 4}, 1, "same", 1, 1, true, mode);
    Tensor odd = F::pad(x, {1, 2, 0, 1}, mode);
    BOOST_TEST(same(x).equal(F::conv2d(odd, same.weight, same.bias)));
    BOOST_TEST((same(x).shape() == Shape{2, 4, 6, 5}));
  }
  // Round and round, a shifted image gives a shifted result.
  nn::Conv1d ring(1, 2, 3, 1, 1, 1, 1, true, "circular");
  Tensor s = randn({1, 1, 7});
  BOOST_TEST((ring(s.roll({2}, {2})) - ring(s).roll({2}, {2})).abs().max().item() < 1e-6);
}

// ---- shapes that come later -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lazy_layers_learn_their_channels) {
  manual_seed(4);
  nn::LazyConv2d conv(8, 3, 1, 1, 1, 2);
  BOOST_TEST(conv.pending());
  BOOST_TEST(fails_with("LazyConv2d", [&] { conv.parameters(); }));
  BOOST_TEST(conv.clone()->pending());
  BOOST_TEST(fails_with("it must be (N,C,H,W)", [&] { conv(ones({4, 4})); }));
  BOOST_TEST(fails_with("in_channels 5", [&] { conv(ones({1, 5, 4, 4})); }));
  BOOST_TEST(conv.pending());
  Tensor y = conv(ones({6, 4, 4}));  // one sample without N
  BOOST_TEST((y.shape() == Shape{8, 4, 4}));
  BOOST_TEST((conv.weight.shape() == Shape{8, 3, 3, 3}));
  BOOST_TEST(conv.type_name() == "Conv2d");
  BOOST_TEST((*conv.clone())(ones({6, 4, 4})).equal(y));

  // From a state that is loaded.
  nn::LazyConv2d loaded(8, 3, 1, 1, 1, 2);
  loaded.load_state_dict(conv.state_dict());
  BOOST_TEST(loaded(ones({6, 4, 4})).equal(y));
  nn::LazyConv2d other(9, 3);
  BOOST_TEST(!error_of([&] { other.load_state_dict(conv.state_dict()); }).empty());
}

// ---- transposed -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_output_size_settles_which_is_meant) {
  nn::Conv2d down(3, 4, 3, 2, 1);
  nn::ConvTranspose2d up(4, 3, 3, 2, 1);
  for (int64_t size : {11, 12}) {
    Tensor x = ones({2, 3, size, 12}), y = down(x);
    BOOST_TEST((y.shape() == Shape{2, 4, 6, 6}));
    BOOST_TEST((up(y, {size, 12}).shape() == x.shape()));
    BOOST_TEST((up(y[0], {size, 12}).shape() == Shape{3, size, 12}));
  }
  Tensor y = ones({2, 4, 6, 6});
  BOOST_TEST((up(y).shape() == Shape{2, 3, 11, 11}));
  BOOST_TEST(up(y, 11).equal(up(y)));
  BOOST_TEST(error_of([&] { up(y, {11, 13}); }) ==
             "ConvTranspose2d: output_size is (11,13): from an input of (2,4,6,6) it can "
             "be (11,11) to (12,12)");
  BOOST_TEST(fails_with("must be (N,C,H,W)", [&] { up(ones({6}), 11); }));
  BOOST_TEST(fails_with("output_size: (1,2,3) for 2 axes", [&] { up(y, {1, 2, 3}); }));
}

// ---- training and cost ------------------------------------------------------------------

// The book's edge detector is found from one image and its edges alone.
BOOST_AUTO_TEST_CASE(a_kernel_is_learned_from_examples) {
  manual_seed(5);
  Tensor x = ones({1, 1, 6, 8});
  x[{0, 0, all, slice(2, 6)}] = 0;
  Tensor y = x[{0, 0, all, slice(0, 7)}] - x[{0, 0, all, slice(1, 8)}];
  nn::Conv2d conv(1, 1, {1, 2}, 1, 0, 1, 1, false);
  for (int step = 0; step < 40; ++step) {
    conv.zero_grad();
    (conv(x) - y.view({1, 1, 6, 7})).square().sum().backward();
    no_grad guard;
    conv.weight.sub_(conv.weight.grad() * 0.02);
  }
  BOOST_TEST(numbers(conv.weight) == (Numbers{1, -1}), tolerance(1e-3) << per_element());
}

BOOST_AUTO_TEST_CASE(the_cost_of_a_small_network) {
  nn::Sequential net(nn::make<nn::Conv2d>(1, 6, 5, 1, 2), nn::make<nn::ReLU>(),
                     nn::make<nn::Conv2d>(6, 16, 5, 2, 0, 1, 2),
                     nn::make<nn::ConvTranspose2d>(16, 2, 2, 2), nn::make<nn::Flatten>(),
                     nn::make<nn::LazyLinear>(10));
  nn::Summary s = nn::summary(net, {1, 1, 28, 28});
  BOOST_TEST(s.to_string() ==
             "layer                  output shape   parameters      MACs\n"
             "----------------------------------------------------------\n"
             "Sequential             (1,10)                  0         0\n"
             "  0: Conv2d            (1,6,28,28)           156   117,600\n"
             "  1: ReLU              (1,6,28,28)             0         0\n"
             "  2: Conv2d            (1,16,12,12)        1,216   172,800\n"
             "  3: ConvTranspose2d   (1,2,24,24)           130    18,432\n"
             "  4: Flatten           (1,1152)                0         0\n"
             "  5: Linear            (1,10)             11,530    11,520\n"
             "----------------------------------------------------------\n"
             "total                                     13,032   320,352\n"
             "trainable 13,032, frozen 0, 51 KiB\n");
  BOOST_TEST(nn::summary(net, {3, 1, 28, 28}).macs == 3 * s.macs);
}

// ---- what is wrong ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(layers_say_what_is_wrong) {
  auto error = [](const nn::ConvOptions& options) {
    return error_of([&] { nn::Conv2d conv(options); });
  };
  nn::ConvOptions good{.in_channels = 4, .out_channels = 6, .kernel_size = 3};
  BOOST_TEST(error(good) == "");
  auto with = [&](auto change) {
    nn::ConvOptions o = good;
    change(o);
    return error(o);
  };
  BOOST_TEST(with([](auto& o) { o.groups = 3; }) ==
             "Conv2d: groups is 3: in_channels 4 and out_channels 6 must fall into that "
             "many equal parts");
  BOOST_TEST(with([](auto& o) { o.groups = 0; }).starts_with("Conv2d: groups is 0"));
  BOOST_TEST(with([](auto& o) { o.in_channels = -1; }) ==
             "Conv2d: in_channels is -1, out_channels 6: neither can be negative");
  BOOST_TEST(with([](auto& o) { o.kernel_size = nn::PerAxis(); }) ==
             "Conv2d: kernel_size is missing");
  BOOST_TEST(with([](auto& o) { o.kernel_size = 0; }) ==
             "Conv2d: kernel_size is (0,0): it must be from 1 to 2^31");
  BOOST_TEST(with([](auto& o) { o.kernel_size = {3, 3, 3}; }) ==
             "kernel_size: (3,3,3) for 2 axes: it must be one number, or one for each "
             "axis");
  BOOST_TEST(with([](auto& o) { o.stride = {1, 0}; }) ==
             "Conv2d: stride is (1,0): it must be from 1 to 2^31");
  BOOST_TEST(with([](auto& o) { o.padding = {-1, 0}; }) ==
             "Conv2d: padding is (-1,0): it must be from 0 to 2^31");
  BOOST_TEST(with([](auto& o) { o.dilation = 0; }) ==
             "Conv2d: dilation is (0,0): it must be from 1 to 2^31");
  BOOST_TEST(with([](auto& o) {
               o.padding = "same";
               o.stride = 2;
             }) ==
             "Conv2d: padding is \"same\" and stride (2,2): a size can stay the same with "
             "stride 1 only");
  BOOST_TEST(with([](auto& o) { o.padding_mode = "mirror"; }) ==
             "Conv2d: padding_mode is 'mirror'; it must be zeros, reflect, replicate or "
             "circular");
  nn::Conv2d conv(good);
  BOOST_TEST(fails_with("conv2d: input is (2,3,9,9) with 3 channels",
                        [&] { conv(ones({2, 3, 9, 9})); }));
  BOOST_TEST(fails_with("ConvTranspose1d: groups is 5",
                        [] { nn::ConvTranspose1d up(4, 6, 3, 1, 0, 0, 5); }));
  BOOST_TEST(fails_with("Unfold: stride is (0,0)", [] { nn::Unfold bad(3, 1, 0, 0); }));
  BOOST_TEST(fails_with("Fold: output_size is (4,0)", [] { nn::Fold bad({4, 0}, 2); }));
}
