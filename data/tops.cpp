// T-shirt, pullover, coat, shirt and dress: one cut, told apart by sleeves, collar and
// front. That makes them as easy to confuse here as they are in the real Fashion-MNIST.
#include <algorithm>

#include "fabric.hpp"
#include "recipes.hpp"

namespace hg::data::recipes {
namespace {

/// The measures of all that has sleeves or could have them:
///
///            __      __             top
///        .-'   \_  _/   '-.         top + drop
///       / |      ''      | \        neck, shoulder: half widths, from the middle line
///      /__|              |__\      armpit, where the half width is chest
///         |              |          half way down: waist
///         |______________|          bottom, where it is hem
///
struct Top {
  int64_t top, drop, armpit, bottom;          // heights; drop: how far it slopes
  int64_t neck, shoulder, chest, waist, hem;  // half widths
  int64_t sleeve, cuff;                       // the sleeves' widths, above and below
};

Top measured(Dice& dice) {
  Top cut{};
  cut.top = dice.between(-440, -400);
  cut.drop = dice.between(35, 90);
  cut.armpit = cut.top + dice.between(230, 300);
  cut.bottom = dice.between(320, 430);
  cut.neck = dice.between(80, 140);
  cut.chest = dice.between(195, 260);
  cut.shoulder = cut.chest + dice.between(0, 45);
  cut.waist = cut.chest - dice.between(-5, 45);
  cut.hem = cut.chest + dice.between(-25, 40);
  cut.sleeve = dice.between(140, 190);
  cut.cuff = dice.between(90, 130);
  return cut;
}

/// How far sleeves reach, in hundredths of the way down to the hem, and out to the side.
struct Sleeves {
  int64_t percent, spread;
};

/// The sleeves, the body over them, and where they meet a shadow.
void sew_top(Cloth& cloth, const Top& cut, Sleeves sleeves, const Fabric& fabric) {
  const int64_t shoulder = cut.top + cut.drop, waist = (cut.armpit + cut.bottom) / 2;
  const int64_t joint = shoulder + cut.sleeve / 2;
  const int64_t end = joint + (cut.bottom - joint) * sleeves.percent / 100;
  if (sleeves.percent > 0)
    cloth.lay_pair(
        ribbon({{cut.shoulder - cut.sleeve / 3, joint},
                {cut.shoulder + sleeves.spread * 4 / 5, (joint + end) / 2},
                {cut.shoulder + sleeves.spread, end}},
               cut.sleeve, sleeves.percent < 50 ? cut.sleeve * 9 / 10 : cut.cuff),
        fabric);
  cloth.lay(mirrored({{cut.neck, cut.top},
                      {cut.shoulder, shoulder},
                      {cut.chest, cut.armpit},
                      {cut.waist, waist},
                      {cut.hem, cut.bottom - 30},
                      {cut.hem - 20, cut.bottom},
                      {0, cut.bottom + 10}}),
            fabric);
  if (sleeves.percent > 0)
    cloth.lay_pair(ribbon({{cut.shoulder - 10, shoulder},
                           {cut.chest - 5, cut.armpit},
                           {cut.waist + 10, waist}},
                          12, 28),
                   tint(55));
}

/// A neckline, round or pointed; inside it one sees the collar's far side.
void open_neck(Cloth& cloth, const Top& cut, int64_t depth, bool pointed) {
  const Outline opening = mirrored({{cut.neck, cut.top - 20},
                                    {cut.neck - 10, cut.top + 20},
                                    {pointed ? 20 : cut.neck * 2 / 3, cut.top + depth},
                                    {0, cut.top + depth + 10}});
  cloth.lay(pointed ? opening : smooth(opening), tint(25));
}

/// Two flaps beside the neck.
void add_collar(Cloth& cloth, const Top& cut, int64_t reach, Fabric fabric) {
  const Point front{15, cut.top + 60}, tip{cut.neck * 2 / 3, cut.top + reach};
  const Point side{cut.neck + 35, cut.top + 20};
  cloth.lay(oval({0, cut.top}, cut.neck, 60), tint(35));
  fabric.grey = std::min<int64_t>(fabric.grey + 35, 255);
  cloth.lay_pair({front, {cut.neck - 10, cut.top - 40}, side, tip}, fabric);
  cloth.lay_pair(ribbon({front, tip, side}, 16, 16), tint(55));
}

/// The edge of the front, and buttons beside it.
void add_buttons(Cloth& cloth, const Top& cut, int64_t x, int64_t apart, int64_t grey) {
  cloth.lay(ribbon({{x - 25, cut.top + 60}, {x - 25, cut.bottom}}, 14, 14), tint(60));
  for (int64_t y = cut.top + 110; y < cut.bottom - 20; y += apart)
    cloth.lay(oval({x + 10, y}, 20, 20), flat(grey));
}

/// Something printed on the front: a spot, lettering, a picture, or a band.
void add_print(Cloth& cloth, const Top& cut, const Fabric& fabric, Dice& dice) {
  const int64_t w = dice.between(50, 140), h = dice.between(40, 130);
  const int64_t x = dice.between(-40, 40), y = dice.between(-160, 60);
  const int64_t grey = fabric.contrast(dice.between(60, 140));
  const uint64_t seed = dice.roll();
  const auto lettering = [=](int64_t u, int64_t v, int64_t under) {
    const int64_t line = (v + 512) / 36, letter = (u + 512) / 28;
    return line % 2 == 0 && speckle(seed, letter, line) < 190 ? grey : under;
  };
  const auto picture = [=](int64_t u, int64_t v, int64_t under) {
    return (under + speckle(seed, (u + 512) / 44, (v + 512) / 44)) / 2;
  };
  const Outline box = ribbon({{x - w, y}, {x + w, y}}, 2 * h, 2 * h);
  switch (dice.between(0, 3)) {
    case 0: cloth.lay(oval({x, y}, w, h), flat(grey)); break;
    case 1: cloth.lay(box, lettering); break;
    case 2: cloth.lay(box, picture); break;
    default: cloth.lay(ribbon({{-cut.waist, y}, {cut.waist, y}}, h, h), flat(grey));
  }
}

}  // namespace

void t_shirt(Cloth& cloth, Dice& dice) {
  const Top cut = measured(dice);
  const Fabric fabric = dyed(dice, 65);
  const int64_t kind = dice.between(0, 99), spread = dice.between(60, 140);
  const int64_t reach = kind < 8  ? 0  // none at all
                      : kind < 14 ? dice.between(50, 85)
                                  : dice.between(18, 34);
  sew_top(cloth, cut, {reach, spread}, fabric);
  const int64_t depth = dice.between(45, 120);
  open_neck(cloth, cut, depth, dice.chance(25));
  if (dice.chance(45)) add_print(cloth, cut, fabric, dice);
}

void pullover(Cloth& cloth, Dice& dice) {
  const Top cut = measured(dice);
  Fabric fabric = dyed(dice, 60);
  fabric.grain += 15;
  sew_top(cloth, cut, {dice.between(82, 102), dice.between(40, 130)}, fabric);
  const int64_t neck = dice.between(0, 3);
  if (neck == 0) {  // a roll neck
    const int64_t y = cut.top + 20;
    cloth.lay(smooth(mirrored({{cut.neck - 15, y - 75}, {cut.neck, y + 10}})), fabric);
    cloth.lay(ribbon({{-cut.neck, y}, {cut.neck, y}}, 16, 16), tint(60));
  } else {
    open_neck(cloth, cut, neck == 1 ? dice.between(90, 200) : dice.between(35, 70),
              neck == 1);
  }
  if (dice.chance(60)) {  // a ribbed hem
    const int64_t y = cut.bottom - 20;
    cloth.lay(ribbon({{-cut.hem - 10, y}, {cut.hem + 10, y}}, 70, 70), tint(70));
  }
  if (dice.chance(25)) add_print(cloth, cut, fabric, dice);
}

void coat(Cloth& cloth, Dice& dice) {
  Top cut = measured(dice);
  cut.bottom += dice.between(0, 60);
  cut.hem += dice.between(0, 40);
  const Fabric fabric = dyed(dice, 75);
  sew_top(cloth, cut, {dice.between(78, 98), dice.between(30, 100)}, fabric);
  const int64_t depth = cut.top + dice.between(120, 330), lap = dice.between(-25, 25);
  if (dice.chance(25)) {  // a hood
    cloth.lay(oval({0, cut.top + 10}, cut.neck + 50, 80), fabric);
    cloth.lay(oval({0, cut.top + 20}, cut.neck - 10, 55), tint(35));
  } else {  // lapels, folded back from a deep opening
    cloth.lay({{-cut.neck, cut.top - 20}, {cut.neck, cut.top - 20}, {lap, depth}},
              tint(30));
    cloth.lay_pair({{lap, depth},
                    {cut.neck - 30, cut.top - 25},
                    {cut.neck + 40, cut.top + 25},
                    {cut.neck + 25, cut.top + (depth - cut.top) * 2 / 3}},
                   tint(dice.chance(50) ? 75 : 125));
  }
  const int64_t open = dice.between(24, 70);  // at the hem: buttoned, or hanging loose
  cloth.lay(ribbon({{lap, (cut.top + depth) / 2}, {lap, cut.bottom + 20}}, 24, open),
            tint(35));
  if (dice.chance(65)) {  // pockets
    const int64_t y = cut.bottom - dice.between(110, 190), slant = dice.between(0, 40);
    cloth.lay_pair(ribbon({{70, y}, {cut.waist - 50, y + slant}}, 24, 24), tint(55));
  }
  if (dice.chance(25))  // a belt
    cloth.lay(ribbon({{-cut.waist, 60}, {cut.waist, 60}}, 50, 50), tint(60));
}

void shirt(Cloth& cloth, Dice& dice) {
  const Top cut = measured(dice);
  const Fabric fabric = dyed(dice, 40);
  const int64_t reach = dice.chance(30) ? dice.between(20, 40) : dice.between(60, 98);
  sew_top(cloth, cut, {reach, dice.between(40, 120)}, fabric);
  const int64_t depth = dice.between(50, 150);
  if (dice.chance(85)) {
    add_collar(cloth, cut, depth + 30, fabric);
  } else {
    open_neck(cloth, cut, depth, dice.chance(60));
  }
  if (dice.chance(88)) {
    const int64_t x = dice.between(-15, 15), apart = dice.between(75, 130);
    add_buttons(cloth, cut, x, apart, fabric.contrast(dice.between(70, 130)));
  }
  if (dice.chance(35))  // a pocket on the chest
    cloth.lay(ribbon({{60, -110}, {140, -110}}, 80, 80), tint(75));
}

void dress(Cloth& cloth, Dice& dice) {
  const Fabric fabric = dyed(dice, 50);
  const int64_t waist = dice.between(85, 140), height = dice.between(-120, 20);
  const int64_t hem = dice.between(110, 270), bottom = dice.between(420, 480);
  Top cut = measured(dice);  // the upper half, narrower than a top and ending at the waist
  cut.chest = dice.between(110, 165);
  cut.shoulder = cut.chest + dice.between(-15, 20);
  cut.neck = std::min(cut.neck, cut.shoulder - 40);
  cut.sleeve = dice.between(80, 120);
  cut.cuff = dice.between(60, 90);
  cut.armpit = std::min(cut.armpit, height - 30);
  cut.waist = (cut.chest + waist) / 2;
  cut.hem = waist;
  cut.bottom = height + 20;
  const int64_t kind = dice.between(0, 9);  // straps, no sleeves, short ones, long ones
  const int64_t reach = kind < 6 ? 0
                      : kind < 8 ? dice.between(30, 60)
                                 : dice.between(100, 170);
  if (kind < 4) {
    const Point from{cut.neck, cut.top}, to{cut.chest - 30, cut.armpit - 90};
    cloth.lay_pair(ribbon({from, to}, 30, 40), fabric);
    cut.top += 110;
  }
  sew_top(cloth, cut, {reach, dice.between(20, 70)}, fabric);
  cloth.lay(mirrored({{waist, height},
                      {(waist + hem) / 2 + 10, (height + bottom) / 2},
                      {hem, bottom - 20},
                      {hem - 25, bottom},
                      {0, bottom + 15}}),
            fabric);
  const int64_t depth = dice.between(30, 110);
  open_neck(cloth, cut, depth, dice.chance(40));
  if (dice.chance(50))  // a belt
    cloth.lay(ribbon({{-waist, height}, {waist, height}}, 30, 30), tint(55));
  for (int64_t folds = dice.between(0, 3); folds > 0; --folds) {
    const int64_t x = dice.between(-60, 60);
    cloth.lay(ribbon({{x, height + 60}, {x * 2, bottom}}, 8, 26), tint(70));
  }
}

}  // namespace hg::data::recipes
