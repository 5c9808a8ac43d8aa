// # 6.6 LeNet
//
// In the 1990s banks began to let a network read the amounts on cheques. It had two
// convolutional layers, two poolings and three dense layers: LeNet (LeCun, Bottou, Bengio,
// Haffner, *Gradient-based learning applied to document recognition*, 1998). With it every
// piece of this chapter comes together. How well does it read clothes?
//
// You know: convolution, channels, pooling (6.2, 6.4, 6.5); the loop for classifiers (3.6,
// 4.3); Adam (11.10, or take it as a sgd that finds its own pace).
// New here: a whole convolutional network, in the three forms in which courses show it.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

// ## The book's
// Convolutions look for features, from strokes to parts of clothes; pooling makes the
// picture smaller; the dense layers decide. While height and width fall, channels rise.

void build(nn::Sequential& net) {
  net.append(nn::make<nn::Conv2d>(1, 6, 5, 1, 2));  // (N,1,28,28) -> (N,6,28,28)
  net.append(nn::make<nn::Sigmoid>());
  net.append(nn::make<nn::AvgPool2d>(2));      // (N,6,14,14)
  net.append(nn::make<nn::Conv2d>(6, 16, 5));  // (N,16,10,10)
  net.append(nn::make<nn::Sigmoid>());
  net.append(nn::make<nn::AvgPool2d>(2));  // (N,16,5,5)
  net.append(nn::make<nn::Flatten>());     // (N,400)
  net.append(nn::make<nn::Linear>(16 * 5 * 5, 120));
  net.append(nn::make<nn::Sigmoid>());
  net.append(nn::make<nn::Linear>(120, 84));
  net.append(nn::make<nn::Sigmoid>());
  net.append(nn::make<nn::Linear>(84, 10));  // (N,10)
}

// ## The lecture's
// Thirty years later one takes relu for sigmoid and the maximum for the mean, and leaves
// out the padding. As a module of its own, its forward says what happens:

struct LeNet : nn::Module {
  nn::Conv2d conv1{*this, "conv1", 1, 6, 5}, conv2{*this, "conv2", 6, 16, 5};
  nn::Linear fc1, fc2{*this, "fc2", 120, 84}, fc3{*this, "fc3", 84, 10};

  explicit LeNet(int64_t size = 28)  // the picture's height and width
      : fc1(*this, "fc1", 16 * after(size) * after(size), 120) {}
  static int64_t after(int64_t size) { return ((size - 4) / 2 - 4) / 2; }  // 28: 4, 32: 5

  Tensor forward(const Tensor& images) override {      // (N,1,28,28)
    Tensor x = F::max_pool2d(relu(conv1(images)), 2);  // (N,6,24,24) -> (N,6,12,12)
    x = F::max_pool2d(relu(conv2(x)), 2);              // (N,16,8,8) -> (N,16,4,4)
    x = x.flatten(1);                                  // (N,256)
    return fc3(relu(fc2(relu(fc1(x)))));               // (N,120), (N,84), (N,10)
  }
};

// ## Loops
// How often is the network right? Nothing is recorded, and layers that behave differently
// in training (there are none yet) are told that this is not it. From chapter 7 on the
// library does it: `evaluate_accuracy`.

double accuracy(nn::Module& net, data::DataLoader& images) {
  no_grad guard;
  net.eval();
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : images) metric.add(count_correct(net(X), y), len(y));
  net.train();
  return metric[0] / metric[1];
}

struct Outcome {
  double loss = 0, train_acc = 0, test_acc = 0, best_acc = 0;
};

// The book's loop, with curves. Its figures are those of the last epoch, and of the best.

