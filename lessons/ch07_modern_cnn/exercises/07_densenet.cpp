// # Solutions to 7.7: DenseNet

#include <cstdio>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

struct DenseLayer : nn::Module {
  nn::BatchNorm2d bn;
  nn::Conv2d conv;

  DenseLayer(int64_t in, int64_t growth)
      : bn(*this, "bn", in), conv(*this, "conv", in, growth, 3, 1, 1) {}
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,in+growth,H,W)
    return cat({x, conv(relu(bn(x)))}, 1);
  }
};

// Exercise 3: 1x1 to 4g channels first.
struct Bottleneck : nn::Module {
  nn::BatchNorm2d bn1, bn2;
  nn::Conv2d narrow, conv;

  Bottleneck(int64_t in, int64_t growth)
      : bn1(*this, "bn1", in),
        bn2(*this, "bn2", 4 * growth),
        narrow(*this, "narrow", in, 4 * growth, 1),
        conv(*this, "conv", 4 * growth, growth, 3, 1, 1) {}
  Tensor forward(const Tensor& x) override {  // (N,in,H,W) -> (N,in+growth,H,W)
    return cat({x, conv(relu(bn2(narrow(relu(bn1(x))))))}, 1);
  }
};

// L layers of growth g from C channels.
template <class Layer>
int64_t block_parameters(int64_t C, int64_t g, int64_t L) {
  int64_t sum = 0;
  for (int64_t l = 0; l < L; ++l) sum += Layer(C + l * g, g).parameter_count();
  return sum;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "7.7 DenseNet: solutions");
  const bool check = lesson.check();

  // ## 1. Channels of the book's
  // 64 + 4*32 = 192, halved 96; 224, 112; 240, 120; 248.

  std::vector<int64_t> channels;
  int64_t c = 64;
  for (int block = 0; block < 4; ++block) {
    channels.push_back(c += 4 * 32);
    if (block < 3) channels.push_back(c /= 2);
  }
  const std::vector<int64_t> expected = {192, 96, 224, 112, 240, 120, 248};
  lesson.expect("1: channels", channels == expected);

  // ## 2. Weights
  // A dense layer behind l others has 9 (C + l g) g of them; a convolution that keeps
  // C + L g channels has 9 (C + L g)^2. For C = 64, g = 32, L = 4 the four dense layers
  // have 129,024 in all, and one such convolution 331,776.

  int64_t dense = 0;
  for (int64_t l = 0; l < 4; ++l) dense += 9 * (64 + l * 32) * 32;
  const int64_t residual = 9 * 192 * 192;
  std::printf("2: four dense layers %d, one wide convolution %d\n", int(dense),
              int(residual));
  lesson.expect("2: four dense layers", dense, near(129024, 0));
  lesson.expect("2: one wide convolution", residual, near(331776, 0));

  // ## 3. Bottlenecks
  // A layer then has 4 C g + 36 g^2 weights in place of 9 C g: fewer as soon as C is larger
  // than 7.2 g. In the book's small network it hardly ever is; in DenseNet-121, with up to
  // 1024 channels and g = 32, mostly.

  const int64_t plain = block_parameters<DenseLayer>(64, 32, 4),
                narrow = block_parameters<Bottleneck>(64, 32, 4);
  const int64_t plain_long = block_parameters<DenseLayer>(256, 32, 24),
                narrow_long = block_parameters<Bottleneck>(256, 32, 24);
  std::printf("3: 4 layers from 64: %d, with bottlenecks %d\n", int(plain), int(narrow));
  std::printf("3: 24 layers from 256: %d, with bottlenecks %d\n", int(plain_long),
              int(narrow_long));
  lesson.expect("3: few channels: bottlenecks cost", narrow > plain);
  lesson.expect("3: many channels: bottlenecks save", narrow_long < plain_long);

  // ## 4. Without the first layer's channels
  // Later layers have found some of the same, so that little is lost.

  manual_seed(lesson.seed() + 1);
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 640 : 6400, .test_count = check ? 300 : 2000});
  data::DataLoader images(fashion.train,
                          {.batch_size = 64, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test(fashion.test, {.batch_size = 100});
  nn::Sequential net;
  net.add<nn::Conv2d>(1, 16, 3, 2, 1);                                 // (N,16,14,14)
  for (int64_t l = 0; l < 3; ++l) net.add<DenseLayer>(16 + 8 * l, 8);  // (N,40,14,14)
  net.add<nn::BatchNorm2d>(40);
  net.add<nn::ReLU>();
  net.add<nn::AdaptiveAvgPool2d>(1);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(40, 10);
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.05}, {"momentum", 0.9}});
  optim::MultiStepLR schedule(sgd, {3}, 0.1);  // the last epoch: a tenth
  for (int epoch = 0; epoch < (check ? 1 : 4); ++epoch) {
    for (auto [X, y] : images) {
      const Tensor loss = F::cross_entropy(net(X), y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
    }
    schedule.step();
  }
  const double before = evaluate_accuracy(net, test);
  {
    no_grad guard;
    auto& last = net.at<DenseLayer>(3);
    last.conv.weight[{all, slice(16, 24)}] = 0;  // the channels that the first layer added
  }
  const double after = evaluate_accuracy(net, test);
  std::printf("4: before %.3f, without them %.3f\n", before, after);
  if (!check) {
    lesson.expect("4: it learned", before, at_least(0.5));
    lesson.expect("4: the loss of accuracy", before - after, at_most(0.5));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
