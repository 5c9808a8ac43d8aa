// # Solutions to 5.2: parameters

#include <cstdio>
#include <iostream>
#include <map>
#include <string>

#include "handgrad.hpp"
using namespace hg;

namespace {

// Eight numbers through a waist of three and back, with the same weight both ways.
struct Autoencoder : nn::Module {
  nn::Linear down{*this, "down", 8, 3};
  nn::Parameter up_bias{*this, "up_bias", zeros({8})};
  Tensor forward(const Tensor& x) override {  // (N,8) -> (N,8)
    return linear(tanh(down(x)), down.weight.t(), up_bias);
  }
};

void describe(const nn::Module& net) {
  for (const auto& [name, p] : net.named_parameters()) {
    const Tensor values = p.detach();
    std::cout << "   " << name << " " << p.shape();
    std::printf(": mean %7.4f, std %.4f\n", values.mean().item(), values.std({}, 0).item());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.2 Parameters: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Tied by a transpose
  // The transpose is a view of the same memory, so there is one weight of 3*8, used twice;
  // with the biases, 3 + 8, that makes 35 numbers.

  Autoencoder auto_encoder;
  std::printf("1. %d parameters\n", int(auto_encoder.parameter_count()));
  lesson.expect("1. parameters", auto_encoder.parameter_count(), near(24 + 3 + 8, 0));

  // ## 2. Before and after

  nn::Sequential net(nn::make<nn::Linear>(2, 32), nn::make<nn::Tanh>(),
                     nn::make<nn::Linear>(32, 32), nn::make<nn::Tanh>(),
                     nn::make<nn::Linear>(32, 1));
  const Tensor x = randn({256, 2}), y = sin(3 * x.sum(1, true));  // (256,2), (256,1)
  std::map<std::string, Tensor> start;
  for (const auto& [name, p] : net.named_parameters()) start[name] = p.detach().clone();
  std::cout << "2. before:\n";
  describe(net);
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.1}});
  const double loss_before = nn::functional::mse_loss(net(x), y).item();
  for (int step = 0; step < 100; ++step) {
    sgd.zero_grad();
    nn::functional::mse_loss(net(x), y).backward();
    sgd.step();
  }
  const double loss_after = nn::functional::mse_loss(net(x), y).item();
  std::cout << "   after:\n";
  describe(net);
  std::string furthest;
  double longest = 0;
  for (const auto& [name, p] : net.named_parameters()) {
    const double way = (p.detach() - start[name]).norm().item() / start[name].norm().item();
    if (way > longest) longest = way, furthest = name;
  }
  std::printf("   moved most, for its size: %s, by %.0f %%\n", furthest.c_str(),
              100 * longest);
  lesson.expect("2. loss after over before", loss_after / loss_before, at_most(0.99));
  lesson.expect("2. the furthest way", longest, at_least(0.05));

  // ## 3. The wrong width first
  // The lazy layer believes its first batch: it becomes a layer for that width, and the
  // right batch is refused from then on, with both widths in the message.

  nn::Sequential lazy(nn::make<nn::LazyLinear>(5));
  lazy(rand({2, 7}));
  std::string message;  // of the error
  try {
    lazy(rand({2, 4}));
  } catch (const Error& e) {
    message = e.what();
  }
  std::cout << "3. " << message << "\n";
  lesson.expect("3. the right width is refused", message.find("7") != std::string::npos);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
