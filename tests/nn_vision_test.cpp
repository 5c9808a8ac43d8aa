// Layers over grids without weights, and the norms over groups, instances and neighbours:
// by hand, gradients, messages, state, and text as PyTorch prints it
// (tests/reference/vision_modules.txt).
#define BOOST_TEST_MODULE nn_vision
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <sstream>

#include "autograd/gradcheck.hpp"
#include "io/safetensors.hpp"
#include "nn/adaptive_pooling.hpp"
#include "nn/dropout.hpp"
#include "nn/functional.hpp"
#include "nn/group_norm.hpp"
#include "nn/norm.hpp"
#include "nn/pooling.hpp"
#include "nn/sequential.hpp"
#include "nn/summary.hpp"
#include "nn/upsample.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;
namespace F = hg::nn::functional;

// ---- norms ------------------------------------------------------------------------------

// Two groups of two channels with one place each: (1,3) and (10,20) become -1 and 1.
BOOST_AUTO_TEST_CASE(group_norm_by_hand) {
  Tensor x = tensor({{1.0, 3.0, 10.0, 20.0}}, f64);
  Tensor y = F::group_norm(x, 2, {}, {}, 0);
  BOOST_TEST(numbers(y) == (Numbers{-1, 1, -1, 1}), per_element());
  Tensor w = tensor({2.0, 3.0, 4.0, 5.0}, f64), b = tensor({0.0, 1.0, 0.0, -1.0}, f64);
  BOOST_TEST(numbers(F::group_norm(x, 2, w, b, 0)) == (Numbers{-2, 4, -4, 4}),
             per_element());
  // One group is layer_norm over channels and places, C groups are instance_norm.
  manual_seed(1);
  Tensor z = randn({3, 4, 2, 5}, f64);
  BOOST_TEST(F::group_norm(z, 1).allclose(F::layer_norm(z, {4, 2, 5})));
  BOOST_TEST(F::group_norm(z, 4).equal(F::instance_norm(z)));
  // No sample looks at another.
  BOOST_TEST(F::group_norm(z, 2)[1].equal(F::group_norm(z.narrow(0, 1, 1), 2)[0]));
}

// x = 1 2 with k = 1, alpha/size = 1, beta = 1: s = 1 + 1 + 4 for both channels.
BOOST_AUTO_TEST_CASE(local_response_norm_by_hand) {
  Tensor x = tensor({1.0, 2.0}, f64).view({1, 2, 1});
  BOOST_TEST(numbers(F::local_response_norm(x, 3, 3, 1)) == (Numbers{1.0 / 6, 2.0 / 6}),
             tolerance(1e-12) << per_element());
  // Of an even size the odd neighbour stands before: channel 0 sees only itself.
  BOOST_TEST(numbers(F::local_response_norm(x, 2, 2, 1)) == (Numbers{1.0 / 2, 2.0 / 6}),
             tolerance(1e-12) << per_element());
}

// Channel values (0,2) and (4,8): means 1 and 6, variances with R - 1 = 1 below: 2 and 8.
BOOST_AUTO_TEST_CASE(instance_norm_by_hand) {
  Tensor x = tensor({0.0, 2.0, 4.0, 8.0}, f64).view({2, 1, 2});
  Tensor mean = zeros({1}, f64), var = ones({1}, f64);
  Tensor y = F::instance_norm(x, mean, var, {}, {}, true, 0.5, 0);
  BOOST_TEST(numbers(y) == (Numbers{-1, 1, -1, 1}), per_element());
  BOOST_TEST(mean.item() == 0.5 * 0 + 0.5 * 3.5);
  BOOST_TEST(var.item() == 0.5 * 1 + 0.5 * 5);
  Tensor z = F::instance_norm(x, mean, var, {}, {}, false, 0.5, 0);
  BOOST_TEST(z.allclose((x - 1.75) / std::sqrt(3.0)));
  BOOST_TEST(mean.item() == 1.75);  // and stays
}

