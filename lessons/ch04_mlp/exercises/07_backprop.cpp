// # Solutions to 4.7: backpropagation by hand

#include <algorithm>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

double gap(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item(); }

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.7 Backpropagation by hand: solutions");
  manual_seed(lesson.seed() + 1);
  const int64_t N = 32, D = 6, H = 8, K = 3;
  const Tensor x = randn({N, D}, f64);  // (32,6)
  const Tensor y = randint(0, K, {N});  // (32) classes

  // ## 1. Biases
  // z[n,j] = sum_i x[n,i] W1[j,i] + b1[j]: b1[j] acts through z[n,j] for every n, and the
  // slope is 1. So its gradient is what arrives, summed over the batch:
  //
  //     db1[j] = sum_n dz[n,j]          db2[k] = sum_n do[n,k]

  Tensor W1 = (0.5 * randn({H, D}, f64)).requires_grad_();          // (8,6)
  Tensor b1 = (0.5 * randn({H}, f64)).requires_grad_();             // (8)
  Tensor W2 = (0.5 * randn({K, H}, f64)).requires_grad_();          // (3,8)
  Tensor b2 = (0.5 * randn({K}, f64)).requires_grad_();             // (3)
  const Tensor z = linear(x, W1, b1), o = linear(relu(z), W2, b2);  // (32,8), (32,3)
  nn::functional::cross_entropy(o, y).backward();
  double biases = 0;
  {
    no_grad guard;
    const Tensor d_o = (o.softmax(1) - one_hot(y, K)) / double(N);  // (32,3)
    const Tensor dz = d_o.mm(W2) * (z > 0);                         // (32,8)
    biases = std::max(gap(d_o.sum(0), b2.grad()), gap(dz.sum(0), b1.grad()));
  }
  lesson.expect("1. gradients of the biases", biases, at_most(1e-12));

  // ## 2. Zeros in the last layer
  // dh = do W2 = 0, so dW1 is zero in the first step. dW2 = do^T h is not: after one step
  // W2 is different from zero, and from the second step on all gradients are alive. (With
  // zeros in W1 as well, h = 0 and nothing would ever move.)

  Tensor V1 = randn({H, D}, f64).requires_grad_();  // (8,6)
  Tensor V2 = zeros({K, H}, f64).requires_grad_();  // (3,8)
  std::vector<double> first_layer, last_layer;
  for (int step = 1; step <= 2; ++step) {
    V1.zero_grad();
    V2.zero_grad();
    nn::functional::cross_entropy(relu(x.mm(V1.t())).mm(V2.t()), y).backward();
    first_layer.push_back(V1.grad().norm().item());
    last_layer.push_back(V2.grad().norm().item());
    std::printf("2. step %d: |dW1| %.3f, |dW2| %.3f\n", step, first_layer.back(),
                last_layer.back());
    no_grad guard;
    for (const Tensor& v : {V1, V2}) v -= 0.5 * v.grad();
  }
  lesson.expect("2. first layer, first step", first_layer[0], at_most(0));
  lesson.expect("2. first layer, second step", first_layer[1], at_least(1e-3));
  lesson.expect("2. last layer, first step", last_layer[0], at_least(1e-3));

  // ## 3. tanh
  // h = tanh(z) has the slope 1 - h^2, so dz = dh (1 - h^2) needs h only, and h is kept
  // anyway for dW2. z can be dropped. (For relu, too: z > 0 exactly where h > 0.)

  Tensor U1 = randn({H, D}, f64).requires_grad_();  // (8,6)
  const Tensor V = randn({K, H}, f64);              // (3,8)
  const Tensor h = tanh(x.mm(U1.t()));              // (32,8)
  const Tensor scores = h.mm(V.t());                // (32,3)
  nn::functional::cross_entropy(scores, y).backward();
  double without_z = 0;
  {
    no_grad guard;
    const Tensor d_o = (scores.softmax(1) - one_hot(y, K)) / double(N);  // (32,3)
    const Tensor dz = d_o.mm(V) * (1 - h.square());                      // (32,8)
    without_z = gap(dz.t().mm(x), U1.grad());
  }
  lesson.expect("3. dW1 from h alone", without_z, at_most(1e-12));

  // ## 4. Checkpointing
  // Forward without recording, two layers at a time, and keep what goes into each pair.
  // Then, from the last pair to the first, run the pair once more, recorded, and send the
  // gradient of its output through it. Half of the memory, and a second forward pass as
  // the price.

  const int layers = 8;
  std::vector<Tensor> W;
  for (int l = 0; l < layers; ++l) {
    W.push_back((0.4 * randn({H, H}, f64)).requires_grad_());  // (8,8)
  }
  const auto pair = [&](int first, const Tensor& in) {  // (32,8) -> (32,8)
    return tanh(tanh(in.mm(W[first])).mm(W[first + 1]));
  };
  const Tensor input = randn({N, H}, f64), weights = randn({N, H}, f64);  // (32,8)

  Tensor whole = input;  // (32,8)
  for (int l = 0; l < layers; l += 2) whole = pair(l, whole);
  whole.backward(weights);
  std::vector<Tensor> usual;
  for (const Tensor& w : W) {
    usual.push_back(w.grad().clone());
    w.zero_grad();
  }

  std::vector<Tensor> kept{input};
  {
    no_grad guard;
    for (int l = 0; l + 2 < layers; l += 2) kept.push_back(pair(l, kept.back()));
  }
  Tensor arriving = weights;  // (32,8)
  for (int l = layers - 2; l >= 0; l -= 2) {
    Tensor in = kept[size_t(l / 2)].detach().requires_grad_();  // (32,8)
    pair(l, in).backward(arriving);
    arriving = in.grad();
  }
  double difference = 0;
  for (int l = 0; l < layers; ++l)
    difference = std::max(difference, gap(W[l].grad(), usual[l]));
  std::printf("4. largest difference %.1e, kept %zu of %d results\n", difference,
              kept.size(), layers);
  lesson.expect("4. with checkpoints", difference, at_most(1e-12));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
