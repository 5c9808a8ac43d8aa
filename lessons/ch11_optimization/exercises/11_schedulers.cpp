// # Solutions to 11.11: schedules of the rate

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

// The rates that a schedule gives in n epochs, from 0.3. `make` gets the optimizer.
template <class Make>
std::vector<double> rates(const Make& make, int n) {
  const Tensor weight = zeros({1}).requires_grad_();
  auto sgd = optim::make("sgd", {weight}, {{"lr", 0.3}});
  auto schedule = make(sgd);
  std::vector<double> all;
  for (int t = 0; t < n; ++t) {
    all.push_back(schedule.last_lr()[0]);
    weight.set_grad(zeros({1}));
    sgd.step();
    schedule.step();
  }
  return all;
}

// Halves a rate when the loss has not fallen for more than `patience` epochs.
class Plateau {
 public:
  Plateau(double lr, int patience) : lr_(lr), patience_(patience) {}
  double step(double loss) {
    // As in PyTorch, a fall counts if it is by more than a ten-thousandth.
    if (loss < best_ * (1 - 1e-4)) {
      best_ = loss;
      waited_ = 0;
    } else if (++waited_ > patience_) {
      lr_ *= 0.5;
      waited_ = 0;
    }
    return lr_;
  }

 private:
  double lr_, best_ = HUGE_VAL;
  int patience_, waited_ = 0;
};

void build(nn::Sequential& net) {
  net.append(nn::make<nn::Conv2d>(1, 6, 5, 1, 2));
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::MaxPool2d>(2));
  net.append(nn::make<nn::Conv2d>(6, 16, 5));
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::MaxPool2d>(2));
  net.append(nn::make<nn::Flatten>());
  net.append(nn::make<nn::Linear>(400, 120));
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::Linear>(120, 84));
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::Linear>(84, 10));
  net.apply([](nn::Module& m) {
    if (auto* conv = dynamic_cast<nn::Conv2d*>(&m)) nn::init::xavier_uniform_(conv->weight);
    if (auto* fc = dynamic_cast<nn::Linear*>(&m)) nn::init::xavier_uniform_(fc->weight);
  });
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.11 Schedules of the rate: solutions");
  const bool check = lesson.check();

  // ## 1. Beyond T
  // The wave goes up again: at 2T the rate is back where it began. Large steps carry the
  // weights out of a narrow valley, and the next fall may end in a better one. (With a jump
  // up in place of the slow rise these are the *warm restarts* of SGDR.)

  const auto wave =
      rates([](auto& o) { return optim::CosineAnnealingLR(o, 10, 0.01); }, 21);
  std::printf("1: rate at 0, 10, 20: %.3f %.3f %.3f\n", wave[0], wave[10], wave[20]);
  lesson.expect("1: lowest at T", wave[10], near(0.01, 1e-9));
  lesson.expect("1: back at 2T", wave[20], near(0.3, 1e-9));

  // ## 2. How far in all
  // Each step is lr_t G long at most, and lr_0 G (1 + a + a^2 + ...) = lr_0 G/(1-a): with
  // a = 0.5, two first steps, however long one waits. If the minimum lies further away it
  // is never reached.

  const auto halved = rates([](auto& o) { return optim::ExponentialLR(o, 0.5); }, 60);
  double reach = 0;
  for (double lr : halved) reach += lr;
  lesson.expect("2: reach in first steps", reach / 0.3, near(2, 1e-9));

  // ## 3. On a plateau

  auto sgd = optim::make("sgd", {zeros({1}).requires_grad_()}, {{"lr", 0.4}});
  optim::ReduceLROnPlateau library(sgd, {.factor = 0.5, .patience = 3});
  Plateau own(0.4, 3);
  double apart = 0;
  manual_seed(lesson.seed() + 1);
  for (int epoch = 0; epoch < 60; ++epoch) {
    const double loss = std::max(0.3, 1 / (1 + 0.2 * epoch)) + 0.02 * randn({}).item();
    library.step(loss);
    apart = std::max(apart, std::abs(own.step(loss) - library.last_lr()[0]));
  }
  std::printf("3: the rate fell to %.5f\n", library.last_lr()[0]);
  lesson.expect("3: own rule against the library", apart, near(0, 0));
  lesson.expect("3: the rate fell", library.last_lr()[0], at_most(0.1));

  // ## 4. A rate of 1
  // No. Without warm-up the first steps throw relu's network off: whole layers answer 0 for
  // every picture, and there it stays, at a loss of ln 10 = 2.303. With warm-up it learns
  // while the rate is small, and is thrown off when the rate is large. Warm-up helps over
  // the beginning; it is no cure for a rate that is too large for the middle.

  const data::Fashion fashion = load_fashion(lesson, {.train_count = check ? 2560 : 10240});
  data::DataLoader images(fashion.train,
                          {.batch_size = 256, .shuffle = true, .seed = lesson.seed()});
  const int epochs = check ? 1 : 4;
  for (bool warm : {false, true}) {
    manual_seed(lesson.seed() + 2);
    nn::Sequential net;
    build(net);
    auto step = optim::make("sgd", net.parameters(), {{"lr", 1.0}});
    optim::LinearLR up(step, warm ? 0.05 : 1, 1, 40);  // over 40 batches
    double loss = 0, least = INFINITY;
    for (int epoch = 0; epoch < epochs; ++epoch) {
      images.set_epoch(uint64_t(epoch));
      for (auto [X, y] : images) {
        const Tensor l = F::cross_entropy(net(X), y);
        step.zero_grad();
        l.backward();
        step.step();
        up.step();
        loss = l.item();
        least = std::min(least, loss);
      }
    }
    std::printf("4: rate 1, %s: loss %.3f, at best %.3f\n", warm ? "warm-up" : "no warm-up",
                loss, least);
    lesson.expect("4: loss at a rate of 1", loss, at_least(1));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
