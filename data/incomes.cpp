// The bundled incomes: people who were never asked.
//
// Who earns much? The law adds up points, and chance decides by their sum s with
// probability 1/(1 + 2^-s). Points are awarded with conditions, as life does it: schooling
// counts for more in some trades, long hours only where they are paid, experience up to a
// certain age. Those conditions are what trees find and a straight line misses.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "curves.hpp"
#include "data/generated.hpp"
#include "dice.hpp"
#include "sheet.hpp"

namespace hg::data {
namespace {

constexpr std::array sectors{"Private", "Self-employed", "Town", "State", "Without-pay"};
constexpr std::array degrees{"None",     "School", "Apprentice",
                             "Bachelor", "Master", "Doctor"};
constexpr std::array<int64_t, 6> years{8, 10, 12, 15, 17, 20};  // of schooling, at least
constexpr std::array households{"Alone", "Couple", "Couple-children", "With-parents",
                                "Single-parent"};
constexpr std::array regions{"North", "East", "South", "West", "Islands", "Abroad"};

/// A trade, its points, and whether years of schooling and long hours are paid for there.
struct Trade {
  const char* name;
  int64_t points;
  bool schooling, hours;
};
constexpr std::array<Trade, 9> trades{{{"Craft", -4, false, true},
                                       {"Clerk", -6, true, false},
                                       {"Farming", -14, false, false},
                                       {"Machines", -8, false, true},
                                       {"Management", 8, true, true},
                                       {"Science", 6, true, false},
                                       {"Sales", -3, true, true},
                                       {"Care", -12, true, false},
                                       {"Transport", -7, false, true}}};

/// Does a chance of 1/(1 + 2^-s) come true? s in tenths. It does if u/(1-u) is above 2^-s
/// for a u between 0 and 1, which is log2(u) - log2(1-u) > -s.
bool comes_true(int64_t tenths, Dice& dice) {
  const int64_t u = dice.between(1, 999'999);
  const int64_t odds = log2_steps(static_cast<uint64_t>(u)) -
                       log2_steps(static_cast<uint64_t>(1'000'000 - u));
  return odds > -tenths * octave / 10;
}

void add_person(Sheet& sheet, uint64_t number, const char* full_stop) {
  Dice dice(6, number);
  const auto pick = [&](const auto& list) {
    return static_cast<size_t>(dice.between(0, std::ssize(list) - 1));
  };
  const int64_t oldest = dice.between(39, 90);
  const int64_t age = dice.between(17, oldest);
  const size_t longest = age < 24 ? 3 : pick(degrees);
  const size_t degree = std::min(pick(degrees), longest + 1);
  const int64_t schooling = years[degree] + dice.between(0, 2);
  // Every other one learnt what a degree leads to; the rest went where there was work.
  size_t job = pick(trades);
  if (degree >= 3 && dice.chance(50)) job = dice.chance(50) ? 4 : 5;
  const Trade& trade = trades[job];
  const size_t sector = dice.chance(65) ? 0 : pick(sectors);
  const size_t household = age < 25 && dice.chance(60) ? 3 : pick(households);
  const int64_t hours =
      std::clamp<int64_t>(dice.chance(45) ? 40 : dice.around(40, 32), 1, 99);
  const int64_t career = dice.between(0, age - 16);
  const int64_t tenure = dice.between(0, career);
  const int64_t languages = dice.between(1, dice.between(1, 4));
  const int64_t gain =
      dice.chance(8) ? exp2_steps(8 * octave + dice.between(0, 7 * octave)) : 0;
  const int64_t commute = dice.around(30, 28);
  const size_t region = pick(regions);

  int64_t points = trade.points - 35;
  points += (trade.schooling ? 8 : 0) * (schooling - 14);
  points += trade.hours ? (hours - 40) : -std::abs(hours - 40) / 2;
  points += 20 - (age - 48) * (age - 48) / 20;
  points += household == 1 || household == 2 ? 22 : household == 3 ? -16 : 0;
  points += std::min<int64_t>(tenure, 15) / 2;
  points += gain > 5000 ? 45 : gain > 0 ? -3 : 0;
  points += region == 4 ? -10 : region == 3 ? 6 : 0;
  if (sector == 1) points += age > 35 ? 24 : -20;
  if (sector == 4) points -= 60;

  const auto add = [&](const char* word, int64_t percent_missing) {
    sheet.add(dice.chance(percent_missing) ? "?" : word);
  };
  sheet.add(age);
  add(sectors[sector], 6);
  sheet.add(schooling);
  add(degrees[degree], 0);
  add(trade.name, 6);
  add(households[household], 0);
  sheet.add(hours);
  dice.chance(4) ? sheet.add("?") : sheet.add(tenure);
  sheet.add(languages);
  sheet.add(gain);
  sheet.add(commute);
  add(regions[region], 2);
  sheet.add(std::string(comes_true(points, dice) ? ">50K" : "<=50K") + full_stop);
  sheet.end_row();
}

std::string people(uint64_t first, uint64_t count, const char* full_stop) {
  Sheet sheet(", ");
  for (uint64_t n = first; n < first + count; ++n) add_person(sheet, n, full_stop);
  return sheet.text();
}

}  // namespace

TwoTables generate_incomes() { return {people(0, 6000, ""), people(6000, 3000, ".")}; }

}  // namespace hg::data
