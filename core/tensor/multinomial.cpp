// multinomial: drawing indices with given weights.
#include <numeric>

#include "tensor/create.hpp"
#include "tensor/stream.hpp"

namespace hg {
namespace {

// Index k is drawn when u*total falls into its piece of the line 0..total.
void draw_with_replacement(std::span<const double> weight, std::span<int64_t> result,
                           Stream& stream, uint64_t first) {
  std::vector<double> sum(weight.size());
  std::partial_sum(weight.begin(), weight.end(), sum.begin());
  for (size_t i = 0; i < result.size(); ++i) {
    double point = stream.uniform<double>(first + i) * sum.back();
    auto piece = std::upper_bound(sum.begin(), sum.end(), point);
    // Rounding may make the product the total itself: the last weight above 0 then.
    if (piece == sum.end()) piece = std::lower_bound(sum.begin(), sum.end(), sum.back());
    result[i] = piece - sum.begin();
  }
}

// A race of exponential clocks. Let clock k ring at time t[k] = -ln(u[k]) / weight[k], so
// that P(t[k] > s) = exp(-weight[k] s). The first to ring is k with probability
// weight[k] / sum: the density of t[k] at s times the chance that no other rang before,
// integrated over s, is
//
//     int weight[k] exp(-weight[k] s) prod_{j != k} exp(-weight[j] s) ds = weight[k] / sum
//
// What is left of the others' waiting times has the same law again, so the second to ring
// is a draw from the rest, and so on: the first `count` are draws without replacement.
// (Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006.)
void draw_without_replacement(std::span<const double> weight, std::span<int64_t> result,
                              Stream& stream, uint64_t first) {
  std::vector<double> rings(weight.size());
  for (size_t k = 0; k < weight.size(); ++k) {
    double u = 1 - stream.uniform<double>(first + k);  // in (0,1]
    rings[k] = weight[k] > 0 ? -std::log(u) / weight[k] : INFINITY;
  }
  std::vector<int64_t> order(weight.size());
  std::iota(order.begin(), order.end(), 0);
  std::partial_sort(
      order.begin(), order.begin() + int64_t(result.size()), order.end(),
      [&](int64_t a, int64_t b) { return rings[size_t(a)] < rings[size_t(b)]; });
  std::copy_n(order.begin(), result.size(), result.begin());
}

void check_weights(std::span<const double> weight, int64_t row, int64_t needed) {
  std::string where = "row " + std::to_string(row) + " of the weights: ";
  double sum = 0;
  int64_t positive = 0;
  for (double w : weight) {
    if (!(w >= 0) || std::isinf(w)) {
      throw Error("multinomial", where + Scalar(w).to_string() + " is no weight",
                  "weights are finite and not negative");
    }
    sum += w;
    positive += w > 0;
  }
  if (positive == 0) throw Error("multinomial", where + "all are 0, nothing can be drawn");
  if (!std::isfinite(sum)) throw Error("multinomial", where + "their sum overflows");
  if (positive < needed) {
    throw Error("multinomial",
                where + std::to_string(positive) + " are above 0, and " +
                    std::to_string(needed) + " are to be drawn without replacement",
                "replacement = true lets an index be drawn again");
  }
}

}  // namespace

Tensor multinomial(const Tensor& weights, int64_t count, bool replacement) {
  if (!is_floating(weights.dtype())) {
    throw Error("multinomial", std::string("the weights are of type ") +
                                   name(weights.dtype()) + "; they must be fractions");
  }
  int rank = weights.dim();
  if (rank != 1 && rank != 2) {
    throw Error("multinomial", "the weights are " + weights.shape().to_string() +
                                   "; (K) or (N,K) is expected");
  }
  if (count < 1)
    throw Error("multinomial", std::to_string(count) + " draws; 1 is the least");
  int64_t rows = rank == 1 ? 1 : weights.size(0), choices = weights.size(-1);
  if (choices == 0) throw Error("multinomial", "there is nothing to draw from: 0 weights");

  std::vector<double> all = weights.to_vector<double>();
  Tensor result = empty(rank == 1 ? Shape{count} : Shape{rows, count}, i64);
  Stream stream(default_generator().next_seed());
  for (int64_t row = 0; row < rows; ++row) {
    std::span weight(&all[size_t(row * choices)], size_t(choices));
    auto drawn = result.span<int64_t>().subspan(size_t(row * count), size_t(count));
    check_weights(weight, row, replacement ? 1 : count);
    if (replacement)
      draw_with_replacement(weight, drawn, stream, uint64_t(row * count));
    else
      draw_without_replacement(weight, drawn, stream, uint64_t(row * choices));
  }
  return result;
}

}  // namespace hg
