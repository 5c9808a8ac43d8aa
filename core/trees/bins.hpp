// Bins: numbers rounded to at most 255 steps, so that a split is found by counting.
//
// The exact way to split a column sorts its values and tries a threshold between any two
// neighbours. Nearly as good, and much cheaper: cut the column into bins with about as many
// rows in each, once, before the first tree, and only try the borders. A value then is one
// byte, and what a split needs to know about N rows shrinks to sums over 255 bins.
// (Ke et al., "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", 2017.)
//
//     a column of numbers   bin b holds the x with  border[b-1] < x <= border[b]
//     a nominal column      bin b holds category b
//     missing values        the bin behind the last one
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trees/features.hpp"

namespace hg::trees {

constexpr int most_bins = 255;  // with the one for missing values they fit in a byte

/// Where to cut: at most `bins` - 1 rising borders, each halfway between two values that
/// occur. With no more than `bins` different values each gets a bin of its own. NaN is
/// left out.
std::vector<double> bin_borders(std::span<const double> column, int bins);

class Bins {
 public:
  /// Measures the columns of x and puts each of its values in a bin.
  Bins(const Features& x, int bins);

  int64_t row_count() const { return row_count_; }
  size_t feature_count() const { return counts_.size(); }
  /// How many bins a feature has, without the one for missing values, whose number this is.
  int count(size_t feature) const { return counts_[feature]; }
  /// The bin of each row.
  const uint8_t* codes(size_t feature) const {
    return codes_.data() + int64_t(feature) * row_count_;
  }
  /// The border behind bin b of a column of numbers; infinity behind the last bin.
  double border(size_t feature, int bin) const;

 private:
  int64_t row_count_;
  std::vector<int> counts_;                   // (F)
  std::vector<std::vector<double>> borders_;  // (F) lists; empty for a nominal feature
  std::vector<uint8_t> codes_;                // (F,N)
};

}  // namespace hg::trees
