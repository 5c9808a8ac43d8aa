// # 7.7 DenseNet: keep everything
//
// A residual block adds its result to its input. Added is also mixed: nobody behind can
// tell which was which. DenseNet puts the two side by side instead, as more channels, so
// that every layer sees what each of the layers before it found. Does that not grow without
// bounds?
//
// You know: residual blocks (7.6), Inception's cat along the channels (7.4), batch
// normalisation (7.5).
// New here: dense blocks, the growth rate, transition layers.

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;
namespace F = nn::functional;

// ## From adding to joining
// A function near x can be written as its value and what is left, f(x) = f(0) + g(x): that
// is ResNet's way, x + g(x). More exactly it is a series, in which each term is kept:
//
//     x -> [x, f1(x)] -> [x, f1(x), f2([x, f1(x)])] -> ...
//
// Each layer takes all channels there are and adds a few, the *growth rate* g. After L
// layers C channels have become C + L g: it grows, but slowly, and g may be small, because
// nothing has to be found twice.
//
// The layer normalises first, then relu, then convolution ("pre-activation"; 7.51 says more
// about the order).

struct DenseLayer : nn::Module {
  nn::BatchNorm2d bn;
  nn::Conv2d conv;

  DenseLayer(int64_t in, int64_t growth)
      : bn(*this, "bn", in), conv(*this, "conv", in, growth, 3, 1, 1) {}
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,in+growth,H,W)
    return cat({x, conv(relu(bn(x)))}, 1);
  }
  std::string type_name() const override { return "DenseLayer"; }
};

// Between two blocks a *transition* takes the channels back to half, with a 1x1
// convolution, and the picture too, with a pool.

struct Transition : nn::Module {
  nn::BatchNorm2d bn;
  nn::Conv2d conv;

  Transition(int64_t in, int64_t out)
      : bn(*this, "bn", in), conv(*this, "conv", in, out, 1) {}
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,out,H/2,W/2)
    return F::avg_pool2d(conv(relu(bn(x))), 2);
  }
  std::string type_name() const override { return "Transition"; }
};

struct Plan {
  int64_t channels, growth;     // behind the stem; of each layer
  std::vector<int64_t> layers;  // in each block
  bool large = false;           // a stem for large pictures
};

