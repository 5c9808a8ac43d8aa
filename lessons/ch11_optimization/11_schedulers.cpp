// # 11.11 Schedules of the rate
//
// How long should a step be? At first as long as the network bears, since there is far to
// go. Near the end short, or it jumps to and fro across the valley. And in the very
// beginning, when the weights are noise and the slopes wild, perhaps shorter again. So the
// rate should change as training goes on. How, and what does it bring?
//
// You know: gradient descent and its rate (11.3), batches (11.5), LeNet (6.6).
// New here: schedules: factor, square root, steps, cosine, warm-up, one after another.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

// ## The task
// LeNet with relu and maxima, on pictures of clothes, with plain descent: one schedule more
// or less is the only difference between the runs below.

void build(nn::Sequential& net) {
  net.append(nn::make<nn::Conv2d>(1, 6, 5, 1, 2));  // (N,1,28,28) -> (N,6,28,28)
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::MaxPool2d>(2));      // (N,6,14,14)
  net.append(nn::make<nn::Conv2d>(6, 16, 5));  // (N,16,10,10)
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::MaxPool2d>(2));  // (N,16,5,5)
  net.append(nn::make<nn::Flatten>());     // (N,400)
  net.append(nn::make<nn::Linear>(400, 120));
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::Linear>(120, 84));
  net.append(nn::make<nn::ReLU>());
  net.append(nn::make<nn::Linear>(84, 10));  // (N,10)
  net.apply([](nn::Module& m) {
    if (auto* conv = dynamic_cast<nn::Conv2d*>(&m)) nn::init::xavier_uniform_(conv->weight);
    if (auto* fc = dynamic_cast<nn::Linear*>(&m)) nn::init::xavier_uniform_(fc->weight);
  });
}

// A schedule is made for an optimizer, and told after every epoch that it has passed. In
// between, the loop is the old one.

using Schedule = std::shared_ptr<optim::LRScheduler>;
using MakeSchedule = std::function<Schedule(optim::Optimizer&)>;

struct Run {
  std::string name;
  MakeSchedule make;
  std::vector<double> rate = {}, loss = {}, test = {};  // of each epoch
};

// A scheduler counts epochs; one that does nothing keeps the rate constant.

Schedule constant(optim::Optimizer& o) {
  return std::make_shared<optim::LambdaLR>(o, [](int64_t) { return 1.0; });
}

// ## Factor and square root
// A constant share of the rate is lost at each step: lr_t = lr_0 a^t. Or it falls as the
// square root of time, lr_t = lr_0 / sqrt(t+1), which theory asks for with convex losses:
// the sum of the rates must be infinite (to get anywhere), that of their squares should
// grow slowly (to come to rest).

Schedule factor(optim::Optimizer& o) {
  return std::make_shared<optim::ExponentialLR>(o, 0.75);
}
Schedule square_root(optim::Optimizer& o) {
  return std::make_shared<optim::LambdaLR>(
      o, [](int64_t t) { return 1 / std::sqrt(double(t + 1)); });
}

// ## In steps
// Stay at a rate until nothing improves any more, then halve it. Where that will be is set
// beforehand, here after half of the epochs and after three quarters.

Schedule steps(optim::Optimizer& o, int epochs) {
  return std::make_shared<optim::MultiStepLR>(
      o, std::vector<int64_t>{epochs / 2, epochs * 3 / 4}, 0.5);
}

// ## Cosine
// Not much should change in the beginning, and in the end one may want to go on with a very
// small rate. A half wave of the cosine does both, without places to choose:
//
//     lr_t = lr_T + (lr_0 - lr_T) (1 + cos(pi t/T)) / 2

Schedule cosine(optim::Optimizer& o, int epochs, double last) {
  return std::make_shared<optim::CosineAnnealingLR>(o, epochs, last);
}

// ## Warm-up
// The first rate is a compromise: a large one would be good soon, but throws a network off
// whose weights are random. Warm-up begins small and rises in a straight line, then
// another schedule takes over.

struct WarmUpThenCosine {
  optim::LinearLR up;
  optim::CosineAnnealingLR down;
  optim::SequentialLR both;

  WarmUpThenCosine(optim::Optimizer& o, int warm, int epochs, double last)
      : up(o, 0.1, 1.0, warm),
        down(o, epochs - warm, last),
        both(o, {&up, &down}, {warm}) {}
};

Schedule warm_up(optim::Optimizer& o, int warm, int epochs, double last) {
  auto all = std::make_shared<WarmUpThenCosine>(o, warm, epochs, last);
  return Schedule(all, &all->both);  // points at the sequence, keeps all three alive
}

