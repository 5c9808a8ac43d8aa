// # 11.5 Minibatches
//
// A step along the slope of all examples is exact and slow; one along the slope of a single
// example is quick and crooked. Why is the best choice in between, and what has the machine
// to do with it?
//
// You know: gradient descent (11.3), minibatches as a habit (3.2).
// New here: stochastic gradients and their noise, caches and products of matrices, a race
// against the clock.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## A race track
// The noise of an airfoil in the wind, 1500 measurements: five features, one level, all as
// z-scores. A linear model cannot fit them well, and how well at best is known: least
// squares (3.1) give the least loss that it can have, the *floor*. An optimizer has arrived
// when it is near the floor.

struct Track {
  Tensor X, y;   // (1500,5), (1500,1)
  double floor;  // half the mean squared error of the best linear model
  bool real;     // measured, not generated
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

Run train(const Track& track, double lr, int64_t batch_size, int epochs, uint64_t seed) {
  manual_seed(seed);
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
      if (seen >= next_look) {  // every 200 rows
        look(double(seen) / double(n));
        next_look = seen + 200;
      }
      timer.start();
      const Tensor rows = order[slice(i, std::min(i + batch_size, n))];  // (batch)
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
  // precise for B times the work. We measure that at w = 0, where example i has the
  // gradient x[i] (x[i] w - y[i]):

  const Tensor w = zeros({5, 1});                           // (5,1)
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
  //>[10%] batch of   1: off by 2.467
  //>[10%] batch of  16: off by 0.624
  //>[10%] batch of 256: off by 0.155

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
  //     at once       which the library cuts into blocks that fit the cache
  //
  // Each takes 2 n^3 operations; a GFLOP/s is 10^9 of them in a second. We take the best of
  // five runs.

  const int64_t n = lesson.check() ? 128 : 256;
  const Tensor B = randn({n, n}), C = randn({n, n});  // (n,n)
  const Tensor BC = B.mm(C);                          // (n,n) to compare with
  Tensor A = zeros({n, n});                           // (n,n)
  double apart = 0;
  const auto speed = [&](const std::function<void()>& product) {
    A.zero_();
    double best = INFINITY;  // seconds
    for (int run = 0; run < 5; ++run) {
      Timer timer;
      product();
      best = std::min(best, timer.stop());
    }
    apart = std::max(apart, (A - BC).abs().max().item());
    return 2.0 * double(n * n * n) / best / 1e9;
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
    for (int64_t j = 0; j < n; j += 64) {
      A[{all, slice(j, j + 64)}] = B.mm(C[{all, slice(j, j + 64)}]);
    }
  });
  const double at_once = speed([&] { A = B.mm(C); });
  std::printf("GFLOP/s: by element %.2f, by column %.1f, by block %.0f, at once %.0f\n",
              by_element, by_column, by_block, at_once);
  //~ GFLOP/s: by element 0.50, by column 33.3, by block 93, at once 102

  // A single example makes matrix times vector of every layer, a batch makes it matrix
  // times matrix. So a batch of 64 costs far less than 64 times one. Add the cost of each
  // call, and the best batch is where noise and speed balance. (Sizes are mostly powers of
  // two, since they fill vector registers and cache lines without a rest.)
  //
  // ## The race
  // All examples at once; one at a time; batches of 100 and of 10. The rates differ: the
  // larger a batch, the less noise it has, and the larger its steps may be. For all at once
  // the curvature c sets the limit, 2/c (11.3): 1.13 for the bundled table, 0.95 for the
  // real one.

  struct Runner {
    const char* name;
    double lr;
    int64_t batch_size;
    int epochs;
  };
  Figure race;
  race.axes().xlabel("seconds").ylabel("loss").xscale("log");
  for (const Runner& r : {Runner{"gradient descent", 0.9, 1500, 15},
                          {"one at a time", 0.003, 1, 3},
                          {"batches of 100", 0.3, 100, 3},
                          {"batches of 10", 0.03, 10, 3}}) {
    const Run run = train(track, r.lr, r.batch_size, r.epochs, lesson.seed() + 1);
    const double last = run.losses.back();
    std::printf("%-16s %2d epochs, loss %.3f, %6.2f ms\n", r.name, r.epochs, last,
                1e3 * run.seconds.back());
    race.axes().line(run.seconds, run.losses, "", r.name);
    lesson.expect(std::string(r.name) + ": loss above the floor", last - track.floor,
                  at_most(0.01));
  }
  //~ gradient descent 15 epochs, loss 0.283,   0.52 ms
  //~ one at a time     3 epochs, loss 0.286,  21.75 ms
  //~ batches of 100    3 epochs, loss 0.287,   0.29 ms
  //~ batches of 10     3 epochs, loss 0.286,   2.23 ms
  lesson.show(race, "race");

  // All four arrive. Gradient descent makes one step of each epoch and needs more epochs.
  // One at a time takes 1500 steps an epoch, each with all the overhead of its calls, and
  // takes nearly a hundred times as long as batches of 100 do, with few epochs and few
  // steps in each. The larger the data, the further gradient descent falls behind: its
  // step costs all of them, that of a batch does not.
  //
  // ## Bars
  lesson.expect("the floor", track.floor, near(track.real ? 0.2417 : 0.2809, 1e-4));
  lesson.expect("noise: batch of 1 over batch of 256", noises[0] / noises[2], near(16, 4));
  lesson.expect("the four products agree", apart, at_most(1e-3));
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
// 1. (Predict, then run.) Batches of 10 with rate 0.5 instead of 0.03. And with a rate of
//    0.5 / (1 + epoch)?
// 2. (Derive.) Draw the batch *without* replacement, as an epoch does. What is the
//    variance of its mean, and what for B = n?
// 3. (Code.) Draw the 1500 examples of each epoch *with* replacement. Which share of the
//    rows is seen at least once? Is the loss worse?
