#include "training.hpp"

#include "nn/functional.hpp"
#include "numbers.hpp"
#include "optim/clip.hpp"

namespace hg::bench {
namespace {

constexpr int cycle = 8;  // mini-batches that are used in turn

struct Training {
  Recipe recipe;
  std::vector<Tensor> parameters;
  optim::Optimizer optimizer;
  size_t steps = 0;

  explicit Training(Recipe r)
      : recipe(std::move(r)),
        parameters(recipe.net->parameters()),
        optimizer(optim::make(recipe.optimizer, parameters, recipe.options)) {}

  Tensor step() {
    const Batch& batch = recipe.batches[steps++ % recipe.batches.size()];
    optimizer.zero_grad();
    Tensor loss = recipe.loss((*recipe.net)(batch.x), batch.y);
    loss.backward();
    if (recipe.clip > 0) optim::clip_grad_norm(parameters, recipe.clip);
    optimizer.step();
    return loss;
  }
};

}  // namespace

Work training(Recipe recipe) {
  start(*recipe.net);
  recipe.net->train();
  double items = recipe.items;
  auto t = std::make_shared<Training>(std::move(recipe));
  return {items, [t] { t->step(); }, [t] { return t->step().item(); }};
}

std::vector<Batch> images(const Shape& one, int64_t batch) {
  Shape shape = one;
  shape.insert(0, batch);
  std::vector<Batch> list;
  for (uint64_t b = 0; b < cycle; ++b) {
    list.push_back({normal(shape, 2 * b), whole({batch}, 10, 2 * b + 1)});
  }
  return list;
}

std::vector<Batch> texts(const Shape& shape, int64_t tokens, int64_t vocabulary) {
  std::vector<Batch> list;
  for (uint64_t b = 0; b < cycle; ++b) {
    list.push_back(
        {whole(shape, vocabulary, 2 * b), whole({tokens}, vocabulary, 2 * b + 1)});
  }
  return list;
}

Tensor cross_entropy(const Tensor& scores, const Tensor& target) {
  return nn::functional::cross_entropy(scores, target);
}

}  // namespace hg::bench
