// # 4.5 Weight decay
//
// Two hundred weights and twenty examples: a linear model can fit them all without an error
// and know nothing. More data would help, but there is none. What else keeps a model from
// learning by heart?
//
// You know: linear regression (3.2, 3.3), overfitting (4.4).
// New here: a penalty on large weights, decay in the optimizer, groups of parameters, and
// a penalty that sets weights to zero.

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## Data
// A label is the sum of all 200 features, each counted with 0.01, plus 0.05 and a little
// noise. With 20 examples the 200 weights are free to explain the noise as well.

const int64_t n_train = 20, n_test = 100, d = 200, batch_size = 5;

struct Data {
  Tensor X, y;  // (n,200), (n,1)
};

Data synthetic_data(int64_t n) {
  Tensor X = randn({n, d});                    // (n,200)
  Tensor y = X.mm(full({d, 1}, 0.01)) + 0.05;  // (n,1)
  y += normal(0, 0.01, y.shape());
  return {X, y};
}

Tensor linreg(const Tensor& X, const Tensor& w, const Tensor& b) { return X.mm(w) + b; }

Tensor squared_loss(const Tensor& yhat, const Tensor& y) {
  return (yhat - y).square() / 2;  // of y's shape
}

// ## The penalty
// Of two lines through the same points, which is the simpler one? A function that jumps at
// every small change of its input has large weights, so their size measures how wild it is.
// We add it to the loss:
//
//     L(w,b) + lambda/2 |w|^2,      |w|^2 = sum_j w[j]^2
//
// The square and the half make a slope without fuss, lambda w[j]. The bias is left alone:
// it lifts the whole line and makes nothing wilder. See what the penalty does in a step:
//
//     w[j] <- w[j] - eta (dL/dw[j] + lambda w[j])
//           = (1 - eta lambda) w[j] - eta dL/dw[j]
//
// First every weight shrinks by a small share of itself, and then the data speak. So this
// is called *weight decay*. A weight stays large only if the data keep pulling at it.

Tensor l2_penalty(const Tensor& w) { return w.square().sum() / 2; }  // ()
Tensor l1_penalty(const Tensor& w) { return w.abs().sum(); }         // ()

struct Result {
  std::vector<double> epochs, train, test;  // losses after these epochs
  Tensor w;                                 // (200,1)
  double norm() const { return w.norm().item(); }
};

using Penalty = Tensor (*)(const Tensor&);

Result train(const Data& data, const Data& test, double lambda, Penalty penalty, int epochs,
             uint64_t seed) {
  manual_seed(seed);
  Tensor w = normal(0, 1, {d, 1}).requires_grad_();  // (200,1)
  Tensor b = zeros({1}).requires_grad_();            // (1)
  Result result;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const Tensor order = randperm(n_train);  // (20), i64
    for (int64_t i = 0; i < n_train; i += batch_size) {
      const Tensor batch = order[slice(i, i + batch_size)];  // (5)
      const Tensor loss = squared_loss(linreg(data.X[batch], w, b), data.y[batch]);
      (loss.mean() + lambda * penalty(w)).backward();
      no_grad guard;
      for (const Tensor& p : {w, b}) {
        p -= 0.003 * p.grad();
        p.zero_grad();
      }
    }
    if (epoch % 5 == 0) {
      no_grad guard;
      const auto mean_loss = [&](const Data& on) {
        return squared_loss(linreg(on.X, w, b), on.y).mean().item();
      };
      result.epochs.push_back(epoch);
      result.train.push_back(mean_loss(data));
      result.test.push_back(mean_loss(test));
    }
  }
  result.w = w.detach();
  return result;
}