BOOST_AUTO_TEST_CASE(gradients_of_norms) {
  manual_seed(2);
  using Inputs = std::vector<Tensor>;
  auto leaf = [](const Shape& shape) { return randn(shape, f64).requires_grad_(); };
  auto check = [](const char* what, const std::function<Tensor(const Inputs&)>& f,
                  const Inputs& inputs) {
    GradCheck result = gradcheck(f, inputs);
    BOOST_TEST(result.ok, what << ": " << result.report);
  };
  check("group_norm",
        [](const Inputs& in) { return F::group_norm(in[0], 3, in[1], in[2], 0.1); },
        {leaf({2, 6, 3, 2}), leaf({6}), leaf({6})});
  check("group_norm, plain", [](const Inputs& in) { return F::group_norm(in[0], 2); },
        {leaf({3, 4})});
  check("instance_norm",
        [](const Inputs& in) {
          return F::instance_norm(in[0], {}, {}, in[1], in[2], true, 0.1, 0.1);
        },
        {leaf({2, 3, 4}), leaf({3}), leaf({3})});
  Tensor mean = randn({3}, f64), var = rand({3}, f64) + 0.5;
  check("instance_norm, running statistics",
        [&](const Inputs& in) {
          return F::instance_norm(in[0], mean, var, in[1], in[2], false);
        },
        {leaf({2, 3, 4}), leaf({3}), leaf({3})});
  check("local_response_norm",
        [](const Inputs& in) { return F::local_response_norm(in[0], 3, 2, 0.75, 0.5); },
        {leaf({2, 5, 3})});
  check("local_response_norm, even size",
        [](const Inputs& in) { return F::local_response_norm(in[0], 4, 2, 1.5); },
        {leaf({1, 6, 2, 2})});
}

BOOST_AUTO_TEST_CASE(norms_that_do_not_fit) {
  Tensor x = zeros({2, 6, 3});
  BOOST_TEST(error_of([&] { F::group_norm(x, 4); }) ==
             "group_norm: input is (2,6,3): its 6 channels do not divide into 4 groups");
  BOOST_TEST(fails_with("num_groups is 0", [&] { F::group_norm(x, 0); }));
  BOOST_TEST(fails_with("it must be (N,C)", [] { F::group_norm(zeros({4}), 1); }));
  BOOST_TEST(fails_with("weight is (5)", [&] { F::group_norm(x, 2, zeros({5})); }));
  BOOST_TEST(fails_with("bias is f64", [&] { F::group_norm(x, 2, {}, zeros({6}, f64)); }));
  BOOST_TEST(fails_with("need floating-point", [&] { F::group_norm(x.to(i64), 2); }));
  BOOST_TEST(fails_with("axis 2 is empty", [] { F::group_norm(zeros({2, 6, 0}), 2); }));
  BOOST_TEST(fails_with("has no variance", [] { F::group_norm(zeros({1, 3}), 3); }));
  BOOST_TEST(fails_with("num_channels is 6, num_groups 4", [] { nn::GroupNorm n(4, 6); }));
  BOOST_TEST(fails_with("num_groups 0", [] { nn::GroupNorm n(0, 6); }));
  BOOST_TEST(fails_with("(N,C,...) with C = 4", [&] { nn::GroupNorm(2, 4)(x); }));

  BOOST_TEST(fails_with("one place for each channel has no variance", [] {
    F::instance_norm(zeros({2, 3, 1}));
  }));
  BOOST_TEST(fails_with("both or none", [&] { F::instance_norm(x, zeros({6})); }));
  BOOST_TEST(fails_with("needs running statistics",
                        [&] { F::instance_norm(x, {}, {}, {}, {}, false); }));
  BOOST_TEST(fails_with("running statistics are (5): input (2,6,3) has 6 channels",
                        [&] { F::instance_norm(x, zeros({5}), ones({5})); }));
  BOOST_TEST(fails_with("it must be (N,C,...)", [] { F::instance_norm(zeros({4})); }));
  BOOST_TEST(error_of([&] { nn::InstanceNorm2d(6)(x); }) ==
             "InstanceNorm2d: input is (2,6,3): it must have 6 channels, in 4 axes, or 3 "
             "without N");
  BOOST_TEST(fails_with("num_features is -1", [] { nn::InstanceNorm1d n(-1); }));

  BOOST_TEST(fails_with("it must be (N,C,L)", [] {
    F::local_response_norm(zeros({4, 4}), 2);
  }));
  BOOST_TEST(fails_with("size is 0", [&] { F::local_response_norm(x, 0); }));
}

