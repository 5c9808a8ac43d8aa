// The bundled images: garments of ten classes, dyed, cut, sewn and photographed.
//
// Each class is a recipe: measures thrown within a tailor's limits, outlines cut to the
// measures, laid on the cloth in the order in which they cover each other. What makes the
// set hard is what makes the real one hard: shirt, t-shirt, pullover and coat share one
// cut, and every piece is turned, shifted, unevenly lit, noisy, and now and then half
// hidden. To read on, in this order:
//
//     dice.hpp    chance that is the same everywhere
//     cloth.hpp   outlines, filled with integer arithmetic
//     fabric.hpp  stripes, checks, dots: what they are filled with
//     tops.cpp    five of the recipes; shoes.cpp and trouser_and_bag.cpp have the others
//     camera.hpp  pose, light, noise, and what stands in the way
#include "data/generated.hpp"

#include <array>
#include <string>

#include "camera.hpp"
#include "host/threads.hpp"
#include "recipes.hpp"
#include "tensor/error.hpp"

namespace hg::data {
namespace {

constexpr std::array recipe_of{recipes::t_shirt,   recipes::trouser, recipes::pullover,
                               recipes::dress,     recipes::coat,    recipes::sandal,
                               recipes::shirt,     recipes::sneaker, recipes::bag,
                               recipes::ankle_boot};

}  // namespace

GreyImages generate_garments(uint64_t seed, int64_t count, int64_t first) {
  constexpr int64_t most = 100'000'000;  // 78 gigabytes: a larger count is a mistake
  const auto check = [](const char* what, int64_t value) {
    if (value < 0 || value > most)
      throw Error("generate_garments", what + (" is " + std::to_string(value)) +
                                           ", but must be 0 to " + std::to_string(most));
  };
  check("count", count);
  check("first", first);
  GreyImages set{.count = count, .height = 28, .width = 28, .pixels = {}, .labels = {}};
  set.pixels.resize(static_cast<size_t>(28 * 28 * count));
  set.labels.resize(static_cast<size_t>(count));

  // No image needs another one, so all threads draw.
  struct Job {
    uint64_t seed;
    int64_t first;
    GreyImages& set;
  } job{seed, first, set};
  const auto draw = [](int64_t begin, int64_t end, int32_t, void* user) {
    const auto& [seed, first, set] = *static_cast<Job*>(user);
    for (int64_t i = begin; i < end; ++i) {
      const uint8_t label = class_of(seed, first + i);
      Dice dice(seed, static_cast<uint64_t>(first + i));
      Cloth cloth;
      recipe_of[label](cloth, dice);
      photograph(cloth, dice, &set.pixels[static_cast<size_t>(28 * 28 * i)]);
      set.labels[static_cast<size_t>(i)] = label;
    }
    return int32_t{HG_OK};
  };
  parallel_for(count, 100, draw, &job);
  return set;
}

}  // namespace hg::data
