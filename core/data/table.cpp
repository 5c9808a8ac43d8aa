#include "data/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

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

std::string range_text(int64_t size) {
  return size == 0 ? "there are none" : "they go from 0 to " + std::to_string(size - 1);
}

// Python's slice bounds: [first,last) within [0,size).
std::pair<int64_t, int64_t> slice_bounds(int64_t first, int64_t last, int64_t size) {
  const auto bound = [size](int64_t at) {
    return std::clamp(at < 0 ? at + size : at, int64_t{0}, size);
  };
  return {bound(first), std::max(bound(first), bound(last))};
}

}  // namespace

// ---- a column ---------------------------------------------------------------------------

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

// ---- a table: its columns ---------------------------------------------------------------

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::set<std::string> names;
  for (const Column& c : columns_) {
    if (!names.insert(c.name()).second) {
      throw Error("Table", "two columns are called '" + c.name() + "'");
    }
    if (c.size() != row_count()) {
      throw Error("Table", "column '" + c.name() + "' has " + std::to_string(c.size()) +
                               " rows, column '" + columns_[0].name() + "' has " +
                               std::to_string(row_count()));
    }
  }
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> result;
  for (const Column& c : columns_) result.push_back(c.name());
  return result;
}

int64_t Table::find(const std::string& name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name() == name) return int64_t(i);
  }
  return -1;
}

const Column& Table::operator[](const std::string& name) const {
  const int64_t at = find(name);
  if (at >= 0) return columns_[size_t(at)];
  std::string all;
  for (const Column& c : columns_) {
    all += (all.empty() ? "'" : ", '") + c.name() + "'";
    if (all.size() > 200) {
      all += ", ...";
      break;
    }
  }
  throw Error("Table", "there is no column '" + name + "'", "the columns are " + all);
}

const Column& Table::column(int64_t column) const {
  const int64_t at = column < 0 ? column + column_count() : column;
  if (at < 0 || at >= column_count()) {
    throw Error("Table", "there is no column number " + std::to_string(column) + "; " +
                             range_text(column_count()));
  }
  return columns_[size_t(at)];
}

Table Table::columns(int64_t first, int64_t last) const {
  const auto [begin, end] = slice_bounds(first, last, column_count());
  return Table(std::vector(columns_.begin() + begin, columns_.begin() + end));
}

Table Table::rows(int64_t first, int64_t last) const {
  std::vector<Column> result;
  for (const Column& c : columns_) result.push_back(c.rows(first, last));
  return Table(std::move(result));
}

Table Table::select(const std::vector<std::string>& names) const {
  std::vector<Column> result;
  for (const std::string& name : names) result.push_back((*this)[name]);
  return Table(std::move(result));
}

Table Table::drop(const std::vector<std::string>& names) const {
  for (const std::string& name : names) (*this)[name];  // each must be there
  std::vector<Column> result;
  for (const Column& c : columns_) {
    if (std::find(names.begin(), names.end(), c.name()) == names.end()) result.push_back(c);
  }
  return Table(std::move(result));
}

// ---- missing values and words -----------------------------------------------------------

std::map<std::string, double> Table::mean() const {
  std::map<std::string, double> result;
  for (const Column& c : columns_) {
    if (!c.is_text()) result[c.name()] = c.mean();
  }
  return result;
}

std::map<std::string, double> Table::std() const {
  std::map<std::string, double> result;
  for (const Column& c : columns_) {
    if (!c.is_text()) result[c.name()] = c.std();
  }
  return result;
}

Table Table::fillna(const std::map<std::string, double>& numbers) const {
  std::vector<Column> result = columns_;
  for (const auto& [name, number] : numbers) {
    const Column& column = (*this)[name];
    result[size_t(find(name))] = column.filled(number);
  }
  return Table(std::move(result));
}

Table Table::fillna(double number) const {
  std::vector<Column> result;
  for (const Column& c : columns_) result.push_back(c.is_text() ? c : c.filled(number));
  return Table(std::move(result));
}

Table Table::fillna(const std::string& text) const {
  std::vector<Column> result;
  for (const Column& c : columns_) result.push_back(c.is_text() ? c.filled(text) : c);
  return Table(std::move(result));
}

Table Table::get_dummies(bool dummy_na) const {
  std::vector<Column> numbers, dummies;
  for (const Column& c : columns_) {
    if (!c.is_text()) {
      numbers.push_back(c);
      continue;
    }
    // The places of each value; a set of their own for those where it is missing.
    const size_t rows = size_t(c.size());
    std::map<std::string, std::vector<double>> is_value;
    std::vector<double> is_missing(rows);
    for (size_t i = 0; i < rows; ++i) {
      const int64_t row = int64_t(i);
      if (c.missing(row)) {
        is_missing[i] = 1;
      } else {
        is_value.try_emplace(c.text(row), rows).first->second[i] = 1;
      }
    }
    for (auto& [value, is] : is_value) dummies.emplace_back(c.name() + "_" + value, is);
    if (dummy_na) dummies.emplace_back(c.name() + "_nan", is_missing);
  }
  numbers.insert(numbers.end(), dummies.begin(), dummies.end());
  return Table(std::move(numbers));
}

Tensor Table::to_tensor(DType type) const {
  const size_t rows = size_t(row_count()), width = columns_.size();
  std::vector<double> flat(rows * width);
  for (size_t j = 0; j < width; ++j) {
    const auto numbers = columns_[j].numbers();
    for (size_t i = 0; i < rows; ++i) flat[i * width + j] = numbers[i];
  }
  return detail::from_numbers({row_count(), column_count()}, type, flat);
}

}  // namespace hg::data
