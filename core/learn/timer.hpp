// How long something takes.
#pragma once

#include <chrono>
#include <vector>

namespace hg {

/// A stop watch that remembers its laps. It runs from the moment it is made; start() sets
/// off another lap. All times are in seconds.
///
///     Timer timer;
///     for (...) { timer.start(); work(); timer.stop(); }
///     std::printf("%.3f s on average\n", timer.avg());
class Timer {
 public:
  Timer() { start(); }

  void start();
  /// Ends the lap and returns its time. Each lap ends once: start() comes before the next.
  double stop();

  /// Of the ended laps: their mean time (0 before the first), their sum, and the running
  /// sums, one for each lap.
  double avg() const;
  double sum() const;
  std::vector<double> cumsum() const;
  const std::vector<double>& laps() const { return laps_; }

 private:
  std::chrono::steady_clock::time_point begin_;
  bool running_ = false;
  std::vector<double> laps_;
};

}  // namespace hg
