// # 4.1 Multilayer perceptrons
//
// Softmax regression weighs every pixel once and adds up. Whether a pixel is bright or
// dark can only ever speak for a class or against it, whatever the other pixels show. What
// must be added so that a model can say "this one, but only if not that one"?
//
// You know: linear layers (3.3), softmax (3.6), slopes (2.4).
// New here: the first artificial neuron, hidden layers, activation functions, XOR.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace F = nn::functional;

// ## A neuron of 1943
// McCulloch and Pitts drew a nerve cell as a sum with a threshold: inputs that are 0 or 1,
// weights, and an output of 1 if the weighted sum reaches the threshold, otherwise 0.

Tensor mp_neuron(const Tensor& x, const Tensor& w, double threshold) {  // (n,2), (2) -> (n)
  return (x.mv(w) >= threshold).to(f32);
}

// Rosenblatt's *perceptron* (1958) is the same cell, with a rule by which it learns: after
// each wrong answer the inputs that took part are given more weight if it should have
// fired, and less if it should not.

struct Perceptron {
  Tensor w = zeros({2});  // (2)
  double b = 0;

  bool fires(const Tensor& x) const { return w.dot(x).item() + b > 0; }  // (2)
  // Goes through the rows of x up to `rounds` times; returns how many were right in the
  // last round.
  int learn(const Tensor& x, const Tensor& y, int rounds) {  // (n,2), (n)
    int right = 0;
    for (int round = 0; round < rounds && right < len(x); ++round) {
      right = 0;
      for (int64_t i = 0; i < len(x); ++i) {
        const double miss = y[i].item() - fires(x[i]);  // 1, 0 or -1
        w += x[i] * miss;
        b += miss;
        right += miss == 0;
      }
    }
    return right;
  }
};

// ## Activations
// Each has a curve, and a slope that its backward pass multiplies by.

struct Activation {
  std::string name;
  std::function<Tensor(const Tensor&)> curve;
  std::function<double(double)> slope;  // by hand
};

