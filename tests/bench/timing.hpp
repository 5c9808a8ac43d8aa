// How long a piece of work takes.
#pragma once

#include <functional>

namespace hg::bench {

double now();  // seconds on a steady clock

struct Times {
  double median, best;  // seconds for one call
};

/// Calls `work` for a quarter of `seconds` (at most a second) to warm up, and then for
/// `seconds`, in seven equal parts. The median of the parts is little moved by what else
/// happens on the machine; the best shows what it can do. `warm` is called between the two.
Times measure(const std::function<void()>& work, double seconds,
              const std::function<void()>& warm = [] {});

}  // namespace hg::bench
