#include "host/threads.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "host/cpus.hpp"
#include "host/host.hpp"
#include "host/registry.hpp"
#include "host/thunk.hpp"
#include "tensor/error.hpp"

namespace hg {
namespace {

// ---- the state of the floating-point unit: rounding, denormals ------------------------

#if defined(__SSE__)
constexpr unsigned denormals_are_zero = 0x0040, flush_to_zero = 0x8000,
                   control_bits = 0xffc0;
unsigned float_mode() { return _mm_getcsr() & control_bits; }
void set_float_mode(unsigned mode) {
  if (mode != float_mode()) _mm_setcsr((_mm_getcsr() & ~control_bits) | mode);
}
void relax() { _mm_pause(); }
#else
constexpr unsigned denormals_are_zero = 0, flush_to_zero = 0;
unsigned float_mode() { return 0; }
void set_float_mode(unsigned) {}
void relax() { std::this_thread::yield(); }
#endif

// ---- one loop -------------------------------------------------------------------------

struct Loop {
  int64_t n;
  int32_t parts;
  hg_body body;
  void* user;
  Breadcrumb where = breadcrumb;  // which plugin's callback asked for it
  unsigned mode = float_mode();   // workers compute by the caller's rules
};

// The worker number of the body that this thread is in; -1 outside.
thread_local constinit int32_t inside = -1;

// Where part i begins: the parts are as equal as they can be, the longer ones first.
int64_t part_begin(const Loop& loop, int32_t i) {
  int64_t each = loop.n / loop.parts, rest = loop.n % loop.parts;
  return each * i + std::min<int64_t>(i, rest);
}

// An exception that leaves a body ends the program here (thunk.hpp).
int32_t run_part(const Loop& loop, int32_t i) noexcept {
  inside = i;
  int32_t status = loop.body(part_begin(loop, i), part_begin(loop, i + 1), i, loop.user);
  inside = -1;
  return status;
}

// All parts on this thread, in order.
int32_t run_alone(const Loop& loop) {
  for (int32_t i = 0; i < loop.parts; ++i) {
    if (int32_t status = run_part(loop, i)) return status;
  }
  return HG_OK;
}

// ---- the pool -------------------------------------------------------------------------

class Pool {
 public:
  int32_t run(const Loop& loop) {
    std::unique_lock lock(owner_, std::try_to_lock);
    if (!lock) return run_alone(loop);
    start_workers(loop.parts - 1);
    loop_ = &loop;
    unfinished_ = loop.parts;
    failed_ = no_failure;
    uint32_t number = announced_ + 1;
    ticket_ = uint64_t(number) << 32 | uint32_t(loop.parts);
    announced_ = number;
    if (loop.parts > workers_) {
      announced_.notify_all();
    } else {
      for (int32_t i = 1; i < loop.parts; ++i) announced_.notify_one();
    }
    while (take_part()) {
    }
    for (int spin = 0; unfinished_ && spin < spins(); ++spin) relax();
    while (int32_t left = unfinished_) unfinished_.wait(left);
    return int32_t(uint32_t(failed_));
  }

 private:
  // Runs a part that nobody has taken yet; false if there is none. The ticket holds the
  // loop's number, so a thread that comes late cannot take a part of another loop unseen.
  bool take_part() {
    uint64_t ticket = ticket_;
    do {
      if (uint32_t(ticket) == 0) return false;
    } while (!ticket_.compare_exchange_weak(ticket, ticket - 1));
    // From here to the decrement of unfinished_ the loop cannot end: reading it is safe.
    const Loop& loop = *loop_;
    int32_t part = loop.parts - int32_t(uint32_t(ticket));
    if (part < int32_t(failed_ >> 32)) {
      breadcrumb = loop.where;
      set_float_mode(loop.mode);
      if (int32_t status = run_part(loop, part)) note_failure(part, status);
    }
    if (--unfinished_ == 0) unfinished_.notify_one();
    return true;
  }

