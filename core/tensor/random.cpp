// Where seeds come from, and single elements of the streams.
#include "tensor/random.hpp"

#include <atomic>

#include "tensor/error.hpp"
#include "tensor/stream.hpp"

namespace hg {
namespace {

// What manual_seed set, and how often it was called; threads compare the latter with what
// they have seen, and start afresh when it moved.
std::atomic<uint64_t> common_seed{0};
std::atomic<uint64_t> common_epoch{1};
std::atomic<uint64_t> threads_drawing{0};

struct ThreadGenerator {
  Generator generator;
  uint64_t epoch = 0;

  void start(uint64_t now) {
    uint64_t number = threads_drawing.fetch_add(1), seed = common_seed;
    generator = Generator(number == 0 ? seed : derive_seed(seed, for_threads, number));
    epoch = now;
  }
};
thread_local ThreadGenerator mine;

}  // namespace

uint64_t Generator::next_seed() { return derive_seed(seed, for_calls, calls++); }

Generator& default_generator() {
  uint64_t now = common_epoch;
  if (mine.epoch != now) mine.start(now);
  return mine.generator;
}

void manual_seed(uint64_t seed) {
  common_seed = seed;
  threads_drawing = 0;
  mine.start(++common_epoch);  // the thread that sets the seed is the first to draw
}

float uniform_f32(uint64_t seed, uint64_t i) {
  return float(Stream(seed).uniform<float>(i));
}
double uniform_f64(uint64_t seed, uint64_t i) { return Stream(seed).uniform<double>(i); }
double normal_f64(uint64_t seed, uint64_t i) { return Stream(seed).normal(i); }

uint64_t uniform_below(uint64_t seed, uint64_t i, uint64_t n) {
  if (n == 0) throw Error("uniform_below", "there is no number in [0,0)");
  return Stream(seed).below(i, n);
}

}  // namespace hg
