// # Solutions to 5.6: devices and threads

#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <latch>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

namespace {

double side_by_side(int n, const std::function<void(int)>& work) {
  Timer timer;
  std::latch all_there(n);
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) {
    threads.emplace_back([&, i] {
      all_there.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& t : threads) t.join();
  return timer.stop();
}

double compute(int64_t steps) {
  double x = 0.5;
  for (int64_t i = 0; i < steps; ++i) x = 3.9 * x * (1 - x);
  return x;
}

}  // namespace

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "5.6 Devices and threads: solutions");
  manual_seed(lesson.seed() + 1);

  // ## 1. A small sum
  // No difference: a loop of 100 additions takes less time than waking a thread, so it is
  // not shared at all.

  const Tensor a = randn({100}), b = randn({100});  // (100)
  const int cores = num_threads();
  Tensor sums[2];
  for (int i = 0; i < 2; ++i) {
    set_num_threads(i == 0 ? 1 : cores);
    Timer timer;
    for (int k = 0; k < 10000; ++k) sums[i] = a + b;
    std::printf("1. %d thread%s: %.0f ns\n", num_threads(), num_threads() == 1 ? "" : "s",
                timer.stop() / 10000 * 1e9);
  }
  lesson.expect("1. the same sum", sums[0].equal(sums[1]));

  // ## 2. Computing and waiting
  // As long as the longer of the two: who waits does not hold the lock.

  std::mutex lock;
  double result = 0;
  const double both = side_by_side(2, [&](int i) {
    if (i == 0) {
      std::lock_guard hold(lock);
      result = compute(5'000'000);
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  std::printf("2. together %.0f ms\n", 1e3 * both);
  lesson.expect("2. the result is the same", result == compute(5'000'000));

  // ## 3. A counter for each
  // Nothing is shared while counting, so no thread ever waits for another, not even for the
  // cache line with the common counter. The sum at the end costs one addition a thread.
  // (The counters are local variables; side by side in a vector, they would share a cache
  // line. `volatile` makes the compiler really count, instead of writing down the result.)

  const int rounds = lesson.check() ? 2'000'000 : 20'000'000;
  int64_t total = 0;
  for (int threads : {1, 2, 4}) {
    std::atomic<int64_t> raced = 0, counted = 0;
    side_by_side(threads, [&](int) {
      for (int i = 0; i < rounds; ++i) {
        const int64_t seen = raced.load(std::memory_order_relaxed);
        raced.store(seen + 1, std::memory_order_relaxed);
      }
    });
    const double shared_seconds = side_by_side(threads, [&](int) {
      for (int i = 0; i < rounds; ++i) ++counted;
    });
    std::vector<int64_t> own(static_cast<size_t>(threads));
    const double own_seconds = side_by_side(threads, [&](int t) {
      volatile int64_t mine = 0;
      for (int i = 0; i < rounds; ++i) mine = mine + 1;
      own[static_cast<size_t>(t)] = mine;
    });
    total = std::accumulate(own.begin(), own.end(), int64_t{0});
    std::printf("3. %d x %d: race lost %d; one atomic %.1f ms, own counters %.1f ms\n",
                threads, rounds, int(counted - raced), 1e3 * shared_seconds,
                1e3 * own_seconds);
  }
  lesson.expect("3. nothing lost", total, near(4 * rounds, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