// ## One run

void train(Run& run, double lr, int epochs, data::DataLoader& train_images,
           data::DataLoader& test_images, uint64_t seed, Progress& progress) {
  manual_seed(seed);  // every run starts from the same weights
  nn::Sequential net;
  build(net);
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", lr}});
  const Schedule schedule = run.make(sgd);
  train_images.set_epoch(0);  // and sees the same batches
  for (int epoch = 0; epoch < epochs; ++epoch) {
    run.rate.push_back(schedule->last_lr()[0]);
    Accumulator metric(2);              // loss, pictures
    for (auto [X, y] : train_images) {  // (64,1,28,28), (64)
      const Tensor loss = F::cross_entropy(net(X), y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      metric.add(loss.item() * double(len(y)), len(y));
      progress.add(len(y));
    }
    run.loss.push_back(metric[0] / metric[1]);
    run.test.push_back(evaluate_accuracy(net, test_images));
    schedule->step();
  }
}

int main(int argc, char** argv) try {
  Lesson lesson(
      argc, argv,
      LessonSpec{.title = "11.11 Schedules of the rate",
                 .full_takes = "five minutes on two cores: 30 epochs of 60000 pictures"});
  const bool check = lesson.check(), full = lesson.full();
  const int epochs = full ? 30 : check ? 4 : 10, warm = full ? 5 : check ? 1 : 2;
  const double lr = 0.3, last = 0.01;
  const data::Fashion fashion = load_fashion(lesson, {.train_count = full  ? 60000
                                                                   : check ? 2560
                                                                           : 15360,
                                                      .test_count = check ? 1000 : 10000});
  data::DataLoader train_images(fashion.train,
                                {.batch_size = 64, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test_images(fashion.test, {.batch_size = 256});

  std::vector<Run> runs = {
      {"constant", constant},
      {"factor", factor},
      {"square root", square_root},
      {"steps", [&](auto& o) { return steps(o, epochs); }},
      {"cosine", [&](auto& o) { return cosine(o, epochs, last); }},
      {"warm-up, cosine", [&](auto& o) { return warm_up(o, warm, epochs, last); }}};

  // ## The rates by themselves
  // Before anything is trained: which rate has each epoch, ten of them, starting at 0.3?

  const Tensor weight = zeros({1}).requires_grad_();
  auto rates = [&](const MakeSchedule& make, int n) {
    auto sgd = optim::make("sgd", {weight}, {{"lr", lr}});
    const Schedule schedule = make(sgd);
    std::vector<double> all;
    for (int t = 0; t < n; ++t) {
      all.push_back(schedule->last_lr()[0]);
      weight.set_grad(zeros({1}));
      sgd.step();  // a schedule expects a step between its own
      schedule->step();
    }
    return all;
  };
  const std::vector<double> by_factor = rates(factor, 10), by_root = rates(square_root, 10);
  const std::vector<double> by_steps =
      rates([](optim::Optimizer& o) { return steps(o, 10); }, 10);
  const std::vector<double> by_cosine =
      rates([&](optim::Optimizer& o) { return cosine(o, 10, last); }, 10);
  const std::vector<double> by_warm =
      rates([&](optim::Optimizer& o) { return warm_up(o, 2, 10, last); }, 10);
  std::printf("epoch   factor     root    steps   cosine  warm-up\n");
  double off = 0;
  for (int t = 0; t < 10; ++t) {
    const size_t i = size_t(t);
    std::printf("%5d %8.4f %8.4f %8.4f %8.4f %8.4f\n", t, by_factor[i], by_root[i],
                by_steps[i], by_cosine[i], by_warm[i]);
    // The formulas again, straight:
    auto half_wave = [&](double share) {
      return last + (lr - last) * (1 + std::cos(std::numbers::pi * share)) / 2;
    };
    const double expected[] = {lr * std::pow(0.75, t), lr / std::sqrt(t + 1.0),
                               lr * (t < 5   ? 1
                                     : t < 7 ? 0.5
                                             : 0.25),
                               half_wave(t / 10.0),
                               t < 2 ? lr * (0.1 + 0.9 * t / 2) : half_wave((t - 2) / 8.0)};
    const double got[] = {by_factor[i], by_root[i], by_steps[i], by_cosine[i], by_warm[i]};
    for (int k = 0; k < 5; ++k) off = std::max(off, std::abs(got[k] - expected[k]));
  }

  //> epoch   factor     root    steps   cosine  warm-up
  //>     0   0.3000   0.3000   0.3000   0.3000   0.0300
  //>     1   0.2250   0.2121   0.3000   0.2929   0.1650
  //>     2   0.1687   0.1732   0.3000   0.2723   0.3000

  // (A scheduler multiplies the rate from epoch to epoch, so rounding adds up: 0.16875
  // comes out as a little less, and is printed as 0.1687.)

  const std::vector<double> t10 = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  lesson.show(plot(t10, {by_factor, by_root, by_steps, by_cosine, by_warm},
                   {.xlabel = "epoch",
                    .ylabel = "rate",
                    .legend = {"factor", "square root", "steps", "cosine", "warm-up"},
                    .fmts = {"m--", "g-.", "r:", "b-", "y--"}}),
              "rates");

  // ## What they bring
  // Six runs from the same weights, with the same batches.

  {
    Progress progress("LeNet", int64_t(runs.size()) * epochs * fashion.train.size());
    for (Run& run : runs)
      train(run, lr, epochs, train_images, test_images, lesson.seed() + 1, progress);
  }
  std::printf("%-16s %10s %10s %14s\n", "schedule", "train loss", "test acc",
              "best test acc");
  for (const Run& run : runs) {
    std::printf("%-16s %10.3f %10.3f %14.3f\n", run.name.c_str(), run.loss.back(),
                run.test.back(), *std::max_element(run.test.begin(), run.test.end()));
  }
  std::vector<double> axis;
  std::vector<Values> losses, tests;
  std::vector<std::string> names;
  for (int epoch = 1; epoch <= epochs; ++epoch) axis.push_back(epoch);
  for (const Run& run : runs) {
    losses.push_back(run.loss);
    tests.push_back(run.test);
    names.push_back(run.name);
  }
  PlotOptions look{.xlabel = "epoch",
                   .ylabel = "train loss",
                   .legend = names,
                   .fmts = {"k-", "m--", "g-.", "r:", "b-", "y--"}};
  lesson.show(plot(axis, losses, look), "loss");
  look.ylabel = "test acc";
  lesson.show(plot(axis, tests, look), "accuracy");

  //> schedule         train loss   test acc  best test acc
  //>[0.04] constant              0.172      0.905          0.916
  //>[0.04] factor                0.137      0.918          0.922
  //>[0.04] square root           0.145      0.915          0.915
  //>[0.04] steps                 0.114      0.925          0.925
  //>[0.04] cosine                0.105      0.924          0.924
  //>[0.04] warm-up, cosine       0.135      0.927          0.927

  // The constant rate jumps about to the end. All others end lower, steps and cosine
  // lowest: they keep the rate high for long and then let it go. A rate that falls early
  // (factor, square root) learns less while there is much to learn, and one that begins
  // small spends its first epochs on little. The accuracy on pictures never seen follows,
  // if by less.
  //
  // ## Bars
  lesson.expect("rates against their formulas", off, at_most(1e-12));
  const Run &plain = runs[0], &wave = runs[4], &warmed = runs[5];
  if (!check) {
    lesson.expect("cosine: train loss below constant", wave.loss.back() / plain.loss.back(),
                  at_most(1));
    lesson.expect("cosine: test accuracy less constant's",
                  wave.test.back() - plain.test.back(), at_least(-0.01));
    lesson.expect("warm-up: test accuracy less constant's",
                  warmed.test.back() - plain.test.back(), at_least(-0.01));
    lesson.expect("cosine: test accuracy", wave.test.back(),
                  at_least(full           ? (fashion.real ? 0.89 : 0.90)
                           : fashion.real ? 0.83
                                          : 0.84));
  } else {
    lesson.expect("cosine: train loss", wave.loss.back(), at_most(2.0));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A schedule changes the rate between epochs; the loop and the optimizer stay.
// - Large steps early, small ones late: the loss ends lower and the accuracy steadier.
// - Cosine has no places to choose. Warm-up helps where the first rate would be too large.
//
// ## Exercises
// 1. (Predict, then run.) What does cosine do if training goes on for twice T epochs? And
//    what may that be good for?
// 2. (Derive.) With lr_t = lr_0 a^t, how far can the weights get in all, if no slope is
//    longer than G? What does that say about a rate that falls too fast?
// 3. (Code.) Write ReduceLROnPlateau's rule by hand: halve the rate when the loss has not
//    fallen for three epochs. Compare with optim::ReduceLROnPlateau on made-up losses.
// 4. (Predict, then run.) Take a rate of 1.0 without warm-up and with it. Does LeNet learn?
