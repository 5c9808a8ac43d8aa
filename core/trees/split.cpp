#include "trees/split.hpp"

#include <algorithm>
#include <vector>

namespace hg::trees {
namespace {

double score(const Sum& s, double l2) { return s.h + l2 > 0 ? s.g * s.g / (s.h + l2) : 0; }

bool fits(const Sum& leaf, const TreeOptions& o) {
  return leaf.rows >= o.min_samples_leaf && leaf.rows > 0 && leaf.h >= o.min_hessian;
}

// Missing values go with `missing_yes`; where the node has none, a later one goes the way
// of most rows.
bool default_answer(const Sum& missing, bool missing_yes, const Split& split) {
  return missing.rows > 0 ? missing_yes : split.yes.rows >= split.no.rows;
}

}  // namespace

double leaf_value(const Sum& rows, double l2) {
  return rows.h + l2 > 0 ? -rows.g / (rows.h + l2) : 0;
}

double split_gain(const Sum& yes, const Sum& no, double l2) {
  const double apart = score(yes, l2) + score(no, l2), together = score(yes + no, l2);
  // Where the two differ in the last digits only, nothing is gained but rounding errors.
  return apart - together > 1e-12 * apart ? (apart - together) / 2 : 0;
}

// ---- numbers ----------------------------------------------------------------------------
//
// One walk along the bins: what lies behind us answers yes, and the rest is the total minus
// that. The last border (all numbers yes) parts only what is there from what is missing.

Split best_threshold(std::span<const Sum> cells, const Sum& total, const TreeOptions& o) {
  Split best;
  const int bins = int(cells.size()) - 1;
  const Sum missing = cells.back();
  for (const bool missing_yes : {false, true}) {
    if (missing_yes && missing.rows == 0) break;
    Sum yes = missing_yes ? missing : Sum{};
    for (int bin = 0; bin < bins; ++bin) {
      yes += cells[size_t(bin)];
      if (cells[size_t(bin)].rows == 0) continue;  // the same rows as one border earlier
      const Sum no = total - yes;
      if (no.rows < o.min_samples_leaf || no.rows == 0) break;
      if (!fits(yes, o) || !fits(no, o)) continue;
      const double gain = split_gain(yes, no, o.l2);
      if (gain <= best.gain || gain <= o.min_gain) continue;
      best = {.gain = gain, .bin = bin, .missing_yes = missing_yes, .yes = yes, .no = no};
    }
  }
  best.missing_yes = default_answer(missing, best.missing_yes, best);
  return best;
}

// ---- categories -------------------------------------------------------------------------
//
// K categories can be parted in 2^(K-1) - 1 ways. Only K - 1 of them need a look: for a sum
// of parabolas, the best two groups are neighbours in the order of G/H, the place where the
// category's own parabola has its bottom. (Fisher, "On grouping for maximum homogeneity",
// 1958.) Why: given the values v_Y and v_N of the two leaves, each category joins the one
// nearer to its own bottom, and that is decided by one threshold between v_Y and v_N.
//
// A category with a few rows has an extreme bottom by chance and would be picked first.
// Smoothing, G/(H + s), moves it to the middle. Missing values are one more category. Those
// that have no row here answer as missing values do.

Split best_set(std::span<const Sum> cells, const Sum& total, const TreeOptions& o) {
  Split best;
  std::vector<size_t> order;
  for (size_t c = 0; c < cells.size(); ++c) {
    if (cells[c].rows > 0) order.push_back(c);
  }
  const auto bottom = [&](size_t c) {
    return cells[c].g / (cells[c].h + o.category_smoothing + 1e-12);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return bottom(a) < bottom(b); });

  const size_t missing = cells.size() - 1;
  CategorySet set;
  Sum yes;
  bool missing_yes = false;
  for (size_t i = 0; i + 1 < order.size(); ++i) {
    const size_t c = order[i];
    if (c == missing)
      missing_yes = true;
    else
      set.set(c);
    yes += cells[c];
    const Sum no = total - yes;
    if (!fits(yes, o) || !fits(no, o)) continue;
    const double gain = split_gain(yes, no, o.l2);
    if (gain <= best.gain || gain <= o.min_gain) continue;
    best = {.gain = gain, .set = set, .missing_yes = missing_yes, .yes = yes, .no = no};
  }
  best.missing_yes = default_answer(cells[missing], best.missing_yes, best);
  for (size_t c = 0; c < missing; ++c) {
    if (cells[c].rows == 0 && best.missing_yes) best.set.set(c);
  }
  return best;
}

}  // namespace hg::trees
