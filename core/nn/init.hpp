// Starting values of parameters. Each changes its argument in place, without recording.
//
// A sum of n products w[i] x[i] of independent numbers with mean 0 has n times the variance
// of one product. So that signals neither swell nor fade from layer to layer, a weight's
// variance must be about 1/n: n is fan_in, the number of inputs that a unit adds up, in the
// forward pass, and fan_out, the number of units that an input goes to, in the backward
// pass. What an activation takes away is given back by a gain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tensor/tensor.hpp"

namespace hg::nn::init {

/// Every element uniform in [low, high).
void uniform_(const Tensor& t, double low = 0, double high = 1);
/// Every element normal with this mean and standard deviation.
void normal_(const Tensor& t, double mean = 0, double std = 1);
/// The same, drawn again where it falls outside [low, high].
void trunc_normal_(const Tensor& t, double mean = 0, double std = 1, double low = -2,
                   double high = 2);
void constant_(const Tensor& t, Scalar value);
void zeros_(const Tensor& t);
void ones_(const Tensor& t);
/// Ones on the diagonal of a matrix: a layer that passes on its input.
void eye_(const Tensor& t);

/// Of a weight (out, in, kernel...): fan_in = in * kernel, fan_out = out * kernel.
struct Fans {
  int64_t in, out;
};
/// Throws for tensors with fewer than two axes.
Fans fans(const Tensor& t);

/// The factor that makes up for an activation: 1 for "linear", "sigmoid", "conv2d", ...,
/// 5/3 for "tanh", sqrt(2) for "relu", sqrt(2/(1+a^2)) for "leaky_relu" with slope a (0.01
/// if none is given), 3/4 for "selu".
double calculate_gain(const std::string& nonlinearity, std::optional<double> param = {});

/// Uniform or normal with variance gain^2 * 2/(fan_in + fan_out), midway between what the
/// two passes ask for (Glorot and Bengio, 2010).
void xavier_uniform_(const Tensor& t, double gain = 1);
void xavier_normal_(const Tensor& t, double gain = 1);

/// Uniform or normal with variance gain^2/fan, where `mode` says which fan ("fan_in" or
/// "fan_out") and the gain is calculate_gain(nonlinearity, a) (He et al., 2015).
void kaiming_uniform_(const Tensor& t, double a = 0, const std::string& mode = "fan_in",
                      const std::string& nonlinearity = "leaky_relu");
void kaiming_normal_(const Tensor& t, double a = 0, const std::string& mode = "fan_in",
                     const std::string& nonlinearity = "leaky_relu");

/// As a matrix (size(0), the rest): orthonormal rows, or columns if there are more rows,
/// times gain. Such a matrix keeps lengths, so products of many neither grow nor shrink
/// (Saxe, McClelland and Ganguli, 2013).
void orthogonal_(const Tensor& t, double gain = 1);

}  // namespace hg::nn::init
