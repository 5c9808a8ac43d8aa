#include "data/table.hpp"

#include <algorithm>
#include <set>

#include "data/slice_bounds.hpp"

namespace hg::data {

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

Table Table::take(std::span<const int64_t> rows) const {
  std::vector<Column> result;
  for (const Column& c : columns_) result.push_back(c.take(rows));
  return Table(std::move(result));
}

Table Table::with(Column column) const {
  std::vector<Column> result = columns_;
  if (const int64_t at = find(column.name()); at >= 0) {
    result[size_t(at)] = std::move(column);
  } else {
    result.push_back(std::move(column));
  }
  return Table(std::move(result));
}

Table concat(const std::vector<Table>& tables) {
  if (tables.empty()) throw Error("concat", "it needs one table at least");
  std::vector<Column> result(tables[0].begin(), tables[0].end());
  for (size_t i = 1; i < tables.size(); ++i) {
    if (tables[i].column_count() != tables[0].column_count()) {
      throw Error("concat", "table " + std::to_string(i) + " has " +
                                std::to_string(tables[i].column_count()) +
                                " columns, table 0 has " +
                                std::to_string(tables[0].column_count()));
    }
    for (Column& column : result) column = column.joined(tables[i][column.name()]);
  }
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
