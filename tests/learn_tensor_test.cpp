// Tensors as the numbers of plots and pictures.
#define BOOST_TEST_MODULE learn_tensor
#include <boost/test/unit_test.hpp>

#include "handgrad.hpp"
#include "learn/figure.hpp"
#include "learn/image.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;

BOOST_AUTO_TEST_CASE(a_tensor_of_any_dtype_and_layout_is_a_list_of_numbers) {
  const Tensor x = arange(6).view({2, 3});
  const Values in_order = x, turned = x.t();
  BOOST_TEST(Numbers(in_order.begin(), in_order.end()) == (Numbers{0, 1, 2, 3, 4, 5}));
  BOOST_TEST(Numbers(turned.begin(), turned.end()) == (Numbers{0, 3, 1, 4, 2, 5}));
  const Values bytes = x.to(u8);
  BOOST_TEST(bytes[5] == 5);
}

BOOST_AUTO_TEST_CASE(tensors_are_plotted_like_vectors) {
  const Tensor x = arange(4), f = x * x;
  const std::vector<double> g{1, 2, 3, 4};
  const Figure figure = plot(x, {f, g}, {.xlabel = "x"});
  const auto& layers = figure.axes().layers();
  BOOST_TEST(layers[0].x == (Numbers{0, 1, 2, 3}));
  BOOST_TEST(layers[0].y == (Numbers{0, 1, 4, 9}));
  BOOST_TEST(layers[1].y == g);
  BOOST_TEST(plot(f).axes().layers().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_matrix_is_a_heat_map) {
  Axes axes;
  axes.heatmap(arange(6).view({2, 3}));
  BOOST_TEST(axes.layers()[0].rows == 2u);
  BOOST_TEST(axes.layers()[0].columns == 3u);
  BOOST_TEST(fails_with("heatmap: a matrix has two axes; got (6)",
                        [&] { axes.heatmap(arange(6)); }));
}

BOOST_AUTO_TEST_CASE(planes_of_channels_become_pixels) {
  // Image n, channel c, row h, column w holds the byte 100n + 10c + 2h + w.
  Tensor batch = zeros({2, 3, 2, 2}, u8);
  for (int i = 0; i < 24; ++i) {
    const int n = i / 12, c = i / 4 % 3, h = i / 2 % 2, w = i % 2;
    batch.span<uint8_t>()[size_t(i)] = uint8_t(100 * n + 10 * c + 2 * h + w);
  }
  const std::vector<Image> images = make_images(batch);
  BOOST_TEST(images.size() == 2u);
  BOOST_TEST(images[1].channels == 3);
  BOOST_TEST(images[1].at(0, 0, 0) == 100);
  BOOST_TEST(images[1].at(0, 0, 2) == 120);
  BOOST_TEST(images[1].at(1, 0, 1) == 112);
  BOOST_TEST(images[0].at(0, 1, 0) == 1);
}

BOOST_AUTO_TEST_CASE(grey_images_may_have_a_channel_axis_or_none) {
  const Tensor grey = full({2, 4, 5}, 0.5);
  for (const Tensor& batch : {grey, grey.view({2, 1, 4, 5})}) {
    const std::vector<Image> images = make_images(batch);
    BOOST_TEST(images.size() == 2u);
    BOOST_TEST(images[0].height == 4);
    BOOST_TEST(images[0].width == 5);
    BOOST_TEST(images[0].channels == 1);
    BOOST_TEST(images[0].at(3, 4, 0) == 128);
  }
  BOOST_TEST(image_sheet(grey, 1, 2).images.size() == 2u);
}

BOOST_AUTO_TEST_CASE(other_shapes_are_no_images) {
  const char* rule =
      "make_images: a batch of images is (N,H,W), (N,1,H,W) or (N,3,H,W); got ";
  BOOST_TEST(fails_with(std::string(rule) + "(2,2,4,4)", [] {
    make_images(zeros({2, 2, 4, 4}));
  }));
  BOOST_TEST(fails_with(std::string(rule) + "(4,4)", [] { make_images(zeros({4, 4})); }));
}