// What it learns and keeps over five steps, then after eval(), as PyTorch's.
BOOST_AUTO_TEST_CASE(five_steps_of_instance_norm_as_in_pytorch) {
  const io::Tensors file =
      io::read_safetensors(HANDGRAD_SOURCE_DIR "/tests/reference/vision_runs.safetensors");
  nn::InstanceNorm2d norm({.num_features = 3,
                           .momentum = 0.3,
                           .affine = true,
                           .track_running_stats = true,
                           .dtype = f64});
  norm.load_state_dict({{"weight", file.at("weight")},
                        {"bias", file.at("bias")},
                        {"running_mean", zeros({3}, f64)},
                        {"running_var", ones({3}, f64)},
                        {"num_batches_tracked", zeros({}, i64)}});
  for (int i = 0; i < 5; ++i) {
    const std::string step = "." + std::to_string(i);
    BOOST_TEST(norm(file.at("x" + step)).allclose(file.at("y" + step), 1e-11, 1e-11));
    BOOST_TEST(norm.running_mean.allclose(file.at("mean" + step), 1e-12, 1e-12));
    BOOST_TEST(norm.running_var.allclose(file.at("var" + step), 1e-12, 1e-12));
  }
  BOOST_TEST(norm.num_batches_tracked.item() == 0);
  norm.eval();
  Tensor x = file.at("x.0");
  BOOST_TEST(norm(x).allclose(file.at("eval.y"), 1e-11, 1e-11));
  BOOST_TEST((norm(x[0]).shape() == Shape{3, 4, 2}));  // a sample without N
  BOOST_TEST(norm(x[0]).allclose(norm(x)[0]));
  norm.reset_running_stats();
  BOOST_TEST(norm.running_var.equal(ones({3}, f64)));
  BOOST_TEST(nn::InstanceNorm2d(3).state_dict().empty());
}

BOOST_AUTO_TEST_CASE(norms_without_a_bias) {
  nn::GroupNorm group({.num_groups = 2, .num_channels = 4, .bias = false});
  nn::BatchNorm2d batch({.num_features = 4, .bias = false});
  for (nn::Module* m : std::initializer_list<nn::Module*>{&group, &batch}) {
    BOOST_TEST(m->parameters().size() == 1);
    BOOST_TEST(((*m)(randn({2, 4, 3, 3})).shape() == Shape{2, 4, 3, 3}));
  }
  nn::GroupNorm plain(2, 4, 1e-5, false);
  BOOST_TEST(plain.parameters().empty());
}

