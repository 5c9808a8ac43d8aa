// One cycle of the learning rate, counted in batches: up, down, and far down.
//
// A warm-up from max_lr/div_factor to max_lr takes the share pct_start of all steps; the
// large rate in the middle keeps the weights out of narrow valleys; at the end the rate
// falls to a tiny one. The momentum does the opposite: it is large where steps are small.
//
// Source: Smith, Topin, Super-convergence: very fast training of neural networks using
// large learning rates (2018).
#pragma once

#include <string>
#include <vector>

#include "optim/scheduler.hpp"

namespace hg::optim {

struct OneCycleOptions {
  double pct_start = 0.3;               ///< share of the steps that goes up
  std::string anneal_strategy = "cos";  ///< along a cosine, or "linear"
  bool cycle_momentum = true;           ///< of "momentum", or the first of "betas"
  double base_momentum = 0.85;          ///< at the largest rate
  double max_momentum = 0.95;           ///< at both ends
  double div_factor = 25;               ///< the first rate is max_lr / div_factor
  double final_div_factor = 1e4;        ///< the last one is the first / final_div_factor
  bool three_phase = false;  ///< up, down to the first rate just as slowly, and then away
};

/// schedule.step() after every batch, of which there are total_steps in the whole training.
class OneCycleLR : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, double max_lr, int64_t total_steps,
             const OneCycleOptions& options = {});
  /// A largest rate for each group.
  OneCycleLR(Optimizer& optimizer, const std::vector<double>& max_lr, int64_t total_steps,
             const OneCycleOptions& options = {});
  void step() override;

 protected:
  double next_lr(size_t group) override;

 private:
  // From one level to another; it is over at step `end`, which may be a fraction.
  struct Phase {
    double end;
    int from_lr, to_lr;  // 0 the first rate, 1 the largest, 2 the last
    double from_momentum, to_momentum;
  };
  double level(int which, size_t group) const;
  double between(double from, double to, double share) const;
  void set_momentum(double momentum, size_t group);

  int64_t total_steps_;
  OneCycleOptions options_;
  std::vector<double> max_lrs_;
  std::vector<Phase> phases_;
};

}  // namespace hg::optim
