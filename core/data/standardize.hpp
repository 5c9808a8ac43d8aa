// z-scores: columns brought to mean 0 and deviation 1, and back.
//
//     z[n,f] = (x[n,f] - mean[f]) / std[f]             x[n,f] = z[n,f] * std[f] + mean[f]
//
// A gradient step moves all weights by one learning rate. Columns in Hz and in metres
// differ by a factor of 10^6, and no rate suits both; z-scores have no unit. Mean and
// deviation are those of the training rows. Test rows are moved by the same amounts, and
// predictions of a standardised target are brought back by inverse().
//
//     const auto scale = Standardizer::fit(train_x);
//     const Tensor z = scale.transform(train_x), z_test = scale.transform(test_x);
#pragma once

#include "data/table.hpp"

namespace hg::data {

class Standardizer {
 public:
  /// Measures the columns of x, (N,F) of any number type, or of shape (N), one column.
  /// Missing numbers (NaN) are left out. Deviations are divided by N - correction: 0 gives
  /// that of these rows, NumPy's; 1 the estimate for what they are a sample of, pandas'.
  /// A column of equal numbers, whose deviation is 0, keeps its unit: std is 1.
  static Standardizer fit(const Tensor& x, double correction = 0);

  /// (x - mean) / std; NaN stays NaN.
  Tensor transform(const Tensor& x) const;
  /// z * std + mean.
  Tensor inverse(const Tensor& z) const;

  /// The same for the columns of numbers in a table; those of text are passed on. The
  /// table to transform needs every column that was measured, in any order.
  static Standardizer fit(const Table& table, double correction = 0);
  Table transform(const Table& table) const;
  Table inverse(const Table& table) const;

  Tensor mean() const;  ///< (F) f64
  Tensor std() const;   ///< (F) f64

 private:
  struct Scale {
    double mean, std;
  };
  std::vector<Scale> scales_;
  std::vector<std::string> names_;  // of a table's columns
};

}  // namespace hg::data
