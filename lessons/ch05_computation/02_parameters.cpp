// # 5.2 Parameters
//
// Training ends, and what remains of it are the parameters: for saving, for use elsewhere,
// for looking at. Where do they live in a network of many blocks, what were they at the
// start, and can two layers have the same ones?
//
// You know: modules and their members (5.1), ways to start (4.8).
// New here: reaching a parameter, initialising by apply(), tied and lazy layers.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "handgrad.hpp"
using namespace hg;

// A block of two layers, and four such blocks in a row under names of their own.

std::unique_ptr<nn::Sequential> block1() {  // (N,4) -> (N,4)
  return nn::make<nn::Sequential>(nn::make<nn::Linear>(4, 8), nn::make<nn::ReLU>(),
                                  nn::make<nn::Linear>(8, 4), nn::make<nn::ReLU>());
}

struct Block2 : nn::Module {
  nn::ModuleDict blocks{*this, "blocks"};
  Block2() {
    for (int i = 0; i < 4; ++i) blocks.insert("block " + std::to_string(i), block1());
  }
  Tensor forward(const Tensor& x) override {  // (N,4) -> (N,4)
    Tensor y = x;
    for (auto& [name, block] : blocks.items()) y = (*block)(y);
    return y;
  }
};

// First values by a rule of our own (explained below), for every linear layer in a module.
void my_init(nn::Module& m) {
  if (auto* layer = dynamic_cast<nn::Linear*>(&m)) {
    no_grad guard;
    layer->weight.uniform_(-10, 10);
    layer->weight *= layer->weight.abs() >= 5;
  }
}

// A module can apply it to itself as it is made.

