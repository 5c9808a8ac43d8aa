// # Solutions to 4.8: vanishing, exploding, and where to start

#include <cmath>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

double power(const Tensor& t) { return t.detach().square().mean().item(); }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.8 Vanishing, exploding: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. Equal hidden units, different outputs
  // The gradient that reaches hidden unit j is do times w2[j], which now differs from unit
  // to unit. So the units get different steps, and the symmetry is gone after the first.

  Tensor w1 = full({3, 2}, 0.5).requires_grad_();  // (3,2)
  const Tensor w2 = randn({1, 3});                 // (1,3)
  const Tensor in = randn({64, 2});                // (64,2)
  const Tensor target = sin(in.sum(1, true));      // (64,1)
  (linear(tanh(linear(in, w1)), w2) - target).square().mean().backward();
  const Tensor g = w1.grad();  // (3,2)
  const double apart = (g - g[0]).abs().max().item();
  std::printf("1. gradients of the units differ by %.3f\n", apart);
  lesson.expect("1. units get different gradients", apart, at_least(0.01));

  // ## 2. Orthogonal matrices
  // |Q h| = |h| for every h, so a hundred of them keep the signal exactly, forward and
  // back. tanh still takes a little at each layer: its slope is below 1 everywhere but at
  // 0.

  Tensor line = randn({256, 64}), bent = line;  // (256,64)
  const double before = power(line);
  for (int l = 0; l < 100; ++l) {
    Tensor q = empty({64, 64});  // (64,64)
    nn::init::orthogonal_(q);
    line = linear(line, q);
    bent = tanh(linear(bent, q));
  }
  std::printf("2. after 100 layers: linear %.4f, tanh %.4f of the power\n",
              power(line) / before, power(bent) / before);
  lesson.expect("2. linear: power kept", power(line) / before, near(1, 1e-3));
  lesson.expect("2. tanh: power kept", power(bent) / before, at_most(0.2));

  // ## 3. Leaky relu
  // o is as often positive as negative, and half of E[o^2] comes from each side. The
  // negative half is multiplied by a^2:
  //
  //     E[leaky(o)^2] = (1 + a^2)/2 E[o^2]         sigma^2 = 2 / ((1 + a^2) n_in)

  const double a = 0.5;
  Tensor h = randn({512, 256});  // (512,256)
  const double start = power(h);
  for (int l = 0; l < 10; ++l) {
    const Tensor w = normal(0, std::sqrt(2 / ((1 + a * a) * 256)), {256, 256});
    h = nn::functional::leaky_relu(linear(h, w), a);
  }
  std::printf("3. power after 10 leaky layers: %.3f of the start\n", power(h) / start);
  lesson.expect("3. leaky: power kept", power(h) / start, at_least(0.6));
  lesson.expect("3. leaky: power kept", power(h) / start, at_most(1.7));

  // ## 4. Sigmoids
  // Around the middle the sigmoid's slope is 1/4, and Xavier's weights keep the rest: each
  // layer multiplies the gradient by about 1/4.

  const int layers = 10;
  std::vector<Tensor> W;
  Tensor x = randn({256, 128});  // (256,128)
  for (int l = 0; l < layers; ++l) {
    Tensor w = empty({128, 128});  // (128,128)
    nn::init::xavier_uniform_(w);
    W.push_back(w.requires_grad_());
    x = sigmoid(linear(x, w));
  }
  x.backward(randn({256, 128}));
  double product = 1;
  for (int l = layers - 1; l > 1; --l) {
    const double ratio = W[l - 1].grad().norm().item() / W[l].grad().norm().item();
    std::printf("4. layer %d: gradient %.2e, factor %.3f\n", l,
                W[l - 1].grad().norm().item(), ratio);
    product *= ratio;
  }
  const double factor = std::pow(product, 1.0 / (layers - 2));
  lesson.expect("4. mean factor from layer to layer", factor, near(0.24, 0.05));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
