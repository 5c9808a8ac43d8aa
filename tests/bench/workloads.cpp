// The training workloads. One step each is: forget the gradients, forward, loss, backward,
// (shorten the gradient), optimizer. Losses are means, everything is f32.
#include "models.hpp"
#include "nn/functional.hpp"
#include "numbers.hpp"
#include "training.hpp"

namespace hg::bench {
namespace {

// A classifier of ten kinds.
std::function<Work()> classifier(std::shared_ptr<nn::Module> (*net)(), Shape one,
                                 int64_t batch, std::string optimizer,
                                 optim::Options options) {
  return [=] {
    return training({net(), images(one, batch), cross_entropy, optimizer, options,
                     double(batch)});
  };
}

// A line through noisy points, y = 2 x0 - 3.4 x1 + 4.2, ten of them at a time.
Work linreg() {
  std::vector<Batch> batches;
  Tensor w = tensor({{2.0}, {-3.4}});
  for (uint64_t b = 0; b < 100; ++b) {
    Tensor x = normal({10, 2}, 2 * b);
    batches.push_back({x, x.mm(w) + 4.2 + 0.01 * normal({10, 1}, 2 * b + 1)});
  }
  Loss mse = [](const Tensor& y, const Tensor& t) { return nn::functional::mse_loss(y, t); };
  return training({line(), batches, mse, "sgd", {{"lr", 0.03}}, 10});
}

}  // namespace

std::vector<Case> training_cases() {
  auto samples = [](const char* name, std::function<Work()> make) {
    return Case{name, "all", "samples", std::move(make)};
  };
  return {
      samples("linreg", linreg),
      samples("softmax", classifier(softmax, {784}, 256, "sgd", {{"lr", 0.1}})),
      samples("mlp", classifier(mlp, {784}, 256, "sgd", {{"lr", 0.1}})),
  };
}

}  // namespace hg::bench
