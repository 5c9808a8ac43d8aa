// Sneaker, ankle boot and sandal, seen from the side, toe to the left.
//
//                throat __
//               ___.--''  '.______.   rim
//     toe   .-''                  |
//     edge  |_____________________|   where the upper meets the sole
//   ground  \_____________________/   back: its end
#include <algorithm>

#include "fabric.hpp"
#include "recipes.hpp"

namespace hg::data::recipes {

void sneaker(Cloth& cloth, Dice& dice) {
  const Fabric upper = dyed(dice, 75);
  const int64_t ground = dice.between(150, 220), edge = ground - dice.between(40, 85);
  const int64_t toe = ground - dice.between(100, 150),
                rim = ground - dice.between(210, 320);
  const int64_t throat = dice.between(-120, -20), back = dice.between(415, 455);
  const int64_t lace = upper.contrast(dice.between(60, 140));
  const int64_t sole = dice.chance(65) ? dice.between(190, 255) : dice.between(40, 120);
  cloth.lay(smooth({{-470, ground},
                    {-460, toe + 30},
                    {-330, toe - 15},
                    {throat, rim - 15},
                    {throat + 70, rim - 65},
                    {throat + 160, rim},
                    {back - 110, rim},
                    {back - 40, rim - dice.between(10, 75)},
                    {back, ground - 100},
                    {back + 10, ground}}),
            upper);
  cloth.lay(oval({throat + 190, rim - 25}, 100, 30), tint(40));
  cloth.lay(
      smooth({{-480, edge}, {back + 15, edge - 10}, {back + 25, ground}, {-460, ground}},
             1),
      flat(sole));
  cloth.lay(ribbon({{-470, edge}, {back + 10, edge - 10}}, 14, 14), tint(55));
  const int64_t laces = dice.between(2, 5), stripes = dice.between(0, 3);
  for (int64_t i = 0; i < laces; ++i) {
    const int64_t x = throat - 15 - 55 * i, y = rim + 5 + (toe - rim + 5) * i / 5;
    cloth.lay(ribbon({{x, y}, {x + 40, y + 70}}, 24, 24), flat(lace));
  }
  const int64_t lean = dice.between(-60, 60);
  for (int64_t x = 60; x < 60 + 60 * stripes; x += 60)
    cloth.lay(ribbon({{x, rim + 45}, {x - lean, edge - 15}}, 26, 26), flat(lace));
  if (dice.chance(50))  // a cap over the toes
    cloth.lay(smooth({{-460, edge}, {-450, toe + 10}, {-330, toe}, {-300, edge}}),
              tint(dice.chance(50) ? 70 : 135));
}

void ankle_boot(Cloth& cloth, Dice& dice) {
  const Fabric leather = dyed(dice, 85);
  const int64_t ground = dice.between(300, 370), thick = dice.between(25, 70);
  const int64_t toe = ground - dice.between(120, 180),
                top = ground - dice.between(480, 690);
  const int64_t front = dice.between(-60, 60), back = dice.between(330, 400);
  const int64_t lean = dice.between(-20, 50), raise = dice.between(0, 130);  // of the heel
  const int64_t slim = dice.between(0, 90);
  const int64_t sole = dice.chance(30) ? dice.between(150, 240) : dice.between(25, 90);
  const Point shin{front + lean, top}, calf{back + lean, top + 10};
  cloth.lay(smooth({{-440, ground},
                    {-440, toe + 40},
                    {-330, toe - 20},
                    {front - 60, toe - 90 - raise / 2},
                    {front, toe - 180},
                    shin,  // twice: a corner that stays sharp
                    shin,
                    calf,
                    calf,
                    {back, ground - 200 - raise},
                    {back + 10, ground - raise},
                    {60, ground - raise / 2}}),
            leather);
  cloth.lay(
      ribbon({{-450, ground}, {0, ground - 5}, {back + 10, ground - raise}}, thick, thick),
      flat(sole));
  cloth.lay({{back - 150 + slim / 2, ground - raise},
             {back + 15, ground - raise},
             {back + 5, ground + thick / 2 + 10},
             {back - 130 + slim, ground + thick / 2 + 10}},
            flat(sole));
  const int64_t x = (front + back) / 2 + lean, fastener = dice.between(0, 3);
  if (fastener == 0)  // a zip
    cloth.lay(ribbon({{x, top + 20}, {x, toe}}, 20, 20), tint(45));
  if (fastener == 1)  // elastic
    cloth.lay(ribbon({{x, top + 15}, {x, toe + 20}}, 130, 10), tint(55));
  if (fastener == 2)  // laces
    for (int64_t y = top + 40; y < toe - 20; y += 75)
      cloth.lay(ribbon({{shin.x - 10, y}, {shin.x + 80, y + 20}}, 24, 24),
                flat(leather.contrast(90)));
  if (dice.chance(50))  // a cuff
    cloth.lay(ribbon({{shin.x, top + 35}, {calf.x, top + 45}}, 50, 50), tint(70));
}

void sandal(Cloth& cloth, Dice& dice) {
  enum { thong, slide, flat_sole, wedge, heel };
  const int64_t kind = dice.between(thong, heel);
  Fabric strap = dyed(dice, 80);
  strap.grey = std::max<int64_t>(strap.grey, 110);
  const int64_t ground = dice.between(190, 300), thick = dice.between(40, 80);
  const int64_t raise = kind < wedge ? dice.between(0, 60) : dice.between(90, 400);
  const int64_t back = 440 - raise / 3, grey = dice.between(80, 240);
  const int64_t width = dice.between(36, 75), arch = dice.between(150, 260);
  // Heights at x: of the sole, and of the back of the foot that would stand on it.
  const auto sole = [=](int64_t x) {
    return ground - std::max<int64_t>(0, x + 180) * raise / (back + 180);
  };
  const auto foot = [=](int64_t x) {
    return sole(x) - 80 - (x + 450) * (x + 450) / 900 * arch / 900;
  };
  const auto tie = [&](const std::vector<Point>& spine) {
    cloth.lay(smooth(ribbon(spine, width, width)), strap);
  };

  if (kind == wedge)
    cloth.lay(
        {{-190, ground}, {back, sole(back)}, {back, ground + 25}, {-220, ground + 25}},
        flat(grey * 80 / 100));
  if (kind == heel)
    cloth.lay(ribbon({{back - 25, sole(back)}, {back - 10, ground + 20}}, 80,
                     dice.between(24, 70)),
              flat(grey));
  cloth.lay(
      ribbon(
          {{-460, ground}, {-180, ground}, {back / 2, sole(back / 2)}, {back, sole(back)}},
          thick * 3 / 4, thick),
      flat(grey));
  if (kind == thong) {
    const int64_t peak = dice.between(-220, -80), end = peak + dice.between(120, 280);
    tie({{-340, ground},
         {-310, foot(-310)},
         {peak, foot(peak) - 40},
         {(peak + end) / 2 + 20, foot(end)},
         {end, sole(end)}});
  } else if (kind == slide) {
    const int64_t from = dice.between(-400, -300), to = dice.between(-120, 60);
    cloth.lay(smooth({{from, ground + 20},
                      {from + 20, foot(from) - 30},
                      {to - 20, foot(to) - 30},
                      {to + 40, ground + 20}},
                     1),
              strap);
  } else {
    const int64_t straps = dice.between(1, 4);
    int64_t x = dice.between(-390, -330);
    for (int64_t i = 0; i < straps; ++i) {
      const int64_t to = x + dice.between(10, 150);
      tie({{x, sole(x)}, {(x + to) / 2 - 10, (sole(x) + foot(to)) / 2}, {to, foot(to)}});
      x += width + dice.between(40, 110);
    }
    const int64_t rim = sole(back) - dice.between(120, 230),
                  shin = back - dice.between(190, 260);
    tie({{back - 20, sole(back)}, {back - 5, rim}});
    if (dice.chance(80))
      tie({{back, rim}, {(back + shin) / 2, rim - 20}, {shin, rim + 15}});
    if (dice.chance(60))
      tie({{shin, rim},
           {shin - 60, foot(shin - 60) - 20},
           {-50, foot(-50)},
           {-280, foot(-280)}});
  }
}

}  // namespace hg::data::recipes