Outcome train(Lesson& lesson, nn::Module& net, optim::Optimizer& optimizer,
              data::DataLoader& train, data::DataLoader& test, int epochs) {
  Outcome o;
  Animator animator({.xlabel = "epoch",
                     .legend = {"train loss", "train acc", "test acc"},
                     .xlim = {1, std::max(2, epochs)},
                     .ylim = {0, 2.4}});
  std::optional<Progress> progress(std::in_place, "LeNet", epochs * train.dataset().size());
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    Accumulator metric(3);                              // loss, right ones, all
    for (auto [X, y] : train) {                         // (256,1,28,28), (256)
      const Tensor scores = net(X);                     // (256,10)
      const Tensor loss = F::cross_entropy(scores, y);  // ()
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      metric.add(loss.item() * double(len(y)), count_correct(scores, y), len(y));
      progress->add(len(y));
    }
    o.loss = metric[0] / metric[2];
    o.train_acc = metric[1] / metric[2];
    o.test_acc = accuracy(net, test);
    o.best_acc = std::max(o.best_acc, o.test_acc);
    animator.add(epoch, {o.loss, o.train_acc, o.test_acc});
  }
  progress.reset();
  lesson.show(animator, "training");
  return o;
}

// The lecture's loop prints its progress itself: the loss of every hundredth batch, and
// after each epoch how the test went.

double train_epoch(nn::Module& net, optim::Optimizer& optimizer, data::DataLoader& images) {
  const int64_t size = images.dataset().size();
  int64_t batch = 0, seen = 0;
  double total = 0;
  for (auto [X, y] : images) {  // (64,1,28,28), (64)
    const Tensor loss = F::cross_entropy(net(X), y);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    if (batch++ % 100 == 0)
      std::printf("loss: %7f  [%5d/%5d]\n", loss.item(), int(seen), int(size));
    total += loss.item() * double(len(y));
    seen += len(y);
  }
  return total / double(size);  // the mean loss of a picture
}

double test(nn::Module& net, data::DataLoader& images) {
  no_grad guard;
  net.eval();
  double loss = 0;
  int64_t right = 0, batches = 0;
  for (auto [X, y] : images) {
    const Tensor scores = net(X);  // (64,10)
    loss += F::cross_entropy(scores, y).item();
    right += count_correct(scores, y);
    ++batches;
  }
  net.train();
  const double share = double(right) / double(images.dataset().size());
  std::printf("Test Error: \n Accuracy: %0.1f%%, Avg loss: %8f \n\n", 100 * share,
              loss / double(batches));
  return share;
}

void book(Lesson& lesson, const data::Fashion& fashion) {
  const bool check = lesson.check();
  data::DataLoader train_images(
      fashion.train, {.batch_size = 256, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test_images(fashion.test, {.batch_size = 256});
  manual_seed(lesson.seed() + 1);
  nn::Sequential net;
  build(net);

  // What comes out of each layer, and where the weights and the work are:

  std::cout << nn::summary(net, {1, 1, 28, 28}) << "\n";

  // Most weights are in the first dense layer, most work is in the second convolution: a
  // kernel's weights are used at a hundred places each.
  //
  // Sigmoids let little through (4.8), so the first weights are Xavier's and the rate is
  // large. Even so nothing much happens in the first epoch or two.

  net.apply([](nn::Module& m) {
    if (auto* conv = dynamic_cast<nn::Conv2d*>(&m)) nn::init::xavier_uniform_(conv->weight);
    if (auto* fc = dynamic_cast<nn::Linear*>(&m)) nn::init::xavier_uniform_(fc->weight);
  });
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.9}});
  Timer timer;
  const int epochs = check ? 1 : 10;
  const Outcome o = train(lesson, net, sgd, train_images, test_images, epochs);
  const double seconds = timer.stop();
  std::printf("the book's LeNet: loss %.3f, train acc %.3f, test acc %.3f (best %.3f)\n",
              o.loss, o.train_acc, o.test_acc, o.best_acc);
  std::printf("%.1f s, %.0f pictures a second\n", seconds,
              double(epochs * fashion.train.size()) / seconds);

  // The last test accuracy jumps by some percent from epoch to epoch, as the steps are
  // large; the best of the ten says more. With a hidden layer alone (4.3) it was no worse!
  // Sigmoids hold this network back, as the next one shows.

  if (check) {
    lesson.expect("book's: parameters", net.parameter_count(), near(61706, 0));
  } else {
    lesson.expect("book's: train loss", o.loss, at_most(fashion.real ? 0.55 : 0.50));
    lesson.expect("book's: best test accuracy", o.best_acc,
                  at_least(fashion.real ? 0.75 : 0.78));
  }
}

