// A learning rate that changes as the training goes on.
//
// Large steps first, to get near; small ones later, to settle. A schedule is told when an
// epoch (or a batch, as you count) is over, and writes a new "lr" into each group of the
// optimizer. It never takes a step itself:
//
//     optim::StepLR schedule(sgd, 30);
//     for (int epoch = 0; epoch < 90; ++epoch) {
//       ... a round of sgd.step() ...
//       schedule.step();
//     }
//
// The schedules are in schedulers.hpp, one_cycle.hpp and plateau.hpp. Each gives the same
// numbers as PyTorch's of that name.
#pragma once

#include <string>
#include <vector>

#include "optim/numbers.hpp"
#include "optim/optimizer.hpp"

namespace hg::optim {

/// What all schedules have: an optimizer, a count of epochs, a state. The optimizer must
/// outlive the schedule, and stay where it is.
class Scheduler {
 public:
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler() = default;

  /// Epochs that are over: 0 at first.
  int64_t last_epoch() const { return last_epoch_; }
  /// The rates that were set last, of each group.
  const std::vector<double>& last_lr() const { return last_lr_; }

  /// Where it stands. What it was made with (step_size, ...) is not part of it, nor are the
  /// rates themselves, which are the optimizer's: keep its state, too.
  Numbers state_dict() const;
  /// Goes on from there. Throws, and changes nothing, if the state is of another schedule.
  void load_state_dict(const Numbers& state);
  /// "StepLR".
  const std::string& name() const { return name_; }

 protected:
  Scheduler(std::string name, Optimizer& optimizer);
  virtual void save(Numbers& to, const std::string& prefix) const;
  virtual void load(NumberReader& from, const std::string& prefix);
  Optimizer& optimizer() const { return *optimizer_; }
  size_t groups() const { return last_lr_.size(); }
  /// `settings`, one for each group; a single one holds for all.
  std::vector<double> for_groups(const std::string& what,
                                 const std::vector<double>& settings) const;
  /// The rates as the optimizer has them now become last_lr.
  void note_lr();

  int64_t last_epoch_ = 0;

 private:
  friend class SequentialLR;
  std::string name_;
  Optimizer* optimizer_;
  std::vector<double> last_lr_;
};

/// A schedule that knows the rate from the number of epochs alone.
class LRScheduler : public Scheduler {
 public:
  /// An epoch is over.
  virtual void step();

 protected:
  LRScheduler(std::string name, Optimizer& optimizer);
  /// The rate of a group in epoch `last_epoch_`. Many follow from the rate before, which
  /// the optimizer still has; then two schedules can work on one optimizer side by side.
  virtual double next_lr(size_t group) = 0;
  /// Sets the rates of epoch 0. Every constructor ends with it.
  void begin() { set_lrs(); }
  /// The same later, from the rates before any schedule.
  virtual void restart();
  double lr(size_t group) const { return optimizer().lr(group); }
  double base_lr(size_t group) const { return base_lrs_[group]; }
  void set_base_lr(double lr, size_t group) { base_lrs_[group] = lr; }
  void save(Numbers& to, const std::string& prefix) const override;
  void load(NumberReader& from, const std::string& prefix) override;

 private:
  friend class SequentialLR;
  void set_lrs();
  std::vector<double> base_lrs_;  // rates before any schedule
};

}  // namespace hg::optim
