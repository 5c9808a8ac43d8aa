// Sizes, crops, flips, colours. Reference values are torchvision's (0.15.2, on tensors).
#define BOOST_TEST_MODULE data_transforms
#include "data/transforms.hpp"

#include <boost/test/unit_test.hpp>
#include <map>

#include "data/images.hpp"
#include "data/loader.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
namespace tt = boost::test_tools;

namespace {

// Three channels of 2x3 bytes.
Tensor colours() {
  return tensor({200, 10, 0, 77, 255, 130,  //
                 50, 20, 0, 99, 128, 131,   //
                 30, 240, 0, 210, 7, 132},
                u8)
      .reshape({3, 2, 3});
}

// One image of 4x5 with pixel (r,c) = 10r + c.
Tensor places() {
  return (arange(4).reshape({4, 1}) * 10 + arange(5)).reshape({1, 4, 5}).to(f32);
}

void compare(const Tensor& found, const Numbers& expected, double tolerance) {
  const Numbers list = numbers(found);
  BOOST_REQUIRE(list.size() == expected.size());
  for (size_t i = 0; i < list.size(); ++i) {
    BOOST_TEST(std::abs(list[i] - expected[i]) <= tolerance,
               "element " << i << ": " << list[i] << " not " << expected[i]);
  }
}

// The shift that a crop of places() was taken at: its first pixel.
std::pair<int64_t, int64_t> origin(const Tensor& crop) {
  const auto first = int64_t(numbers(crop)[0]);
  return {first / 10, first % 10};
}

}  // namespace

// ---- sizes ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(resize_agrees_with_torchvision) {
  const Tensor x = arange(35).reshape({1, 5, 7}).to(f32) * arange(1, 8).to(f32) / 7;
  compare(resize(3, 4)(x),
          {0.816326, 2.302857, 4.931428, 7.891156, 3.210884, 7.142858, 12.662857, 18.068027,
           5.605442, 11.982857, 20.394285, 28.244896},
          2e-5);
  compare(resize(8, 5)(x), {0.095238, 0.603175,  1.766234,  3.492064,  5.428571,   //
                            0.678571, 1.72123,   3.516233,  5.874008,  8.345238,   //
                            1.511905, 3.318452,  6.016233,  9.276785,  12.511904,  //
                            2.345238, 4.915674,  8.516233,  12.679563, 16.67857,   //
                            3.178571, 6.512897,  11.016233, 16.082342, 20.845236,  //
                            4.011904, 8.110118,  13.516233, 19.485119, 25.011904,  //
                            4.845238, 9.70734,   16.016233, 22.887897, 29.17857,   //
                            5.428571, 10.825396, 17.766233, 25.269842, 32.095238},
          2e-5);
  compare(resize(3, 4, Interpolation::nearest)(x),
          {0, 0.285714, 1.714286, 4.285714, 1, 2.285714, 5.714286, 10.285714, 3, 6.285714,
           13.714286, 22.285715},
          2e-6);
  compare(resize(8, 9, Interpolation::nearest)(x).narrow(1, 0, 2),
          {0, 0, 0.285714, 0.857143, 1.714286, 1.714286, 2.857143, 4.285714, 6, 0, 0,
           0.285714, 0.857143, 1.714286, 1.714286, 2.857143, 4.285714, 6},
          2e-6);
  const Tensor bytes = (arange(35).reshape({1, 5, 7}) * 7).to(u8);
  compare(resize(3, 4)(bytes), {25, 36, 48, 59, 102, 113, 125, 136, 179, 190, 202, 213}, 0);
}

BOOST_AUTO_TEST_CASE(the_shorter_side_gets_the_size) {
  BOOST_TEST((resize(8)(zeros({3, 4, 10})).shape() == Shape{3, 8, 20}));
  BOOST_TEST((resize(2)(zeros({2, 3, 7, 4})).shape() == Shape{2, 3, 3, 2}));  // 3.5, cut
  BOOST_TEST((resize(5, Interpolation::nearest)(zeros({1, 5, 5}, i64)).dtype() == i64));
  BOOST_TEST(error_of([] { resize(0); }) == "resize: 0x0 pixels; 1x1 is the least");
  BOOST_TEST(error_of([] { resize(3, 1 << 25); }) ==
             "resize: 3x33554432 pixels; 1x1 is the least, 2^24 a side the most");
}

