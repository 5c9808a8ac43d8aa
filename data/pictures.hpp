// What sets of generated pictures have in common: ten classes, evenly mixed, and pictures
// that depend on a seed and their number alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "dice.hpp"
#include "host/parallel.hpp"
#include "tensor/error.hpp"

namespace hg::data {

/// The class, 0 to 9, of picture n: one ten after the other is shuffled, by its own dice.
inline uint8_t class_of(uint64_t seed, int64_t n) {
  std::array<uint8_t, 10> order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  Dice dice(~seed, static_cast<uint64_t>(n / 10));
  for (size_t i = 9; i > 0; --i)
    std::swap(order[i],
              order[static_cast<size_t>(dice.between(0, static_cast<int64_t>(i)))]);
  return order[static_cast<size_t>(n % 10)];
}

/// Fills `set`, whose sizes are given, with the pictures from number `first` on, of `bytes`
/// each: draw(label, dice, pixels) makes one. More than `most` are a mistake, which is
/// reported in the name of `who`.
template <class Set, class Draw>
void draw_each(const char* who, Set& set, int64_t bytes, uint64_t seed, int64_t first,
               int64_t most, const Draw& draw) {
  for (const auto& [what, value] : {std::pair{"count", set.count}, {"first", first}})
    if (value < 0 || value > most)
      throw Error(who, what + (" is " + std::to_string(value)) + ", but must be 0 to " +
                           std::to_string(most));
  set.pixels.resize(static_cast<size_t>(bytes * set.count));
  set.labels.resize(static_cast<size_t>(set.count));

  // No picture needs another one, so all threads draw.
  in_parallel(set.count, 100, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const uint8_t label = class_of(seed, first + i);
      Dice dice(seed, static_cast<uint64_t>(first + i));
      draw(label, dice, &set.pixels[static_cast<size_t>(bytes * i)]);
      set.labels[static_cast<size_t>(i)] = label;
    }
  });
}

}  // namespace hg::data
