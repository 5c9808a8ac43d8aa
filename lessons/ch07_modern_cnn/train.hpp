// The loop of chapter 7: a network learns to name images. Lesson 6.6 builds it step by
// step; this copy adds what larger networks ask for: first weights of the right size,
// momentum (11.6), the best test accuracy so far, and a forecast of how long it takes.
#pragma once

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>

#include "handgrad.hpp"

namespace classifier {

using namespace hg;

/// For the flags of a lesson: {.title = "...", .flags = {classifier::batches_flag}}.
inline const LessonFlag batches_flag{
    "--batches N", "stop after so many batches and reckon the rest (0: never)", "0"};

/// Calls f(weight) for a layer that multiplies by one.
template <class F>
void for_weight(nn::Module& m, F f) {
  if (auto* conv = dynamic_cast<nn::Conv*>(&m)) f(conv->weight);
  if (auto* linear = dynamic_cast<nn::Linear*>(&m)) f(linear->weight);
}

/// First weights by the rules of 4.8, for net.apply(): He's takes into account that relu
/// stops half of the signal, so that deep networks learn from the first step on. Xavier's
/// is the book's.
inline void he(nn::Module& m) {
  for_weight(m, [](auto& w) { nn::init::kaiming_uniform_(w); });
}
inline void xavier(nn::Module& m) {
  for_weight(m, [](auto& w) { nn::init::xavier_uniform_(w); });
}

struct Plan {
  int epochs = 10;
  int64_t batch_size = 128;
  double lr = 0.1, momentum = 0;
  int fine = 0;  // the last so many epochs go with a tenth of the rate
  void (*init)(nn::Module&) = he;
};

struct Outcome {
  double train_loss = 0, train_acc = 0;    // of the last epoch, while it learned
  double test_acc = 0, best_test_acc = 0;  // after the last epoch, and at best
  bool whole = true;                       // --batches did not stop it
};

/// What a lesson trains on: 20,000 small images, and a few with --check; with --full all
/// 60,000, made `side` pixels high and wide.
inline data::Fashion load(const Lesson& lesson, int64_t side) {
  if (lesson.full()) return load_fashion(lesson, {.resize = side});
  const bool check = lesson.check();
  return load_fashion(
      lesson, {.train_count = check ? 2000 : 20000, .test_count = check ? 500 : 5000});
}

/// How: the small networks see their images six times, in small batches where there are few
/// images; with --full it is the book's plan, with its rate for this network.
inline Plan plan(const Lesson& lesson, double book_lr) {
  if (lesson.full()) return {.epochs = 10, .lr = book_lr, .init = xavier};
  if (lesson.check()) return {.epochs = 2, .batch_size = 16, .lr = 0.02, .momentum = 0.9};
  return {.epochs = 6, .batch_size = 64, .lr = 0.02, .momentum = 0.9, .fine = 2};
}

inline Outcome train(Lesson& lesson, const std::string& name, nn::Module& net,
                     const data::Fashion& images, const Plan& plan) {
  // Large images are made of small ones, which another thread does meanwhile.
  const int workers = lesson.full() ? 1 : 0;
  data::DataLoader train(images.train, {.batch_size = plan.batch_size,
                                        .shuffle = true,
                                        .num_workers = workers,
                                        .seed = lesson.seed()});
  data::DataLoader test(images.test,
                        {.batch_size = plan.batch_size, .num_workers = workers});
  manual_seed(lesson.seed() + 1);
  net.apply(plan.init);
  net.train();
  auto sgd =
      optim::make("sgd", net.parameters(), {{"lr", plan.lr}, {"momentum", plan.momentum}});
  optim::MultiStepLR schedule(sgd, {plan.epochs - plan.fine}, 0.1);

  // A test is a forward pass, about a third of the work on a batch of training.
  const int64_t stop = lesson.integer("--batches"), steps = plan.epochs * train.size();
  const double batches = double(steps) + double(plan.epochs * test.size()) / 3;
  int64_t batch = 0;
  Timer timer;

  Outcome o;
  Accumulator metric(3);  // loss, right ones, all
  Animator animator({.xlabel = "epoch",
                     .legend = {"train loss", "train acc", "test acc"},
                     .xlim = {1, std::max(2, plan.epochs)},
                     .ylim = {0, 2.4}});
  std::optional<Progress> progress(std::in_place, name, plan.epochs * images.train.size());
  for (int epoch = 1; epoch <= plan.epochs; ++epoch) {
    metric.reset();
    for (auto [X, y] : train) {      // (batch,1,H,W), (batch)
      const Tensor scores = net(X);  // (batch,10)
      const Tensor loss = nn::functional::cross_entropy(scores, y);  // ()
      sgd.zero_grad();
      loss.backward();
      sgd.step();
      metric.add(loss.item() * double(len(y)), count_correct(scores, y), len(y));
      progress->add(len(y));

      // The first batch warms up; the next five tell what one takes.
      if (++batch == 1) timer.start();
      if (batch == 6 && lesson.full()) {
        const double left = stop > 0 ? double(std::min(stop, steps)) : batches;
        confirm_time(lesson, timer.stop() / 5 * left);
        timer.start();
      }
      if (batch == stop) break;
    }
    o.train_loss = metric[0] / metric[2];
    o.train_acc = metric[1] / metric[2];
    o.whole = batch != stop;
    if (!o.whole) break;
    o.test_acc = evaluate_accuracy(net, test);
    o.best_test_acc = std::max(o.best_test_acc, o.test_acc);
    if (plan.epochs > 1) animator.add(epoch, {o.train_loss, o.train_acc, o.test_acc});
    schedule.step();
  }
  progress.reset();
  if (!o.whole) {
    timer.stop();
    const double each = timer.sum() / double(std::max<int64_t>(1, stop - 1));
    std::printf("%s: loss %.3f, train acc %.3f after %d batches\n", name.c_str(),
                o.train_loss, o.train_acc, int(stop));
    lesson.note("All " + std::to_string(steps) + " batches with their tests take about " +
                learn::duration_text(each * batches) + ".");
    return o;
  }
  if (plan.epochs > 1) lesson.show(animator, name);  // one point is no curve
  std::printf("%s: loss %.3f, train acc %.3f, test acc %.3f, best %.3f\n", name.c_str(),
              o.train_loss, o.train_acc, o.test_acc, o.best_test_acc);
  return o;
}

/// What a lesson promises: the loss of the last epoch at most, and the test accuracy of the
/// best one at least. (The last one's jumps by several points from run to run.)
struct Bars {
  double loss, accuracy;
};

/// A run that --batches stopped only promises not to explode.
inline void expect(Lesson& lesson, const std::string& name, const Outcome& o,
                   const Bars& bars) {
  lesson.expect(name + ": train loss", o.train_loss, at_most(o.whole ? bars.loss : 4));
  if (!o.whole) return;
  lesson.expect(name + ": best test accuracy", o.best_test_acc, at_least(bars.accuracy));
}

}  // namespace classifier
