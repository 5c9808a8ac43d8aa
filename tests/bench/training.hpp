// Training as every workload does it: a network, its loss, its optimizer, eight batches.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "case.hpp"
#include "nn/module.hpp"
#include "optim/optimizer.hpp"

namespace hg::bench {

struct Batch {
  Tensor x, y;
};

using Loss = std::function<Tensor(const Tensor& output, const Tensor& target)>;

struct Recipe {
  std::shared_ptr<nn::Module> net;
  std::vector<Batch> batches;  // used in turn, again and again
  Loss loss;
  std::string optimizer;
  optim::Options options;
  double items;      // in a batch
  double clip = 0;   // the largest norm of the gradient; 0: any
};

/// Draws the weights and returns the training step: forget the gradients, forward, loss,
/// backward, step.
Work training(Recipe recipe);

/// Eight batches of standard normal inputs with labels from 0 to 9.
std::vector<Batch> images(const Shape& one, int64_t batch);
/// Eight batches of texts x of this shape, and the `tokens` numbers to predict.
std::vector<Batch> texts(const Shape& shape, int64_t tokens, int64_t vocabulary);

Tensor cross_entropy(const Tensor& scores, const Tensor& target);

}  // namespace hg::bench
