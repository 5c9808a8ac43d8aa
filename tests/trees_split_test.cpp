// Bins, splits and single trees: worked by hand, and against every other possibility.
#define BOOST_TEST_MODULE trees_split
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "ops/functions.hpp"
#include "support/check.hpp"
#include "tensor/random.hpp"
#include "trees/grow.hpp"

using namespace hg;
using namespace hg::trees;
using hg::test::Numbers;
namespace tt = boost::test_tools;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double hole = std::numeric_limits<double>::quiet_NaN();

// No limits at all, so that only the formulas speak.
const TreeOptions free_options{
    .max_leaves = 1000, .min_samples_leaf = 1, .min_hessian = 0, .category_smoothing = 0};

Sum sum_of(const std::vector<Sum>& cells) {
  return std::accumulate(cells.begin(), cells.end(), Sum{});
}

// Cells with random slopes; every third or so has no rows.
std::vector<Sum> random_cells(size_t count, uint64_t seed) {
  std::vector<Sum> cells(count);
  for (size_t i = 0; i < count; ++i) {
    if (uniform_f64(seed, 3 * i) < 0.3) continue;
    cells[i].g = uniform_f64(seed, 3 * i + 1) * 10 - 5;
    cells[i].h = uniform_f64(seed, 3 * i + 2) * 3 + 0.1;
    cells[i].rows = 1 + int64_t(i);
  }
  return cells;
}

Features column(const std::vector<double>& values, bool nominal = false) {
  const Tensor x = tensor(values, f64).reshape({-1, 1});
  return Features(x, {"x"},
                  nominal ? std::vector<std::string>{"x"} : std::vector<std::string>{});
}

// A tree of residuals: g = -r, h = 1.
GrownTree grow(const Features& x, const std::vector<double>& residuals,
               const TreeOptions& o) {
  const Bins bins(x, most_bins);
  std::vector<Gradient> gradients;
  for (const double r : residuals) gradients.push_back({float(-r), 1});
  std::vector<uint32_t> rows(residuals.size());
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<int> columns(x.size());
  std::iota(columns.begin(), columns.end(), 0);
  return grow_tree({bins, x.features(), gradients, rows, columns}, o);
}

Numbers values(const Tree& tree, const Features& x) {
  Numbers result;
  for (size_t n = 0; n < size_t(x.row_count()); ++n)
    result.push_back(tree.leaf(x, n).value);
  return result;
}

}  // namespace

// ---- bins -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(few_values_get_a_bin_each_with_borders_halfway) {
  const Numbers x{3, 1, hole, 2, 1, 7};
  BOOST_TEST(bin_borders(x, 255) == (Numbers{1.5, 2.5, 5}), tt::per_element());
  const Bins bins(column(x), 255);
  BOOST_TEST(bins.count(0) == 4);
  const std::vector<int> codes(bins.codes(0), bins.codes(0) + 6);
  BOOST_TEST(codes == (std::vector<int>{2, 0, 4, 1, 0, 3}), tt::per_element());
  BOOST_TEST(bins.border(0, 2) == 5);
  BOOST_TEST(bins.border(0, 3) == inf);
}

BOOST_AUTO_TEST_CASE(many_values_fill_bins_evenly) {
  Numbers x(10000);
  for (size_t n = 0; n < x.size(); ++n) x[n] = normal_f64(1, n);
  const Bins bins(column(x), 50);
  std::vector<int> count(50);
  for (size_t n = 0; n < x.size(); ++n) ++count.at(bins.codes(0)[n]);
  BOOST_TEST(bins.count(0) == 50);
  for (const int c : count) BOOST_TEST(c == 200);
}

BOOST_AUTO_TEST_CASE(a_frequent_value_fills_its_bin_and_leaves_the_others_to_the_rest) {
  Numbers x(900, 0.0);  // nine of ten are 0, the rest all differ
  for (int n = 1; n <= 100; ++n) x.push_back(n);
  const Bins bins(column(x), 11);
  std::vector<int> count(11);
  for (size_t n = 0; n < x.size(); ++n) ++count.at(bins.codes(0)[n]);
  BOOST_TEST(count[0] == 900);
  for (size_t b = 1; b < 11; ++b) BOOST_TEST(count[b] == 10);
}

