// Random numbers: the streams' laws, and that everything is reproducible.
#define BOOST_TEST_MODULE tensor_random
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "autograd/grad_mode.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

constexpr double nan_ = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

namespace {

// Pearson's statistic of counts that should all be equal. With k counts it has mean k-1 and
// variance 2(k-1); the tests allow five standard deviations. Seeds are fixed, so a test
// either always passes or always fails.
bool evenly_spread(const std::vector<double>& counts) {
  double total = 0, statistic = 0, k = double(counts.size());
  for (double c : counts) total += c;
  for (double c : counts) statistic += (c - total / k) * (c - total / k) / (total / k);
  return statistic < k - 1 + 5 * std::sqrt(2 * (k - 1));
}

}  // namespace

// The first block of Philox4x32-10 for counter 0 and key 0, from the authors' test vectors.
BOOST_AUTO_TEST_CASE(philox_gives_its_authors_numbers) {
  BOOST_TEST(hg_philox(0, 0) == 0x6627e8d5u);
  BOOST_TEST(hg_philox(0, 1) == 0xe169c58du);
  BOOST_TEST(hg_philox(0, 2) == 0xbc57ac4cu);
  BOOST_TEST(hg_philox(0, 3) == 0x9b00dbd8u);
}

BOOST_AUTO_TEST_CASE(elements_are_those_of_the_stream) {
  manual_seed(5);
  uint64_t first = Generator(5).next_seed();
  auto u = rand({100}).to_vector<float>();
  for (size_t i = 0; i < 100; ++i) BOOST_TEST(u[i] == uniform_f32(first, i));

  manual_seed(5);
  auto d = rand({100}, f64).to_vector<double>();
  for (size_t i = 0; i < 100; ++i) BOOST_TEST(d[i] == uniform_f64(first, i));

  manual_seed(5);
  auto z = randn({100}).to_vector<float>();
  for (size_t i = 0; i < 100; ++i) BOOST_TEST(z[i] == float(normal_f64(first, i)));

  manual_seed(5);
  auto n = randint(-3, 7, {100}).to_vector<int64_t>();
  for (size_t i = 0; i < 100; ++i)
    BOOST_TEST(n[i] == -3 + int64_t(uniform_below(first, i, 10)));
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_numbers_and_each_call_others) {
  manual_seed(1);
  Tensor a = rand({50}), b = rand({50});
  manual_seed(1);
  BOOST_TEST(rand({50}).equal(a));
  BOOST_TEST(rand({50}).equal(b));
  BOOST_TEST(!a.equal(b));
  manual_seed(2);
  BOOST_TEST(!rand({50}).equal(a));
}

BOOST_AUTO_TEST_CASE(threads_draw_their_own_numbers_reproducibly) {
  auto in_a_thread = [] {
    Tensor drawn;
    std::thread([&] { drawn = rand({20}); }).join();
    return drawn;
  };
  manual_seed(9);
  Tensor mine = rand({20}), first = in_a_thread(), second = in_a_thread();
  BOOST_TEST(!mine.equal(first));
  BOOST_TEST(!first.equal(second));
  manual_seed(9);
  BOOST_TEST(in_a_thread().equal(first));
  BOOST_TEST(rand({20}).equal(mine));
  BOOST_TEST(in_a_thread().equal(second));
}

BOOST_AUTO_TEST_CASE(uniform_numbers_fill_the_interval_evenly) {
  manual_seed(3);
  for (DType type : {f32, f64, f16, bf16}) {
    std::vector<double> bins(16);
    for (double x : numbers(rand({64000}, type))) {
      BOOST_REQUIRE(x >= 0);
      BOOST_REQUIRE(x < 1);
      ++bins[size_t(x * 16)];
    }
    BOOST_TEST(evenly_spread(bins), name(type));
  }
}

