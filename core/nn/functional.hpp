// Losses and activations as functions, in PyTorch's positional order.
#pragma once

#include <string>

#include "nn/functional_vision.hpp"  // convolutions, pooling, resizing
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

// ---- activations, element by element --------------------------------------------------
// Curves, slopes and sources: core/ops/, one file each.

/// x where positive, negative_slope * x elsewhere.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// relu, cut off at 6.
Tensor relu6(const Tensor& x);
/// x where positive, alpha * (e^x - 1) elsewhere.
Tensor elu(const Tensor& x, double alpha = 1);
/// x times the share of a normal distribution below x; `approximate` is "none" or "tanh".
Tensor gelu(const Tensor& x, const std::string& approximate = "none");
/// x * sigmoid(x), also called swish.
Tensor silu(const Tensor& x);
/// log(1 + e^(beta x))/beta, a smooth relu; above `threshold` / beta it is x itself.
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
/// x, cut off at both ends.
Tensor hardtanh(const Tensor& x, double min_val = -1, double max_val = 1);
/// leaky_relu with a slope that is learned: weight (1), or (C) for x (N, C, ...).
Tensor prelu(const Tensor& x, const Tensor& weight);
/// silu(gate) * value: a gate of its own for each number. Both of one shape.
Tensor swiglu(const Tensor& gate, const Tensor& value);

// ---- layers -----------------------------------------------------------------------------

/// In training, sets each element to 0 with probability p and divides the rest by 1 - p, so
/// that the expectation stays; otherwise x itself.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true);
/// The same, but whole channels are set to 0 together: x (N, C, ...). Neighbouring places
/// of a channel hold much the same, and would betray a single element that is missing.
Tensor dropout1d(const Tensor& x, double p = 0.5, bool training = true);  ///< (N, C, L)
Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true);  ///< (N, C, H, W)
Tensor dropout3d(const Tensor& x, double p = 0.5, bool training = true);
/// Rows of weight (V, D) chosen by whole numbers x (...): (..., D). The row padding_idx
/// (-1: none) gets no gradient.
Tensor embedding(const Tensor& x, const Tensor& weight, int64_t padding_idx = -1);
/// Brings the last axes, of shape normalized_shape, to mean 0 and variance 1, then times
/// weight plus bias (each of that shape, or none).
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);
/// The same for each channel over the batch, x (N, C) or (N, C, ...). In training the
/// batch's statistics are used, and move running_mean and running_var (each (C), or
/// none) by `momentum` towards them; otherwise the running ones are used.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight = {}, const Tensor& bias = {}, bool training = false,
                  double momentum = 0.1, double eps = 1e-5);
/// Channels of x (N, C, ...) in num_groups groups; each group of each sample is brought to
/// mean 0 and variance 1, then times weight (C) plus bias (C), or none.
Tensor group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);
/// Each channel of each sample by itself, x (N, C, ...). With running statistics and
/// without use_input_stats those are used, as in batch_norm.
Tensor instance_norm(const Tensor& x, const Tensor& running_mean = {},
                     const Tensor& running_var = {}, const Tensor& weight = {},
                     const Tensor& bias = {}, bool use_input_stats = true,
                     double momentum = 0.1, double eps = 1e-5);
/// x / (k + alpha/size * sum of squares over `size` neighbouring channels)^beta.
Tensor local_response_norm(const Tensor& x, int64_t size, double alpha = 1e-4,
                           double beta = 0.75, double k = 1);
/// y[n,o] = sum_ij a[n,i] weight[o,i,j] b[n,j] + bias[o].
Tensor bilinear(const Tensor& a, const Tensor& b, const Tensor& weight,
                const Tensor& bias = {});
/// Surrounds x: `pad` names how much before and behind the last axis, then the one before
/// it, ...; negative amounts cut off. mode is "constant" (`value` everywhere), "reflect",
/// "replicate" or "circular" (what comes next on the way round, from the other end).
Tensor pad(const Tensor& x, const Shape& pad, const std::string& mode = "constant",
           Scalar value = 0);
/// The cosine of the angle between a and b along an axis; lengths count as eps at least.
Tensor cosine_similarity(const Tensor& a, const Tensor& b, int64_t axis = 1,
                         double eps = 1e-8);
/// x divided by its p-norm along an axis, or by eps where that is larger.
Tensor normalize(const Tensor& x, double p = 2, int64_t axis = 1, double eps = 1e-12);

// ---- losses -----------------------------------------------------------------------------
// Every loss takes a `reduction`: "mean" (default) and "sum" give one number, "none" a loss
// for each element or sample. Formulas and derivatives: core/ops/pointwise_losses.cpp,
// binary_cross_entropy.cpp, kl_div.cpp, cross_entropy.cpp, nll_loss.cpp, cosine_*.cpp.

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

/// For pairs of rows (N,D) and labels 1 (alike: 1 - cos) or -1 (unlike: max(0, cos -
/// margin)).
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target,
                             double margin = 0, const std::string& reduction = "mean");

}  // namespace hg::nn::functional
