#include "learn/scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "learn/utf8.hpp"
#include "tensor/error.hpp"

namespace hg::learn {

namespace {

// The smallest of 1, 2, 5, 10, 20, 50, ... that is at least `step`: people count in
// these. `step` may be of any magnitude.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (step <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

int exponent_of(double value) { return int(std::floor(std::log10(value) + 1e-9)); }

std::string fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

// "10" with a raised exponent, or "1e-6" in ASCII.
std::string power_of_ten(int exponent, bool utf8) {
  if (!utf8) return "1e" + std::to_string(exponent);
  constexpr char32_t raised[] = U"⁰¹²³⁴⁵⁶⁷⁸⁹";
  std::string text = "10";
  for (char c : std::to_string(exponent)) {
    text += c == '-' ? encode(U'⁻') : encode(raised[c - '0']);
  }
  return text;
}

// A value that is a multiple of `step`, with just the decimals that tell it from the next.
std::string label_of(double value, double step, double largest, bool utf8) {
  if (std::abs(value) < step / 2) return "0";
  const int step_exponent = exponent_of(step);
  if (largest < 1e6 && step >= 1e-4) return fixed(value, std::max(0, -step_exponent));
  const int exponent = exponent_of(std::abs(value));
  const std::string mantissa =
      fixed(value / std::pow(10.0, exponent), std::max(0, exponent - step_exponent));
  if (!utf8) return mantissa + "e" + std::to_string(exponent);
  return mantissa + "×" + power_of_ten(exponent, true);
}

std::vector<Tick> linear_ticks(const Scale& scale, int about, bool utf8) {
  std::vector<Tick> out;
  const double parts = std::max(about, 1);
  const double step = round_step(scale.high() / parts - scale.low() / parts);
  if (!std::isfinite(step) || step <= 0) return out;  // at the ends of what doubles hold
  const double largest = std::max(std::abs(scale.low()), std::abs(scale.high()));
  const double first = std::ceil(scale.low() / step - 1e-9);
  const double last = std::floor(scale.high() / step + 1e-9);
  // Ends that differ by less than their digits (1e16 and 1e16 + 2) have no round values
  // in between: the loop must not depend on adding 1 to them.
  const int count = int(std::min(last - first, 1000.0));
  for (int i = 0; i <= count; ++i) {
    const double value = (first + i) * step;
    out.push_back({scale.place(value), label_of(value, step, largest, utf8)});
  }
  return out;
}

// Within a decade the ticks are at 1, 2, 5; over several at every power of ten, or every
// second, third, ... one, and small ones at 2, 3, ..., 9 between.
std::vector<Tick> log_ticks(const Scale& scale, int about, bool utf8) {
  const double from = std::log10(scale.low()), to = std::log10(scale.high());
  const int first = int(std::ceil(from - 1e-9)), last = int(std::floor(to + 1e-9));
  const int decades = last - first + 1;
  const int stride = std::max(1, (decades + std::max(about, 1) - 1) / std::max(about, 1));
  const bool plain = first >= -3 && last <= 4;

  std::vector<Tick> out;
  int labels = 0;
  for (int e = first - 1; e <= last; ++e) {
    for (int m = 1; m <= 9; ++m) {
      const double value = m * std::pow(10.0, e);
      const double place = scale.place(value);
      if (!(place > -1e-9 && place < 1 + 1e-9)) continue;
      std::string label;
      if (m == 1 && (e - first) % stride == 0) {
        label = plain ? short_number(value) : power_of_ten(e, utf8);
      } else if (decades < 2 && (m == 1 || m == 2 || m == 5)) {
        label = short_number(value);
      } else if (stride > 1) {
        continue;  // small ticks would be a solid bar
      }
      if (!label.empty()) ++labels;
      out.push_back({place, label});
    }
  }
  return labels < 2 ? linear_ticks(scale, about, utf8) : out;
}

}  // namespace

ScaleKind scale_kind(const std::string& name, const std::string& axis) {
  if (name == "linear") return ScaleKind::linear;
  if (name == "log") return ScaleKind::log;
  throw Error("plot", axis + "scale is '" + name + "'; it can be linear or log");
}

void Extent::include(double value, ScaleKind kind) {
  if (!std::isfinite(value) || (kind == ScaleKind::log && value <= 0)) return;
  const bool first = empty();
  low = first ? value : std::min(low, value);
  high = first ? value : std::max(high, value);
}

Scale::Scale(ScaleKind kind, double low, double high, bool reversed)
    : kind_(kind), low_(low), high_(high), reversed_(reversed) {}

double Scale::place(double value) const {
  if (!std::isfinite(value) || (kind_ == ScaleKind::log && value <= 0)) return automatic;
  // Halves, because high - low may be more than a double holds.
  const double share =
      kind_ == ScaleKind::linear
          ? (value / 2 - low_ / 2) / (high_ / 2 - low_ / 2)
          : (std::log10(value) - std::log10(low_)) / (std::log10(high_) - std::log10(low_));
  return reversed_ ? 1 - share : share;
}

Scale make_scale(ScaleKind kind, Limits limits, Extent data, double margin,
                 const std::string& axis) {
  const bool log = kind == ScaleKind::log;
  const bool low_given = !std::isnan(limits.low), high_given = !std::isnan(limits.high);
  for (double end : {limits.low, limits.high}) {
    if (std::isinf(end)) throw Error("plot", axis + "lim is infinite");
    if (log && end <= 0) {
      throw Error("plot", axis + "lim is " + short_number(end) +
                              " on a log axis, which has "
                              "only values above 0");
    }
  }
  // Without data an axis shows 0 to 1, or 1 to 10.
  double low = data.empty() ? (log ? 1 : 0) : data.low;
  double high = data.empty() ? (log ? 10 : 1) : data.high;
  if (low_given) low = limits.low;
  if (high_given) high = limits.high;
  if (low_given && high_given && low >= high) {
    throw Error("plot", axis + "lim is {" + short_number(low) + ", " + short_number(high) +
                            "}: the first must be below the second");
  }
  if (low >= high) {  // one value alone, or a given end beyond all data: make room
    const double room = log ? 1 : low == 0 ? 1 : std::abs(low_given ? low : high) / 10;
    if (low_given)
      high = log ? low * 10 : low + room;
    else if (high_given)
      low = log ? high / 10 : high - room;
    else if (log)
      low /= 2, high *= 2;
    else
      low -= room / 2, high += room / 2;
    return {kind, low, high};
  }
  const double length = log ? std::log10(high / low) : high - low;
  auto outward = [&](double end, double by) {
    const double moved = log ? end * std::pow(10.0, by) : end + by;
    return std::isfinite(moved) && (!log || moved > 0) ? moved : end;
  };
  if (!low_given) low = outward(low, -margin * length);
  if (!high_given) high = outward(high, margin * length);
  return {kind, low, high};
}

std::vector<Tick> ticks(const Scale& scale, int about, bool utf8) {
  return scale.kind() == ScaleKind::log ? log_ticks(scale, about, utf8)
                                        : linear_ticks(scale, about, utf8);
}

std::string short_number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  // %g changes to powers of ten when a number has more digits than asked for: 60000 is
  // still better read as it is.
  const double size = std::abs(value);
  if (size >= 1 && size < 1e6) digits = std::max(digits, exponent_of(size) + 1);
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  std::string out = text;
  // "1e-06" and "1e+06" become "1e-6" and "1e6".
  if (const size_t e = out.find('e'); e != std::string::npos) {
    const int exponent = std::stoi(out.substr(e + 1));
    out = out.substr(0, e + 1) + std::to_string(exponent);
  }
  return out == "-0" ? "0" : out;
}

}  // namespace hg::learn