// Moments 0, 1, 0, 3; the share below each of nine points against the normal law's.
BOOST_AUTO_TEST_CASE(normal_numbers_follow_the_normal_law) {
  manual_seed(4);
  constexpr int n = 200000;
  auto x = numbers(randn({n}, f64));
  double moment[5] = {};
  for (double v : x) {
    for (int k = 1; k <= 4; ++k) moment[k] += std::pow(v, k) / n;
  }
  BOOST_TEST(std::abs(moment[1]) < 5 * std::sqrt(1.0 / n));
  BOOST_TEST(std::abs(moment[2] - 1) < 5 * std::sqrt(2.0 / n));
  BOOST_TEST(std::abs(moment[3]) < 5 * std::sqrt(15.0 / n));
  BOOST_TEST(std::abs(moment[4] - 3) < 5 * std::sqrt(96.0 / n));
  for (double point : {-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0}) {
    double expected = 0.5 * std::erfc(-point / std::sqrt(2.0));
    double below =
        double(std::count_if(x.begin(), x.end(), [&](double v) { return v < point; }));
    double spread = std::sqrt(expected * (1 - expected) / n);
    BOOST_TEST(std::abs(below / n - expected) < 5 * spread, "below " << point);
  }
  // Neighbours are independent: their products average to 0.
  double product = 0;
  for (size_t i = 1; i < x.size(); ++i) product += x[i] * x[i - 1] / n;
  BOOST_TEST(std::abs(product) < 5 * std::sqrt(1.0 / n));
}

BOOST_AUTO_TEST_CASE(normal_takes_mean_and_standard_deviation) {
  manual_seed(6);
  auto x = numbers(normal(10, 0.5, {40000}));
  double mean = 0, variance = 0;
  for (double v : x) mean += v / 40000;
  for (double v : x) variance += (v - mean) * (v - mean) / 40000;
  BOOST_TEST(std::abs(mean - 10) < 5 * 0.5 / 200);
  BOOST_TEST(std::abs(variance - 0.25) < 5 * 0.25 * std::sqrt(2.0 / 40000));
  BOOST_TEST(numbers(normal(3, 0, {2})) == (Numbers{3, 3}), per_element());
  BOOST_TEST(fails_with("-1", [] { normal(0, -1, {2}); }));
  BOOST_TEST(fails_with("nan", [] { normal(0, nan_, {2}); }));
}

// With n = 3 * 2^62, taking the upper half of x*n alone would give multiples of 3 half of
// the time: of four neighbouring x, two would lead to one.
BOOST_AUTO_TEST_CASE(whole_numbers_are_drawn_without_bias) {
  std::vector<double> remainders(3);
  uint64_t n = uint64_t(3) << 62;
  for (uint64_t i = 0; i < 30000; ++i) {
    uint64_t x = uniform_below(77, i, n);
    BOOST_REQUIRE(x < n);
    ++remainders[x % 3];
  }
  BOOST_TEST(evenly_spread(remainders));
  BOOST_TEST(uniform_below(1, 2, 1) == 0);
  BOOST_TEST(fails_with("[0,0)", [] { uniform_below(1, 2, 0); }));
}

BOOST_AUTO_TEST_CASE(randint_meets_every_number_of_its_range) {
  manual_seed(8);
  for (DType type : {i64, i32, i16, i8, f32, f16}) {
    std::vector<double> counts(7);
    for (double x : numbers(randint(-3, 4, {7000}, type))) ++counts.at(size_t(x + 3));
    BOOST_TEST(evenly_spread(counts), name(type));
  }
  auto wide = randint(INT64_MIN, INT64_MAX, {100}).to_vector<int64_t>();
  BOOST_TEST(std::count_if(wide.begin(), wide.end(), [](int64_t x) { return x < 0; }) > 20);
  BOOST_TEST(numbers(randint(5, 6, {3})) == Numbers(3, 5.0), per_element());
  BOOST_TEST(fails_with("no whole number in [2,2)", [] { randint(2, 2, {1}); }));
  BOOST_TEST(fails_with("the type u8", [] { randint(-1, 5, {1}, u8); }));
  BOOST_TEST(fails_with("the type i8", [] { randint(0, 129, {1}, i8); }));
  BOOST_TEST(fails_with("the type f16", [] { randint(0, 5000, {1}, f16); }));
}

