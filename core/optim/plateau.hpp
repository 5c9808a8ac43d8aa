// A smaller learning rate when the training gets stuck.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "optim/scheduler.hpp"

namespace hg::optim {

struct PlateauOptions {
  std::string mode = "min";            ///< the metric shall fall; "max": it shall rise
  double factor = 0.1;                 ///< lr <- lr * factor, below 1
  int64_t patience = 10;               ///< epochs without progress that are tolerated
  double threshold = 1e-4;             ///< smaller progress does not count
  std::string threshold_mode = "rel";  ///< the threshold is a share of the best; or "abs"
  int64_t cooldown = 0;                ///< epochs after a reduction that are not judged
  std::vector<double> min_lr = {0};    ///< for all groups, or one for each
  double eps = 1e-8;                   ///< a reduction by less is left out
};

/// After every epoch: schedule.step(validation_loss). When the best value so far has not
/// been beaten for more than `patience` epochs, the rate is multiplied by `factor`.
class ReduceLROnPlateau : public Scheduler {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const PlateauOptions& options = {});
  void step(double metric);
  double best() const { return best_; }

 protected:
  void save(Numbers& to, const std::string& prefix) const override;
  void load(NumberReader& from, const std::string& prefix) override;

 private:
  bool is_better(double metric) const;
  void reduce();

  PlateauOptions options_;
  std::vector<double> min_lrs_;
  double best_;
  int64_t bad_epochs_ = 0;  // since the best one
  int64_t cooldown_ = 0;    // epochs left of it
};

}  // namespace hg::optim