  // Keeps the failure of the lowest part. Parts are taken in order, so all below it run.
  void note_failure(int32_t part, int32_t status) {
    uint64_t mine = uint64_t(part) << 32 | uint32_t(status), known = failed_;
    while (mine < known && !failed_.compare_exchange_weak(known, mine)) {
    }
  }

  void start_workers(int32_t wanted) {
    while (workers_ < wanted) {
      try {
        std::thread([this] { work(); }).detach();
      } catch (const std::system_error&) {
        return;  // the system has no more threads: fewer share the loop
      }
      ++workers_;
    }
  }

  [[noreturn]] void work() {
    for (uint32_t seen = 0;;) {
      for (int spin = 0; announced_ == seen && spin < spins(); ++spin) relax();
      announced_.wait(seen);
      seen = announced_;
      while (take_part()) {
      }
    }
  }

  // How often to look before going to sleep: some 20 us, about what it takes to be woken.
  // Where threads outnumber CPUs, looking only keeps others from working.
  int spins() const { return workers_ < cpus_ ? 500 : 0; }

  static constexpr uint64_t no_failure = uint64_t(INT32_MAX) << 32;

  std::mutex owner_;  // held by the caller whose loop it is
  const int cpus_ = available_cpus();
  std::atomic<int32_t> workers_{0};
  const Loop* loop_ = nullptr;
  alignas(64) std::atomic<uint64_t> ticket_{0};  // loop's number * 2^32 + parts not taken
  std::atomic<uint64_t> failed_{no_failure};  // lowest part that failed * 2^32 + its status
  alignas(64) std::atomic<uint32_t> announced_{0};  // the loop's number, for the workers
  alignas(64) std::atomic<int32_t> unfinished_{0};
};

// Never destroyed: the workers sleep in it until the process ends.
Pool* instance = nullptr;

Pool& pool() {
  static const bool made = [] {
    instance = new Pool;
    // A child has only the thread that forked; the old pool's workers are not there.
    pthread_atfork(nullptr, nullptr, [] { instance = new Pool; });
    return true;
  }();
  (void)made;
  return *instance;
}

// ---- how many -------------------------------------------------------------------------

int initial_threads() {
  const char* text = std::getenv("HANDGRAD_THREADS");
  if (text && *text) {
    char* end = nullptr;
    long n = std::strtol(text, &end, 10);
    if (*end == 0 && n >= 1 && n <= max_threads) return int(n);
    std::string problem = std::string("HANDGRAD_THREADS is '") + text +
                          "', which is no number from 1 to " + std::to_string(max_threads) +
                          "; it is ignored";
    host_log(host_table(), HG_WARNING, problem.c_str());
  }
  return std::min(available_cpus(), max_threads);
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{initial_threads()};
  return count;
}

}  // namespace

int num_threads() { return thread_count(); }

void set_num_threads(int n) {
  if (n < 1 || n > max_threads) {
    throw Error("set_num_threads", std::to_string(n) + " threads; from 1 to " +
                                       std::to_string(max_threads) + " are possible");
  }
  thread_count() = n;
}

int32_t parallel_for(int64_t n, int64_t grain, hg_body body, void* user) {
  if (n <= 0) return HG_OK;
  if (inside >= 0) return body(0, n, inside, user);
  int64_t parts = std::min<int64_t>(num_threads(), n / std::max<int64_t>(grain, 1));
  if (parts <= 1) return body(0, n, 0, user);
  return pool().run({.n = n, .parts = int32_t(parts), .body = body, .user = user});
}

bool in_parallel_loop() { return inside >= 0; }

void set_flush_denormals(bool on) {
  constexpr unsigned bits = denormals_are_zero | flush_to_zero;
  set_float_mode(on ? float_mode() | bits : float_mode() & ~bits);
}

bool flush_denormals() {
  constexpr unsigned bits = denormals_are_zero | flush_to_zero;
  return bits != 0 && (float_mode() & bits) == bits;
}

int32_t host_parallel_for(hg_call*, int64_t n, int64_t grain, hg_body body, void* user) {
  return parallel_for(n, grain, body, user);
}

}  // namespace hg