BOOST_AUTO_TEST_CASE(borders_separate_neighbours_that_nothing_lies_between) {
  const double next = std::nextafter(1.0, 2.0), huge = std::numeric_limits<double>::max();
  for (const auto& [low, high] :
       {std::pair{1.0, next}, {-inf, 0.0}, {0.0, inf}, {-inf, inf}, {-huge, huge}}) {
    const auto borders = bin_borders(Numbers{low, high}, 255);
    BOOST_REQUIRE(borders.size() == 1u);
    BOOST_TEST(low <= borders[0]);
    BOOST_TEST(borders[0] < high);
  }
  BOOST_TEST(bin_borders(Numbers{4, 4, 4}, 255).empty());
  BOOST_TEST(bin_borders(Numbers{hole, hole}, 255).empty());
}

BOOST_AUTO_TEST_CASE(of_many_categories_the_frequent_ones_stay) {
  Numbers x;
  for (int c = 0; c < 300; ++c) {
    for (int n = 0; n < (c < 40 ? 1 : 2); ++n) x.push_back(c);
  }
  const auto known = limit_categories(column(x, true), 255);
  BOOST_TEST(known[0].categories.size() == 255u);
  // 260 of them occur twice, five too many: the last ones go.
  BOOST_TEST(known[0].categories.front() == "40");
  BOOST_TEST(known[0].categories.back() == "294");
}

// ---- the formulas -----------------------------------------------------------------------

// Residuals 1-m, 1-m, 5-m, 6-m with the mean m = 3.25, so g = 2.25, 2.25, -1.75, -2.75.
//
//     x <= 2:  G = 4.5 and -4.5, H = 2 and 2     gain = (4.5^2/2 + 4.5^2/2 - 0)/2 = 10.125
//              values -4.5/2 = -2.25 and 2.25
//     l2 = 1:  gain = (4.5^2/3 + 4.5^2/3)/2 = 6.75,  values -1.5 and 1.5
BOOST_AUTO_TEST_CASE(a_split_worked_by_hand) {
  const std::vector<Sum> cells{
      {2.25, 1, 1}, {2.25, 1, 1}, {-1.75, 1, 1}, {-2.75, 1, 1}, {}};
  Split s = best_threshold(cells, sum_of(cells), free_options);
  BOOST_TEST(s.bin == 1);
  BOOST_TEST(s.gain == 10.125);
  BOOST_TEST(leaf_value(s.yes, 0) == -2.25);
  BOOST_TEST(leaf_value(s.no, 0) == 2.25);

  TreeOptions with_l2 = free_options;
  with_l2.l2 = 1;
  s = best_threshold(cells, sum_of(cells), with_l2);
  BOOST_TEST(s.gain == 6.75);
  BOOST_TEST(leaf_value(s.yes, 1) == -1.5);
  BOOST_TEST(leaf_value(s.no, 1) == 1.5);
}

// The parabola G v + (H + l2) v^2/2 has its bottom at the value, -G^2/(H + l2)/2 deep.
BOOST_AUTO_TEST_CASE(no_other_value_of_a_leaf_is_better) {
  const Sum leaf{3, 2, 5};
  const double l2 = 0.5, v = leaf_value(leaf, l2);
  const auto loss = [&](double at) { return leaf.g * at + (leaf.h + l2) * at * at / 2; };
  BOOST_TEST(v == -1.2);
  BOOST_TEST(loss(v) == -9 / 2.5 / 2, tt::tolerance(1e-12));
  for (const double step : {-0.1, 0.1}) BOOST_TEST(loss(v + step) > loss(v));
}

