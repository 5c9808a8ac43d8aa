// # Solutions to 7.1: AlexNet

#include <cstdio>
#include <memory>
#include <vector>

#include "../train.hpp"
#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

struct Conv {
  int64_t in, out, kernel, places;  // places: height, and width, of what comes out
};
struct Dense {
  int64_t in, out;
};

// The small network of the lesson with a bend of your choice.
template <class Bend>
void build(nn::Sequential& net) {
  net.add<nn::Conv2d>(1, 16, 5, 1, 2);
  net.add<Bend>();
  net.add<nn::MaxPool2d>(3, 2);  // (N,16,13,13)
  net.add<nn::Conv2d>(16, 32, 5, 1, 2);
  net.add<Bend>();
  net.add<nn::MaxPool2d>(3, 2);  // (N,32,6,6)
  for (const auto& [in, out] : {std::pair{32, 48}, {48, 48}, {48, 32}}) {
    net.add<nn::Conv2d>(in, out, 3, 1, 1);
    net.add<Bend>();
  }
  net.add<nn::MaxPool2d>(3, 2);  // (N,32,2,2)
  net.add<nn::Flatten>();
  for (int i = 0; i < 2; ++i) {
    net.add<nn::Linear>(128, 128);
    net.add<Bend>();
    net.add<nn::Dropout>(0.2);
  }
  net.add<nn::Linear>(128, 10);
}

// The share of right answers where all numbers are multiplied by `light`.
double accuracy_in(nn::Module& net, data::DataLoader& images, double light) {
  no_grad guard;
  net.eval();
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : images) metric.add(count_correct(net(X * light), y), len(y));
  net.train();
  return metric[0] / metric[1];
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "7.1 AlexNet: solutions", .flags = {classifier::batches_flag}});
  const bool check = lesson.check();

  // ## 1. Where the parameters are
  // A convolution from C to D channels has C*D*k*k weights and D biases, and uses the
  // weights once for each place of its output. A dense layer uses each weight once.

  const std::vector<Conv> convs{{1, 96, 11, 54},
                                {96, 256, 5, 26},
                                {256, 384, 3, 12},
                                {384, 384, 3, 12},
                                {384, 256, 3, 12}};
  const std::vector<Dense> dense{{6400, 4096}, {4096, 4096}, {4096, 10}};
  int64_t in_convs = 0, in_dense = 0, macs_convs = 0, macs_dense = 0;
  for (const auto& [in, out, kernel, places] : convs) {
    const int64_t weights = in * out * kernel * kernel;
    in_convs += weights + out;
    macs_convs += weights * places * places;
  }
  for (const auto& [in, out] : dense) {
    in_dense += in * out + out;
    macs_dense += in * out;
  }
  const int64_t all = in_convs + in_dense, macs = macs_convs + macs_dense;
  std::printf("1. %d parameters, %.0f %% of them in the dense layers\n", int(all),
              100 * double(in_dense) / double(all));
  std::printf("   %.0f million multiplications, %.0f %% of them in the convolutions\n",
              double(macs) / 1e6, 100 * double(macs_convs) / double(macs));
  lesson.expect("1. parameters", all, near(46764746, 0));
  lesson.expect("1. parameters in dense layers", double(in_dense) / double(all),
                at_least(0.9));
  lesson.expect("1. work in convolutions", double(macs_convs) / double(macs),
                at_least(0.9));

  // ## 2. Sigmoids
  // Seven of them, each with a slope of 1/4 at most: hardly any gradient reaches the first
  // layers. After two epochs the network still guesses, its loss that of ten equal chances,
  // log 10 = 2.303.

  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 1000 : 4000, .test_count = check ? 500 : 2000});
  const classifier::Plan plan{
      .epochs = check ? 2 : 6, .batch_size = 32, .lr = 0.02, .momentum = 0.9};
  classifier::Plan short_plan = plan;
  short_plan.epochs = 2;
  nn::Sequential bent, soft;
  build<nn::ReLU>(bent);
  build<nn::Sigmoid>(soft);
  const auto relus = classifier::train(lesson, "relu", bent, fashion, plan);
  const auto sigmoids = classifier::train(lesson, "sigmoid", soft, fashion, short_plan);
  lesson.expect("2. sigmoids still guess: loss", sigmoids.train_loss, at_least(2.2));
  lesson.expect("2. relus do not: loss", relus.train_loss, at_most(check ? 2.2 : 1.0));

  // ## 3. Half the light
  // Scores of softmax regression are sums over pixels plus a bias: with half the light the
  // sums are halved and the biases are not. The network has learned biases in each of its
  // layers. HOG divides each block by its length, and half the light is gone from both: its
  // numbers stay (but for the small one that keeps it from dividing by zero).

  nn::Sequential linear(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 10));
  const auto pixels =
      classifier::train(lesson, "softmax regression", linear, fashion, plan);
  data::DataLoader test(fashion.test, {.batch_size = 250});
  const double dark = accuracy_in(linear, test, 0.5),
               dark_deep = accuracy_in(bent, test, 0.5);
  std::printf("3. test accuracy: softmax regression %.3f, half the light %.3f\n",
              pixels.test_acc, dark);
  std::printf("                  AlexNet            %.3f, half the light %.3f\n",
              relus.test_acc, dark_deep);
  if (!check)
    lesson.expect("3. softmax regression loses", pixels.test_acc - dark, at_least(0.01));

  // ## 4. Sixteen maps

  no_grad guard;
  const auto [image, label] = fashion.test[0];               // (1,28,28), ()
  const Tensor maps = relu(bent[0](image.unsqueeze(0)))[0];  // (16,28,28)
  const Tensor bright = maps / maps.max().clamp(1e-6);       // from 0 to 1
  lesson.show(image_sheet(bright.unsqueeze(1), 4, 4), "maps");
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