// ---- parts ------------------------------------------------------------------------------

// Of 4x5 pixels the middle 2x2: rows 1 and 2, and columns from 3/2, which Python rounds to
// the even 2. Of an image that is too small, black goes around it.
BOOST_AUTO_TEST_CASE(the_middle_is_cut_out) {
  compare(center_crop(2)(places()), {12, 13, 22, 23}, 0);
  compare(center_crop(6, 1)(places()), {0, 2, 12, 22, 32, 0}, 0);
  compare(center_crop(1, 8)(places()), {0, 20, 21, 22, 23, 24, 0, 0}, 0);
  BOOST_TEST((center_crop(2, 3)(zeros({7, 3, 9, 9}, u8)).shape() == Shape{7, 3, 2, 3}));
  BOOST_TEST(error_of([] { center_crop(0); }) ==
             "center_crop: 0x0 pixels, 0 around; 1x1 and 0 are the least, 2^24 the most");
}

BOOST_AUTO_TEST_CASE(every_crop_is_equally_likely) {
  manual_seed(3);
  const Transform crop = random_crop(3);
  std::map<std::pair<int64_t, int64_t>, int> count;
  for (int i = 0; i < 1200; ++i) {
    const Tensor part = crop(places());
    const auto at = origin(part);
    ++count[at];
    const double first = double(10 * at.first + at.second);
    compare(part,
            {first, first + 1, first + 2, first + 10, first + 11, first + 12, first + 20,
             first + 21, first + 22},
            0);
  }
  BOOST_TEST(count.size() == 2u * 3u);
  for (const auto& [at, n] : count) BOOST_TEST((140 < n && n < 260));
}

BOOST_AUTO_TEST_CASE(crops_reach_into_the_padding) {
  manual_seed(4);
  const Transform crop = random_crop({2, 2}, 1);
  const Tensor image = ones({1, 1, 1});
  // The padded image is 3x3 with the one in its middle: four crops, each with it once.
  std::map<Numbers, int> seen;
  for (int i = 0; i < 100; ++i) ++seen[numbers(crop(image))];
  BOOST_TEST((seen.size() == 4 && seen.contains({1, 0, 0, 0}) &&
              seen.contains({0, 1, 0, 0}) && seen.contains({0, 0, 1, 0}) &&
              seen.contains({0, 0, 0, 1})));
  BOOST_TEST(error_of([] {
               random_crop({4, 2}, 1)(zeros({1, 1, 5}));
             }) == "random_crop: images (1,1,5) with 1 pixels around have no 4x2 pixels");
}

BOOST_AUTO_TEST_CASE(each_image_of_a_batch_is_cropped_anew) {
  manual_seed(5);
  const Tensor batch = places().unsqueeze(0).expand({50, 1, 4, 5});
  const Tensor parts = random_crop(2)(batch);
  BOOST_TEST((parts.shape() == Shape{50, 1, 2, 2}));
  std::map<std::pair<int64_t, int64_t>, int> count;
  for (int64_t n = 0; n < 50; ++n) ++count[origin(parts.select(0, n))];
  BOOST_TEST(count.size() > 6u);
}

// With one area and one ratio there is nothing left to draw but the place: of 8x8 pixels a
// quarter is 16, and at ratio 1 a square of 4x4. Without a change of size it can be read.
BOOST_AUTO_TEST_CASE(a_part_of_a_given_area_and_shape) {
  manual_seed(6);
  const Tensor image =
      (arange(8).reshape({8, 1}) * 10 + arange(8)).reshape({1, 8, 8}).to(f32);
  const Transform crop = random_resized_crop(4, {0.25, 0.25}, {1, 1});
  for (int i = 0; i < 50; ++i) {
    const Tensor part = crop(image);
    const auto [row, column] = origin(part);
    BOOST_TEST((row <= 4 && column <= 4));
    BOOST_TEST(part.equal(image.narrow(1, row, 4).narrow(2, column, 4)));
  }
  // Four times as wide as high in a high image fits never: the middle, as wide as it goes.
  const Tensor high = arange(10).reshape({1, 10, 1}).to(f32).expand({1, 10, 4});
  const Tensor middle = random_resized_crop(1, {0.9, 1}, {4, 4})(high);
  compare(middle, {4}, 1e-6);  // width 4, height 1, top (10-1)/2
  const Tensor batch = random_resized_crop(5)(rand({6, 3, 9, 12}));
  BOOST_TEST((batch.shape() == Shape{6, 3, 5, 5}));
  BOOST_TEST(error_of([] {
               random_resized_crop(5, {0.5, 0.1});
             }) ==
             "random_resized_crop: scale is 0.500000 to 0.100000; it must be above 0, at "
             "most 1.000000, and the smaller one first");
}