void lecture(Lesson& lesson, const data::Fashion& fashion) {
  const bool check = lesson.check(), alone = lesson.has("--lecture");
  data::DataLoader train_images(fashion.train,
                                {.batch_size = 64, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test_images(fashion.test, {.batch_size = 64});
  manual_seed(lesson.seed() + 2);
  LeNet net;
  std::cout << net << "\n" << nn::summary(net, {1, 1, 28, 28});

  // The table says 44,426 parameters: 156 and 2,416 in the kernels, 30,840 in fc1, 10,164
  // and 850 behind it.
  //
  // Its optimizer is Adam; with --sgd another rate and plain gradient descent take over.

  const bool plain = lesson.number("--sgd") > 0;
  auto optimizer =
      plain ? optim::make("sgd", net.parameters(), {{"lr", lesson.number("--sgd")}})
            : optim::make("adam", net.parameters(), {{"lr", 1e-3}});
  const int epochs = check ? 1 : alone ? 6 : 2;
  std::vector<double> epoch, losses, shares;
  for (int t = 1; t <= epochs; ++t) {
    std::printf("Epoch %d\n-------------------------------\n", t);
    epoch.push_back(t);
    losses.push_back(train_epoch(net, optimizer, train_images));
    shares.push_back(test(net, test_images));
  }
  const double best = *std::max_element(shares.begin(), shares.end());
  lesson.show(plot(epoch, {losses, shares},
                   {.xlabel = "epoch",
                    .legend = {"train loss", "test acc"},
                    .xlim = {1, std::max(2, epochs)},
                    .ylim = {0, 1}}),
              "lecture");

  // ## What it sees
  // Six kernels of 5x5 weights. Most have become edges: light on one side, dark on the
  // other.

  const Tensor w = net.conv1.weight.detach().view({6, 25});                // (6,25)
  const Tensor low = w.min(1, true).values, high = w.max(1, true).values;  // (6,1)
  lesson.show(image_sheet(((w - low) / (high - low)).view({6, 1, 5, 5}), 1, 6), "kernels");

  // The first test pictures: what each is, and below it what the network takes it for. Then
  // the same counted over all of them, as a table of what is taken for what.

  net.eval();
  auto [X, y] = *test_images.begin();     // (64,1,28,28), (64)
  const Tensor guess = net(X).argmax(1);  // (64)
  std::vector<std::string> titles = data::text_labels(y[slice(0, 10)]);
  const std::vector<std::string> answers = data::text_labels(guess[slice(0, 10)]);
  for (size_t i = 0; i < titles.size(); ++i) titles[i] += "\n" + answers[i];
  lesson.show(image_sheet(X[slice(0, 10)], 2, 5, titles), "predictions");
  ConfusionMatrix confusion(data::text_labels(arange(10)));
  for (auto [images, labels] : test_images) confusion.add(net(images).detach(), labels);
  lesson.show(confusion.figure(), "confusion");
  if (alone) std::cout << confusion.report();

  if (!alone && !check) {
    // ## The lecture's own rate
    // The slides train with plain gradient descent and a rate of 0.001. On these pictures
    // that is far too careful: after an epoch the loss has hardly moved.

    LeNet slow;
    auto careful = optim::make("sgd", slow.parameters(), {{"lr", 1e-3}});
    train_epoch(slow, careful, train_images);
    const double share = test(slow, test_images);
    lesson.expect("the lecture's rate learns slowly: accuracy", share, at_most(0.6));
  }
  lesson.expect("lecture's: parameters", net.parameter_count(), near(44426, 0));
  if (plain) return;
  if (check) {
    lesson.expect("lecture's: test accuracy", best, at_least(0.6));
  } else {
    const double bar = alone ? (fashion.real ? 0.87 : 0.89) : (fashion.real ? 0.83 : 0.86);
    lesson.expect("lecture's: best test accuracy", best, at_least(bar));
  }
}

// ## The handbook's
// The same for pictures of 32x32, to look at the pieces of a step one by one.

void handbook(Lesson& lesson) {
  manual_seed(lesson.seed() + 3);
  LeNet net(32);
  const auto params = net.parameters();
  std::cout << params.size() << " parameter tensors, conv1's weight is "
            << params[0].shape() << "\n";
  //> 10 parameter tensors, conv1's weight is (6,1,5,5)

  const Tensor input = randn({1, 1, 32, 32});  // (1,1,32,32)
  Tensor out = net(input);                     // (1,10)
  std::cout << out.shape() << "\n";
  //> (1,10)
  net.zero_grad();
  out.backward(randn({1, 10}));  // scores are ten numbers, so a weight for each is needed

  // Then a loss, against numbers that mean nothing. How did it come about?

  out = net(input);
  const Tensor y = randn({10}).view({1, -1});  // (1,10)
  const Tensor loss = F::mse_loss(out, y);     // ()
  const std::vector<std::string> way = history(loss);
  for (size_t i = 0; i < way.size(); ++i) {
    std::cout << (i == 0 ? "" : i % 4 ? " <- " : "\n  <- ") << way[i];
  }
  std::cout << "\n";
  //> MseLossBackward <- LinearBackward <- ReluBackward <- LinearBackward
  //>   <- ReluBackward <- LinearBackward <- ViewBackward <- MaxPool2dBackward
  //>   <- ReluBackward <- Conv2dBackward <- MaxPool2dBackward <- ReluBackward
  //>   <- Conv2dBackward

  net.zero_grad();
  const double before =
      net.conv1.bias.grad().defined() ? net.conv1.bias.grad().abs().max().item() : 0;
  loss.backward();
  std::cout << "conv1.bias.grad before backward: " << before
            << ", after: " << (net.conv1.bias.grad().abs().max().item() > 0 ? "not 0" : "0")
            << "\n";
  //> conv1.bias.grad before backward: 0, after: not 0

  const double was = loss.item();
  auto sgd = optim::make("sgd", params, {{"lr", 0.01}});
  sgd.step();
  const double is = F::mse_loss(net(input), y).item();
  std::cout << "after a step the loss is " << (is < was ? "smaller" : "not smaller")
            << "\n";
  //> after a step the loss is smaller
  lesson.expect("handbook's: parameter tensors", params.size(), near(10, 0));
  lesson.expect("handbook's: a step helps", is < was);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv,
                {.title = "6.6 LeNet",
                 .flags = {{"--book", "only the book's network"},
                           {"--lecture", "only the lecture's network, six epochs"},
                           {"--handbook", "only the handbook's, for 32x32 pictures"},
                           {"--sgd LR", "the lecture's network with plain descent", "0"}},
                 .full_takes = "a minute on two cores, as without the flag"});
  const bool every =
      !(lesson.has("--book") || lesson.has("--lecture") || lesson.has("--handbook"));
  if (every || lesson.has("--book") || lesson.has("--lecture")) {
    const data::Fashion fashion =
        load_fashion(lesson, {.train_count = lesson.check() ? 6400 : 60000,
                              .test_count = lesson.check() ? 1000 : 10000});
    if (every || lesson.has("--book")) book(lesson, fashion);
    if (every || lesson.has("--lecture")) lecture(lesson, fashion);
  }
  if (every || lesson.has("--handbook")) handbook(lesson);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - LeNet is convolution, pooling, convolution, pooling, and dense layers behind: fewer and
//   fewer places, more and more channels.
// - Its convolutions hold few of the weights and do most of the work.
// - With relu, maxima and Adam it learns in one epoch what sigmoids and means take ten for.
// - The loop is the one of softmax regression, once more.
//
// ## Exercises
// 1. (Predict, then run.) Put relu for sigmoid into the book's network, and nothing else.
//    Does the rate 0.9 still work? Which does?
// 2. (Derive.) Count the multiplications of each layer of the book's network for one
//    picture, and compare with the table.
// 3. (Code.) Look at what conv1 makes of a pullover and of a boot: show its six feature
//    maps after relu.
// 4. (Predict, then run.) Shift all test pictures by two pixels. How much accuracy does the
//    lecture's network lose, and how much does the network of 4.3?
