#include "data/csv.hpp"

#include <algorithm>

#include "data/bytes.hpp"
#include "io/atomic_file.hpp"
#include "tensor/error.hpp"

namespace hg::data {
namespace {

using Row = std::vector<std::string>;

// Walks through the text once, a value at a time. Line and column count from 1, columns in
// bytes, as editors do.
class CsvReader {
 public:
  CsvReader(std::string_view text, const CsvOptions& options, const std::string& name)
      : text_(text), options_(options), name_(name) {
    const std::string_view byte_order_mark = "\xef\xbb\xbf";  // some editors put one first
    if (text_.starts_with(byte_order_mark)) {
      at_ = line_start_ = byte_order_mark.size();
    }
  }

  /// The values of the next line that is not empty; false at the end of the text.
  bool next_row(Row& row) {
    row.clear();
    while (skip_blanks(), at_ < text_.size() && is_line_end(text_[at_])) take_line_end();
    if (at_ == text_.size()) return false;
    row_line_ = line_;
    for (;;) {
      row.push_back(next_value());
      if (take_separator()) continue;
      if (at_ < text_.size()) take_line_end();
      return true;
    }
  }

  /// The line on which the last row began.
  size_t row_line() const { return row_line_; }

  [[noreturn]] void fail(size_t line, const std::string& problem,
                         const std::string& hint = {}) const {
    throw Error("read_csv", name_ + ": line " + std::to_string(line) + problem, hint);
  }

 private:
  static bool is_line_end(char c) { return c == '\n' || c == '\r'; }
  bool is_blank(char c) const { return blanks_ && (c == ' ' || c == '\t'); }
  bool ends_value(char c) const {
    return c == options_.separator || is_blank(c) || is_line_end(c);
  }

  // Between blanks only: those at the ends of a line separate nothing.
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  bool take_separator() {
    if (blanks_) {
      skip_blanks();
      return at_ < text_.size() && !is_line_end(text_[at_]);
    }
    if (at_ == text_.size() || text_[at_] != options_.separator) return false;
    ++at_;
    return true;
  }

  void take_line_end() {
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    line_start_ = ++at_;
    ++line_;
  }

  std::string place(size_t at) const {
    return ", column " + std::to_string(at - line_start_ + 1) + ": ";
  }

  // Stops at the separator, at the line's end, or at the end of the text.
  std::string next_value() {
    if (options_.trim) {
      while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '"') return quoted_value();
    const size_t start = at_;
    for (; at_ < text_.size() && !ends_value(text_[at_]); ++at_) {
      if (text_[at_] == '"') {
        fail(line_, place(at_) + "a quote inside a value that does not begin with one",
             "put the value in quotes, and double the quotes inside: \"5\"\" pipe\"");
      }
      if (text_[at_] == '\0') fail(line_, place(at_) + "a zero byte; is this text?");
    }
    std::string_view value = text_.substr(start, at_ - start);
    if (options_.trim) value = value.substr(0, value.find_last_not_of(' ') + 1);
    return std::string(value);
  }

  std::string quoted_value() {
    const size_t opening_line = line_, opening = at_, opening_line_start = line_start_;
    std::string value;
    for (++at_;;) {
      if (at_ == text_.size()) {
        line_start_ = opening_line_start;
        fail(opening_line, place(opening) + "the quote that opens here is never closed");
      }
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        if (at_ == text_.size() || text_[at_] != '"') break;
        value += '"';
        ++at_;
      } else if (is_line_end(c)) {
        const size_t before = at_;
        take_line_end();
        value += text_.substr(before, at_ - before);
      } else {
        value += c;
        ++at_;
      }
    }
    if (options_.trim) {
      while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    }
    if (at_ < text_.size() && !ends_value(text_[at_])) {
      fail(line_, place(at_) + "'" + text_[at_] + "' behind a closing quote",
           "a quote inside a quoted value is written twice");
    }
    return value;
  }

