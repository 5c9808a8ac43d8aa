// # Solutions to 4.6: dropout

#include <cmath>
#include <cstdio>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace F = nn::functional;

namespace {

struct Net : nn::Module {
  nn::Linear lin1{*this, "lin1", 784, 128};
  nn::Linear lin2{*this, "lin2", 128, 128};
  nn::Linear lin3{*this, "lin3", 128, 10};
  double p1 = 0.2, p2 = 0.5;
  bool drop_weights = false;

  Tensor layer(nn::Linear& l, const Tensor& x, double p) {  // (N,in) -> (N,out)
    if (drop_weights) return relu(linear(x, F::dropout(l.weight, p, training()), l.bias));
    return F::dropout(relu(l(x)), p, training());
  }
  Tensor forward(const Tensor& x) override {  // (N,1,28,28) -> (N,10)
    return lin3(layer(lin2, layer(lin1, x.flatten(1), p1), p2));
  }
};

double accuracy(Net& net, data::DataLoader& loader) {
  no_grad guard;
  net.eval();
  Accumulator metric(2);        // right ones, all
  for (auto [X, y] : loader) {  // (1000,1,28,28), (1000)
    metric.add((net(X).argmax(1) == y).sum().item<int64_t>(), len(y));
  }
  return metric[0] / metric[1];
}

void train(Net& net, data::DataLoader& images, int epochs) {
  auto sgd = optim::make("sgd", net.parameters(), {{"lr", 0.3}});
  net.train();
  for (int epoch = 0; epoch < epochs; ++epoch) {
    for (auto [X, y] : images) {  // (100,1,28,28), (100)
      sgd.zero_grad();
      F::cross_entropy(net(X), y).backward();
      sgd.step();
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "4.6 Dropout: solutions");
  const bool check = lesson.check();
  const data::Fashion fashion = load_fashion(
      lesson, {.train_count = check ? 3000 : 10000, .test_count = check ? 1000 : 5000});
  data::DataLoader images(fashion.train, {.batch_size = 100, .shuffle = true, .seed = 1});
  data::DataLoader test(fashion.test, {.batch_size = 1000});
  const int epochs = check ? 5 : 10;

  // ## 1. Swapped
  // Half of what the first layer found is lost before anyone has looked at it. On the
  // bundled pictures that costs a few points, on the real ones none: look at several seeds
  // before you believe in a difference.

  manual_seed(lesson.seed() + 1);
  Net usual, swapped;
  swapped.p1 = 0.5;
  swapped.p2 = 0.2;
  train(usual, images, epochs);
  train(swapped, images, epochs);
  const double usual_acc = accuracy(usual, test), swapped_acc = accuracy(swapped, test);
  std::printf("1. usual %.3f, swapped %.3f\n", usual_acc, swapped_acc);
  lesson.expect("1. difference", std::abs(usual_acc - swapped_acc), at_most(0.1));

  // ## 2. Variance
  // E[h'^2] = (1-p) (h/(1-p))^2 = h^2/(1-p), and E[h'] = h, so
  //
  //     Var[h'] = h^2/(1-p) - h^2 = h^2 p/(1-p)
  //
  // At p = 0.5 it is h^2, at 0.8 four times that: noise grows without bound as p goes to 1.

  double worst = 0;
  for (double p : {0.2, 0.5, 0.8}) {
    const double measured = F::dropout(full({200000}, 3.0), p).var().item();
    const double formula = 9 * p / (1 - p);
    std::printf("2. p = %.1f: variance %.2f, formula %.2f\n", p, measured, formula);
    worst = std::max(worst, std::abs(measured / formula - 1));
  }
  lesson.expect("2. variance against formula", worst, at_most(0.05));

  // ## 3. Many opinions
  // Each pass is the vote of another thinned network. Their mean is about as good as
  // eval(), which is a quick stand-in for it. Where the votes differ most, the network is
  // unsure: its mistakes are found there.

  no_grad guard;
  const auto [X, labels] = *test.begin();  // (1000,1,28,28), (1000)
  usual.eval();
  const Tensor at_once = usual(X).argmax(1) == labels;  // (1000)
  usual.train();
  std::vector<Tensor> opinions;
  for (int i = 0; i < 50; ++i) opinions.push_back(usual(X).softmax(1));
  const Tensor votes = stack(opinions);           // (50,1000,10)
  const Tensor mean = votes.mean(0);              // (1000,10)
  const Tensor right = mean.argmax(1) == labels;  // (1000)
  const Tensor spread = votes.std(0).sum(1);      // (1000)
  const double when_right = spread[right].mean().item();
  const double when_wrong = spread[~right].mean().item();
  const double eval_acc = at_once.to(f32).mean().item();
  const double mean_acc = right.to(f32).mean().item();
  std::printf("3. right: eval() %.3f, mean of 50 %.3f\n", eval_acc, mean_acc);
  std::printf("3. spread of the votes: %.3f where right, %.3f where wrong\n", when_right,
              when_wrong);
  lesson.expect("3. mean of 50 against eval()", std::abs(mean_acc - eval_acc),
                at_most(0.05));
  lesson.expect("3. spread where wrong over where right", when_wrong / when_right,
                at_least(1.05));

  // ## 4. DropConnect
  // Every weight is dropped for itself. It regularises in the same way; but the mask is as
  // large as the weights, and it is one for the whole batch.

  enable_grad guard2;
  manual_seed(lesson.seed() + 2);
  Net connect;
  connect.drop_weights = true;
  train(connect, images, epochs);
  const double connect_acc = accuracy(connect, test);
  std::printf("4. weights dropped: %.3f\n", connect_acc);
  lesson.expect("4. difference to dropped units", std::abs(connect_acc - usual_acc),
                at_most(0.15));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
