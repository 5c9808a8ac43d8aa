// # 7.4 GoogLeNet: parallel paths
//
// AlexNet chose large kernels, VGG small ones, NiN some of 1x1. Which size is right? In
// 2014 GoogLeNet (Szegedy and others) won the contest with the answer: all of them, side by
// side. How can that be cheap?
//
// You know: 1x1 convolution and global average pooling (7.3), modules of one's own (5.1).
// New here: the Inception block; branches that meet again.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;

// ## Inception
// Four paths see the same input; each keeps height and width, and their channels are put
// one behind the other:
//
//     1: 1x1
//     2: 1x1, then 3x3
//     3: 1x1, then 5x5
//     4: the maximum of 3x3 places, then 1x1
//
// What is best seen at one size finds its path; training decides.

struct Paths {
  int64_t one;         // channels of path 1
  int64_t to_3, of_3;  // of path 2: between, at the end
  int64_t to_5, of_5;  // of path 3
  int64_t pooled;      // of path 4

  int64_t out() const { return one + of_3 + of_5 + pooled; }
  /// The same with an n-th of the channels.
  Paths over(int64_t n) const {
    return {one / n, to_3 / n, of_3 / n, to_5 / n, of_5 / n, pooled / n};
  }
};

struct Inception : nn::Module {
  const int64_t in;
  const Paths c;
  nn::Conv2d p1{*this, "p1", in, c.one, 1};
  nn::Conv2d p2_1{*this, "p2_1", in, c.to_3, 1};
  nn::Conv2d p2_2{*this, "p2_2", c.to_3, c.of_3, 3, 1, 1};
  nn::Conv2d p3_1{*this, "p3_1", in, c.to_5, 1};
  nn::Conv2d p3_2{*this, "p3_2", c.to_5, c.of_5, 5, 1, 2};
  nn::MaxPool2d p4_1{*this, "p4_1", 3, 1, 1};
  nn::Conv2d p4_2{*this, "p4_2", in, c.pooled, 1};

  Inception(int64_t channels, const Paths& paths) : in(channels), c(paths) {}

  Tensor forward(const Tensor& x) override {      // (N,in,h,w)
    const Tensor y1 = relu(p1(x));                // (N,one,h,w)
    const Tensor y2 = relu(p2_2(relu(p2_1(x))));  // (N,of_3,h,w)
    const Tensor y3 = relu(p3_2(relu(p3_1(x))));  // (N,of_5,h,w)
    const Tensor y4 = relu(p4_2(p4_1(x)));        // (N,pooled,h,w)
    return cat({y1, y2, y3, y4}, 1);              // (N,out,h,w)
  }
  std::unique_ptr<nn::Module> make_like() const override {
    return nn::make<Inception>(in, c);
  }
  std::string type_name() const override { return "Inception"; }
};

// ## The network
// Nine of these blocks in three groups, with a pooling between groups; in front two plain
// stages, behind them a mean over all places and a single dense layer. The channels of the
// paper's network, for each block:

const std::vector<std::vector<Paths>> groups{
    {{64, 96, 128, 16, 32, 32}, {128, 128, 192, 32, 96, 64}},
    {{192, 96, 208, 16, 48, 64},
     {160, 112, 224, 24, 64, 64},
     {128, 128, 256, 24, 64, 64},
     {112, 144, 288, 32, 64, 64},
     {256, 160, 320, 32, 128, 128}},
    {{256, 160, 320, 32, 128, 128}, {384, 192, 384, 48, 128, 128}}};

// For our clothes an eighth of all channels, and a first kernel of 3x3 that leaves out
// nothing, in place of 7x7 at every second pixel.

void pool(nn::Sequential& net) { net.add<nn::MaxPool2d>(3, 2, 1); }
void conv(nn::Sequential& net, int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  net.add<nn::Conv2d>(in, out, kernel, stride, kernel / 2);
  net.add<nn::ReLU>();
}

