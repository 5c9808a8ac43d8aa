// # Solutions to 11.5: minibatches

#include <cmath>
#include <cstdio>
#include <utility>

#include "../race.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.5 Minibatches: solutions");
  const race::Track track = race::load(lesson);

  // ## 1. Ten times the rate
  // The loss still falls fast, and then dances above the floor: the noise of ten examples,
  // times a large rate. With a rate that falls it settles.

  const auto plain = [&](double lr, bool falling) {
    return race::train(track, 10, 10, [=](const race::Params& params) -> race::Step {
      return [=, step = 0]() mutable {
        const double rate = falling ? lr / (1 + step++ / 150) : lr;  // 150 steps an epoch
        for (const Tensor& p : params) p -= rate * p.grad();
      };
    });
  };
  const double steady = plain(0.03, false).last() - track.floor;
  const double large = plain(0.5, false).last() - track.floor;
  const double falling = plain(0.5, true).last() - track.floor;
  std::printf("1. above the floor: rate 0.03 %.4f, 0.5 %.4f, 0.5/(1+epoch) %.4f\n", steady,
              large, falling);
  lesson.expect("1. the large rate, falling", falling, at_most(0.05));
  lesson.expect("1. large and steady over falling", large / falling, at_least(1));

  // ## 2. Without replacement
  // Two different rows of a set of n cannot both be the same one, so they are a little
  // negatively correlated. The variance of the mean of B rows is
  //
  //     sigma^2/B * (n - B)/(n - 1)
  //
  // and at B = n it is 0: every batch is the whole set.

  manual_seed(lesson.seed() + 1);
  const int64_t n = 50;
  const Tensor values = randn({n}, f64);  // (50)
  const double sigma2 = values.var({}, 0).item();
  double worst = 0;
  for (int64_t B : {5, 25, 50}) {
    double mean_square = 0;
    for (int draw = 0; draw < 4000; ++draw) {
      const Tensor batch = values[randperm(n)[slice(0, B)]];  // (B)
      mean_square += std::pow((batch.mean() - values.mean()).item(), 2) / 4000;
    }
    const double formula = sigma2 / double(B) * double(n - B) / double(n - 1);
    std::printf("2. B = %2d: variance %.5f, formula %.5f\n", int(B), mean_square, formula);
    worst = std::max(worst, std::abs(mean_square - formula));
  }
  lesson.expect("2. variance against formula", worst, at_most(0.02));

  // ## 3. With replacement
  // A row is missed by one draw with probability 1 - 1/n, and by all n of them with (1 -
  // 1/n)^n, about 1/e = 0.368. So 63 % are seen, and a third of the data is wasted. The
  // loss is hardly worse here: five features need few rows.

  const auto descend = [&](bool replacement) {
    manual_seed(track.seed);
    Tensor w = normal(0, 0.01, {5, 1}).requires_grad_();  // (5,1)
    Tensor b = zeros({1}).requires_grad_();               // (1)
    auto sgd = optim::make("sgd", {w, b}, {{"lr", 0.03}});
    double seen = 0;  // share of the rows, in the last epoch
    for (int epoch = 0; epoch < 3; ++epoch) {
      const Tensor order =
          replacement ? randint(0, 1500, {1500}) : randperm(1500);  // (1500)
      seen = one_hot(order, 1500).sum(0).clamp(0, 1).to(f32).mean().item();
      for (int64_t i = 0; i < 1500; i += 10) {
        const Tensor rows = order[slice(i, i + 10)];  // (10)
        sgd.zero_grad();
        ((track.X[rows].mm(w) + b - track.y[rows]).square().mean() / 2).backward();
        sgd.step();
      }
    }
    return std::pair(track.loss(w, b), seen);
  };
  const auto [loss, seen] = descend(true);
  const double shuffled = descend(false).first;
  std::printf("3. seen at least once: %.3f; 1 - 1/e = %.3f; loss %.4f, shuffled %.4f\n",
              seen, 1 - std::exp(-1), loss, shuffled);
  lesson.expect("3. share of rows seen", seen, near(1 - std::exp(-1), 0.04));
  lesson.expect("3. loss against shuffled rows", loss, near(shuffled, 0.01));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
