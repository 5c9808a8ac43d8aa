// Tables: columns with names, each of numbers or of text, in which values may be missing.
//
// Networks eat numbers. A table is what stands between them and a spreadsheet: missing
// numbers get filled in, words become columns of 0 and 1, and to_tensor() makes the rest.
// Names and results are those of pandas. Every function returns a new table.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tensor/tensor.hpp"

namespace hg::data {

class Column {
 public:
  /// Whole numbers only (below 2^53), numbers, or text. A missing value has no whole
  /// number to stand for it, so a column of whole numbers lacks none.
  enum class Kind { whole, number, text };

  /// Reads the kind from the values: numbers if every value that is not missing is one.
  /// A column of nothing but missing values is one of numbers.
  Column(std::string name, std::vector<std::string> values, std::vector<bool> missing);
  /// Numbers; a NaN is a missing one.
  Column(std::string name, std::vector<double> numbers);

  const std::string& name() const { return name_; }
  Kind kind() const { return kind_; }
  bool is_text() const { return kind_ == Kind::text; }
  int64_t size() const { return int64_t(missing_.size()); }
  bool missing(int64_t row) const { return missing_[checked(row)]; }
  int64_t missing_count() const;
  /// NaN where it is missing. The column must not be text.
  double number(int64_t row) const { return numbers()[checked(row)]; }
  std::span<const double> numbers() const;
  /// The value as it stood in the file, "" where it is missing. The column must be text.
  const std::string& text(int64_t row) const;
  /// The value as write_csv() puts it: a number in the fewest digits that read back as the
  /// same one, "" where it is missing.
  std::string written(int64_t row) const;

  /// Of the numbers that are not missing: their mean, and their standard deviation with
  /// n - 1 in the denominator, as an estimate for what they are a sample of. NaN where
  /// there are too few.
  double mean() const;
  double std() const;

  /// (rows); missing numbers become NaN.
  Tensor to_tensor(DType type = f32) const;

  Column renamed(std::string name) const;
  Column rows(int64_t first, int64_t last) const;
  Column take(std::span<const int64_t> rows) const;
  /// This column's rows, then those of `other`. If one of them is text, the numbers of the
  /// other become words.
  Column joined(const Column& other) const;
  Column filled(double number) const;
  Column filled(const std::string& text) const;

 private:
  size_t checked(int64_t row) const;
  void read_numbers();

  std::string name_;
  Kind kind_;
  std::vector<double> numbers_;
  std::vector<std::string> texts_;
  std::vector<bool> missing_;
};

class Table {
 public:
  /// The columns must have the same length and different names.
  explicit Table(std::vector<Column> columns);

  int64_t row_count() const { return columns_.empty() ? 0 : columns_[0].size(); }
  int64_t column_count() const { return int64_t(columns_.size()); }
  std::vector<std::string> names() const;
  bool has(const std::string& name) const { return find(name) >= 0; }
  /// The column of this name, or number `column` counted from 0, from the end if negative.
  const Column& operator[](const std::string& name) const;
  const Column& column(int64_t column) const;
  auto begin() const { return columns_.begin(); }
  auto end() const { return columns_.end(); }

  // ---- parts ----------------------------------------------------------------------------
  // Bounds are those of Python's slices: the last one is not included, negative ones count
  // from the end, those beyond the end mean the end.
  Table columns(int64_t first, int64_t last) const;
  Table rows(int64_t first, int64_t last) const;
  Table select(const std::vector<std::string>& names) const;
  Table drop(const std::vector<std::string>& names) const;
  Table head(int64_t count = 5) const { return rows(0, count); }
  /// The rows with these numbers, in this order; they may repeat.
  Table take(std::span<const int64_t> rows) const;
  /// With this column in place of the one of its name, or behind all others.
  Table with(Column column) const;

  // ---- missing values and words ---------------------------------------------------------
  /// Of each column of numbers, by its name.
  std::map<std::string, double> mean() const;
  std::map<std::string, double> std() const;
  /// Replaces what is missing: t.fillna(t.mean()), t.fillna(0), t.fillna("none"). A number
  /// goes to columns of numbers, text to columns of text.
  Table fillna(const std::map<std::string, double>& numbers) const;
  Table fillna(double number) const;
  Table fillna(const std::string& text) const;
  /// Replaces each column of text by one column of 0 and 1 for each of its values, behind
  /// the columns of numbers. Column "Alley" with the values Grvl and Pave becomes
  /// "Alley_Grvl" and "Alley_Pave", and, with `dummy_na`, "Alley_nan": is it missing?
  Table get_dummies(bool dummy_na = false) const;

  /// (rows, columns). Throws if a column is text. Missing numbers become NaN.
  Tensor to_tensor(DType type = f32) const;

  /// As pandas prints it. What is long or wide shows its ends only.
  std::string to_string() const;

 private:
  int64_t find(const std::string& name) const;
  std::vector<Column> columns_;
};

/// The rows of all tables, one below the other. Columns meet by name, in the order of the
/// first table; each table must have the same ones.
Table concat(const std::vector<Table>& tables);

std::ostream& operator<<(std::ostream& out, const Table& table);

}  // namespace hg::data
