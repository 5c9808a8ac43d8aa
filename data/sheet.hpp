// A table, written value by value as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hg::data {

class Sheet {
 public:
  explicit Sheet(std::string_view separator) : separator_(separator) {}

  void add(std::string_view word) {
    if (!fresh_) text_ += separator_;
    text_ += word;
    fresh_ = false;
  }
  /// number / 10^decimals, with as many digits behind the point: add(3048, 4) is 0.3048.
  void add(int64_t number, int decimals = 0) {
    std::string digits = std::to_string(number < 0 ? -number : number);
    const auto places = static_cast<size_t>(decimals);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    if (decimals > 0) digits.insert(digits.size() - places, 1, '.');
    add(std::string_view(number < 0 ? "-" + digits : digits));
  }
  void end_row() {
    text_ += '\n';
    fresh_ = true;
  }

  const std::string& text() const { return text_; }

 private:
  std::string separator_, text_;
  bool fresh_ = true;  // nothing stands in this row yet
};

}  // namespace hg::data
