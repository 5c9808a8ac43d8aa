// # Solutions to 7.5: batch normalisation

#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "../train.hpp"
#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

// `norm2d(C)` and `norm1d(C)` make what stands behind each layer.
using MakeNorm = std::function<std::unique_ptr<nn::Module>(int64_t)>;

void build(nn::Sequential& net, bool bias, const MakeNorm& norm2d, const MakeNorm& norm1d) {
  net.add<nn::Conv2d>(nn::ConvOptions{
      .in_channels = 1, .out_channels = 6, .kernel_size = 5, .padding = 2, .bias = bias});
  net.append(norm2d(6));
  net.add<nn::Sigmoid>();
  net.add<nn::AvgPool2d>(2);
  net.add<nn::Conv2d>(nn::ConvOptions{
      .in_channels = 6, .out_channels = 16, .kernel_size = 5, .bias = bias});
  net.append(norm2d(16));
  net.add<nn::Sigmoid>();
  net.add<nn::AvgPool2d>(2);
  net.add<nn::Flatten>();
  net.add<nn::Linear>(400, 120, bias);
  net.append(norm1d(120));
  net.add<nn::Sigmoid>();
  net.add<nn::Linear>(120, 84, bias);
  net.append(norm1d(84));
  net.add<nn::Sigmoid>();
  net.add<nn::Linear>(84, 10);
  net.apply(classifier::xavier);
}

const MakeNorm batch2d = [](int64_t c) { return nn::make<nn::BatchNorm2d>(c); };
const MakeNorm batch1d = [](int64_t c) { return nn::make<nn::BatchNorm1d>(c); };
// All channels and places of one picture: a single group.
const MakeNorm layer2d = [](int64_t c) { return nn::make<nn::GroupNorm>(1, c); };
const MakeNorm layer1d = [](int64_t c) { return nn::make<nn::LayerNorm>(c); };

// In the mode that the network is in, whichever that is (exercise 3).
double accuracy(nn::Module& net, data::DataLoader& images) {
  no_grad guard;
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : images) metric.add(count_correct(net(X), y), len(y));
  return metric[0] / metric[1];
}

// So many batches; returns the mean loss of the last fifth.
double train(nn::Module& net, data::DataLoader& images, int64_t batches, double lr) {
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", lr}});
  Accumulator metric(2);  // loss, batches
  for (int64_t batch = 0; batch < batches;) {
    for (auto [X, y] : images) {
      const Tensor loss = F::cross_entropy(net(X), y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      if (batch >= batches * 4 / 5) metric.add(loss.item(), 1);
      if (++batch == batches) break;
    }
  }
  return metric[0] / metric[1];
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "7.5 Batch normalisation: solutions");
  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 2560 : 12800, .test_count = check ? 300 : 2000});
  auto loader = [&](int64_t batch) {
    return data::DataLoader(
        fashion.train,
        {.batch_size = batch, .shuffle = true, .drop_last = true, .seed = lesson.seed()});
  };
  data::DataLoader test(fashion.test, {.batch_size = 250});

  // ## 1. A bias before a normalisation
  // It moves the whole batch, and so the mean that is taken away: it does nothing. Its
  // gradient is 0 but for rounding. LeNet has 6 + 16 + 120 + 84 of them.

  manual_seed(lesson.seed() + 1);
  nn::Sequential with, without;
  build(with, true, batch2d, batch1d);
  build(without, false, batch2d, batch1d);
  lesson.expect("1: parameters saved", with.parameter_count() - without.parameter_count(),
                near(6 + 16 + 120 + 84, 0));
  F::cross_entropy(with(randn({32, 1, 28, 28})), randint(0, 10, {32})).backward();
  const auto& conv = with.at<nn::Conv2d>(0);
  lesson.expect("1: gradient of a bias, in shares of a weight's",
                conv.bias.grad().abs().max().item() / conv.weight.grad().abs().max().item(),
                at_most(1e-4));

  // ## 2. The size of the batch
  // The mean and variance of two pictures are mostly chance, so that the network sees every
  // picture in another light at each step. The loss is high and noisy, and evaluation with
  // running averages is another function than the one that was trained.

  const int64_t steps = check ? 40 : 400;
  double last = 0, small = 0;
  for (int64_t size : {2, 8, 128}) {
    manual_seed(lesson.seed() + 2);
    nn::Sequential net;
    build(net, true, batch2d, batch1d);
    data::DataLoader images = loader(size);
    last = train(net, images, steps, 0.5);
    if (size == 2) small = last;
    net.eval();
    std::printf("2: batches of %3d: loss %.3f, test acc %.3f\n", int(size), last,
                accuracy(net, test));
  }
  if (!check) lesson.expect("2: loss of 128 against 2", last / small, at_most(1));

  // ## 3. eval() forgotten
  // With 250 pictures little is lost: their own statistics do as well as the running ones,
  // and better while those lag behind the weights.
  // With one, a dense layer's batch has a single value per feature, no variance at all: the
  // library refuses, and rightly.

  manual_seed(lesson.seed() + 3);
  nn::Sequential net;
  build(net, true, batch2d, batch1d);
  data::DataLoader images = loader(128);
  train(net, images, steps, 0.5);
  const double forgotten = accuracy(net, test);
  net.eval();
  std::printf("3: forgotten %.3f, eval %.3f\n", forgotten, accuracy(net, test));
  net.train();
  bool refused = false;
  try {
    net(fashion.test.get(0)[0].unsqueeze(0));
  } catch (const Error& e) {
    refused = true;
    std::cout << "3: " << e.what() << "\n";
  }
  lesson.expect("3: a batch of one is refused in training", refused);

  // ## 4. LayerNorm in its place
  // Each picture is normalised by itself, so batches do not matter and there is nothing to
  // gather. Here it learns more slowly.

  manual_seed(lesson.seed() + 3);
  nn::Sequential layers;
  build(layers, true, layer2d, layer1d);
  data::DataLoader again = loader(128);
  const double loss = train(layers, again, steps, 0.5);
  std::printf("4: layer normalisation: loss %.3f, batch normalisation %.3f\n", loss, last);
  lesson.expect("4: it learns", loss, at_most(check ? 2.5 : 1.2));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
