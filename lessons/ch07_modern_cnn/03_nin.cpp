// # 7.3 NiN: a network at every place
//
// The dense layers of AlexNet and VGG hold nine weights in ten, and forget where in the
// image anything was. Lin, Chen and Yan (*Network in network*, 2013) put the dense layers
// elsewhere: a small one at every pixel. Behind the last convolution nothing is left to do
// but to take a mean. How good is a network without a dense layer, and how small?
//
// You know: 1x1 convolution (6.4), adaptive pooling (6.5), VGG (7.2).
// New here: NiN blocks; global average pooling; maps of where a class was seen.

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;

// ## The block
// A convolution that looks at the neighbourhood, and two of 1x1 that only mix the channels
// of each pixel: dense layers, with the same weights at every place.

void nin_block(nn::Sequential& net, int64_t in, int64_t out, int64_t kernel, int64_t stride,
               int64_t padding) {
  net.add<nn::Conv2d>(in, out, kernel, stride, padding);
  net.add<nn::ReLU>();
  for (int i = 0; i < 2; ++i) {
    net.add<nn::Conv2d>(out, out, 1);
    net.add<nn::ReLU>();
  }
}

// The last block has as many channels as there are classes. Channel c says at each place
// how much it looks like class c there, and the mean over all places is the score of the
// class. That is *global average pooling*; it has no weights at all.

void close(nn::Sequential& net) {     // (N,10,h,w) -> (N,10)
  net.add<nn::AdaptiveAvgPool2d>(1);  // (N,10,1,1)
  net.add<nn::Flatten>();
}

// The book's NiN, for images of 224x224, has AlexNet's kernels. Ours, for 28x28, has an
// eighth of its channels and one pooling less.

void build_book(nn::Sequential& net) {
  nin_block(net, 1, 96, 11, 4, 0);    // (N,96,54,54)
  net.add<nn::MaxPool2d>(3, 2);       // (N,96,26,26)
  nin_block(net, 96, 256, 5, 1, 2);   // (N,256,26,26)
  net.add<nn::MaxPool2d>(3, 2);       // (N,256,12,12)
  nin_block(net, 256, 384, 3, 1, 1);  // (N,384,12,12)
  net.add<nn::MaxPool2d>(3, 2);       // (N,384,5,5)
  net.add<nn::Dropout>(0.5);
  nin_block(net, 384, 10, 3, 1, 1);  // (N,10,5,5)
  close(net);
}

void build_small(nn::Sequential& net) {
  nin_block(net, 1, 12, 5, 1, 2);   // (N,12,28,28)
  net.add<nn::MaxPool2d>(3, 2);     // (N,12,13,13)
  nin_block(net, 12, 32, 5, 1, 2);  // (N,32,13,13)
  net.add<nn::MaxPool2d>(3, 2);     // (N,32,6,6)
  nin_block(net, 32, 48, 3, 1, 1);  // (N,48,6,6)
  net.add<nn::Dropout>(0.2);
  nin_block(net, 48, 10, 3, 1, 1);  // (N,10,6,6)
  close(net);
}

