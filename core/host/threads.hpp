// The threads that kernels compute on: one pool for the whole process.
//
// A second pool (OpenMP's, a BLAS's own) would fight with this one for the same cores, so
// everything that runs in parallel goes through parallel_for: kernels of the core and of
// plugins by way of hg_host::parallel_for, matrix products too.
//
// A loop over [0,n) is cut into parts by n, grain and the number of threads alone; only
// which thread runs a part is left to chance. So results do not depend on timing.
//
// The workers start when the first loop is long enough to be shared: until then the
// process has one thread, which spares every reference count its locked instruction
// (tensor/ref.hpp). After fork() the child has no workers; it starts new ones as it needs
// them. Fork while no loop runs on another thread.
#pragma once

#include "handgrad_abi.h"

namespace hg {

/// The largest number of threads, the caller included, that one loop is shared among.
/// At first HANDGRAD_THREADS, if set, else available_cpus().
int num_threads();

/// Throws unless n is from 1 to 1024. Loops that have begun keep theirs.
void set_num_threads(int n);

constexpr int max_threads = 1024;

/// Calls body(begin, end, worker, user) for consecutive parts of [0,n), each at least
/// `grain` long (if n is), and returns when all are done. `worker` is the part's number.
///
/// - The caller works too; with one part it simply calls body(0, n, 0, user).
/// - Inside a body, nested calls run as one part under the worker number around them.
/// - Several threads may call at once. One has the pool, the others run their parts
///   themselves, one after the other: as many threads work as were asked for.
/// - If bodies fail, the status of the first failing part is returned; parts after it
///   may have been left out.
int32_t parallel_for(int64_t n, int64_t grain, hg_body body, void* user);

/// Is this thread inside a body? Nested loops get no more threads.
bool in_parallel_loop();

/// Treats denormal numbers (below 1.2e-38 in size for f32) as zero on this thread, and in
/// loops that it starts. They are slow on most CPUs: a hundred cycles an operation.
/// No effect where the CPU has no such mode.
void set_flush_denormals(bool on);
bool flush_denormals();

}  // namespace hg
