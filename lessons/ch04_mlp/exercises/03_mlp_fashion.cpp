// # Solutions to 4.3: a hidden layer for clothes

#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

using MakeLayer = std::function<std::unique_ptr<nn::Module>()>;

// 784 - 256 - 10 with one or two hidden layers; weights start with a deviation of 0.01.
void build(nn::Sequential& net, int hidden_layers, const MakeLayer& activation) {
  net.append(nn::make<nn::Flatten>());
  for (int l = 0; l < hidden_layers; ++l) {
    net.append(nn::make<nn::Linear>(l == 0 ? 784 : 256, 256));
    net.append(activation());
  }
  net.append(nn::make<nn::Linear>(256, 10));
  net.apply([](nn::Module& m) {
    if (auto* layer = dynamic_cast<nn::Linear*>(&m))
      nn::init::normal_(layer->weight, 0, 0.01);
  });
}

// Returns the mean loss of the last epoch.
double train(nn::Module& net, data::DataLoader& images, int epochs) {
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.1}});
  double loss = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    Accumulator metric(2);        // loss, examples
    for (auto [X, y] : images) {  // (256,1,28,28), (256)
      const Tensor l = nn::functional::cross_entropy(net(X), y);
      sgd.zero_grad();
      l.backward();
      sgd.step();
      metric.add(l.item() * double(len(y)), len(y));
    }
    loss = metric[0] / metric[1];
  }
  return loss;
}

std::unique_ptr<nn::Module> relu_layer() { return nn::make<nn::ReLU>(); }
std::unique_ptr<nn::Module> sigmoid_layer() { return nn::make<nn::Sigmoid>(); }
std::unique_ptr<nn::Module> no_layer() { return nn::make<nn::Identity>(); }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.3 A hidden layer for clothes: solutions");
  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 2500 : 20000, .test_count = check ? 1000 : 5000});
  data::DataLoader images(
      fashion.train,
      {.batch_size = check ? 64 : 256, .shuffle = true, .seed = lesson.seed()});
  const int epochs = 5;

  // ## 1. Two hidden layers
  // Worse, at first: with weights of 0.01 the signal shrinks at each layer, and the
  // gradients with it, so learning starts late. (4.8 finds the right size of the first
  // weights.)

  manual_seed(lesson.seed() + 1);
  nn::Sequential one, two;
  build(one, 1, relu_layer);
  build(two, 2, relu_layer);
  const double loss_one = train(one, images, epochs), loss_two = train(two, images, epochs);
  std::printf("1. loss: one hidden layer %.3f, two %.3f\n", loss_one, loss_two);
  lesson.expect("1. two layers lag behind", loss_two - loss_one, at_least(0));

  // ## 2. Other bends
  // The sigmoid's slopes are 1/4 at best, so it learns slowly at this rate. Without any
  // bend the two layers are one (4.1): softmax regression again, at a detour. In five
  // short epochs that is no drawback, for relu blocks half of what passes; but it stops at
  // softmax regression's loss, and relu goes on.

  nn::Sequential smooth, straight;
  build(smooth, 1, sigmoid_layer);
  build(straight, 1, no_layer);
  const double loss_smooth = train(smooth, images, epochs);
  const double loss_straight = train(straight, images, epochs);
  std::printf("2. loss: relu %.3f, sigmoid %.3f, none %.3f\n", loss_one, loss_smooth,
              loss_straight);
  lesson.expect("2. sigmoid behind relu", loss_smooth - loss_one, at_least(0));

  // ## 3. The least sure

  data::DataLoader test(fashion.test, {.batch_size = fashion.test.size()});
  no_grad guard;
  const auto [X, y] = *test.begin();                             // (n,1,28,28), (n)
  const auto best = one(X).softmax(1).max(1);                    // (n) each
  const Tensor unsure = best.values.topk(10, 0, false).indices;  // (10)
  std::vector<std::string> titles = data::text_labels(y[unsure]);
  const auto guesses = data::text_labels(best.indices[unsure]);
  for (size_t i = 0; i < titles.size(); ++i) titles[i] += "\n" + guesses[i];
  lesson.show(image_sheet(X[unsure], 2, 5, titles), "least_sure");
  const Tensor right = (best.indices == y).to(f32);                      // (n)
  const Tensor tenth = best.values.topk(len(y) / 10, 0, false).indices;  // (n/10)
  const double of_all = right.mean().item(), of_unsure = right[tenth].mean().item();
  std::printf("3. right: %.3f of all, %.3f of the least sure tenth\n", of_all, of_unsure);
  lesson.expect("3. accuracy of all less that of the least sure", of_all - of_unsure,
                at_least(0.02));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
