// # 1.51 Four ways to learn
//
// In lesson 1.50 somebody had written the right price beside each house. Often nobody has.
// What can be learned without answers, with a few answers, or with nothing but a reward
// now and then?
//
// You know: training a model on labelled samples (1.50).
// New here: supervised, unsupervised, semi-supervised and reinforcement learning, each in
// its smallest form.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <queue>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## Data with three kinds of things
// `each` points around each of the centres, (kinds,d), and the number of its centre for
// each point.

struct Points {
  Tensor x, kind;  // (n,d), (n) i64
};

Points clouds(const Tensor& centres, int64_t each, double width) {
  const auto [kinds, d] = centres.sizes<2>();
  const Tensor kind = arange(kinds).repeat_interleave(each, 0);        // (n)
  return {centres[kind] + normal(0, width, {kinds * each, d}), kind};  // (n,d), (n)
}

double accuracy(const Tensor& guess, const Tensor& truth) {
  return (guess == truth).to(f32).mean().item();
}

// A linear classifier (chapter 3), trained on all samples at once.
void fit(nn::Linear& model, const Tensor& x, const Tensor& kind, int steps) {
  auto sgd = optim::make("sgd", model.parameters(), {{"lr", 0.1}});
  for (int step = 0; step < steps; ++step) {
    sgd.zero_grad();
    nn::functional::cross_entropy(model(x), kind).backward();
    sgd.step();
  }
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "1.51 Four ways to learn");
  manual_seed(lesson.seed() + 1);

  // ## Supervised: every sample has its label
  // The teacher shows a point and says its kind. Learned is a function from points to
  // kinds, and it is tested on points that were not shown.

  const Tensor centres = tensor({{0.0, 3.0}, {3.0, -1.5}, {-3.0, -1.5}});  // (3,2)
  const Points shown = clouds(centres, 100, 0.8), fresh = clouds(centres, 100, 0.8);
  nn::Linear classifier(2, 3);
  fit(classifier, shown.x, shown.kind, 200);
  const double supervised = accuracy(classifier(fresh.x).argmax(1), fresh.kind);
  std::printf("supervised: %.3f of fresh points right\n", supervised);
  //>[2%] supervised: 1.000 of fresh points right

  // ## Unsupervised: points only
  // Nobody says that there are kinds, yet the points lie in heaps. *k-means* finds k
  // centres: each point joins the nearest, each centre moves into the middle of its
  // points, again and again. The sum of squared distances falls in both steps, so it comes
  // to an end. It may be a bad one, and the remedy is to start from several random places
  // and keep the best.

  const int64_t k = 3, n = len(shown.x);  // groups, 300 points
  Tensor best_group;
  double best_sum = INFINITY;
  for (int start = 0; start < 5; ++start) {
    Tensor middle = shown.x[randperm(n)[slice(0, k)]];  // (3,2)
    Tensor group;                                       // (300)
    for (int round = 0; round < 20; ++round) {
      const Tensor gap = shown.x.unsqueeze(1) - middle.unsqueeze(0);  // (300,3,2)
      const auto nearest = gap.square().sum(2).min(1);                // (300) each
      group = nearest.indices;
      const double sum = nearest.values.sum().item();
      if (sum < best_sum) best_sum = sum, best_group = group;
      const Tensor member = one_hot(group, k).to(f32);       // (300,3)
      const Tensor count = member.sum(0).clamp(1);           // (3) no division by 0
      middle = member.t().mm(shown.x) / count.unsqueeze(1);  // (3,2)
    }
  }

  Figure map;
  for (int64_t group = 0; group < k; ++group) {
    const Tensor points = shown.x[best_group == group];  // (n,2)
    map.axes().scatter(points[{all, 0}], points[{all, 1}]);
  }
  lesson.show(map, "groups");

  // The groups have numbers, not names. *Purity* asks how far they are the true kinds: in
  // each group, count the most frequent kind.

  const Tensor table =
      one_hot(best_group, k).t().mm(one_hot(shown.kind, 3));  // (3,3) group, kind
  std::cout << table << "\n";
  const double pure = table.max(1).values.sum().item() / double(n);
  std::printf("unsupervised: purity %.3f\n", pure);
  //> tensor([[100,   0,   0],
  //>         [  0, 100,   0],
  //>         [  0,   0, 100]])
  //> unsupervised: purity 1.000

  // ## Semi-supervised: a few labels, many points
  // Labels are dear, points are cheap. Take 20 dimensions, three labelled points of each
  // kind, and 600 without a label. Train on the nine; let the model label the 600; train
  // a second model on all, as if these *pseudo-labels* were true; let it label them anew,
  // three times over. Three labels in four are right, and 600 points show where the clouds
  // lie far better than nine. We average over 20 choices of the nine.

  double few_only = 0, with_pseudo = 0;
  const int choices = lesson.check() ? 5 : 20;
  for (int choice = 0; choice < choices; ++choice) {
    const Tensor far = randn({3, 20}) * 0.55;  // (3,20) centres
    const Points few = clouds(far, 3, 1), many = clouds(far, 200, 1);
    const Points test = clouds(far, 200, 1);
    nn::Linear first(20, 3), second(20, 3);
    fit(first, few.x, few.kind, 100);
    const Tensor guessed = first(many.x).argmax(1).detach();  // (600)
    fit(second, cat({few.x, many.x}), cat({few.kind, guessed}), 100);
    for (int again = 0; again < 3; ++again) {
      fit(second, cat({few.x, many.x}), cat({few.kind, second(many.x).argmax(1)}), 100);
    }
    few_only += accuracy(first(test.x).argmax(1), test.kind) / choices;
    with_pseudo += accuracy(second(test.x).argmax(1), test.kind) / choices;
  }
  std::printf("semi-supervised: %.3f with 9 labels, %.3f with 9 labels and 600 points\n",
              few_only, with_pseudo);
  //>[0.02] semi-supervised: 0.753 with 9 labels, 0.803 with 9 labels and 600 points

  // ## Reinforcement: reward, now and then
  // A robot on a field of 5x5 steps up, down, left or right. At the goal it is paid 1, in a
  // pit it pays 1, and after both it starts anew, anywhere; each step costs 0.02. Nobody
  // tells it which step was good. By *Q-learning* it finds Q[place][step]: what a step is
  // worth, all later pay included, when pay one step later counts 0.95 of pay now.
  //
  //     Q[s][a] <- Q[s][a] + 1/2 (pay + 0.95 max_b Q[s'][b] - Q[s][a])
  //
  // The estimate moves half the way to what was seen, plus the best that is believed to
  // follow. One time in five the robot takes a random step, or it might never find out.

  const std::string field =  // G goal, # pit
      "....."
      ".##.."
      "...#."
      ".#..."
      "...#G";
  const std::array<int, 4> step_row{-1, 1, 0, 0}, step_column{0, 0, -1, 1};
  const auto move = [&](int s, int a) {
    const int r = std::clamp(s / 5 + step_row[a], 0, 4);
    const int c = std::clamp(s % 5 + step_column[a], 0, 4);
    return 5 * r + c;
  };
  std::vector<std::array<double, 4>> Q(25, {0, 0, 0, 0});
  const auto best_step = [&](int s) {
    return int(std::max_element(Q[s].begin(), Q[s].end()) - Q[s].begin());
  };
  const Tensor dice = rand({60000, 3});  // (60000,3)
  const auto roll = dice.span<float>();
  int s = 0;
  for (size_t t = 0; t < 60000; ++t) {
    const int a = roll[3 * t] < 0.2f ? int(4 * roll[3 * t + 1]) : best_step(s);
    const int next = move(s, a);
    const bool goal = field[next] == 'G', pit = field[next] == '#';
    const double pay = (goal ? 1.0 : pit ? -1.0 : 0.0) - 0.02;
    const double later = goal || pit ? 0 : Q[next][best_step(next)];
    Q[s][a] += 0.5 * (pay + 0.95 * later - Q[s][a]);
    s = goal || pit ? int(25 * roll[3 * t + 2]) : next;
  }
  for (int at = 0; at < 25; ++at) {
    const bool end = field[at] == 'G' || field[at] == '#';
    std::cout << (end ? field[at] : "^v<>"[best_step(at)]) << (at % 5 < 4 ? ' ' : '\n');
  }
  //> v > > v v
  //> v # # > v
  //> > > v # v
  //> ^ # > > v
  //> > > ^ # G

  // Is it the best there is? The robot never saw the map. We do, and find the length of the
  // shortest way to the goal from every place, by spreading out from the goal; against it,
  // the length of the way that the robot goes:

  std::vector<int> shortest(25, -1);
  std::queue<int> open({24});
  shortest[24] = 0;
  for (; !open.empty(); open.pop()) {
    for (int a = 0; a < 4; ++a) {
      const int next = move(open.front(), a);
      if (field[next] == '#' || shortest[next] >= 0) continue;
      shortest[next] = shortest[open.front()] + 1;
      open.push(next);
    }
  }
  int places = 0, optimal = 0;
  for (int start = 0; start < 25; ++start) {
    if (field[start] == '#') continue;
    int walked = 0;
    for (s = start; field[s] != 'G' && walked < 25; ++walked) s = move(s, best_step(s));
    ++places;
    optimal += walked == shortest[start];
  }
  std::printf("reinforcement: the shortest way from %d of %d places\n", optimal, places);
  //> reinforcement: the shortest way from 20 of 20 places

  // ## Bars
  lesson.expect("supervised: accuracy", supervised, at_least(0.97));
  lesson.expect("unsupervised: purity", pure, at_least(0.95));
  lesson.expect("pseudo-labels gain", with_pseudo - few_only, at_least(0.01));
  lesson.expect("places with the shortest way", optimal, near(places, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Supervised: samples with labels. Unsupervised: samples without. Semi-supervised: both.
//   Reinforcement: no labels but pay for what one does, often late.
// - k-means finds groups, pseudo-labels stretch a few labels over many points, Q-learning
//   finds out what each step is worth.
//
// ## Exercises
// 1. (Predict, then run.) k-means with k = 2 and k = 4: which heaps are joined or cut? How
//    does the sum of squared distances tell you that 3 was right?
// 2. (Code.) Keep only the pseudo-labels of which the model is sure: softmax above 0.9.
//    Does that help?
// 3. (Predict, then run.) Let the robot never take a random step. What does it learn? And
//    if all its steps are random?