BOOST_AUTO_TEST_CASE(images_are_turned_round) {
  const Tensor image = tensor({1, 2, 3, 4, 5, 6}).reshape({1, 2, 3}).to(f32);
  compare(random_horizontal_flip(1)(image), {3, 2, 1, 6, 5, 4}, 0);
  compare(random_vertical_flip(1)(image), {4, 5, 6, 1, 2, 3}, 0);
  compare(random_horizontal_flip(0)(image), {1, 2, 3, 4, 5, 6}, 0);
  BOOST_TEST(random_vertical_flip(1)(colours()).equal(
      cat({colours().narrow(1, 1, 1), colours().narrow(1, 0, 1)}, 1)));
  compare(image, {1, 2, 3, 4, 5, 6}, 0);  // itself it stays as it was

  manual_seed(7);
  const Tensor batch = image.unsqueeze(0).expand({1000, 1, 2, 3});
  const Tensor flipped = random_horizontal_flip(0.3)(batch);
  int64_t turned = 0;
  for (int64_t n = 0; n < 1000; ++n) turned += numbers(flipped.select(0, n))[0] == 3;
  BOOST_TEST((240 < turned && turned < 360));  // four deviations of 14.5
  BOOST_TEST(error_of([] { random_vertical_flip(1.5); }) ==
             "random_vertical_flip: p is 1.500000, but must lie between 0 and 1");
}

// ---- colours ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bytes_change_colour_as_in_torchvision) {
  const Tensor x = colours();
  compare(adjust_brightness(x, 1.3),
          {255, 13, 0, 100, 255, 169, 65, 26, 0, 128, 166, 170, 39, 255, 0, 255, 9, 171},
          0);
  compare(adjust_contrast(x, 0.5),
          {143, 48, 43, 81, 170, 108, 68, 53, 43, 92, 107, 108, 58, 163, 43, 148, 46, 109},
          0);
  compare(adjust_contrast(x, 1.7),
          {255, 0, 0, 70, 255, 160, 24, 0, 0, 107, 156, 161, 0, 255, 0, 255, 0, 163}, 0);
  compare(adjust_saturation(x, 0.4),
          {135, 29, 0, 93, 193, 130, 75, 33, 0, 102, 142, 130, 67, 121, 0, 147, 94, 130},
          0);
  compare(adjust_saturation(x, 2),
          {255, 0, 0, 49, 255, 130, 8, 0, 0, 93, 104, 132, 0, 255, 0, 255, 0, 134}, 0);
  compare(adjust_hue(x, 0.1),
          {200, 138, 0, 135, 234, 130, 152, 10, 0, 77, 255, 130, 30, 240, 0, 210, 7, 132},
          0);
  compare(adjust_hue(x, -0.4),
          {30, 112, 0, 152, 28, 132, 78, 240, 0, 210, 7, 132, 200, 10, 0, 77, 255, 130}, 0);
  compare(grayscale(x), {92, 42, 0, 105, 152, 130}, 0);
}

