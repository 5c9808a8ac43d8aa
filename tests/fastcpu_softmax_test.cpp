// softmax, log_softmax, cross_entropy and mse_loss of plugins/fastcpu beside the reference.
#define BOOST_TEST_MODULE fastcpu_softmax
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "nn/functional.hpp"
#include "support/check.hpp"
#include "support/every_isa.hpp"
#include "tensor/create.hpp"

using namespace hg;
using namespace hg::test;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan_ = std::numeric_limits<float>::quiet_NaN();

// Around 1, 2 and 4 vectors of 4, 8 and 16 numbers, and two blocks of a sum.
constexpr int sizes[] = {1,  2,  3,  4,  5,  7,  8,  9,  15, 16,  17,  31,  32,
                         33, 63, 64, 65, 97, 127, 128, 129, 1000, 1024, 4097};

std::string list(std::initializer_list<int> shape) {
  std::string text = "normal[";
  for (int n : shape) text += (text.back() == '[' ? "" : ",") + std::to_string(n);
  return text + "]";
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_of_every_length) {
  for (const char* op : {"softmax", "log_softmax"}) {
    for (int n : sizes) BOOST_TEST(disagreement(op, list({3, n})) == "");
    BOOST_TEST(disagreement(op, list({67, 1031})) == "");  // shared by threads
    BOOST_TEST(disagreement(op, list({0, 5})) == "");
    BOOST_TEST(disagreement(op, list({5, 0})) == "");
    BOOST_TEST(disagreement(op, "normal[]") == "");
  }
}

BOOST_AUTO_TEST_CASE(other_axes) {
  for (const char* op : {"softmax", "log_softmax"}) {
    for (int inner : {1, 2, 3, 15, 16, 17, 255, 256, 257, 300}) {
      BOOST_TEST(disagreement(op, list({2, 5, inner}), R"({"dim":1})") == "");
    }
    BOOST_TEST(disagreement(op, list({300, 70}), R"({"dim":0})") == "");
    BOOST_TEST(disagreement(op, list({2, 3, 4, 5}), R"({"dim":-3})") == "");
  }
}

BOOST_AUTO_TEST_CASE(numbers_at_the_edge) {
  const std::vector<std::vector<float>> rows = {
      {0, 0, 0, 0},       {1e4f, -1e4f, 1e4f, 3},  {inf, 1, 2, 3}, {-inf, 1, 2, 3},
      {nan_, 1, 2, 3},    {1, 2, nan_, 3},         {88, 89, 90, 3e38f},
      {-inf, -inf, -inf, -inf}, {100, 0, -20, -104}};
  for (const auto& row : rows) {
    std::vector<float> longer(37, row[1]);
    std::copy(row.begin(), row.end(), longer.begin() + 20);
    for (const std::vector<float>& x : {row, longer}) {
      for (const char* op : {"softmax", "log_softmax"}) {
        BOOST_TEST(disagreement(op, {tensor(x, f32)}) == "",
                   op << " of " << tensor(x, f32));
      }
      const Tensor scores = tensor(x, f32).view({1, int64_t(x.size())});
      for (int64_t t : {0, 2}) {
        const Tensor target = full({1}, t, i64);
        BOOST_TEST(disagreement("cross_entropy", {scores, target, Tensor()}) == "",
                   "cross_entropy of " << scores << ", " << t);
      }
    }
  }
}

// Where the guess is nearly sure, the loss is what log1p leaves of a tiny sum.
BOOST_AUTO_TEST_CASE(a_nearly_sure_guess_costs_something) {
  Tensor x = full({1, 10}, -20.0);
  x[0][3] = 0.0;
  const double loss = nn::functional::cross_entropy(x, full({1}, 3, i64)).item();
  BOOST_TEST(loss == 9 * std::exp(-20.0), boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(cross_entropy_of_classes) {
  for (int classes : {1, 2, 3, 10, 15, 16, 17, 28, 64, 65, 1000, 5003}) {
    for (const char* how : {"mean", "sum", "none"}) {
      const std::string c = std::to_string(classes);
      BOOST_TEST(disagreement("cross_entropy",
                              "normal[7," + c + "] index(" + c + ")[7] none",
                              std::string(R"({"ignore_index":1,"reduction":")") + how +
                                  "\"}") == "");
    }
  }
  BOOST_TEST(disagreement("cross_entropy", "normal[3000,10] index(10)[3000] none") == "");
  BOOST_TEST(disagreement("cross_entropy", "normal[0,10] index(10)[0] none") == "");
}

BOOST_AUTO_TEST_CASE(what_it_leaves_to_the_reference) {
  const auto left = Served::by_reference;
  BOOST_TEST(disagreement("cross_entropy", "normal[4,3] index(3)[4] positive[3]", "{}",
                          left) == "");
  BOOST_TEST(disagreement("cross_entropy", "normal[4,3] index(3)[4] none",
                          R"({"label_smoothing":0.1})", left) == "");
  BOOST_TEST(disagreement("cross_entropy", "normal[4,3,2] index(3)[4,2] none", "{}",
                          left) == "");
  BOOST_TEST(disagreement("cross_entropy", "normal[4,3] uniform[4,3] none", "{}",
                          left) == "");
}

BOOST_AUTO_TEST_CASE(a_class_that_is_not_there) {
  for (int64_t t : {-1, 3, 1000}) {
    BOOST_TEST(fails_with("there are 3 classes", [&] {
      nn::functional::cross_entropy(zeros({2, 3}), tensor(std::vector<int64_t>{0, t}, i64));
    }));
  }
}

BOOST_AUTO_TEST_CASE(squared_errors) {
  for (int n : {0, 1, 3, 16, 17, 63, 64, 65, 4095, 4096, 4097, 70001}) {
    for (const char* how : {"mean", "sum", "none"}) {
      const std::string shape = "[" + std::to_string(n) + "]";
      BOOST_TEST(disagreement("mse_loss", "normal" + shape + " normal" + shape,
                              std::string(R"({"reduction":")") + how + "\"}") == "");
    }
  }
}
