// # 3.2 Linear regression from scratch
//
// The exact solution of 3.1 works for linear models only. What works for everything is
// humbler: guess, look how wrong the guess is, change it a little, and repeat. How does
// that look when every part is written by hand?
//
// You know: the linear model and its squared loss (3.1), backward (2.5).
// New here: minibatches, stochastic gradient descent, the training loop.

#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## Data
// As in 3.1, nature is ours: y = X w + b + noise. Labels are a column (n,1) from now on,
// one row for each example, as the features are.

struct Data {
  Tensor X, y;
};

Data synthetic_data(const Tensor& w, double b, int64_t n) {
  Tensor X = randn({n, w.size(0)});  // (n,2)
  Tensor y = X.mm(w) + b;            // (n,1)
  y += normal(0, 0.01, y.shape());
  return {X, y};
}

// ## Reading in minibatches
// One step could look at all examples (slow, and most of them say the same), or at a single
// one (quick, and noisy). A *minibatch* of a few is the middle. Each pass over the data, an
// *epoch*, goes through all examples once, in an order shuffled anew.

void each_batch(int64_t batch_size, const Data& data,
                const std::function<void(const Tensor&, const Tensor&)>& body) {
  int64_t n = data.X.size(0);
  Tensor order = randperm(n);  // (n), i64
  for (int64_t i = 0; i < n; i += batch_size) {
    Tensor batch = order[slice(i, std::min(i + batch_size, n))];  // up to (batch_size)
    body(data.X[batch], data.y[batch]);
  }
}

// ## Model, loss, step
// Three small functions. The model is a matrix product; the loss keeps the half of 3.1 and
// gives a number for each example.

Tensor linreg(const Tensor& X, const Tensor& w, const Tensor& b) {
  return X.mm(w) + b;  // (batch,1)
}

Tensor squared_loss(const Tensor& yhat, const Tensor& y) {
  return (yhat - y.reshape(yhat.shape())).square() / 2;  // (batch,1)
}

// *Stochastic gradient descent*: every parameter theta goes a little against its slope,
//
//     theta <- theta - lambda * delta,     delta = (dL/dtheta) / batch_size
//
// where L is the sum over the batch, so that the size of a step does not depend on the
// size of the batch. lambda is the *learning rate*, a *hyper-parameter*: chosen by us, not
// learned.
//
// The update must not be recorded: it is not part of the function whose slopes we want. And
// gradients add up from pass to pass, so they are cleared for the next one.

void sgd(const std::vector<Tensor>& params, double lr, int64_t batch_size) {
  no_grad guard;
  for (const Tensor& p : params) {
    p -= p.grad() * (lr / double(batch_size));
    p.zero_grad();
  }
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.2 Linear regression from scratch");
  manual_seed(lesson.seed() + 1);

  const Tensor true_w = tensor({{2.0}, {-3.4}});  // (2,1)
  const double true_b = 4.2;
  Data data = synthetic_data(true_w, true_b, 1000);
  std::cout << "features: " << data.X[0] << "\nlabel: " << data.y[0] << "\n";
  //> features: tensor([ 0.2644, -1.0441])
  //> label: tensor([8.2788])

  // The labels fall with the second feature, since its weight is negative:

  Figure figure;
  figure.axes()
      .scatter(data.X[{all, 1}], data.y[{all, 0}])
      .xlabel("feature 2")
      .ylabel("label");
  lesson.show(figure, "second_feature");

  // ## The first guess
  // Weights start as small random numbers, the bias at 0. Both ask for gradients: they are
  // what we may turn.

  Tensor w = normal(0, 0.01, {2, 1}).requires_grad_();  // (2,1)
  Tensor b = zeros({1}).requires_grad_();               // (1)

  // ## The loop
  // Guess, evaluate, update: in every later chapter the model grows, and these lines stay.

  const double lr = 0.03;
  const int64_t batch_size = 10;
  const int epochs = 3;
  double last_loss = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    each_batch(batch_size, data, [&](const Tensor& X, const Tensor& y) {
      Tensor l = squared_loss(linreg(X, w, b), y);  // (10,1): guess, evaluate
      l.sum().backward();                           // slopes of w and b
      sgd({w, b}, lr, batch_size);                  // update
    });
    no_grad guard;
    last_loss = squared_loss(linreg(data.X, w, b), data.y).mean().item();
    std::printf("epoch %d, loss %f\n", epoch, last_loss);
  }
  //> epoch 1, loss 0.023428
  //>[5%] epoch 2, loss 0.000082
  //>[5%] epoch 3, loss 0.000046

  // The third loss is as small as it can get: half the variance of the noise, 0.01^2/2 =
  // 5e-5. Since we made the data, we can look behind the curtain:

  Tensor w_error = true_w - w.detach();  // (2,1)
  double b_error = true_b - b.item();
  std::printf("errors: w (%.5f, %.5f), b %.5f\n", w_error[0].item(), w_error[1].item(),
              b_error);
  //>[0.0002] errors: w (0.00008, -0.00012), b 0.00046

  // Don't take that for the aim, though. With features that depend on each other there are
  // many weights that predict equally well (exercise 4 of 3.1), and a deep network has no
  // true weights at all. What counts is that the predictions are right.
  //
  // ## Bars
  lesson.expect("loss after 3 epochs", last_loss, at_most(6e-5));
  lesson.expect("largest error of a weight", w_error.abs().max().item(), at_most(2e-3));
  lesson.expect("error of the bias", std::abs(b_error), at_most(2e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Training is a loop: guess, evaluate, slopes, update.
// - A minibatch gives a slope that is cheap and about right; an epoch visits every example
//   once.
// - The update runs under no_grad, and gradients are cleared after it.
//
// ## Exercises
// 1. (Predict, then run.) Start with w = 0. Does it learn? (In a network with a hidden
//    layer it would not: lesson 4.8 shows why.)
// 2. (Predict, then run.) Leave out p.zero_grad(). Do the steps become larger, smaller or
//    wrong?
// 3. (Code.) Try lr = 0.003, 0.03, 0.3 and 2.5. How fast does the loss fall? When does it
//    explode, and why is there a largest rate at all?
// 4. (Derive.) 1000 examples in batches of 64 leave a batch of 40. By what is its sum
//    divided in sgd(), and does that matter?
