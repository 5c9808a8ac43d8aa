// What is tested, a function each. They run in processes of their own (check_process.hpp):
// a test may crash, and goes on after a finding only where that makes sense.
#pragma once

#include "cli/check_process.hpp"
#include "cli/check_trial.hpp"

namespace hg::cli::check {

/// A time limit for what a test starts within its own process.
constexpr double probe_seconds = 5;

// Of a kernel. The names in quotes are those that findings carry.

/// "masks": backward reads what keep_in and keep_out name, and nothing else.
void test_masks(const Subject& s, Log& log);
/// "samples", "determinism", "unwritten", "garbage", "outside", "unchanged": what one call
/// may read and write.
void test_contract(const Subject& s, Log& log);
/// "gradients", "repeated inputs": backward against measured slopes. "blind samples": there
/// is nothing to measure.
void test_gradients(const Subject& s, Log& log);
/// "linearity": backward(a*u + b*v) = a*backward(u) + b*backward(v).
void test_linearity(const Subject& s, Log& log);
/// "requests": gradients asked for one by one, added to what is there, or given no dout.
void test_requests(const Subject& s, Log& log);
/// "strides", "alias": inputs in any memory order, a result on top of its input.
void test_layouts(const Subject& s, Log& log);
/// "shapes", "types", "attributes", "indices", "extremes": a status and a message, or a
/// result; never a crash.
void test_shapes(const Subject& s, Log& log);
void test_types(const Subject& s, Log& log);
void test_attributes(const Subject& s, Log& log);
void test_values(const Subject& s, Log& log);
/// "threads": the same result whatever the number of threads.
void test_threads(const Subject& s, Log& log);
/// "concurrency": two calls at once do not disturb each other.
void test_concurrency(const Subject& s, Log& log);
/// "reference": close to the definition's own kernel in f64.
void test_reference(const Subject& s, Log& log);
/// "old host", "new host": a host table that ends earlier, or goes on further.
void test_kernel_hosts(const Subject& s, Log& log);

// Of an operator without a kernel: a view, or composed of others.
void test_by_dispatch(const Subject& s, Log& log);

// Of an optimizer: "resume", state put aside and taken up again.
void test_optimizer(const OptimizerEntry& entry, uint64_t seed, Log& log);

/// Of a plugin's entry function.
void test_entry_hosts(hg_entry entry, Log& log);

// ---- what they share -----------------------------------------------------------------

/// Calls body(arguments) for every sample that the kernel works on. What refuses its own
/// sample is passed over here; test_contract reports it.
template <class F>
void for_each_sample(const Subject& s, Log& log, const char* test, const F& body) {
  for (const Sample& sample : s.samples) {
    std::optional<Arguments> arguments = s.draw(sample, s.seed);
    if (!arguments) continue;
    log.at(test, arguments->text);
    try {
      body(*arguments);
    } catch (const Refused&) {
    }
  }
}

/// Runs the arguments on two kinds of garbage and in two places; reports what was not
/// written, written outside, or changed. A refusal must at least say why.
void inspect_call(const Subject& s, const Arguments& arguments, bool may_refuse, Log& log);

}  // namespace hg::cli::check
