// # 4.7 Backpropagation by hand
//
// `loss.backward()` fills every gradient of a network in one call. What does it do? We take
// a network with one hidden layer, write its backward pass on paper, then in code, and
// compare with the tape to the last digits.
//
// You know: the chain rule (2.4), backward as a caller (2.5), hidden layers (4.3).
// New here: the backward pass as a program; what must be kept for it, and what it costs.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## A machine of three stages
// y = f3(f2(f1(x))). Going forward, each stage keeps what it was given. Going backward,
// each multiplies what arrives, the slope of y with respect to its result, by its own
// slope:
//
//     dy/dx = f3'(f2(f1(x))) * f2'(f1(x)) * f1'(x)
//
// Read from the left: the last stage comes first. Every stage needs its own input only, and
// the number that comes from behind. No stage knows the whole.

struct Stage {
  std::function<double(double)> f, slope;
};

// ## The network
// For a batch of N examples with D features, H hidden units and K classes:
//
//     z = x W1^T          (N,H)      W1 is (H,D)
//     h = relu(z)         (N,H)
//     o = h W2^T          (N,K)      W2 is (K,H)
//     L = (1/N) sum_n cross_entropy(o[n], y[n])
//     s = lambda/2 (|W1|^2 + |W2|^2)
//     J = L + s
//
// ## Backward, index by index
// dJ/dL = dJ/ds = 1. From softmax and cross-entropy together (3.6) comes a difference:
//
//     do[n,k] = (softmax(o[n])[k] - (y[n] == k)) / N
//
// W2[k,j] acts through o[n,k] = sum_j h[n,j] W2[k,j], once for each n, and through s:
//
//     dW2[k,j] = sum_n do[n,k] h[n,j] + lambda W2[k,j]       =  do^T h + lambda W2
//
// h[n,j] acts through o[n,k] for each k:
//
//     dh[n,j]  = sum_k do[n,k] W2[k,j]                       =  do W2
//
// relu lets through where z was positive, and the first layer repeats the second:
//
//     dz[n,j]  = dh[n,j] * (z[n,j] > 0)
//     dW1[j,i] = sum_n dz[n,j] x[n,i] + lambda W1[j,i]       =  dz^T x + lambda W1
//
// No rule of transposes is needed: the index that is summed says where each factor goes.

struct Gradients {
  Tensor W1, W2;
};

struct Net {
  Tensor W1, W2;  // (H,D), (K,H)
  double lambda;

  // The loss, and on the way everything that backward() will ask for.
  struct Kept {
    Tensor x, z, h, o;  // (N,D), (N,H), (N,H), (N,K)
  };
  std::pair<double, Kept> forward(const Tensor& x, const Tensor& y) const {
    Kept k;
    k.x = x;
    k.z = x.mm(W1.t());
    k.h = k.z.clamp(0);
    k.o = k.h.mm(W2.t());
    const Tensor log_p = k.o - k.o.exp().sum(1, true).log();  // (N,K)
    const double L = -log_p.gather(1, y.unsqueeze(1)).mean().item();
    const double s = lambda / 2 * (W1.square().sum() + W2.square().sum()).item();
    return {L + s, k};
  }

