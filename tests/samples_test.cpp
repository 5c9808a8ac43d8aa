// Sample arguments of operators: the little language, and the numbers made from it.
#define BOOST_TEST_MODULE samples
#include "host/samples.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <set>

#include "host/attributes.hpp"
#include "support/check.hpp"

using namespace hg;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace tt = boost::test_tools;

namespace {

Tensor make(const std::string& text, uint64_t seed = 1) {
  return make_input(parse_sample(text).at(0), seed);
}
double least(const Tensor& t) {
  Numbers x = numbers(t);
  return *std::min_element(x.begin(), x.end());
}
double most(const Tensor& t) {
  Numbers x = numbers(t);
  return *std::max_element(x.begin(), x.end());
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_read_is_what_is_written) {
  const std::string text = "normal[3,4] index(4)[3] none uniform[2,0]:f64 bool[2] spd[3,3]";
  std::vector<SampleInput> list = parse_sample(text);
  BOOST_REQUIRE(list.size() == 6u);
  std::string again;
  for (const SampleInput& input : list)
    again += (again.empty() ? "" : " ") + input.to_string();
  BOOST_TEST(again == text);
  BOOST_TEST((list[0].shape == Shape{3, 4}));
  BOOST_TEST((list[1].dtype == i64));
  BOOST_TEST(list[1].limit == 4);
  BOOST_TEST((list[3].dtype == f64));
  BOOST_TEST((list[4].dtype == bool_));
  BOOST_TEST(parse_sample("").empty());
  BOOST_TEST(parse_sample("normal")[0].shape.empty());  // one number
  BOOST_TEST(parse_sample("normal[]")[0].shape.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
  BOOST_TEST(error_of([] { parse_sample("gauss[3]"); }) ==
             "sample: 'gauss[3]': there is no generator 'gauss' at position 5");
  BOOST_TEST(error_of([] { parse_sample("normal[3"); }) ==
             "sample: 'normal[3': expected ',' at position 8");
  BOOST_TEST(error_of([] { parse_sample("normal[-1]"); }) ==
             "sample: 'normal[-1]': expected a size at position 7");
  BOOST_TEST(error_of([] { parse_sample("index[3]"); }) ==
             "sample: 'index[3]': expected '(' at position 5");
  BOOST_TEST(!error_of([] { parse_sample("normal[3]:f99"); }).empty());
  BOOST_TEST(error_of([] { make("spd[2,3]"); }) ==
             "sample: spd needs square matrices; the shape is (2,3)");
  BOOST_TEST(error_of([] { make("index(0)[2]"); }) == "sample: index(0) has no values");
}

BOOST_AUTO_TEST_CASE(numbers_of_each_kind) {
  Numbers z = numbers(make("normal[1000]"));
  double sum = 0, squares = 0;
  for (double x : z) sum += x, squares += x * x;
  BOOST_TEST(std::abs(sum / 1000) < 0.15);
  BOOST_TEST(std::abs(squares / 1000 - 1) < 0.2);
  BOOST_TEST(least(make("uniform[1000]")) >= 0);
  BOOST_TEST(most(make("uniform[1000]")) < 1);
  BOOST_TEST(least(make("positive[1000]")) >= 0.5);
  BOOST_TEST(most(make("positive[1000]")) < 2);
  BOOST_TEST(least(make("index(4)[1000]")) == 0);
  BOOST_TEST(most(make("index(4)[1000]")) == 3);
  BOOST_TEST(least(make("bool[1000]")) == 0);
  BOOST_TEST(most(make("bool[1000]")) == 1);
  BOOST_TEST(!make("none").defined());
  BOOST_TEST((make("distinct[0,3]").shape() == Shape{0, 3}));

  for (int n : {1, 2, 7, 100}) {
    Numbers d = numbers(make("distinct[" + std::to_string(n) + "]"));
    std::sort(d.begin(), d.end());
    for (size_t i = 1; i < d.size(); ++i) BOOST_TEST(d[i] - d[i - 1] > 0.29);
    for (double x : d) BOOST_TEST(std::abs(x) > 0.05);
  }
  Numbers rows = numbers(make("simplex[3,4]:f64"));
  for (size_t r = 0; r < 3; ++r) {
    double row = rows[4 * r] + rows[4 * r + 1] + rows[4 * r + 2] + rows[4 * r + 3];
    BOOST_TEST(row == 1, tt::tolerance(1e-14));
  }
  Numbers s = numbers(make("spd[2,2]:f64"));
  BOOST_TEST(s[1] == s[2]);
  BOOST_TEST(s[0] * s[3] - s[1] * s[2] > 0);
}

BOOST_AUTO_TEST_CASE(seeds) {
  for (const char* text : {"normal[8]", "distinct[8]", "index(9)[8]", "simplex[8]"}) {
    BOOST_TEST(numbers(make(text, 5)) == numbers(make(text, 5)), tt::per_element());
    BOOST_TEST((numbers(make(text, 5)) != numbers(make(text, 6))));
  }
}

// Every sample in the core can be made, and its attributes fit.
BOOST_AUTO_TEST_CASE(samples_of_the_core) {
  int count = 0;
  for (const Operator* op : Registry::get().operators()) {
    for (uint32_t k = 0; k < op->def->n_sample; ++k) {
      const hg_sample& sample = *op->def->samples[k];
      BOOST_TEST_CONTEXT(op->name << ": " << sample.inputs) {
        BOOST_TEST(error_of([&] {
                     for (const SampleInput& i : parse_sample(sample.inputs))
                       make_input(i, 1);
                     if (sample.attrs) Attributes(*op, sample.attrs);
                   }) == "");
      }
      ++count;
    }
  }
  BOOST_TEST(count > 50);
}
