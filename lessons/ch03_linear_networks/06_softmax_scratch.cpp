// # 3.6 Softmax regression from scratch
//
// Which of ten garments does a picture show? Lesson 3.2 asked "how much?", and a line
// answered. Now we ask "which one?", and want a probability for each of the ten. What has
// to change in model and loss, and how far does one linear layer get?
//
// You know: the training loop by hand (3.2), pictures in batches (3.5).
// New here: softmax, cross-entropy, accuracy; watching a network learn.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## Softmax: from scores to probabilities
// A linear layer gives each class k a score o[k], any number at all; it is called a
// *logit*. Probabilities must be positive and add up to 1. So exp makes the scores
// positive, and each is divided by the sum over its row:
//
//     yhat[k] = exp(o[k]) / sum_j exp(o[j])
//
// Where the score is largest, the probability is, too: softmax changes no decision.

Tensor softmax(const Tensor& o) {
  Tensor e = o.exp();         // (n,10), all positive
  return e / e.sum(1, true);  // (n,10) / (n,1)
}

// ## The model
// To a linear layer a picture is a list of 784 numbers. Column k of W says how much each
// pixel speaks for class k; which pixels are neighbours, the layer does not know.

struct Net {
  Tensor W = normal(0, 0.01, {784, 10}).requires_grad_();
  Tensor b = zeros({10}).requires_grad_();

  Tensor operator()(const Tensor& X) const {             // (n,1,28,28)
    return softmax(X.reshape({-1, 784}).matmul(W) + b);  // (n,10)
  }
};

// ## Cross-entropy: the surprise
// How wrong is a prediction? Look at one number only, the probability p that it gave to the
// right class. The loss is
//
//     l = -log p
//
// nothing at p = 1, and the more, the less the truth was expected: the *surprise*. Its mean
// over the examples is the *cross-entropy*. The idea is that of 3.1: choose the parameters
// that make what we saw most likely. The likelihood of all labels is the product of all p;
// it is largest where the sum of all -log p is smallest.
//
// Two lists of indices pick the right classes' entries: rows 0, 1, 2, ..., and in each row
// the column of its class.

Tensor cross_entropy(const Tensor& yhat, const Tensor& y) {
  return -yhat[{arange(len(y)), y}].log();  // (n)
}

// ## Accuracy
// What we care about is simpler: how often is the class with the highest probability the
// right one? But there is no descending on that. While a weight changes a little, the
// number of right answers mostly does not change at all: its slope is 0.

int64_t correct(const Tensor& yhat, const Tensor& y) {
  return (yhat.argmax(1) == y).sum().item<int64_t>();
}

double accuracy(const Net& net, data::DataLoader& loader) {
  no_grad guard;
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : loader) metric.add(correct(net(X), y), len(y));
  return metric[0] / metric[1];
}

// The update rule is that of 3.2.

