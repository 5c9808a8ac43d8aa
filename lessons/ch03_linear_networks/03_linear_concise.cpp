// # 3.3 Linear regression, concisely
//
// Lesson 3.2 wrote every part by hand. These parts are the same in every project: reading
// batches, layers with parameters, losses, update rules. So libraries have them. What is
// left of the program then?
//
// You know: the training loop and its parts (3.2).
// New here: TensorDataset and DataLoader, nn::Linear, Sequential, MSELoss, optimizers.

#include <cmath>
#include <cstdio>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;

// The same data as before: y = X w + b + noise.
std::pair<Tensor, Tensor> synthetic_data(const Tensor& w, double b, int64_t n, double std) {
  Tensor X = randn({n, w.size(0)});                  // (n,features)
  return {X, X.mm(w) + b + normal(0, std, {n, 1})};  // and (n,1)
}

// ## The handbook's variant
// A program of another course fits one line, y = 5x + 7, to 256 points with noise of
// standard deviation 0.5, in 3000 steps over all data: `--handbook` runs it. The noise is
// large, so the answer can't be exact; what it must come near is the least-squares line
// through these points.

double handbook(bool quick) {
  Tensor x = rand({256, 1});                        // (256,1)
  Tensor y = 5 * x + 7 + normal(0, 0.5, {256, 1});  // (256,1)
  nn::Linear line(1, 1);
  nn::MSELoss criterion;
  auto optimizer = optim::make("sgd", line.parameters(), {{"lr", 0.01}});
  const int steps = quick ? 300 : 3000;
  for (int step = 1; step <= steps; ++step) {
    optimizer.zero_grad();
    Tensor loss = criterion(line(x), y);
    loss.backward();
    optimizer.step();
    if (step % (steps / 3) == 0) std::printf("step %4d, loss %.4f\n", step, loss.item());
  }
  double w = line.weight.item(), b = line.bias.item();
  // Least squares of one line: slope = cov(x,y)/var(x), and it passes through the means.
  Tensor dx = x - x.mean(), dy = y - y.mean();
  double best_w = (dx * dy).sum().item() / dx.square().sum().item();
  double best_b = y.mean().item() - best_w * x.mean().item();
  std::printf("learned y = %.3f x + %.3f, least squares y = %.3f x + %.3f\n", w, b, best_w,
              best_b);
  return std::max(std::abs(w - best_w), std::abs(b - best_b));
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "3.3 Linear regression, concisely",
                 .flags = {{"--handbook", "fit y = 5x + 7 instead, in 3000 full steps"}}});
  manual_seed(lesson.seed() + 1);
  if (lesson.has("--handbook")) {
    double miss = handbook(lesson.check());
    lesson.expect("distance from least squares", miss, at_most(lesson.check() ? 3.0 : 0.1));
    return lesson.finish();
  }

  // ## Data
  // A TensorDataset pairs the rows of its tensors; a DataLoader hands them out in batches,
  // shuffled anew in each epoch.

  const Tensor true_w = tensor({{2.0}, {-3.4}});  // (2,1)
  const double true_b = 4.2;
  auto [X, y] = synthetic_data(true_w, true_b, 1000, 0.01);  // (1000,2), (1000,1)
  data::TensorDataset dataset({X, y});
  data::DataLoader loader(dataset, {.batch_size = 10, .shuffle = true});
  std::printf("%zu batches of 10\n", size_t(loader.size()));
  //> 100 batches of 10

  // ## Model
  // nn::Linear(2, 1) is the layer X W^T + b: it owns a weight (1,2) and a bias (1), and
  // has drawn starting values for both. Sequential passes data through its modules one
  // after the other. One module in a row is no row yet, but nearly every later model is
  // one.

  nn::Sequential net(nn::make<nn::Linear>(2, 1));
  std::cout << net << "\n";
  //> Sequential(
  //>   (0): Linear(in_features=2, out_features=1, bias=True)
  //> )

  auto& fc = net.at<nn::Linear>(0);
  nn::init::normal_(fc.weight, 0, 0.01);
  nn::init::zeros_(fc.bias);

  // ## Loss and update rule
  // MSELoss is the mean of the squared errors, without the half of 3.1: its slopes are
  // twice as large. (A gradient twice as large with the same learning rate is a step twice
  // as long.) The optimizer gets the parameters it may change.

  nn::MSELoss criterion;
  auto optimizer = optim::make("sgd", net.parameters(), {{"lr", 0.03}});

  // ## The loop
  // Line for line the loop of 3.2.

  double mse = 0;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    for (auto [x_batch, y_batch] : loader) {  // (10,2), (10,1)
      Tensor loss = criterion(net(x_batch), y_batch);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
    }
    no_grad guard;
    mse = criterion(net(X), y).item();
    std::printf("epoch %d, loss %f\n", epoch, mse);
  }
  //>[5%] epoch 1, loss 0.000136
  //>[5%] epoch 2, loss 0.000091
  //>[5%] epoch 3, loss 0.000093

  // The floor is now the whole variance of the noise, 0.0001.

  Tensor w_error = true_w.t() - fc.weight.detach();  // (1,2)
  double b_error = true_b - fc.bias.item();
  std::printf("errors: w (%.5f, %.5f), b %.5f\n", w_error[{0, 0}].item(),
              w_error[{0, 1}].item(), b_error);
  //>[0.0002] errors: w (-0.00094, 0.00030), b 0.00064

  // ## Looking inside
  // Parameters have names, and gradients are where they were in 3.2.

  for (const auto& [name, p] : net.named_parameters()) {
    std::printf("%-9s %s  gradient %s\n", name.c_str(), p.shape().to_string().c_str(),
                p.grad().defined() ? "defined" : "none");
  }
  //> 0.weight  (1,2)  gradient defined
  //> 0.bias    (1)  gradient defined

  // ## Bars
  lesson.expect("mean squared error", mse, at_most(1.2e-4));
  lesson.expect("largest error of a weight", w_error.abs().max().item(), at_most(2e-3));
  lesson.expect("error of the bias", std::abs(b_error), at_most(2e-3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A model, its gradients and its optimizer are three separate things: the model owns the
//   parameters, backward fills in their gradients, the optimizer changes them.
// - Layers come with starting values; nn::init replaces them.
// - The loop is the same for every model.
//
// ## Exercises
// 1. (Predict, then run.) Use MSELoss("sum"). By which factor must the learning rate
//    change so that the same thing happens?
// 2. (Code.) Replace the loss by HuberLoss and move ten labels far away. Which of the two
//    losses still finds the weights?
// 3. (Code.) How would you read the gradient of the weight after a batch? Compare it with
//    the formula of 3.1 (mind the half).
