#include "nn/conv_settings.hpp"

#include <algorithm>
#include <cmath>

#include "nn/init.hpp"

namespace hg::nn {

Shape each_axis(const std::string& layer, const PerAxis& setting, int axes,
                const char* name, int64_t least) {
  if (!setting.given()) throw Error(layer, std::string(name) + " is missing");
  const Shape each = setting.over(axes, name);
  constexpr int64_t most = int64_t(1) << 31;
  if (std::ranges::any_of(each, [=](int64_t n) { return n < least || n > most; })) {
    throw Error(layer, std::string(name) + " is " + each.to_string() +
                           ": it must be from " + std::to_string(least) + " to 2^31");
  }
  return each;
}

void require_channels(const std::string& layer, int64_t in_channels, int64_t out_channels,
                      int64_t groups) {
  auto text = [](int64_t n) { return std::to_string(n); };
  if (in_channels < 0 || out_channels < 0) {
    throw Error(layer, "in_channels is " + text(in_channels) + ", out_channels " +
                           text(out_channels) + ": neither can be negative");
  }
  if (groups < 1 || in_channels % groups || out_channels % groups) {
    throw Error(layer, "groups is " + text(groups) + ": in_channels " + text(in_channels) +
                           " and out_channels " + text(out_channels) +
                           " must fall into that many equal parts");
  }
}

bool all_are(const Shape& sizes, int64_t n) {
  return std::ranges::all_of(sizes, [n](int64_t size) { return size == n; });
}

// Kaiming's uniform with gain sqrt(1/3), whose bound comes out as 1/sqrt(fan_in), for the
// weight, and the same bound for the bias.
void reset_conv(Parameter& weight, Parameter& bias) {
  const int64_t fan_in = init::fans(weight).in;
  const double bound = fan_in > 0 ? 1 / std::sqrt(double(fan_in)) : 0;
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

}  // namespace hg::nn
