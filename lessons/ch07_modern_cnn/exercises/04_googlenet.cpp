// # Solutions to 7.4: GoogLeNet

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "../train.hpp"
#include "handgrad.hpp"
using namespace hg;

namespace {

struct Paths {
  int64_t one, to_3, of_3, to_5, of_5, pooled;
  int64_t out() const { return one + of_3 + of_5 + pooled; }
};

// The lesson's block, with a switch for each path, and the choice of path 4's padding and
// of two 3x3 in place of the 5x5.
struct Inception : nn::Module {
  std::array<bool, 4> on{true, true, true, true};
  nn::Conv2d p1, p2_1, p2_2, p3_1;
  nn::Sequential p3_2{*this, "p3_2"};
  nn::MaxPool2d p4_1;
  nn::Conv2d p4_2;

  Inception(int64_t in, const Paths& c, bool two_small = false, int64_t padding = 1)
      : p1(*this, "p1", in, c.one, 1),
        p2_1(*this, "p2_1", in, c.to_3, 1),
        p2_2(*this, "p2_2", c.to_3, c.of_3, 3, 1, 1),
        p3_1(*this, "p3_1", in, c.to_5, 1),
        p4_1(*this, "p4_1", 3, 1, padding),
        p4_2(*this, "p4_2", in, c.pooled, 1) {
    if (two_small) {
      p3_2.add<nn::Conv2d>(c.to_5, c.of_5, 3, 1, 1);
      p3_2.add<nn::ReLU>();
      p3_2.add<nn::Conv2d>(c.of_5, c.of_5, 3, 1, 1);
    } else {
      p3_2.add<nn::Conv2d>(c.to_5, c.of_5, 5, 1, 2);
    }
  }
  Tensor forward(const Tensor& x) override {  // (N,in,h,w) -> (N,out,h,w)
    const std::vector<Tensor> y{relu(p1(x)), relu(p2_2(relu(p2_1(x)))),
                                relu(p3_2(relu(p3_1(x)))), relu(p4_2(p4_1(x)))};
    std::vector<Tensor> heard;
    for (size_t i = 0; i < 4; ++i) heard.push_back(on[i] ? y[i] : y[i] * 0);
    return cat(heard, 1);
  }
};

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "7.4 GoogLeNet: solutions", .flags = {classifier::batches_flag}});
  const bool check = lesson.check();
  manual_seed(lesson.seed() + 1);

  // ## 1. With and without squeezes
  // A convolution from C to D channels has k^2 C D weights and D biases.

  const auto conv = [](int64_t C, int64_t D, int64_t k) { return k * k * C * D + D; };
  const Paths first{64, 96, 128, 16, 32, 32};
  const int64_t squeezed = conv(192, 64, 1) + conv(192, 96, 1) + conv(96, 128, 3) +
                           conv(192, 16, 1) + conv(16, 32, 5) + conv(192, 32, 1);
  const int64_t direct =
      conv(192, 64, 1) + conv(192, 128, 3) + conv(192, 32, 5) + conv(192, 32, 1);
  std::printf("1. %d parameters; without squeezes %d\n", int(squeezed), int(direct));
  lesson.expect("1. counted and built", squeezed,
                near(Inception(192, first).parameter_count(), 0));
  lesson.expect("1. without squeezes, times", double(direct) / double(squeezed),
                near(2.4, 0.05));

  // ## 2. Without the padding
  // The pooling's 3x3 windows fit in 10x10 places of a grid of 12x12 only, while the other
  // paths keep 12x12. cat refuses to join them.

  std::string message;
  try {
    Inception(192, first, false, 0)(zeros({1, 192, 12, 12}));
  } catch (const Error& error) {
    message = error.what();
  }
  std::printf("2. %s\n", message.c_str());
  lesson.expect("2. cat refuses", message.starts_with("cat"));

  // ## 3. Two of 3x3
  // Path 3 then has 192*16 + 16 for the squeeze, 16*32*9 + 32 and 32*32*9 + 32: more than
  // with the 5x5, for the second 3x3 starts from 32 channels. It would save if the number
  // of channels stayed, 18 C^2 against 25 C^2.

  Inception wide(192, first), twice(192, first, true);
  const int64_t path_3 = conv(192, 16, 1) + conv(16, 32, 3) + conv(32, 32, 3);
  const int64_t path_5 = conv(192, 16, 1) + conv(16, 32, 5);
  std::printf("3. path 3: %d parameters with the 5x5, %d with two 3x3\n", int(path_5),
              int(path_3));
  lesson.expect("3. counted and built", twice.parameter_count() - wide.parameter_count(),
                near(path_3 - path_5, 0));
  const Tensor x = randn({1, 192, 6, 6});
  lesson.expect("3. the same shape", wide(x).shape() == twice(x).shape());

  // ## 4. Deaf on one ear
  // Two blocks are enough to see it. Every path is missed. Which most depends on the
  // start; mostly it is path 2, which has half of all channels.

  nn::Sequential net;
  net.add<nn::Conv2d>(1, 8, 3, 1, 1);
  net.add<nn::ReLU>();
  net.add<nn::MaxPool2d>(3, 2, 1);  // (N,8,14,14)
  auto& lower = net.add<Inception>(8, Paths{8, 12, 16, 2, 4, 4});
  net.add<nn::MaxPool2d>(3, 2, 1);  // (N,32,7,7)
  auto& upper = net.add<Inception>(32, Paths{16, 16, 24, 4, 12, 8});
  net.add<nn::AdaptiveAvgPool2d>(1);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(60, 10);
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 1000 : 5000, .test_count = check ? 500 : 2000});
  const classifier::Plan plan{
      .epochs = check ? 2 : 3, .batch_size = 32, .lr = 0.05, .momentum = 0.9};
  const auto o = classifier::train(lesson, "two blocks", net, fashion, plan);
  data::DataLoader test(fashion.test, {.batch_size = 250});
  double least = 1;
  for (size_t path = 0; path < 4; ++path) {
    lower.on[path] = upper.on[path] = false;
    const double without = evaluate_accuracy(net, test);
    lower.on[path] = upper.on[path] = true;
    least = std::min(least, o.test_acc - without);
    std::printf("4. without path %d: test accuracy %.3f of %.3f\n", int(path) + 1, without,
                o.test_acc);
  }
  if (check) {
    lesson.expect("4. train loss", o.train_loss, at_most(2.2));
  } else {
    lesson.expect("4. every path is missed", least, at_least(0.01));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
