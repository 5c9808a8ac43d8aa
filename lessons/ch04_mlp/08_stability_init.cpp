// # 4.8 Vanishing, exploding, and where to start
//
// Until now weights started as "small random numbers", and it worked. In a deep network it
// does not: the same recipe makes the signal die out, or blow up, on its way through the
// layers. How large must the first weights be? And why random at all?
//
// You know: layers and activations (4.1), the chain rule (2.4), variance (2.6).
// New here: products of many matrices, symmetry, Xavier's and He's way to start.

#include <cmath>
#include <cstdio>
#include <iostream>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// The variance of all elements: how strong a signal is.
double variance(const Tensor& t) {
  const Tensor x = t.detach();
  return (x - x.mean()).square().mean().item();
}

// ## A deep network, bare
// `depth` layers of the same width without biases. Layer l has n_in inputs, n_out outputs:
//
//     h_l = activation(h_(l-1) W_l^T),     W_l is (n_out, n_in)
//
// `start` fills the weights. We send one batch of noise through and ask, layer by layer,
// how strong the signal is; and on the way back, how strong its gradient.

using Activation = Tensor (*)(const Tensor&);
using Start = void (*)(const Tensor& w);

struct Strengths {
  std::vector<double> signal, gradient;  // of layer 1, 2, ...
};

Strengths send_through(int depth, int64_t width, Activation activation, Start start) {
  Tensor h = randn({256, width}).requires_grad_();  // (256,width)
  std::vector<Tensor> layers;
  for (int l = 0; l < depth; ++l) {
    Tensor w = empty({width, width});  // (width,width)
    start(w);
    h = activation(linear(h, w));  // (256,width)
    h.retain_grad();
    layers.push_back(h);
  }
  h.backward(randn({256, width}));
  Strengths s;
  for (const Tensor& layer : layers) {
    s.signal.push_back(variance(layer));
    s.gradient.push_back(variance(layer.grad()));
  }
  return s;
}

