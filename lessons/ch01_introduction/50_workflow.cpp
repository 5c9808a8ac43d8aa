// # 1.50 From a table to a prediction
//
// Before the parts are explained one by one, here is the whole: a program that learns what
// a house is worth from thirteen numbers about its district, measures how good its guesses
// are, and keeps what it learned in a file. Every line will be explained in a later
// chapter; today only the shape of the whole matters.
//
// You know: C++. New here: the three elements of every program that learns (model,
// training, data), and the stations between a table and a prediction.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## The model
// What goes in, what comes out, and the adjustable numbers between. This one adds up the
// thirteen inputs, each multiplied by a *weight*, plus a *bias*: fourteen numbers to learn.

struct DLModel : nn::Module {
  nn::Linear linear{*this, "linear", 13, 1};
  Tensor forward(const Tensor& x) override { return linear(x); }  // (N,13) -> (N,1)
};

// The sizes can be left open. Whoever makes such a model says them:

struct Model1 : nn::Module {
  nn::Linear linear;
  Model1(int64_t in, int64_t out) : linear(*this, "linear", in, out) {}
  Tensor forward(const Tensor& x) override { return linear(x); }  // (N,in) -> (N,out)
};

// ## How good is it?
// R2 compares the squared errors with those of someone who always answers the mean:
//
//     R2 = 1 - sum_n (guess[n] - y[n])^2 / sum_n (y[n] - mean(y))^2
//
// 1 is perfect, 0 is no better than the mean, and below 0 it is worse.

