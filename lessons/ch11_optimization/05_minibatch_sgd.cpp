// # 11.5 Minibatches
//
// A step along the slope of all examples is exact and slow; one along the slope of a single
// example is quick and crooked. Why is the best choice in between, and what has the machine
// to do with it?
//
// You know: gradient descent (11.3), minibatches as a habit (3.2).
// New here: stochastic gradients, why they need a falling or small rate, caches and GEMM, a
// race against the clock.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## A race track
// The noise of an airfoil in the wind, 1500 measurements: five features, one level, all as
// z-scores. A linear model cannot fit them well, and how well at best is known: its least
// loss is the *floor*, by least squares (3.1). An optimizer has arrived when it is near
// the floor.

struct Track {
  Tensor X, y;   // (1500,5), (1500,1)
  double floor;  // half the mean squared error of the best linear model
  bool real;
};

Track load(const Lesson& lesson) {
  const data::Regression airfoil = data::load_airfoil(lesson.data());
  std::printf("%s\n", airfoil.source.c_str());
  const Tensor X = data::Standardizer::fit(airfoil.features).transform(airfoil.features);
  const Tensor y = data::Standardizer::fit(airfoil.targets).transform(airfoil.targets);
  Track track{X[slice(0, 1500)], y[slice(0, 1500)], 0, airfoil.real};
  const Tensor with_one = cat({track.X, ones({1500, 1})}, 1).to(f64);  // (1500,6)
  const Tensor best = linalg::lstsq(with_one, track.y.to(f64));        // (6,1)
  track.floor = (with_one.mm(best) - track.y).square().mean().item() / 2;
  return track;
}

// ## The loop
// That of 3.2, with a clock that runs while it trains and stands while we look at the loss.

struct Run {
  std::vector<double> epochs, seconds, losses;
};

