// # 7.6 ResNet: layers that may do nothing
//
// A network of 20 layers contains all networks of 10 layers: let the other ten pass their
// input on unchanged. So a deeper network should never be worse. But it was, and not on new
// pictures, where one could speak of overfitting, but on those that it trained on. Layers
// find it hard to learn to do nothing. What if doing nothing were what they start from?
//
// You know: VGG's blocks (7.2), batch normalisation (7.5), gradients through depth (4.8).
// New here: residual blocks, shortcuts, ResNet-18.

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;
namespace F = nn::functional;

// ## The block
// Let f be what two convolutions can do. In place of y = f(x) the block computes
//
//     y = relu(f(x) + x)
//
// To pass x on, f has to be 0, and small weights do that by themselves. What is learned is
// the *residual*, what is to be added to x. And backward, from dy at the sum,
//
//     dL/dx = dy + (what comes back through f)
//
// the first term arrives as it is, whatever f looks like. So a gradient finds its way back
// through a hundred blocks.
//
// x and f(x) can only be added if they have one shape. Where a stage begins with half the
// pixels and twice the channels, a 1x1 convolution with stride 2 makes x fit.

struct Residual : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;
  std::optional<nn::Conv2d> fit;  // the 1x1 on the shortcut
  bool shortcut;

  Residual(int64_t in, int64_t out, int64_t stride = 1, bool shortcut = true)
      : conv1(*this, "conv1", in, out, 3, stride, 1),
        conv2(*this, "conv2", out, out, 3, 1, 1),
        bn1(*this, "bn1", out),
        bn2(*this, "bn2", out),
        shortcut(shortcut) {
    if (shortcut && (in != out || stride != 1))
      fit.emplace(*this, "fit", in, out, 1, stride);
  }

  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,out,H/stride,W/stride)
    Tensor y = relu(bn1(conv1(x)));
    y = bn2(conv2(y));
    if (shortcut) y = y + (fit ? (*fit)(x) : x);
    return relu(y);
  }
  std::string type_name() const override { return "Residual"; }
};

// ## The network
// A stem, then stages of blocks: each stage after the first halves the picture and doubles
// the channels. At the end one number per channel, the mean over what is left of the
// picture, and one dense layer. ResNet-18 counts 18 layers with weights: the stem's, two
// in each of 4*2 blocks, and the dense one.

struct Plan {
  std::vector<int64_t> channels;  // of each stage
  int64_t blocks;                 // in each stage
  bool large = false;             // a stem for large pictures: 7x7, stride 2, and a pool
  bool shortcut = true;
};

