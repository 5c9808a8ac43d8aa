// # Solutions to 7.3: NiN

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "../train.hpp"
#include "handgrad.hpp"
using namespace hg;

namespace {

void nin_block(nn::Sequential& net, int64_t in, int64_t out, int64_t kernel) {
  net.add<nn::Conv2d>(in, out, kernel);
  for (int i = 0; i < 2; ++i) {
    net.add<nn::ReLU>();
    net.add<nn::Conv2d>(out, out, 1);
  }
}

// Blocks as VGG's, and behind them VGG's dense layers, or a NiN's mean of maps.
struct Net : nn::Module {
  nn::Sequential blocks{*this, "blocks"}, head{*this, "head"};

  explicit Net(bool dense) {
    int64_t in = 1;
    for (const auto& [convs, out] : {std::pair<int, int64_t>{1, 8}, {1, 16}, {2, 32}}) {
      if (in > 1) blocks.add<nn::MaxPool2d>(2);
      for (int i = 0; i < convs; ++i, in = out) {
        blocks.add<nn::Conv2d>(in, out, 3, 1, 1);
        blocks.add<nn::ReLU>();
      }
    }
    if (dense) {
      head.add<nn::MaxPool2d>(2);  // (N,32,7,7) -> (N,32,3,3)
      head.add<nn::Flatten>();     // (N,288)
      head.add<nn::Linear>(288, 128);
      head.add<nn::ReLU>();
      head.add<nn::Linear>(128, 128);
      head.add<nn::ReLU>();
      head.add<nn::Linear>(128, 10);
    } else {
      head.add<nn::Conv2d>(32, 10, 1);  // (N,32,7,7) -> (N,10,7,7)
      head.add<nn::AdaptiveAvgPool2d>(1);
      head.add<nn::Flatten>();
    }
  }
  Tensor forward(const Tensor& x) override { return head(blocks(x)); }
};

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "7.3 NiN: solutions", .flags = {classifier::batches_flag}});
  const bool check = lesson.check();

  // ## 1. Counting
  // k*k*C*D + D for the first convolution, D*D + D for each of the two of 1x1:
  //
  //     k^2 C D + 2 D^2 + 3 D

  const auto count = [](int64_t C, int64_t D, int64_t k) {
    return k * k * C * D + 2 * D * D + 3 * D;
  };
  const int64_t total =
      count(1, 96, 11) + count(96, 256, 5) + count(256, 384, 3) + count(384, 10, 3);
  nn::Sequential book;
  nin_block(book, 1, 96, 11);
  nin_block(book, 96, 256, 5);
  nin_block(book, 256, 384, 3);
  nin_block(book, 384, 10, 3);
  std::printf("1. the book's NiN: %d parameters\n", int(total));
  lesson.expect("1. counted and built", total, near(book.parameter_count(), 0));

  // ## 2. A mean instead of dense layers
  // 32 * 10 + 10 weights take the place of 54,000. In a few epochs the dense layers learn
  // faster, for they know where a feature was; the mean knows only how much of it there is,
  // and gets there later.

  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 1000 : 5000, .test_count = check ? 500 : 2000});
  const classifier::Plan plan{
      .epochs = check ? 2 : 6, .batch_size = 32, .lr = 0.02, .momentum = 0.9};
  Net dense(true), mean(false);
  const auto with_dense = classifier::train(lesson, "dense layers", dense, fashion, plan);
  const auto with_mean = classifier::train(lesson, "mean of maps", mean, fashion, plan);
  std::printf("2. parameters: %d with dense layers, %d with a mean\n",
              int(dense.parameter_count()), int(mean.parameter_count()));
  lesson.expect("2. parameters of the two heads",
                dense.head.parameter_count() - mean.head.parameter_count(),
                near(288 * 128 + 128 + 128 * 128 + 128 + 1290 - 330, 0));
  lesson.expect("2. both learn: loss",
                std::max(with_dense.train_loss, with_mean.train_loss),
                at_most(check ? 2.3 : 0.9));

  // ## 3. Which corner?
  // Black places speak for some classes, too, and most of the scene is black. So we take
  // what each map has more than it has of an image that is all black: the garment's doing.
  // The class with the largest such number is the answer, its map says where.

  no_grad guard;
  mean.eval();
  const Tensor black = mean.head[0](mean.blocks(zeros({1, 1, 56, 56})));  // (1,10,14,14)
  int64_t found = 0;
  const int64_t tries = check ? 100 : 400;
  for (int64_t i = 0; i < tries; ++i) {
    const int64_t corner = i % 4, low = corner / 2, right = corner % 2;
    Tensor scene = zeros({1, 1, 56, 56});  // (1,1,56,56)
    scene[{0, all, slice(28 * low, 28 * low + 28), slice(28 * right, 28 * right + 28)}] =
        fashion.test[i][0];
    const Tensor maps = (mean.head[0](mean.blocks(scene)) - black)[0];  // (10,14,14)
    const Tensor map = maps[maps.flatten(1).max(1).values.argmax()];    // (14,14)
    std::vector<double> quarters;
    for (const auto& rows : {slice(0, 7), slice(7, 14)}) {
      for (const auto& columns : {slice(0, 7), slice(7, 14)})
        quarters.push_back(map[{rows, columns}].relu().sum().item());
    }
    const auto best = std::max_element(quarters.begin(), quarters.end());
    found += best - quarters.begin() == corner;
  }
  const double share = double(found) / double(tries);
  std::printf("3. the right corner: %.2f\n", share);
  lesson.expect("3. the right corner (by chance 0.25)", share, at_least(check ? 0.4 : 0.6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
