// The training workloads. One step each is: forget the gradients, forward, loss, backward,
// (shorten the gradient), optimizer. Losses are means, everything is f32.
#include "models.hpp"
#include "nn/functional.hpp"
#include "numbers.hpp"
#include "training.hpp"

namespace hg::bench {
namespace {

// A classifier of images of this shape, in ten kinds.
std::function<Work()> classifier(Net (*net)(), Shape one, int64_t batch,
                                 std::string optimizer, optim::Options options) {
  return [=] {
    return training({net(), images(one, batch), cross_entropy, optimizer, options,
                     double(batch)});
  };
}

// A model that scores the next letter; its gradient is cut to length 1.
std::function<Work()> reader(std::function<Net()> net, Shape shape, int64_t vocabulary,
                             std::string optimizer, optim::Options options) {
  return [=] {
    int64_t tokens = shape.numel();
    return training({net(), texts(shape, tokens, vocabulary), cross_entropy, optimizer,
                     options, double(tokens), 1.0});
  };
}

// A line through noisy points, y = 2 x0 - 3.4 x1 + 4.2, ten of them at a time.
Work linreg() {
  std::vector<Batch> batches;
  Tensor w = tensor({{2.0}, {-3.4}});
  for (uint64_t b = 0; b < 100; ++b) {
    Tensor x = normal({10, 2}, 2 * b);
    batches.push_back({x, x.mm(w) + 4.2 + 0.01 * normal({10, 1}, 2 * b + 1)});
  }
  Loss mse = [](const Tensor& y, const Tensor& t) {
    return nn::functional::mse_loss(y, t);
  };
  return training({line(), batches, mse, "sgd", {{"lr", 0.03}}, 10});
}

}  // namespace

std::vector<Case> training_cases() {
  std::vector<Case> list;
  auto samples = [&](const char* name, std::function<Work()> make) {
    list.push_back({name, "all", "samples", std::move(make)});
  };
  auto tokens = [&](const char* name, std::function<Work()> make) {
    list.push_back({name, "all", "tokens", std::move(make)});
  };
  const optim::Options decayed = {{"lr", 0.05}, {"momentum", 0.9}, {"weight_decay", 5e-4}};
  const optim::Options adamw = {
      {"lr", 1e-3}, {"betas", {0.9, 0.99}}, {"weight_decay", 0.1}};

  samples("linreg", linreg);
  samples("softmax", classifier(softmax, {784}, 256, "sgd", {{"lr", 0.1}}));
  samples("mlp", classifier(mlp, {784}, 256, "sgd", {{"lr", 0.1}}));
  samples("lenet_d2l", classifier(lenet_d2l, {1, 28, 28}, 256, "sgd", {{"lr", 0.9}}));
  samples("lenet_relu", classifier(lenet_relu, {1, 28, 28}, 64, "adam", {{"lr", 1e-3}}));
  samples("alexnet_small", classifier(alexnet_small, {1, 28, 28}, 128, "sgd",
                                      {{"lr", 0.01}, {"momentum", 0.9}}));
  samples("vgg_small", classifier(vgg_small, {3, 32, 32}, 64, "sgd",
                                  {{"lr", 0.05}, {"momentum", 0.9}}));
  samples("resnet18_d2l", classifier(resnet18_d2l, {1, 96, 96}, 32, "sgd", {{"lr", 0.05}}));
  samples("resnet18_cifar", classifier(resnet18_cifar, {3, 32, 32}, 64, "sgd", decayed));

  tokens("rnn_char", reader(rnn_char, {35, 32}, 28, "sgd", {{"lr", 1.0}}));
  tokens("gru_char", reader(gru_char, {35, 32}, 28, "sgd", {{"lr", 1.0}}));
  tokens("lstm_char", reader(lstm_char, {35, 32}, 28, "sgd", {{"lr", 1.0}}));
  tokens("lstm_2x512", reader(lstm_2x512, {64, 64}, 65, "adam", {{"lr", 1e-3}}));
  tokens("transformer_small",
         reader([] { return gpt(6, 384, 6, 256); }, {8, 256}, 65, "adamw", adamw));
  tokens("gpt_tiny",
         reader([] { return gpt(4, 128, 4, 64); }, {12, 64}, 65, "adamw", adamw));
  return list;
}

}  // namespace hg::bench