// ---- dropout of channels ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(channels_are_dropped_whole) {
  manual_seed(5);
  nn::Dropout2d drop(0.25);
  Tensor x = ones({100, 80, 2, 3}).requires_grad_();
  Tensor y = drop(x);
  Numbers each = numbers(y.detach().view({8000, 6}).mean(1));
  int dropped = 0;
  for (double v : each) {
    BOOST_TEST_REQUIRE((v == 0 || std::abs(v - 4.0 / 3) < 1e-6));  // all six or none
    dropped += v == 0;
  }
  BOOST_TEST(std::abs(dropped / 8000.0 - 0.25) < 0.02);
  y.sum().backward();
  BOOST_TEST(x.grad().equal(y.detach()));
  BOOST_TEST(!drop(x).equal(y));  // every call draws anew
  drop.eval();
  BOOST_TEST(drop(x).is(x));

  // What a channel is: (N, C, L) and (C, L); for images of three axes (N, C, L), too.
  auto constant_along = [](const Tensor& t, const Shape& axes) {
    return t.var(axes, 0).sum().item() == 0;
  };
  BOOST_TEST(constant_along(F::dropout1d(ones({30, 40, 5})), {2}));
  BOOST_TEST(constant_along(F::dropout1d(ones({300, 5})), {1}));
  BOOST_TEST(!constant_along(F::dropout1d(ones({300, 5})), {0}));
  BOOST_TEST(constant_along(F::dropout2d(ones({30, 40, 5})), {2}));
  BOOST_TEST(!constant_along(F::dropout2d(ones({30, 40, 5})), {1}));
  BOOST_TEST(constant_along(F::dropout3d(ones({30, 2, 3, 4})), {1, 2, 3}));
  BOOST_TEST(constant_along(F::dropout3d(ones({5, 30, 2, 3, 4})), {2, 3, 4}));
  BOOST_TEST(F::dropout2d(ones({2, 3, 4, 4}), 1).equal(zeros({2, 3, 4, 4})));
  BOOST_TEST((F::dropout2d(zeros({2, 3, 0, 4})).shape() == Shape{2, 3, 0, 4}));
  BOOST_TEST(error_of([] {
               F::dropout1d(zeros({2, 3, 4, 5}));
             }) ==
             "dropout1d: input is (2,3,4,5): it must have 2 or 3 axes, (C, grid) or (N, C, "
             "grid)");
  BOOST_TEST(fails_with("p is 2", [] { F::dropout2d(zeros({2, 3, 4, 4}), 2); }));
  BOOST_TEST(fails_with("p is 2", [] { nn::Dropout3d bad(2); }));
}