BOOST_AUTO_TEST_CASE(shares_change_colour_as_in_torchvision) {
  const Tensor x = to_tensor()(colours());
  compare(adjust_brightness(x, 1.3),
          {1.0, 0.05098, 0.0, 0.392549, 1.0, 0.662745, 0.254902, 0.101961, 0.0, 0.504706,
           0.652549, 0.667843, 0.152941, 1.0, 0.0, 1.0, 0.035686, 0.672941},
          2e-6);
  compare(adjust_contrast(x, 1.7),
          {1.0, 0.0, 0.0, 0.274207, 1.0, 0.62754, 0.094207, 0.0, 0.0, 0.420873, 0.614207,
           0.634207, 0.0, 1.0, 0.0, 1.0, 0.0, 0.640873},
          2e-6);
  compare(
      adjust_saturation(x, 0.4),
      {0.53149, 0.114719, 0.0, 0.368004, 0.758008, 0.511691, 0.296196, 0.130406, 0.0,
       0.402514, 0.558793, 0.51326, 0.264824, 0.475504, 0.0, 0.576631, 0.368989, 0.514828},
      2e-6);
  compare(adjust_hue(x, 0.1),
          {0.784314, 0.541176, 0.0, 0.528627, 0.91451, 0.510588, 0.596078, 0.039216, 0.0,
           0.301961, 1.0, 0.509804, 0.117647, 0.941176, 0.0, 0.823529, 0.027451, 0.517647},
          2e-6);
  compare(grayscale(x), {0.362941, 0.165055, 0.0, 0.412033, 0.59668, 0.512949}, 2e-6);
  compare(adjust_hue(x, 0), numbers(x), 2e-6);
  compare(adjust_contrast(x.narrow(0, 0, 1), 1), numbers(x.narrow(0, 0, 1)), 0);
}

BOOST_AUTO_TEST_CASE(jitter_stays_within_its_limits) {
  manual_seed(8);
  const Tensor grey = full({200, 1, 1, 1}, 0.5);
  const Numbers bright = numbers(color_jitter(0.4)(grey));
  const auto [low, high] = std::minmax_element(bright.begin(), bright.end());
  BOOST_TEST((*low >= 0.3 && *low < 0.32 && *high <= 0.7 && *high > 0.68));
  // Without any of the four nothing happens, and hue alone leaves the largest channel.
  BOOST_TEST(color_jitter()(colours()).equal(colours()));
  const Tensor x = to_tensor()(colours()), turned = color_jitter(0, 0, 0, 0.5)(x);
  BOOST_TEST(!turned.equal(x));
  compare(turned.max(0).values, numbers(x.max(0).values), 1e-6);
  BOOST_TEST(
      (color_jitter(0.4, 0.4, 0.4, 0.1)(rand({4, 3, 5, 6})).shape() == Shape{4, 3, 5, 6}));
  BOOST_TEST(error_of([] { color_jitter(0, 0, 0, 0.6); }) ==
             "color_jitter: hue is 0.600000, but must lie between 0 and 0.5");
  BOOST_TEST(error_of([] {
               adjust_hue(zeros({3, 1, 1}), 0.7);
             }) == "adjust_hue: the turn is 0.700000, but must lie between -0.5 and 0.5");
  BOOST_TEST(error_of([] {
               adjust_brightness(zeros({2, 1, 1}), 1);
             }) == "adjust_brightness: images have 1 or 3 channels; got (2,1,1)");
  BOOST_TEST(error_of([] {
               adjust_brightness(zeros({1, 1, 1}, i64), 1);
             }) == "adjust_brightness: images are u8 or floating point; got i64");
  BOOST_TEST(error_of([] {
               adjust_contrast(zeros({1, 1, 1}), -1);
             }) ==
             "adjust_contrast: the factor is -1.000000, but must be finite and 0 at least");
}

// The seed of the loader decides what is drawn, not the number of its workers.
BOOST_AUTO_TEST_CASE(the_loader_decides_what_is_random) {
  const Transform augment =
      compose({random_crop(4, 2), random_horizontal_flip(), random_resized_crop(3),
               color_jitter(0.2, 0.2, 0.2, 0.1), to_tensor()});
  const ImageDataset set(randint(0, 256, {20, 3, 5, 5}, u8), zeros({20}, i64), augment);
  const auto epoch = [&](int workers, uint64_t seed) {
    std::vector<Tensor> all;
    DataLoader loader(set, {.batch_size = 6, .num_workers = workers, .seed = seed});
    for (auto [x, y] : loader) all.push_back(x);
    return cat(all);
  };
  const Tensor alone = epoch(0, 1);
  BOOST_TEST(epoch(3, 1).equal(alone));
  BOOST_TEST(!epoch(0, 2).equal(alone));
}
