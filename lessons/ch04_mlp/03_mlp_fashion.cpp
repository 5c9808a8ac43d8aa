// # 4.3 A hidden layer for clothes
//
// Softmax regression reads clothes with about 80 % right. Does a hidden layer between
// pixels and classes see more? We build it twice: with every line in sight, and with the
// library.
//
// You know: hidden layers and relu (4.1), softmax regression and its loop (3.6, 3.7).
// New here: training a network with a hidden layer; how wide it should be.

#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

const int64_t num_inputs = 784, num_hidden = 256, num_outputs = 10;

// ## By hand
// An image of 28x28 pixels becomes a row of 784 numbers; 256 hidden units look at all of
// them, ten outputs look at all hidden units. (Powers of two suit the machine's memory.)
//
//     h = relu(x W1 + b1)        (N,256)
//     o = h W2 + b2              (N,10)

struct Params {
  Tensor W1, b1, W2, b2;  // (784,256), (256), (256,10), (10)

  Params()
      : W1(normal(0, 0.01, {num_inputs, num_hidden})),
        b1(zeros({num_hidden})),
        W2(normal(0, 0.01, {num_hidden, num_outputs})),
        b2(zeros({num_outputs})) {
    for (const Tensor& p : all()) p.requires_grad_();
  }
  std::vector<Tensor> all() const { return {W1, b1, W2, b2}; }
};

Tensor relu_by_hand(const Tensor& x) { return maximum(x, zeros_like(x)); }

Tensor net_by_hand(const Params& p, const Tensor& images) {  // (N,1,28,28) -> (N,10)
  const Tensor x = images.reshape({-1, num_inputs});         // (N,784)
  const Tensor h = relu_by_hand(x.matmul(p.W1) + p.b1);      // (N,256)
  return h.matmul(p.W2) + p.b2;
}

// ## The loop
// That of 3.6, for any function from images to scores and any way to take a step.

using Net = std::function<Tensor(const Tensor&)>;

double accuracy(const Net& net, data::DataLoader& loader) {
  no_grad guard;
  Accumulator metric(2);        // right ones, all
  for (auto [X, y] : loader) {  // (256,1,28,28), (256)
    metric.add((net(X).argmax(1) == y).sum().item<int64_t>(), len(y));
  }
  return metric[0] / metric[1];
}

struct Outcome {
  double train_loss, train_acc, test_acc;
};

