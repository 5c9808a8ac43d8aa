// The weights and gradients of a model, as histograms and in figures.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "learn/figure.hpp"
#include "tensor/tensor.hpp"

namespace hg {

namespace nn {
class Module;
}

struct HistogramOptions {
  int bins = 30;
  bool gradients = true;  ///< beside each parameter, its gradient
};

/// What a histogram cannot show, too. NaNs and infinities are in none of the others.
struct Spread {
  int64_t count = 0, zeros = 0, nans = 0, infinities = 0;
  double low = 0, high = 0, mean = 0, deviation = 0;  // of the finite ones; NaN of none
};
Spread spread_of(const Tensor& t);

/// A row for each parameter, the first 50 of them; titles say what is not finite.
Figure histograms(const nn::Module& net, const HistogramOptions& options = {});
Figure histograms(const std::vector<std::pair<std::string, Tensor>>& tensors,
                  const HistogramOptions& options = {});

/// A table with a line for each parameter and one for its gradient: mean, deviation,
/// range, zeros, NaNs, infinities.
std::string spread_table(const nn::Module& net);
std::string spread_table(const std::vector<std::pair<std::string, Tensor>>& tensors);

}  // namespace hg
