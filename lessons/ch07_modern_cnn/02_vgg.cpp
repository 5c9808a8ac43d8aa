// # 7.2 VGG: networks from blocks
//
// Why has AlexNet kernels of 11, 5 and 3 pixels, and 96, 256, 384, 384 and 256 channels?
// Somebody tried. Simonyan and Zisserman (2014, of the Visual Geometry Group in Oxford)
// asked for a pattern instead: one block, used again and again. How much network can be
// said in one line?
//
// You know: AlexNet (7.1), blocks and Sequential (5.1), counting weights (6.4).
// New here: a network as a list of blocks; why small kernels are enough.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;
namespace F = nn::functional;

// ## The block
// Convolutions of 3x3 that keep height and width, each with its relu, then a pooling that
// halves both. A block is told by two numbers: how many convolutions, how many channels.

struct Block {
  int64_t convs, channels;
};

void vgg_block(nn::Sequential& net, int64_t in, const Block& block) {
  for (int64_t i = 0; i < block.convs; ++i) {
    net.add<nn::Conv2d>(i == 0 ? in : block.channels, block.channels, 3, 1, 1);
    net.add<nn::ReLU>();
  }
  net.add<nn::MaxPool2d>(2);  // (N,in,h,w) -> (N,channels,h/2,w/2)
}

// The network is a list of blocks, and three dense layers behind. Each block halves the
// sides, rounded down.

struct Vgg {
  std::vector<Block> blocks;
  int64_t side, dense;  // pixels, units
  int64_t in = 1, classes = 10;
  double dropout = 0.5;

  /// The numbers that come out of the last block.
  int64_t features() const {
    const int64_t left = side >> blocks.size();
    return blocks.back().channels * left * left;
  }
};

void build(nn::Sequential& net, const Vgg& vgg) {
  int64_t channels = vgg.in;
  for (const Block& block : vgg.blocks) {
    vgg_block(net, channels, block);
    channels = block.channels;
  }
  net.add<nn::Flatten>();
  for (int64_t in : {vgg.features(), vgg.dense}) {
    net.add<nn::Linear>(in, vgg.dense);
    net.add<nn::ReLU>();
    net.add<nn::Dropout>(vgg.dropout);
  }
  net.add<nn::Linear>(vgg.dense, vgg.classes);
}

// A list can also be counted without building anything. A convolution has 9 weights for
// each pair of channels and a bias for each new one:

