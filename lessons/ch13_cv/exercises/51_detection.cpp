// # Solutions to 13.51: finding things

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "../blocks.hpp"
#include "../scenes.hpp"
#include "handgrad.hpp"
using namespace hg;
using scenes::Box, scenes::iou;
namespace F = nn::functional;

namespace {

constexpr size_t grid = 6, cells = grid * grid;
constexpr double cell = 8;

void build(nn::Sequential& net) {
  blocks::add_halving(net, 3, {16, 32, 64});  // (N,64,6,6)
  blocks::add(net, 64, 64);
  net.add<nn::Conv2d>(64, 8, 1);  // (N,8,6,6)
}

// Objectness (N,1,6,6), boxes (N,4,6,6), classes (N,6,6).
std::vector<Tensor> targets_of(const std::vector<std::vector<Box>>& scenes) {
  const auto n = std::ssize(scenes);
  const std::vector<Tensor> t{zeros({n, 1, 6, 6}), zeros({n, 4, 6, 6}),
                              full({n, 6, 6}, -100, i64)};
  for (size_t s = 0; s < size_t(n); ++s) {
    for (const Box& b : scenes[s]) {
      const double x = (b.left + b.right) / 2 / cell, y = (b.top + b.bottom) / 2 / cell;
      const size_t at = size_t(y) * grid + size_t(x);
      t[0].span<float>()[s * cells + at] = 1;
      t[2].span<int64_t>()[s * cells + at] = b.label;
      const std::array<double, 4> numbers{x - std::floor(x), y - std::floor(y),
                                          (b.right - b.left) / scenes::side,
                                          (b.bottom - b.top) / scenes::side};
      for (size_t k = 0; k < 4; ++k)
        t[1].span<float>()[(s * 4 + k) * cells + at] = float(numbers[k]);
    }
  }
  return t;
}

// The box's part counts only where something is, or, for exercise 4, everywhere.
Tensor loss_of(const Tensor& out, const Tensor& there, const Tensor& box,
               const Tensor& label, bool masked) {
  Tensor missed = sigmoid(out[{all, slice(1, 5)}]) - box;  // (N,4,6,6)
  if (masked) missed = missed * there;
  return F::binary_cross_entropy_with_logits(out[{all, slice(0, 1)}], there,
                                             1 + 4 * there) +
         5 * (missed * missed).sum() / there.sum() +
         F::cross_entropy(out[{all, slice(5, 8)}], label);
}

std::vector<Box> find(const Tensor& out, double limit) {  // out: (8,6,6)
  const auto o = sigmoid(out[0]).to_vector<double>();
  const auto b = sigmoid(out[slice(1, 5)]).to_vector<double>();
  const auto c = out[slice(5, 8)].argmax(0).to_vector<int64_t>();
  std::vector<Box> boxes, kept;
  for (size_t at = 0; at < cells; ++at) {
    if (o[at] < limit) continue;
    const double x = (double(at % grid) + b[at]) * cell;
    const double y = (double(at / grid) + b[cells + at]) * cell;
    const double w = b[2 * cells + at] * scenes::side / 2;
    const double h = b[3 * cells + at] * scenes::side / 2;
    boxes.push_back({x - w, y - h, x + w, y + h, int(c[at]), o[at]});
  }
  std::sort(boxes.begin(), boxes.end(),
            [](const Box& p, const Box& q) { return p.score > q.score; });
  for (const Box& box : boxes)
    if (std::none_of(kept.begin(), kept.end(),
                     [&](const Box& k) { return iou(k, box) > 0.3; }))
      kept.push_back(box);
  return kept;
}

// Every box that was found in any scene: how sure, and whether it was a hit.
struct Found {
  double score, overlap;
  bool hit;
};

struct Result {
  std::vector<Found> boxes;
  double things = 0;

  double hits() const {
    return double(
        std::count_if(boxes.begin(), boxes.end(), [](const Found& f) { return f.hit; }));
  }
  double precision() const { return hits() / std::max<double>(1, double(boxes.size())); }
  double recall() const { return hits() / things; }
  double mean_iou() const {
    double sum = 0;
    for (const Found& f : boxes) sum += f.hit ? f.overlap : 0;
    return sum / std::max(1.0, hits());
  }
};

Result evaluate(const Tensor& out, const std::vector<std::vector<Box>>& truth,
                double limit) {
  Result r;
  for (size_t n = 0; n < truth.size(); ++n) {
    std::vector<bool> taken(truth[n].size());
    for (const Box& box : find(out[int64_t(n)], limit)) {
      Found f{box.score, 0, false};
      for (size_t k = 0; k < truth[n].size() && !f.hit; ++k) {
        f.overlap = iou(box, truth[n][k]);
        f.hit = !taken[k] && box.label == truth[n][k].label && f.overlap >= 0.5;
        if (f.hit) taken[k] = true;
      }
      r.boxes.push_back(f);
    }
    r.things += double(truth[n].size());
  }
  return r;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "13.51 Finding things: solutions");
  const bool check = lesson.check();

