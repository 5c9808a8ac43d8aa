// Random numbers that do not depend on who draws them.
#pragma once

#include <cstdint>

namespace hg {

/// A counter-based generator. Each random operation takes a fresh seed from here, and its
/// element i is a function of (seed, i) alone (hg_philox, in handgrad_abi.h). So the numbers
/// are the same whatever the number of threads, and on every device.
struct Generator {
  uint64_t seed = 0;
  uint64_t calls = 0;  // seeds handed out so far

  explicit Generator(uint64_t seed = 0) : seed(seed) {}
  uint64_t next_seed();
};

/// The generator that rand, randn, dropout, ... use. One per thread that draws; seeds of
/// other threads than the first derive from manual_seed's and the order in which the
/// threads first drew.
Generator& default_generator();

/// Starts the default generator afresh.
void manual_seed(uint64_t seed);

// Element i of the streams that random operators draw: u in [0,1), z standard normal.
float uniform_f32(uint64_t seed, uint64_t i);
double uniform_f64(uint64_t seed, uint64_t i);
double normal_f64(uint64_t seed, uint64_t i);
/// A whole number in [0, n), without bias.
uint64_t uniform_below(uint64_t seed, uint64_t i, uint64_t n);

}  // namespace hg
