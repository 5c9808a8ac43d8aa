// # Solutions to 7.6: ResNet

#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

struct Residual : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d bn1, bn2;
  std::optional<nn::Conv2d> fit;
  bool shortcut;
  bool skipped = false;  // exercise 4: pass the input on

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
    if (skipped) return x;
    Tensor y = bn2(conv2(relu(bn1(conv1(x)))));
    if (shortcut) y = y + (fit ? (*fit)(x) : x);
    return relu(y);
  }
  std::string type_name() const override { return "Residual"; }
};

// A stem, stages of blocks, the mean of each channel, a dense layer.
void build(nn::Sequential& net, const std::vector<int64_t>& channels, int64_t blocks,
           bool large = false, bool shortcut = true) {
  int64_t in = channels[0];
  if (large) {
    net.add<nn::Conv2d>(1, in, 7, 2, 3);
  } else {
    net.add<nn::Conv2d>(1, in, 3, 1, 1);
  }
  net.add<nn::BatchNorm2d>(in);
  net.add<nn::ReLU>();
  if (large) net.add<nn::MaxPool2d>(3, 2, 1);
  for (size_t stage = 0; stage < channels.size(); ++stage) {
    for (int64_t i = 0; i < blocks; ++i) {
      net.add<Residual>(in, channels[stage], stage > 0 && i == 0 ? 2 : 1, shortcut);
      in = channels[stage];
    }
  }
  net.add<nn::AdaptiveAvgPool2d>(1);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(in, 10);
}

double train(nn::Module& net, data::DataLoader& images, int64_t batches) {
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.05}, {"momentum", 0.9}});
  Accumulator metric(2);  // loss, batches
  int64_t batch = 0;
  while (batch < batches) {
    for (auto [X, y] : images) {
      const Tensor loss = F::cross_entropy(net(X), y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      metric.add(loss.item(), 1);
      if (++batch == batches) break;
    }
  }
  return metric[0] / metric[1];
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "7.6 ResNet: solutions");
  const bool check = lesson.check();

  // ## 1. A hundred factors
  // (1+e)^100 is about exp(100 e): with e of either sign and some hundredths, between 1/e
  // and e in all. Without the 1 the product is e^100: nothing at all.

  manual_seed(lesson.seed() + 1);
  const Tensor e = 0.02 * randn({100}, f64);  // (100)
  const double through = (1 + e).prod().item(), without = e.abs().prod().item();
  std::printf("1: through shortcuts %.3f, without them %.0e\n", through, without);
  lesson.expect("1: with the 1 it arrives", through, at_least(0.2));
  lesson.expect("1: without it does not", without, at_most(1e-100));

  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 640 : 6400, .test_count = check ? 300 : 2000});
  data::DataLoader images(fashion.train,
                          {.batch_size = 64, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test(fashion.test, {.batch_size = 100});

  // ## 2. Blocks that begin as nothing
  // No: at first it is behind. A network of blocks that pass their input on is as shallow
  // as its stem, and has to get deeper as it learns. With 20 layers that only costs time;
  // in very deep networks such a start decides whether they learn at all.

  for (bool zero : {false, true}) {
    manual_seed(lesson.seed() + 2);
    nn::Sequential net;
    build(net, {8, 16, 32}, check ? 1 : 3);
    if (zero) {
      net.apply([](nn::Module& m) {
        if (auto* block = dynamic_cast<Residual*>(&m)) nn::init::zeros_(block->bn2.weight);
      });
    }
    images.set_epoch(0);
    const double loss = train(net, images, check ? 5 : 100);
    std::printf("2: %s: mean loss of the first batches %.3f\n",
                zero ? "scale 0" : "scale 1", loss);
    lesson.expect("2: it learns", loss, at_most(check ? 3.0 : 2.2));
  }

  // ## 3. Shapes of ResNet-18
  // 96 -> 48 (stem) -> 24 (pool) -> 24, 12, 6, 3 (stages) -> 1.

  nn::Sequential eighteen;
  build(eighteen, {64, 128, 256, 512}, 2, true);
  std::cout << "3:";
  std::vector<int64_t> sides;
  for (const nn::SummaryRow& row : nn::summary(eighteen, {1, 1, 96, 96}).rows) {
    if (row.depth == 1 && row.outputs[0].size() == 4) {
      std::cout << (sides.size() % 5 == 4 ? "\n   " : " ") << row.outputs[0];
      sides.push_back(row.outputs[0][2]);
    }
  }
  std::cout << "\n";
  const std::vector<int64_t> expected = {48, 48, 48, 24, 24, 24, 12, 12, 6, 6, 3, 3, 1};
  lesson.expect("3: sides", sides == expected);

  // ## 4. A block less
  // What a block adds is small beside what it passes on, so the network without it still
  // works, if less well. Without shortcuts, as in VGG, every layer is needed by the next:
  // take two out, and little is left.

  double left[2] = {};
  for (bool shortcut : {false, true}) {
    manual_seed(lesson.seed() + 3);
    nn::Sequential net;
    build(net, {8, 16, 32}, check ? 2 : 3, false, shortcut);
    images.set_epoch(0);
    train(net, images, check ? 10 : 300);
    const double whole = evaluate_accuracy(net, test);
    net.at<Residual>(check ? 4 : 5).skipped = true;  // the last of the first stage
    left[shortcut] = evaluate_accuracy(net, test);
    std::printf("4: %s: all blocks %.3f, one left out %.3f\n",
                shortcut ? "with shortcuts" : "plain", whole, left[shortcut]);
  }
  if (!check) {
    lesson.expect("4: what a block less still knows", left[true], at_least(0.3));
    lesson.expect("4: more than a plain network", left[true] - left[false], at_least(0.1));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
