// # 4.6 Dropout
//
// A good team does not fall apart when one member is ill. In a network that has learned too
// well, single hidden units carry details of single examples, and others rely on them. What
// happens if, in training, units are ill at random?
//
// You know: hidden layers (4.3), overfitting (4.4), weight decay (4.5).
// New here: noise that regularises; layers that behave differently in training.

#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## The idea
// In each pass of training every hidden number is set to 0 with probability p. What is left
// is made larger so that the expected value stays what it was:
//
//     h' = 0            with probability p
//     h' = h / (1 - p)  otherwise                E[h'] = p*0 + (1-p) h/(1-p) = h
//
// In use nothing is dropped and nothing scaled: that was done in training.

Tensor dropout_by_hand(const Tensor& x, double p) {  // any shape
  if (p == 1) return zeros_like(x);
  if (p == 0) return x;
  const Tensor mask = (rand(x.shape()) > p).to(x.dtype());  // 1: alive
  return mask * x / (1 - p);
}

// ## The network, by hand
// Two hidden layers of 256 units. Near the input little is dropped, since what a pixel
// said is lost for good; further up more.

struct Net : nn::Module {
  nn::Linear lin1{*this, "lin1", 784, 256};
  nn::Linear lin2{*this, "lin2", 256, 256};
  nn::Linear lin3{*this, "lin3", 256, 10};
  double dropout1 = 0.2, dropout2 = 0.5;

  Tensor forward(const Tensor& X) override {       // (N,1,28,28) -> (N,10)
    Tensor h1 = relu(lin1(X.reshape({-1, 784})));  // (N,256)
    if (training()) h1 = dropout_by_hand(h1, dropout1);
    Tensor h2 = relu(lin2(h1));  // (N,256)
    if (training()) h2 = dropout_by_hand(h2, dropout2);
    return lin3(h2);
  }
};

double accuracy(nn::Module& net, data::DataLoader& loader) {
  no_grad guard;
  net.eval();                   // nothing is dropped
  Accumulator metric(2);        // right ones, all
  for (auto [X, y] : loader) {  // (256,1,28,28), (256)
    metric.add((net(X).argmax(1) == y).sum().item<int64_t>(), len(y));
  }
  return metric[0] / metric[1];
}

struct Outcome {
  double train_loss, train_acc, test_acc;  // of the last epoch
  double late_test_acc;                    // mean of the last ten epochs
};

