// Images on their way to the network, and the two sets of garments.
#define BOOST_TEST_MODULE data_images
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "data/fashion.hpp"
#include "data/generated.hpp"
#include "data/idx.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/folder.hpp"
#include "support/output.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::error_of;
using hg::test::Numbers;
using hg::test::numbers;
using hg::test::Variable;
namespace fs = std::filesystem;
namespace tt = boost::test_tools;

namespace {

const hg::test::Folder folder;

// Four files of `n` images of 2x2 pixels to train on, and one to test on.
fs::path small_set(const std::string& name, const std::string& extension) {
  const fs::path to = folder.path / name / "fashion-mnist";
  fs::create_directories(to);
  const auto write = [&](const std::string& part, int64_t n) {
    write_idx((to / (part + "-images-idx3-ubyte")).string() + extension,
              (arange(n * 4).reshape({n, 2, 2}) * 10).to(u8));
    write_idx((to / (part + "-labels-idx1-ubyte")).string() + extension,
              remainder(arange(n), 10).to(u8));
  };
  write("train", 3);
  write("t10k", 1);
  return to.parent_path();
}

}  // namespace

// ---- transforms -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bytes_become_shares) {
  const Tensor x = to_tensor()(tensor({{{0, 51, 255}}}, u8));
  BOOST_TEST((x.shape() == Shape{1, 1, 3} && x.dtype() == f32));
  const auto share = x.span<float>();
  BOOST_TEST((share[0] == 0 && share[1] == 0.2f && share[2] == 1));
  BOOST_TEST(error_of([] {
               to_tensor()(zeros({1, 2, 2}));
             }) == "to_tensor: images are bytes, u8; got f32");
  BOOST_TEST(error_of([] {
               to_tensor()(zeros({2, 2}, u8));
             }) == "to_tensor: images are (...,C,H,W); got (2,2)");
}

// Two pixels become four. The middles of the new ones lie at 1/4, 3/4, 5/4 and 7/4, those
// of the old ones at 1/2 and 3/2: the outer two have one neighbour, and at 3/4 the weights
// are 3/4 and 1/4.
BOOST_AUTO_TEST_CASE(an_image_grows_along_straight_lines) {
  const Tensor row = tensor({{{0.0, 8.0}}});
  BOOST_TEST(numbers(resize(1, 4)(row)) == (Numbers{0, 2, 6, 8}), tt::per_element());
  const Tensor both = resize(4, 4)(tensor({{{0.0, 8.0}, {16.0, 24.0}}}));
  BOOST_TEST((both.shape() == Shape{1, 4, 4}));
  BOOST_TEST(numbers(both) == (Numbers{0, 2, 6, 8, 4, 6, 10, 12,  //
                                       12, 14, 18, 20, 16, 18, 22, 24}),
             tt::per_element());
}

