// Memory for each thread of a loop.
#pragma once

#include <atomic>

#include "fastcpu.hpp"

namespace hg::fastcpu {

/// A loop over `tasks`, with a slice of scratch memory for each of the threads that share
/// it: loop(slice_of_floats, body(begin, end, slice)).
class Slices {
 public:
  explicit Slices(const Call& c, int64_t tasks) : c_(c), tasks_(tasks) {
    // How many threads will share it? Ask.
    std::atomic<int64_t> bodies{0};
    c.parallel(tasks, 1, [&](int64_t, int64_t) { ++bodies; });
    count_ = bodies;
  }
  template <class Body>
  void loop(int64_t floats, const Body& body) const {
    if (tasks_ == 0) return;
    floats = round_up(floats, 16);
    float* memory = c_.scratch<float>(count_ * floats);
    std::atomic<int64_t> next{0};
    // A grain that allows no more bodies than there are slices.
    c_.parallel(tasks_, ceil_div(tasks_, count_), [&](int64_t begin, int64_t end) {
      body(begin, end, memory + floats * next++);
    });
  }

 private:
  const Call& c_;
  int64_t tasks_, count_ = 0;
};

}  // namespace hg::fastcpu
