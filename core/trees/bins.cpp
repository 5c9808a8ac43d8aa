#include "trees/bins.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/parallel.hpp"

namespace hg::trees {
namespace {

// Halfway between two neighbours, so that a < border and border < b hold for a new value
// near either. Rounding may spoil that, and so may infinity; then a itself is the border.
double between(double a, double b) {
  const double middle = a + (b - a) / 2;
  return a < middle && middle < b ? middle : a;
}

}  // namespace

std::vector<double> bin_borders(std::span<const double> column, int bins) {
  std::vector<double> sorted;
  for (const double x : column) {
    if (!std::isnan(x)) sorted.push_back(x);
  }
  std::sort(sorted.begin(), sorted.end());
  size_t different = sorted.empty() ? 0 : 1;
  for (size_t n = 1; n < sorted.size(); ++n) different += sorted[n - 1] < sorted[n];
  const bool all = different <= size_t(bins);

  // Equal values cannot be parted, and one of them may fill a bin many times over. So the
  // size of a bin is settled anew after each: the rows that are left over the bins left.
  std::vector<double> borders;
  size_t begin = 0;  // of the bin
  for (size_t n = 1; n < sorted.size() && int(borders.size()) + 1 < bins; ++n) {
    if (sorted[n - 1] == sorted[n]) continue;
    const size_t bins_left = size_t(bins) - borders.size();
    if (!all && (n - begin) * bins_left < sorted.size() - begin) continue;
    borders.push_back(between(sorted[n - 1], sorted[n]));
    begin = n;
  }
  return borders;
}

Bins::Bins(const Features& x, int bins)
    : row_count_(x.row_count()),
      counts_(x.size()),
      borders_(x.size()),
      codes_(x.size() * size_t(x.row_count())) {
  in_parallel(int64_t(x.size()), 1, [&](int64_t begin, int64_t end) {
    for (size_t f = size_t(begin); f < size_t(end); ++f) {
      const Feature& feature = x.features()[f];
      const auto column = x.column(f);
      std::vector<double>& borders = borders_[f];
      if (!feature.nominal) borders = bin_borders(column, bins);
      counts_[f] = int(feature.nominal ? feature.categories.size() : borders.size() + 1);
      uint8_t* const codes = codes_.data() + int64_t(f) * row_count_;
      for (size_t n = 0; n < column.size(); ++n) {
        const auto at = std::lower_bound(borders.begin(), borders.end(), column[n]);
        const double bin = feature.nominal ? column[n] : double(at - borders.begin());
        codes[n] = uint8_t(std::isnan(column[n]) ? counts_[f] : bin);
      }
    }
  });
}

double Bins::border(size_t feature, int bin) const {
  const std::vector<double>& borders = borders_[feature];
  return size_t(bin) < borders.size() ? borders[size_t(bin)]
                                      : std::numeric_limits<double>::infinity();
}

}  // namespace hg::trees
