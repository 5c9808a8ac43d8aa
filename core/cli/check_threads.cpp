// More than one thread.
//
// A kernel may share its work among threads, and it may itself be called from several at
// once. Neither may show in the result.
#include <atomic>
#include <chrono>
#include <thread>

#include "cli/check_tests.hpp"
#include "host/threads.hpp"

namespace hg::cli::check {
namespace {

constexpr int64_t enough_to_share = 100000;  // elements: loops with a grain get parts
constexpr int64_t several_pages = 1 << 13;

std::string where_they_differ(const Subject& s, const Result& a, const Result& b,
                              double room) {
  std::string text;
  auto each = [&](const char* name, const std::vector<Array>& x,
                  const std::vector<Array>& y) {
    for (size_t i = 0; i < x.size() && text.empty(); ++i) {
      if (!x[i].given) continue;
      auto k = room == 0
                 ? first_difference(x[i], y[i])
                 : worst_difference(x[i], y[i], room * unit_of(s.dtype) * x[i].largest());
      if (!k) continue;
      text = name + ("[" + std::to_string(i) + "]") + x[i].index_text(*k) + " is " +
             number_text(y[i][*k]) + " instead of " + number_text(x[i][*k]);
    }
  };
  each("out", a.out, b.out);
  each("din", a.din, b.din);
  each("in", a.in, b.in);
  return text;
}

// Sizes at which a call takes a while. Nothing if the operator does not accept them, or
// refuses them.
std::optional<Arguments> large(const Subject& s, const Sample& sample, int64_t elements,
                               uint64_t seed) {
  std::optional<Sample> larger = grown(sample, elements);
  if (!larger) return {};
  try {
    auto a = s.draw(*larger, seed);
    if (!a || !Trial(s, *a).prepare()) return {};
    return a;
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

void test_threads(const Subject& s, Log& log) {
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> a = large(s, sample, enough_to_share, s.seed);
    if (!a) continue;
    log.at("threads", a->text);
    try {
      set_num_threads(1);
      std::optional<Result> alone = Trial::run(s, *a);
      if (!alone) continue;
      if (uses_of_host().parallel_for + uses_of_host().gemm == 0) return;  // has no threads
      // The core's matrix product may round otherwise when it is cut otherwise.
      double room = s.has(HG_NONDETERMINISTIC) ? 1e4 : uses_of_host().gemm > 0 ? 64 : 0;
      for (int n : {2, 3}) {
        set_num_threads(n);
        std::optional<Result> shared = Trial::run(s, *a);
        log.checked();
        std::string text = where_they_differ(s, *alone, *shared, room);
        if (text.empty()) continue;
        log.finding("with " + std::to_string(n) + " threads " + text + " with one");
        return;
      }
      return;  // one sample will do
    } catch (const Refused&) {
    }
  }
}

// Chance finds a kernel with static scratch memory once in a thousand calls. So chance is
// left out: the first call is stopped half-way, in the middle of one of its tensors, and a
// whole second call runs on another thread meanwhile. What stops it is a page of the tensor
// that must not be touched; the handler of the fault lets the other thread go, waits for
// it, opens the page, and the first call goes on as if nothing had been.
//
// A kernel with a lock of its own makes the second call wait for the first. Then, after a
// while, the first goes on, which is as it should be.
namespace {

// The middle of a tensor, in a phase in which it is read or written.
struct Stop {
  hg_phase phase;
  std::deque<Block> Trial::*list;
  size_t index;
};

std::vector<Stop> stops_in(Trial& t) {
  using List = std::deque<Block> Trial::*;
  std::vector<Stop> all;
  auto add = [&](hg_phase phase, List list, size_t count) {
    for (size_t i = 0; i < count; ++i) all.push_back({phase, list, i});
  };
  for (List list : {&Trial::in, &Trial::out, &Trial::saved}) {
    add(HG_FORWARD, list, (t.*list).size());
    if (t.wants_backward()) add(HG_BACKWARD, list, (t.*list).size());
  }
  if (t.wants_backward()) add(HG_BACKWARD, &Trial::dout, t.out.size());
  if (t.wants_backward()) add(HG_BACKWARD, &Trial::din, t.in.size());
  return all;
}

struct TwoResults {
  std::optional<Result> first, second;
  bool stopped = false;  // the first call came by there
  bool in_time = false;  // the second ended before the first went on
};

// Runs `a` up to the stop, all of `b`, and the rest of `a`.
TwoResults run_interrupted(const Subject& s, const Arguments& a, const Arguments& b,
                           const Stop& stop) {
  using namespace std::chrono_literals;
  TwoResults results;
  std::atomic<bool> start{false}, ended{false};
  std::thread other([&] {
    start.wait(false);
    try {
      if (results.stopped) results.second = Trial::run(s, b);
    } catch (const Refused&) {
    }
    ended = true;
  });
  std::function<void()> let_other_run = [&] {
    results.stopped = true;
    start = true;
    start.notify_one();
    for (int ms = 0; ms < 3000 && !ended; ++ms) std::this_thread::sleep_for(1ms);
    results.in_time = ended;
  };
  auto set = [&](Trial& t, hg_phase phase) {
    if (phase != stop.phase || stop.index >= (t.*stop.list).size()) return;
    Guarded* memory = (t.*stop.list)[stop.index].memory.get();
    if (memory && memory->bytes() > 0)
      memory->set_wire(memory->bytes() / 2, &let_other_run);
  };
  Trial trial(s, a, {.before = set});
  try {
    if (trial.prepare()) {
      trial.forward();
      Guarded::clear_wire();
      if (trial.wants_backward()) trial.backward();
      Guarded::clear_wire();
      results.first = trial.result();
    }
  } catch (const Refused&) {
  }
  start = true;
  start.notify_one();
  other.join();
  return results;
}

}  // namespace

void test_concurrency(const Subject& s, Log& log) {
  if (s.has(HG_SERIAL)) return;  // the core sees to it
  set_num_threads(1);
  double room = s.has(HG_NONDETERMINISTIC) ? 1e4 : 0;
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> a = large(s, sample, several_pages, s.seed);
    std::optional<Arguments> b = large(s, sample, several_pages, s.seed + 1);
    if (!a || !b) continue;
    log.at("concurrency", a->text);
    std::vector<Stop> stops;
    std::optional<Result> a_alone, b_alone;
    try {
      a_alone = Trial::run(s, *a);
      b_alone = Trial::run(s, *b);
      Trial shapes(s, *a);
      shapes.prepare();
      stops = stops_in(shapes);
    } catch (const Refused&) {
      continue;
    }
    for (const Stop& stop : stops) {
      TwoResults both = run_interrupted(s, *a, *b, stop);
      if (!both.stopped || !both.first) continue;
      log.checked();
      std::string text = where_they_differ(s, *a_alone, *both.first, room);
      if (text.empty() && both.second) {
        text = where_they_differ(s, *b_alone, *both.second, room);
      }
      if (!text.empty()) {
        log.finding("with another call at the same time " + text);
        return;
      }
      if (!both.in_time) return;  // it has a lock, and would be waited for each time
    }
    return;  // one sample will do
  }
}

}  // namespace hg::cli::check