// x = 1 (g = 1), x = 2 (g = -1), missing (g = -2), each of one row; G = -2, H = 3:
//     x <= 1, missing no:   (1 + 9/2 - 4/3)/2 = 25/12
//     x <= 1, missing yes:  (1/2 + 1 - 4/3)/2 = 1/12
//     is there:             (0/2 + 4 - 4/3)/2 = 4/3
// With g = 2 for the missing one, the first two change places.
BOOST_AUTO_TEST_CASE(missing_values_go_where_they_gain_more) {
  std::vector<Sum> cells{{1, 1, 1}, {-1, 1, 1}, {-2, 1, 1}};
  Split s = best_threshold(cells, sum_of(cells), free_options);
  BOOST_TEST(s.bin == 0);
  BOOST_TEST(!s.missing_yes);
  BOOST_TEST(s.gain == 25 / 12.0, tt::tolerance(1e-12));
  cells[2].g = 2;
  s = best_threshold(cells, sum_of(cells), free_options);
  BOOST_TEST(s.bin == 0);
  BOOST_TEST(s.missing_yes);
  BOOST_TEST(s.gain == 25 / 12.0, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(being_missing_can_be_the_question) {
  const std::vector<Sum> cells{{2, 1, 1}, {2, 1, 1}, {-4, 2, 2}};
  const Split s = best_threshold(cells, sum_of(cells), free_options);
  BOOST_TEST(s.bin == 1);  // all that is there
  BOOST_TEST(!s.missing_yes);
  BOOST_TEST(s.yes.rows == 2);
  BOOST_TEST(s.no.g == -4);
}

BOOST_AUTO_TEST_CASE(where_none_is_missing_a_later_one_goes_with_most_rows) {
  const std::vector<Sum> cells{{5, 2, 2}, {-5, 3, 3}, {}};
  BOOST_TEST(!best_threshold(cells, sum_of(cells), free_options).missing_yes);
  const std::vector<Sum> turned{{-5, 3, 3}, {5, 2, 2}, {}};
  BOOST_TEST(best_threshold(turned, sum_of(turned), free_options).missing_yes);
}

BOOST_AUTO_TEST_CASE(the_best_threshold_of_all) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto cells = random_cells(9, seed);
    const Sum total = sum_of(cells);
    double best = 0;
    for (size_t bin = 0; bin < 8; ++bin) {
      for (const bool with_missing : {false, true}) {
        Sum yes = with_missing ? cells[8] : Sum{};
        for (size_t b = 0; b <= bin; ++b) yes += cells[b];
        const Sum no = total - yes;
        if (yes.rows > 0 && no.rows > 0) best = std::max(best, split_gain(yes, no, 0.3));
      }
    }
    TreeOptions o = free_options;
    o.l2 = 0.3;
    BOOST_TEST(best_threshold(cells, total, o).gain == best, tt::tolerance(1e-9));
  }
}

// Fisher: the best of all 2^8 ways to part eight categories is among eight.
BOOST_AUTO_TEST_CASE(the_best_set_of_all) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto cells = random_cells(8, seed);
    const Sum total = sum_of(cells);
    double best = 0;
    for (unsigned mask = 0; mask < 256; ++mask) {
      Sum yes;
      for (size_t c = 0; c < 8; ++c) {
        if (mask >> c & 1) yes += cells[c];
      }
      const Sum no = total - yes;
      if (yes.rows > 0 && no.rows > 0) best = std::max(best, split_gain(yes, no, 0));
    }
    BOOST_TEST(best_set(cells, total, free_options).gain == best, tt::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(categories_without_rows_go_with_the_missing) {
  // a: g = -2, b: none, c: g = 2, missing: g = -2. The set holds a, and with it b.
  std::vector<Sum> cells{{-2, 1, 1}, {}, {2, 1, 1}, {-2, 1, 1}};
  Split s = best_set(cells, sum_of(cells), free_options);
  BOOST_TEST(s.missing_yes);
  BOOST_TEST(s.set.to_ulong() == 0b011u);
  cells[3].g = 2;
  s = best_set(cells, sum_of(cells), free_options);
  BOOST_TEST(!s.missing_yes);
  BOOST_TEST(s.set.to_ulong() == 0b001u);
}

BOOST_AUTO_TEST_CASE(smoothing_moves_rare_categories_to_the_middle) {
  // By G/H the order is rare (-9), a (-1), b (1), and no cut has 51 rows on either side. By
  // G/(H+10) it is a (-0.91), rare (-0.82), b (0.83): cut behind a.
  const std::vector<Sum> cells{{-100, 100, 100}, {50, 50, 50}, {-9, 1, 1}, {}};
  TreeOptions o = free_options;
  o.min_samples_leaf = 51;
  BOOST_TEST(best_set(cells, sum_of(cells), o).gain == 0);
  o.category_smoothing = 10;
  const Split s = best_set(cells, sum_of(cells), o);
  BOOST_TEST(s.set.to_ulong() == 0b001u);
  BOOST_TEST(s.gain > 0);
}

BOOST_AUTO_TEST_CASE(limits_of_a_leaf) {
  const std::vector<Sum> cells{{3, 0.5, 1}, {0, 1, 4}, {-3, 1, 4}, {}};
  TreeOptions o = free_options;
  const auto bin = [&] { return best_threshold(cells, sum_of(cells), o).bin; };
  BOOST_TEST(bin() == 0);
  o.min_samples_leaf = 2;
  BOOST_TEST(bin() == 1);
  o.min_samples_leaf = 1;
  o.min_hessian = 0.6;
  BOOST_TEST(bin() == 1);
  o.min_hessian = 0;
  // (9/0.5 + 9/2 - 0)/2 = 11.25 is the best gain.
  o.min_gain = 11.24;
  BOOST_TEST(bin() == 0);
  o.min_gain = 11.25;
  BOOST_TEST(bin() == -1);
}

// ---- trees ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(leaves_hold_the_means_of_their_residuals) {
  const Features x = column({1, 2, 3, 4, 5, 6});
  TreeOptions o = free_options;
  o.max_leaves = 3;
  const auto grown = grow(x, {0, 0, 10, 10, 13, 13}, o);
  BOOST_TEST(values(grown.tree, x) == (Numbers{0, 0, 10, 10, 13, 13}), tt::per_element());
  BOOST_TEST(grown.tree.leaf_count() == 3);
  BOOST_TEST(grown.tree.depth() == 2);
  o.max_depth = 1;
  const auto stump = grow(x, {0, 0, 10, 10, 13, 13}, o);
  BOOST_TEST(values(stump.tree, x) == (Numbers{0, 0, 11.5, 11.5, 11.5, 11.5}),
             tt::per_element());
}

