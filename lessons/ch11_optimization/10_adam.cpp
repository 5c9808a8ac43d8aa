// # 11.10 Adam
//
// Momentum averages gradients, RMSprop their squares. Adam does both, and repairs what both
// get wrong in their first steps. It is what many try first. Where does it go astray?
//
// You know: momentum (11.6), RMSprop (11.7), weight decay (4.5).
// New here: bias correction, Yogi, and the right way to decay weights with Adam.

#include <cmath>
#include <cstdio>
#include <string>

#include "race.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.10 Adam");

  // ## Two averages
  //
  //     v <- beta1 v + (1 - beta1) g            where the gradient points, on average
  //     s <- beta2 s + (1 - beta2) g^2          how large it is, on average
  //
  // with beta1 = 0.9 (ten steps) and beta2 = 0.999 (a thousand). Both start at 0, so they
  // are too small at first. By how much? If every gradient is g, then after t steps
  //
  //     v = (1 - beta1) (1 + beta1 + ... + beta1^(t-1)) g = (1 - beta1^t) g
  //
  // Hence the correction, and the step:
  //
  //     v' = v / (1 - beta1^t)      s' = s / (1 - beta2^t)
  //     x <- x - eta v' / (sqrt(s') + eps)
  //
  // Without it the first steps would be (1 - beta1)/sqrt(1 - beta2) = 3.2 times too long.
  // With it the first step is eta in size for every weight, whatever the gradient:
  // v'/sqrt(s') is 1 or -1.

  const auto adam_walk = [](double eta, bool corrected) {
    Tensor v = zeros({2}, f64), s = zeros({2}, f64);  // (2) each
    int t = 0;
    return race::walk([=](const Tensor& x, const Tensor& g) mutable {
      ++t;
      v = 0.9 * v + 0.1 * g;
      s = 0.999 * s + 0.001 * g.square();
      const double c1 = corrected ? 1 - std::pow(0.9, t) : 1;
      const double c2 = corrected ? 1 - std::pow(0.999, t) : 1;
      return x - eta * (v / c1) / (sqrt(s / c2) + 1e-6);
    });
  };
  const race::Walk right = adam_walk(0.5, true), wrong = adam_walk(0.5, false);
  std::printf("first step: corrected (%.4f, %.4f), not corrected (%.4f, %.4f)\n",
              right.x1[1] - right.x1[0], right.x2[1] - right.x2[0],
              wrong.x1[1] - wrong.x1[0], wrong.x2[1] - wrong.x2[0]);
  //> first step: corrected (0.5000, 0.5000), not corrected (1.5811, 1.5811)
  race::draw(lesson, right, "valley");

  // In the valley of 11.6 it heads for the corner with equal steps in both directions; then
  // the average of gradients carries it past, like a ball.
  //
  // ## By hand on the race track

  const race::Track track = race::load(lesson);

  // Yogi differs in one line. When large gradients are rare, Adam's s fades between them,
  // and the next one meets a small s and takes a huge step. Yogi changes s by
  // (1 - beta2) g^2 at most, up or down, so it forgets slowly:
  //
  //     s <- s + (1 - beta2) sign(g^2 - s) g^2

  const auto by_hand = [](double eta, double eps, bool yogi) {
    return [=](const race::Params& params) -> race::Step {
      const race::Params v = race::zeros_of(params), s = race::zeros_of(params);
      return [=, t = 0]() mutable {
        ++t;
        for (size_t i = 0; i < params.size(); ++i) {
          const Tensor g = params[i].grad(), g2 = g.square();  // (5,1), then (1)
          v[i].mul_(0.9).add_(g, 0.1);
          if (yogi) {
            s[i].add_((g2 - s[i]).sign() * g2, 0.001);
          } else {
            s[i].mul_(0.999).add_(g2, 0.001);
          }
          const Tensor v_fair = v[i] / (1 - std::pow(0.9, t));
          const Tensor s_fair = s[i] / (1 - std::pow(0.999, t));
          params[i].sub_(eta * v_fair / (sqrt(s_fair) + eps));
        }
      };
    };
  };
  const race::Run adam = race::train(track, 10, 3, by_hand(0.01, 1e-6, false));
  const race::Run yogi = race::train(track, 10, 3, by_hand(0.01, 1e-3, true));
  race::finish(lesson, track, "Adam by hand", adam);
  race::finish(lesson, track, "Yogi by hand", yogi);
  //~ Adam by hand                       loss 0.288 (floor 0.281), 0.0011 s an epoch
  //~ Yogi by hand                       loss 0.288 (floor 0.281), 0.0012 s an epoch
  Figure figure;
  figure.axes()
      .line(adam.epochs, adam.losses, "", "Adam")
      .line(yogi.epochs, yogi.losses, "m--", "Yogi");
  figure.axes().xlabel("epoch").ylabel("loss");
  lesson.show(figure, "track");

  race::finish(lesson, track, "adam of the library",
               race::train(track, 10, 3, "adam", {{"lr", 0.01}}));
  race::finish(lesson, track, "yogi of the library",
               race::train(track, 10, 3, "yogi", {{"lr", 0.01}}));
  race::finish(lesson, track, "nadam of the library",
               race::train(track, 10, 3, "nadam", {{"lr", 0.01}}));

  // ## Decay that is none
  // Weight decay adds lambda w to the gradient; in SGD that shrinks every weight by the
  // same share (4.5). Adam divides it by sqrt(s) with everything else: a weight with large
  // gradients is hardly decayed at all. *AdamW* takes the decay out of the gradient and
  // shrinks the weight itself, w <- (1 - eta lambda) w. To see the difference, give two
  // weights gradients of very different size that point to and fro, and decay both:

  const auto decayed = [&](const std::string& optimizer) {
    Tensor w = ones({2}, f64).requires_grad_();  // (2)
    auto step = optim::make(optimizer, {w}, {{"lr", 0.001}, {"weight_decay", 0.1}});
    for (int t = 0; t < 2000; ++t) {
      const double swing = t % 2 ? 1 : -1;
      w.set_grad(tensor({100 * swing, 0.01 * swing}, f64));
      step.step();
    }
    return w.detach();
  };
  const Tensor l2 = decayed("adam"), decoupled = decayed("adamw");  // (2)
  std::printf("Adam with L2: (%.3f, %.3f); AdamW: (%.3f, %.3f); (1 - 0.0001)^2000 = %.3f\n",
              l2[0].item(), l2[1].item(), decoupled[0].item(), decoupled[1].item(),
              std::pow(1 - 1e-4, 2000));
  //>[0.01] Adam with L2: (1.000, 0.023); AdamW: (0.820, 0.820); (1 - 0.0001)^2000 = 0.819

  // AdamW shrinks both by the same share. L2 in Adam leaves the first alone and nearly
  // wipes out the second, whose gradients are smaller than its decay.
  //
  // ## Where Adam fails
  // One gradient of 10 followed by a hundred of -0.09 each, over and over. Their sum is 1:
  // on average the slope is positive, so x should fall, down to its bound at -1. But Adam's
  // s forgets the rare large gradient within the hundred steps. What follows it is divided
  // by its own small size, a full step up each time, and x climbs. *AMSGrad* divides by the
  // largest s so far, and falls.

  const auto drift = [](bool amsgrad) {
    Tensor x = tensor(0.0, f64).requires_grad_();  // ()
    auto step = optim::make("adam", {x},
                            {{"lr", 0.02}, {"betas", {0.0, 0.9}}, {"amsgrad", amsgrad}});
    for (int t = 0; t < 30300; ++t) {
      x.set_grad(tensor(t % 101 == 0 ? 10.0 : -0.09, f64));
      step.step();
      no_grad guard;
      x.clamp_(-1, 1);
    }
    return x.item();
  };
  const double plain = drift(false), kept = drift(true);
  std::printf("one large gradient in 101: Adam ends at %.2f, AMSGrad at %.2f\n", plain,
              kept);
  //>[0.05] one large gradient in 101: Adam ends at 1.00, AMSGrad at -0.94

  // ## Bars
  lesson.expect("Adam's first step, x1", right.x1[1] - right.x1[0], near(0.5, 1e-5));
  lesson.expect("Adam's first step, x2", right.x2[1] - right.x2[0], near(0.5, 1e-5));
  lesson.expect("AdamW decays the weight with large gradients", decoupled[0].item(),
                near(std::pow(1 - 1e-4, 2000), 0.01));
  lesson.expect("Adam with L2 hardly does", l2[0].item(), at_least(0.95));
  lesson.expect("AdamW differs from L2-Adam", std::abs(l2[0].item() - decoupled[0].item()),
                at_least(0.1));
  lesson.expect("rare large gradients: Adam ends at the wrong end", plain, at_least(0.9));
  lesson.expect("AMSGrad at the right one", kept, at_most(-0.8));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Adam: momentum over the root of a second average, both corrected for their start.
// - Steps are about eta in size, whatever the scale of the loss.
// - Decay weights apart from the gradient (AdamW). Rare large gradients call for Yogi or
//   AMSGrad.
//
// ## Exercises
// 1. (Derive.) Multiply the loss by 1000. What changes in SGD, and what in Adam?
// 2. (Predict, then run.) Adam on the track with rates from 1e-4 to 1. Over which range
//    does it arrive in three epochs? And SGD?
// 3. (Predict, then run.) What is Adam with beta1 = 0, and with both betas 0? Write these
//    two methods with tensors, and compare.
