// batch_norm and layer_norm of plugins/fastcpu beside the reference.
#define BOOST_TEST_MODULE fastcpu_norm
#include <boost/test/unit_test.hpp>

#include "support/check.hpp"
#include "support/every_isa.hpp"
#include "tensor/create.hpp"
#include "tensor/random.hpp"

using namespace hg;
using namespace hg::test;

namespace {

std::string text(std::initializer_list<int> shape) {
  std::string list = "[";
  for (int n : shape) list += (list.size() == 1 ? "" : ",") + std::to_string(n);
  return list + "]";
}

// Training and evaluation, with everything that is optional and with nothing.
void check_batch_norm(std::initializer_list<int> shape) {
  const std::string x = "normal" + text(shape), c = text({*(shape.begin() + 1)});
  const std::string some = x + " normal" + c + " positive" + c;
  const std::string all = some + " normal" + c + " normal" + c;
  BOOST_TEST(disagreement("batch_norm", all, R"({"training":true})") == "");
  BOOST_TEST(disagreement("batch_norm", all) == "");
  BOOST_TEST(disagreement("batch_norm", x + " none none none none",
                          R"({"training":true,"eps":0.1})") == "");
  BOOST_TEST(disagreement("batch_norm", some + " none normal" + c,
                          R"({"momentum":0.3})") == "");
}

}  // namespace

BOOST_AUTO_TEST_CASE(planes_of_every_size) {
  // 32 places and more are worked on as planes, fewer as columns.
  for (int side : {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 16, 17}) {
    check_batch_norm({3, 5, side, side});
  }
  check_batch_norm({2, 3, 31});
  check_batch_norm({2, 3, 32});
  check_batch_norm({2, 3, 33});
  check_batch_norm({5, 2, 4097});     // a block, and one more
  check_batch_norm({2, 1, 64, 129});  // two blocks
  check_batch_norm({67, 3, 8, 8});    // blocks of several planes
  check_batch_norm({40, 7, 6, 7});
}

BOOST_AUTO_TEST_CASE(columns) {
  for (int c : {1, 2, 15, 16, 17, 63, 64, 65, 255, 256, 257, 300}) check_batch_norm({9, c});
  for (int n : {2, 3, 127, 128, 129, 260}) check_batch_norm({n, 19});
  check_batch_norm({70, 130, 2, 2});
  check_batch_norm({3, 9, 5, 6});
}

BOOST_AUTO_TEST_CASE(more_channels_than_a_group_holds) {
  check_batch_norm({17, 9, 64, 64});
}

BOOST_AUTO_TEST_CASE(no_samples) {
  for (const char* shape : {"[0,3]", "[0,3,4,4]", "[0,3,8,8]", "[2,0,8,8]"}) {
    const std::string c = std::string(shape) == "[2,0,8,8]" ? "[0]" : "[3]";
    const std::string in = std::string("normal") + shape + " normal" + c + " positive" + c +
                           " normal" + c + " normal" + c;
    BOOST_TEST(disagreement("batch_norm", in) == "");
    BOOST_TEST(disagreement("batch_norm", in, R"({"training":true})") == "");
  }
}

// Sums of squares would leave nothing of a spread that is small beside the mean.
BOOST_AUTO_TEST_CASE(a_mean_that_is_large_beside_the_spread) {
  for (const Shape& shape : {Shape{8, 3, 16, 16}, Shape{50, 3}}) {
    manual_seed(1);
    Tensor x = randn(shape) + 1e4;
    const Tensor none;
    // Its rounding is that of x, 1e-3 of the spread; the reference's bound knows that.
    BOOST_TEST(disagreement("batch_norm", {x, none, none, none, none},
                            R"({"training":true})") == "");
    const std::string last = std::to_string(shape[shape.size() - 1]);
    BOOST_TEST(disagreement("layer_norm", {x, none, none},
                            R"({"normalized_shape":[)" + last + "]}") == "");
  }
  // The first plane is far from all others.
  Tensor x = randn({16, 2, 8, 8});
  x[0] = x[0] + 1e3;
  BOOST_TEST(disagreement("batch_norm", {x, Tensor(), Tensor(), Tensor(), Tensor()},
                          R"({"training":true})") == "");
}

BOOST_AUTO_TEST_CASE(constant_channels) {
  Tensor x = full({4, 3, 8, 8}, 0.1);
  const Tensor none;
  BOOST_TEST(disagreement("batch_norm", {x, none, none, none, none},
                          R"({"training":true})") == "");
  BOOST_TEST(disagreement("layer_norm", {x, none, none}, R"({"normalized_shape":[8,8]})") ==
             "");
}

BOOST_AUTO_TEST_CASE(layer_norm_of_every_length) {
  BOOST_TEST(disagreement("layer_norm", "normal[5,1] none none",
                          R"({"normalized_shape":[1]})", Served::by_reference) == "");
  for (int n : {2, 3, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 127, 129, 384, 1000, 1024,
                4096, 4097, 9000}) {
    const std::string s = text({n}), x = "normal" + text({5, n});
    const std::string shape = R"({"normalized_shape":)" + s + "}";
    BOOST_TEST(disagreement("layer_norm", x + " normal" + s + " normal" + s, shape) == "");
    BOOST_TEST(disagreement("layer_norm", x + " normal" + s + " none", shape) == "");
    BOOST_TEST(disagreement("layer_norm", x + " none normal" + s, shape) == "");
    BOOST_TEST(disagreement("layer_norm", x + " none none", shape) == "");
  }
}

BOOST_AUTO_TEST_CASE(layer_norm_of_many_rows) {
  for (int rows : {0, 1, 63, 64, 65, 127, 129, 1000}) {  // around the chunks of 64
    const std::string x = "normal" + text({rows, 37});
    BOOST_TEST(disagreement("layer_norm", x + " normal[37] normal[37]",
                            R"({"normalized_shape":[37]})") == "");
  }
  BOOST_TEST(disagreement("layer_norm", "normal[3,5,4,7] normal[4,7] normal[4,7]",
                          R"({"normalized_shape":[4,7]})") == "");
  BOOST_TEST(disagreement("layer_norm", "normal[3,0] normal[0] normal[0]",
                          R"({"normalized_shape":[0]})", Served::by_reference) == "");
}
