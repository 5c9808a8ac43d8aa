// # 7.5 Batch normalisation
//
// Deep networks were slow to train, and touchy: a rate twice as large, and all was lost.
// One layer changed that more than any other. It brings what flows between the layers to
// mean 0 and variance 1, over the examples of the batch. Why does that help, what becomes
// of a single example when the training is over, and how is it differentiated?
//
// You know: LeNet (6.6), exploding and vanishing signals (4.8), buffers (5.2), the mean and
// variance of a batch (z-scores, 4.10).
// New here: batch normalisation, its running statistics, training against evaluation mode.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
#include "train.hpp"
using namespace hg;
namespace F = nn::functional;

// ## The idea
// A layer learns to deal with its inputs; meanwhile the layers before it learn, too, and
// its inputs change under its hands. If a batch had mean m and variance v, subtract the one
// and divide by the root of the other:
//
//     h = (x - m) / sqrt(v + eps)         y = w h + b
//
// The scale w and the offset b are learned. With them the layer may undo what was done, if
// that is better, but it then says so with two numbers instead of with all the weights
// before it. eps, 1e-5, keeps a constant input from a division by 0.
//
// Behind a dense layer each of the features has a mean and a variance, over the N examples;
// behind a convolution each *channel*, over examples and places, because a kernel is the
// same everywhere. It stands before the activation.
//
// ## Which mean, later?
// When the training is over, pictures come one at a time, and the answer to one should not
// depend on its neighbours. So the layer keeps *running* averages as it trains, and uses
// those in evaluation mode. They are no parameters, no slope ever reaches them: they are
// buffers (5.2), saved with the network.
//
//     running := (1 - momentum) running + momentum new         momentum = 0.1
//
// ## By hand
// Both cases in a few lines. The running variance is that of the whole that the batch was
// drawn from, so it divides by n - 1.

struct BatchNormByHand : nn::Module {
  nn::Parameter weight, bias;            // w, b: (C)
  nn::Buffer running_mean, running_var;  // (C)
  static constexpr double eps = 1e-5, momentum = 0.1;

  explicit BatchNormByHand(int64_t features)
      : weight(*this, "weight", ones({features})),
        bias(*this, "bias", zeros({features})),
        running_mean(*this, "running_mean", zeros({features})),
        running_var(*this, "running_var", ones({features})) {}

  Tensor forward(const Tensor& x) override {  // (N,C) or (N,C,H,W)
    const bool image = x.dim() == 4;
    const Shape over = image ? Shape{0, 2, 3} : Shape{0};
    const Shape wide = image ? Shape{1, -1, 1, 1} : Shape{1, -1};  // to meet x
    Tensor m = running_mean, v = running_var;                      // (C)
    if (training()) {
      m = x.mean(over);
      v = x.var(over, 0);  // divided by n
      no_grad guard;
      const double n = double(x.numel() / x.size(1));
      running_mean.copy_((1 - momentum) * running_mean + momentum * m);
      running_var.copy_((1 - momentum) * running_var + momentum * v * (n / (n - 1)));
    }
    const Tensor h = (x - m.view(wide)) / sqrt(v.view(wide) + eps);
    return h * weight.view(wide) + bias.view(wide);
  }
};

// ## LeNet, with and without
// The book's LeNet with a normalisation behind every layer but the last: by hand, from the
// library, or none. What changes is one line in each block.

enum class Norm { none, by_hand, library };

void normalise(nn::Sequential& net, Norm norm, int64_t channels, bool image) {
  if (norm == Norm::by_hand) net.add<BatchNormByHand>(channels);
  if (norm == Norm::library && image) net.add<nn::BatchNorm2d>(channels);
  if (norm == Norm::library && !image) net.add<nn::BatchNorm1d>(channels);
}

void build(nn::Sequential& net, Norm norm) {
  net.add<nn::Conv2d>(1, 6, 5, 1, 2);  // (N,1,28,28) -> (N,6,28,28)
  normalise(net, norm, 6, true);
  net.add<nn::Sigmoid>();
  net.add<nn::AvgPool2d>(2);      // (N,6,14,14)
  net.add<nn::Conv2d>(6, 16, 5);  // (N,16,10,10)
  normalise(net, norm, 16, true);
  net.add<nn::Sigmoid>();
  net.add<nn::AvgPool2d>(2);  // (N,16,5,5)
  net.add<nn::Flatten>();     // (N,400)
  net.add<nn::Linear>(400, 120);
  normalise(net, norm, 120, false);
  net.add<nn::Sigmoid>();
  net.add<nn::Linear>(120, 84);
  normalise(net, norm, 84, false);
  net.add<nn::Sigmoid>();
  net.add<nn::Linear>(84, 10);  // (N,10)
}