void draw(Lesson& lesson, const Result& r, const std::string& name) {
  lesson.show(plot(r.epochs, {r.train, r.test},
                   {.xlabel = "epoch",
                    .ylabel = "loss",
                    .legend = {"train", "test"},
                    .yscale = "log"}),
              name);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.5 Weight decay");
  const uint64_t seed = lesson.seed() + 1;  // of weights and batches; the data's is another
  manual_seed(seed + 1);
  const Data data = synthetic_data(n_train), test = synthetic_data(n_test);
  const int epochs = 100;

  // ## Without it
  // The training loss falls and falls. The test loss hardly moves:

  const Result free = train(data, test, 0, l2_penalty, epochs, seed);
  std::printf("lambda 0: train %.1e, test %.1f, |w| %.2f\n", free.train.back(),
              free.test.back(), free.norm());
  //>[2%] lambda 0: train 5.1e-06, test 110.9, |w| 13.69
  draw(lesson, free, "without");

  // |w| is what the random start gave, about the root of 200. Twenty examples say nothing
  // about the 180 other directions in which w can lie, so training never touches these.
  // The true weights have |w| = 0.14.
  //
  // ## With it

  const Result held = train(data, test, 3, l2_penalty, epochs, seed);
  std::printf("lambda 3: train %.1e, test %.3f, |w| %.3f\n", held.train.back(),
              held.test.back(), held.norm());
  //>[2%] lambda 3: train 8.6e-04, test 0.095, |w| 0.371
  draw(lesson, held, "with");

  // The training examples are met less well, and the new ones a thousand times better. In
  // the directions that no example asks for, 400 steps have left (1 - 0.009)^400 of the
  // start, 3 %: that is most of the |w| we see.
  //
  // ## In the optimizer
  // Since the decay is a line of the update, optimizers offer it: SGD adds weight_decay * w
  // to the gradient. The penalty whose slope this is has the half; whoever writes
  // lambda |w|^2 must pass 2 lambda. Weights and bias need different treatment, hence two
  // *parameter groups*. What a group does not say, it takes from the end of the line:

  const auto library = [&](double weight_decay) {
    manual_seed(seed);
    Tensor w = normal(0, 1, {d, 1}).requires_grad_();  // (200,1)
    Tensor b = zeros({1}).requires_grad_();            // (1)
    auto sgd = optim::make("sgd", {{{w}, {{"weight_decay", weight_decay}}}, {{b}, {}}},
                           {{"lr", 0.003}});
    for (int epoch = 1; epoch <= epochs; ++epoch) {
      const Tensor order = randperm(n_train);  // (20), i64
      for (int64_t i = 0; i < n_train; i += batch_size) {
        const Tensor batch = order[slice(i, i + batch_size)];  // (5)
        sgd.zero_grad();
        squared_loss(linreg(data.X[batch], w, b), data.y[batch]).mean().backward();
        sgd.step();
      }
    }
    return w.detach();  // (200,1)
  };
  const auto full_square = [](const Tensor& w) { return w.square().sum(); };
  const Result twice = train(data, test, 3, full_square, epochs, seed);
  const double same = (library(3) - held.w).abs().max().item();
  const double same_twice = (library(6) - twice.w).abs().max().item();
  std::printf("weight_decay 3 is 3/2 |w|^2, weight_decay 6 is 3 |w|^2: %s\n",
              std::max(same, same_twice) < 1e-5 ? "yes" : "no");
  //> weight_decay 3 is 3/2 |w|^2, weight_decay 6 is 3 |w|^2: yes

  // ## How strong?
  // lambda is a hyper-parameter. The training loss cannot choose it, since it always votes
  // for 0. Other examples can:

  std::vector<double> lambdas, on_train, on_test;
  for (double lambda = 0.01; lambda < 200; lambda *= 3) {
    const Result r = train(data, test, lambda, l2_penalty, epochs, seed);
    lambdas.push_back(lambda);
    on_train.push_back(r.train.back());
    on_test.push_back(r.test.back());
    std::printf("lambda %6.2f: train %.1e, test %8.4f\n", lambda, r.train.back(),
                r.test.back());
  }
  //>[2%] lambda   0.01: train 5.1e-06, test 108.2303
  //>[2%] lambda   0.81: train 1.1e-04, test  15.8832
  //>[2%] lambda   7.29: train 2.6e-03, test   0.0087
  //>[2%] lambda 196.83: train 1.4e-02, test   0.0086
  lesson.show(plot(lambdas, {on_train, on_test},
                   {.xlabel = "lambda",
                    .ylabel = "loss",
                    .legend = {"train", "test"},
                    .xscale = "log",
                    .yscale = "log",
                    .fmts = {"o-", "ms--"}}),
              "strengths");

  // Towards 200 training has done no more than shrink w, and the test loss stays low: so
  // little is to be learned from twenty examples that w = 0, the same guess for all, is
  // hard to beat. (Here the test set chose, so the best of its losses flatters. A real
  // choice takes a validation set.)
  //
  // ## A penalty that empties
  // lambda sum_j |w[j]| has the slope lambda sign(w[j]): every weight loses the same amount
  // a step, a small one as much as a large one. The L2 penalty pulls at a small weight
  // hardly at all. So L1 brings the unneeded weights all the way to 0 (to within a step's
  // length, see exercise 3), and *chooses* features. We let 5 of the 200 features matter,
  // each with weight 1, and give both the same 100 examples.

  manual_seed(seed + 1);
  Tensor sparse = zeros({d, 1});  // (200,1)
  sparse[slice(0, 5)] = 1.0;
  const auto few = [&](int64_t n) {
    Tensor X = randn({n, d});  // (n,200)
    return Data{X, X.mm(sparse) + normal(0, 0.1, {n, 1})};
  };
  const Data some = few(n_train * 5), others = few(n_test);
  const auto fit = [&](double l1, double l2) {
    manual_seed(seed);
    Tensor w = normal(0, 0.1, {d, 1}).requires_grad_();  // (200,1)
    for (int step = 0; step < 3000; ++step) {
      const Tensor miss = squared_loss(some.X.mm(w), some.y).mean();  // ()
      (miss + l1 * l1_penalty(w) + l2 * l2_penalty(w)).backward();
      no_grad guard;
      w -= 0.02 * w.grad();
      w.zero_grad();
    }
    return w.detach();  // (200,1)
  };
  const auto near_zero = [](const Tensor& w) {
    return (w.abs() < 0.01).to(i64).sum().item<int64_t>();
  };
  const Tensor by_l1 = fit(0.1, 0), by_l2 = fit(0, 0.1);  // (200,1)
  const int64_t zeros_l1 = near_zero(by_l1), zeros_l2 = near_zero(by_l2);
  for (const auto& [name, w] : {std::pair{"L1", by_l1}, std::pair{"L2", by_l2}}) {
    std::printf("%s: test loss %.3f, %3d of 200 weights below 0.01\n", name,
                squared_loss(others.X.mm(w), others.y).mean().item(), int(near_zero(w)));
  }
  //>[5%] L1: test loss 0.033, 195 of 200 weights below 0.01
  //>[2%] L2: test loss 1.114, 19 of 200 weights below 0.01
  Figure weights;
  weights.axes().line(arange(200), by_l2, "m.", "L2").line(arange(200), by_l1, ".", "L1");
  weights.axes().xlabel("feature").ylabel("weight");
  lesson.show(weights, "sparse");

  // ## Bars
  lesson.expect("norm without decay over norm with it", free.norm() / held.norm(),
                at_least(8));
  lesson.expect("test loss with decay", held.test.back(), at_most(0.2));
  lesson.expect("test loss without decay", free.test.back(), at_least(10));
  lesson.expect("optimizer against penalty", std::max(same, same_twice), at_most(1e-5));
  lesson.expect("weights near 0: L1 over L2", double(zeros_l1) / double(zeros_l2),
                at_least(3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A penalty on the size of the weights prefers the simpler of the models that fit.
// - lambda/2 |w|^2 in the loss is a decay of lambda in SGD; it goes to weights, not biases.
// - L2 makes all weights small, L1 makes most of them zero.
//
// ## Exercises
// 1. (Predict, then run.) Start with w = 0 instead of random numbers and lambda = 0. What
//    is |w| after training, and the test loss?
// 2. (Derive.) Under L2 decay alone (no data), how does |w| fall with the steps? Under L1?
//    After how many steps is a weight of 1 at 0, with eta = 0.003 and lambda = 3?
// 3. (Code.) In the L1 run weights near 0 jump from side to side by eta lambda. Replace the
//    slope of the penalty by the *proximal* step after the data's step: shrink |w[j]| by
//    eta lambda, but not below 0. How many weights are exactly 0?
// 4. (Derive.) Read the penalty as Bayes would: which distribution of weights, assumed
//    before seeing data, has -log p(w) = lambda/2 |w|^2 + constant? Which gives L1?
