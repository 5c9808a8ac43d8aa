// A loop whose parts run on several threads, given as a lambda.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include "host/threads.hpp"

namespace hg {

/// Calls body(begin, end) for consecutive parts of [0,n), each at least `grain` long. What
/// a part computes must not depend on where it is cut. The first thing that a part throws
/// is thrown here.
template <class Body>
void in_parallel(int64_t n, int64_t grain, Body body) {
  struct Job {
    Body& body;
    std::exception_ptr thrown = nullptr;
    std::atomic_flag taken = {};
  } job{body};
  const auto part = [](int64_t begin, int64_t end, int32_t, void* user) -> int32_t {
    Job& j = *static_cast<Job*>(user);
    try {
      j.body(begin, end);
      return 0;
    } catch (...) {
      if (!j.taken.test_and_set()) j.thrown = std::current_exception();
      return 1;
    }
  };
  parallel_for(n, grain, part, &job);
  if (job.thrown) std::rethrow_exception(job.thrown);
}

}  // namespace hg
