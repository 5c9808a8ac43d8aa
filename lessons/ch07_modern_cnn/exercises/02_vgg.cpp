// # Solutions to 7.2: VGG

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

struct Block {
  int64_t convs, channels;
};

void blocks(nn::Sequential& net, const std::vector<Block>& list) {
  int64_t in = 1;
  for (const auto& [convs, out] : list) {
    for (int64_t i = 0; i < convs; ++i, in = out) {
      net.add<nn::Conv2d>(in, out, 3, 1, 1);
      net.add<nn::ReLU>();
    }
    net.add<nn::MaxPool2d>(2);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "7.2 VGG: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Three small ones or a large one
  // Three of 3x3: 3 * 9 C^2 = 27 C^2. One of 7x7: 49 C^2. Every weight is used once for
  // each of the h*w places, so the multiplications are h*w times as many, with the same
  // ratio.

  const int64_t C = 16;
  nn::Sequential three;
  for (int i = 0; i < 3; ++i)
    three.add<nn::Conv2d>(nn::ConvOptions{C, C, 3, 1, 1, 1, 1, false});
  nn::Sequential one;
  one.add<nn::Conv2d>(nn::ConvOptions{C, C, 7, 1, 3, 1, 1, false});
  const nn::Summary small = nn::summary(three, {1, C, 10, 12}),
                    large = nn::summary(one, {1, C, 10, 12});
  std::printf("1. weights %d and %d, multiplications %d and %d\n", int(small.parameters),
              int(large.parameters), int(small.macs), int(large.macs));
  lesson.expect("1. weights of three 3x3", small.parameters, near(27 * C * C, 0));
  lesson.expect("1. weights of one 7x7", large.parameters, near(49 * C * C, 0));
  lesson.expect("1. multiplications of three 3x3", small.macs, near(27 * C * C * 120, 0));
  lesson.expect("1. multiplications of one 7x7", large.macs, near(49 * C * C * 120, 0));

  // ## 2. Two linear ones are one
  // Weight (i,j) of the first meets weight (k,l) of the second at distance (i+k, j+l) from
  // the corner. So the joint kernel is the sum of w1[i,j] w2[k,l] over all that meet there:
  //
  //     w[p,q] = sum_{i,j} w1[i,j] w2[p-i, q-j]            p, q = 0..4
  //
  // a true convolution of the two kernels, with its flip.

  const Tensor w1 = randn({1, 1, 3, 3}), w2 = randn({1, 1, 3, 3});
  Tensor joint = zeros({1, 1, 5, 5});
  for (int64_t i = 0; i < 3; ++i) {
    for (int64_t j = 0; j < 3; ++j) {
      joint[{0, 0, slice(i, i + 3), slice(j, j + 3)}] += w1[{0, 0, i, j}] * w2[{0, 0}];
    }
  }
  const Tensor x = randn({1, 1, 12, 12});
  const Tensor twice = F::conv2d(F::conv2d(x, w1), w2), once = F::conv2d(x, joint);
  const double apart = (twice - once).abs().max().item();
  std::cout << "2. outputs " << twice.shape() << " and " << once.shape() << "\n";
  lesson.expect("2. largest difference", apart, at_most(1e-4));

  // ## 3. A fifth block
  // The sides go 28, 14, 7, 3, 1, and a pooling of 2x2 finds no window in one pixel. The
  // layer cannot know that before it sees an image, so the error comes with the first.

  nn::Sequential five;
  blocks(five, {{1, 8}, {1, 16}, {2, 32}, {2, 64}, {2, 64}});
  std::string message;
  try {
    five(zeros({1, 1, 28, 28}));
  } catch (const Error& error) {
    message = error.what();
  }
  std::printf("3. %s\n", message.c_str());
  lesson.expect("3. the fifth pooling is refused", !message.empty());

  // ## 4. Twice the channels
  // A convolution between two blocks has C*D weights for each place of the kernel, and both
  // are doubled: four times as many. Only the first one, whose input stays the one grey
  // channel, and the biases are just doubled. So the factor is a little below 4, for the
  // multiplications as for the parameters.

  nn::Sequential thin, wide;
  blocks(thin, {{1, 8}, {1, 16}, {2, 32}, {2, 64}});
  blocks(wide, {{1, 16}, {1, 32}, {2, 64}, {2, 128}});
  const nn::Summary before = nn::summary(thin, {1, 1, 28, 28}),
                    after = nn::summary(wide, {1, 1, 28, 28});
  const double more = double(after.parameters) / double(before.parameters);
  const double work = double(after.macs) / double(before.macs);
  std::printf("4. parameters times %.2f, multiplications times %.2f\n", more, work);
  lesson.expect("4. parameters, times", more, near(3.98, 0.02));
  lesson.expect("4. multiplications, times", work, near(3.92, 0.05));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
