// # Solutions to 1.50: from a table to a prediction

#include <unistd.h>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include "handgrad.hpp"
using namespace hg;

namespace {

// R2 on the last 106 rows after `epochs` of training on the first 400.
double train(const Tensor& x, const Tensor& y, double lr, int epochs) {
  manual_seed(1);
  nn::Linear model(13, 1);
  auto sgd = optim::make("sgd", model.parameters(), {{"lr", lr}});
  const data::TensorDataset dataset({x[slice(0, 400)], y[slice(0, 400)]});
  data::DataLoader loader(dataset, {.batch_size = 32, .shuffle = true});
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [X, Y] : loader) {  // (32,13), (32,1)
      sgd.zero_grad();
      nn::functional::mse_loss(model(X), Y).backward();
      sgd.step();
    }
  }
  no_grad guard;
  const Tensor truth = y[slice(400)];  // (106,1)
  const Tensor missed = (model(x[slice(400)]) - truth).square().sum();
  return 1 - missed.item() / (truth - truth.mean()).square().sum().item();
}

struct Model1 : nn::Module {
  nn::Linear linear;
  Model1(int64_t in, int64_t out) : linear(*this, "linear", in, out) {}
  Tensor forward(const Tensor& x) override { return linear(x); }  // (N,in) -> (N,out)
};

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "1.50 From a table to a prediction: solutions");
  const data::Regression houses = data::load_housing();
  const Tensor x = houses.features, y = houses.targets;  // (506,13), (506,1)
  const Tensor head = x[slice(0, 400)];                  // (400,13)

  // ## 1. Without z-scores
  // With the old rate the loss explodes within a few steps, since the largest column, some
  // hundreds, makes the slopes enormous. A rate small enough for that column leaves the
  // others nearly where they were.

  const double scaled = train(data::Standardizer::fit(head).transform(x), y, 0.03, 30);
  const double raw = train(x, y, 0.03, 30), slow = train(x, y, 1e-6, 30);
  std::printf("1. R2: z-scores %.3f, raw %.3f, raw with rate 1e-6 %.3f\n", scaled, raw,
              slow);
  lesson.expect("1. with z-scores", scaled, at_least(0.99));
  lesson.expect("1. raw, same rate, is of no use", !(raw > 0.5));
  lesson.expect("1. raw, small rate", slow, at_most(0.9));

  // ## 2. Scaled by all rows
  // Hardly a difference in R2, up or down. It is still not honest: the test rows took part
  // in preparing the model, and with few rows, or a scaling that uses the labels, such a
  // leak can make a useless model shine.

  const double leaked = train(data::Standardizer::fit(x).transform(x), y, 0.03, 30);
  std::printf("2. R2: honest %.4f, with the leak %.4f\n", scaled, leaked);
  lesson.expect("2. difference", std::abs(leaked - scaled), at_most(0.01));

  // ## 3. Save and load

  const std::string file = std::filesystem::temp_directory_path() /
                           ("handgrad_solution_1_50_" + std::to_string(getpid()));
  Model1 model(200, 2), same(200, 2), narrow(100, 2);
  save(model.state_dict(), file);
  same.load_state_dict(load(file));
  const Tensor in = randn({4, 200});  // (4,200)
  std::string message;
  try {
    narrow.load_state_dict(load(file));
  } catch (const Error& e) {
    message = e.what();
  }
  std::filesystem::remove(file);
  std::cout << "3. " << message << "\n";
  lesson.expect("3. the same outputs", same(in).equal(model(in)));
  lesson.expect("3. another shape is refused",
                message.find("linear.weight") != std::string::npos);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
