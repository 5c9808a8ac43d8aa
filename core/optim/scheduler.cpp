#include "optim/scheduler.hpp"

#include <utility>

#include "tensor/error.hpp"

namespace hg::optim {

Scheduler::Scheduler(std::string name, Optimizer& optimizer)
    : name_(std::move(name)), optimizer_(&optimizer) {
  note_lr();
}

void Scheduler::note_lr() {
  last_lr_.resize(optimizer_->group_count());
  for (size_t g = 0; g < last_lr_.size(); ++g) last_lr_[g] = optimizer_->lr(g);
}

std::vector<double> Scheduler::for_groups(const std::string& what,
                                          const std::vector<double>& settings) const {
  if (settings.size() == 1) return std::vector<double>(groups(), settings[0]);
  if (settings.size() == groups()) return settings;
  throw Error(name_, std::to_string(settings.size()) + " values of " + what +
                         " for an optimizer with " + std::to_string(groups()) + " groups");
}

Numbers Scheduler::state_dict() const {
  Numbers state;
  save(state, "");
  return state;
}

void Scheduler::load_state_dict(const Numbers& state) {
  Numbers before = state_dict();
  try {
    NumberReader reader(name_, state);
    load(reader, "");
    reader.finish();
  } catch (...) {
    NumberReader reader(name_, before);
    load(reader, "");
    throw;
  }
}

void Scheduler::save(Numbers& to, const std::string& prefix) const {
  to.emplace_back(prefix + "scheduler", name_);
  to.emplace_back(prefix + "last_epoch", std::to_string(last_epoch_));
  to.emplace_back(prefix + "last_lr", list_text(last_lr_));
}

void Scheduler::load(NumberReader& from, const std::string& prefix) {
  from.expect(prefix + "scheduler", name_);
  from.check();
  from.read(prefix + "last_epoch", last_epoch_, 0, INT64_MAX);
  from.read(prefix + "last_lr", last_lr_);
}

// ---- by the number of epochs ------------------------------------------------------------

LRScheduler::LRScheduler(std::string name, Optimizer& optimizer)
    : Scheduler(std::move(name), optimizer) {
  for (size_t g = 0; g < groups(); ++g) base_lrs_.push_back(optimizer.initial_lr(g));
}

void LRScheduler::step() {
  ++last_epoch_;
  set_lrs();
}

void LRScheduler::restart() {
  last_epoch_ = 0;
  for (size_t g = 0; g < groups(); ++g) optimizer().set("lr", base_lrs_[g], g);
  set_lrs();
}

void LRScheduler::set_lrs() {
  if (optimizer().group_count() != groups()) {
    throw Error(name(),
                "it was made for " + std::to_string(groups()) +
                    " groups; the optimizer has " +
                    std::to_string(optimizer().group_count()) + " now",
                "make a new schedule when a group was added");
  }
  for (size_t g = 0; g < groups(); ++g) optimizer().set("lr", next_lr(g), g);
  note_lr();
}

void LRScheduler::save(Numbers& to, const std::string& prefix) const {
  Scheduler::save(to, prefix);
  to.emplace_back(prefix + "base_lrs", list_text(base_lrs_));
}

void LRScheduler::load(NumberReader& from, const std::string& prefix) {
  Scheduler::load(from, prefix);
  from.read(prefix + "base_lrs", base_lrs_);
}

}  // namespace hg::optim
