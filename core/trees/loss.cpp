#include "trees/loss.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/parallel.hpp"

namespace hg::trees {
namespace {

// log(1 + e^x), for large x too: e^x would be infinite there.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// e^(F_k - max F), and the sum of these.
double exponentials(std::span<double> scores) {
  const double most = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& s : scores) sum += s = std::exp(s - most);
  return sum;
}

// Adds up row(n) over all rows, in portions of a fixed length: the sum has the same digits
// on any number of threads.
template <class Row>
double sum_over_rows(size_t count, Row row) {
  constexpr size_t portion = 2048;
  std::vector<double> sums((count + portion - 1) / portion);
  in_parallel(int64_t(sums.size()), 4, [&](int64_t begin, int64_t end) {
    for (size_t p = size_t(begin); p < size_t(end); ++p) {
      for (size_t n = p * portion; n < std::min(count, (p + 1) * portion); ++n) {
        sums[p] += row(n);
      }
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

struct LossAndSlopes {
  double loss, g, h;
};

LossAndSlopes squared(double f, double y) { return {(f - y) * (f - y) / 2, f - y, 1}; }

LossAndSlopes absolute(double f, double y) {
  return {std::abs(f - y), double((f > y) - (f < y)), 1};
}

LossAndSlopes logistic(double f, double y) {
  const double p = sigmoid(f);
  return {softplus(f) - y * f, p - y, p * (1 - p)};
}

template <class PerRow>
double measure_one(const Targets& t, std::span<const double> scores,
                   std::span<Gradient> gradients, PerRow per_row) {
  return sum_over_rows(t.y.size(), [&](size_t n) {
    const auto [loss, g, h] = per_row(scores[n], t.y[n]);
    const double w = t.weight(n);
    if (!gradients.empty()) gradients[n] = {float(w * g), float(w * h)};
    return w * loss;
  });
}

double measure_softmax(const Targets& t, std::span<const double> scores,
                       std::span<Gradient> gradients) {
  const size_t count = t.y.size(), classes = size_t(t.classes);
  return sum_over_rows(count, [&](size_t n) {
    thread_local std::vector<double> p;
    p.resize(classes);
    for (size_t k = 0; k < classes; ++k) p[k] = scores[k * count + n];
    const auto own = size_t(t.y[n]);
    const double most = *std::max_element(p.begin(), p.end()), below = most - p[own];
    const double sum = exponentials(p), w = t.weight(n);
    for (size_t k = 0; k < classes && !gradients.empty(); ++k) {
      const double share = p[k] / sum;
      gradients[k * count + n] = {float(w * (share - (k == own))),
                                  float(w * share * (1 - share))};
    }
    return w * (std::log(sum) + below);
  });
}

}  // namespace

int score_count(Loss loss, const Targets& targets) {
  return loss == Loss::softmax ? targets.classes : 1;
}

std::vector<double> start_scores(Loss loss, const Targets& t) {
  const double total = t.total_weight();
  if (loss == Loss::absolute) {
    std::vector<uint32_t> all(t.y.size());
    std::iota(all.begin(), all.end(), 0u);
    return {weighted_median(t.y, t.w, all)};
  }
  if (loss == Loss::squared) {
    return {sum_over_rows(t.y.size(), [&](size_t n) { return t.weight(n) * t.y[n]; }) /
            total};
  }
  // A class that never occurs would start at minus infinity; a tiny share keeps it finite.
  std::vector<double> share(size_t(t.classes), 1e-12 * total);
  for (size_t n = 0; n < t.y.size(); ++n) share[size_t(t.y[n])] += t.weight(n);
  if (loss == Loss::logistic) return {std::log(share[1] / share[0])};
  for (double& s : share) s = std::log(s / total);
  return share;
}

double measure(Loss loss, const Targets& t, std::span<const double> scores,
               std::span<Gradient> gradients) {
  double sum = 0;
  switch (loss) {
    case Loss::squared: sum = measure_one(t, scores, gradients, squared); break;
    case Loss::absolute: sum = measure_one(t, scores, gradients, absolute); break;
    case Loss::logistic: sum = measure_one(t, scores, gradients, logistic); break;
    case Loss::softmax: sum = measure_softmax(t, scores, gradients); break;
  }
  return sum / t.total_weight();
}

void to_prediction(Loss loss, std::span<double> scores) {
  if (loss == Loss::logistic) scores[0] = sigmoid(scores[0]);
  if (loss != Loss::softmax) return;
  const double sum = exponentials(scores);
  for (double& s : scores) s /= sum;
}

double weighted_median(std::span<const double> values, std::span<const double> weights,
                       std::span<const uint32_t> rows) {
  std::vector<uint32_t> order(rows.begin(), rows.end());
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return values[a] < values[b]; });
  const auto weight = [&](uint32_t n) { return weights.empty() ? 1 : weights[n]; };
  double half = 0;
  for (const uint32_t n : order) half += weight(n) / 2;
  // Where the weights below make exactly half, any value up to the next is a median: take
  // the middle between the two.
  double below = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    below += weight(order[i]);
    if (below > half || i + 1 == order.size()) return values[order[i]];
    if (below < half) continue;
    size_t next = i + 1;
    while (next + 1 < order.size() && weight(order[next]) == 0) ++next;
    return values[order[i]] + (values[order[next]] - values[order[i]]) / 2;
  }
  return 0;
}

}  // namespace hg::trees