// After the first split, the upper half has the more to gain. Level by level, three leaves
// would part the lower one.
BOOST_AUTO_TEST_CASE(the_leaf_with_the_largest_gain_is_split_first) {
  const Features x = column({1, 2, 3, 4});
  TreeOptions o = free_options;
  o.max_leaves = 3;
  const auto grown = grow(x, {0, 1, 20, 26}, o);
  BOOST_TEST(values(grown.tree, x) == (Numbers{0.5, 0.5, 20, 26}), tt::per_element());
}

BOOST_AUTO_TEST_CASE(rows_lie_in_their_leaves) {
  const size_t count = 500;
  Numbers a(count), b(count), y(count);
  for (size_t n = 0; n < count; ++n) {
    a[n] = n % 7 == 0 ? hole : uniform_f64(1, n);
    b[n] = double(uniform_below(2, n, 5));
    y[n] = std::sin(5 * uniform_f64(1, n)) + (b[n] == 3) + 0.1 * normal_f64(3, n);
  }
  const Tensor table = stack({tensor(a, f64), tensor(b, f64)}, 1);
  const Features x(table, {"a", "b"}, {"b"});
  const auto grown = grow(x, y, {.max_leaves = 20, .min_samples_leaf = 10});
  BOOST_TEST(grown.tree.leaf_count() == 20);
  int64_t covered = 0;
  for (const auto& leaf : grown.leaves) {
    const TreeNode& node = grown.tree.nodes[size_t(leaf.node)];
    BOOST_TEST(node.rows >= 10);
    double mean = 0;
    for (size_t i = leaf.begin; i < leaf.end; ++i) {
      BOOST_TEST(&grown.tree.leaf(x, grown.rows[i]) == &node);
      mean += y[grown.rows[i]] / double(leaf.end - leaf.begin);
    }
    BOOST_TEST(node.value == mean, tt::tolerance(1e-6));
    covered += node.rows;
  }
  BOOST_TEST(covered == int64_t(count));
}

BOOST_AUTO_TEST_CASE(nothing_to_gain_is_one_leaf) {
  // Equal residuals: whatever seems to be gained is a rounding error.
  Numbers rising(50);
  std::iota(rising.begin(), rising.end(), 0.0);
  const Features x = column(rising);
  BOOST_TEST(grow(x, Numbers(50, 0.1), free_options).tree.leaf_count() == 1);
  const Features same = column({2, 2, 2, 2});
  BOOST_TEST(grow(same, {1, 2, 3, 4}, free_options).tree.leaf_count() == 1);
  const Features holes = column({hole, hole, hole, hole});
  const auto grown = grow(holes, {1, 2, 3, 6}, free_options);
  BOOST_TEST(values(grown.tree, holes) == (Numbers{3, 3, 3, 3}), tt::per_element());
}