struct Wide : nn::Module {
  nn::Linear hidden{*this, "hidden", 100, 100}, out{*this, "out", 100, 10};
  Wide() { apply(my_init); }
  Tensor forward(const Tensor& x) override {  // (N,100) -> (N,10)
    return out(relu(hidden(x)));
  }
};

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.2 Parameters");
  manual_seed(lesson.seed() + 1);

  nn::Sequential net(nn::make<nn::Linear>(4, 8), nn::make<nn::ReLU>(),
                     nn::make<nn::Linear>(8, 1));
  const Tensor X = rand({2, 4});  // (2,4)

  // ## One layer, one parameter
  // A Sequential is indexed like a list. A parameter is a tensor that asks for gradients;
  // its gradient is undefined until backward has run.

  auto& last = net.at<nn::Linear>(2);
  for (const auto& [name, t] : last.state_dict()) {
    std::cout << name << " " << t.shape() << "\n";
  }
  //> weight (1,8)
  //> bias (1)
  std::cout << last.bias
            << "\ngradient: " << (last.bias.grad().defined() ? "there" : "none") << "\n";
  //> Parameter containing:
  //> tensor([-0.1250], requires_grad=True)
  //> gradient: none

  // ## All of them
  // Names are built from the way down: child, dot, child. ReLU has no parameters, so there
  // is no "1.":

  for (const auto& [name, p] : net.named_parameters()) {
    std::cout << name << " " << p.shape() << "\n";
  }
  //> 0.weight (8,4)
  //> 0.bias (8)
  //> 2.weight (1,8)
  //> 2.bias (1)

  // state_dict() has the same tensors under the same names, without history: they share the
  // memory of the module, and what is written into them is the module's from then on.

  const nn::StateDict state = net.state_dict();  // pairs of name and tensor
  std::map<std::string, Tensor> by_name(state.begin(), state.end());
  by_name["2.bias"].fill_(0.5);
  const double through = last.bias.item();
  std::cout << "2.bias is " << through << "\n";
  //> 2.bias is 0.5

  // ## Blocks in blocks
  // The print shows the way down, and indices and keys go it: first module of rgnet, its
  // "block 1", layer 0 in that.

  nn::Sequential rgnet(nn::make<Block2>(), nn::make<nn::Linear>(4, 1));
  std::cout << rgnet << "\n";
  //>     (blocks): ModuleDict(
  //>       (block 0): Sequential(
  //>         (0): Linear(in_features=4, out_features=8, bias=True)
  auto& second = dynamic_cast<nn::Sequential&>(rgnet.at<Block2>(0).blocks["block 1"]);
  std::cout << "bias of layer 0 of block 1: " << second.at<nn::Linear>(0).bias.shape()
            << "\n";
  //> bias of layer 0 of block 1: (8)

  // ## First values
  // Layers start with values of their own accord (Linear: uniform in
  // +-1/sqrt(in_features)). apply() calls a function for every module, children before
  // parents, so one function can set them all anew. It looks at the type and leaves alone
  // what it does not know.

  const auto init_normal = [](nn::Module& m) {
    if (auto* layer = dynamic_cast<nn::Linear*>(&m)) {
      nn::init::normal_(layer->weight, 0, 0.01);
      nn::init::zeros_(layer->bias);
    }
  };
  net.apply(init_normal);
  const Tensor normal_start = net.at<nn::Linear>(0).weight.detach().clone();  // (8,4)
  std::printf("normal: largest |w| %.3f\n", normal_start.abs().max().item());
  //>[50%] normal: largest |w| 0.025

  // Layers may be treated differently:

  nn::init::xavier_uniform_(net.at<nn::Linear>(0).weight);
  nn::init::constant_(net.at<nn::Linear>(2).weight, 42);
  const double xavier_bound = std::sqrt(6.0 / (4 + 8));  // of the uniform law, 4.8
  const double xavier_largest = net.at<nn::Linear>(0).weight.abs().max().item();
  std::printf("Xavier: largest |w| %.3f, bound %.3f; constant: %g\n", xavier_largest,
              xavier_bound, net.at<nn::Linear>(2).weight[{0, 0}].item());
  //>[15%] Xavier: largest |w| 0.707, bound 0.707; constant: 42

  // And a function may compute whatever it likes. Here a weight is 0 with probability 1/2,
  // and otherwise between 5 and 10 in size, of either sign:
  //
  //     w ~ U(5, 10) with probability 1/4,   0 with 1/2,   U(-10, -5) with 1/4
  //
  // my_init above draws from U(-10, 10) and multiplies by a mask: what is smaller than 5 in
  // size, half of all, becomes 0.

  const Wide wide;
  const Tensor w = wide.hidden.weight.detach();  // (100,100)
  const int64_t forbidden = ((w != 0) & (w.abs() < 5)).to(i64).sum().item<int64_t>();
  std::printf("zeros: %.2f of the weights; with 0 < |w| < 5: %d\n",
              (w == 0).to(f32).mean().item(), int(forbidden));
  //>[0.02] zeros: 0.50 of the weights; with 0 < |w| < 5: 0

  // Values can be set by hand, too, with the operations in place of any tensor; under
  // no_grad, since this is no part of the computation:

  {
    no_grad guard;
    net.at<nn::Linear>(0).weight += 1;
    net.at<nn::Linear>(0).weight[{0, 0}] = 42;
  }
  std::cout << "first weight: " << net.at<nn::Linear>(0).weight[{0, 0}].item() << "\n";
  //> first weight: 42

  // ## Tied layers
  // A module that stands in two places is one module: one weight, counted once. Change it
  // here, and it has changed there. Of the 121 numbers, 40 belong to the first layer, 72 to
  // the shared one and 9 to the last:

  const auto shared = std::make_shared<nn::Linear>(8, 8);
  nn::Sequential tied(nn::make<nn::Linear>(4, 8), nn::make<nn::ReLU>(), shared,
                      nn::make<nn::ReLU>(), shared, nn::make<nn::ReLU>(),
                      nn::make<nn::Linear>(8, 1));
  std::printf("parameters: %d\n", int(tied.parameter_count()));
  //> parameters: 121

  // In the graph the weight is used twice, and by the chain rule its gradient is the sum of
  // what comes back from both uses. We check that with a net in which the two layers are
  // apart, with equal values:

  nn::Sequential apart(nn::make<nn::Linear>(4, 8), nn::make<nn::ReLU>(),
                       nn::make<nn::Linear>(8, 8), nn::make<nn::ReLU>(),
                       nn::make<nn::Linear>(8, 8), nn::make<nn::ReLU>(),
                       nn::make<nn::Linear>(8, 1));
  apart.load_state_dict(tied.state_dict());
  tied(X).sum().backward();
  apart(X).sum().backward();
  const Tensor sum = apart.at<nn::Linear>(2).weight.grad() +
                     apart.at<nn::Linear>(4).weight.grad();  // (8,8)
  const double difference = (shared->weight.grad() - sum).abs().max().item();
  std::cout << "gradient of the tied weight is the sum of both: "
            << (difference < 1e-6 ? "yes" : "no") << "\n";
  //> gradient of the tied weight is the sum of both: yes

  // ## Lazy layers
  // How many inputs a layer has often follows from the layers before it, and from the size
  // of the images. A lazy layer waits for its first batch and takes its shape from there.
  // Before that its parameters have no shape, and to ask for them is an error:

  nn::Sequential lazy(nn::make<nn::LazyLinear>(256), nn::make<nn::ReLU>(),
                      nn::make<nn::LazyLinear>(10));
  std::cout << lazy << "\n";
  //>   (0): LazyLinear(in_features=0, out_features=256, bias=True)
  bool refused = false;
  try {
    optim::make("sgd", lazy.parameters());
  } catch (const Error& e) {
    refused = true;
    std::cout << e.what() << "\n";
  }
  //>   hint: run one batch through the network first
  lazy(X);
  std::cout << lazy << "\n" << lazy.parameter_count() << " parameters\n";
  //>   (0): Linear(in_features=4, out_features=256, bias=True)
  //> 3850 parameters

  // ## Bars
  lesson.expect("written into the state, read in the module", through, near(0.5, 0));
  lesson.expect("weights with 0 < |w| < 5", forbidden, near(0, 0));
  lesson.expect("normal start: largest |w|", normal_start.abs().max().item(),
                at_most(0.06));
  lesson.expect("Xavier start: largest |w|", xavier_largest, at_most(xavier_bound));
  lesson.expect("parameters of the tied net", tied.parameter_count(), near(121, 0));
  lesson.expect("tied gradient against the sum", difference, at_most(1e-6));
  lesson.expect("tied gradient is not zero", shared->weight.grad().norm().item(),
                at_least(1e-3));
  lesson.expect("a lazy net refuses before its first batch", refused);
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Parameters are reached by index and member, or all at once by name.
// - apply() visits every module; it is the place for first values.
// - A module used twice has one set of parameters, whose gradients add up.
// - A lazy layer takes its input size from the first batch.
//
// ## Exercises
// 1. (Predict, then run.) Tie the first and the last layer of an autoencoder 8-3-8, the
//    last with the transpose of the first's weight. How many parameters are left, with
//    biases?
// 2. (Code.) A function that prints for each parameter its name, shape, mean and standard
//    deviation. Run it before and after training a small network for 100 steps: which layer
//    has moved most?
// 3. (Predict, then run.) Give a lazy net a batch of the wrong width first, then the right
//    one. What happens?
