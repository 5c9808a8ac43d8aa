// # Solutions to 3.7: softmax regression, concisely

#include <cmath>
#include <cstdio>
#include <iostream>
#include <vector>

#include "handgrad.hpp"
using namespace hg;
namespace F = nn::functional;

namespace {

// Solution 4. W = sum_i A[i] (x) S[i], a block matrix whose block (r,c) is
// sum_i A[i,r,c] * S[i].
class BlockLinear : public nn::Module {
 public:
  BlockLinear(int64_t inputs, int64_t outputs, int64_t n)
      : inputs_(inputs),
        outputs_(outputs),
        A(*this, "A", normal(0, 1.0 / double(n), {n, n, n})),
        S(*this, "S", normal(0, 0.01, {n, inputs / n, outputs / n})),
        bias(*this, "bias", zeros({outputs})) {}

  Tensor forward(const Tensor& x) override {  // (N,inputs)
    // Axes (i, r, 1, c, 1) times (i, 1, d/n, 1, q/n), summed over i: (r, d/n, c, q/n).
    Tensor blocks = A.unsqueeze(2).unsqueeze(4) * S.unsqueeze(1).unsqueeze(3);
    return x.matmul(blocks.sum(0).reshape({inputs_, outputs_})) + bias;
  }

 private:
  int64_t inputs_, outputs_;

 public:
  nn::Parameter A, S, bias;  // (n,n,n), (n,inputs/n,outputs/n), (outputs)
};

// Trains with cross-entropy; returns the mean loss of the last epoch.
double train(nn::Module& net, data::DataLoader& loader, double lr, int epochs) {
  auto optimizer = optim::make("sgd", net.parameters(), {{"lr", lr}});
  double loss = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    Accumulator metric(2);        // loss, examples
    for (auto [X, y] : loader) {  // (256,1,28,28), (256)
      Tensor l = F::cross_entropy(net(X.flatten(1)), y);
      optimizer.zero_grad();
      l.backward();
      optimizer.step();
      metric.add(l.item() * double(len(y)), len(y));
    }
    loss = metric[0] / metric[1];
  }
  return loss;
}

double accuracy(nn::Module& net, data::DataLoader& loader) {
  no_grad guard;
  Accumulator metric(2);  // right ones, all
  for (auto [X, y] : loader) {
    metric.add((net(X.flatten(1)).argmax(1) == y).sum().item<int64_t>(), len(y));
  }
  return metric[0] / metric[1];
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "3.7 Softmax regression, concisely: solutions");

  // ## 1. A thousand more
  // Softmax sees differences only, so nothing should change. CrossEntropyLoss agrees. The
  // softmax of 3.6 overflows: infinity divided by infinity.

  Tensor o = randn({5, 10});       // (5,10)
  Tensor y = randint(0, 10, {5});  // (5)
  const double loss = F::cross_entropy(o, y).item();
  const double shifted = F::cross_entropy(o + 1000, y).item();
  Tensor e = (o + 1000).exp();
  Tensor yhat = e / e.sum(1, true);  // (5,10)
  std::cout << loss << " " << shifted << "\n" << yhat[0] << "\n";
  lesson.expect("change of the loss", std::abs(shifted - loss), at_most(1e-3));
  lesson.expect("softmax in two steps fails", yhat.isnan().all().item<bool>());

  // ## 2. The slope of log-sum-exp
  //
  //     d/do[k] log sum_j exp(o[j]) = exp(o[k]) / sum_j exp(o[j]) = softmax(o)[k]

  Tensor x = randn({5, 10}, f64).requires_grad_();  // (5,10)
  x.exp().sum(1).log().sum().backward();
  lesson.expect("largest difference to softmax",
                (x.grad() - x.detach().softmax(1)).abs().max().item(), at_most(1e-12));

  // ## 3. Learning rates
  // 0.001 hardly moves in the time given. 0.1 is near the best. With 1 the steps are so
  // long that they jump to and fro across the valley, and the loss is high and noisy.

  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 6000 : 30000, .test_count = check ? 1000 : 5000});
  const data::LoaderOptions shuffled{.batch_size = 256, .shuffle = true, .seed = 1};
  std::vector<double> losses;
  for (const double lr : {0.001, 0.01, 0.1, 1.0}) {
    manual_seed(lesson.seed() + 1);
    nn::Linear net(784, 10);
    data::DataLoader loader(fashion.train, shuffled);
    losses.push_back(train(net, loader, lr, 2));
    std::printf("lr %5g: loss %.3f\n", lr, losses.back());
  }
  lesson.expect("0.1 beats 0.01", losses[2] < losses[1]);
  lesson.expect("0.01 beats 0.001", losses[1] < losses[0]);
  lesson.expect("0.1 beats 1", losses[2] < losses[3]);

  // ## 4. Half the weights

  data::DataLoader test(fashion.test, {.batch_size = 256});
  std::vector<double> accuracies;
  for (const int64_t n : {1, 2}) {
    manual_seed(lesson.seed() + 1);
    BlockLinear net(784, 10, n);
    data::DataLoader loader(fashion.train, shuffled);
    train(net, loader, 0.1, 10);
    accuracies.push_back(accuracy(net, test));
    std::printf("n = %lld: %lld parameters, accuracy %.3f\n", (long long)n,
                (long long)net.parameter_count(), accuracies.back());
    lesson.expect("parameters", net.parameter_count(),
                  near(784 * 10 / n + n * n * n + 10, 0));
  }
  lesson.expect("accuracy with half the weights", accuracies[1], at_least(0.6));
  lesson.expect("what they cost", accuracies[0] - accuracies[1], at_most(0.15));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
