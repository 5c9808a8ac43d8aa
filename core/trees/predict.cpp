// What a boosted model says of new rows.
#include <algorithm>

#include "host/parallel.hpp"
#include "trees/boost.hpp"

namespace hg::trees {

const Tree& Boosted::tree(int round, int score) const {
  if (round < 0 || round >= rounds() || score < 0 || score >= score_count()) {
    throw Error("tree", "there are " + std::to_string(rounds()) + " rounds of " +
                            std::to_string(score_count()) +
                            " trees, counted from 0; not (" + std::to_string(round) + "," +
                            std::to_string(score) + ")");
  }
  return trees_[size_t(round) * start_.size() + size_t(score)];
}

std::string Boosted::to_string(int round, int score, int max_depth) const {
  return tree(round, score).to_string(features_, max_depth);
}

size_t Boosted::tree_count(int wanted, const char* operation) const {
  if (wanted < -1 || wanted > rounds()) {
    throw Error(operation, "the model has " + std::to_string(rounds()) + " rounds, not " +
                               std::to_string(wanted));
  }
  return wanted < 0 ? trees_.size() : size_t(wanted) * start_.size();
}

Tensor Boosted::scores(const Features& given, int rounds) const {
  const size_t trees = tree_count(rounds, "predict"), per_row = start_.size();
  const Features x = given.as_known(features_, "predict");
  const Tensor result = empty({x.row_count(), int64_t(per_row)}, f64);
  const auto scores = result.span<double>();
  in_parallel(x.row_count(), 256, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      std::copy(start_.begin(), start_.end(), scores.begin() + n * int64_t(per_row));
    }
    // Tree by tree, so that each stays in the cache for all rows of this part.
    for (size_t t = 0; t < trees; ++t) {
      for (auto n = size_t(begin); n < size_t(end); ++n) {
        scores[n * per_row + t % per_row] += trees_[t].leaf(x, n).value;
      }
    }
  });
  return result;
}

Tensor Boosted::predict(const Features& x, int rounds) const {
  const Tensor result = scores(x, rounds);
  if (loss_ == Loss::logistic) return (result > 0).to(i64).flatten();
  if (loss_ == Loss::softmax) return result.argmax(1);
  return result.flatten();
}

Tensor Boosted::predict_probabilities(const Features& x, int rounds) const {
  if (!is_classifier(loss_)) {
    throw Error("predict_probabilities", "the model predicts values, not classes");
  }
  const Tensor found = scores(x, rounds);
  const auto from = found.span<double>();
  const Tensor result = empty({found.size(0), int64_t(classes_)}, f64);
  const auto to = result.span<double>();
  const size_t per_row = start_.size();
  for (size_t n = 0; n < size_t(found.size(0)); ++n) {
    const auto row = from.subspan(n * per_row, per_row);
    to_prediction(loss_, row);
    if (loss_ == Loss::logistic) {
      to[2 * n] = 1 - row[0];
      to[2 * n + 1] = row[0];
    } else {
      std::copy(row.begin(), row.end(), to.begin() + std::ptrdiff_t(n * per_row));
    }
  }
  return result;
}

double Boosted::loss(const Features& x, const Tensor& y, const Tensor& weights,
                     int rounds) const {
  const Targets targets = read_targets(loss_, y, weights, x.row_count(), classes_, "loss");
  if (targets.y.empty()) throw Error("loss", "x has no rows");
  const Tensor by_score = scores(x, rounds).t().contiguous();  // (K,N)
  return measure(loss_, targets, by_score.span<double>());
}

}  // namespace hg::trees