int64_t parameters(const Vgg& vgg) {
  int64_t sum = 0, in = vgg.in;
  for (const auto& [convs, out] : vgg.blocks) {
    for (int64_t i = 0; i < convs; ++i, in = out) sum += 9 * in * out + out;
  }
  for (int64_t units : {vgg.features(), vgg.dense}) sum += units * vgg.dense + vgg.dense;
  return sum + vgg.dense * vgg.classes + vgg.classes;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, {.title = "7.2 VGG", .flags = {classifier::batches_flag}});
  const bool full = lesson.full();

  // ## Why 3x3 is enough
  // Two convolutions of 3x3 on top of each other look at 5x5 pixels, three at 7x7. To see
  // it, ask for the gradient of one number in the middle: it is zero for all pixels that
  // have no say in it.

  bool sees_all = true;
  for (int64_t convs : {1, 2, 3}) {
    nn::Sequential stack;
    for (int64_t i = 0; i < convs; ++i) stack.add<nn::Conv2d>(1, 1, 3, 1, 1);
    const Tensor x = randn({1, 1, 15, 15}).requires_grad_();
    stack(x)[{0, 0, 7, 7}].backward();
    const auto seen = (x.grad() != 0).sum().item<int64_t>();
    const int64_t wide = 2 * convs + 1;
    std::printf("%d of 3x3 see %2d pixels: %2d weights; one of %dx%d has %2d\n", int(convs),
                int(seen), int(9 * convs), int(wide), int(wide), int(wide * wide));
    sees_all = sees_all && seen == wide * wide;
  }
  //> 1 of 3x3 see  9 pixels:  9 weights; one of 3x3 has  9
  //> 2 of 3x3 see 25 pixels: 18 weights; one of 5x5 has 25
  //> 3 of 3x3 see 49 pixels: 27 weights; one of 7x7 has 49

  // The stack needs fewer weights for the same view, and has a relu behind each step, so
  // that it can tell apart what one large kernel cannot.
  //
  // ## The family
  // The networks of the paper, for colour images of 224x224 and 1000 classes, differ in
  // their lists alone. The number in the name counts the layers with weights: the
  // convolutions and three dense ones. Their published sizes are 132.9, 133.0, 138.4 and
  // 143.7 millions.

  const std::vector<std::pair<std::vector<Block>, int64_t>> family{
      {{{1, 64}, {1, 128}, {2, 256}, {2, 512}, {2, 512}}, 132863336},
      {{{2, 64}, {2, 128}, {2, 256}, {2, 512}, {2, 512}}, 133047848},
      {{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}, 138357544},
      {{{2, 64}, {2, 128}, {4, 256}, {4, 512}, {4, 512}}, 143667240}};
  bool as_published = true;
  for (const auto& [blocks, published] : family) {
    int64_t layers = 3;
    for (const Block& block : blocks) layers += block.convs;
    const Vgg vgg{.blocks = blocks, .side = 224, .dense = 4096, .in = 3, .classes = 1000};
    std::printf("VGG-%d: %d parameters, %d of them behind the blocks\n", int(layers),
                int(parameters(vgg)),
                int(vgg.features() * 4096 + 4096 * 4096 + 4096 * 1000 + 2 * 4096 + 1000));
    as_published = as_published && parameters(vgg) == published;
  }
  //> VGG-11: 132863336 parameters, 123642856 of them behind the blocks
  //> VGG-13: 133047848 parameters, 123642856 of them behind the blocks
  //> VGG-16: 138357544 parameters, 123642856 of them behind the blocks
  //> VGG-19: 143667240 parameters, 123642856 of them behind the blocks

  // Nearly all sit in the dense layers; the next lesson does without those.
  //
  // ## One for clothes
  // The book trains VGG-11 with a quarter of its channels, on images made 224 pixels
  // large (`--full`). For images of 28x28 four short blocks do: 28, 14, 7, 3, 1.

  const Vgg book{.blocks = {{1, 16}, {1, 32}, {2, 64}, {2, 128}, {2, 128}},
                 .side = 224,
                 .dense = 4096};
  const Vgg small{.blocks = {{1, 8}, {1, 16}, {2, 32}, {2, 64}},
                  .side = 28,
                  .dense = 128,
                  .dropout = 0.2};
  std::printf("the book's: %d parameters, ours: %d\n", int(parameters(book)),
              int(parameters(small)));
  //> the book's: 43093322 parameters, ours: 96682

  const Vgg& vgg = full ? book : small;
  manual_seed(lesson.seed() + 1);
  nn::Sequential net;
  build(net, vgg);
  std::cout << nn::summary(net, {1, 1, vgg.side, vgg.side}) << "\n";

  const data::Fashion fashion = classifier::load(lesson, vgg.side);
  const classifier::Outcome o =
      classifier::train(lesson, "VGG", net, fashion, classifier::plan(lesson, 0.05));
  //>[0.06] VGG: loss 0.108, train acc 0.964, test acc 0.957, best 0.957

  // ## Bars
  lesson.expect("stacks see what one wide kernel sees", sees_all);
  lesson.expect("the family has the published sizes", as_published);
  lesson.expect("counted and built", net.parameter_count(), near(parameters(vgg), 0));
  const classifier::Bars bars = lesson.check() ? classifier::Bars{1.6, 0.4}
                              : full           ? classifier::Bars{0.25, 0.89}
                              : fashion.real   ? classifier::Bars{0.36, 0.85}
                                               : classifier::Bars{0.18, 0.93};
  classifier::expect(lesson, "VGG", o, bars);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - VGG is a block, 3x3 convolutions and a pooling, used again and again. A list of numbers
//   says the whole network.
// - Stacked small kernels see as far as a large one, with fewer weights and more bends.
// - Blocks hold few parameters; the dense layers behind hold nearly all.
//
// ## Exercises
// 1. (Derive.) How many weights have three 3x3 convolutions from C to C channels, and how
//    many has one of 7x7? And multiplications, on h x w places?
// 2. (Code.) Leave out the relu between two 3x3 convolutions, without padding, and they are
//    one of 5x5. Find its kernel, and compare the outputs.
// 3. (Predict, then run.) Give the small network a fifth block. What happens, and where is
//    it noticed?
// 4. (Predict, then run.) Double all channels of the blocks. By what factor do their
//    parameters and multiplications grow?
