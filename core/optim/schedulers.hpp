// Schedules of the learning rate: lr_t, the rate in epoch t, from the rate lr_0 that the
// group began with.
//
// Most are computed from the rate of the epoch before, as in PyTorch. That is the same in
// exact arithmetic, lets two schedules multiply (make both, step both), and keeps a rate
// that was changed by hand.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "optim/one_cycle.hpp"
#include "optim/plateau.hpp"
#include "optim/scheduler.hpp"

namespace hg::optim {

/// lr_t = lr_0 * factor(t), with a function of your own: 0.9 to the power of t, say.
class LambdaLR : public LRScheduler {
 public:
  using Factor = std::function<double(int64_t)>;
  LambdaLR(Optimizer& optimizer, Factor factor);
  /// A function for each group.
  LambdaLR(Optimizer& optimizer, std::vector<Factor> factors);

 protected:
  double next_lr(size_t group) override;

 private:
  std::vector<Factor> factors_;
};

/// lr_t = lr_0 * gamma^(t / step_size), rounded down: a step every `step_size` epochs.
class StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, int64_t step_size, double gamma = 0.1);

 protected:
  double next_lr(size_t group) override;

 private:
  int64_t step_size_;
  double gamma_;
};

/// Times gamma at each of the `milestones`. One that is named twice counts twice.
class MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, const std::vector<int64_t>& milestones,
              double gamma = 0.1);

 protected:
  double next_lr(size_t group) override;

 private:
  std::map<int64_t, int> milestones_;  // how often each
  double gamma_;
};

/// lr_t = lr_0 * gamma^t.
class ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma);

 protected:
  double next_lr(size_t group) override;

 private:
  double gamma_;
};

/// A straight line from lr_0 * start_factor to lr_0 * end_factor, in `total_iters` epochs;
/// it stays there. The usual warm-up: at first the weights are random, the gradients large
/// and misleading, and long steps would do damage that takes long to repair.
class LinearLR : public LRScheduler {
 public:
  LinearLR(Optimizer& optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0,
           int64_t total_iters = 5);

 protected:
  double next_lr(size_t group) override;

 private:
  double start_factor_, end_factor_;
  int64_t total_iters_;
};

/// Half a wave of the cosine, from lr_0 down to eta_min in T_max epochs (and up again, if
/// it goes on):
///
///     lr_t = eta_min + (lr_0 - eta_min) * (1 + cos(pi t / T_max)) / 2
///
/// Slow at first, slow at the end: neither the large rate nor the small one is hurried
/// over. (Loshchilov, Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR
/// 2017.)
class CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min = 0);

 protected:
  double next_lr(size_t group) override;

 private:
  int64_t T_max_;
  double eta_min_;
};

/// One schedule after the other: schedulers[0] until epoch milestones[0], then
/// schedulers[1], which begins at its own epoch 0, and so on. A warm-up before a cosine:
///
///     optim::LinearLR warm_up(sgd, 0.1, 1, 5);
///     optim::CosineAnnealingLR cosine(sgd, 25);
///     optim::SequentialLR schedule(sgd, {&warm_up, &cosine}, {5});
///
/// Only the sequence is stepped. Its state holds the state of all.
class SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<LRScheduler*> schedulers,
               std::vector<int64_t> milestones);
  void step() override;

 protected:
  double next_lr(size_t group) override { return lr(group); }
  void restart() override;
  void save(Numbers& to, const std::string& prefix) const override;
  void load(NumberReader& from, const std::string& prefix) override;

 private:
  size_t active() const;
  std::vector<LRScheduler*> schedulers_;
  std::vector<int64_t> milestones_;
};

}  // namespace hg::optim