  Gradients backward(const Kept& k, const Tensor& y) const {
    const double N = double(len(k.x));
    const Tensor d_o = (k.o.softmax(1) - one_hot(y, k.o.size(1))) / N;  // (N,K)
    const Tensor dh = d_o.mm(W2);                                       // (N,H)
    const Tensor dz = dh * (k.z > 0);                                   // (N,H)
    return {dz.t().mm(k.x) + lambda * W1, d_o.t().mm(k.h) + lambda * W2};
  }
};

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.7 Backpropagation by hand");
  manual_seed(lesson.seed() + 1);

  // ## Three stages
  // y = exp(sin(x^2)) at x = 1.5:

  const std::vector<Stage> machine = {
      {[](double t) { return t * t; }, [](double t) { return 2 * t; }},
      {[](double t) { return std::sin(t); }, [](double t) { return std::cos(t); }},
      {[](double t) { return std::exp(t); }, [](double t) { return std::exp(t); }},
  };
  std::vector<double> kept{1.5};
  for (const Stage& stage : machine) kept.push_back(stage.f(kept.back()));
  double slope = 1;  // dy/dy
  for (size_t i = machine.size(); i-- > 0;) slope *= machine[i].slope(kept[i]);
  Tensor x0 = tensor(1.5, f64).requires_grad_();  // ()
  exp(sin(x0.square())).backward();
  std::printf("dy/dx: by hand %.6f, tape %.6f\n", slope, x0.grad().item());
  //> dy/dx: by hand -4.103116, tape -4.103116

  // ## The network, by hand

  const int64_t N = 64, D = 20, H = 30, K = 5;
  const Tensor x = randn({N, D}, f64);  // (64,20)
  const Tensor y = randint(0, K, {N});  // (64) classes
  const Net net{0.3 * randn({H, D}, f64), 0.3 * randn({K, H}, f64), 0.01};
  const auto [J, k] = net.forward(x, y);
  const Gradients by_hand = net.backward(k, y);

  // ## The same from the tape
  // One line of forward for each of ours, and none for backward.

  Tensor W1 = net.W1.clone().requires_grad_();  // (30,20)
  Tensor W2 = net.W2.clone().requires_grad_();  // (5,30)
  Tensor o = relu(x.mm(W1.t())).mm(W2.t());     // (64,5)
  Tensor s = net.lambda / 2 * (W1.square().sum() + W2.square().sum());
  Tensor loss = nn::functional::cross_entropy(o, y) + s;  // ()
  lesson.graph(loss, {{"W1", W1}, {"W2", W2}});
  loss.backward();
  const double gap1 = (by_hand.W1 - W1.grad()).abs().max().item();
  const double gap2 = (by_hand.W2 - W2.grad()).abs().max().item();
  std::printf("J: by hand %.6f, tape %.6f\n", J, loss.item());
  std::printf("largest difference below 1e-15: dW1 %s, dW2 %s\n",
              gap1 < 1e-15 ? "yes" : "no", gap2 < 1e-15 ? "yes" : "no");
  //>[1%] J: by hand 3.076838, tape 3.076838
  //> largest difference below 1e-15: dW1 yes, dW2 yes

  // Two programs can agree and both be wrong. The measured slope (2.4) belongs to neither:
  // move one weight by h in each direction.

  double worst = 0;
  for (auto [j, i] : {std::pair{0, 0}, {7, 3}, {29, 19}}) {
    const auto moved = [&](double h) {
      Net other{net.W1.clone(), net.W2, net.lambda};
      other.W1[{j, i}] += h;
      return other.forward(x, y).first;
    };
    const double measured = (moved(1e-5) - moved(-1e-5)) / 2e-5;
    std::printf("dJ/dW1[%2d,%2d]: by hand %9.6f, measured %9.6f\n", j, i,
                by_hand.W1[{j, i}].item(), measured);
    worst = std::max(worst, std::abs(measured - by_hand.W1[{j, i}].item()));
  }

  // ## What the tape wrote down
  // Running the forward lines recorded them. Each result knows the operation that made it,
  // and that knows its inputs. Following these pointers from the loss gives the graph that
  // backward() walks, last line first. Here without the penalty:

  const Tensor L = nn::functional::cross_entropy(relu(x.mm(W1.t())).mm(W2.t()), y);  // ()
  const Graph recorded = graph(L, {.parameters = {{"W1", W1}, {"W2", W2}}});
  for (const Graph::Box& box : recorded.boxes) std::cout << box.lines[0] << " ";
  std::cout << "\n";
  //> W1 transpose W2 transpose input matmul relu matmul target cross_entropy

  // The leaves W1 and W2, the data as `input` and `target`, and between them the
  // operations, each behind what it needs. Backward takes them from the right.

  if (const auto path = lesson.picture("net.dot")) recorded.save(*path);

  // With `--out` the graph is saved for graphviz, arrows and shapes included; with
  // `--graph net.svg` the lesson draws that of J.
  //
  // ## What it costs
  // A product of (N,D) with (D,H) takes N D H multiply-adds. Backward needs two of that
  // size for each layer, do^T h and do W2 (the first layer, which passes nothing further,
  // one): training costs about three times as much as predicting, here, where the first
  // layer has most of the work, 2.2 times. And memory: z, h and o,
  // all of them (N, something), must stay until backward has passed. So a larger batch
  // needs more memory, and a deeper network, too; under no_grad nothing is kept.

  const auto mults = [&](double in, double out) { return double(N) * in * out; };
  const double forward_macs = mults(D, H) + mults(H, K);
  const double backward_macs = mults(D, H) + 2 * mults(H, K);
  std::printf("multiply-adds: forward %.0f, backward %.0f; kept: %lld numbers\n",
              forward_macs, backward_macs,
              (long long)(k.z.numel() + k.h.numel() + k.o.numel()));
  //> multiply-adds: forward 48000, backward 57600; kept: 4160 numbers

  // ## Bars
  lesson.expect("three stages", std::abs(slope - x0.grad().item()), at_most(1e-12));
  lesson.expect("dW1, by hand against the tape", gap1, at_most(1e-6));
  lesson.expect("dW2, by hand against the tape", gap2, at_most(1e-6));
  lesson.expect("dW1, by hand against measured", worst, at_most(1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Backward is a program like forward: the same stages in reverse order, each multiplying
//   what arrives by its own slope.
// - A weight's gradient is what arrived at its layer's output times the layer's input.
// - Backward costs about twice the forward pass, and the memory of all kept results.
//
// ## Exercises
// 1. (Derive, then code.) Add biases b1 (H) and b2 (K). What are their gradients? Compare.
// 2. (Predict, then run.) Initialise W2 with zeros. Which gradients are zero in the first
//    step, and which in the second?
// 3. (Derive.) Replace relu by tanh. Which of z and h must be kept? Which could be dropped?
// 4. (Code.) *Checkpointing*: keep only every second layer's result of a deep network and
//    compute the others again during backward. Show that the gradients are the same.
