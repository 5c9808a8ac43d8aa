// # Solutions to 4.1: multilayer perceptrons

#include <cmath>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

const Tensor& inputs() {
  static const Tensor x =
      tensor({{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}});  // (4,2)
  return x;
}

// Is XOR learned? Trains `net`, which ends in one score.
bool learns_xor(nn::Sequential& net) {
  const Tensor y = tensor({0.f, 1.f, 1.f, 0.f});  // (4)
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.1}, {"momentum", 0.9}});
  for (int step = 0; step < 500; ++step) {
    sgd.zero_grad();
    nn::functional::binary_cross_entropy_with_logits(net(inputs()).squeeze(1), y)
        .backward();
    sgd.step();
  }
  no_grad guard;
  return ((net(inputs()).squeeze(1) > 0).to(f32) == y).all().item<bool>();
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.1 Multilayer perceptrons: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. tanh and sigmoid
  // Multiply numerator and denominator of tanh by e^x:
  //
  //     tanh(x) = (e^x - e^-x)/(e^x + e^-x) = (e^2x - 1)/(e^2x + 1)
  //             = 2 e^2x/(e^2x + 1) - 1 = 2 sigmoid(2x) - 1
  //
  // Scaling and shifting can be done by the layers before and after. So both kinds of
  // network compute the same functions, with other weights; only the starts differ.

  const Tensor x = linspace(-5, 5, 101, f64);  // (101)
  const double gap = (tanh(x) - (2 * sigmoid(2 * x) - 1)).abs().max().item();
  lesson.expect("1. tanh against sigmoid", gap, at_most(1e-12));

  // ## 2. Pieces
  // Each hidden unit bends the curve at one place, where its input is 0. H bends make H + 1
  // pieces at most; units that bend at the same place, or outside, leave fewer.

  const int64_t H = 10;
  nn::Sequential curve(nn::make<nn::Linear>(1, H), nn::make<nn::ReLU>(),
                       nn::make<nn::Linear>(H, 1));
  curve.to(f64);
  const Tensor grid = linspace(-50, 50, 200001, f64).unsqueeze(1);  // (200001,1)
  Tensor y;
  {
    no_grad guard;
    y = curve(grid).squeeze(1);  // (200001)
  }
  const Tensor step = y[slice(1)] - y[slice(0, -1)];  // (200000)
  const Tensor bend = ((step[slice(1)] - step[slice(0, -1)]).abs() > 1e-9).to(i64);
  // A bend between two grid points shows in two second differences, side by side.
  const Tensor begins = bend[slice(1)] * (1 - bend[slice(0, -1)]);
  const int64_t pieces = begins.sum().item<int64_t>() + 1;
  std::printf("2. %d hidden units: %d pieces\n", int(H), int(pieces));
  lesson.expect("2. pieces", pieces, at_most(H + 1));
  lesson.expect("2. pieces", pieces, at_least(H / 2));

  // ## 3. Luck
  // Two units are enough in principle. But a unit that is negative for all four points is
  // dead, and with two there is no spare. A wide layer mostly has enough live ones.

  std::vector<int> wins;
  for (int64_t width : {2, 3, 8}) {
    int won = 0;
    for (int start = 0; start < 20; ++start) {
      nn::Sequential net(nn::make<nn::Linear>(2, width), nn::make<nn::ReLU>(),
                         nn::make<nn::Linear>(width, 1));
      won += learns_xor(net);
    }
    std::printf("3. %d hidden units: %d of 20 starts\n", int(width), won);
    wins.push_back(won);
  }
  lesson.expect("3. wins with 2 units", wins[0], at_most(14));
  lesson.expect("3. wins with 8 units", wins[2], at_least(15));

  // ## 4. PReLU
  // It starts at 0.25 and moves where the loss falls: a negative slope makes a unit a V,
  // which alone solves XOR, as |x1 + x2 - 1| is low exactly for the two points in the
  // middle.

  nn::Sequential net(nn::make<nn::Linear>(2, 8), nn::make<nn::PReLU>(),
                     nn::make<nn::Linear>(8, 1));
  const bool won = learns_xor(net);
  std::printf("4. slope below 0: %.2f\n", net.at<nn::PReLU>(1).weight.item());
  lesson.expect("4. xor with PReLU", won);
  lesson.expect("4. the slope has moved",
                std::abs(net.at<nn::PReLU>(1).weight.item() - 0.25), at_least(0.05));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