double sigma(double x) { return 1 / (1 + std::exp(-x)); }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.1 Multilayer perceptrons");
  manual_seed(lesson.seed() + 1);

  const Tensor inputs = tensor({{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}});  // (4,2)
  std::cout << "and " << mp_neuron(inputs, ones({2}), 2) << "\n"
            << "or  " << mp_neuron(inputs, ones({2}), 1) << "\n";
  //> and tensor([0., 0., 0., 1.])
  //> or  tensor([0., 1., 1., 1.])

  const Tensor and_y = tensor({0.f, 0.f, 0.f, 1.f});  // (4)
  const Tensor xor_y = tensor({0.f, 1.f, 1.f, 0.f});  // (4)
  const int learned_and = Perceptron().learn(inputs, and_y, 100);
  const int learned_xor = Perceptron().learn(inputs, xor_y, 100);
  std::printf("the perceptron learns: and %d of 4, xor %d of 4\n", learned_and,
              learned_xor);
  //> the perceptron learns: and 4 of 4, xor 0 of 4

  // "Either, but not both", called XOR, is beyond it, and beyond every linear model. The
  // rule w.x + b > 0 draws a straight line, and no line has (0,1) and (1,0) on one side,
  // (0,0) and (1,1) on the other: the middle of both pairs is the same point. Minsky and
  // Papert's book of 1969 made such limits known, and for years few built on perceptrons.
  //
  // ## Two layers are one
  // So, two layers? Stack linear ones, and nothing is gained, since
  //
  //     W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2)
  //
  // is a linear layer again.

  nn::Linear first(6, 5), second(5, 3);
  const Tensor x6 = randn({4, 6});                                  // (4,6)
  const Tensor product = second.weight.mm(first.weight);            // (3,6)
  const Tensor shift = second.weight.mv(first.bias) + second.bias;  // (3)
  const double collapse =
      (second(first(x6)) - linear(x6, product, shift)).abs().max().item();
  std::printf("two linear layers are one: %s\n", collapse < 1e-5 ? "yes" : "no");
  //> two linear layers are one: yes

  // What is missing is a bend between them. A *multilayer perceptron* applies a fixed
  // curved function, its *activation*, to every number of a *hidden layer*:
  //
  //     h = activation(x W1^T + b1)          y = h W2^T + b2
  //
  // One hidden layer, if it is wide enough, can come as near as one likes to any
  // continuous function on a bounded region. (That such weights exist says nothing about
  // finding them.)
  //
  // ## The curves

  const std::vector<Activation> activations = {
      {"relu", [](const Tensor& x) { return relu(x); },
       [](double x) { return x > 0 ? 1. : 0.; }},
      {"sigmoid", [](const Tensor& x) { return sigmoid(x); },
       [](double x) { return sigma(x) * (1 - sigma(x)); }},
      {"tanh", [](const Tensor& x) { return tanh(x); },
       [](double x) { return 1 - std::tanh(x) * std::tanh(x); }},
      {"leaky_relu", [](const Tensor& x) { return F::leaky_relu(x, 0.01); },
       [](double x) { return x > 0 ? 1 : 0.01; }},
      {"silu", [](const Tensor& x) { return F::silu(x); },
       [](double x) { return sigma(x) * (1 + x * (1 - sigma(x))); }},
  };
  double slope_error = 0;
  for (const Activation& a : activations) {
    Tensor x = arange(-8.0, 8.0, 0.1).to(f64).requires_grad_();  // (160)
    const Tensor y = a.curve(x);                                 // (160)
    y.sum().backward();
    for (int64_t i = 0; i < len(x); ++i) {
      const double at = x[i].item();
      if (std::abs(at) < 1e-9) continue;  // the kink: see below
      slope_error = std::max(slope_error, std::abs(x.grad()[i].item() - a.slope(at)));
    }
    Figure figure({.ncols = 2, .figsize = {9, 3}});
    figure.axes(0).line(x.detach(), y.detach()).xlabel("x").ylabel(a.name);
    figure.axes(1).line(x.detach(), x.grad()).xlabel("x").ylabel("slope of " + a.name);
    lesson.show(figure, a.name);
  }
  std::printf("slopes by hand and from the tape agree to 1e-6: %s\n",
              slope_error < 1e-6 ? "yes" : "no");
  //> slopes by hand and from the tape agree to 1e-6: yes

  // **relu**, max(x, 0), is the simplest bend there is, and the usual choice. Its slope is
  // 1 wherever it lets anything through, so it does not weaken gradients. At 0 there is
  // none; 0 is taken. A unit whose input is negative for every example gets no gradient
  // and stays so: it is dead. **leaky_relu** leaves it a slope of 0.01.
  //
  // **sigmoid** squeezes into (0,1), **tanh** into (-1,1). Their slopes, y (1 - y) and
  // 1 - y^2, need nothing but the result. Far from 0 the curves are flat (they *saturate*),
  // the slope is almost 0, and learning stops.

  Tensor zero = tensor(0.0).requires_grad_();  // ()
  relu(zero).backward();
  const double at_kink = zero.grad().item();
  std::printf("slope of relu at 0: %g; of the sigmoid at 10: %.1e\n", at_kink,
              sigma(10) * (1 - sigma(10)));
  //> slope of relu at 0: 0; of the sigmoid at 10: 4.5e-05

  // ## Gates
  // **SwiGLU**, found in large language models, takes two linear maps of the input and lets
  // one of them decide, smoothly, how much of the other passes:
  //
  //     swiglu(x) = silu(x W) * (x V),          silu(z) = z sigmoid(z)

  Tensor W = randn({4, 3}, f64).requires_grad_(), V = randn({4, 3}, f64).requires_grad_();
  const Tensor x4 = randn({2, 4}, f64);            // (2,4)
  const Tensor gate = x4.mm(W), value = x4.mm(V);  // (2,3) each
  const double gated =
      (F::swiglu(gate, value) - gate * sigmoid(gate) * value).abs().max().item();
  const auto gates = gradcheck(
      [&](const std::vector<Tensor>& in) { return F::swiglu(x4.mm(in[0]), x4.mm(in[1])); },
      {W, V});
  std::printf("swiglu: formula %s, gradients %s\n", gated < 1e-12 ? "right" : "wrong",
              gates ? "right" : "wrong");
  //> swiglu: formula right, gradients right

  // ## XOR
  // By hand first: one hidden unit counts the ones, a second one speaks up for "both" only,
  // and is subtracted twice.
  //
  //     h1 = relu(x1 + x2)      h2 = relu(x1 + x2 - 1)      y = h1 - 2 h2

  const Tensor sum = inputs.sum(1);  // (4)
  std::cout << "by hand " << relu(sum) - 2 * relu(sum - 1) << "\n";
  //> by hand tensor([0., 1., 1., 0.])

  // And learned, from random weights. The output layer can part its inputs by a straight
  // cut only, too. That all four answers are right shows that the hidden layer has moved
  // the four points to where a straight cut suffices: that is what hidden layers are for.

  nn::Sequential net(nn::make<nn::Linear>(2, 8), nn::make<nn::Tanh>(),
                     nn::make<nn::Linear>(8, 1));
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.5}, {"momentum", 0.9}});
  for (int step = 0; step < 500; ++step) {
    sgd.zero_grad();
    F::binary_cross_entropy_with_logits(net(inputs).squeeze(1), xor_y).backward();
    sgd.step();
  }
  const Tensor p = sigmoid(net(inputs).squeeze(1)).detach();  // (4)
  const int64_t right = ((p > 0.5).to(f32) == xor_y).to(i64).sum().item<int64_t>();
  std::printf("learned: %d of 4 right, the least sure with %.2f\n", int(right),
              (p - 0.5).abs().min().item() + 0.5);
  //>[2%] learned: 4 of 4 right, the least sure with 1.00

  // ## Bars
  lesson.expect("the perceptron learns and", learned_and, near(4, 0));
  lesson.expect("the perceptron on xor", learned_xor, at_most(3));
  lesson.expect("two linear layers against one", collapse, at_most(1e-5));
  lesson.expect("slopes by hand against the tape", slope_error, at_most(1e-6));
  lesson.expect("slope of relu at 0", at_kink, at_most(0));
  lesson.expect("gradients of swiglu", bool(gates));
  lesson.expect("xor", right, near(4, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A linear model parts its inputs by a straight cut. Stacking linear layers does not
//   help.
// - A hidden layer with a bend in it does.
// - relu keeps slopes; sigmoid and tanh saturate; gates multiply.
//
// ## Exercises
// 1. (Derive.) Show that tanh(x) = 2 sigmoid(2x) - 1. What follows for networks with the
//    one or the other?
// 2. (Derive, then run.) A network with one input, H hidden relu units and one output: of
//    how many straight pieces can its curve consist?
// 3. (Predict, then run.) Learn XOR with 2, 3 and 8 hidden relu units, from 20 random
//    starts each. How often does it work, and why not always?
// 4. (Code.) Give PReLU, whose slope below 0 is learned, to the XOR network. What slope
//    does it choose?
