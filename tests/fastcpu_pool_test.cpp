// Pooling of plugins/fastcpu beside the reference.
#define BOOST_TEST_MODULE fastcpu_pool
#include <boost/test/unit_test.hpp>

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

std::string image(int height, int width) {
  return "normal[2,3," + std::to_string(height) + "," + std::to_string(width) + "]";
}

constexpr const char* settings[] = {
    R"({"kernel_size":[2]})",
    R"({"kernel_size":[2],"ceil_mode":true})",
    R"({"kernel_size":[3],"stride":[2],"padding":[1]})",
    R"({"kernel_size":[3],"stride":[1],"padding":[1]})",
    R"({"kernel_size":[3],"stride":[2],"ceil_mode":true})",
    R"({"kernel_size":[3,2],"stride":[1,3]})",
    R"({"kernel_size":[2,5],"stride":[4,2],"padding":[1,2]})",
    R"({"kernel_size":[1]})",
    R"({"kernel_size":[5],"stride":[3],"padding":[2],"ceil_mode":true})",
};

}  // namespace

BOOST_AUTO_TEST_CASE(images_of_every_width) {
  for (const char* op : {"max_pool2d", "avg_pool2d"}) {
    for (int width : {5, 6, 7, 8, 9, 14, 15, 16, 17, 18, 28, 31, 32, 33, 34, 48, 63, 66}) {
      for (const char* s : settings) BOOST_TEST(disagreement(op, image(7, width), s) == "");
    }
    for (int height : {5, 6, 8, 9}) {
      const std::string x = image(height, 21);
      for (const char* s : settings) BOOST_TEST(disagreement(op, x, s) == "");
    }
    for (int side : {2, 3, 4}) {
      BOOST_TEST(disagreement(op, image(side, side), settings[0]) == "");
    }
    BOOST_TEST(disagreement(op, "normal[0,3,8,8]", settings[0]) == "");
    BOOST_TEST(disagreement(op, "normal[5,40,40]", settings[2]) == "");
    BOOST_TEST(disagreement(op, "normal[64,16,32,32]", settings[0]) == "");  // threads
  }
}

BOOST_AUTO_TEST_CASE(windows_with_gaps) {
  for (int width : {7, 9, 16, 17, 33, 40}) {
    for (const char* s : 
         {R"({"kernel_size":[2],"stride":[1],"dilation":[3,2]})",
          R"({"kernel_size":[3],"stride":[2],"dilation":[2],"padding":[1]})",
          R"({"kernel_size":[3],"dilation":[1,3],"padding":[1]})",
          R"({"kernel_size":[2],"stride":[2],"dilation":[2]})"}) {
      BOOST_TEST(disagreement("max_pool2d", image(7, width), s) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(sequences) {
  for (int n : {4, 5, 8, 15, 16, 31, 32, 33, 35, 64, 130}) {
    const std::string x = "normal[2,3," + std::to_string(n) + "]";
    for (const char* s : {R"({"kernel_size":[2]})", R"({"kernel_size":[3],"padding":[1]})",
                          R"({"kernel_size":[4],"stride":[2],"padding":[2]})"}) {
      BOOST_TEST(disagreement("max_pool1d", x, s) == "");
      BOOST_TEST(disagreement("avg_pool1d", x, s) == "");
    }
    BOOST_TEST(disagreement("adaptive_avg_pool1d", x) == "");
  }
}

// Which of several equals is the largest decides where the gradient goes.
BOOST_AUTO_TEST_CASE(ties_and_numbers_that_are_none) {
  manual_seed(3);
  const Tensor few = randint(0, 3, {2, 2, 9, 37}).to(f32);
  for (double odd : {0.0, -0.0, inf, -inf, nan_}) {
    const Tensor x = few.masked_fill(rand(few.shape()) < 0.25, odd);
    for (const char* s : settings) {
      BOOST_TEST(disagreement("max_pool2d", {x}, s) == "", odd << " " << s);
    }
  }
  for (double only : {-inf, nan_}) {
    for (const char* s : settings) {
      BOOST_TEST(disagreement("max_pool2d", {full({1, 1, 6, 19}, only)}, s) == "", only);
    }
  }
}

BOOST_AUTO_TEST_CASE(divisors) {
  for (const char* s :
       {R"({"kernel_size":[2],"divisor_override":3})",
        R"({"kernel_size":[3],"padding":[1],"count_include_pad":false})",
        R"({"kernel_size":[3],"stride":[2],"padding":[1],"ceil_mode":true})",
        R"({"kernel_size":[3],"padding":[1],"divisor_override":-5})",
        R"({"kernel_size":[2,3],"count_include_pad":false,"ceil_mode":true})"}) {
    for (int width : {6, 7, 17, 40}) {
      BOOST_TEST(disagreement("avg_pool2d", image(7, width), s) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(global_averages) {
  for (int side : {1, 2, 3, 4, 5, 7, 8, 12, 65, 91}) {
    BOOST_TEST(disagreement("adaptive_avg_pool2d", image(side, side)) == "");
  }
  BOOST_TEST(disagreement("adaptive_avg_pool2d", "normal[0,3,4,4]") == "");
  BOOST_TEST(disagreement("adaptive_avg_pool2d", "normal[4,6,6]", R"({"output_size":[3]})",
                          Served::by_reference) == "");
}