// Four pixels become two: scale 2, middles at 1 and 3. Of the first, old pixels at 0.5, 1.5
// and 2.5 are in reach, with weights 3/4, 3/4 and 1/4; their sum is 7/4.
BOOST_AUTO_TEST_CASE(an_image_shrinks_to_weighted_means) {
  const Numbers small = numbers(resize(1, 2)(tensor({{{0.0, 7.0, 14.0, 70.0}}})));
  BOOST_TEST(small[0] == (3 * 0 + 3 * 7 + 14) / 7.0, tt::tolerance(1e-6));
  BOOST_TEST(small[1] == (7 + 3 * 14 + 3 * 70) / 7.0, tt::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(any_number_of_images_is_resized_at_once) {
  const Tensor images = randint(0, 256, {3, 2, 9, 7}, u8);
  const Tensor together = resize(5, 11)(images);
  BOOST_TEST((together.shape() == Shape{3, 2, 5, 11} && together.dtype() == u8));
  for (int64_t n = 0; n < 3; ++n) {
    BOOST_TEST(resize(5, 11)(images.select(0, n)).equal(together.select(0, n)));
  }
  BOOST_TEST(resize(9, 7)(images).equal(images));
  const Tensor grey = full({1, 6, 6}, 77).to(u8);
  BOOST_TEST(resize(13, 4)(grey).equal(full({1, 13, 4}, 77).to(u8)));
  BOOST_TEST(error_of([&] { resize(0, 4); }) == "resize: 0x4 pixels; 1x1 is the least");
  BOOST_TEST(error_of([&] {
               resize(2, 2)(zeros({1, 0, 4}));
             }) == "resize: images (1,0,4) have no pixels");
}

BOOST_AUTO_TEST_CASE(channels_are_centred_and_scaled) {
  const Transform f = compose({to_tensor(), normalize({0.2, 0.5}, {0.2, 0.1})});
  const Tensor x = f(tensor({{{51, 255}}, {{0, 255}}}, u8));  // two channels of 1x2
  const Numbers y = numbers(x), expected{0, 4, -5, 5};
  for (size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(y[i] - expected[i]) < 1e-5);
  BOOST_TEST(error_of([] {
               normalize({0, 1}, {1});
             }) == "normalize: 2 means and 1 deviations; one of each for every channel");
  BOOST_TEST(error_of([] { normalize({0}, {0}); }) ==
             "normalize: a deviation of 0.000000; it must be above 0");
  BOOST_TEST(error_of([] {
               normalize({0}, {1})(zeros({3, 2, 2}));
             }) == "normalize: images (3,2,2) have 3 channels, and 1 means are given");
  BOOST_TEST(error_of([] {
               normalize({0}, {1})(zeros({1, 2, 2}, u8));
             }) ==
             "normalize: images must be floating point; got u8\n  hint: to_tensor() first");
}

// ---- image datasets ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(images_come_with_their_classes) {
  const ImageDataset set((arange(12).reshape({3, 2, 2}) * 20).to(u8),
                         tensor({7, 8, 9}, u8));
  BOOST_TEST(set.size() == 3);
  const auto [image, label] = set[1];
  BOOST_TEST((image.shape() == Shape{1, 2, 2} && image.dtype() == f32));
  BOOST_TEST((label.item() == 8 && label.dtype() == i64));
  BOOST_TEST(numbers(image)[1] == double(100.0f / 255));
  const std::vector<int64_t> some{2, 0};
  const auto [x, y] = set.batch(some);
  BOOST_TEST((x.shape() == Shape{2, 1, 2, 2} && numbers(y) == Numbers{9, 7}));
  BOOST_TEST(x.select(0, 0).equal(set[2][0]));
  BOOST_TEST((set.first(2).size() == 2 && set.first(99).size() == 3));
  BOOST_TEST(error_of([&] { set.get(3); }) ==
             "Dataset: there is no example 3; they go from 0 to 2");
  BOOST_TEST(error_of([] {
               ImageDataset(zeros({3, 2, 2}, u8), zeros({2}, u8));
             }) ==
             "ImageDataset: images are (N,C,H,W) or (N,H,W), labels (N); got (3,2,2) and "
             "(2)");
  BOOST_TEST(error_of([] {
               ImageDataset(zeros({3, 2, 2}), zeros({3}, u8));
             }) == "ImageDataset: images are u8, labels whole numbers; got f32 and u8");
}

// ---- Fashion-MNIST ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_real_set_is_read_packed_or_not) {
  for (const std::string extension : {"", ".gz"}) {
    const fs::path data = small_set("real" + extension, extension);
    const Fashion fashion = load_fashion(data, {.resize = 4});
    BOOST_TEST(fashion.real);
    BOOST_TEST(fashion.source == "Fashion-MNIST in " + (data / "fashion-mnist").string());
    BOOST_TEST((fashion.train.size() == 3 && fashion.test.size() == 1));
    BOOST_TEST((fashion.train[0][0].shape() == Shape{1, 4, 4}));
    BOOST_TEST(load_fashion(data, {.train_count = 2}).train.size() == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_broken_set_is_an_error_not_a_reason_for_another) {
  const fs::path data = small_set("broken", ""), set = data / "fashion-mnist";
  const std::string labels = (set / "train-labels-idx1-ubyte").string();
  write_idx(labels, tensor({1, 2, 12}, u8));
  BOOST_TEST(error_of([&] { load_fashion(data); }) ==
             "load_mnist: " + labels +
                 ": expected classes from 0 to 9, found 12 for image 2");
  write_idx(labels, tensor({1, 2}, u8));
  BOOST_TEST(
      error_of([&] { load_fashion(data); }) ==
      "load_mnist: " + labels +
          ": expected a label for each image, u8 of shape (3), found u8 of shape (2)");
  fs::remove(labels);
  BOOST_TEST(error_of([&] { load_fashion(data); }) ==
             "load_mnist: " + set.string() +
                 ": there is neither train-labels-idx1-ubyte nor "
                 "train-labels-idx1-ubyte.gz\n"
                 "  hint: the four files of the set belong in this folder");
  const std::string images = (set / "train-images-idx3-ubyte").string();
  write_idx(images, tensor({1, 2}, f32));
  write_idx(labels, tensor({1, 2}, u8));
  BOOST_TEST(error_of([&] { load_fashion(data); }) ==
             "load_mnist: " + images +
                 ": expected images, u8 of shape (N,H,W), found f32 of shape (2)");
}

BOOST_AUTO_TEST_CASE(without_the_real_set_the_garments_are_drawn) {
  const Variable cache("XDG_CACHE_HOME", (folder.path / "unused").c_str());
  int64_t told = 0, of = 0;
  const Fashion fashion = load_fashion(folder.path / "no-such-folder",
                                       {.train_count = 1200,
                                        .test_count = 300,
                                        .progress = [&](int64_t done, int64_t total) {
                                          BOOST_TEST(done > told);
                                          told = done;
                                          of = total;
                                        }});
  BOOST_TEST((told == 1500 && of == 1500));
  BOOST_TEST(!fashion.real);
  BOOST_TEST(fashion.source == "the bundled garments");
  BOOST_TEST((fashion.train.size() == 1200 && fashion.test.size() == 300));
  const GreyImages first = generate_garments(garments_train.seed, 1200);
  BOOST_TEST(std::equal(first.pixels.begin(), first.pixels.end(),
                        fashion.train.images().span<uint8_t>().begin()));
  BOOST_TEST(
      numbers(fashion.train.labels()) == Numbers(first.labels.begin(), first.labels.end()),
      tt::per_element());
  BOOST_TEST(!fs::exists(folder.path / "unused"));  // few images are not worth a file
}

// Drawn once, then read; a damaged or foreign file is seen, and replaced.
BOOST_AUTO_TEST_CASE(the_whole_set_is_cached) {
  const fs::path home = folder.path / "cache";
  const Variable cache("XDG_CACHE_HOME", home.c_str());
  int64_t drawn = 0;
  const FashionOptions tests_only{.train_count = 0,
                                  .progress = [&](int64_t done, int64_t) { drawn = done; }};
  const auto load = [&] {
    drawn = 0;
    return load_fashion({}, tests_only).test;
  };
  const Tensor images = load().images();
  BOOST_TEST(drawn == 10000);
  const fs::path file = home / "handgrad/garments/t10k-images-idx3-ubyte";
  BOOST_TEST(fs::file_size(file) == 16 + 10000 * 784u);
  BOOST_TEST((load().images().equal(images) && drawn == 0));

  for (const auto offset : {16 + 784 * 5000 + 300, 3}) {  // a pixel, the number of axes
    {
      std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
      damage.seekp(offset);
      damage.put(7);
    }
    BOOST_TEST((load().images().equal(images) && drawn == 10000));
    BOOST_TEST((load().images().equal(images) && drawn == 0));
  }
  fs::resize_file(file, 1000);
  BOOST_TEST((load().images().equal(images) && drawn == 10000));
  // Only what was drawn with it will do, even if it is a good file.
  write_idx((home / "handgrad/garments/t10k-labels-idx1-ubyte").string(),
            zeros({10000}, u8));
  BOOST_TEST((load().images().equal(images) && drawn == 10000));
  BOOST_TEST(load().first(10).labels().to(f32).sum().item() == 45);
}

BOOST_AUTO_TEST_CASE(a_cache_that_cannot_be_written_is_no_error) {
  std::ofstream(folder.path / "in-the-way") << "a file where a folder should be";
  const fs::path blocked = folder.path / "in-the-way";
  const Variable cache("XDG_CACHE_HOME", blocked.c_str());
  BOOST_TEST(load_fashion({}, {.train_count = 0}).test.size() == 10000);
}

BOOST_AUTO_TEST_CASE(where_the_cache_is) {
  const Variable home("HOME", "/home/ada");
  {
    const Variable cache("XDG_CACHE_HOME", "/var/fast");
    BOOST_TEST(cache_folder().string() == "/var/fast/handgrad");
  }
  {
    const Variable cache("XDG_CACHE_HOME", "relative/paths/do/not/count");
    BOOST_TEST(cache_folder().string() == "/home/ada/.cache/handgrad");
  }
  const Variable cache("XDG_CACHE_HOME", nullptr), nowhere("HOME", nullptr);
  BOOST_TEST(cache_folder().empty());
}

BOOST_AUTO_TEST_CASE(classes_have_names) {
  BOOST_TEST((text_labels(tensor({9, 0, 2})) ==
              std::vector<std::string>{"ankle boot", "t-shirt", "pullover"}));
  BOOST_TEST(error_of([] {
               text_labels(tensor({3, 10}));
             }) == "text_labels: there is no class 10; they go from 0 to 9");
}