double r2(const Tensor& guess, const Tensor& truth) {
  const Tensor missed = (guess - truth).square().sum();         // ()
  const Tensor spread = (truth - truth.mean()).square().sum();  // ()
  return 1 - missed.item() / spread.item();
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "1.50 From a table to a prediction");
  manual_seed(lesson.seed() + 1);

  // ## Data: look first
  // 506 districts, thirteen numbers (*features*) and one price (*label*) each. Rows are
  // *samples*; the first axis of a table or a batch always counts them. Both are tables,
  // the labels with a single column.

  const data::Regression houses = data::load_housing();
  std::cout << houses.source << "\nfeatures " << houses.features.shape() << ", labels "
            << houses.targets.shape() << "\n";
  //> features (506,13), labels (506,1)
  for (int64_t f : {0, 1, 2}) {
    const Tensor column = houses.features[{all, f}];  // (506)
    std::printf("%-24s from %8.2f to %8.2f\n", houses.names[size_t(f)].c_str(),
                column.min().item(), column.max().item());
  }
  //> crimes                   from     1.18 to     6.45

  // Hold some rows back. What the model has seen in training says little about whether it
  // understood, just as with the questions of an exam.

  const Tensor order = randperm(506);  // (506)
  const Tensor for_training = order[slice(0, 406)], for_test = order[slice(406)];
  const Tensor train_x = houses.features[for_training];  // (406,13)
  const Tensor train_y = houses.targets[for_training];   // (406,1)
  const Tensor test_x = houses.features[for_test];       // (100,13)
  const Tensor test_y = houses.targets[for_test];        // (100,1)

  // The columns have units of their own: rooms, years, shares. A step that suits one is far
  // too long for another. So each column is brought to mean 0 and standard deviation 1, the
  // *z-score*. Mean and deviation come from the training rows alone; the test rows must not
  // leak into anything.
  //
  //     z = (x - mean) / std

  const auto scale = data::Standardizer::fit(train_x);
  const Tensor z = scale.transform(train_x), z_test = scale.transform(test_x);
  std::printf("train column 0: mean %.2f, std %.2f; test column 0: mean %.2f\n",
              std::abs(z[{all, 0}].mean().item()), z[{all, 0}].std({}, 0).item(),
              z_test[{all, 0}].mean().item());

  //> train column 0: mean 0.00, std 1.00; test column 0: mean 0.13

  // The test rows do not come out at exactly 0: they are other rows, and moved by the same
  // amounts. Labels usually stay as they are. We want prices, so what was scaled for
  // training would have to be scaled back, and the way there and back rounds twice:

  const auto prices = data::Standardizer::fit(train_y);
  const Tensor returned = prices.inverse(prices.transform(train_y));  // (406,1)
  const double rounding = (returned - train_y).abs().max().item();
  std::printf("prices there and back: off by up to %.1e\n", rounding);
  //~ prices there and back: off by up to 9.5e-07

  // A *loader* deals out the samples in *batches*, shuffled anew for each pass:

  const data::TensorDataset dataset({z, train_y});
  data::DataLoader loader(dataset, {.batch_size = 32, .shuffle = true});
  std::cout << loader.size() << " batches of up to 32 samples\n";
  //> 13 batches of up to 32 samples

  // ## Training
  // Model, loss, optimizer: what to adjust, what to make small, and how. Each round: guess,
  // measure the miss, ask for the slopes, take a step.

  DLModel model;
  std::cout << model << "\n";
  //> DLModel(
  //>   (linear): Linear(in_features=13, out_features=1, bias=True)
  //> )
  nn::MSELoss criterion;
  auto optimizer = optim::make("sgd", model.parameters(), {{"lr", 0.03}});
  const double before = r2(model(z_test), test_y);
  std::vector<double> epochs, losses;
  for (int epoch = 1; epoch <= 30; ++epoch) {
    Accumulator metric(2);                         // loss, samples
    for (auto [x, y] : loader) {                   // (32,13), (32,1)
      const Tensor loss = criterion(model(x), y);  // ()
      lesson.graph(loss, model);                   // once, with --graph FILE.svg
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      metric.add(loss.item() * double(len(x)), len(x));
    }
    epochs.push_back(epoch);
    losses.push_back(metric[0] / metric[1]);
    if (epoch % 10 == 0) std::printf("epoch %2d, loss %.3f\n", epoch, losses.back());
  }
  //>[2%] epoch 30, loss 0.053
  lesson.show(plot(epochs, losses, {.xlabel = "epoch", .ylabel = "loss", .yscale = "log"}),
              "loss");

  // ## Evaluation
  // Training is over: `eval()` says so to the layers that behave differently then, and
  // no_grad that nothing need be recorded.

  model.eval();
  no_grad guard;
  const Tensor guess = model(z_test);  // (100,1)
  const double after = r2(guess, test_y);
  std::printf("R2 on unseen districts: before training %.1f, after %.3f\n", before, after);
  for (int64_t i = 0; i < 4; ++i) {
    std::printf("  guess %6.2f, truth %6.2f\n", guess[{i, 0}].item(),
                test_y[{i, 0}].item());
  }
  //>[1%] R2 on unseen districts: before training -15.8, after 0.998
  //>[1%]   guess  12.71, truth  13.01
  //>[1%]   guess  28.86, truth  29.09

  // A measure of one's own: how often is the guess within 10 % of the price?

  const double close = ((guess - test_y).abs() <= 0.1 * test_y.abs()).to(f32).mean().item();
  std::printf("within 10 %%: %.0f of 100\n", 100 * close);
  //>[3] within 10 %: 100 of 100

  // ## Keeping it
  // What was learned is fourteen numbers with names. They go to a file, apart from the
  // program text that defines the model. A new model, started at random, loads them and
  // computes the same to the last bit.

  const std::string file = lesson.temporary_folder() / "model";
  save(model.state_dict(), file);
  DLModel restored;
  const bool different = !restored(z_test).equal(guess);
  restored.load_state_dict(load(file));
  const bool same = restored(z_test).equal(guess);
  std::cout << "restored model: the same guesses, bit for bit: " << (same ? "yes" : "no")
            << "\n";
  //> restored model: the same guesses, bit for bit: yes

  // The sizes are part of the definition, too. A model of the same sizes takes the file,
  // one of other sizes refuses it and says why:

  Model1 model1(200, 2), again(200, 2), narrow(100, 2);
  const Tensor some = randn({4, 200});  // (4,200)
  save(model1.state_dict(), file);
  again.load_state_dict(load(file));
  const bool same1 = again(some).equal(model1(some));
  std::string refusal;
  try {
    narrow.load_state_dict(load(file));
  } catch (const Error& e) {
    refusal = e.what();
  }
  std::cout << "Model1(200, 2) restored: " << (same1 ? "the same" : "different")
            << " outputs\n"
            << refusal << "\n";
  //> Model1(200, 2) restored: the same outputs
  //> load_state_dict: the state does not fit Model1:
  //>   other shape: linear.weight ((2,200) in the state, (2,100) here)

  // ## Using it
  // Use begins with the same scaling as training. A district with average values in every
  // column has z = 0, so its price is the bias:

  const Tensor average = scale.inverse(zeros({1, 13}));  // (1,13) in real units
  std::printf("an average district: %.2f; the bias: %.2f\n",
              restored(scale.transform(average)).item(), restored.linear.bias.item());
  //>[1%] an average district: 22.01; the bias: 22.01

  // ## Bars
  lesson.expect("R2 on unseen districts", after, at_least(0.99));
  lesson.expect("rounding of scaled prices", rounding, at_most(1e-4));
  lesson.expect("R2 before training", before, at_most(0.5));
  lesson.expect("a fresh model guesses differently", different);
  lesson.expect("the restored model guesses the same", same);
  lesson.expect("so does a restored Model1(200, 2)", same1);
  lesson.expect("Model1(100, 2) refuses its file", !refusal.empty());
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Three elements: a model (what can be computed), training (how it improves), data (what
//   it should be like).
// - Stations: look, split, scale, batch, train, evaluate on what was held back, keep, use.
// - The model's definition is code; its parameters are data in a file.
//
// ## Exercises
// 1. (Predict, then run.) Leave out the z-scores. What happens to the loss, and which
//    learning rate does it take now?
// 2. (Predict, then run.) Scale with the mean and deviation of all 506 rows. Is R2 better?
//    Is it honest?
// 3. (Derive.) Scale the prices to z-scores, too, train, and scale the guesses back. Show
//    that R2 is the same in both units. What would go wrong if somebody forgot to scale
//    back?
