// # 3.7 Softmax regression, concisely
//
// The network of 3.6 in layers and losses of the library: a dozen lines instead of fifty.
// But the library does not take softmax first and its logarithm then, as we did. Why not?
//
// You know: softmax regression by hand (3.6), modules and optimizers (3.3).
// New here: CrossEntropyLoss and the log-sum-exp trick, apply(), counting parameters.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

double accuracy(nn::Module& net, data::DataLoader& loader) {
  no_grad guard;
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : loader) {
    metric.add((net(X).argmax(1) == y).sum().item<int64_t>(), len(y));
  }
  return metric[0] / metric[1];
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.7 Softmax regression, concisely");

  // ## The model
  // Linear wants rows of 784 numbers, so Flatten comes before it and joins all axes but
  // the first.

  nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 10));
  std::cout << net << "\n";
  //> Sequential(
  //>   (0): Flatten(start_dim=1, end_dim=-1)
  //>   (1): Linear(in_features=784, out_features=10, bias=True)
  //> )

  // apply() visits every module, children first. Here it gives each linear layer the
  // starting weights of 3.6, however many there may be.

  net.apply([](nn::Module& m) {
    if (auto* layer = dynamic_cast<nn::Linear*>(&m)) {
      nn::init::normal_(layer->weight, 0, 0.01);
      nn::init::zeros_(layer->bias);
    }
  });

  // ## What a dense layer costs
  // Every input speaks to every output: d inputs and q outputs take d*q weights. Each
  // output has a bias besides.

  std::cout << net.parameter_count() << " = 784*10 + 10 parameters\n";
  //> 7850 = 784*10 + 10 parameters

  // That is little. But from 1000 to 1000 units it is a million already. It can be had
  // for less, if the weights may depend on each other. Cut the d inputs and the q outputs
  // into n blocks each, and put the matrix together from n small ones S of d/n x q/n,
  // each of them copied to all n*n blocks, times a number A[i] (n x n) that says how much
  // of it goes where:
  //
  //     W = sum_i A[i] (x) S[i]          (x): every entry of A[i] times the whole of S[i]
  //
  // There are n products of d/n * q/n, that is d*q/n weights instead of d*q, and n*n*n
  // numbers in the A[i]: n is the factor saved, as long as it is small.

  const int64_t d = 784, q = 10;
  for (const int64_t n : {1, 2}) {
    std::cout << "n = " << n << ": " << d * q / n << " weights in S, " << n * n * n
              << " in A\n";
  }
  //> n = 1: 7840 weights in S, 1 in A
  //> n = 2: 3920 weights in S, 8 in A

  // (n has to divide d and q. Exercise 4 trains the second one.)
  //
  // ## Why softmax and cross-entropy are one step
  // In f32, exp(o) is infinite above o = 88.7, and 0 below -104. So the softmax of 3.6
  // divides infinity by infinity, or asks for the logarithm of 0:

  Tensor o = tensor({{1e4, 0.0, -1e4}});  // (1,3) scores
  Tensor e = o.exp();
  std::cout << (e / e.sum(1, true)).log() << "\n";
  //> tensor([[nan, -inf, -inf]])

  // Written as one formula, the exponential of the score goes:
  //
  //     log yhat[k] = log(exp(o[k]) / sum_j exp(o[j])) = o[k] - log sum_j exp(o[j])
  //
  // The last term is called *log-sum-exp*. With m the largest score,
  //
  //     log sum_j exp(o[j]) = m + log sum_j exp(o[j] - m)
  //
  // All exponents are at most 0 now, and one of them is 0, so the sum is between 1 and the
  // number of classes. Nothing can overflow, and the logarithm never meets a 0.

  Tensor m = o.max(1, true).values;                           // (1,1)
  Tensor log_sum_exp = m + (o - m).exp().sum(1, true).log();  // (1,1)
  std::cout << o - log_sum_exp << "\n" << o.log_softmax(1) << "\n";
  //> tensor([[     0., -10000., -20000.]])
  //> tensor([[     0., -10000., -20000.]])

  // CrossEntropyLoss takes scores, not probabilities, and does this inside. Even a hopeless
  // prediction has a finite loss, and a slope, softmax less the truth, that leads out:

  Tensor scores = o.clone().requires_grad_();
  Tensor hopeless = F::cross_entropy(scores, tensor({2}));  // the truth: class 2
  hopeless.backward();
  std::cout << hopeless.item() << " " << scores.grad() << "\n";
  //> 20000 tensor([[ 1.,  0., -1.]])

  // ## The loop
  // With "none" the loss gives a number for each example, which we average ourselves;
  // "mean" is the default. Apart from that, every line is that of 3.3.

  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 10000 : 60000, .test_count = check ? 2000 : 10000});
  data::DataLoader train(fashion.train, {.batch_size = 256, .shuffle = true});
  data::DataLoader test(fashion.test, {.batch_size = 256});

  nn::CrossEntropyLoss criterion(Tensor(), -100, "none");
  auto optimizer = optim::make("sgd", net.parameters(), {{"lr", 0.1}});

  const int epochs = 10;
  double train_loss = 0, train_acc = 0, test_acc = 0;
  Timer timer;
  Animator animator({.xlabel = "epoch",
                     .legend = {"train loss", "train acc", "test acc"},
                     .xlim = {1, epochs}});
  std::optional<Progress> progress(std::in_place, "training",
                                   epochs * fashion.train.size());
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    Accumulator metric(3);  // loss, right ones, all
    timer.start();
    for (auto [X, y] : train) {         // (256,1,28,28), (256)
      Tensor scores = net(X);           // (256,10)
      Tensor l = criterion(scores, y);  // (256)
      lesson.graph(l, net);             // once, with --graph FILE
      optimizer.zero_grad();
      l.mean().backward();
      optimizer.step();
      metric.add(l.sum().item(), (scores.argmax(1) == y).sum().item<int64_t>(), len(y));
      progress->add(len(y));
    }
    timer.stop();
    train_loss = metric[0] / metric[2];
    train_acc = metric[1] / metric[2];
    test_acc = accuracy(net, test);
    animator.add(epoch, {train_loss, train_acc, test_acc});
  }
  progress.reset();
  lesson.show(animator, "training");
  std::printf("loss %.3f, train acc %.3f, test acc %.3f\n", train_loss, train_acc,
              test_acc);
  std::printf("%.2f s for an epoch\n", timer.avg());
  //>[2%] loss 0.527, train acc 0.816, test acc 0.815
  //~ 0.08 s for an epoch

  // The same as in 3.6, as it must be: the same model, loss and steps, with less to write
  // and nothing that overflows.
  //
  // ## Bars
  lesson.expect("log-softmax of scores of 10,000 is finite",
                o.log_softmax(1).isfinite().all().item<bool>());
  lesson.expect("so are loss and slope", std::isfinite(hopeless.item()) &&
                                             scores.grad().isfinite().all().item<bool>());
  lesson.expect("parameters", net.parameter_count(), near(7850, 0));
  if (check) {
    lesson.expect("train loss", train_loss, at_most(0.75));
    lesson.expect("test accuracy", test_acc, at_least(0.7));
  } else {
    lesson.expect("train loss", train_loss, at_most(fashion.real ? 0.5 : 0.55));
    lesson.expect("train accuracy", train_acc, at_least(fashion.real ? 0.83 : 0.80));
    lesson.expect("test accuracy", test_acc, at_least(fashion.real ? 0.82 : 0.79));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A loss that takes scores computes log-softmax by log-sum-exp and cannot overflow.
// - apply() reaches every module, however deep.
// - A dense layer has d*q weights and q biases.
//
// ## Exercises
// 1. (Predict, then run.) Add 1000 to all scores of a batch. What happens to the loss of
//    3.6, and to CrossEntropyLoss?
// 2. (Derive.) Show that the slope of log-sum-exp is softmax. Compare with backward.
// 3. (Predict, then run.) Train for two epochs with lr 0.001, 0.01, 0.1 and 1. Which is
//    best?
// 4. (Code.) Write the layer with d*q/n weights as a Module, for any n, and train it with
//    n = 2. How much accuracy do half the weights cost?
