#include "optim/plateau.hpp"

#include <algorithm>

#include "tensor/error.hpp"

namespace hg::optim {
namespace {

void require_one_of(const char* what, const std::string& value, const char* a,
                    const char* b) {
  if (value == a || value == b) return;
  throw Error("ReduceLROnPlateau",
              std::string(what) + " is '" + value + "'; it must be " + a + " or " + b);
}

}  // namespace

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, const PlateauOptions& options)
    : Scheduler("ReduceLROnPlateau", optimizer),
      options_(options),
      min_lrs_(for_groups("min_lr", options.min_lr)) {
  require_one_of("mode", options.mode, "min", "max");
  require_one_of("threshold_mode", options.threshold_mode, "rel", "abs");
  if (!(options.factor < 1)) {
    throw Error(name(), "factor is " + number_text(options.factor) +
                            "; it must be below 1, to reduce anything");
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  best_ = options.mode == "min" ? infinity : -infinity;
}

// A metric that is no number beats nothing: the epoch counts as bad.
bool ReduceLROnPlateau::is_better(double metric) const {
  bool relative = options_.threshold_mode == "rel";
  double least = options_.threshold;
  if (options_.mode == "min") {
    return metric < (relative ? best_ * (1 - least) : best_ - least);
  }
  return metric > (relative ? best_ * (least + 1) : best_ + least);
}

void ReduceLROnPlateau::step(double metric) {
  ++last_epoch_;
  if (is_better(metric)) {
    best_ = metric;
    bad_epochs_ = 0;
  } else {
    ++bad_epochs_;
  }
  if (cooldown_ > 0) {
    --cooldown_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ > options_.patience) {
    reduce();
    cooldown_ = options_.cooldown;
    bad_epochs_ = 0;
  }
  note_lr();
}

void ReduceLROnPlateau::reduce() {
  for (size_t g = 0; g < optimizer().group_count(); ++g) {
    double least = g < min_lrs_.size() ? min_lrs_[g] : min_lrs_.back();
    double before = optimizer().lr(g), after = std::max(before * options_.factor, least);
    if (before - after > options_.eps) optimizer().set("lr", after, g);
  }
}

void ReduceLROnPlateau::save(Numbers& to, const std::string& prefix) const {
  Scheduler::save(to, prefix);
  to.emplace_back(prefix + "best", number_text(best_));
  to.emplace_back(prefix + "bad_epochs", std::to_string(bad_epochs_));
  to.emplace_back(prefix + "cooldown", std::to_string(cooldown_));
}

void ReduceLROnPlateau::load(NumberReader& from, const std::string& prefix) {
  Scheduler::load(from, prefix);
  from.read(prefix + "best", best_);
  from.read(prefix + "bad_epochs", bad_epochs_, 0, INT64_MAX);
  from.read(prefix + "cooldown", cooldown_, 0, INT64_MAX);
}

}  // namespace hg::optim
