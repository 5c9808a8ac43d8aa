// Losses and activations as functions, in PyTorch's positional order.
#pragma once

#include <string>

#include "ops/functions.hpp"
#include "tensor/tensor.hpp"

namespace hg::nn::functional {

using hg::linear;
using hg::log_softmax;
using hg::one_hot;
using hg::relu;
using hg::sigmoid;
using hg::softmax;
using hg::tanh;

// Every loss takes a `reduction`: "mean" (default) and "sum" give one number, "none" a loss
// for each element or sample. Formulas and derivatives: core/ops/pointwise_losses.cpp,
// cross_entropy.cpp, nll_loss.cpp.

/// (x - t)^2, without a factor 1/2. Shapes that differ broadcast, with a warning.
Tensor mse_loss(const Tensor& input, const Tensor& target,
                const std::string& reduction = "mean");

/// |x - t|
Tensor l1_loss(const Tensor& input, const Tensor& target,
               const std::string& reduction = "mean");

/// A parabola d^2/2 up to |d| = delta, its tangent beyond; d = x - t.
Tensor huber_loss(const Tensor& input, const Tensor& target,
                  const std::string& reduction = "mean", double delta = 1);

/// huber_loss divided by its threshold; beta = 0 is l1_loss.
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const std::string& reduction = "mean", double beta = 1);

/// -w[t] * x[t] for log-probabilities x (N,C,...) and class indices t (N,...), i64. "mean"
/// divides by the sum of the weights used.
Tensor nll_loss(const Tensor& input, const Tensor& target, const Tensor& weight = {},
                const std::string& reduction = "mean", int64_t ignore_index = -100);

/// From scores x (N,C,...) or (C): class indices t (N,...) of type i64, or probabilities of
/// x's shape. weight (C) or none.
Tensor cross_entropy(const Tensor& input, const Tensor& target, const Tensor& weight = {},
                     const std::string& reduction = "mean", int64_t ignore_index = -100,
                     double label_smoothing = 0);

/// From probabilities in [0,1]; logarithms are cut off at -100. weight broadcasts to input.
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const Tensor& weight = {},
                            const std::string& reduction = "mean");

/// From scores; exact for scores of any size.
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const Tensor& weight = {},
                                        const std::string& reduction = "mean",
                                        const Tensor& pos_weight = {});

/// t * (log t - x) for log-probabilities x. "mean" averages over all elements, "batchmean"
/// over rows: the divergence as it is defined.
Tensor kl_div(const Tensor& input, const Tensor& target,
              const std::string& reduction = "mean", bool log_target = false);

}  // namespace hg::nn::functional
