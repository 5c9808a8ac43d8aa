// The bundled airfoils: wings in a wind tunnel that never blew.
//
// Behind a wing the slow layer of air along its surface, of thickness d, breaks into eddies
// and hisses. What is known of that noise (T. Brooks, D. Pope and M. Marcolini, "Airfoil
// self-noise and prediction", NASA RP 1218, 1989) has this shape, and the table follows it:
//
//     level = 50 log10(U) + 10 log10(d) - a hump's slope        in dB
//
//   The power grows with the fifth power of the speed U and with d. Over the frequency f
//   the level is a hump around f*d/U = 0.05: small eddies sing high, and fast air raises
//   every tone. Around its top the hump is a parabola over the octaves, further out two
//   straight slopes, the upper one steeper. Wings that hardly lean whistle besides: their
//   thin layer sheds regular eddies at f*d/U = 0.12. Leaning far, they rumble in low tones.
//
// A straight line in f, angle, chord, U and d gets about half of it: the hump moves. Trees,
// and networks with a hidden layer, follow it.
#include <algorithm>
#include <array>

#include "curves.hpp"
#include "data/generated.hpp"
#include "dice.hpp"
#include "sheet.hpp"

namespace hg::data {
namespace {

// Third-octave bands, Hz.
constexpr std::array<int64_t, 21> bands{200,  250,  315,  400,   500,   630,   800,
                                        1000, 1250, 1600, 2000,  2500,  3150,  4000,
                                        5000, 6300, 8000, 10000, 12500, 16000, 20000};
constexpr std::array<int64_t, 6> chords{254, 508, 1016, 1524, 2286, 3048};  // 0.1 mm
constexpr std::array<int64_t, 4> speeds{317, 396, 555, 713};                // 0.1 m/s

/// A wing in the tunnel. Lengths in 10^-8 m, the angle in tenths of a degree.
struct Setting {
  int64_t chord, angle, speed, thickness;
};

// The layer is 1/200 of the chord on a level wing and grows by a quarter of an octave with
// each degree, beyond 12 degrees, where the flow comes off, by a twelfth. Faster air keeps
// it a little thinner.
int64_t thickness_of(int64_t chord, int64_t angle, int64_t speed) {
  const int64_t growth = std::min<int64_t>(angle, 120) * octave / 40 +
                         std::max<int64_t>(angle - 120, 0) * octave / 120;
  const int64_t thinning = log2_steps(static_cast<uint64_t>(speed)) -
                           log2_steps(static_cast<uint64_t>(speeds[0]));
  return exp2_steps(log2_steps(static_cast<uint64_t>(chord) * 10000 / 200) + growth -
                    thinning / 5);
}

/// How far the level lies below the top, `away` steps from the hump's middle: 2.2 dB times
/// the square of the octaves, from 1.5 octaves on along the tangent. Upwards it falls by
/// half as much again.
int64_t below_top(int64_t away) {
  const bool upwards = away > 0;
  const int64_t far =
      (away < 0 ? -away : away) * 1000 / octave;  // thousandths of an octave
  const int64_t bend = 1500;
  const int64_t square = far < bend ? far * far : bend * (2 * far - bend);
  const int64_t drop = square * 22 / 10000;  // thousandths of a dB
  return upwards ? drop * 3 / 2 : drop;
}

/// The level in thousandths of a dB.
int64_t level(const Setting& s, int64_t frequency, Dice& dice) {
  const auto steps = [](int64_t n) { return log2_steps(static_cast<uint64_t>(n)); };
  // f*d/U in units of 10^-7: Hz times 10^-8 m over 0.1 m/s.
  const int64_t place = steps(frequency) + steps(s.thickness) - steps(s.speed);
  const int64_t hump = place - steps(500'000), whistle = place - steps(1'200'000);

  int64_t result = 5 * millibels(steps(s.speed) - steps(speeds[0])) +
                   millibels(steps(s.thickness) - steps(300'000)) + 123'000 -
                   below_top(hump);
  if (s.angle < 40) {
    const int64_t far = (whistle < 0 ? -whistle : whistle) * 1000 / octave;
    result += std::max<int64_t>(0, 7'000 - 6 * far) * (40 - s.angle) / 40;
  }
  if (s.angle > 100 && hump < 0) result += (s.angle - 100) * 35;
  return result + dice.around(0, 4'500);
}

}  // namespace

std::string generate_airfoil() {
  constexpr int64_t rows = 1503;
  Sheet sheet("\t");
  int64_t row = 0;
  // Round after round: every chord, leaning more and more, in air of every speed.
  for (uint64_t round = 0; row < rows; ++round) {
    Dice dice(3, round);
    const int64_t chord = chords[round % chords.size()];
    // Short wings were leant further.
    const int64_t step = dice.between(24, 40) + 8000 / (chord + 400);
    for (int64_t lean = 0; lean < 5; ++lean) {
      const int64_t angle = lean * step;
      for (const int64_t speed : speeds) {
        const Setting setting{chord, angle, speed, thickness_of(chord, angle, speed)};
        const int64_t first = dice.between(0, 6), count = dice.between(12, 16);
        const int64_t last = std::min<int64_t>(first + count, std::ssize(bands));
        for (int64_t band = first; band < last && row < rows; ++band, ++row) {
          const int64_t frequency = bands[static_cast<size_t>(band)];
          sheet.add(frequency);
          sheet.add(angle, 1);
          sheet.add(chord, 4);
          sheet.add(speed, 1);
          sheet.add(setting.thickness, 8);
          sheet.add(level(setting, frequency, dice), 3);
          sheet.end_row();
        }
      }
    }
  }
  return sheet.text();
}

}  // namespace hg::data
