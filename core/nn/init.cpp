#include "nn/init.hpp"

#include <cmath>

#include "autograd/grad_mode.hpp"
#include "tensor/create.hpp"

namespace hg::nn::init {

void uniform_(const Tensor& t, double low, double high) {
  no_grad guard;
  t.uniform_(low, high);
}

void normal_(const Tensor& t, double mean, double std) {
  no_grad guard;
  t.normal_(mean, std);
}

void constant_(const Tensor& t, Scalar value) {
  no_grad guard;
  t.fill_(value);
}

void zeros_(const Tensor& t) { constant_(t, 0); }
void ones_(const Tensor& t) { constant_(t, 1); }

void eye_(const Tensor& t) {
  if (t.dim() != 2) {
    throw Error("eye_", "the tensor is " + t.shape().to_string() + ": it must be a matrix");
  }
  no_grad guard;
  t.copy_(eye(t.size(0), t.size(1), t.dtype()));
}

// A draw is kept with the normal distribution's share of [low, high]. Where that share is
// tiny the draws would not end, so it must be at least 1 in 10,000.
void trunc_normal_(const Tensor& t, double mean, double std, double low, double high) {
  auto below = [&](double x) { return std::erfc((mean - x) / (std * std::sqrt(2))) / 2; };
  if (!(std > 0) || !(below(high) - below(low) > 1e-4)) {
    throw Error("trunc_normal_", "mean " + std::to_string(mean) + " and std " +
                                     std::to_string(std) + " leave next to nothing in [" +
                                     std::to_string(low) + ", " + std::to_string(high) +
                                     "]");
  }
  no_grad guard;
  uint64_t seed = default_generator().next_seed(), i = 0;
  Tensor drawn = empty(t.shape(), f64);
  for (double& x : drawn.span<double>()) {
    do {
      x = mean + std * normal_f64(seed, i++);
    } while (x < low || x > high);
  }
  t.copy_(drawn);
}

Fans fans(const Tensor& t) {
  if (t.dim() < 2) {
    throw Error("init",
                "the tensor is " + t.shape().to_string() +
                    ": fan_in and fan_out need two axes, (outputs, inputs)",
                "a bias starts at 0 or uniform");
  }
  int64_t kernel = 1;
  for (int d = 2; d < t.dim(); ++d) kernel *= t.size(d);
  return {t.size(1) * kernel, t.size(0) * kernel};
}

double calculate_gain(const std::string& nonlinearity, std::optional<double> param) {
  for (const char* linear : {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
                             "conv_transpose2d", "conv_transpose3d", "sigmoid"}) {
    if (nonlinearity == linear) return 1;
  }
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "selu") return 3.0 / 4;
  if (nonlinearity == "leaky_relu") {
    double a = param.value_or(0.01);
    return std::sqrt(2 / (1 + a * a));
  }
  throw Error("calculate_gain", "no gain is known for '" + nonlinearity + "'",
              "there are linear, conv2d, sigmoid, tanh, relu, leaky_relu, selu");
}

// A uniform distribution in +-bound has variance bound^2/3.
static void with_deviation(const Tensor& t, double std, bool uniform) {
  double bound = std * std::sqrt(3.0);
  uniform ? uniform_(t, -bound, bound) : normal_(t, 0, std);
}

static double xavier_deviation(const Tensor& t, double gain) {
  Fans f = fans(t);
  return f.in + f.out > 0 ? gain * std::sqrt(2.0 / double(f.in + f.out)) : 0;
}

void xavier_uniform_(const Tensor& t, double gain) {
  with_deviation(t, xavier_deviation(t, gain), true);
}

void xavier_normal_(const Tensor& t, double gain) {
  with_deviation(t, xavier_deviation(t, gain), false);
}

static double kaiming_deviation(const Tensor& t, double a, const std::string& mode,
                                const std::string& nonlinearity) {
  if (mode != "fan_in" && mode != "fan_out") {
    throw Error("kaiming", "mode is '" + mode + "'; it must be fan_in or fan_out");
  }
  Fans f = fans(t);
  int64_t fan = mode == "fan_in" ? f.in : f.out;
  double gain = calculate_gain(nonlinearity, a);
  return fan > 0 ? gain / std::sqrt(double(fan)) : 0;
}

void kaiming_uniform_(const Tensor& t, double a, const std::string& mode,
                      const std::string& nonlinearity) {
  with_deviation(t, kaiming_deviation(t, a, mode, nonlinearity), true);
}

void kaiming_normal_(const Tensor& t, double a, const std::string& mode,
                     const std::string& nonlinearity) {
  with_deviation(t, kaiming_deviation(t, a, mode, nonlinearity), false);
}

// Gram and Schmidt: each row of random numbers loses its parts along the rows before it and
// is brought to length 1. Subtracting twice removes what rounding left the first time. The
// rows are in f64; whether they become rows or columns, they are the shorter side.
void orthogonal_(const Tensor& t, double gain) {
  fans(t);
  int64_t rows = t.size(0), columns = rows > 0 ? t.numel() / rows : 0;
  bool flip = rows > columns;
  if (flip) std::swap(rows, columns);
  no_grad guard;
  Tensor q = randn({rows, columns}, f64);
  double* first = q.span<double>().data();
  auto dot = [columns](const double* a, const double* b) {
    double sum = 0;
    for (int64_t k = 0; k < columns; ++k) sum += a[k] * b[k];
    return sum;
  };
  for (int64_t i = 0; i < rows; ++i) {
    double* row = first + i * columns;
    for (int pass = 0; pass < 2; ++pass) {
      for (const double* other = first; other < row; other += columns) {
        double along = dot(row, other);
        for (int64_t k = 0; k < columns; ++k) row[k] -= along * other[k];
      }
    }
    double length = std::sqrt(dot(row, row));
    for (int64_t k = 0; k < columns; ++k) row[k] /= length;
  }
  t.copy_(((flip ? q.t() : q) * gain).reshape(t.shape()));
}

}  // namespace hg::nn::init
