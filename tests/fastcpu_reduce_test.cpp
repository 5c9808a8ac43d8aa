// Reductions of plugins/fastcpu beside the reference.
#define BOOST_TEST_MODULE fastcpu_reduce
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "support/check.hpp"
#include "support/every_isa.hpp"
#include "tensor/create.hpp"
#include "tensor/random.hpp"

using namespace hg;
using namespace hg::test;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_ = std::numeric_limits<double>::quiet_NaN();

std::string numbers(const std::string& shape) { return "normal[" + shape + "]"; }
std::string along(const std::string& axes) { return R"({"dim":[)" + axes + "]}"; }

}  // namespace

BOOST_AUTO_TEST_CASE(everything) {
  for (const char* op : {"sum", "mean", "norm"}) {
    for (int n : {0, 1, 2, 7, 15, 16, 17, 31, 32, 33, 63, 65, 1000, 65535, 65536, 65537}) {
      BOOST_TEST(disagreement(op, numbers(std::to_string(n))) == "");
    }
    BOOST_TEST(disagreement(op, "normal[]") == "");
    BOOST_TEST(disagreement(op, numbers("300,700")) == "");
  }
}

BOOST_AUTO_TEST_CASE(rows_and_columns) {
  for (const char* op : {"sum", "mean"}) {
    for (int n : {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 1000}) {
      BOOST_TEST(disagreement(op, numbers("5," + std::to_string(n)), along("1")) == "");
      BOOST_TEST(disagreement(op, numbers("5," + std::to_string(n)), along("0")) == "");
      BOOST_TEST(disagreement(op, numbers("2,3," + std::to_string(n)), along("1")) == "");
    }
    BOOST_TEST(disagreement(op, numbers("9000,10"), along("0")) == "");  // several parts
    BOOST_TEST(disagreement(op, numbers("3,1000,70"), along("1")) == "");
  }
}

BOOST_AUTO_TEST_CASE(several_axes) {
  for (const char* op : {"sum", "mean"}) {
    for (const char* axes : {"0", "1", "2", "3", "0,1", "2,3", "0,2,3", "1,2", "0,1,2",
                             "1,2,3", "0,1,2,3", "0,3", "-1,0", "1,3"}) {
      BOOST_TEST(disagreement(op, numbers("3,4,5,19"), along(axes)) == "");
      BOOST_TEST(disagreement(op, numbers("3,1,5,2"), along(axes)) == "");
      BOOST_TEST(disagreement(op, numbers("2,0,5,3"), along(axes)) == "");
    }
    const auto left = Served::by_reference;
    BOOST_TEST(disagreement(op, numbers("2,3,4,5"), along("0,2"), left) == "");
    BOOST_TEST(disagreement(op, numbers("3,4"), R"({"dim":[0],"keepdim":true})") == "");
    BOOST_TEST(disagreement(op, numbers("3,4"), R"({"dtype":"f64"})", left) == "");
  }
}

// 1 + 2^-24 + 2^-24 + ... never grows in f32.
BOOST_AUTO_TEST_CASE(small_terms_are_not_lost) {
  Tensor x = full({4'000'001}, std::ldexp(1.0, -24));
  x[0] = 1.0;
  BOOST_TEST(x.sum().item() == 1 + 4e6 * std::ldexp(1.0, -24),
             boost::test_tools::tolerance(1e-7));
  BOOST_TEST(ones({20'000'000}).sum().item() == 2e7);
}

BOOST_AUTO_TEST_CASE(lengths) {
  for (const char* shape : {"5,1", "5,17", "5,64", "3,4,33"}) {
    BOOST_TEST(disagreement("norm", numbers(shape), along("-1")) == "");
  }
  BOOST_TEST(disagreement("norm", {zeros({40})}) == "");
  BOOST_TEST(disagreement("norm", {full({40}, 3e30)}) == "");
  const auto left = Served::by_reference;
  BOOST_TEST(disagreement("norm", numbers("5,6"), R"({"p":1})", left) == "");
  BOOST_TEST(disagreement("norm", numbers("5,6"), along("0"), Served::by_reference) == "");
}

BOOST_AUTO_TEST_CASE(the_largest_of_rows) {
  for (const char* op : {"argmax", "argmin", "max", "min"}) {
    for (int n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 1000}) {
      const std::string shape = "6," + std::to_string(n);
      BOOST_TEST(disagreement(op, numbers(shape), R"({"dim":-1})") == "");
      manual_seed(n);  // ties
      BOOST_TEST(disagreement(op, {randint(0, 3, {6, n}).to(f32)}, R"({"dim":1})") == "");
      for (double odd : {nan_, inf, -inf, -0.0}) {
        const Tensor few = randint(-1, 2, {6, n}).to(f32);
        const Tensor x = few.masked_fill(rand(few.shape()) < 0.2, odd);
        BOOST_TEST(disagreement(op, {x}, R"({"dim":1})") == "", op << " " << odd);
      }
    }
    BOOST_TEST(disagreement(op, numbers("700,80"), R"({"dim":1,"keepdim":true})") == "");
    BOOST_TEST(disagreement(op, numbers("0,8"), R"({"dim":1})") == "");
  }
}
