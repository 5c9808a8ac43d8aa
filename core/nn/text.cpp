#include "nn/text.hpp"

#include <charconv>
#include <cmath>

namespace hg::nn {

std::string python_text(double x) {
  if (!std::isfinite(x)) return std::isnan(x) ? "nan" : x > 0 ? "inf" : "-inf";
  const double size = std::abs(x);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  char text[40];
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  std::string digits(text, std::to_chars(text, text + sizeof text, x, format).ptr);
  return plain && digits.find('.') == std::string::npos ? digits + ".0" : digits;
}

std::string python_tuple(const Shape& sizes) {
  std::string text;
  for (int64_t n : sizes) text += (text.empty() ? "" : ", ") + std::to_string(n);
  return "(" + text + (sizes.size() == 1 ? ",)" : ")");
}

}  // namespace hg::nn
