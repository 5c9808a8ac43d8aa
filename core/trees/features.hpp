// What trees learn from: columns of numbers and of names, either of them with holes.
//
// A tree asks one column at a time, and only which of two values is larger, or whether a
// name is in a list. So columns need no common unit and no one-hot coding, and a missing
// value may stay missing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/table.hpp"
#include "tensor/tensor.hpp"

namespace hg::trees {

/// What is known of one column. A nominal one has names for values (colours, countries),
/// in no order; its number is a place in `categories`.
struct Feature {
  std::string name;
  bool nominal = false;
  std::vector<std::string> categories = {};

  bool operator==(const Feature&) const = default;
};

class Features {
 public:
  /// A table: columns of text are nominal, and so are those of numbers that `nominal`
  /// names (a postal code is no quantity).
  Features(const data::Table& table, const std::vector<std::string>& nominal = {});
  /// x is (N,F) of any number type, NaN where a value is missing. Without names its
  /// columns are called x0, x1, ...
  Features(const Tensor& x, std::vector<std::string> names = {},
           const std::vector<std::string>& nominal = {});

  int64_t row_count() const { return row_count_; }
  size_t size() const { return features_.size(); }
  const std::vector<Feature>& features() const { return features_; }
  /// One number per row: the value, or the place of the category; NaN where it is missing.
  std::span<const double> column(size_t feature) const { return columns_[feature]; }

  /// The same rows as a model sees them that knows these features. Columns are found by
  /// their names, or by their places where names were never given; more columns than are
  /// needed do no harm if they have names. A category that the model has never met becomes
  /// a missing value. Throws, in the name of `operation`, if a column is missing or holds
  /// names where numbers are wanted.
  Features as_known(const std::vector<Feature>& known, const std::string& operation) const;

  /// These rows, in this order.
  Features rows(std::span<const uint32_t> rows) const;
  /// One column's values handed to other rows: row i gets that of row order[i].
  Features reordered(size_t feature, std::span<const uint32_t> order) const;

 private:
  Features() = default;
  void check_names(const std::vector<std::string>& nominal) const;

  std::vector<Feature> features_;
  std::vector<std::vector<double>> columns_;
  int64_t row_count_ = 0;
  bool named_ = true;
};

/// Features in which every nominal column has at most `most` categories: those that occur
/// most often stay, the others count as missing values from here on.
std::vector<Feature> limit_categories(const Features& x, size_t most);

}  // namespace hg::trees