// ---- layers -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(layers_call_their_functions) {
  manual_seed(6);
  Tensor x = randn({2, 4, 9, 8});
  BOOST_TEST(nn::MaxPool2d(3, 2, 1, 1, true)(x).equal(F::max_pool2d(x, 3, 2, 1, 1, true)));
  BOOST_TEST(nn::MaxPool2d(2, 1, 1, 3)(x).equal(F::max_pool2d(x, 2, 1, 1, 3)));
  nn::AvgPool2d mean({.kernel_size = {3, 2},
                      .padding = 1,
                      .ceil_mode = true,
                      .count_include_pad = false,
                      .divisor_override = {}});
  BOOST_TEST(mean(x).equal(F::avg_pool2d(x, {3, 2}, {}, 1, true, false)));
  BOOST_TEST(
      nn::AvgPool2d(2, 2, 0, false, true, 3)(x).allclose(nn::AvgPool2d(2)(x) * (4.0 / 3)));
  BOOST_TEST(nn::AvgPool1d(3, 1, 1)(x[0]).equal(F::avg_pool1d(x[0], 3, 1, 1)));
  BOOST_TEST(nn::AvgPool3d(2)(x).equal(F::avg_pool3d(x, 2)));
  BOOST_TEST(nn::MaxPool1d(2)(x[0]).equal(F::max_pool1d(x[0], 2)));
  BOOST_TEST(nn::MaxPool3d(2)(x).equal(F::max_pool3d(x, 2)));
  BOOST_TEST(nn::AdaptiveAvgPool1d(3)(x[0]).equal(F::adaptive_avg_pool1d(x[0], 3)));
  BOOST_TEST(nn::AdaptiveAvgPool2d({3, -1})(x).equal(F::adaptive_avg_pool2d(x, {3, -1})));
  BOOST_TEST(nn::AdaptiveAvgPool3d(2)(x).equal(F::adaptive_avg_pool3d(x, 2)));
  BOOST_TEST(nn::AdaptiveMaxPool1d(3)(x[0]).equal(F::adaptive_max_pool1d(x[0], 3)));
  BOOST_TEST(nn::AdaptiveMaxPool2d(3)(x).equal(F::adaptive_max_pool2d(x, 3)));
  BOOST_TEST(nn::AdaptiveMaxPool3d(2)(x).equal(F::adaptive_max_pool3d(x, 2)));
  auto [best, places] = nn::AdaptiveMaxPool2d(3).with_indices(x);
  BOOST_TEST(
      best.equal(x.view({2, 4, 72}).gather(2, places.view({2, 4, 9})).view({2, 4, 3, 3})));
  BOOST_TEST(nn::ChannelPool(2, 1, "avg")(x).equal(F::channel_pool(x, 2, 1, "avg")));
  BOOST_TEST(nn::Upsample({.scale_factor = {2}, .mode = "bilinear"})(x).equal(
      F::interpolate(x, {}, {2}, "bilinear")));
  BOOST_TEST(nn::Upsample(5)(x).equal(F::interpolate(x, 5)));
  BOOST_TEST(nn::UpsamplingNearest2d({}, {2})(x).equal(F::interpolate(x, {}, {2})));
  BOOST_TEST(
      nn::UpsamplingBilinear2d(5)(x).equal(F::interpolate(x, 5, {}, "bilinear", true)));
  BOOST_TEST(nn::PixelShuffle(2)(x).equal(F::pixel_shuffle(x, 2)));
  BOOST_TEST(nn::PixelUnshuffle(3)(x.narrow(3, 0, 6))
                 .equal(F::pixel_unshuffle(x.narrow(3, 0, 6), 3)));
  BOOST_TEST(
      nn::GroupNorm(2, 4, 0.1)(x).equal(F::group_norm(x, 2, ones({4}), zeros({4}), 0.1)));
  BOOST_TEST(nn::LocalResponseNorm(3, 0.1, 0.5, 2)(x).equal(
      F::local_response_norm(x, 3, 0.1, 0.5, 2)));
}

BOOST_AUTO_TEST_CASE(unpooling_undoes_pooling) {
  manual_seed(7);
  nn::MaxPool2d pool(2);
  nn::MaxUnpool2d unpool(2);
  Tensor x = rand({1, 2, 5, 4}) + 1;
  auto [y, places] = pool.with_indices(x);
  Tensor z = unpool(y, places, {5, 4});
  BOOST_TEST((z.shape() == x.shape()));
  BOOST_TEST(pool(z).equal(y));
  BOOST_TEST(z.sum().item() == y.sum().item());
  BOOST_TEST(where(z != 0, z, x).equal(x));  // what is there stands where it was
  BOOST_TEST((nn::MaxUnpool1d(2)(y[{0, 0}], zeros({2, 2}, i64)).shape() == Shape{2, 4}));
}

BOOST_AUTO_TEST_CASE(settings_are_checked_as_layers_are_made) {
  BOOST_TEST(error_of([] {
               nn::MaxPool2d p({1, 2, 3}, 1);
             }) ==
             "kernel_size of MaxPool2d: (1,2,3) for 2 axes: it must be one number, or one "
             "for each axis");
  BOOST_TEST(fails_with("stride of AvgPool1d", [] { nn::AvgPool1d p(2, {1, 2}); }));
  BOOST_TEST(fails_with("dilation of MaxPool3d", [] {
    nn::MaxPool3d p({.kernel_size = 2, .dilation = {1, 2}});
  }));
  BOOST_TEST(fails_with("output_size of AdaptiveAvgPool2d", [] {
    nn::AdaptiveAvgPool2d p(nn::PerAxis{1, 2, 3});
  }));
  BOOST_TEST(fails_with("padding of MaxUnpool2d", [] {
    nn::MaxUnpool2d p(2, 2, {1, 1, 1});
  }));
  BOOST_TEST(fails_with("only AvgPool2d and AvgPool3d have it", [] {
    nn::AvgPool1d p({.kernel_size = 2, .divisor_override = 3});
  }));
  BOOST_TEST(fails_with("Upsample: it takes size or scale_factor, and none is",
                        [] { nn::Upsample u(nn::UpsampleOptions{}); }));
  BOOST_TEST(fails_with("both are given", [] { nn::Upsample u(3, {2}); }));
}

