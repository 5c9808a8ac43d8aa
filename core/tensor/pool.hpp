// The caching allocator: freed blocks are kept and handed out again.
//
// A training step makes and drops the same few hundred tensors over and over. Asking the
// system each time costs twice: the call itself, and the page faults of touching memory
// that was just given back. So blocks are sorted into size classes (at most a quarter of a
// large one is wasted), and a freed block waits in its class for the next request. Small
// blocks wait in a list of their thread, without a lock; large ones in a common list.
#pragma once

#include <cstddef>

namespace hg::pool {

/// At least `bytes` of memory, aligned to 64 bytes. Throws hg::Error when there is none.
void* allocate(size_t bytes);

/// Gives back what allocate(bytes) returned. Any thread may do it.
void release(void* block, size_t bytes) noexcept;

/// Bytes handed out now in blocks over 64 KiB, the most there ever were, bytes waiting for
/// reuse, and how often the system had to be asked.
struct Stats {
  size_t in_use, peak, cached, system_calls;
};
Stats stats();
void reset_peak();

/// Returns every waiting block (of this thread and the common list) to the system.
void trim() noexcept;

}  // namespace hg::pool