  std::string_view text_;
  const CsvOptions& options_;
  const std::string& name_;
  const bool blanks_ = options_.separator == ' ';
  size_t at_ = 0, line_ = 1, line_start_ = 0, row_line_ = 1;
};

void check_options(const CsvOptions& options) {
  const char c = options.separator;
  if (c == '"' || c == '\n' || c == '\r' || c == '\0') {
    throw Error("read_csv", "a quote, a line end or a zero byte cannot be the separator");
  }
}

// The names that are given, else those on the first line, else numbers. An empty name
// becomes "Unnamed: 0", as in pandas; two equal ones are an error.
std::vector<std::string> column_names(const CsvReader& reader, const Row& first,
                                      const CsvOptions& options) {
  std::vector<std::string> names = options.names;
  if (!names.empty() && names.size() != first.size()) {
    reader.fail(reader.row_line(), ": it has " + std::to_string(first.size()) +
                                       " values, and " + std::to_string(names.size()) +
                                       " names were given");
  }
  for (size_t i = names.size(); i < first.size(); ++i) {
    const std::string number = std::to_string(i);
    std::string name = !options.header  ? number
                     : first[i].empty() ? "Unnamed: " + number
                                        : first[i];
    const auto same = std::find(names.begin(), names.end(), name);
    if (same != names.end()) {
      reader.fail(reader.row_line(),
                  ": values " + std::to_string(same - names.begin() + 1) + " and " +
                      std::to_string(i + 1) + " are both '" + name +
                      "'; names of columns must differ",
                  options.header ? "is the first line a header?" : "");
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Table parse_csv(std::string_view text, const CsvOptions& options, const std::string& name) {
  check_options(options);
  CsvReader reader(text, options, name);
  Row row;
  if (!reader.next_row(row)) {
    throw Error("read_csv", name + ": it is empty; a line at least is expected");
  }
  const std::vector<std::string> names = column_names(reader, row, options);
  const size_t first_line = reader.row_line();

  std::vector<std::vector<std::string>> values(names.size());
  std::vector<std::vector<bool>> missing(names.size());
  for (bool more = options.header ? reader.next_row(row) : true; more;
       more = reader.next_row(row)) {
    if (row.size() != names.size()) {
      reader.fail(reader.row_line(), ": it has " + std::to_string(row.size()) +
                                         " values, line " + std::to_string(first_line) +
                                         " has " + std::to_string(names.size()));
    }
    for (size_t i = 0; i < row.size(); ++i) {
      const auto& marks = options.missing;
      missing[i].push_back(std::find(marks.begin(), marks.end(), row[i]) != marks.end());
      values[i].push_back(std::move(row[i]));
    }
  }

  std::vector<Column> columns;
  for (size_t i = 0; i < names.size(); ++i) {
    columns.emplace_back(names[i], std::move(values[i]), std::move(missing[i]));
  }
  return Table(std::move(columns));
}

Table read_csv(const std::string& path, const CsvOptions& options) {
  return parse_csv(read_file(path, "read_csv"), options, path);
}

// ---- writing ----------------------------------------------------------------------------

namespace {

// In quotes where the value could be taken for something else.
std::string written(const std::string& value, char separator) {
  const bool plain =
      value.find(separator) == value.npos && value.find_first_of("\"\n\r") == value.npos;
  if (plain) return value;
  std::string quoted = "\"";
  for (const char c : value) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string written(const Column& column, int64_t row, char separator) {
  return written(column.written(row), separator);
}

}  // namespace

void write_csv(const std::string& path, const Table& table, char separator) {
  CsvOptions options;
  options.separator = separator;
  check_options(options);
  std::string text;
  // The only value of a line, when it is missing, still needs a character.
  const auto end_line = [&](size_t start) {
    if (text.size() == start) text += "\"\"";
    text += '\n';
  };
  for (size_t i = 0; i < table.names().size(); ++i) {
    if (i) text += separator;
    text += written(table.names()[i], separator);
  }
  end_line(0);
  for (int64_t row = 0; row < table.row_count(); ++row) {
    const size_t start = text.size();
    for (int64_t i = 0; i < table.column_count(); ++i) {
      if (i) text += separator;
      text += written(table.column(i), row, separator);
    }
    end_line(start);
  }
  io::AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

}  // namespace hg::data