// The loop of 4.3. train() and eval() tell every layer below which of both it is.
Outcome train(Lesson& lesson, const std::string& name, nn::Module& net,
              data::DataLoader& train, data::DataLoader& test, int epochs,
              double lr = 0.5) {
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", lr}});
  Outcome o{};
  Accumulator late(2);  // test accuracies, epochs
  Animator animator({.xlabel = "epoch",
                     .legend = {"train loss", "train acc", "test acc"},
                     .xlim = {1, epochs},
                     .ylim = {0, 1.2}});
  std::optional<Progress> progress(std::in_place, name, epochs * train.dataset().size());
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    net.train();
    Accumulator metric(3);           // loss, right ones, all
    for (auto [X, y] : train) {      // (256,1,28,28), (256)
      const Tensor scores = net(X);  // (256,10)
      const Tensor loss = nn::functional::cross_entropy(scores, y);
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      metric.add(loss.item() * double(len(y)),
                 (scores.argmax(1) == y).sum().item<int64_t>(), len(y));
      progress->add(len(y));
    }
    const double test_acc = accuracy(net, test);
    if (epoch > epochs - 10) late.add(test_acc, 1);
    o = {metric[0] / metric[2], metric[1] / metric[2], test_acc,
         late[1] > 0 ? late[0] / late[1] : 0};
    animator.add(epoch, {o.train_loss, o.train_acc, o.test_acc});
  }
  progress.reset();
  lesson.show(animator, name);
  std::printf("%s: loss %.3f, train acc %.3f, test acc %.3f\n", name.c_str(), o.train_loss,
              o.train_acc, o.test_acc);
  return o;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.6 Dropout");
  manual_seed(lesson.seed() + 1);
  const bool check = lesson.check();

  // ## What it does to a tensor

  const Tensor x = arange(16).to(f32).reshape({2, 8});  // (2,8)
  std::cout << dropout_by_hand(x, 0) << "\n"
            << dropout_by_hand(x, 0.5) << "\n"
            << dropout_by_hand(x, 1) << "\n";
  //> tensor([[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.],
  //>         [ 8.,  9., 10., 11., 12., 13., 14., 15.]])
  //> tensor([[ 0.,  0.,  0.,  0.,  8.,  0.,  0.,  0.],
  //>         [16.,  0.,  0.,  0.,  0.,  0.,  0., 30.]])
  //> tensor([[0., 0., 0., 0., 0., 0., 0., 0.],
  //>         [0., 0., 0., 0., 0., 0., 0., 0.]])

  // At p = 0.5 what survives is doubled. Over many numbers, the shares are right and the
  // mean stays:

  const Tensor many = ones({100000});  // (100000)
  double worst_share = 0, worst_mean = 0;
  for (double p : {0.2, 0.5, 0.8}) {
    const Tensor ours = dropout_by_hand(many, p);            // (100000)
    const Tensor theirs = nn::functional::dropout(many, p);  // (100000)
    for (const Tensor& y : {ours, theirs}) {
      const double kept = (y != 0).to(f32).mean().item();
      worst_share = std::max(worst_share, std::abs(kept - (1 - p)));
      worst_mean = std::max(worst_mean, std::abs(y.mean().item() - 1));
    }
    std::printf("p = %.1f: kept %.3f, mean %.3f\n", p, (ours != 0).to(f32).mean().item(),
                ours.mean().item());
  }
  //>[0.01] p = 0.2: kept 0.800, mean 1.000
  //>[0.01] p = 0.5: kept 0.498, mean 0.997
  //>[0.01] p = 0.8: kept 0.199, mean 0.995

  // Backward multiplies by the same mask: a unit that was dropped had no part in the
  // result, so it gets no gradient in this pass. (The library's layer draws its mask from
  // a seed that it remembers, so that backward finds the same one.)

  Tensor in = ones({1000}).requires_grad_();            // (1000)
  const Tensor out = nn::functional::dropout(in, 0.5);  // (1000)
  out.sum().backward();
  const bool same_mask = in.grad().equal(out.detach());
  std::cout << "forward and backward use the same mask: " << (same_mask ? "yes" : "no")
            << "\n";
  //> forward and backward use the same mask: yes

  // ## By hand

  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 3000 : 60000, .test_count = check ? 1000 : 10000});
  data::DataLoader train_images(
      fashion.train, {.batch_size = 256, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test_images(fashion.test, {.batch_size = 256});
  const int epochs = check ? 4 : 10;

  Net by_hand;
  const Outcome first =
      train(lesson, "by hand", by_hand, train_images, test_images, epochs);
  //>[4%] by hand: loss 0.256, train acc 0.904, test acc 0.883

  // Better than the single hidden layer of 4.3, on the bundled pictures and on the real
  // ones. The rate of 0.5 is high, and so the accuracy still jumps from epoch to epoch.
  //
  // ## With the library
  // nn::Dropout is a layer without parameters that knows whether it is being trained.

  nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 256),
                     nn::make<nn::ReLU>(), nn::make<nn::Dropout>(0.2),
                     nn::make<nn::Linear>(256, 256), nn::make<nn::ReLU>(),
                     nn::make<nn::Dropout>(0.5), nn::make<nn::Linear>(256, 10));
  std::cout << net << "\n";
  //>   (3): Dropout(p=0.2, inplace=False)
  const Outcome second = train(lesson, "concise", net, train_images, test_images, epochs);
  //>[4%] concise: loss 0.250, train acc 0.905, test acc 0.870

  // ## Does it hold back?
  // In ten epochs of 60,000 images there is little to learn by heart. So take 2000, and put
  // something there that can only be learned by heart: four labels in ten are drawn anew,
  // at random. Whoever remembers those has learned nonsense. The test labels stay right.

  manual_seed(lesson.seed() + 2);
  const int64_t n = 2000;
  const data::Fashion clean = load_fashion(lesson, {.train_count = n, .test_count = 1000});
  data::DataLoader at_once(clean.train, {.batch_size = n});
  const auto [X, y] = *at_once.begin();                                  // (n,1,28,28), (n)
  const Tensor labels = where(rand({n}) < 0.4, randint(0, 10, {n}), y);  // (n)
  const data::TensorDataset wrong({X, labels});
  data::DataLoader few(wrong, {.batch_size = 50, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader few_test(clean.test, {.batch_size = 250});
  Outcome outcome[2];
  for (const bool with : {false, true}) {
    manual_seed(lesson.seed() + 3);
    Net small;
    if (!with) small.dropout1 = small.dropout2 = 0;
    outcome[with] =
        train(lesson, with ? "dropout" : "none", small, few, few_test, check ? 3 : 60, 0.1);
  }
  std::printf("mean of ten epochs: %.3f without, %.3f with dropout\n",
              outcome[0].late_test_acc, outcome[1].late_test_acc);
  //>[8%] none: loss 0.671, train acc 0.783, test acc 0.625
  //>[4%] dropout: loss 0.895, train acc 0.722, test acc 0.634
  //>[4%] mean of ten epochs: 0.612 without, 0.649 with dropout

  // Without dropout the test accuracy rises, and then falls while the network learns the
  // wrong labels. With it fewer of them are learned in the same time, and less is lost:
  // what a few units say about one picture is of no use when half of them are missing the
  // next time.
  //
  // ## Bars
  lesson.expect("share kept", worst_share, at_most(0.01));
  lesson.expect("mean after dropout", worst_mean, at_most(0.02));
  lesson.expect("one mask for forward and backward", same_mask);
  for (const auto& [name, o] :
       {std::pair{"by hand", first}, std::pair{"concise", second}}) {
    lesson.expect(std::string(name) + ": test accuracy", o.test_acc,
                  at_least(check ? 0.45 : 0.84));
  }
  if (!check) {
    lesson.expect("wrong labels: test accuracy won by dropout",
                  outcome[1].late_test_acc - outcome[0].late_test_acc, at_least(0.01));
  }
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Dropout sets hidden numbers to 0 at random and scales the rest, in training only.
// - The expected value stays the same; units cannot rely on single others.
// - train() and eval() switch it, for a whole network at once.
//
// ## Exercises
// 1. (Predict, then run.) Swap the probabilities of both layers. Better or worse?
// 2. (Derive.) What is the variance of h' for a given h? How does it depend on p?
// 3. (Code.) Leave dropout on when predicting, predict 50 times, and average. Do you get
//    the accuracy of eval()? What does the spread of the 50 tell?
// 4. (Code.) Drop weights instead of units (DropConnect), and compare.
