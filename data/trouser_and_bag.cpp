// Trouser and bag, the two that share nothing with the others.
#include "fabric.hpp"
#include "recipes.hpp"

namespace hg::data::recipes {

void trouser(Cloth& cloth, Dice& dice) {
  const Fabric fabric = dyed(dice, 70);
  const int64_t top = dice.between(-470, -430), crotch = top + dice.between(250, 330);
  const int64_t waist = dice.between(110, 165), hip = waist + dice.between(5, 45);
  const int64_t apart = dice.between(5, 50), ankle = dice.between(42, 85);
  const int64_t leg = (hip + apart) / 2 + dice.between(-10, 25);  // its middle line
  const int64_t bottom = dice.chance(15) ? dice.between(0, 150) : dice.between(430, 480);
  cloth.lay_pair({{0, top},
                  {waist, top},
                  {hip, crotch - 60},
                  {leg + ankle, bottom},
                  {leg - ankle, bottom},
                  {apart / 2, crotch}},
                 fabric);
  cloth.lay(ribbon({{-waist, top + 22}, {waist, top + 22}}, 44, 44), tint(75));
  cloth.lay(ribbon({{0, top + 40}, {0, crotch}}, 18, 18), tint(60));
  cloth.lay_pair(ribbon({{waist - 20, top + 130}, {waist - 80, top + 60}}, 16, 16),
                 tint(65));
  if (dice.chance(40))  // a crease, or bleached knees
    cloth.lay_pair(ribbon({{hip / 2 + 5, crotch - 60}, {leg, bottom}}, 50, 20),
                   tint(dice.chance(50) ? 130 : 75));
}

void bag(Cloth& cloth, Dice& dice) {
  const Fabric fabric = dyed(dice, 70);
  const int64_t top = dice.between(-160, 20), bottom = dice.between(300, 430);
  const int64_t upper = dice.between(230, 430), lower = upper + dice.between(-60, 60);
  const int64_t grip = dice.between(100, upper - 40), crest = top - dice.between(80, 330);
  const int64_t belt = dice.between(24, 46), carried = dice.between(0, 4);
  if (carried > 1)  // by the handle; 0: under the arm
    cloth.lay(ribbon({{-grip, top + 20},
                      {-grip * 3 / 4, (top + 2 * crest) / 3},
                      {-grip / 3, crest},
                      {grip / 3, crest},
                      {grip * 3 / 4, (top + 2 * crest) / 3},
                      {grip, top + 20}},
                     belt, belt),
              fabric);
  if (carried == 1)  // by a long strap, which lies beside it
    cloth.lay(ribbon({{-upper + 20, top + 20},
                      {-upper - 50, (top + bottom) / 2},
                      {-upper + 10, bottom}},
                     belt, belt),
              fabric);
  const Outline sack = mirrored(
      {{upper - 20, top}, {upper, top + 25}, {lower, bottom - 40}, {lower - 40, bottom}});
  cloth.lay(dice.chance(40) ? smooth(sack) : sack, fabric);
  const int64_t flap = top + (bottom - top) * dice.between(25, 65) / 100;
  switch (dice.between(0, 3)) {
    case 0:  // a flap with a clasp
      cloth.lay(smooth(mirrored({{upper - 10, top}, {upper - 15, flap - 30}, {0, flap}})),
                tint(80));
      cloth.lay(oval({0, flap - 10}, 35, 30), flat(fabric.contrast(100)));
      break;
    case 1:  // a pocket in front
      cloth.lay(mirrored({{upper - 110, flap - 20}, {lower - 110, bottom - 50}}), tint(75));
      break;
    case 2:  // a zip
      cloth.lay(ribbon({{-upper, top + 45}, {upper, top + 45}}, 22, 22), tint(50));
      break;
    default: break;
  }
}

}  // namespace hg::data::recipes