void sgd(const std::vector<Tensor>& params, double lr, int64_t batch_size) {
  no_grad guard;
  for (const Tensor& p : params) {
    p -= p.grad() * (lr / double(batch_size));
    p.zero_grad();
  }
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.6 Softmax regression from scratch");

  // ## Small enough to check by hand
  // Scores of 0, log 2 and log 3 have the exponentials 1, 2 and 3:

  std::cout << softmax(tensor({{0.0, std::log(2.0), std::log(3.0)}})) << "\n";
  //> tensor([[0.1667, 0.3333, 0.5000]])

  // Two predictions for three classes. The first is off: the truth is class 0, to which it
  // gave 0.2. The second is right, with 0.8 for class 2.

  Tensor yhat = tensor({{0.2, 0.3, 0.5}, {0.1, 0.1, 0.8}});  // (2,3)
  Tensor y = tensor({0, 2});                                 // (2), i64
  std::cout << yhat[{index({0, 1}), y}] << "\n" << cross_entropy(yhat, y) << "\n";
  std::cout << correct(yhat, y) << " of " << len(y) << " right\n";
  //> tensor([0.2000, 0.8000])
  //> tensor([1.6094, 0.2231])
  //> 1 of 2 right

  // ## Data, and the first guess

  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 10000 : 60000, .test_count = check ? 2000 : 10000});
  const int64_t batch_size = 256;
  data::DataLoader train(fashion.train, {.batch_size = batch_size, .shuffle = true});
  data::DataLoader test(fashion.test, {.batch_size = batch_size});

  // The weights start small, so all classes seem about equally likely, and the loss is
  // near -log(1/10) = 2.303. One guess in ten is right, by chance. (About: even random
  // weights give two trousers the same answer, so they are both right or both wrong.)

  Net net;
  const double before = accuracy(net, test);
  std::printf("accuracy before training %.3f\n", before);
  //>[0.02] accuracy before training 0.134

  // ## The loop
  // Guess, evaluate, slopes, update, line for line as in 3.2. What is new only looks on: it
  // sums up loss and right answers, then asks about pictures that the network has not
  // learned from. These are what the accuracy is for.

  const int epochs = 10;
  const double lr = 0.1;
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
    for (auto [X, y] : train) {                    // (256,1,28,28), (256)
      Tensor yhat = net(X);                        // guess
      Tensor loss = cross_entropy(yhat, y).sum();  // evaluate
      loss.backward();                             // slopes of W and b
      sgd({net.W, net.b}, lr, len(y));             // update
      metric.add(loss.item(), correct(yhat, y), len(y));
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
  //>[2%] loss 0.528, train acc 0.816, test acc 0.808
  //~ 0.09 s for an epoch

  // Most of it is learned in the first epoch. After ten, seeing more of the same changes
  // little: this is about what one linear layer can do.
  //
  // ## What it gets right, and what not
  // The first five pictures of the test set, and the first five mistakes. On top of each
  // stands what it is, below that the network's answer.

  auto [X, labels] = *test.begin();                              // (256,1,28,28), (256)
  Tensor guess = net(X).argmax(1);                               // (256)
  Tensor wrong = (guess != labels).nonzero()[{slice(0, 5), 0}];  // (5)
  Tensor shown = cat({arange(5), wrong});                        // (10)
  std::vector<std::string> titles = data::text_labels(labels[shown]);
  const std::vector<std::string> answers = data::text_labels(guess[shown]);
  for (size_t i = 0; i < titles.size(); ++i) titles[i] += "\n" + answers[i];
  lesson.show(image_sheet(X[shown], 2, 5, titles), "predictions");

  // Shirts, coats and pullovers are confused with each other. To tell them apart one would
  // have to look for a collar or a row of buttons wherever it is, and a weight for each
  // pixel cannot do that. Hidden layers (4.3) and convolutions (6.6) will.
  //
  // ## Bars
  // On the real set: the three that the course asserts, and its test accuracy less a margin
  // for chance. The drawn garments are harder.

  lesson.expect("accuracy before training", before, near(0.1, 0.1));
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
// - Softmax turns any scores into probabilities: positive, with sum 1.
// - Cross-entropy is the mean surprise at the truth, -log p; it can be descended on,
//   accuracy cannot.
// - The loop is that of linear regression. Only the model and the loss are others.
//
// ## Exercises
// 1. (Predict, then run.) What does our softmax make of the scores (0, 50, 100)? From which
//    score on does it fail, in f32, and what would help?
// 2. (Derive.) Show that the slope of -log yhat[c] with respect to o[k] is
//    yhat[k] - (k == c): what was predicted less what was seen. Compare with backward.
// 3. (Predict, then run.) Let W start at 0 instead of small random numbers. Does it learn?
// 4. (Code.) Each column of W is a picture of 28x28 weights. Show all ten. What does the
//    network look for?
// 5. (Code.) Count for each pair of classes how often one was taken for the other: the
//    *confusion matrix*. Draw it as a heat map. Which pair is worst?
