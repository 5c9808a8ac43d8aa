// # Solutions to 1.51: four ways to learn

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

struct Points {
  Tensor x, kind;  // (n,d), (n) i64
};

Points clouds(const Tensor& centres, int64_t each, double width) {
  const auto [kinds, d] = centres.sizes<2>();
  Tensor kind = arange(kinds).repeat_interleave(each, 0);  // (kinds*each)
  return {centres[kind] + normal(0, width, {kinds * each, d}), kind};
}

// The least sum of squared distances that k-means finds in ten starts.
double k_means(const Tensor& x, int64_t k) {
  double best = INFINITY;
  for (int start = 0; start < 10; ++start) {
    Tensor middle = x[randperm(len(x))[slice(0, k)]];  // (k,d)
    for (int round = 0; round < 20; ++round) {
      const Tensor gap = x.unsqueeze(1) - middle.unsqueeze(0);  // (n,k,d)
      const auto nearest = gap.square().sum(2).min(1);          // (n) each
      best = std::min(best, nearest.values.sum().item());
      const Tensor member = one_hot(nearest.indices, k).to(f32);        // (n,k)
      middle = member.t().mm(x) / member.sum(0).clamp(1).unsqueeze(1);  // (k,d)
    }
  }
  return best;
}

void fit(nn::Linear& model, const Tensor& x, const Tensor& kind) {
  auto sgd = optim::make("sgd", model.parameters(), {{"lr", 0.1}});
  for (int step = 0; step < 100; ++step) {
    sgd.zero_grad();
    nn::functional::cross_entropy(model(x), kind).backward();
    sgd.step();
  }
}

double accuracy(nn::Linear& model, const Points& p) {
  return (model(p.x).argmax(1) == p.kind).to(f32).mean().item();
}

// How far the robot of the lesson walks from the corner opposite the goal, after learning
// with this share of random steps.
int robot(double curiosity) {
  const std::string map =
      "....."
      ".##.."
      "...#."
      ".#..."
      "...#G";
  const std::array<int, 4> row{-1, 1, 0, 0}, column{0, 0, -1, 1};
  const auto move = [&](int s, int a) {
    return 5 * std::clamp(s / 5 + row[a], 0, 4) + std::clamp(s % 5 + column[a], 0, 4);
  };
  std::vector<std::array<double, 4>> Q(25, {0, 0, 0, 0});
  const auto best = [&](int s) {
    return int(std::max_element(Q[s].begin(), Q[s].end()) - Q[s].begin());
  };
  const Tensor dice = rand({60000, 3});  // (60000,3)
  const auto roll = dice.span<float>();
  int s = 0;
  for (size_t t = 0; t < 60000; ++t) {
    const int a = roll[3 * t] < curiosity ? int(4 * roll[3 * t + 1]) : best(s);
    const int next = move(s, a);
    const bool end = map[next] == 'G' || map[next] == '#';
    const double pay = (map[next] == 'G' ? 1.0 : map[next] == '#' ? -1.0 : 0.0) - 0.02;
    Q[s][a] += 0.5 * (pay + 0.95 * (end ? 0 : Q[next][best(next)]) - Q[s][a]);
    s = end ? int(25 * roll[3 * t + 2]) : next;
  }
  int walked = 0;
  for (s = 0; map[s] != 'G' && walked < 100; ++walked) s = move(s, best(s));
  return walked;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "1.51 Four ways to learn: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. How many heaps?
  // With two centres, two heaps share one and the sum is large. A fourth cuts a heap in two
  // and gains little. The sum falls steeply up to the true number and slowly after it: look
  // for the elbow.

  const Tensor centres = tensor({{0.0, 3.0}, {3.0, -1.5}, {-3.0, -1.5}});  // (3,2)
  const Points points = clouds(centres, 100, 0.8);
  std::vector<double> sums;
  for (int64_t k : {2, 3, 4}) {
    sums.push_back(k_means(points.x, k));
    std::printf("1. k = %d: sum of squares %.0f\n", int(k), sums.back());
  }
  lesson.expect("1. gain from 2 to 3 over gain from 3 to 4",
                (sums[0] - sums[1]) / (sums[1] - sums[2]), at_least(5));

  // ## 2. Only the sure ones
  // Of the points that the model is sure of, more are labelled rightly, and leaving out the
  // rest helps here. It could fail: where the model is sure of one kind only, the others
  // have no points left.

  double few_only = 0, everything = 0, sure_ones = 0;
  const int choices = 10;
  for (int choice = 0; choice < choices; ++choice) {
    const Tensor far = randn({3, 20}) * 0.55;  // (3,20)
    const Points few = clouds(far, 3, 1), many = clouds(far, 200, 1);
    const Points test = clouds(far, 200, 1);
    nn::Linear first(20, 3), all_of(20, 3), sure(20, 3);
    fit(first, few.x, few.kind);
    const auto guess = first(many.x).detach().softmax(1).max(1);  // (600) each
    fit(all_of, cat({few.x, many.x}), cat({few.kind, guess.indices}));
    const Tensor which = guess.values > 0.9;  // (600)
    fit(sure, cat({few.x, many.x[which]}), cat({few.kind, guess.indices[which]}));
    few_only += accuracy(first, test) / choices;
    everything += accuracy(all_of, test) / choices;
    sure_ones += accuracy(sure, test) / choices;
  }
  std::printf("2. 9 labels %.3f; all pseudo-labels %.3f; sure ones %.3f\n", few_only,
              everything, sure_ones);
  lesson.expect("2. gain of all", everything - few_only, at_least(0));
  lesson.expect("2. gain of the sure ones", sure_ones - few_only, at_least(0));

  // ## 3. No random steps, or nothing else
  // At the start all values are 0, and whatever was tried becomes worse than what was not:
  // the cost of each step drives the robot to try everything, so here it even finds the
  // goal without random steps. (Make the steps free, and it may pace to and fro for ever.)
  // With random steps only, it lives badly while learning but still learns the best way: Q
  // is about the best that could follow, not about what the robot does.

  const int never = robot(0), always = robot(1);
  std::printf("3. steps to the goal: never random %d, always random %d\n", never, always);
  lesson.expect("3. never random", never, near(8, 0));
  lesson.expect("3. always random", always, near(8, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
