// The best question to ask about one feature, derived from gradients.
//
// A tree is grown to lower a loss. Row n has the score F[n] so far; the tree adds v to all
// rows of a leaf. Near F, the loss is a parabola in v (Taylor, to second order):
//
//     l(F[n] + v)  =  l(F[n]) + g[n] v + h[n] v^2 / 2       g = dl/dF,   h = d2l/dF2
//
// Sum that over the leaf's rows, with G = sum g and H = sum h, and add a price l2 v^2 / 2
// for large values:
//
//     leaf(v)  =  G v + (H + l2) v^2 / 2  + what does not depend on v
//
//     d leaf/dv  =  G + (H + l2) v  =  0      so     v = -G / (H + l2)
//     leaf(v)    =  -1/2 G^2 / (H + l2)              at that v
//
// So G^2 / (H + l2) says how much a set of rows can gain by a value of its own. Splitting a
// node into the rows that answer yes (Y) and no (N) lowers the loss by
//
//     gain  =  1/2 [ G_Y^2/(H_Y + l2)  +  G_N^2/(H_N + l2)  -  G^2/(H + l2) ]
//
// and the best question is that with the largest gain. For squared loss, l = (F-y)^2/2,
// g = F-y and h = 1: without l2 the value is the mean of the residuals y-F, and the gain is
// the fall of their squared distances from the mean: the regression tree of textbooks.
//
// Friedman, "Greedy function approximation: a gradient boosting machine", 2001 (trees
// fitted to gradients, one Newton step in each leaf); Chen and Guestrin, "XGBoost: A
// Scalable Tree Boosting System", 2016 (the gain with h and l2, and missing values that
// learn their side).
#pragma once

#include <cstdint>
#include <span>

#include "trees/tree.hpp"

namespace hg::trees {

/// dl/dF and d2l/dF2 of one row.
struct Gradient {
  float g = 0, h = 0;
};

/// The same, summed over a set of rows, and their number.
struct Sum {
  double g = 0, h = 0;
  int64_t rows = 0;

  Sum& operator+=(const Sum& b) { return g += b.g, h += b.h, rows += b.rows, *this; }
  Sum& operator-=(const Sum& b) { return g -= b.g, h -= b.h, rows -= b.rows, *this; }
  friend Sum operator+(Sum a, const Sum& b) { return a += b; }
  friend Sum operator-(Sum a, const Sum& b) { return a -= b; }
};

/// How far a tree may grow.
struct TreeOptions {
  int max_leaves = 31;
  int max_depth = 0;  // questions on the way to a leaf; 0: as many as there are
  int min_samples_leaf = 20;
  double min_hessian = 1e-3;  // H of a leaf; below it -G/H is a division of noise by noise
  double l2 = 0;              // what makes values small: it is added to H
  double min_gain = 0;        // a split gains more than this
  /// Nominal features: added to H when categories are ordered, so that those of a few rows
  /// come to stand in the middle.
  double category_smoothing = 10;
};

struct Split {
  double gain = 0;  // 0: there is none
  int feature = -1;
  int bin = -1;          // numbers: yes in bins 0 to this one
  CategorySet set = {};  // nominal: yes in these
  bool missing_yes = false;
  Sum yes, no;
};

/// v = -G / (H + l2), the best value for these rows.
double leaf_value(const Sum& rows, double l2);
/// The gain of parting them so; without regard to the limits of a tree.
double split_gain(const Sum& yes, const Sum& no, double l2);

/// The best threshold. cells[b] sums up the rows in bin b; the last cell is for missing
/// values. Each threshold is tried twice, the missing values on either side.
Split best_threshold(std::span<const Sum> cells, const Sum& total, const TreeOptions& o);

/// The best set of categories; cells[c] sums up category c, the last cell what is missing.
Split best_set(std::span<const Sum> cells, const Sum& total, const TreeOptions& o);

}  // namespace hg::trees
