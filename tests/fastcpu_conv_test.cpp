// fastcpu's convolutions beside the reference: around every edge of their blocks, forward
// and all gradients.
#define BOOST_TEST_MODULE fastcpu_conv
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "autograd/backward.hpp"
#include "nn/functional_vision.hpp"
#include "ops/functions.hpp"
#include "support/every_isa.hpp"
#include "support/fastcpu.hpp"
#include "tensor/create.hpp"
#include "tensor/random.hpp"

using namespace hg;
using test::disagreement;
using test::Served;

namespace {

struct Grid {
  int64_t taps_h, taps_w, stride_h = 1, stride_w = 1, padding_h = 0, padding_w = 0,
                          dilation_h = 1, dilation_w = 1, groups = 1;
};

// What fastcpu gets wrong about x (N,C,H,W), with K channels of results.
std::string conv2d(int64_t N, int64_t C, int64_t H, int64_t W, int64_t K, const Grid& g,
                   Served served = Served::by_fastcpu) {
  std::ostringstream in, at;
  in << "normal[" << N << "," << C << "," << H << "," << W << "] normal[" << K << ","
     << C / g.groups << "," << g.taps_h << "," << g.taps_w << "] "
     << ((N + C + H + K) % 3 == 0 ? "none" : "normal[" + std::to_string(K) + "]");
  at << R"({"stride":[)" << g.stride_h << "," << g.stride_w << R"(],"padding":[)"
     << g.padding_h << "," << g.padding_w << R"(],"dilation":[)" << g.dilation_h << ","
     << g.dilation_w << R"(],"groups":)" << g.groups << "}";
  const std::string problem = disagreement("core.conv2d", in.str(), at.str(), served);
  return problem.empty() ? problem : in.str() + " " + at.str() + ": " + problem;
}

}  // namespace

// ---- products with shifted rows --------------------------------------------------------

BOOST_AUTO_TEST_CASE(heights_of_panels) {  // 14 rows at most, 6 or 4 with narrower vectors
  for (int64_t K : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 28, 29, 43}) {
    BOOST_TEST(conv2d(2, 3, 6, 7, K, {2, 3}) == "");
  }
}

BOOST_AUTO_TEST_CASE(widths_of_tiles) {  // 16, 8 or 4 lanes, one to six vectors
  for (int64_t W :
       {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 49, 63, 64, 65, 97}) {
    BOOST_TEST(conv2d(1, 2, 1, W, 3, {1, 1}) == "");
    BOOST_TEST(conv2d(1, 2, 2, W, 5, {1, 1}) == "");
    BOOST_TEST(conv2d(2, 1, 3, W, 2, {3, 3, 1, 1, 1, 1}) == "");
  }
}

