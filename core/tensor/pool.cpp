#include "tensor/pool.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>

#include "tensor/error.hpp"

namespace hg::pool {
namespace {

constexpr size_t smallest = 64;              // also the alignment
constexpr size_t small_limit = 64 * 1024;    // up to here a thread keeps its own list
constexpr size_t thread_cache_limit = 16 << 20;
constexpr size_t common_cache_limit = size_t(1) << 30;  // at least: see waiting_limit
constexpr int class_count = 4 * 64;

// Steps of 64 bytes up to 1 KiB, where nearly all requests are; then four sizes to each
// power of two, 2^p * (1.25, 1.5, 1.75, 2).
struct SizeClass {
  int index;
  size_t bytes;
};
SizeClass larger_class(size_t bytes) {
  int power = int(std::bit_width(bytes - 1)) - 1;  // 2^power < bytes <= 2^(power+1)
  size_t quarter = (size_t(1) << power) / 4;
  size_t step = (bytes - (size_t(1) << power) + quarter - 1) / quarter;  // 1..4
  return {16 + 4 * (power - 10) + int(step), (size_t(1) << power) + step * quarter};
}
constexpr size_t fine_limit = 1024;
inline SizeClass fine_class(size_t bytes) {
  size_t steps = (bytes + (bytes == 0) + smallest - 1) / smallest;
  return {int(steps), steps * smallest};
}
inline SizeClass size_class(size_t bytes) {
  return bytes > fine_limit ? larger_class(bytes) : fine_class(bytes);
}

// A waiting block holds the link to the next one in its own first bytes.
struct Free {
  Free* next;
};

struct Lists {
  Free* heads[class_count] = {};
  size_t bytes = 0;