Tensor same(const Tensor& x) { return x; }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.8 Vanishing, exploding, and where to start");
  manual_seed(lesson.seed() + 1);

  // ## Products of matrices
  // By the chain rule the slope of the loss with respect to an early layer is a product
  // with one matrix for each later layer. Products of many factors rarely stay near 1. A
  // hundred 4x4 matrices of normal random numbers, multiplied:

  Tensor product = eye(4);  // (4,4)
  for (int i = 0; i < 100; ++i) product = product.mm(randn({4, 4}));
  const double exponent = std::log10(product.abs().max().item());
  std::printf("largest entry of the product: 10^%.1f\n", exponent);
  //> largest entry of the product: 10^27.0

  // Such a gradient *explodes*: a step along it leaves no weight where it made sense. With
  // factors below 1 the opposite happens. The sigmoid's slope is y (1 - y), at most 1/4,
  // and nearly 0 for inputs far from 0 on either side: the gradient *vanishes*.

  Tensor x = linspace(-8, 8, 161).requires_grad_();  // (161)
  const Tensor y = sigmoid(x);                       // (161)
  y.sum().backward();
  std::printf("sigmoid: largest slope %.3f, slope at 8: %.1e\n", x.grad().max().item(),
              x.grad()[-1].item());
  //> sigmoid: largest slope 0.250, slope at 8: 3.4e-04
  lesson.show(plot(x.detach(), {y.detach(), x.grad()},
                   {.xlabel = "x", .legend = {"sigmoid", "its slope"}}),
              "sigmoid");

  // Of 20 layers of sigmoids, their slopes alone leave 1/4 to the power 20 at most: 10^-12.
  //
  // ## All the same is no start
  // Let every weight begin with the same number. Then all hidden units of a layer compute
  // the same and get the same gradient, so they stay equal for ever: a hundred units are
  // as good as one. Descent cannot break this *symmetry*; randomness does.

  Tensor w1 = full({3, 2}, 0.5).requires_grad_();  // (3,2): 3 units
  Tensor w2 = full({1, 3}, 0.5).requires_grad_();  // (1,3)
  const Tensor in = randn({64, 2});                // (64,2)
  const Tensor target = sin(in.sum(1, true));      // (64,1)
  for (int step = 0; step < 500; ++step) {
    (linear(tanh(linear(in, w1)), w2) - target).square().mean().backward();
    no_grad guard;
    for (const Tensor& w : {w1, w2}) {
      w -= 0.1 * w.grad();
      w.zero_grad();
    }
  }
  const double apart = (w1.detach() - w1.detach()[0]).abs().max().item();
  std::cout << "after 500 steps: " << w1.detach() << "\n";
  //>[1%] after 500 steps: tensor([[1.2022, 1.1863],
  //>[1%]         [1.2022, 1.1863],
  //>[1%]         [1.2022, 1.1863]])

  // ## How wide?
  // Take one output of a layer without activation, o = sum_j w[j] x[j], where the n_in
  // weights and inputs are independent, with mean 0. Then the mean of o is 0, too, and
  //
  //     Var[o] = sum_j E[w[j]^2] E[x[j]^2] = n_in sigma^2 Var[x]
  //
  // with sigma^2 the variance of the weights; mixed terms have mean 0. The signal keeps
  // its strength if n_in sigma^2 = 1. Backward the same sum runs over the n_out outputs,
  // and the gradient keeps its strength if n_out sigma^2 = 1. Both can't hold when n_in
  // and n_out differ. Glorot and Bengio's compromise, known as *Xavier* initialisation:
  //
  //     sigma^2 = 2 / (n_in + n_out)
  //
  // A uniform distribution on [-a, a] has the variance a^2/3, so there a = sqrt(6 / (n_in +
  // n_out)).

  struct Try {
    const char* name;
    Activation activation;
    Start start;
  };
  const Try tries[] = {
      {"linear, std 0.01", same, [](const Tensor& w) { nn::init::normal_(w, 0, 0.01); }},
      {"linear, std 1", same, [](const Tensor& w) { nn::init::normal_(w, 0, 1); }},
      {"linear, Xavier", same, [](const Tensor& w) { nn::init::xavier_uniform_(w); }},
      {"tanh, Xavier", tanh, [](const Tensor& w) { nn::init::xavier_uniform_(w); }},
      {"sigmoid, Xavier", sigmoid, [](const Tensor& w) { nn::init::xavier_uniform_(w); }},
      {"relu, Xavier", relu, [](const Tensor& w) { nn::init::xavier_uniform_(w); }},
      {"relu, He", relu, [](const Tensor& w) { nn::init::kaiming_normal_(w); }},
  };
  // From layer 1 to layer 10, and back:
  const int depth = 10;
  std::vector<Strengths> found;
  std::vector<Values> curves;
  std::vector<std::string> names;
  for (const Try& t : tries) {
    const Strengths s = send_through(depth, 256, t.activation, t.start);
    std::printf("%-16s  signal %7.1e -> %7.1e   gradient %7.1e <- %7.1e\n", t.name,
                s.signal.front(), s.signal.back(), s.gradient.front(), s.gradient.back());
    found.push_back(s);
    curves.push_back(s.signal);
    names.push_back(t.name);
  }
  //>[5%] linear, std 0.01  signal 2.5e-02 -> 1.2e-16   gradient 4.8e-15 <- 1.0e+00
  //>[5%] linear, std 1     signal 2.6e+02 -> 1.2e+24   gradient 4.6e+21 <- 1.0e+00
  //>[5%] linear, Xavier    signal 9.9e-01 -> 1.0e+00   gradient 1.0e+00 <- 1.0e+00
  //>[5%] tanh, Xavier      signal 3.9e-01 -> 5.0e-02   gradient 1.6e-01 <- 1.0e+00
  //>[5%] sigmoid, Xavier   signal 4.3e-02 -> 1.3e-02   gradient 5.3e-12 <- 1.0e+00
  //>[5%] relu, Xavier      signal 3.4e-01 -> 5.1e-04   gradient 2.0e-03 <- 1.0e+00
  //>[5%] relu, He          signal 6.9e-01 -> 4.0e-01   gradient 7.8e-01 <- 1.0e+00
  lesson.show(plot(arange(1, depth + 1), curves,
                   {.xlabel = "layer",
                    .ylabel = "variance of the signal",
                    .legend = names,
                    .ylim = {1e-6, 1e3},
                    .yscale = "log",
                    .fmts = {"-", "--", "o-", "s-", "m--", "g-"}}),
              "signal");

  // Weights of 0.01 lose nearly everything in ten layers, weights of 1 explode; Xavier's
  // hold. tanh loses a little at every layer, since it is flatter than a line away from 0.
  // The sigmoid's signal only looks healthy: what varies is mostly from unit to unit, the
  // same for every input. Its gradient tells how little of the input is left.
  // relu throws away half of the signal's power, E[relu(o)^2] = Var[o] / 2, and doubling
  // the weights' variance makes up for it. That is He's start, 2 / n_in.
  //
  // ## Does it matter?
  // Twenty layers of relu, 64 units each, learn ten kinds of clothes from 2000 images. The
  // network is the same; only the start differs.

  const data::Fashion fashion =
      load_fashion(lesson, {.train_count = 2000, .test_count = 100});
  const int epochs = lesson.check() ? 7 : 20;
  const auto learn = [&](Start start) {
    manual_seed(lesson.seed() + 2);
    nn::Sequential net(nn::make<nn::Flatten>());
    for (int l = 0; l < 20; ++l) {
      net.append(nn::make<nn::Linear>(l == 0 ? 784 : 64, 64));
      net.append(nn::make<nn::ReLU>());
    }
    net.append(nn::make<nn::Linear>(64, 10));
    net.apply([&](nn::Module& m) {
      auto* layer = dynamic_cast<nn::Linear*>(&m);
      if (!layer) return;
      start(layer->weight);
      nn::init::zeros_(layer->bias);
    });
    auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.01}, {"momentum", 0.9}});
    std::vector<double> losses;
    for (int epoch = 0; epoch < epochs; ++epoch) {
      data::DataLoader batches(fashion.train, {.batch_size = 100, .shuffle = true});
      Accumulator metric(2);         // loss, images
      for (auto [X, y] : batches) {  // (100,1,28,28), (100)
        const Tensor loss = nn::functional::cross_entropy(net(X), y);
        sgd.zero_grad();
        loss.backward();
        sgd.step();
        metric.add(loss.item() * double(len(X)), len(X));
      }
      losses.push_back(metric[0] / metric[1]);
    }
    return losses;
  };
  const auto small = learn([](const Tensor& w) { nn::init::normal_(w, 0, 0.01); });
  const auto he = learn([](const Tensor& w) { nn::init::kaiming_normal_(w); });
  std::printf("loss at the end: std 0.01 %.3f, He %.3f; guessing costs log 10 = %.3f\n",
              small.back(), he.back(), std::log(10));
  //>[25%] loss at the end: std 0.01 2.303, He 0.487; guessing costs log 10 = 2.303
  lesson.show(plot(arange(1, epochs + 1), {small, he},
                   {.xlabel = "epoch", .ylabel = "loss", .legend = {"std 0.01", "He"}}),
              "learning");

  // The first network has not noticed that there are images: next to nothing of them
  // reaches its last layer.
  //
  // ## Bars
  lesson.expect("exponent of the product", exponent, at_least(20));
  lesson.expect("exponent of the product", exponent, at_most(30));
  lesson.expect("equal units stay equal", apart, at_most(1e-6));
  const double kept = found[2].signal.back() / found[2].signal.front();
  lesson.expect("Xavier: signal of layer 10 over layer 1", kept, at_least(0.5));
  lesson.expect("Xavier: signal of layer 10 over layer 1", kept, at_most(2));
  lesson.expect("Xavier: gradient of layer 1 over layer 10",
                found[2].gradient.front() / found[2].gradient.back(), near(1.25, 0.75));
  lesson.expect("small start: loss", small.back(), at_least(2.2));
  lesson.expect("He: loss", he.back(), at_most(lesson.check() ? 1.2 : 0.8));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Signals and gradients go through products of many factors: they vanish or explode
//   unless each factor keeps the variance.
// - Equal weights stay equal. Random ones break the symmetry.
// - Keep n_in sigma^2 = 1 (or its mean with n_out: Xavier); twice that for relu (He).
//
// ## Exercises
// 1. (Predict, then run.) In the symmetric network, set the output weights (w2) to random
//    numbers and leave the hidden ones equal. Do the hidden units stay equal?
// 2. (Derive.) Orthogonal matrices keep every length. What do 100 of them, multiplied, do
//    to the signal? Try nn::init::orthogonal_ with ten linear layers. And with tanh?
// 3. (Derive, then measure.) For relu with leaks, slope a below 0, which variance keeps the
//    signal? Check your formula at a = 0.5.
// 4. (Code.) Find, for each layer of a deep network of sigmoids with Xavier's start, the
//    norm of its weights' gradient. By which factor does it shrink from layer to layer?