void build(nn::Sequential& net, int64_t thinner, int64_t kernel, int64_t stride) {
  int64_t channels = 192 / thinner;
  const int64_t narrow = 64 / thinner;
  conv(net, 1, narrow, kernel, stride);
  pool(net);
  conv(net, narrow, narrow, 1, 1);
  conv(net, narrow, channels, 3, 1);
  for (const auto& group : groups) {
    pool(net);
    for (const Paths& paths : group) {
      const Paths thin = paths.over(thinner);
      net.add<Inception>(channels, thin);
      channels = thin.out();
    }
  }
  net.add<nn::AdaptiveAvgPool2d>(1);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(channels, 10);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "7.4 GoogLeNet", .flags = {classifier::batches_flag}});
  const bool full = lesson.full();
  manual_seed(lesson.seed() + 1);

  // ## One block
  // 192 channels come in, 256 go out, at all places.

  Inception block(192, groups[0][0]);
  std::cout << nn::summary(block, {1, 192, 12, 12}) << "\n";
  //>   p1: Conv2d        (1,64,12,12)        12,352    1,769,472
  //>   p2_1: Conv2d      (1,96,12,12)        18,528    2,654,208

  // A path's channels come out where cat put them: the first 64 are path 1's.

  const Tensor x = randn({1, 192, 12, 12});  // (1,192,12,12)
  const bool in_order = block(x)[{all, slice(0, 64)}].equal(relu(block.p1(x)));

  // ## What the 1x1 are for
  // Path 3 squeezes 192 channels to 16 before the 5x5 looks at them. Without the squeeze
  // that one kernel alone would cost ten times as much:

  const int64_t direct = 192 * 32 * 25, squeezed = 192 * 16 + 16 * 32 * 25;
  std::printf("5x5 from 192 to 32 channels: %d weights; through 16: %d\n", int(direct),
              int(squeezed));
  //> 5x5 from 192 to 32 channels: 153600 weights; through 16: 15872

  // ## The whole
  // What comes out of each part of our network:

  nn::Sequential book, small;
  build(book, 1, 7, 2);
  build(small, 8, 3, 1);
  const nn::Summary large = nn::summary(book, {1, 1, 96, 96});
  const nn::Summary table = nn::summary(small, {1, 1, 28, 28});
  for (const nn::SummaryRow& row : table.rows) {
    if (row.depth == 1)
      std::printf("%-18s %s\n", row.type.c_str(), row.outputs[0].to_string().c_str());
  }
  //> Conv2d             (1,8,28,28)
  //> Conv2d             (1,24,14,14)
  //> Inception          (1,60,7,7)
  //> Inception          (1,104,4,4)
  //> Inception          (1,128,2,2)
  //> Linear             (1,10)

  for (const auto& [name, sum] : {std::pair{"the book's", large}, {"ours", table}}) {
    std::printf("%s: %d parameters, %.1f million multiplications\n", name,
                int(sum.parameters), double(sum.macs) / 1e6);
  }
  //> the book's: 5977530 parameters, 276.1 million multiplications
  //> ours: 95348 parameters, 1.7 million multiplications

  // The book makes the images 96 pixels large, not 224, to save time (`--full`). AlexNet
  // has eight times as many parameters (7.1).

  nn::Sequential& net = full ? book : small;
  const data::Fashion fashion = classifier::load(lesson, 96);
  const classifier::Outcome o =
      classifier::train(lesson, "GoogLeNet", net, fashion, classifier::plan(lesson, 0.1));
  //>[0.12] GoogLeNet: loss 0.242, train acc 0.903, test acc 0.902, best 0.902

  // ## Bars
  lesson.expect("the first channels are path 1's", in_order);
  lesson.expect("the book's: million multiplications", double(large.macs) / 1e6,
                near(276, 1));
  const classifier::Bars bars = lesson.check() ? classifier::Bars{2.25, 0.18}
                              : full           ? classifier::Bars{0.33, 0.85}
                              : fashion.real   ? classifier::Bars{0.48, 0.80}
                                               : classifier::Bars{0.36, 0.86};
  classifier::expect(lesson, "GoogLeNet", o, bars);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - An Inception block looks at its input with kernels of several sizes at once and puts
//   the channels of all paths one behind the other.
// - 1x1 convolutions in front of the large kernels make that cheap.
// - GoogLeNet is nine such blocks, with a mean over all places instead of dense layers.
//
// ## Exercises
// 1. (Derive.) Count the parameters of the first Inception block, with its 1x1 squeezes and
//    without them (3x3 and 5x5 straight from 192 channels).
// 2. (Predict, then run.) Path 4 pools with stride 1 and padding 1. What happens without
//    the padding?
// 3. (Code.) Write a block with two 3x3 in a row in place of the 5x5, as later versions
//    have it. How many parameters does path 3 of the first block have then?
// 4. (Code.) After an epoch of training, set the channels of one path to 0 in all blocks,
//    for each path in turn. Without which does the network lose most?
