// # 11.6 Momentum
//
// In a long narrow valley the slope points across it, hardly along it. Small steps crawl,
// large ones bounce from wall to wall. Could the descent remember where it has been going?
//
// You know: gradient descent and its largest rate (11.3), minibatches (11.5).
// New here: averages that leak, momentum, and how it tames a narrow valley.

#include <cmath>
#include <cstdio>
#include <vector>

#include "race.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.6 Momentum");

  // ## A narrow valley
  // f = 0.1 x1^2 + 2 x2^2 is twenty times as curved along x2 as along x1. The rate must
  // stay below 2/4 for the sake of x2 (11.3), and at 0.4 each step multiplies x1 by 0.92,
  // x2 by -0.6: across the valley it jumps from side to side, along it it creeps. At 0.6
  // the jumps grow.

  const auto descend = [](double eta) {
    return race::walk([eta](const Tensor& x, const Tensor& g) { return x - eta * g; });
  };
  const race::Walk slow = descend(0.4), wild = descend(0.6);
  std::printf("rate 0.4: (%.6f, %.6f)\n", slow.x1.back(), slow.x2.back());
  std::printf("rate 0.6: (%.6f, %.6f)\n", wild.x1.back(), wild.x2.back());
  //> rate 0.4: (-0.943467, -0.000073)
  //> rate 0.6: (-0.387814, -1673.365109)
  race::draw(lesson, slow, "plain");

  // ## An average that leaks
  // Replace the gradient by a sum of all gradients so far, in which older ones count less:
  //
  //     v_t = beta v_(t-1) + g_t = g_t + beta g_(t-1) + beta^2 g_(t-2) + ...
  //     x_t = x_(t-1) - eta v_t
  //
  // What changes its sign from step to step cancels; what points the same way adds up, to
  // 1/(1 - beta) times its size, as 1 + beta + beta^2 + ... = 1/(1 - beta). v is the
  // velocity of a heavy ball that rolls down the valley.

  const auto roll = [](double eta, double beta) {
    Tensor v = zeros({2}, f64);  // (2)
    return race::walk([=](const Tensor& x, const Tensor& g) mutable {
      v = beta * v + g;
      return x - eta * v;
    });
  };
  const race::Walk half = roll(0.6, 0.5), quarter = roll(0.6, 0.25);
  std::printf("rate 0.6, momentum 0.5:  (%.6f, %.6f)\n", half.x1.back(), half.x2.back());
  std::printf("rate 0.6, momentum 0.25: (%.6f, %.6f)\n", quarter.x1.back(),
              quarter.x2.back());
  //> rate 0.6, momentum 0.5:  (0.007188, 0.002553)
  //> rate 0.6, momentum 0.25: (-0.126340, -0.186632)
  race::draw(lesson, half, "momentum");

  // The rate that flew apart before now arrives.
  //
  // ## How the past fades
  // The weight of a gradient that is t steps old is beta^t. About 1/(1 - beta) steps count:
  // ten for 0.9, twenty for 0.95.

  const Tensor age = arange(40).to(f64);  // (40) steps ago
  std::vector<Values> fading;
  for (double beta : {0.95, 0.9, 0.6, 0.0}) {
    fading.push_back(pow(tensor(beta, f64).expand({40}), age));
  }
  lesson.show(plot(age, fading,
                   {.xlabel = "steps ago",
                    .ylabel = "weight",
                    .legend = {"beta 0.95", "0.9", "0.6", "0"}}),
              "weights");

  // ## Why it helps: the theory of one direction
  // In a direction of curvature c the gradient is c x, and the pair (v, x) is multiplied by
  // the same matrix at each step:
  //
  //     (v, x) <- R (v, x),     R = (     beta             c        )
  //                                 ( -eta beta     1 - eta c       )
  //
  // It comes to rest if both eigenvalues of R are below 1 in size, that is for
  //
  //     0 < eta c < 2 + 2 beta
  //
  // twice the range of plain descent, when beta is near 1. We check it 1 % inside and 1 %
  // outside of that edge, by raising R to a high power:

  const auto settles = [](double eta_c, double beta) {
    // v is counted in units of 1/eta, so that only eta c and beta remain.
    Tensor R = tensor({{beta, eta_c}, {-beta, 1 - eta_c}}, f64);  // (2,2)
    for (int i = 0; i < 14; ++i) {
      R = R.mm(R);  // R to the power 2^14
      if (R.abs().max().item() > 1e6) return false;
    }
    return R.abs().max().item() < 1;
  };
  bool theory = true;
  for (double beta : {0.0, 0.25, 0.5, 0.9}) {
    const double edge = 2 + 2 * beta;
    const bool inside = settles(0.99 * edge, beta), outside = settles(1.01 * edge, beta);
    std::printf("beta %.2f: eta c = %.3f %s, %.3f %s\n", beta, 0.99 * edge,
                inside ? "settles" : "grows", 1.01 * edge, outside ? "settles" : "grows");
    theory &= inside && !outside;
  }
  //> beta 0.00: eta c = 1.980 settles, 2.020 grows
  //> beta 0.25: eta c = 2.475 settles, 2.525 grows
  //> beta 0.50: eta c = 2.970 settles, 3.030 grows
  //> beta 0.90: eta c = 3.762 settles, 3.838 grows

  // ## On the race track
  // By hand, in batches of 10 (the track is that of 11.5, in race.hpp beside this lesson).
  // With beta = 0.9 each gradient acts ten times in all, so the rate goes down in turn.

  const race::Track track = race::load(lesson);
  const auto by_hand = [](double eta, double beta) {
    return [=](const race::Params& params) -> race::Step {
      const race::Params v = race::zeros_of(params);  // (5,1), (1)
      return [=] {
        for (size_t i = 0; i < v.size(); ++i) {
          v[i].mul_(beta).add_(params[i].grad());
          params[i].sub_(eta * v[i]);
        }
      };
    };
  };
  struct Setting {
    double eta, beta;
  };
  Figure figure;
  figure.axes().xlabel("epoch").ylabel("loss");
  for (auto [eta, beta] : {Setting{0.015, 0.5}, Setting{0.004, 0.9}}) {
    const race::Run run = race::train(track, 10, 3, by_hand(eta, beta));
    char name[64];
    std::snprintf(name, sizeof name, "rate %g, momentum %g", eta, beta);
    race::finish(lesson, track, name, run);
    figure.axes().line(run.epochs, run.losses, "", name);
  }
  //~ rate 0.015, momentum 0.5           loss 0.287 (floor 0.281), 0.0008 s an epoch
  //~ rate 0.004, momentum 0.9           loss 0.288 (floor 0.281), 0.0008 s an epoch

  // Both act with about 0.03 or 0.04 in all, 0.015 times 2 and 0.004 times 10. With 0.9 and
  // a rate that was not lowered, the noise of the batches is multiplied as well:

  const race::Run shaken = race::train(track, 10, 3, by_hand(0.03, 0.9));
  std::printf("rate 0.03, momentum 0.9: loss %.3f\n", shaken.last());
  //>[10%] rate 0.03, momentum 0.9: loss 0.340
  figure.axes().line(shaken.epochs, shaken.losses, "", "rate 0.03, momentum 0.9");
  lesson.show(figure, "track");

  // And from the library, whose SGD has it built in. The same numbers must come out:

  const race::Run library =
      race::train(track, 10, 3, "sgd", {{"lr", 0.004}, {"momentum", 0.9}});
  race::finish(lesson, track, "sgd of the library", library);
  const double difference =
      std::abs(library.last() - race::train(track, 10, 3, by_hand(0.004, 0.9)).last());

  // ## Bars
  race::expect_end(lesson, "rate 0.4", slow, -0.943467, -0.000073);
  race::expect_end(lesson, "rate 0.6", wild, -0.387814, -1673.365109);
  race::expect_end(lesson, "momentum 0.5", half, 0.007188, 0.002553);
  race::expect_end(lesson, "momentum 0.25", quarter, -0.126340, -0.186632);
  lesson.expect("the edge of settling", theory);
  lesson.expect("by hand against the library", difference, at_most(1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Momentum steps along a fading sum of gradients; zigzags cancel, a steady slope adds up.
// - It allows larger rates: up to (2 + 2 beta)/c instead of 2/c.
// - A steady gradient acts 1/(1 - beta) times as much, so lower the rate with it.
//
// ## Exercises
// 1. (Predict, then run.) Momentum 0.99 and rate 0.6 in the valley. Where is it after 20
//    steps, and after 1000?
// 2. (Derive.) For which beta do both eigenvalues become complex, so that the ball swings?
//    When does it come to rest fastest?
// 3. (Code.) Nesterov's momentum takes the gradient where the ball will be, not where it
//    is. Write it for the valley and compare 20 steps. Then sgd's "nesterov" on the track.
