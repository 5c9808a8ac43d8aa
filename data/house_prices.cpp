// The bundled house prices: a town that was never built, sold house by house.
//
// A price is a product. Twice the living space costs half as much again, each step of
// quality adds a twelfth, a good street a quarter, each ten years of age take off two per
// cent; so the law adds logarithms, and prices lie skew, few of them very high. Words and
// numbers mix, and what is missing is missing for the reasons it has in life: the house has
// no garage, or nobody measured the frontage. Every fifty-first house or so was sold to a
// cousin, cheaply.
#include <algorithm>
#include <array>

#include "curves.hpp"
#include "data/generated.hpp"
#include "dice.hpp"
#include "sheet.hpp"

namespace hg::data {
namespace {

/// A word and what it adds to the price, in hundredths of an octave.
struct Word {
  const char* text;
  int64_t worth;
};

constexpr std::array<Word, 12> streets{{{"Abbey", -10},
                                        {"Bridge", -22},
                                        {"Castle", 34},
                                        {"Dale", 2},
                                        {"Elms", 12},
                                        {"Ferry", -30},
                                        {"Green", 20},
                                        {"Harbour", 28},
                                        {"Ironworks", -38},
                                        {"Jetty", -4},
                                        {"Kiln", -16},
                                        {"Lakeside", 42}}};
constexpr std::array<Word, 4> zones{
    {{"Low", 6}, {"Mixed", 0}, {"Dense", -12}, {"Shops", -24}}};
constexpr std::array<Word, 5> styles{
    {{"Bungalow", 4}, {"OneStorey", 0}, {"TwoStorey", 2}, {"Split", -4}, {"Terrace", -12}}};
constexpr std::array<Word, 4> walls{
    {{"Brick", 6}, {"Stone", 12}, {"Timber", -2}, {"Stucco", -6}}};
constexpr std::array<Word, 3> heatings{{{"Gas", 4}, {"Oil", 0}, {"Wood", -14}}};
constexpr std::array<Word, 4> grades{
    {{"Fair", -6}, {"Typical", 0}, {"Good", 6}, {"Excellent", 14}}};
constexpr std::array<Word, 4> garages{
    {{"Attached", 8}, {"BuiltIn", 10}, {"Detached", 4}, {"Carport", 1}}};

const Word& one_of(const auto& words, Dice& dice) {
  return words[static_cast<size_t>(dice.between(0, std::ssize(words) - 1))];
}

int64_t steps_of(int64_t n) { return log2_steps(static_cast<uint64_t>(n)); }

constexpr std::array names{
    "Id",          "Zone",       "Street",      "LotFrontage", "LotArea",
    "Alley",       "Style",      "Quality",     "Condition",   "YearBuilt",
    "YearRenewed", "Walls",      "CellarGrade", "CellarArea",  "LivingArea",
    "Rooms",       "Baths",      "Heating",     "CooledAir",   "Fireplaces",
    "FireGrade",   "GarageType", "GarageYear",  "GarageArea",  "YearSold"};

/// Writes house `id` without the end of its line, and returns its price.
int64_t add_house(Sheet& sheet, int64_t id) {
  Dice dice(5, static_cast<uint64_t>(id));
  int64_t worth = 0;  // hundredths of an octave, beside what the areas are worth
  const auto add_word = [&](const auto& words) {
    const Word& word = one_of(words, dice);
    sheet.add(word.text);
    worth += word.worth;
  };

  sheet.add(id);
  add_word(zones);
  const Word& street = one_of(streets, dice);
  sheet.add(street.text);
  worth += street.worth * 3 / 4;

  const int64_t lot = exp2_steps(steps_of(9000) + dice.around(0, 3 * octave / 2));
  const int64_t frontage = std::max<int64_t>(20, lot / 130 + dice.between(-15, 15));
  dice.chance(17) ? sheet.add("NA") : sheet.add(frontage);
  sheet.add(lot);
  const int64_t alley = dice.between(0, 99);
  sheet.add(alley < 4 ? "Paved" : alley < 8 ? "Gravel" : "NA");
  add_word(styles);

  // In a good street houses are better, later ones too.
  const int64_t oldest = dice.between(10, 100);
  const int64_t built = 2010 - dice.between(0, oldest);
  const int64_t quality = std::clamp<int64_t>(
      dice.around(5, 4) + street.worth / 20 + (built - 1960) / 25, 1, 10);
  const int64_t condition = std::clamp<int64_t>(dice.around(6, 4), 1, 9);
  const int64_t renewed =
      dice.chance(45) ? std::max(built, 2010 - dice.between(0, 60)) : built;
  sheet.add(quality);
  sheet.add(condition);
  sheet.add(built);
  sheet.add(renewed);
  worth += quality * 12 + condition * 3 + (built - 2010) * 3 / 10 + (renewed - 2010) / 10;

  const bool unknown_walls = dice.chance(1);
  const Word& wall = one_of(walls, dice);
  sheet.add(unknown_walls ? "NA" : wall.text);
  worth += wall.worth;

  const int64_t living =
      exp2_steps(steps_of(1100) + quality * octave / 18 + dice.around(0, 4 * octave / 5));
  const bool cellar = !dice.chance(4);
  const Word& cellar_grade = one_of(grades, dice);
  const int64_t cellar_area = living * dice.between(35, 80) / 100;
  sheet.add(cellar ? cellar_grade.text : "NA");
  sheet.add(cellar ? cellar_area : 0);
  if (cellar) worth += cellar_grade.worth + cellar_area / 100;
  sheet.add(living);
  const int64_t rooms = std::max<int64_t>(3, living / 260 + dice.between(-1, 2));
  const int64_t baths = std::max<int64_t>(1, rooms / 4 + dice.between(0, 1));
  sheet.add(rooms);
  sheet.add(baths);
  worth += baths * 4;
  add_word(heatings);
  const bool cooled = dice.chance(built > 1950 ? 97 : 75);
  sheet.add(cooled ? "Y" : "N");
  worth += cooled ? 12 : 0;

  const int64_t fireplaces = std::max<int64_t>(0, dice.between(-2, quality / 3));
  const Word& fire_grade = one_of(grades, dice);
  sheet.add(fireplaces);
  sheet.add(fireplaces > 0 ? fire_grade.text : "NA");
  worth += fireplaces * 5 + (fireplaces > 0 ? fire_grade.worth / 2 : 0);

  const bool garage = !dice.chance(6);
  const Word& type = one_of(garages, dice);
  const int64_t garage_year = dice.chance(75) ? built : dice.between(built, 2010);
  const int64_t garage_area = 220 + 20 * quality + dice.between(-40, 340);
  sheet.add(garage ? type.text : "NA");
  garage ? sheet.add(garage_year) : sheet.add("NA");
  sheet.add(garage ? garage_area : 0);
  if (garage) worth += type.worth + garage_area / 25;
  const int64_t sold = dice.between(2006, 2010);
  sheet.add(sold);
  worth -= (sold - 2006) * 2;

  // Space counts 0.6 octaves an octave, the lot 0.1; chance 0.3 octaves to either side.
  int64_t price = steps_of(66'000) + worth * octave / 100 +
                  (steps_of(living) - steps_of(1500)) * 6 / 10 +
                  (steps_of(lot) - steps_of(9000)) / 10 + dice.around(0, octave * 3 / 10);
  if (dice.between(0, 50) == 0) price -= octave * 4 / 10;
  const int64_t exact = exp2_steps(price);
  return exact - exact % 500;
}

std::string add_houses(int64_t first, int64_t count, bool with_price) {
  Sheet sheet(",");
  for (const char* name : names) sheet.add(name);
  if (with_price) sheet.add("SalePrice");
  sheet.end_row();
  for (int64_t id = first; id < first + count; ++id) {
    const int64_t price = add_house(sheet, id);
    if (with_price) sheet.add(price);
    sheet.end_row();
  }
  return sheet.text();
}

}  // namespace

TwoTables generate_house_prices() {
  return {add_houses(1, 1460, true), add_houses(1461, 1459, false)};
}

}  // namespace hg::data