void build(nn::Sequential& net, const Plan& plan) {
  int64_t in = plan.channels[0];
  if (plan.large) {
    net.add<nn::Conv2d>(1, in, 7, 2, 3);  // (N,1,96,96) -> (N,64,48,48)
  } else {
    net.add<nn::Conv2d>(1, in, 3, 1, 1);  // (N,1,28,28) -> (N,8,28,28)
  }
  net.add<nn::BatchNorm2d>(in);
  net.add<nn::ReLU>();
  if (plan.large) net.add<nn::MaxPool2d>(3, 2, 1);  // (N,64,24,24)
  for (size_t stage = 0; stage < plan.channels.size(); ++stage) {
    for (int64_t i = 0; i < plan.blocks; ++i) {
      const int64_t out = plan.channels[stage];
      net.add<Residual>(in, out, stage > 0 && i == 0 ? 2 : 1, plan.shortcut);
      in = out;
    }
  }
  net.add<nn::AdaptiveAvgPool2d>(1);  // (N,in,1,1)
  net.add<nn::Flatten>();             // (N,in)
  net.add<nn::Linear>(in, 10);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, {.title = "7.6 ResNet", .flags = {classifier::batches_flag}});
  const bool check = lesson.check(), full = lesson.full();
  manual_seed(lesson.seed() + 1);

  // ## A block that does nothing
  // Shapes first; then a block whose second normalisation has the scale 0, so that f is 0.

  Residual same(3, 3), halves(3, 6, 2);
  const Tensor x = rand({4, 3, 6, 6});  // (4,3,6,6), nothing negative
  std::cout << same(x).shape() << " " << halves(x).shape() << "\n";
  //> (4,3,6,6) (4,6,3,3)
  nn::init::zeros_(same.bn2.weight);
  const double changed = (same(x) - x).detach().abs().max().item();
  std::cout << "scale 0: changes its input by " << changed << "\n";
  //> scale 0: changes its input by 0

  // ## Does the gradient arrive?
  // Thirty blocks with their first weights, and one gradient from above. Move the first
  // kernel a little along its gradient, and look whether the output moves as the gradient
  // says: in a plain network of this depth it does so for tiny steps only, so strongly does
  // the gradient change from place to place. With shortcuts it can be believed further.

  auto believed = [&](bool shortcut) {
    manual_seed(lesson.seed() + 2);
    nn::Sequential deep;
    build(deep, {.channels = {8}, .blocks = 30, .shortcut = shortcut});
    const Tensor picture = randn({8, 1, 12, 12}),
                 dy = randn({8, 10});              // (8,1,12,12), (8,10)
    auto& kernel = deep.at<nn::Conv2d>(0).weight;  // (8,1,3,3)
    auto loss = [&] { return (deep(picture) * dy).sum(); };
    const Tensor at = loss();
    at.backward();
    const Tensor g = kernel.grad();
    no_grad guard;
    const double step = 0.02 * kernel.norm().item() / g.norm().item();  // 2 % of its length
    kernel -= step * g;
    const double promised = step * g.square().sum().item();
    return (at.item() - loss().item()) / promised;
  };
  const double with = believed(true), without = believed(false);
  std::printf("of the promised change came: %.2f with shortcuts, %.2f without\n", with,
              without);
  //>[0.15] of the promised change came: 0.62 with shortcuts, 0.00 without

  // ## ResNet-18
  // Its counts are the published ones: 11.7 million parameters with 1000 classes and colour
  // pictures; for ten classes and grey ones, with biases as in the book, 11.2 million.

  nn::Sequential eighteen;
  build(eighteen, {.channels = {64, 128, 256, 512}, .blocks = 2, .large = true});
  const nn::Summary table = nn::summary(eighteen, {1, 1, 96, 96});
  std::printf("ResNet-18: %d parameters, %.0f million multiplications for 96x96\n",
              int(table.parameters), double(table.macs) / 1e6);
  //> ResNet-18: 11178378 parameters, 319 million multiplications for 96x96

  // ## Training
  // With --full ResNet-18 on pictures made 96 pixels wide, as in the book. Otherwise three
  // stages of 8, 16 and 32 channels on 28x28.

  const data::Fashion fashion = load_fashion(lesson, {.resize = full ? 96 : 0,
                                                      .train_count = full  ? 60000
                                                                   : check ? 1000
                                                                           : 10000,
                                                      .test_count = full  ? 10000
                                                                  : check ? 500
                                                                          : 5000});
  const auto how = full ? classifier::Plan{.epochs = 10,
                                           .batch_size = 256,
                                           .lr = 0.05,
                                           .init = classifier::xavier}
                        : classifier::Plan{.epochs = check ? 1 : 3,
                                           .batch_size = check ? 16 : 64,
                                           .lr = check ? 0.02 : 0.05,
                                           .momentum = 0.9,
                                           .fine = check ? 0 : 1};
  nn::Sequential net;
  build(net, full ? Plan{.channels = {64, 128, 256, 512}, .blocks = 2, .large = true}
                  : Plan{.channels = {8, 16, 32}, .blocks = 2});
  const auto result = classifier::train(lesson, "ResNet", net, fashion, how);
  //>[0.08] ResNet: loss 0.207, train acc 0.925, test acc 0.929, best 0.929

  // The last of the three epochs goes with a tenth of the rate. Before it, the test
  // accuracy jumps by several points, as in 7.5.

  // ## Deep and plain
  // Twenty layers with shortcuts and without, otherwise the same, for one epoch: the plain
  // network is behind *on what it trains on*.

  classifier::Outcome deep, plain;
  if (!full) {
    for (bool shortcut : {true, false}) {
      nn::Sequential twenty;
      build(twenty, {.channels = {8, 16, 32}, .blocks = 3, .shortcut = shortcut});
      (shortcut ? deep : plain) = classifier::train(
          lesson, shortcut ? "20 layers, residual" : "20 layers, plain", twenty, fashion,
          {.epochs = 1, .batch_size = 64, .lr = 0.05, .momentum = 0.9});
    }
    std::printf("loss of the first epoch: %.2f with shortcuts, %.2f without\n",
                deep.train_loss, plain.train_loss);
  }
  //>[0.12] loss of the first epoch: 0.82 with shortcuts, 1.05 without

  // ## Bars
  lesson.expect("a block with scale 0 changes its input by", changed, near(0, 0));
  lesson.expect("ResNet-18: parameters", table.parameters, near(11178378, 0));
  if (check) {
    lesson.expect("ResNet: train loss", result.train_loss, at_most(2.2));
  } else {
    const bool real = fashion.real;
    classifier::expect(lesson, "ResNet", result,
                       full   ? classifier::Bars{0.05, 0.88}
                       : real ? classifier::Bars{0.46, 0.81}
                              : classifier::Bars{0.28, 0.89});
    if (!full) {
      lesson.expect("20 layers: residual loss in shares of the plain one",
                    deep.train_loss / plain.train_loss, at_most(1));
    }
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A residual block adds what it computes to its input. Passing the input on is its
//   easiest task, not its hardest.
// - Backward the sum hands the gradient through unchanged.
// - Where shapes change, a 1x1 convolution on the shortcut makes them fit.
//
// ## Exercises
// 1. (Derive.) A hundred blocks, each with dy/dx = 1 + e for small e of either sign. What
//    happens to a gradient on its way back, and what without the 1?
// 2. (Code.) Start every block with scale 0 in its second normalisation ("zero init"). Does
//    the network learn faster in the first hundred batches?
// 3. (Predict, then run.) In which order do the shapes run through ResNet-18 for 96x96
//    pictures? Print the table and compare.
// 4. (Predict, then run.) Take a block out of the trained network, any but the first of a
//    stage, and test again. How much is lost? Try the same with VGG (7.2).
