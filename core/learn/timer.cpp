#include "learn/timer.hpp"

#include <numeric>

#include "tensor/error.hpp"

namespace hg {

void Timer::start() {
  begin_ = std::chrono::steady_clock::now();
  running_ = true;
}

double Timer::stop() {
  const auto end = std::chrono::steady_clock::now();
  if (!running_) {
    throw Error("Timer", "stop() without a start() since the last stop()");
  }
  running_ = false;
  laps_.push_back(std::chrono::duration<double>(end - begin_).count());
  return laps_.back();
}

double Timer::avg() const { return laps_.empty() ? 0 : sum() / double(laps_.size()); }

double Timer::sum() const { return std::accumulate(laps_.begin(), laps_.end(), 0.0); }

std::vector<double> Timer::cumsum() const {
  std::vector<double> sums(laps_.size());
  std::partial_sum(laps_.begin(), laps_.end(), sums.begin());
  return sums;
}

}  // namespace hg