  // ## 1. Off by a quarter
  // Of a width of 1 the boxes share 1 - t and cover 1 + t, so IoU = (1 - t)/(1 + t): 0.6 at
  // t = 1/4. It is one half at t = 1/3.

  lesson.expect("1: off by a quarter", iou({0, 0, 4, 4}, {1, 0, 5, 4}), near(0.6, 1e-12));
  lesson.expect("1: off by a third", iou({0, 0, 3, 3}, {1, 0, 4, 3}), near(0.5, 1e-12));

  const scenes::Scenes train = scenes::make(check ? 300 : 3000, 1);
  const scenes::Scenes test = scenes::make(check ? 50 : 400, 2);
  const data::Transform numbers = data::compose(
      {data::to_tensor(), data::normalize({0.5, 0.5, 0.5}, {0.25, 0.25, 0.25})});
  const std::vector<Tensor> targets = targets_of(train.boxes);
  const Tensor X = numbers(train.images);  // (N,3,48,48)
  const data::TensorDataset examples({X, targets[0], targets[1], targets[2]});
  auto trained = [&](bool masked) {
    manual_seed(lesson.seed() + 1);
    nn::Sequential net;
    build(net);
    data::DataLoader batches(
        examples,
        {.batch_size = 32, .shuffle = true, .drop_last = true, .seed = lesson.seed()});
    auto adam = optim::make("adam", net.parameters());
    const int passes = check ? 2 : 8;
    optim::OneCycleLR schedule(adam, 0.01, passes * batches.size());
    for (int pass = 0; pass < passes; ++pass) {
      for (const data::Example& example : batches) {
        const auto [x, there, box, label] = example.parts<4>();
        const Tensor loss = loss_of(net(x), there, box, label, masked);
        adam.zero_grad();
        loss.backward();
        adam.step();
        schedule.step();
      }
    }
    net.eval();
    no_grad guard;
    return net(numbers(test.images));  // (N,8,6,6)
  };
  const Tensor out = trained(true);

  // ## 2. The limit
  // A higher limit leaves the surer boxes: precision rises, recall falls.

  double lowest = 1, highest = 0, most = 0, least = 1;
  for (double limit : {0.1, 0.3, 0.5, 0.7, 0.9}) {
    const Result r = evaluate(out, test.boxes, limit);
    std::printf("2: limit %.1f: precision %.3f, recall %.3f\n", limit, r.precision(),
                r.recall());
    if (limit == 0.1) lowest = r.precision(), most = r.recall();
    if (limit == 0.9) highest = r.precision(), least = r.recall();
  }
  if (!check) {
    lesson.expect("2: precision gained", highest - lowest, at_least(0.02));
    lesson.expect("2: recall lost", most - least, at_least(0.02));
  }

  // ## 3. Average precision
  // One number for all limits. Things that are never found count as a precision of 0.

  auto average_precision = [](Result r) {
    std::sort(r.boxes.begin(), r.boxes.end(),
              [](const Found& a, const Found& b) { return a.score > b.score; });
    double hits = 0, seen = 0, sum = 0;
    for (const Found& f : r.boxes) {
      ++seen;
      if (f.hit) sum += ++hits / seen;
    }
    return sum / r.things;
  };
  const double ap = average_precision(evaluate(out, test.boxes, 0.02));
  std::printf("3: average precision %.3f\n", ap);
  const Result by_hand{{{0.9, 1, true}, {0.8, 0, false}, {0.7, 1, true}}, 4};
  lesson.expect("3: by hand, (1 + 2/3)/4", average_precision(by_hand),
                near(5.0 / 12, 1e-9));
  if (!check) lesson.expect("3: average precision", ap, at_least(0.8));

  // ## 4. Without the mask
  // Thirty-odd empty cells of each scene ask for boxes of size 0, two or three others for
  // real ones, and all get their answer from the same head. Boxes shrink: where it is not
  // sure, a smaller one is the cheaper answer. Fewer of them overlap by one half.

  const Result masked = evaluate(out, test.boxes, 0.4);
  const Result unmasked = evaluate(trained(false), test.boxes, 0.4);
  std::printf("4: recall and mean IoU %.3f, %.3f; without the mask %.3f, %.3f\n",
              masked.recall(), masked.mean_iou(), unmasked.recall(), unmasked.mean_iou());
  if (!check)
    lesson.expect("4: recall lost without the mask", masked.recall() - unmasked.recall(),
                  at_least(0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