void build(nn::Sequential& net, const Plan& plan) {
  int64_t c = plan.channels;
  if (plan.large) {
    net.add<nn::Conv2d>(1, c, 7, 2, 3);  // (N,1,96,96) -> (N,64,48,48)
    net.add<nn::BatchNorm2d>(c);
    net.add<nn::ReLU>();
    net.add<nn::MaxPool2d>(3, 2, 1);  // (N,64,24,24)
  } else {
    net.add<nn::Conv2d>(1, c, 3, 2, 1);  // (N,1,28,28) -> (N,16,14,14)
  }
  for (size_t block = 0; block < plan.layers.size(); ++block) {
    for (int64_t i = 0; i < plan.layers[block]; ++i, c += plan.growth) {
      net.add<DenseLayer>(c, plan.growth);
    }
    if (block + 1 < plan.layers.size()) {
      net.add<Transition>(c, c / 2);
      c /= 2;
    }
  }
  net.add<nn::BatchNorm2d>(c);
  net.add<nn::ReLU>();
  net.add<nn::AdaptiveAvgPool2d>(1);  // (N,c,1,1)
  net.add<nn::Flatten>();             // (N,c)
  net.add<nn::Linear>(c, 10);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, {.title = "7.7 DenseNet", .flags = {classifier::batches_flag}});
  const bool check = lesson.check(), full = lesson.full();
  manual_seed(lesson.seed() + 1);

  // ## Shapes
  // Two layers of growth 10 on 3 channels make 3, 13, 23; a transition to 10 halves the
  // picture.

  const Tensor x = randn({4, 3, 8, 8});  // (4,3,8,8)
  DenseLayer first(3, 10), second(13, 10);
  Transition down(23, 10);
  const Tensor y = second(first(x));  // (4,23,8,8)
  std::cout << y.shape() << " -> " << down(y).shape() << "\n";
  //> (4,23,8,8) -> (4,10,4,4)
  const bool kept = (y[{all, slice(0, 3)}] == x).to(f32).min().item() == 1;
  std::cout << "the input is still there: " << (kept ? "yes" : "no") << "\n";
  //> the input is still there: yes

  // What comes back to x is the sum over all ways: straight, through the first layer,
  // through the second, and through both. The first way is as short as ResNet's.
  //
  // ## The book's
  // Four blocks of four layers, growth 32, from 64 channels: 64 to 192, halved, and so on.

  const Plan book{.channels = 64, .growth = 32, .layers = {4, 4, 4, 4}, .large = true};
  nn::Sequential large;
  build(large, book);
  const nn::Summary table = nn::summary(large, {1, 1, 96, 96});
  std::printf("DenseNet: %d parameters, %.0f million multiplications for 96x96\n",
              int(table.parameters), double(table.macs) / 1e6);
  //> DenseNet: 758226 parameters, 130 million multiplications for 96x96

  // A fifteenth of ResNet-18's parameters, and less than half of its multiplications: all
  // layers are narrow.
  //
  // ## Training
  // With --full the book's, on pictures made 96 pixels wide. Otherwise two blocks of three
  // layers, growth 8, from 16 channels.

  const data::Fashion fashion = load_fashion(lesson, {.resize = full ? 96 : 0,
                                                      .train_count = full  ? 60000
                                                                   : check ? 1000
                                                                           : 10000,
                                                      .test_count = full  ? 10000
                                                                  : check ? 500
                                                                          : 5000});
  nn::Sequential net;
  build(net, full ? book : Plan{.channels = 16, .growth = 8, .layers = {3, 3}});
  if (!full) std::cout << nn::summary(net, {1, 1, 28, 28}) << "\n";
  const auto result =
      classifier::train(lesson, "DenseNet", net, fashion,
                        full ? classifier::Plan{.epochs = 10,
                                                .batch_size = 256,
                                                .lr = 0.1,
                                                .init = classifier::xavier}
                             : classifier::Plan{.epochs = check ? 1 : 4,
                                                .batch_size = check ? 16 : 64,
                                                .lr = check ? 0.02 : 0.05,
                                                .momentum = 0.9,
                                                .fine = check ? 0 : 1});
  //>[0.08] DenseNet: loss 0.170, train acc 0.944, test acc 0.940, best 0.940

  // ## The price
  // Few parameters, little arithmetic, but much memory: each cat copies all channels so
  // far, and every layer's input is kept for the backward pass. The first of L layers has C
  // channels to keep, the last C + (L-1) g; the sum grows with L squared. (What can be done
  // about it: compute them again when they are needed, instead of keeping them.)
  //
  // ## Bars
  lesson.expect("the input is kept", kept);
  lesson.expect("the book's: parameters", table.parameters, near(758226, 0));
  if (check) {
    lesson.expect("DenseNet: train loss", result.train_loss, at_most(2.2));
  } else {
    const bool real = fashion.real;
    classifier::expect(lesson, "DenseNet", result,
                       full   ? classifier::Bars{0.20, 0.87}
                       : real ? classifier::Bars{0.52, 0.80}
                              : classifier::Bars{0.28, 0.89});
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A dense layer joins its few new channels to all it was given.
// - So every layer sees every earlier result, and each may be narrow.
// - Transitions between the blocks halve channels and picture.
// - Few weights and multiplications, much memory.
//
// ## Exercises
// 1. (Derive.) How many channels has the book's DenseNet behind each block and transition?
//    Compare with the table.
// 2. (Derive.) How many weights has a dense layer with C channels and growth g, and how
//    many a residual block's convolution with C + L g channels? Compare for C = 64, g = 32,
//    L = 4.
// 3. (Code.) Put a 1x1 convolution to 4g channels before each 3x3 ("bottleneck",
//    DenseNet-B) and count again.
// 4. (Predict, then run.) Cut the first layer's channels out of what the last layer sees,
//    in a trained network, by setting the weights for them to 0. Does it matter?