  void* pop(SizeClass c) {
    Free* block = heads[c.index];
    if (!block) return nullptr;
    heads[c.index] = block->next;
    bytes -= c.bytes;
    return block;
  }
  void push(void* block, SizeClass c) {
    auto* waiting = static_cast<Free*>(block);
    waiting->next = heads[c.index];
    heads[c.index] = waiting;
    bytes += c.bytes;
  }
  void free_all() noexcept {
    for (Free*& head : heads) {
      while (head) {
        Free* next = head->next;
        std::free(head);
        head = next;
      }
    }
    bytes = 0;
  }
};

std::mutex common_mutex;
Lists& common() {  // never destroyed: tensors in static variables are freed late
  static Lists* lists = new Lists;
  return *lists;
}

std::atomic<size_t> large_in_use{0}, large_peak{0}, large_most{0}, system_calls{0};

void raise(std::atomic<size_t>& to, size_t value) {
  size_t old = to.load(std::memory_order_relaxed);
  while (value > old && !to.compare_exchange_weak(old, value)) {}
}

// The machine's memory, or what a container leaves of it: it sees the limit of its own
// control group at the top, version 2 or 1. Beyond that limit a program is not refused
// memory but killed.
size_t memory_there_is() {
  size_t bytes = size_t(sysconf(_SC_PHYS_PAGES)) * size_t(sysconf(_SC_PAGESIZE));
  for (const char* file : {"/sys/fs/cgroup/memory.max",
                           "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    size_t limit = 0;
    if (std::ifstream(file) >> limit) bytes = std::min(bytes, limit);  // not if it is "max"
  }
  return bytes;
}

// How many bytes may wait in the common lists. What a training step needed the next one
// needs again, and the system clears fresh pages before it hands them out: without limit a
// step of DenseNet at 96 x 96 is almost twice as fast as with 1 GiB. Blocks of different
// sizes are wanted at different times, so all of them are up to twice what is in use at
// once. A quarter of the memory is the most.
size_t waiting_limit() {
  static const size_t quarter = memory_there_is() / 4;
  return std::max(common_cache_limit, std::min(2 * large_most.load(), quarter));
}

// A thread's own lists. `mine` is a plain pointer, so that it can still be read (as
// null) by destructors that run after this thread's lists are gone.
struct Owner;
__attribute__((tls_model("initial-exec"))) thread_local Lists* mine = nullptr;
__attribute__((tls_model("initial-exec"))) thread_local bool ended = false;
struct Owner {
  Lists lists;
  Owner() { mine = &lists; }
  ~Owner() {
    mine = nullptr;
    ended = true;
    lists.free_all();
  }
};
[[gnu::noinline]] Lists* first_lists() {
  if (ended) return nullptr;
  static thread_local Owner owner;
  return mine;
}
inline Lists* lists_of_thread() { return mine ? mine : first_lists(); }

// Memory is mapped in pages of 4 KiB, and the CPU remembers where some 3000 of them are,
// 12 MiB. Beyond, each new page of a tensor is looked up in memory first, which costs a sum
// of two large tensors a fifth of its time. So large blocks ask for pages of 2 MiB, where
// the system has them; only for as much as they fill.
constexpr size_t huge_page = 2 << 20;

void* new_block(size_t bytes) {
  void* block = nullptr;
  const size_t alignment = bytes < huge_page ? smallest : huge_page;
  if (posix_memalign(&block, alignment, bytes)) return nullptr;
#if defined(MADV_HUGEPAGE)
  if (bytes >= huge_page) madvise(block, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return block;
}

void* from_system(size_t bytes) {
  system_calls.fetch_add(1, std::memory_order_relaxed);
  void* block = new_block(bytes);
  if (!block) {
    trim();
    block = new_block(bytes);
  }
  if (!block) {
    throw Error("memory", "the system has no " + std::to_string(bytes) + " bytes left",
                "use smaller batches, or drop tensors that are no longer needed");
  }
  return block;
}

// The rare ways are functions of their own, or the common one would save registers for
// them.
[[gnu::noinline]] void* allocate_any(size_t bytes) {
  if (bytes > (size_t(1) << 46)) {
    throw Error("memory", std::to_string(bytes) + " bytes were asked for at once");
  }
  SizeClass c = size_class(bytes);
  if (c.bytes <= small_limit) {
    if (Lists* lists = lists_of_thread()) {
      if (void* block = lists->pop(c)) return block;
    }
    return from_system(c.bytes);
  }
  size_t now = large_in_use.fetch_add(c.bytes, std::memory_order_relaxed) + c.bytes;
  raise(large_peak, now);
  raise(large_most, now);
  {
    std::lock_guard lock(common_mutex);
    if (void* block = common().pop(c)) return block;
  }
  try {
    return from_system(c.bytes);
  } catch (...) {
    large_in_use.fetch_sub(c.bytes, std::memory_order_relaxed);
    throw;
  }
}

[[gnu::noinline]] void release_any(void* block, size_t bytes) noexcept {
  SizeClass c = size_class(bytes);
  if (c.bytes <= small_limit) {
    Lists* lists = lists_of_thread();
    if (lists && lists->bytes < thread_cache_limit) return lists->push(block, c);
    return std::free(block);
  }
  large_in_use.fetch_sub(c.bytes, std::memory_order_relaxed);
  std::lock_guard lock(common_mutex);
  if (common().bytes + c.bytes > waiting_limit()) return std::free(block);
  common().push(block, c);
}

}  // namespace

// Nearly every request is small, and a block waits for it.
void* allocate(size_t bytes) {
  if (bytes <= fine_limit && mine) {
    if (void* block = mine->pop(fine_class(bytes))) return block;
  }
  return allocate_any(bytes);
}

void release(void* block, size_t bytes) noexcept {
  if (bytes <= fine_limit && mine && mine->bytes < thread_cache_limit) {
    return mine->push(block, fine_class(bytes));
  }
  release_any(block, bytes);
}

Stats stats() {
  std::lock_guard lock(common_mutex);
  size_t cached = common().bytes + (mine ? mine->bytes : 0);
  return {large_in_use.load(), large_peak.load(), cached, system_calls.load()};
}

void reset_peak() { large_peak = large_in_use.load(); }

void trim() noexcept {
  if (mine) mine->free_all();
  std::lock_guard lock(common_mutex);
  common().free_all();
}

}  // namespace hg::pool