namespace {

// A list in braces is one number for each axis, wherever it stands.
struct Net : nn::Cloneable<Net> {
  nn::MaxPool2d a{*this, "a", {3, 2}}, b{*this, "b", {3, 2}, {2, 1}}, c{*this, "c", 3, 2};
  nn::MaxPool2d d{*this, "d", {.kernel_size = {3, 2}}};
  nn::AvgPool2d e{*this, "e", {2, 3}, 1};
  nn::AdaptiveAvgPool2d f{*this, "f", {1, 2}}, g{*this, "g", {.output_size = 3}};
  nn::Upsample h{*this, "h", {.scale_factor = {2}}}, i{*this, "i", {4, 5}};
  nn::MaxUnpool2d j{*this, "j", {2, 1}};
  nn::Dropout2d k{*this, "k", 0.1};
  nn::InstanceNorm2d l{*this, "l", 3};
  nn::GroupNorm m{*this, "m", {.num_groups = 1, .num_channels = 3}};
  nn::ChannelPool n{*this, "n", 2};
  nn::LocalResponseNorm o{*this, "o", 5};
  nn::PixelShuffle p{*this, "p", 2};
  nn::UpsamplingNearest2d q{*this, "q", {4, 5}};
};

}  // namespace

BOOST_AUTO_TEST_CASE(members_and_replicas) {
  Net net;
  BOOST_TEST(net.to_string() ==
             "Net(\n"
             "  (a): MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, "
             "ceil_mode=False)\n"
             "  (b): MaxPool2d(kernel_size=(3, 2), stride=(2, 1), padding=0, dilation=1, "
             "ceil_mode=False)\n"
             "  (c): MaxPool2d(kernel_size=3, stride=2, padding=0, dilation=1, "
             "ceil_mode=False)\n"
             "  (d): MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, "
             "ceil_mode=False)\n"
             "  (e): AvgPool2d(kernel_size=(2, 3), stride=1, padding=0)\n"
             "  (f): AdaptiveAvgPool2d(output_size=(1, 2))\n"
             "  (g): AdaptiveAvgPool2d(output_size=3)\n"
             "  (h): Upsample(scale_factor=2.0, mode='nearest')\n"
             "  (i): Upsample(size=(4, 5), mode='nearest')\n"
             "  (j): MaxUnpool2d(kernel_size=(2, 1), stride=(2, 1), padding=(0, 0))\n"
             "  (k): Dropout2d(p=0.1, inplace=False)\n"
             "  (l): InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, "
             "track_running_stats=False)\n"
             "  (m): GroupNorm(1, 3, eps=1e-05, affine=True, bias=True)\n"
             "  (n): ChannelPool(kernel_size=2, stride=2, mode='max')\n"
             "  (o): LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)\n"
             "  (p): PixelShuffle(upscale_factor=2)\n"
             "  (q): UpsamplingNearest2d(size=(4, 5), mode='nearest')\n"
             ")");
  for (auto& [name, child] : net.named_children()) {
    BOOST_TEST(child->clone()->to_string() == child->to_string(), name);
  }
}

