// The bundled districts: 13 numbers about each, and what a house there is worth.
//
// Prices follow a straight line, with each column's price per unit below, and a little
// noise: a linear model can explain more than 0.99 of the variance, if its inputs have been
// brought to one scale. Unscaled, taxes in the hundreds drown air in tenths.
#include <algorithm>
#include <array>

#include "data/generated.hpp"
#include "dice.hpp"
#include "sheet.hpp"

namespace hg::data {
namespace {

/// A column: values around `middle`, as far as `spread` away, in units of 10^-decimals, and
/// the worth of such a unit in millionths of the price's unit, a thousand.
struct Quantity {
  const char* name;
  int64_t middle, spread;
  int decimals;
  int64_t worth;
};

constexpr std::array<Quantity, 13> quantities{{
    {"crimes", 3600, 3500, 3, -700},     // per 1000 people and month
    {"large_lots", 110, 110, 1, 9'000},  // per cent of the land
    {"industry", 111, 100, 1, -14'000},  // per cent of the land
    {"by_river", 0, 0, 0, 2'700'000},    // 0 or 1
    {"fumes", 555, 160, 3, -16'000},     // parts of NOx per million
    {"rooms", 628, 180, 2, 37'000},      // per house
    {"age", 680, 300, 1, -6'000},        // years, of the average house
    {"to_work", 3800, 2600, 3, -900},    // km
    {"roads", 10, 9, 0, 120'000},        // how many lead out of town
    {"tax", 408, 210, 0, -11'000},       // per 10,000 of worth
    {"pupils", 184, 50, 1, -42'000},     // per teacher
    {"parks", 350, 300, 1, 8'000},       // per cent of the land
    {"poor", 127, 110, 1, -31'000},      // per cent of the people
}};

}  // namespace

std::string generate_housing() {
  Sheet sheet(",");
  for (const Quantity& q : quantities) sheet.add(q.name);
  sheet.add("price");
  sheet.end_row();
  for (uint64_t row = 0; row < 506; ++row) {
    Dice dice(4, row);
    // What a city does to all its numbers: far out there is less industry, traffic, fumes.
    const int64_t city = dice.between(-100, 100);
    int64_t price = 22'000'000;  // in millionths
    for (const Quantity& q : quantities) {
      int64_t value = q.middle + dice.around(0, q.spread * 3 / 4);
      const int64_t pull = q.spread * city / 400;
      value = std::clamp(q.worth < 0 ? value + pull : value - pull, q.middle - q.spread,
                         q.middle + q.spread);
      if (q.spread == 0) value = dice.chance(8);
      sheet.add(value, q.decimals);
      price += (value - q.middle) * q.worth;
    }
    price += dice.around(0, 700'000);
    sheet.add(price / 1000, 3);
    sheet.end_row();
  }
  return sheet.text();
}

}  // namespace hg::data