BOOST_AUTO_TEST_CASE(randperm_is_a_permutation_and_every_order_is_equally_likely) {
  manual_seed(10);
  auto order = randperm(500).to_vector<int64_t>();
  BOOST_TEST(!std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  BOOST_TEST(order == arange(500).to_vector<int64_t>(), per_element());
  std::map<std::vector<int64_t>, double> seen;
  for (int i = 0; i < 12000; ++i) ++seen[randperm(4).to_vector<int64_t>()];
  std::vector<double> counts;
  for (auto& [permutation, count] : seen) counts.push_back(count);
  BOOST_TEST(counts.size() == 24u);
  BOOST_TEST(evenly_spread(counts));
  BOOST_TEST(randperm(0).numel() == 0);
  BOOST_TEST(fails_with("-1 numbers", [] { randperm(-1); }));
}

BOOST_AUTO_TEST_CASE(only_fractions_can_be_drawn_as_fractions) {
  BOOST_TEST(fails_with("the type is i64", [] { rand({1}, i64); }));
  BOOST_TEST(fails_with("the type is bool", [] { randn({1}, bool_); }));
  BOOST_TEST(rand({0}).numel() == 0);
  BOOST_TEST(randn({}).dim() == 0);
  BOOST_TEST((rand_like(zeros({2, 3}, f64)).dtype() == f64));
  BOOST_TEST((randn_like(zeros({2, 3}, i64), f32).shape() == Shape{2, 3}));
}

BOOST_AUTO_TEST_CASE(bernoulli_comes_up_as_often_as_asked) {
  manual_seed(11);
  auto x = numbers(bernoulli(full({20000}, 0.3)));
  double ones = 0;
  for (double v : x) {
    BOOST_REQUIRE((v == 0 || v == 1));
    ones += v;
  }
  BOOST_TEST(std::abs(ones / 20000 - 0.3) < 5 * std::sqrt(0.21 / 20000));
  BOOST_TEST(numbers(bernoulli(tensor({0.0, 1.0, 0.0, 1.0}))) == (Numbers{0, 1, 0, 1}),
             per_element());
  BOOST_TEST(fails_with("1.5 is not a probability", [] { bernoulli(tensor({1.5})); }));
  BOOST_TEST(fails_with("nan is not a probability", [] { bernoulli(tensor({nan_})); }));
  BOOST_TEST(fails_with("type is i64", [] { bernoulli(tensor({1})); }));
}

BOOST_AUTO_TEST_CASE(bernoulli_in_place) {
  manual_seed(12);
  Tensor x = empty({20000}, u8);
  BOOST_TEST(x.bernoulli_(0.3).is(x));
  double ones = 0;
  for (double v : numbers(x)) {
    BOOST_REQUIRE((v == 0 || v == 1));
    ones += v;
  }
  BOOST_TEST(std::abs(ones / 20000 - 0.3) < 5 * std::sqrt(0.21 / 20000));
  // Probabilities stretch to the tensor's shape, whatever its type and strides.
  Tensor y = full({3, 2}, 7, i64);
  y.t().bernoulli_(tensor({{1.0}, {0.0}}));
  BOOST_TEST(numbers(y) == (Numbers{1, 0, 1, 0, 1, 0}), per_element());
  BOOST_TEST(numbers(empty({4}, bool_).bernoulli_(1)) == (Numbers{1, 1, 1, 1}),
             per_element());
  uint32_t before = x.version();
  x.bernoulli_();
  BOOST_TEST(x.version() > before);
  BOOST_TEST(fails_with("bernoulli_: 1.5 is not a probability",
                        [&] { x.bernoulli_(1.5); }));
  BOOST_TEST(fails_with("bernoulli_: -1 is not a probability",
                        [&] { x.bernoulli_(tensor({-1.0})); }));
  BOOST_TEST(fails_with("requires a gradient",
                        [] { zeros({2}).requires_grad_().bernoulli_(); }));
}

BOOST_AUTO_TEST_CASE(multinomial_draws_in_proportion_to_the_weights) {
  manual_seed(12);
  std::vector<double> counts(4);
  Tensor weights = tensor({2.0, 0.0, 1.0, 5.0});
  for (double k : numbers(multinomial(weights, 16000, true))) ++counts[size_t(k)];
  BOOST_TEST(counts[1] == 0);
  BOOST_TEST(std::abs(counts[0] - 4000) < 5 * std::sqrt(3000.0));
  BOOST_TEST(std::abs(counts[2] - 2000) < 5 * std::sqrt(1750.0));
}

// Without replacement from weights 2, 1, 5: first 0 with 2/8, and then 2 with 5/6 of that.
BOOST_AUTO_TEST_CASE(multinomial_without_replacement_draws_from_what_is_left) {
  manual_seed(13);
  Tensor rows = zeros({8000, 3});
  copy_elements(rows.desc(), tensor({2.0, 1.0, 5.0}).desc());
  auto drawn = multinomial(rows, 3).to_vector<int64_t>();
  double zero_first = 0, two_next = 0;
  for (size_t r = 0; r < 8000; ++r) {
    int64_t a = drawn[3 * r], b = drawn[3 * r + 1], c = drawn[3 * r + 2];
    BOOST_REQUIRE(((1 << a) | (1 << b) | (1 << c)) == 7);
    zero_first += a == 0;
    two_next += a == 0 && b == 2;
  }
  BOOST_TEST(std::abs(zero_first - 2000) < 5 * std::sqrt(1500.0));
  BOOST_TEST(std::abs(two_next / zero_first - 5.0 / 6) <
             5 * std::sqrt(5.0 / 36 / zero_first));
}

BOOST_AUTO_TEST_CASE(multinomial_refuses_weights_that_are_none) {
  BOOST_TEST((multinomial(ones({2, 3}), 2).shape() == Shape{2, 2}));
  BOOST_TEST((multinomial(ones({0, 3}), 2).shape() == Shape{0, 2}));
  BOOST_TEST(fails_with("-1 is no weight", [] { multinomial(tensor({1.0, -1.0}), 1); }));
  BOOST_TEST(fails_with("nan is no weight", [] { multinomial(tensor({1.0, nan_}), 1); }));
  BOOST_TEST(fails_with("inf is no weight", [] { multinomial(tensor({inf}), 1); }));
  BOOST_TEST(fails_with("all are 0", [] { multinomial(zeros({3}), 1, true); }));
  BOOST_TEST(fails_with("0 draws", [] { multinomial(ones({3}), 0); }));
  BOOST_TEST(fails_with("of type i64", [] { multinomial(tensor({1, 2}), 1); }));
  BOOST_TEST(fails_with("0 weights", [] { multinomial(ones({0}), 1); }));
  BOOST_TEST(fails_with("2 are above 0, and 3", [] {
    multinomial(tensor({1.0, 0.0, 1.0}), 3);
  }));
  BOOST_TEST(fails_with("(1,1,2)", [] { multinomial(ones({1, 1, 2}), 1); }));
}

BOOST_AUTO_TEST_CASE(drawing_in_place_changes_the_memory_and_its_version) {
  manual_seed(14);
  Tensor t = zeros({4, 3});
  uint32_t before = t.version();
  BOOST_TEST(t.uniform_(2, 3).is(t));
  BOOST_TEST(t.version() == before + 1);
  for (double x : numbers(t)) BOOST_TEST((x >= 2 && x < 3));
  t.normal_(100, 1);
  for (double x : numbers(t)) BOOST_TEST(std::abs(x - 100) < 7);
  BOOST_TEST(fails_with("type is i32", [] { zeros({2}, i32).normal_(); }));
  BOOST_TEST(fails_with("finite interval", [&] { t.uniform_(1, 0); }));
  BOOST_TEST(fails_with("finite interval", [&] { t.uniform_(0, inf); }));
  BOOST_TEST(numbers(t.uniform_(5, 5)) == Numbers(12, 5.0), per_element());
}

BOOST_AUTO_TEST_CASE(drawing_into_a_view_leaves_the_rest_alone) {
  Tensor t = zeros({3, 4});
  Tensor column = t.select(1, 2);
  column.uniform_(1, 2);
  auto x = numbers(t);
  for (size_t i = 0; i < x.size(); ++i) BOOST_TEST((x[i] != 0) == (i % 4 == 2));
}

BOOST_AUTO_TEST_CASE(a_leaf_that_requires_a_gradient_is_not_overwritten_while_recording) {
  Tensor w = zeros({2}).requires_grad_();
  BOOST_TEST(fails_with("no_grad", [&] { w.normal_(); }));
  BOOST_TEST(numbers(w) == (Numbers{0, 0}), per_element());
  no_grad guard;
  w.uniform_(1, 2);
  BOOST_TEST(numbers(w)[0] >= 1);
}
