#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "data/slice_bounds.hpp"
#include "data/table.hpp"

namespace hg::data {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double exact_whole = 9007199254740992;  // 2^53: below it no whole number is lost

struct Parsed {
  double value;
  bool whole;  // written as one, and a double holds it exactly
};

// The whole of `text` as a number, blanks around it allowed; nothing if it is none.
std::optional<Parsed> parse_number(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  text = text.substr(first, text.find_last_not_of(' ') + 1 - first);
  // from_chars reads the minus sign, but no plus, and reads "nan", which is no value.
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  if (std::isnan(value)) return {};
  const bool digits_only = text.find_first_not_of("-0123456789") == text.npos;
  return Parsed{value, digits_only && std::abs(value) < exact_whole};
}

bool is_whole(double x) { return std::trunc(x) == x && std::abs(x) < exact_whole; }

}  // namespace

Column::Column(std::string name, std::vector<std::string> values, std::vector<bool> missing)
    : name_(std::move(name)),
      kind_(Kind::text),
      texts_(std::move(values)),
      missing_(std::move(missing)) {
  if (texts_.size() != missing_.size()) {
    throw Error("Column", "column '" + name_ + "' has " + std::to_string(texts_.size()) +
                              " values and " + std::to_string(missing_.size()) +
                              " marks for missing ones");
  }
  read_numbers();
}

// Turns text into numbers, if all that is there is one.
void Column::read_numbers() {
  std::vector<double> numbers;
  numbers.reserve(texts_.size());
  bool whole = true;
  for (size_t i = 0; i < texts_.size(); ++i) {
    const auto parsed = missing_[i] ? Parsed{nan, false} : parse_number(texts_[i]);
    if (!parsed) {
      for (size_t j = 0; j < texts_.size(); ++j) {
        if (missing_[j]) texts_[j].clear();
      }
      return;
    }
    numbers.push_back(parsed->value);
    whole &= parsed->whole;
  }
  kind_ = whole ? Kind::whole : Kind::number;
  numbers_ = std::move(numbers);
  texts_ = {};
}

Column::Column(std::string name, std::vector<double> numbers)
    : name_(std::move(name)), numbers_(std::move(numbers)), missing_(numbers_.size()) {
  for (size_t i = 0; i < numbers_.size(); ++i) missing_[i] = std::isnan(numbers_[i]);
  const bool whole = std::all_of(numbers_.begin(), numbers_.end(), is_whole);
  kind_ = whole ? Kind::whole : Kind::number;
}

size_t Column::checked(int64_t row) const {
  if (row < 0 || row >= size()) {
    throw Error("Column", "column '" + name_ + "' has no row " + std::to_string(row) +
                              "; " + range_text(size()));
  }
  return size_t(row);
}

int64_t Column::missing_count() const {
  return std::count(missing_.begin(), missing_.end(), true);
}

std::span<const double> Column::numbers() const {
  if (!is_text()) return numbers_;
  // Some value made the column text: the first that is no number, unless that row has been
  // cut away since.
  std::string because;
  for (size_t row = 0; row < texts_.size() && because.empty(); ++row) {
    if (missing_[row] || parse_number(texts_[row])) continue;
    because = ": row " + std::to_string(row) + " is '" + texts_[row] + "'";
  }
  throw Error("Column", "column '" + name_ + "' is text" + because,
              "get_dummies() turns words into columns of 0 and 1");
}

const std::string& Column::text(int64_t row) const {
  if (!is_text()) throw Error("Column", "column '" + name_ + "' holds numbers, not text");
  return texts_[checked(row)];
}

std::string Column::written(int64_t row) const {
  if (missing(row)) return "";
  if (is_text()) return text(row);
  const double x = number(row);
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, x).ptr;
  std::string text(digits, end);
  // A column of numbers must not read back as one of whole numbers, nor the other way.
  const bool whole = kind_ == Kind::whole;
  const bool looks_whole = text.find_first_not_of("-0123456789") == text.npos;
  if (!whole && looks_whole) text += ".0";
  if (whole && !looks_whole) text = std::to_string(int64_t(x));
  return text;
}

double Column::mean() const {
  double sum = 0;
  for (const double x : numbers()) sum += std::isnan(x) ? 0 : x;
  return sum / double(size() - missing_count());
}

double Column::std() const {
  const double centre = mean();
  double sum = 0;
  for (const double x : numbers_) {
    sum += std::isnan(x) ? 0 : (x - centre) * (x - centre);
  }
  const int64_t count = size() - missing_count();
  return count < 2 ? nan : std::sqrt(sum / double(count - 1));
}

Tensor Column::to_tensor(DType type) const {
  return detail::from_numbers({size()}, type, numbers());
}

Column Column::renamed(std::string name) const {
  Column copy = *this;
  copy.name_ = std::move(name);
  return copy;
}

Column Column::rows(int64_t first, int64_t last) const {
  const auto [begin, end] = slice_bounds(first, last, size());
  const auto part = [begin = begin, end = end](auto& values) {
    values.erase(values.begin() + end, values.end());
    values.erase(values.begin(), values.begin() + begin);
  };
  Column copy = *this;
  part(copy.missing_);
  if (is_text())
    part(copy.texts_);
  else
    part(copy.numbers_);
  return copy;
}

Column Column::take(std::span<const int64_t> rows) const {
  Column copy(name_, std::vector<double>{});
  copy.kind_ = kind_;
  for (const int64_t row : rows) {
    const size_t i = checked(row);
    copy.missing_.push_back(missing_[i]);
    if (is_text())
      copy.texts_.push_back(texts_[i]);
    else
      copy.numbers_.push_back(numbers_[i]);
  }
  return copy;
}

Column Column::joined(const Column& other) const {
  Column copy = *this;
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(copy.missing_, other.missing_);
  if (!is_text() && !other.is_text()) {
    append(copy.numbers_, other.numbers_);
    if (other.kind_ == Kind::number) copy.kind_ = Kind::number;
    return copy;
  }
  copy.kind_ = Kind::text;
  copy.numbers_ = {};
  copy.texts_ = {};
  for (const Column* part : {this, &other}) {
    for (int64_t row = 0; row < part->size(); ++row) {
      copy.texts_.push_back(part->written(row));
    }
  }
  return copy;
}

Column Column::filled(double number) const {
  Column copy = *this;
  for (size_t i = 0; i < numbers().size(); ++i) {
    if (missing_[i]) copy.numbers_[i] = number;
    copy.missing_[i] = std::isnan(copy.numbers_[i]);
  }
  return copy;
}

Column Column::filled(const std::string& text) const {
  if (!is_text()) throw Error("Column", "column '" + name_ + "' holds numbers, not text");
  Column copy = *this;
  for (size_t i = 0; i < texts_.size(); ++i) {
    if (missing_[i]) copy.texts_[i] = text;
    copy.missing_[i] = false;
  }
  return copy;
}

}  // namespace hg::data
