// The losses that boosting can lower, each with its slopes.
//
// F is the score that the trees add up to, y the target, w the weight of a row.
//
//     loss       l(F)                        g = dl/dF     h = d2l/dF2    predicts
//     squared    (F-y)^2 / 2                 F - y         1              F
//     absolute   |F-y|                       sign(F-y)     1 (see below)  F
//     logistic   log(1 + e^F) - y F          p - y         p (1-p)        p = 1/(1+e^-F)
//     softmax    log(sum_j e^F_j) - F_y      p_k - [y=k]   p_k (1-p_k)    p = softmax(F)
//
// Squared loss predicts the mean, absolute loss the median: it forgives outliers. Its
// second slope is 0 everywhere, so there is no Newton step; the tree is grown with 1
// instead, and each leaf then gets the median of its rows' residuals (Friedman 2001).
//
// logistic has y = 0 or 1 and one score, the log odds of class 1. Its slopes: with
// s = log(1 + e^F), ds/dF = e^F/(1+e^F) = p, and dp/dF = p(1-p). softmax has one score, and
// in each round one tree, for every class; h is the diagonal of its second derivatives.
#pragma once

#include <span>
#include <vector>

#include "trees/split.hpp"
#include "trees/targets.hpp"

namespace hg::trees {

/// How many scores a row has, K: one for each class with softmax, else 1.
int score_count(Loss loss, const Targets& targets);

/// The best scores (K) that are the same for all rows: mean, median, log odds, and the
/// logarithms of the classes' shares. Boosting starts there.
std::vector<double> start_scores(Loss loss, const Targets& targets);

/// The weighted mean of l over all rows, given scores (K,N); and, unless `gradients` is
/// empty, w g and w h of each, (K,N).
double measure(Loss loss, const Targets& targets, std::span<const double> scores,
               std::span<Gradient> gradients = {});

/// The scores (K) of one row become what is predicted: probabilities for a classifier.
/// With logistic, one of class 1.
void to_prediction(Loss loss, std::span<double> scores);

/// The value at which the weights below reach half of the total. `rows` says which values
/// to take, none of weight 0 if others are there.
double weighted_median(std::span<const double> values, std::span<const double> weights,
                       std::span<const uint32_t> rows);

}  // namespace hg::trees
