// # Solutions to 6.6: LeNet

#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

// The book's network with this activation, Xavier's weights.
template <class Activation>
void build(nn::Sequential& net) {
  net.append(nn::make<nn::Conv2d>(1, 6, 5, 1, 2));
  net.append(nn::make<Activation>());
  net.append(nn::make<nn::AvgPool2d>(2));
  net.append(nn::make<nn::Conv2d>(6, 16, 5));
  net.append(nn::make<Activation>());
  net.append(nn::make<nn::AvgPool2d>(2));
  net.append(nn::make<nn::Flatten>());
  net.append(nn::make<nn::Linear>(400, 120));
  net.append(nn::make<Activation>());
  net.append(nn::make<nn::Linear>(120, 84));
  net.append(nn::make<Activation>());
  net.append(nn::make<nn::Linear>(84, 10));
  net.apply([](nn::Module& m) {
    if (auto* conv = dynamic_cast<nn::Conv2d*>(&m)) nn::init::xavier_uniform_(conv->weight);
    if (auto* fc = dynamic_cast<nn::Linear*>(&m)) nn::init::xavier_uniform_(fc->weight);
  });
}

double accuracy(nn::Module& net, data::DataLoader& images, int64_t shift = 0) {
  no_grad guard;
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : images) {
    // Shifted pictures: what falls over the edge is empty background.
    const Tensor moved = F::pad(X, {shift, -shift, shift, -shift});
    metric.add(count_correct(net(moved), y), len(y));
  }
  return metric[0] / metric[1];
}

// Trains for some epochs and returns the accuracy on the test images.
double train(nn::Module& net, optim::Optimizer& optimizer, data::DataLoader& train,
             data::DataLoader& test, int epochs) {
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [X, y] : train) {
      const Tensor loss = F::cross_entropy(net(X), y);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
  }
  return accuracy(net, test);
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "6.6 LeNet: solutions");
  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 2560 : 20000, .test_count = check ? 1000 : 5000});
  data::DataLoader train_images(
      fashion.train, {.batch_size = 256, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test_images(fashion.test, {.batch_size = 256});
  const int epochs = check ? 2 : 3;

  // ## 1. relu in the book's network
  // A rate of 0.9 is far too large for relu, whose slope is 1 and not 1/4: the network is
  // thrown off, to one class or to nan. At 0.1 it learns at once, where sigmoids at 0.9
  // have not yet begun.

  double relu_gentle = 0;
  for (double lr : {0.9, 0.1}) {
    manual_seed(lesson.seed() + 1);
    nn::Sequential net;
    build<nn::ReLU>(net);
    auto sgd = optim::make("sgd", net.parameters(), {{"lr", lr}});
    const double share = train(net, sgd, train_images, test_images, epochs);
    std::cout << "1: relu, rate " << lr << ": accuracy " << share << "\n";
    if (lr < 0.5) relu_gentle = share;
  }
  lesson.expect("1: relu at 0.1", relu_gentle, at_least(check ? 0.2 : 0.7));

  // ## 2. Multiplications
  //
  //     conv1 28*28*6*25 = 117,600     conv2 10*10*16*6*25 = 240,000
  //     fc1 400*120 = 48,000           fc2 10,080      fc3 840          in all 416,520

  nn::Sequential book;
  build<nn::Sigmoid>(book);
  lesson.expect(
      "2: multiplications", nn::summary(book, {1, 1, 28, 28}).macs,
      near(28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25 + 400 * 120 + 120 * 84 + 840, 0));

  // ## 3. Feature maps of a pullover and a boot

  manual_seed(lesson.seed() + 2);
  nn::Sequential net;
  build<nn::ReLU>(net);
  auto adam = optim::make("adam", net.parameters(), {{"lr", 2e-3}});
  const double straight = train(net, adam, train_images, test_images, epochs);
  {
    no_grad guard;
    const Tensor labels = fashion.test.labels();  // (n)
    const int64_t pullover = (labels == 2).nonzero()[{0, 0}].item<int64_t>();
    const int64_t boot = (labels == 9).nonzero()[{0, 0}].item<int64_t>();
    const Tensor X = fashion.test.images()[index({pullover, boot})].to(f32) / 255;
    const Tensor maps = relu(net.at<nn::Conv2d>(0)(X)).view({12, 1, 28, 28});
    lesson.show(image_sheet(maps / maps.max(), 2, 6), "maps");
    const Tensor peaks = maps.view({2, 6, -1}).max(2).values;  // (2,6)
    const Tensor both = (peaks.min(0).values > 0).sum();       // maps bright in both
    lesson.expect("3: maps that answer to both", both.item(), at_least(1));
  }

  // ## 4. Shifted by two pixels
  // A dense network knows every class at its place only and loses much. The convolutional
  // one loses less: its features move along, and pooling forgives a part of it. But its
  // dense layers know places, too, so it is not indifferent.

  manual_seed(lesson.seed() + 3);
  nn::Sequential dense(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 256),
                       nn::make<nn::ReLU>(), nn::make<nn::Linear>(256, 10));
  auto step = optim::make("adam", dense.parameters(), {{"lr", 2e-3}});
  const double dense_straight = train(dense, step, train_images, test_images, epochs);
  const double moved = accuracy(net, test_images, 2);
  const double dense_moved = accuracy(dense, test_images, 2);
  std::cout << "4: convolutional " << straight << " -> " << moved << ", dense "
            << dense_straight << " -> " << dense_moved << "\n";
  if (!check) lesson.expect("4: convolution keeps more", moved, at_least(dense_moved));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