BOOST_AUTO_TEST_CASE(settings_of_both_axes) {
  for (int64_t stride : {1, 2, 3, 8}) {
    for (int64_t padding : {0, 1, 2, 3}) {
      for (int64_t dilation : {1, 2, 3}) {
        BOOST_TEST(conv2d(2, 3, 11, 13, 4, {3, 2, stride, 1, padding, 1, dilation, 1}) ==
                   "");
        BOOST_TEST(conv2d(3, 2, 12, 9, 5, {2, 3, 1, stride, 2, padding, 2, dilation}) ==
                   "");
        BOOST_TEST(conv2d(2, 2, 10, 11, 3,
                          {3, 3, stride, stride, padding, padding, dilation, dilation}) ==
                   "");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(windows_that_miss_places_and_places_without_windows) {
  BOOST_TEST(conv2d(2, 3, 7, 8, 4, {1, 1, 2, 2}) == "");        // taps only in one phase
  BOOST_TEST(conv2d(2, 3, 9, 9, 4, {2, 2, 5, 4}) == "");        // gaps between windows
  BOOST_TEST(conv2d(2, 3, 5, 5, 4, {1, 1, 1, 1, 3, 2}) == "");  // windows of zeros only
  BOOST_TEST(conv2d(1, 1, 2, 2, 1, {4, 4, 2, 3, 3, 3}) == "");  // kernel beyond the image
  BOOST_TEST(conv2d(2, 2, 1, 1, 3, {3, 3, 1, 1, 1, 1}) == "");
  BOOST_TEST(conv2d(2, 2, 4, 4, 3, {2, 2, 2, 2, 0, 0, 2, 2}) == "");  // phase 1 unused
}

BOOST_AUTO_TEST_CASE(images_that_share_a_buffer) {  // as many as fit, an eighth at most
  for (int64_t N : {1, 7, 8, 16, 17, 33}) {
    BOOST_TEST(conv2d(N, 2, 3, 3, 4, {2, 2}) == "");
    BOOST_TEST(conv2d(N, 3, 4, 4, 6, {3, 3, 2, 2, 1, 1}) == "");
    BOOST_TEST(conv2d(N, 5, 2, 2, 7, {1, 1}) == "");
  }
}

BOOST_AUTO_TEST_CASE(groups_of_channels) {
  for (int64_t groups : {2, 3, 4}) {
    BOOST_TEST(conv2d(2, 12, 6, 5, 12, {3, 3, 1, 1, 1, 1, 1, 1, groups}) == "");
    BOOST_TEST(conv2d(3, 12, 6, 5, 24, {3, 2, 2, 1, 1, 0, 1, 1, groups}) == "");
  }
  // Depthwise: each channel for itself, or twice.
  BOOST_TEST(conv2d(2, 17, 9, 9, 17, {3, 3, 1, 1, 1, 1, 1, 1, 17}) == "");
  BOOST_TEST(conv2d(2, 17, 9, 9, 34, {3, 3, 2, 2, 1, 1, 1, 1, 17}) == "");
}

BOOST_AUTO_TEST_CASE(layers_of_known_networks) {
  BOOST_TEST(conv2d(16, 1, 28, 28, 6, {5, 5, 1, 1, 2, 2}) == "");  // LeNet
  BOOST_TEST(conv2d(16, 6, 14, 14, 16, {5, 5}) == "");
  BOOST_TEST(conv2d(8, 6, 12, 12, 16, {5, 5}) == "");
  BOOST_TEST(conv2d(2, 1, 48, 48, 64, {7, 7, 2, 2, 3, 3}) == "");  // ResNet
  BOOST_TEST(conv2d(2, 64, 8, 8, 96, {3, 3, 2, 2, 1, 1}) == "");
  BOOST_TEST(conv2d(2, 64, 8, 8, 96, {1, 1, 2, 2}) == "");
}

BOOST_AUTO_TEST_CASE(sequences) {
  for (int64_t L : {1, 2, 15, 16, 17, 100}) {
    std::ostringstream in;
    in << "normal[3,4," << L << "] normal[6,2,3] normal[6]";
    BOOST_TEST(disagreement("core.conv1d", in.str(),
                            R"({"stride":[2],"padding":[2],"dilation":[2],"groups":2})") ==
               "");
  }
  BOOST_TEST(disagreement("core.conv1d", "normal[5,40] normal[8,5,7] none") == "");
  BOOST_TEST(disagreement("core.conv2d", "normal[5,9,8] normal[8,5,2,3] normal[8]") == "");
}

BOOST_AUTO_TEST_CASE(what_is_left_to_the_reference) {
  BOOST_TEST(conv2d(0, 2, 4, 4, 3, {3, 3}, Served::by_reference) == "");
  BOOST_TEST(conv2d(2, 2, 20, 20, 3, {3, 3, 9, 9}, Served::by_reference) == "");
}

// ---- dw with channels side by side -----------------------------------------------------

BOOST_AUTO_TEST_CASE(many_channels_at_other_strides_and_sizes) {
  for (int64_t C : {16, 17, 31, 40}) {
    BOOST_TEST(conv2d(3, C, 7, 6, 16, {1, 1}) == "");
    BOOST_TEST(conv2d(2, C, 9, 8, C + 3, {3, 3, 2, 2, 1, 1}) == "");
    BOOST_TEST(conv2d(2, 16, 6, 9, C, {2, 5, 1, 3, 2, 4, 2, 1}) == "");
  }
  BOOST_TEST(conv2d(2, 16, 1, 1, 16, {1, 1, 8, 8, 3, 3}) == "");  // places left of column 0
  BOOST_TEST(conv2d(2, 16, 2, 3, 16, {1, 2, 3, 2, 4, 3}) == "");
  BOOST_TEST(conv2d(1, 16, 50, 48, 16, {5, 5, 1, 1, 2, 2}) ==
             "");  // 2048 windows at a time
  BOOST_TEST(conv2d(5, 16, 30, 31, 16, {2, 2}) == "");
}

// ---- products of matrices --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(taps_of_one_place) {  // grids of whole tiles, or of many
  for (int64_t C : {1, 3, 15, 16, 33}) {
    BOOST_TEST(conv2d(3, C, 8, 8, 17, {1, 1}) == "");
    BOOST_TEST(conv2d(2, 17, 4, 16, C, {1, 1}) == "");
  }
  BOOST_TEST(conv2d(2, 20, 16, 17, 9, {1, 1}) == "");
  BOOST_TEST(conv2d(2, 12, 8, 8, 6, {1, 1, 1, 1, 0, 0, 1, 1, 3}) == "");
  BOOST_TEST(conv2d(9, 4, 8, 12, 8, {1, 1, 1, 1, 0, 0, 5, 7, 2}) == "");
  BOOST_TEST(conv2d(1, 300, 32, 32, 130, {1, 1}) == "");  // one image for all threads
  for (int64_t W : {6, 12, 16}) BOOST_TEST(conv2d(2, 130, 4, W, 300, {1, 1}) == "");
  BOOST_TEST(disagreement("core.conv2d", "normal[2,9,8,8] normal[5,9,1,1] none") == "");
  BOOST_TEST(disagreement("core.conv1d", "normal[2,9,96] normal[5,9,1] normal[5]") == "");
}

// ---- channels side by side -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(windows_apart) {
  for (int64_t stride : {2, 3}) {
    for (int64_t padding : {0, 1, 4}) {
      BOOST_TEST(conv2d(3, 16, 9, 11, 17, {3, 3, stride, stride, padding, padding}) == "");
      BOOST_TEST(conv2d(2, 33, 8, 10, 16, {4, 3, 1, stride, padding, 1, 2, 1}) == "");
      BOOST_TEST(conv2d(2, 16, 12, 7, 49, {2, 5, stride, 1, 1, padding, 2, 1}) == "");
      BOOST_TEST(conv2d(2, 18, 12, 9, 16, {3, 2, stride, 2, padding, 2, 1, 3}) == "");
    }
  }
  BOOST_TEST(disagreement("core.conv1d", "normal[3,20,41] normal[24,20,4] normal[24]",
                          R"({"stride":[3],"padding":[2]})") == "");
  BOOST_TEST(disagreement("core.conv2d", "normal[2,16,9,9] normal[16,16,3,3] none",
                          R"({"stride":[2,2]})") == "");
}

BOOST_AUTO_TEST_CASE(grids_of_few_windows) {
  for (int64_t N : {1, 2, 13, 25, 100}) {
    BOOST_TEST(conv2d(N, 16, 2, 2, 16, {3, 3, 1, 1, 1, 1}) == "");
    BOOST_TEST(conv2d(N, 17, 1, 1, 20, {3, 3, 1, 1, 1, 1}) == "");  // one tap of nine
    BOOST_TEST(conv2d(N, 16, 4, 3, 31, {3, 2}) == "");
  }
  BOOST_TEST(conv2d(2, 16, 5, 5, 16, {5, 5}) == "");
  BOOST_TEST(conv2d(2, 16, 1, 3, 16, {5, 5, 1, 1, 2, 2}) == "");
  BOOST_TEST(conv2d(2, 16, 9, 9, 16, {2, 2, 5, 4}) == "");  // gaps: not by blocks
}

BOOST_AUTO_TEST_CASE(images_in_bands) {  // of some 96 windows
  BOOST_TEST(conv2d(2, 16, 41, 37, 16, {3, 3, 2, 2, 1, 1}) == "");
  BOOST_TEST(conv2d(1, 16, 7, 260, 16, {3, 3, 2, 2, 1, 1}) == "");
  BOOST_TEST(conv2d(1, 40, 64, 66, 24, {3, 3, 2, 2, 0, 1}) == "");
}

// ---- Winograd --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tiles_and_their_rest) {  // of 4 x 4 results
  for (int64_t size : {4, 5, 7, 8, 9, 11, 12, 13, 16, 17, 30}) {
    for (int64_t padding : {0, 1, 2}) {
      BOOST_TEST(conv2d(2, 16, size, size + 3, 16, {3, 3, 1, 1, padding, padding}) == "");
    }
  }
  BOOST_TEST(conv2d(2, 16, 12, 14, 16, {3, 3, 1, 1, 0, 2}) == "");
  BOOST_TEST(conv2d(2, 16, 14, 12, 16, {3, 3, 1, 1, 2, 1}) == "");
}

BOOST_AUTO_TEST_CASE(chunks_of_channels) {  // of 16, 8 or 4; panels of two chunks
  for (int64_t C : {16, 17, 24, 31, 32, 33, 48}) {
    BOOST_TEST(conv2d(2, C, 8, 8, 16, {3, 3, 1, 1, 1, 1}) == "");
    BOOST_TEST(conv2d(2, 16, 8, 8, C, {3, 3, 1, 1, 1, 1}) == "");
    BOOST_TEST(conv2d(3, C, 6, 7, C + 5, {3, 3, 1, 1, 1, 1}) == "");
  }
}

BOOST_AUTO_TEST_CASE(grids_smaller_than_a_tile) {  // but of 9 windows at least
  BOOST_TEST(conv2d(5, 32, 3, 3, 40, {3, 3, 1, 1, 1, 1}) == "");
  for (int64_t size : {1, 2}) {
    BOOST_TEST(conv2d(5, 32, size, 9, 40, {3, 3, 1, 1, 1, 1}) == "");
    BOOST_TEST(conv2d(5, 32, 11, size, 40, {3, 3, 1, 1, 1, 1}) == "");
    BOOST_TEST(conv2d(2, 70, size, 20, 16, {3, 3, 1, 1, 1, 1}) == "");
  }
}

BOOST_AUTO_TEST_CASE(results_that_go_past_the_caches) {  // 8 MiB and more
  BOOST_TEST(conv2d(8, 2, 64, 64, 64, {3, 3, 1, 1, 1, 1}) == "");
  BOOST_TEST(conv2d(9, 16, 61, 64, 64, {3, 3, 1, 1, 1, 1}) == "");
}

BOOST_AUTO_TEST_CASE(blocks_of_tiles) {  // 64: many images, one, or a band of rows
  for (int64_t N : {1, 15, 16, 17, 40}) {
    BOOST_TEST(conv2d(N, 16, 8, 8, 16, {3, 3, 1, 1, 1, 1}) == "");
  }
  for (int64_t H : {28, 32, 33, 36, 37, 61}) {
    BOOST_TEST(conv2d(2, 16, H, 35, 18, {3, 3, 1, 1, 1, 1}) == "");
  }
  BOOST_TEST(conv2d(1, 16, 5, 300, 16, {3, 3, 1, 1, 1, 1}) == "");  // a row is too long
  BOOST_TEST(conv2d(1, 16, 300, 5, 16, {3, 3, 1, 1, 1, 1}) == "");
}

BOOST_AUTO_TEST_CASE(more_channels_than_tiles) {  // the tiles are kept, not the weights
  BOOST_TEST(conv2d(1, 40, 4, 4, 72, {3, 3, 1, 1, 1, 1}) == "");
  BOOST_TEST(conv2d(9, 33, 4, 4, 70, {3, 3, 1, 1, 1, 1}) == "");
  BOOST_TEST(conv2d(70, 16, 4, 4, 96, {3, 3, 1, 1, 1, 1}) == "");  // two blocks
}

// ---- all of them -----------------------------------------------------------------------

// Too large for a buffer of whole images; and too many windows for one chain of additions.
BOOST_AUTO_TEST_CASE(large_images, *boost::unit_test::label("once")) {
  BOOST_TEST(conv2d(1, 16, 512, 512, 16, {1, 1}) == "");
  BOOST_TEST(conv2d(1, 16, 300, 440, 32, {3, 3, 1, 1, 1, 1}) == "");
  BOOST_TEST(disagreement("core.conv1d", "normal[1,16,200000] normal[16,16,1] none") == "");
}

// A gradient that another use has begun is added to.
BOOST_AUTO_TEST_CASE(gradients_are_added_up) {
  struct Case {
    int64_t channels, size, taps, stride;
  };
  for (const auto [C, size, taps, stride] :
       {Case{3, 9, 3, 1}, {3, 9, 3, 2}, {3, 16, 1, 1},                        // few
        {17, 16, 1, 1}, {17, 9, 3, 2}, {17, 2, 3, 1}, {33, 9, 3, 1}}) {       // many
    auto gradients = [&, C = C, size = size, taps = taps, stride = stride](DType type) {
      manual_seed(10);
      const Tensor x = randn({3, C, size, size}, f32).to(type).requires_grad_();
      const Tensor w = randn({C + 3, C, taps, taps}, f32).to(type).requires_grad_();
      const Tensor b = randn({C + 3}, f32).to(type).requires_grad_();
      const auto y = [&] {
        return nn::functional::conv2d(x, w, b, stride, taps / 2);
      };
      (y().square().sum() + y().sum()).backward();
      return std::vector<Tensor>{x.grad(), w.grad(), b.grad()};
    };
    const auto fast = gradients(f32), exact = gradients(f64);
    for (size_t i = 0; i < fast.size(); ++i) {
      const Tensor difference = (fast[i].to(f64) - exact[i]).abs().max();
      BOOST_TEST(difference.item<double>() < 3e-6 * exact[i].abs().max().item<double>());
    }
  }
}
