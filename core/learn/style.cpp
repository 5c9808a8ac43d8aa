#include "learn/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/error.hpp"

namespace hg {

namespace {

constexpr Rgb blue{0x00, 0x72, 0xb2}, vermilion{0xd5, 0x5e, 0x00}, green{0x00, 0x9e, 0x73},
    purple{0xcc, 0x79, 0xa7}, orange{0xe6, 0x9f, 0x00}, sky{0x56, 0xb4, 0xe9},
    black{0x30, 0x30, 0x30};

// The letters mean the nearest colour of the palette, not the pure one of the screen.
const Rgb* colour_of(char letter) {
  switch (letter) {
    case 'b': return &blue;
    case 'r': return &vermilion;
    case 'g': return &green;
    case 'm': return &purple;
    case 'y': return &orange;
    case 'c': return &sky;
    case 'k': return &black;
    default: return nullptr;
  }
}

Marker marker_of(char letter) {
  switch (letter) {
    case 'o': return Marker::circle;
    case '.': return Marker::dot;
    case 'x': return Marker::cross;
    case '+': return Marker::plus;
    case 's': return Marker::square;
    case '^': return Marker::triangle;
    case 'D': return Marker::diamond;
    case '*': return Marker::star;
    default: return Marker::none;
  }
}

// The longer spellings first: "-." must not be read as "-" and a dot.
struct Spelling {
  const char* text;
  Dash dash;
};
constexpr std::array<Spelling, 4> dashes{{{"--", Dash::dashed},
                                          {"-.", Dash::dash_dot},
                                          {":", Dash::dotted},
                                          {"-", Dash::solid}}};

}  // namespace

Rgb palette(size_t index) {
  constexpr std::array<Rgb, 7> colours{blue, vermilion, green, purple, orange, sky, black};
  return colours[index % colours.size()];
}

Style parse_format(const std::string& format, size_t index) {
  Style style{palette(index), Dash::none, Marker::none};
  bool has_colour = false;
  auto refuse = [&](const std::string& problem) {
    throw Error("plot", "format '" + format + "' " + problem,
                "a colour (b g r c m y k), dashes (- -- -. :), a marker (o . x + s ^ D *), "
                "as in \"m--\" or \"ro\"");
  };
  for (size_t i = 0; i < format.size();) {
    const auto* found = std::find_if(dashes.begin(), dashes.end(), [&](const Spelling& s) {
      return format.compare(i, std::string(s.text).size(), s.text) == 0;
    });
    if (found != dashes.end()) {
      if (style.dash != Dash::none) refuse("has dashes twice");
      style.dash = found->dash;
      i += std::string(found->text).size();
    } else if (const Rgb* colour = colour_of(format[i])) {
      if (has_colour) refuse("has two colours");
      has_colour = true;
      style.colour = *colour;
      ++i;
    } else if (const Marker marker = marker_of(format[i]); marker != Marker::none) {
      if (style.marker != Marker::none) refuse("has two markers");
      style.marker = marker;
      ++i;
    } else {
      refuse(std::string("has '") + format[i] + "', which means nothing");
    }
  }
  if (style.dash == Dash::none && style.marker == Marker::none) style.dash = Dash::solid;
  return style;
}

Rgb heat_colour(double share) {
  constexpr std::array<Rgb, 9> stops{{{68, 1, 84},
                                      {71, 44, 122},
                                      {59, 81, 139},
                                      {44, 113, 142},
                                      {33, 144, 141},
                                      {39, 173, 129},
                                      {92, 200, 99},
                                      {170, 220, 50},
                                      {253, 231, 37}}};
  if (std::isnan(share)) share = 0;
  const double place = std::clamp(share, 0.0, 1.0) * double(stops.size() - 1);
  const size_t i = std::min(static_cast<size_t>(place), stops.size() - 2);
  const double part = place - double(i);
  auto mix = [part](uint8_t a, uint8_t b) {
    return static_cast<uint8_t>(std::lround(a + part * (b - a)));
  };
  return {mix(stops[i].red, stops[i + 1].red), mix(stops[i].green, stops[i + 1].green),
          mix(stops[i].blue, stops[i + 1].blue)};
}

}  // namespace hg
