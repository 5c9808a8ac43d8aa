// The bundled images: garments of ten classes, dyed, cut, sewn and photographed.
//
// Each class is a recipe: measures thrown within a tailor's limits, outlines cut to the
// measures, laid on the cloth in the order in which they cover each other. What makes the
// set hard is what makes the real one hard: shirt, t-shirt, pullover and coat share one
// cut, and every piece is turned, shifted, unevenly lit, noisy, and now and then half
// hidden. To read on, in this order:
//
//     dice.hpp      chance that is the same everywhere
//     cloth.hpp     outlines, filled with integer arithmetic
//     fabric.hpp    stripes, checks, dots: what they are filled with
//     tops.cpp      five of the recipes; shoes.cpp and trouser_and_bag.cpp have the others
//     camera.hpp    pose, light, noise, and what stands in the way
//     pictures.hpp  all pictures of a set
#include "data/generated.hpp"

#include <array>

#include "camera.hpp"
#include "pictures.hpp"
#include "recipes.hpp"

namespace hg::data {
namespace {

constexpr std::array recipe_of{recipes::t_shirt,   recipes::trouser, recipes::pullover,
                               recipes::dress,     recipes::coat,    recipes::sandal,
                               recipes::shirt,     recipes::sneaker, recipes::bag,
                               recipes::ankle_boot};

}  // namespace

GreyImages generate_garments(uint64_t seed, int64_t count, int64_t first) {
  constexpr int64_t most = 100'000'000;  // 78 gigabytes: a larger count is a mistake
  GreyImages set{.count = count, .height = 28, .width = 28, .pixels = {}, .labels = {}};
  draw_each("generate_garments", set, 28 * 28, seed, first, most,
            [](uint8_t label, Dice& dice, uint8_t* pixels) {
              Cloth cloth;
              recipe_of[label](cloth, dice);
              photograph(cloth, dice, pixels);
            });
  return set;
}

}  // namespace hg::data
