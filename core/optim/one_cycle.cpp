#include "optim/one_cycle.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/error.hpp"

namespace hg::optim {

OneCycleLR::OneCycleLR(Optimizer& optimizer, double max_lr, int64_t total_steps,
                       const OneCycleOptions& options)
    : OneCycleLR(optimizer, std::vector<double>{max_lr}, total_steps, options) {}

OneCycleLR::OneCycleLR(Optimizer& optimizer, const std::vector<double>& max_lr,
                       int64_t total_steps, const OneCycleOptions& options)
    : LRScheduler("OneCycleLR", optimizer),
      total_steps_(total_steps),
      options_(options),
      max_lrs_(for_groups("max_lr", max_lr)) {
  if (total_steps < 1) {
    throw Error(name(), "total_steps is " + std::to_string(total_steps) +
                            "; it must be at least 1");
  }
  if (!(options.pct_start >= 0 && options.pct_start <= 1)) {
    throw Error(name(), "pct_start is " + number_text(options.pct_start) +
                            "; it is a share, from 0 to 1");
  }
  if (options.anneal_strategy != "cos" && options.anneal_strategy != "linear") {
    throw Error(name(), "anneal_strategy is '" + options.anneal_strategy +
                            "'; it must be cos or linear");
  }
  if (options.cycle_momentum && !optimizer.has("momentum") && !optimizer.has("betas")) {
    throw Error(name(), optimizer.name() + " has neither a momentum nor betas to cycle",
                "set cycle_momentum to false");
  }
  const double steps = double(total_steps), up = options.pct_start * steps;
  const double high = options.max_momentum, low = options.base_momentum;
  phases_.push_back({up - 1, 0, 1, high, low});
  if (options.three_phase) {
    phases_.push_back({2 * options.pct_start * steps - 2, 1, 0, low, high});
    phases_.push_back({steps - 1, 0, 2, high, high});
  } else {
    phases_.push_back({steps - 1, 1, 2, low, high});
  }
  for (size_t g = 0; g < groups(); ++g) {
    set_base_lr(level(0, g), g);
    optimizer.set_initial_lr(level(0, g), g);
  }
  begin();
}

void OneCycleLR::step() {
  if (last_epoch_ >= total_steps_) {
    throw Error(name(), "the cycle of " + std::to_string(total_steps_) + " steps is over",
                "total_steps is the number of batches in the whole training");
  }
  LRScheduler::step();
}

double OneCycleLR::next_lr(size_t group) {
  double t = double(last_epoch_), start = 0;
  size_t i = 0;
  while (i + 1 < phases_.size() && t > phases_[i].end) start = phases_[i++].end;
  const Phase& phase = phases_[i];
  double width = phase.end - start;
  double share = width > 0 ? std::min((t - start) / width, 1.0) : 1.0;
  if (options_.cycle_momentum) {
    set_momentum(between(phase.from_momentum, phase.to_momentum, share), group);
  }
  return between(level(phase.from_lr, group), level(phase.to_lr, group), share);
}

double OneCycleLR::level(int which, size_t group) const {
  double first = max_lrs_[group] / options_.div_factor;
  return which == 0 ? first
       : which == 1 ? max_lrs_[group]
                    : first / options_.final_div_factor;
}

double OneCycleLR::between(double from, double to, double share) const {
  if (options_.anneal_strategy == "linear") return (to - from) * share + from;
  return to + (from - to) / 2 * (std::cos(std::numbers::pi * share) + 1);
}

void OneCycleLR::set_momentum(double momentum, size_t group) {
  if (!optimizer().has("betas")) return optimizer().set("momentum", momentum, group);
  std::vector<double> betas = *optimizer().get("betas", group).list();
  betas[0] = momentum;
  optimizer().set("betas", betas, group);
}

}  // namespace hg::optim