// What comes out in front of the mean: a map for each class.
Tensor class_maps(const nn::Sequential& net, const Tensor& images) {  // -> (N,10,h,w)
  Tensor x = images;
  for (size_t i = 0; i + 2 < net.size(); ++i) x = net[int64_t(i)](x);
  return x;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, {.title = "7.3 NiN", .flags = {classifier::batches_flag}});
  const bool full = lesson.full();
  manual_seed(lesson.seed() + 1);

  // ## A dense layer at every place
  // To see that a 1x1 convolution is one, give its weights to a linear layer and bring the
  // channels to the end, where that one expects its inputs.

  const Tensor x = randn({2, 12, 5, 5});  // (2,12,5,5)
  nn::Conv2d mix(12, 32, 1);
  const Tensor as_conv = mix(x);  // (2,32,5,5)
  const Tensor as_dense =
      linear(x.permute({0, 2, 3, 1}), mix.weight.flatten(1), mix.bias);  // (2,5,5,32)
  const double apart = (as_conv - as_dense.permute({0, 3, 1, 2})).abs().max().item();
  std::printf("the same numbers: %s\n", apart < 1e-5 ? "yes" : "no");
  //> the same numbers: yes

  // ## Without a dense layer

  nn::Sequential net;
  const int64_t side = full ? 224 : 28;
  full ? build_book(net) : build_small(net);
  std::cout << nn::summary(net, {1, 1, side, side}) << "\n";

  nn::Sequential book;
  build_book(book);
  const nn::Summary large = nn::summary(book, {1, 1, 224, 224});
  std::printf("the book's: %d parameters, %.0f million multiplications\n",
              int(large.parameters), double(large.macs) / 1e6);
  //> the book's: 1992166 parameters, 762 million multiplications

  // VGG-11 with a quarter of its channels has 43 million parameters, AlexNet 47. Of
  // AlexNet's 938 million multiplications most are left: the work always was in the
  // convolutions.

  const data::Fashion fashion = classifier::load(lesson, side);
  const classifier::Outcome o =
      classifier::train(lesson, "NiN", net, fashion, classifier::plan(lesson, 0.1));
  //>[0.06] NiN: loss 0.212, train acc 0.922, test acc 0.923, best 0.923

  // ## Where is it?
  // The maps in front of the mean were never trained to show a place; nobody told the
  // network where the garment is. Yet they say where it found what speaks for its answer:
  // of some test images, the map of the class that it names, 6x6 places made as large as
  // the image. Often that is not the garment but a place beside it: the emptiness above a
  // flat shoe tells as much as the shoe.

  no_grad guard;
  net.eval();
  std::vector<Tensor> sheet;
  for (int64_t i = 0; i < 6; ++i) {
    const auto [image, label] = fashion.test[i];                 // (1,side,side), ()
    const Tensor maps = class_maps(net, image.unsqueeze(0))[0];  // (10,h,w)
    const Tensor map = maps[maps.mean(Shape{1, 2}).argmax()];    // (h,w)
    const Tensor bright = map / map.max().clamp(1e-6);           // from 0 to 1
    const Tensor large = data::resize(side, side)(bright.unsqueeze(0));  // (1,side,side)
    sheet.push_back(image);
    sheet.push_back(large);
  }
  lesson.show(image_sheet(stack(sheet), 2, 6), "maps");

  // Since the head is a mean, it does not care how many places there are: images of other
  // sizes go through the same weights. A dense layer would refuse them.

  const int64_t high = side + 12, wide = side + 20;
  std::cout << "scores of an image of another size: "
            << net(zeros({1, 1, high, wide})).shape() << "\n";
  //> scores of an image of another size: (1,10)

  // ## Bars
  if (lesson.check()) {  // guessing costs log 10 = 2.303
    lesson.expect("NiN: train loss", o.train_loss, at_most(2.28));
  } else {
    classifier::expect(lesson, "NiN", o,
                       full           ? classifier::Bars{0.7, 0.74}
                       : fashion.real ? classifier::Bars{0.5, 0.81}
                                      : classifier::Bars{0.32, 0.88});
  }
  lesson.expect("1x1 convolution against a dense layer", apart, at_most(1e-5));
  lesson.expect("the book's: parameters", large.parameters, near(1992166, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A 1x1 convolution is a dense layer at every place; a NiN block has two of them behind
//   each larger kernel.
// - Global average pooling takes the place of the dense layers: a map for each class, its
//   mean the score. It has no weights and accepts images of any size.
// - The maps show where the network saw what it says.
//
// ## Exercises
// 1. (Derive.) Count the parameters of a NiN block from C to D channels with kernels of
//    k x k. What does the book's network have in all?
// 2. (Predict, then run.) Put a 1x1 convolution to ten channels and a mean of maps behind
//    the blocks of VGG, in place of its dense layers. How many parameters go? Does it learn
//    as fast?
// 3. (Code.) Put test images in a corner of a black image of 56x56 pixels, and let the
//    maps say which corner it was. How often are they right?