Run train(const Track& track, double lr, int64_t batch_size, int epochs) {
  manual_seed(1);
  Tensor w = normal(0, 0.01, {5, 1}).requires_grad_();  // (5,1)
  Tensor b = zeros({1}).requires_grad_();               // (1)
  const int64_t n = len(track.X);
  Run run;
  Timer timer;
  double seconds = 0;
  const auto look = [&](double epoch) {
    no_grad guard;
    run.epochs.push_back(epoch);
    run.seconds.push_back(seconds);
    run.losses.push_back((track.X.mm(w) + b - track.y).square().mean().item() / 2);
  };
  int64_t seen = 0, next_look = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const Tensor order = randperm(n);  // (1500)
    for (int64_t i = 0; i < n; i += batch_size) {
      if (seen >= next_look) {
        look(double(seen) / double(n));
        next_look = seen + 200;
      }
      timer.start();
      const Tensor rows = order[slice(i, std::min(i + batch_size, n))];
      ((track.X[rows].mm(w) + b - track.y[rows]).square().mean() / 2).backward();
      {
        no_grad guard;
        for (const Tensor& p : {w, b}) {
          p -= lr * p.grad();
          p.zero_grad();
        }
      }
      seconds += timer.stop();
      seen += len(rows);
    }
  }
  look(epochs);
  return run;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.5 Minibatches");
  const Track track = load(lesson);
  std::printf("floor: %.4f\n", track.floor);
  //> floor: 0.2809

  // ## One example tells the truth on average
  // The loss is a mean over n examples, L = (1/n) sum_i l[i], and so is its gradient. Pick
  // i at random, and the expected value of its gradient is the whole one:
  //
  //     E[dl[i]] = (1/n) sum_i dl[i] = dL
  //
  // The *stochastic* gradient is right on average, for a 1500th of the work. It is noisy,
  // though. A mean over a batch of B has 1/B of the variance, and is sqrt(B) times as
  // precise for B times the work. We measure that at w = 0:

  Tensor w = zeros({5, 1});                                 // (5,1)
  const Tensor each = track.X * (track.X.mm(w) - track.y);  // (1500,5) gradients
  const Tensor whole = each.mean(0);                        // (5)
  manual_seed(lesson.seed() + 1);
  std::vector<double> noises;
  for (int64_t B : {1, 16, 256}) {
    double squared = 0;
    for (int draw = 0; draw < 400; ++draw) {
      const Tensor rows = randint(0, 1500, {B});  // (B)
      squared += (each[rows].mean(0) - whole).square().sum().item() / 400;
    }
    noises.push_back(std::sqrt(squared));
    std::printf("batch of %3d: off by %.3f\n", int(B), noises.back());
  }

  // Sixteen times the batch, a quarter of the noise. With a fixed rate this noise keeps the
  // weights dancing around the minimum; with a rate that falls like 1/t they come to rest.
  //
  // ## Batches and the machine
  // A core multiplies and adds some 10^11 times a second, but it can fetch only some 10^9
  // numbers a second from memory. Numbers must be used more than once while they are near,
  // in the *cache*. A product A = B C of two n x n matrices, four ways:
  //
  //     by element    a dot product for each
  //     by column     a matrix times a vector for each
  //     by block      64 columns at a time
  //     at once

  const int64_t n = lesson.check() ? 128 : 256;
  const Tensor B = randn({n, n}), C = randn({n, n});  // (n,n)
  Tensor A = zeros({n, n});                           // (n,n)
  no_grad quiet;
  const auto speed = [&](const std::function<void()>& product) {
    Timer timer;
    int times = 0;
    double seconds = 0;
    for (; times == 0 || (times < 5 && seconds < 0.2); ++times) {
      timer.start();
      product();
      seconds += timer.stop();
    }
    return 2.0 * double(n * n * n) * times / seconds / 1e9;
  };
  const double by_element = speed([&] {
    const Tensor Ct = C.t().contiguous();  // (n,n)
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) A[{i, j}] = B[i].dot(Ct[j]);
    }
  });
  const double by_column = speed([&] {
    for (int64_t j = 0; j < n; ++j) A[{all, j}] = B.mv(C[{all, j}]);
  });
  const double by_block = speed([&] {
    for (int64_t j = 0; j < n; j += 64)
      A[{all, slice(j, j + 64)}] = B.mm(C[{all, slice(j, j + 64)}]);
  });
  const double at_once = speed([&] { A = B.mm(C); });
  std::printf("GFLOP/s: by element %.2f, by column %.1f, by block %.0f, at once %.0f\n",
              by_element, by_column, by_block, at_once);
  //~ GFLOP/s: by element 0.43, by column 5.1, by block 110, at once 150

  // A single example makes matrix times vector of every layer, a batch makes it matrix
  // times matrix. So a batch of 64 costs far less than 64 times one. Add the cost of each
  // call, and the best batch is where noise and speed balance.
  //
  // ## The race
  // All examples at once, ten steps; one at a time; batches of 100 and of 10.

  struct Runner {
    const char* name;
    double lr;
    int64_t batch_size;
    int epochs;
  };
  std::vector<Values> seconds, losses;
  Figure race;
  race.axes().xlabel("seconds").ylabel("loss").xscale("log");
  std::vector<double> gaps;
  enable_grad loud;
  for (const Runner& r : {Runner{"gradient descent", 1, 1500, 10},
                          {"one at a time", 0.005, 1, 2},
                          {"batches of 100", 0.4, 100, 2},
                          {"batches of 10", 0.05, 10, 2}}) {
    const Run run = train(track, r.lr, r.batch_size, r.epochs);
    std::printf("%-18s loss %.3f, %.5f s an epoch\n", r.name, run.losses.back(),
                run.seconds.back() / r.epochs);
    race.axes().line(run.seconds, run.losses, "", r.name);
    gaps.push_back(run.losses.back() - track.floor);
  }
  lesson.show(race, "race");

  // Gradient descent uses each epoch for a single step and needs many of them. One at a
  // time takes 1500 steps an epoch, each with all the overhead of a call. The batches take
  // few epochs and little time for each.
  //
  // ## Bars
  if (track.real) lesson.expect("the floor", track.floor, near(0.2417, 1e-4));
  lesson.expect("noise: batch of 1 over batch of 256", noises[0] / noises[2], near(16, 4));
  for (size_t i = 0; i < gaps.size(); ++i) {
    const char* names[] = {"gradient descent", "one at a time", "batches of 100",
                           "batches of 10"};
    lesson.expect(std::string(names[i]) + ": loss above the floor", gaps[i], at_most(0.01));
  }
  lesson.expect("the four products agree", (A - B.mm(C)).abs().max().item(), at_most(1e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - The gradient of a random example is the whole gradient on average.
// - Batches average out noise, and make products that a machine computes fast.
// - What counts is loss against seconds, not against epochs.
//
// ## Exercises
// 1. (Predict, then run.) Batches of 10 with rate 0.5 instead of 0.05. And with a rate of
//    0.5 / (1 + epoch)?
// 2. (Derive.) Draw the batch *without* replacement, as an epoch does. What is the
//    variance of its mean, and what for B = n?
// 3. (Code.) Repeat 1500 examples out of 1500 with replacement each epoch. Which share of
//    the examples is seen at least once? Is the loss worse?