BOOST_AUTO_TEST_CASE(modules_print_as_in_pytorch) {
  std::ifstream file = source_file("tests/reference/vision_modules.txt");
  auto expect = [&](const nn::Module& m) {
    std::string line;
    std::getline(file, line);
    BOOST_TEST(m.to_string() == line);
  };
  expect(nn::MaxPool1d(2));
  expect(nn::MaxPool1d(3, 2, 1, 2, true));
  expect(nn::MaxPool2d(2));
  expect(nn::MaxPool2d(3, 2));
  expect(nn::MaxPool2d({3, 2}, {2, 1}));
  expect(nn::MaxPool2d({.kernel_size = {3, 2}, .padding = {1, 0}}));
  expect(nn::MaxPool3d({.kernel_size = {1, 2, 3}, .stride = 2, .dilation = 2}));
  expect(nn::AvgPool1d(2));
  expect(nn::AvgPool1d(3, 2, 1));
  expect(nn::AvgPool2d(2));
  expect(nn::AvgPool2d({3, 2}, {2, 1}, 1, true, false, 5));
  expect(nn::AvgPool3d(2, 1));
  expect(nn::AdaptiveAvgPool1d(3));
  expect(nn::AdaptiveAvgPool2d(1));
  expect(nn::AdaptiveAvgPool2d({5, 7}));
  expect(nn::AdaptiveAvgPool2d({-1, 7}));
  expect(nn::AdaptiveAvgPool3d({1, -1, -1}));
  expect(nn::AdaptiveMaxPool1d(2));
  expect(nn::AdaptiveMaxPool2d({1, 1}));
  expect(nn::AdaptiveMaxPool3d(4));
  expect(nn::MaxUnpool1d(3, 2, 1));
  expect(nn::MaxUnpool2d(2));
  expect(nn::MaxUnpool2d({3, 2}, 2));
  expect(nn::MaxUnpool3d({.kernel_size = {1, 2, 3}}));
  expect(nn::Upsample(224));
  expect(nn::Upsample({2, 3}, {}, "bilinear", true));
  expect(nn::Upsample({.scale_factor = {2}}));
  expect(nn::Upsample({.scale_factor = {2, 1.5}, .mode = "bicubic"}));
  expect(nn::UpsamplingNearest2d({}, {2}));
  expect(nn::UpsamplingNearest2d({4, 5}));
  expect(nn::UpsamplingBilinear2d(4));
  expect(nn::PixelShuffle(3));
  expect(nn::PixelUnshuffle(2));
  expect(nn::GroupNorm(2, 6));
  expect(nn::GroupNorm(3, 6, 1e-3, false));
  expect(nn::GroupNorm({.num_groups = 1, .num_channels = 4, .bias = false}));
  expect(nn::InstanceNorm1d(3));
  expect(nn::InstanceNorm2d(3, 1e-3, std::nullopt, true, true));
  expect(nn::InstanceNorm3d({.num_features = 4, .affine = true, .bias = false}));
  expect(nn::LocalResponseNorm(5));
  expect(nn::LocalResponseNorm(2, 1e-3, 0.5, 2));
  expect(nn::Dropout1d(0.2));
  expect(nn::Dropout2d());
  expect(nn::Dropout3d(1));
  expect(nn::BatchNorm2d(8));
  expect(nn::BatchNorm2d({.num_features = 8, .bias = false}));
  std::string rest;
  BOOST_TEST(!std::getline(file, rest));
}

BOOST_AUTO_TEST_CASE(multiplications) {
  BOOST_TEST(nn::MaxPool2d(2).macs({1, 2, 4, 4}, {1, 2, 2, 2}) == 0);
  BOOST_TEST(nn::GroupNorm(1, 2).macs({1, 2, 3}, {1, 2, 3}) == 6);
  BOOST_TEST(nn::InstanceNorm1d(2).macs({1, 2, 3}, {1, 2, 3}) == 6);
  BOOST_TEST(nn::LocalResponseNorm(5).macs({1, 2, 3}, {1, 2, 3}) == 36);
  BOOST_TEST(nn::Upsample({2, 3}, {}, "bilinear").macs({1, 1, 1, 1}, {1, 1, 2, 3}) == 24);
  BOOST_TEST(nn::Upsample(2).macs({1, 1, 1, 1}, {1, 1, 2, 2}) == 0);
}
