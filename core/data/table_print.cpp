// How a table is printed: columns set flush right under their names, rows numbered from 0.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "data/table.hpp"

namespace hg::data {
namespace {

constexpr int64_t most_rows = 60, end_rows = 5;  // longer tables show five at each end
constexpr size_t page = 80;                      // characters to a line

// Letters of UTF-8 text; bytes 10xxxxxx continue one.
size_t width(const std::string& text) {
  return size_t(std::count_if(text.begin(), text.end(),
                              [](char c) { return (uint8_t(c) & 0xc0) != 0x80; }));
}

// Text on one line: line ends and other control characters would break the layout.
std::string one_line(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n')
      result += "\\n";
    else if (uint8_t(c) < 32 || c == 127)
      result += '?';
    else
      result += c;
  }
  return result;
}

std::string with_decimals(double x, int decimals) {
  char text[352];  // the largest double has 309 digits
  std::snprintf(text, sizeof text, "%.*f", decimals, x);
  return text;
}

// As many decimals as the column's numbers need: at least one, which tells them from whole
// numbers, at most six.
int decimals_of(const Column& column) {
  for (int decimals = 1; decimals < 6; ++decimals) {
    const double unit = std::pow(10.0, decimals);
    const auto fits = [unit](double x) {
      return !std::isfinite(x) || std::abs(x * unit - std::round(x * unit)) < 1e-6 * unit;
    };
    const auto numbers = column.numbers();
    if (std::all_of(numbers.begin(), numbers.end(), fits)) return decimals;
  }
  return 6;
}

// The name and the values at `rows` (-1 stands for "..."), all of one width.
std::vector<std::string> lines_of(const Column& column, const std::vector<int64_t>& rows) {
  const bool numeric = !column.is_text();
  const int decimals = column.kind() == Column::Kind::number ? decimals_of(column) : 0;
  std::vector<std::string> lines{one_line(column.name())};
  for (const int64_t row : rows) {
    if (row < 0)
      lines.push_back("...");
    else if (column.missing(row))
      lines.push_back("NaN");
    else if (!numeric)
      lines.push_back(one_line(column.text(row)));
    else
      lines.push_back(with_decimals(column.number(row), decimals));
  }
  size_t widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, width(line));
  for (std::string& line : lines) line.insert(0, widest - width(line), ' ');
  return lines;
}

std::vector<int64_t> shown_rows(int64_t count) {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < count; ++row) {
    const bool skip = count > most_rows && row >= end_rows && row < count - end_rows;
    if (!skip)
      rows.push_back(row);
    else if (row == end_rows)
      rows.push_back(-1);
  }
  return rows;
}

}  // namespace

std::string Table::to_string() const {
  const std::vector<int64_t> rows = shown_rows(row_count());
  std::vector<std::string> lines{""};
  for (const int64_t row : rows) lines.push_back(row < 0 ? "..." : std::to_string(row));
  size_t widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, line.size());
  for (std::string& line : lines) line.resize(widest, ' ');

  // Columns are taken from both ends in turn, for as long as they fit the page.
  std::vector<std::vector<std::string>> left, right;
  size_t used = widest, next = 0, last = columns_.size();
  while (next < last) {
    const bool from_left = left.size() <= right.size();
    auto column = lines_of(columns_[from_left ? next : last - 1], rows);
    const size_t with_dots = next + 1 < last ? 5 : 0;
    if (used + 2 + width(column[0]) + with_dots > page && !left.empty()) break;
    used += 2 + width(column[0]);
    (from_left ? left : right).push_back(std::move(column));
    from_left ? ++next : --last;
  }
  if (next < last) left.push_back(std::vector<std::string>(lines.size(), "..."));
  left.insert(left.end(), right.rbegin(), right.rend());

  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    text += lines[i];
    for (const auto& column : left) text += "  " + column[i];
    text += '\n';
  }
  if (next < last || std::ssize(rows) != row_count()) {
    text += "\n[" + std::to_string(row_count()) + " rows x " +
            std::to_string(column_count()) + " columns]\n";
  }
  text.pop_back();  // the last line's end belongs to whoever prints
  return text;
}

std::ostream& operator<<(std::ostream& out, const Table& table) {
  return out << table.to_string();
}

}  // namespace hg::data
