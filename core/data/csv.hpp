// CSV: tables in text files, a line for each row, commas between the values.
//
//     NumRooms,Alley,Price            numbers, words, and NA for what is missing
//     NA,Pave,127500
//     2,"a ""quiet"" one, paved",106000
//
// The format has no owner; RFC 4180 wrote down what is common. A value in quotes may hold
// commas, line ends and, doubled, quotes. Lines end in \n, \r\n or \r; those without a
// single character are passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/table.hpp"

namespace hg::data {

struct CsvOptions {
  /// ' ' stands for any number of blanks and tabs; at the ends of a line they mean nothing.
  char separator = ',';
  /// Does the first line name the columns? Without it they are called "0", "1", ...
  bool header = true;
  /// Names for the columns, in place of those.
  std::vector<std::string> names = {};
  /// Values that stand for a missing one.
  std::vector<std::string> missing = {"",     "NA",   "N/A", "n/a",  "NaN", "nan",
                                      "NULL", "null", "#NA", "#N/A", "<NA>"};
  /// Leave out blanks at both ends of a value that is not in quotes.
  bool trim = false;
};

/// The file at `path` as a table. Throws hg::Error with file, line and column where the
/// text breaks the format: a row of another length than the first line, a quote that is
/// never closed or stands where none may, a file without a line.
Table read_csv(const std::string& path, const CsvOptions& options = {});

/// The same for text in memory; errors call it `name`.
Table parse_csv(std::string_view text, const CsvOptions& options = {},
                const std::string& name = "text");

/// Writes names and values, missing ones as nothing at all, so that read_csv() gives the
/// same table back. A file that is there already is replaced at once or not at all.
void write_csv(const std::string& path, const Table& table, char separator = ',');

}  // namespace hg::data
