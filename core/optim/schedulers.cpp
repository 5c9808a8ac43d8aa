#include "optim/schedulers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "tensor/error.hpp"

namespace hg::optim {
namespace {

void require_positive(const char* schedule, const char* what, int64_t value) {
  if (value > 0) return;
  throw Error(schedule, std::string(what) + " is " + std::to_string(value) +
                            "; it must be at least 1");
}

}  // namespace

LambdaLR::LambdaLR(Optimizer& optimizer, Factor factor)
    : LambdaLR(optimizer, std::vector<Factor>(optimizer.group_count(), factor)) {}

LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Factor> factors)
    : LRScheduler("LambdaLR", optimizer), factors_(std::move(factors)) {
  if (factors_.size() != groups()) {
    throw Error(name(), std::to_string(factors_.size()) +
                            " functions for an optimizer with " + std::to_string(groups()) +
                            " groups");
  }
  begin();
}

double LambdaLR::next_lr(size_t group) {
  return base_lr(group) * factors_[group](last_epoch_);
}

StepLR::StepLR(Optimizer& optimizer, int64_t step_size, double gamma)
    : LRScheduler("StepLR", optimizer), step_size_(step_size), gamma_(gamma) {
  require_positive("StepLR", "step_size", step_size);
  begin();
}

double StepLR::next_lr(size_t group) {
  bool now = last_epoch_ > 0 && last_epoch_ % step_size_ == 0;
  return now ? lr(group) * gamma_ : lr(group);
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, const std::vector<int64_t>& milestones,
                         double gamma)
    : LRScheduler("MultiStepLR", optimizer), gamma_(gamma) {
  for (int64_t m : milestones) ++milestones_[m];
  begin();
}

double MultiStepLR::next_lr(size_t group) {
  auto found = milestones_.find(last_epoch_);
  if (found == milestones_.end()) return lr(group);
  return lr(group) * std::pow(gamma_, found->second);
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma)
    : LRScheduler("ExponentialLR", optimizer), gamma_(gamma) {
  begin();
}

double ExponentialLR::next_lr(size_t group) {
  return last_epoch_ == 0 ? lr(group) : lr(group) * gamma_;
}

LinearLR::LinearLR(Optimizer& optimizer, double start_factor, double end_factor,
                   int64_t total_iters)
    : LRScheduler("LinearLR", optimizer),
      start_factor_(start_factor),
      end_factor_(end_factor),
      total_iters_(total_iters) {
  if (!(start_factor > 0 && start_factor <= 1)) {
    throw Error("LinearLR", "start_factor is " + number_text(start_factor) +
                                "; it must be above 0 and at most 1");
  }
  if (!(end_factor >= 0 && end_factor <= 1)) {
    throw Error("LinearLR",
                "end_factor is " + number_text(end_factor) + "; it must be from 0 to 1");
  }
  require_positive("LinearLR", "total_iters", total_iters);
  begin();
}

// With the factors a and e of T epochs, f_t = a + t (e-a)/T, so that
//
//     f_t / f_{t-1} = 1 + (e-a)/T / f_{t-1} = 1 + (e-a) / (T a + (t-1) (e-a))
double LinearLR::next_lr(size_t group) {
  if (last_epoch_ == 0) return lr(group) * start_factor_;
  if (last_epoch_ > total_iters_) return lr(group);
  double rise = end_factor_ - start_factor_;
  double before = double(total_iters_) * start_factor_ + double(last_epoch_ - 1) * rise;
  return lr(group) * (1 + rise / before);
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min)
    : LRScheduler("CosineAnnealingLR", optimizer), T_max_(T_max), eta_min_(eta_min) {
  require_positive("CosineAnnealingLR", "T_max", T_max);
  begin();
}

double CosineAnnealingLR::next_lr(size_t group) {
  using std::numbers::pi;
  if (last_epoch_ == 0) return lr(group);
  double T = double(T_max_), t = double(last_epoch_);
  if ((last_epoch_ - 1 - T_max_) % (2 * T_max_) == 0) {
    // The rate before was eta_min, which no factor leads away from.
    return lr(group) + (base_lr(group) - eta_min_) * (1 - std::cos(pi / T)) / 2;
  }
  return (1 + std::cos(pi * t / T)) / (1 + std::cos(pi * (t - 1) / T)) *
             (lr(group) - eta_min_) +
         eta_min_;
}

// ---- one after the other ----------------------------------------------------------------

SequentialLR::SequentialLR(Optimizer& optimizer, std::vector<LRScheduler*> schedulers,
                           std::vector<int64_t> milestones)
    : LRScheduler("SequentialLR", optimizer),
      schedulers_(std::move(schedulers)),
      milestones_(std::move(milestones)) {
  if (schedulers_.empty() || milestones_.size() + 1 != schedulers_.size()) {
    throw Error(name(), std::to_string(schedulers_.size()) + " schedules and " +
                            std::to_string(milestones_.size()) +
                            " milestones; there must be one milestone less than schedules");
  }
  if (!std::is_sorted(milestones_.begin(), milestones_.end())) {
    throw Error(name(), "the milestones must not fall");
  }
  for (LRScheduler* s : schedulers_) {
    if (!s || s->optimizer_ != &optimizer) {
      throw Error(name(), "all schedules must be of the same optimizer");
    }
  }
  restart();
}

size_t SequentialLR::active() const {
  auto past = std::upper_bound(milestones_.begin(), milestones_.end(), last_epoch_);
  return size_t(past - milestones_.begin());
}

void SequentialLR::restart() {
  last_epoch_ = 0;
  schedulers_[active()]->restart();
  note_lr();
}

void SequentialLR::step() {
  ++last_epoch_;
  size_t i = active();
  if (i > 0 && milestones_[i - 1] == last_epoch_)
    schedulers_[i]->restart();
  else
    schedulers_[i]->step();
  note_lr();
}

void SequentialLR::save(Numbers& to, const std::string& prefix) const {
  LRScheduler::save(to, prefix);
  for (size_t i = 0; i < schedulers_.size(); ++i) {
    schedulers_[i]->save(to, prefix + std::to_string(i) + ".");
  }
}

void SequentialLR::load(NumberReader& from, const std::string& prefix) {
  LRScheduler::load(from, prefix);
  for (size_t i = 0; i < schedulers_.size(); ++i) {
    schedulers_[i]->load(from, prefix + std::to_string(i) + ".");
  }
}

}  // namespace hg::optim