double largest(const Tensor& t) { return t.detach().abs().max().item(); }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "7.5 Batch normalisation", .flags = {classifier::batches_flag}});
  const bool check = lesson.check();
  manual_seed(lesson.seed() + 1);

  // ## It does what it says
  // A batch with strange means and deviations, three channels of 4x4 pixels:

  const Tensor scale = tensor({10.0, 0.1, 1.0}).view({1, 3, 1, 1}),
               shift = tensor({-5.0, 2.0, 100.0}).view({1, 3, 1, 1});
  const Tensor x = randn({16, 3, 4, 4}) * scale + shift;  // (16,3,4,4)
  nn::BatchNorm2d layer(3);
  const Tensor y = layer(x).detach();  // (16,3,4,4)
  for (int64_t c : {0, 1, 2}) {
    const Tensor before = x[{all, c}], after = y[{all, c}];  // (16,4,4)
    std::printf("channel %d: mean %7.2f, deviation %5.2f -> %4.2f, %4.2f\n", int(c),
                before.mean().item(), before.std().item(), std::abs(after.mean().item()),
                after.std().item());
  }
  //>[0.02] channel 0: mean   -4.47, deviation  9.92 -> 0.00, 1.00
  //>[0.02] channel 1: mean    1.99, deviation  0.11 -> 0.00, 1.00
  //>[0.02] channel 2: mean   99.91, deviation  1.03 -> 0.00, 1.00

  // In evaluation mode it uses what it has gathered. After a single batch that is a tenth
  // of the way from 0 and 1; after many it is there:

  std::cout << "running mean " << layer.running_mean << "\n";
  for (int step = 0; step < 100; ++step) layer(randn({16, 3, 4, 4}) * scale + shift);
  std::cout << "after 101   " << layer.running_mean << "\n";
  //>[0.001] running mean tensor([-0.4465,  0.1995,  9.9913])
  //>[0.001] after 101   tensor([-4.9102,  2.0005, 99.9829])
  layer.eval();
  const Tensor alone = layer(x[slice(0, 1)]), among = layer(x)[slice(0, 1)];  // (1,3,4,4)
  const bool independent = largest(alone - among) == 0;
  std::cout << "a picture's result depends on the batch: " << (independent ? "no" : "yes")
            << "\n";
  //> a picture's result depends on the batch: no

  // ## By hand and by the library
  // Ten batches through both, forward and backward. The library's kernel does not
  // differentiate step by step; it has the formula that core/ops/batch_norm.cpp derives:
  //
  //     dL/dx = w r (dy - mean(dy) - h mean(dy h))          r = 1/sqrt(v + eps)
  //
  // The two means are the paths through m and v, on which every example of the batch acts
  // on every other. So a gradient that is the same for all examples of a batch, or is
  // proportional to h, does not get through: shifting or stretching a batch that is
  // normalised right after changes nothing.

  BatchNormByHand own(5);
  nn::BatchNorm1d library(5);
  double apart = 0;
  for (int batch = 0; batch < 10; ++batch) {
    const Tensor a = (randn({32, 5}) * 3 + 1).requires_grad_();  // (32,5)
    const Tensor b = a.detach().clone().requires_grad_();
    const Tensor dy = randn({32, 5});
    const Tensor p = own(a), q = library(b);
    own.zero_grad();
    library.zero_grad();
    p.backward(dy);
    q.backward(dy);
    for (const Tensor& d :
         {p - q, a.grad() - b.grad(), own.weight.grad() - library.weight.grad(),
          own.bias.grad() - library.bias.grad(), own.running_mean - library.running_mean,
          own.running_var - library.running_var}) {
      apart = std::max(apart, largest(d));
    }
  }
  std::cout << "by hand and by the library: " << (apart < 2e-5 ? "same" : "other") << "\n";
  //> by hand and by the library: same

  // ## Training
  // The plain LeNet with its rate of 0.9, ten epochs. With normalisation a rate of 1 will
  // do, and three epochs; then ten, for the curves.

  const data::Fashion fashion = load_fashion(lesson, {.train_count = check         ? 2560
                                                                   : lesson.full() ? 60000
                                                                                   : 30000,
                                                      .test_count = check ? 500 : 10000});
  const int ten = check ? 2 : 10, three = check ? 2 : 3;
  auto run = [&](const std::string& name, Norm norm, double lr, int epochs,
                 nn::Sequential& net) {
    build(net, norm);
    return classifier::train(
        lesson, name, net, fashion,
        {.epochs = epochs, .batch_size = 256, .lr = lr, .init = classifier::xavier});
  };
  nn::Sequential plain_net, short_net, long_net, own_net;
  const auto plain = run("plain LeNet", Norm::none, 0.9, ten, plain_net);
  const auto quick = run("normalised, 3 epochs", Norm::library, 1.0, three, short_net);
  const auto normed = run("normalised", Norm::library, 1.0, ten, long_net);
  const auto handmade = run("by hand, 1 epoch", Norm::by_hand, 1.0, 1, own_net);
  //>[0.2] plain LeNet: loss 0.571, train acc 0.752, test acc 0.668, best 0.729
  //>[0.2] normalised, 3 epochs: loss 0.336, train acc 0.874, test acc 0.849, best 0.849
  //>[0.2] normalised: loss 0.148, train acc 0.945, test acc 0.808, best 0.910
  //>[0.2] by hand, 1 epoch: loss 0.832, train acc 0.701, test acc 0.608, best 0.608

  // A third of the epochs, and a loss that the plain network does not reach in all ten. The
  // test accuracy of single epochs jumps: it is measured with running averages, which lag
  // behind weights that move fast.
  //
  // What has the first layer made of its two numbers per channel?

  const auto& first = long_net.at<nn::BatchNorm2d>(1);
  std::cout << "scale  " << first.weight.detach() << "\noffset " << first.bias.detach()
            << "\n";
  //~ scale  tensor([3.4366, 1.4317, 1.4080, 3.8538, 0.2063, 3.7123])
  //~ offset tensor([-1.1250,  0.6787,  1.2169, -0.0607,  0.3948, -1.3335])

  // They started as 1 and 0. Some features are passed on louder now, others more quietly.
  //
  // ## Why it helps
  // The first explanation, that the inputs of a layer stop wandering ("internal covariate
  // shift"), has not stood up well to experiments. What can be shown: the loss becomes
  // smoother, so that longer steps are safe; weights cannot explode, since a layer's output
  // is the same if all its weights are doubled; and the statistics of a random batch are
  // noisy, which works against overfitting as dropout's noise does. That is why networks
  // with normalisation mostly go without dropout.

  nn::Linear doubled(20, 5);
  nn::BatchNorm1d after(5);
  const Tensor z = randn({64, 20});  // (64,20)
  const Tensor once = after(doubled(z)).detach();
  {
    no_grad guard;
    doubled.weight *= 2;
    doubled.bias *= 2;
  }
  const double scale_free = largest(after(doubled(z)) - once);
  std::cout << "all weights doubled: " << (scale_free < 1e-3 ? "same" : "other")
            << " output\n";
  //> all weights doubled: same output

  // ## Bars
  lesson.expect("by hand against the library", apart, at_most(2e-5));
  lesson.expect("evaluation does not depend on the batch", independent);
  lesson.expect("output with doubled weights", scale_free, at_most(1e-3));
  if (plain.whole && !check) {
    lesson.expect("loss after 3 epochs, in shares of the plain one's after 10",
                  quick.train_loss / plain.train_loss, at_most(1));
    const bool real = fashion.real, full = lesson.full();
    classifier::expect(lesson, "normalised", normed,
                       full   ? classifier::Bars{0.30, 0.80}
                       : real ? classifier::Bars{0.36, 0.79}
                              : classifier::Bars{0.25, 0.83});
  }
  lesson.expect("by hand: train loss", handmade.train_loss, at_most(check ? 2.1 : 1.1));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Batch normalisation brings every feature, or channel, to mean 0 and variance 1 over the
//   batch, then scales and shifts it by learned numbers.
// - In training it uses the batch's statistics, in evaluation running averages of them.
// - Larger rates are safe with it, and far fewer epochs needed.
//
// ## Exercises
// 1. (Derive.) A layer before a normalisation has a bias. What does it do? Take it out of
//    LeNet's layers and count the parameters saved.
// 2. (Predict, then run.) Train with batches of 2, 8 and 128 pictures, the same number of
//    batches each. What happens to the loss, and to the test accuracy?
// 3. (Predict, then run.) Forget net.eval() when testing, with batches of 256 and of 1.
// 4. (Code.) Put LayerNorm (over the channels and places of one picture) in its place. Does
//    it learn as fast?
