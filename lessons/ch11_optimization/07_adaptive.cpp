// # 11.7 A rate for each weight
//
// A word that occurs once in a thousand sentences gets a gradient once in a thousand
// steps. By then a rate that falls for all has fallen for it, too. And in a narrow valley
// one rate is too large for one direction and too small for the other. What if every
// weight had its own?
//
// You know: momentum (11.6), rates and curvature (11.3).
// New here: Adagrad, RMSprop, Adadelta.

#include <cmath>
#include <cstdio>
#include <string>

#include "race.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.7 A rate for each weight");

  // ## Adagrad: divide by what came before
  // Add up the squared gradients of each weight for itself, and divide by the root of the
  // sum:
  //
  //     s <- s + g^2                 x <- x - eta g / sqrt(s + eps)
  //
  // A weight with large gradients gets a small rate, one with rare gradients keeps a large
  // one. eps, 10^-6, keeps the division from failing while s is 0. Make a direction ten
  // times as steep, and its gradients grow tenfold, and the root as well: the steps stay
  // the same. So in the valley of 11.6, twenty times as steep along x2, the directions
  // differ only by where they start, -5 and -2.

  const auto adagrad = [](double eta) {
    Tensor s = zeros({2}, f64);  // (2)
    return race::walk([=](const Tensor& x, const Tensor& g) mutable {
      s = s + g.square();
      return x - eta * g / sqrt(s + 1e-6);
    });
  };
  const race::Walk careful = adagrad(0.4), bold = adagrad(2);
  std::printf("Adagrad, rate 0.4: (%.6f, %.6f)\n", careful.x1.back(), careful.x2.back());
  std::printf("Adagrad, rate 2:   (%.6f, %.6f)\n", bold.x1.back(), bold.x2.back());
  //> Adagrad, rate 0.4: (-2.382563, -0.158591)
  //> Adagrad, rate 2:   (-0.002295, -0.000000)
  race::draw(lesson, careful, "adagrad_0.4");
  race::draw(lesson, bold, "adagrad_2");

  // The sum only grows, and for gradients of a steady size the rate falls like 1/sqrt(t),
  // whether that is wanted or not. With 0.4 it runs out of breath; it takes a rate of 2.
  //
  // ## RMSprop: forget
  // A leaky average instead of the sum: gamma of the old, 1 - gamma of the new. It stays at
  // the size of recent squares, and the rate is ours to lower, or not.
  //
  //     s <- gamma s + (1 - gamma) g^2        x <- x - eta g / sqrt(s + eps)

  const auto rmsprop = [](double eta, double gamma) {
    Tensor s = zeros({2}, f64);  // (2)
    return race::walk([=](const Tensor& x, const Tensor& g) mutable {
      s = gamma * s + (1 - gamma) * g.square();
      return x - eta * g / sqrt(s + 1e-6);
    });
  };
  const race::Walk leaky = rmsprop(0.4, 0.9);
  std::printf("RMSprop, rate 0.4: (%.6f, %.6f)\n", leaky.x1.back(), leaky.x2.back());
  //> RMSprop, rate 0.4: (-0.010599, 0.000000)
  race::draw(lesson, leaky, "rmsprop");

  // ## Adadelta: no rate at all
  // Divide g by its recent size, and the step has no unit any more; yet x may be in metres.
  // Adadelta multiplies by the recent size of the steps themselves:
  //
  //     s <- rho s + (1 - rho) g^2
  //     step = g sqrt(delta + eps) / sqrt(s + eps)
  //     delta <- rho delta + (1 - rho) step^2            x <- x - step
  //
  // It starts slowly, since delta is 0 at first and eps is all there is: it gets four
  // epochs below, the others three.
  //
  // ## By hand on the race track

  const race::Track track = race::load(lesson);
  using race::Params;
  const auto adagrad_step = [](const Params& params) -> race::Step {
    const Params s = race::zeros_of(params);
    return [=] {
      for (size_t i = 0; i < params.size(); ++i) {
        const Tensor g = params[i].grad();  // (5,1), then (1)
        s[i].add_(g.square());
        params[i].sub_(0.1 * g / sqrt(s[i] + 1e-6));
      }
    };
  };
  const auto rmsprop_step = [](const Params& params) -> race::Step {
    const Params s = race::zeros_of(params);
    return [=] {
      for (size_t i = 0; i < params.size(); ++i) {
        const Tensor g = params[i].grad();  // (5,1), then (1)
        s[i].mul_(0.9).add_(g.square(), 0.1);
        params[i].sub_(0.01 * g / sqrt(s[i] + 1e-6));
      }
    };
  };
  const auto adadelta_step = [](const Params& params) -> race::Step {
    const Params s = race::zeros_of(params), delta = race::zeros_of(params);
    return [=] {
      for (size_t i = 0; i < params.size(); ++i) {
        const Tensor g = params[i].grad();  // (5,1), then (1)
        s[i].mul_(0.9).add_(g.square(), 0.1);
        const Tensor step = g * sqrt(delta[i] + 1e-5) / sqrt(s[i] + 1e-5);
        delta[i].mul_(0.9).add_(step.square(), 0.1);
        params[i].sub_(step);
      }
    };
  };
  const race::Run runs[] = {race::train(track, 10, 3, adagrad_step),
                            race::train(track, 10, 3, rmsprop_step),
                            race::train(track, 10, 4, adadelta_step)};
  const char* names[] = {"Adagrad by hand", "RMSprop by hand", "Adadelta by hand"};
  Figure figure;
  figure.axes().xlabel("epoch").ylabel("loss");
  for (int i = 0; i < 3; ++i) {
    race::finish(lesson, track, names[i], runs[i]);
    figure.axes().line(runs[i].epochs, runs[i].losses, "", names[i]);
  }
  //~ Adagrad by hand                    loss 0.285 (floor 0.281), 0.0008 s an epoch
  //~ RMSprop by hand                    loss 0.285 (floor 0.281), 0.0008 s an epoch
  //~ Adadelta by hand                   loss 0.283 (floor 0.281), 0.0010 s an epoch
  lesson.show(figure, "track");

  // ## From the library
  // The formulas differ in a detail: like PyTorch, the library's adagrad and rmsprop add
  // eps outside the root, sqrt(s) + eps. Its adadelta multiplies the step by a rate, 1
  // unless another is given, and has a smaller eps; a rate of 5 makes up for the slow
  // start.

  race::finish(lesson, track, "adagrad of the library",
               race::train(track, 10, 3, "adagrad", {{"lr", 0.1}}));
  race::finish(lesson, track, "rmsprop of the library",
               race::train(track, 10, 3, "rmsprop", {{"lr", 0.01}, {"alpha", 0.9}}));
  race::finish(lesson, track, "adadelta of the library",
               race::train(track, 10, 3, "adadelta", {{"lr", 5.0}, {"rho", 0.9}}));

  // ## Rare features
  // What Adagrad was made for: ten features, of which number k is there in one example of
  // 2^k only. All weights are 1 in truth. After 2000 examples, one at a time, how far has
  // each weight come?

  const auto rare = [&](const std::string& optimizer, double lr) {
    manual_seed(lesson.seed() + 1);
    Tensor w = zeros({10}).requires_grad_();  // (10)
    auto step = optim::make(optimizer, {w}, {{"lr", lr}});
    const Tensor often = pow(0.5, arange(10).to(f32));  // (10) 1, 1/2, ..., 1/512
    for (int i = 0; i < 2000; ++i) {
      const Tensor x = bernoulli(often);  // (10)
      step.zero_grad();
      ((x * (w - 1)).sum().square() / 2).backward();
      step.step();
    }
    return w.detach();
  };
  const Tensor by_sgd = rare("sgd", 0.05), by_adagrad = rare("adagrad", 0.5);  // (10)
  for (int64_t k : {0, 4, 8}) {
    std::printf("feature in 1 of %3d: sgd %.2f, adagrad %.2f (truth: 1)\n", 1 << k,
                by_sgd[k].item(), by_adagrad[k].item());
  }
  //>[0.03] feature in 1 of   1: sgd 1.01, adagrad 1.00 (truth: 1)
  //>[0.03] feature in 1 of  16: sgd 1.00, adagrad 1.00 (truth: 1)
  //>[0.03] feature in 1 of 256: sgd 0.17, adagrad 0.91 (truth: 1)

  // In 2000 examples the last one was there about eight times. SGD took eight small steps;
  // for Adagrad these gradients were the first ones, and its steps were still long.

  // ## Bars
  race::expect_end(lesson, "Adagrad 0.4", careful, -2.382563, -0.158591);
  race::expect_end(lesson, "Adagrad 2", bold, -0.002295, 0);
  race::expect_end(lesson, "RMSprop", leaky, -0.010599, 0);
  lesson.expect("a rare feature: adagrad's error over sgd's",
                std::abs(by_adagrad[8].item() - 1) / std::abs(by_sgd[8].item() - 1),
                at_most(0.7));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Dividing by the root of past squares gives every weight a rate of its own.
// - Adagrad sums, and slows down for ever; RMSprop averages, and does not.
// - Adadelta needs no rate: it measures its own steps.
//
// ## Exercises
// 1. (Derive.) What are Adagrad's first step and RMSprop's, whatever the gradient is?
// 2. (Predict, then run.) RMSprop in the valley with gamma = 0, 0.5 and 0.99. What does it
//    become at gamma = 0?
// 3. (Derive, then run.) Turn the valley by 45 degrees: f = 0.05 (x1+x2)^2 + (x1-x2)^2.
//    Does a rate for each weight still help?