Outcome train(Lesson& lesson, const std::string& name, const Net& net,
              optim::Optimizer& optimizer, data::DataLoader& train, data::DataLoader& test,
              int epochs) {
  Outcome o{};
  Animator animator({.xlabel = "epoch",
                     .legend = {"train loss", "train acc", "test acc"},
                     .xlim = {1, epochs},
                     .ylim = {0, 1.2}});
  std::optional<Progress> progress(std::in_place, name, epochs * train.dataset().size());
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    Accumulator metric(3);           // loss, right ones, all
    for (auto [X, y] : train) {      // (256,1,28,28), (256)
      const Tensor scores = net(X);  // (256,10)
      const Tensor loss = nn::functional::cross_entropy(scores, y);  // ()
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      metric.add(loss.item() * double(len(y)),
                 (scores.argmax(1) == y).sum().item<int64_t>(), len(y));
      progress->add(len(y));
    }
    o = {metric[0] / metric[2], metric[1] / metric[2], accuracy(net, test)};
    animator.add(epoch, {o.train_loss, o.train_acc, o.test_acc});
  }
  progress.reset();
  lesson.show(animator, name);
  std::printf("%s: loss %.3f, train acc %.3f, test acc %.3f\n", name.c_str(), o.train_loss,
              o.train_acc, o.test_acc);
  return o;
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.3 A hidden layer for clothes");
  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 5000 : 60000, .test_count = check ? 1000 : 10000});
  data::DataLoader train_images(
      fashion.train, {.batch_size = 256, .shuffle = true, .seed = lesson.seed()});
  data::DataLoader test_images(fashion.test, {.batch_size = 256});
  const int epochs = check ? 6 : 10;

  manual_seed(lesson.seed() + 1);
  Params params;
  auto sgd = optim::make("sgd", params.all(), {{"lr", 0.1}});
  const Net by_hand = [&](const Tensor& X) { return net_by_hand(params, X); };
  const Outcome first =
      train(lesson, "by hand", by_hand, sgd, train_images, test_images, epochs);
  //>[4%] by hand: loss 0.380, train acc 0.861, test acc 0.857

  // After ten epochs softmax regression had a loss of 0.45 on the photographs of
  // Fashion-MNIST and of 0.53 on the bundled pictures. The hidden layer gets well below.
  //
  // ## With the library
  // Two layers more than softmax regression. A linear layer comes with first weights of
  // its own (4.8 says which); to start as above, ours replace them.

  nn::Sequential net(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, 256),
                     nn::make<nn::ReLU>(), nn::make<nn::Linear>(256, 10));
  net.apply([](nn::Module& m) {
    if (auto* layer = dynamic_cast<nn::Linear*>(&m))
      nn::init::normal_(layer->weight, 0, 0.01);
  });
  std::cout << net << "\n" << net.parameter_count() << " parameters\n";
  //> 203530 parameters
  auto optimizer = optim::make("sgd", net.parameters(), {{"lr", 0.1}});
  const Outcome second = train(
      lesson, "concise", [&](const Tensor& X) { return net(X); }, optimizer, train_images,
      test_images, epochs);
  //>[4%] concise: loss 0.380, train acc 0.860, test acc 0.861

  // The same model; only the random start and the order of the batches differ.
  //
  // ## What do hidden units look for?
  // Each has a weight for every pixel, which makes an image: bright where a bright pixel
  // speaks for the unit, dark where it speaks against. Some have found sleeves, soles and
  // trouser legs; others still look much like their random start.

  const Tensor weights = net.at<nn::Linear>(1).weight.detach()[slice(0, 16)];  // (16,784)
  const Tensor low = weights.min(1, true).values,
               high = weights.max(1, true).values;                               // (16,1)
  const Tensor images = ((weights - low) / (high - low)).view({16, 1, 28, 28});  // in [0,1]
  lesson.show(image_sheet(images, 2, 8), "units");

  // ## How wide?
  // The number of hidden units is a hyper-parameter. Fewer learn less; more cost time and
  // memory, and each doubling brings less than the one before. Three epochs each:

  if (!check) {
    for (int64_t width : {16, 64, 256}) {
      manual_seed(lesson.seed() + 2);
      nn::Sequential narrow(nn::make<nn::Flatten>(), nn::make<nn::Linear>(784, width),
                            nn::make<nn::ReLU>(), nn::make<nn::Linear>(width, 10));
      auto step = optim::make("sgd", narrow.parameters(), {{"lr", 0.1}});
      train(
          lesson, std::to_string(width) + " units",
          [&](const Tensor& X) { return narrow(X); }, step, train_images, test_images, 3);
    }
  }
  //>[4%] 16 units: loss 0.573, train acc 0.790, test acc 0.767
  //>[4%] 64 units: loss 0.532, train acc 0.804, test acc 0.797
  //>[4%] 256 units: loss 0.516, train acc 0.811, test acc 0.827

  // ## Bars
  for (const auto& [name, o] :
       {std::pair{"by hand", first}, std::pair{"concise", second}}) {
    const std::string who = std::string(name) + ": ";
    if (check) {
      lesson.expect(who + "train loss", o.train_loss, at_most(1.3));
      lesson.expect(who + "test accuracy", o.test_acc, at_least(0.6));
    } else {
      lesson.expect(who + "train loss", o.train_loss, at_most(fashion.real ? 0.40 : 0.42));
      lesson.expect(who + "test accuracy", o.test_acc, at_least(0.83));
    }
  }
  lesson.expect("parameters", net.parameter_count(), near(784 * 256 + 256 + 2560 + 10, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A network with a hidden layer is trained by the very loop of the linear model.
// - It reaches a lower loss than softmax regression, for a few hundred thousand weights.
//
// ## Exercises
// 1. (Predict, then run.) Add a second hidden layer of 256 units, with starts of 0.01 as
//    above. Is it better after five epochs? (Lesson 4.8 has an opinion.)
// 2. (Predict, then run.) Replace relu by sigmoid, and by nothing. What loss does each
//    reach?
// 3. (Code.) Sort the test images by how sure the network is and look at the ten least
//    sure. Are they hard for you, too?
