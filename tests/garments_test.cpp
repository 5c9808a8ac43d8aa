// The bundled images: the same bytes everywhere, ten classes in equal parts.
#define BOOST_TEST_MODULE garments
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

#include "../data/cloth.hpp"
#include "../data/dice.hpp"
#include "data/generated.hpp"
#include "support/sha256.hpp"
#include "tensor/error.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::sha256;

namespace {

std::string digest(const std::string& text) {
  return sha256({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string digest_of(GarmentSet set) {
  GreyImages images = generate_garments(set.seed, set.count);
  images.pixels.insert(images.pixels.end(), images.labels.begin(), images.labels.end());
  return sha256(images.pixels);
}

/// Cells of a fresh cloth that the shape covers.
int64_t area(const Outline& shape) {
  Cloth cloth;
  cloth.lay(shape, [](int64_t, int64_t, int64_t grey) { return grey + 1; });
  int64_t cells = 0;
  for (int64_t y = -512; y < 512; y += 8)
    for (int64_t x = -512; x < 512; x += 8) cells += cloth.at(x, y);
  return cells;
}

}  // namespace

// The standard's own examples: one block, two blocks, none.
BOOST_AUTO_TEST_CASE(sha256_agrees_with_the_standard) {
  BOOST_TEST(digest("abc") ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(digest("") ==
             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(the_sets_are_the_same_bytes_on_every_machine) {
  BOOST_TEST(digest_of(garments_train) ==
             "7408ca2718a9c1fd6360dcd6f11223d55b61d64eecf32240e22b4d399eb41f91");
  BOOST_TEST(digest_of(garments_test) ==
             "7ffe161218c4d187aa2f0e6aa30fd4792067879051e066ad277adf8acdeed645");
}

BOOST_AUTO_TEST_CASE(an_image_depends_on_the_seed_and_its_number_alone) {
  const GreyImages few = generate_garments(7, 23), many = generate_garments(7, 60);
  BOOST_TEST((few.count == 23 && few.height == 28 && few.width == 28));
  BOOST_TEST((few.pixels.size() == 23 * 784 && few.labels.size() == 23));
  BOOST_TEST(std::equal(few.pixels.begin(), few.pixels.end(), many.pixels.begin()));
  BOOST_TEST(std::equal(few.labels.begin(), few.labels.end(), many.labels.begin()));
  BOOST_TEST((generate_garments(8, 23).pixels != few.pixels));
  BOOST_TEST(generate_garments(7, 0).pixels.empty());

  const GreyImages later = generate_garments(7, 37, 23);
  BOOST_TEST((later.count == 37 && later.labels.size() == 37));
  BOOST_TEST(std::equal(later.pixels.begin(), later.pixels.end(),
                        many.pixels.begin() + 23 * 784));
  BOOST_TEST(std::equal(later.labels.begin(), later.labels.end(), many.labels.begin() + 23));
}

BOOST_AUTO_TEST_CASE(each_ten_show_each_class_once_in_changing_order) {
  const GreyImages images = generate_garments(3, 200);
  const std::vector<uint8_t> classes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  int64_t repeats = 0;
  for (auto ten = images.labels.begin(); ten != images.labels.end(); ten += 10) {
    BOOST_TEST(std::is_permutation(ten, ten + 10, classes.begin()));
    repeats += std::equal(ten, ten + 10, images.labels.begin());
  }
  BOOST_TEST(repeats == 1);
}

// Every picture shows something, and no two are alike.
BOOST_AUTO_TEST_CASE(no_image_is_blank_or_a_copy) {
  const GreyImages images = generate_garments(5, 1000);
  std::vector<std::vector<uint8_t>> all;
  for (auto at = images.pixels.begin(); at != images.pixels.end(); at += 784) {
    all.emplace_back(at, at + 784);
    BOOST_TEST(std::count(at, at + 784, 0) < 784 - 20);
    BOOST_TEST(std::count(at, at + 784, 0) > 100);
  }
  std::sort(all.begin(), all.end());
  BOOST_TEST((std::adjacent_find(all.begin(), all.end()) == all.end()));
}

BOOST_AUTO_TEST_CASE(a_wrong_count_is_refused) {
  const auto says = [](const Error& error) {
    return std::string(error.what()) ==
           "generate_garments: count is -1, but must be 0 to 100000000";
  };
  BOOST_CHECK_EXCEPTION(generate_garments(1, -1), Error, says);
  BOOST_CHECK_THROW(generate_garments(1, 100'000'001), Error);
  BOOST_CHECK_THROW(generate_garments(1, 10, -1), Error);
}

BOOST_AUTO_TEST_CASE(dice_keep_their_limits_and_reach_them) {
  Dice dice(1, 2), same(1, 2), other(1, 3);
  BOOST_TEST(dice.roll() == same.roll());
  BOOST_TEST(dice.roll() != other.roll());
  std::vector<int64_t> counts(7);
  for (int i = 0; i < 7000; ++i) ++counts.at(static_cast<size_t>(dice.between(-3, 3) + 3));
  for (const int64_t count : counts) BOOST_TEST((800 < count && count < 1200));
  for (int i = 0; i < 1000; ++i) {
    const int64_t n = dice.around(10, 4);
    BOOST_TEST((6 <= n && n <= 14));
  }
}

BOOST_AUTO_TEST_CASE(integer_sqrt_is_the_floor_of_the_root) {
  for (int64_t n = 0; n < 5000; ++n) {
    const int64_t r = integer_sqrt(n);
    BOOST_TEST((r * r <= n && n < (r + 1) * (r + 1)), "root of " << n << " is " << r);
  }
  BOOST_TEST(integer_sqrt(2'000'000'000'000) == 1414213);
}

// By hand: a cell is 8x8 units, so 80x40 units are 10x5 cells, and a diamond of "radius" 80
// has an area of 2*80*80/64 = 200 cells. What hangs over the cloth's edge is cut off.
BOOST_AUTO_TEST_CASE(a_shape_covers_its_area) {
  BOOST_TEST(area({{0, 0}, {80, 0}, {80, 40}, {0, 40}}) == 50);
  BOOST_TEST(area({{0, 0}, {0, 40}, {80, 40}, {80, 0}}) == 50);
  BOOST_TEST(area(ribbon({{-40, 8}, {40, 8}}, 40, 40)) == 50);
  BOOST_TEST(area({{-2000, -2000}, {2000, -2000}, {2000, 2000}, {-2000, 2000}}) ==
             128 * 128);
  BOOST_TEST(area({{600, 0}, {700, 0}, {700, 40}, {600, 40}}) == 0);
  BOOST_TEST(std::abs(area({{0, -80}, {80, 0}, {0, 80}, {-80, 0}}) - 200) <= 20);
  // Two triangles that share a side cover each cell of the square once.
  Cloth cloth;
  const auto more = [](int64_t, int64_t, int64_t grey) { return grey + 1; };
  cloth.lay({{-100, -100}, {100, -100}, {100, 100}}, more);
  cloth.lay({{-100, -100}, {100, 100}, {-100, 100}}, more);
  for (int64_t y = -96; y < 96; y += 8)
    for (int64_t x = -96; x < 96; x += 8) BOOST_TEST(cloth.at(x, y) == 1);
}

// The corner (100,100) is cut; the sides' middles stay.
BOOST_AUTO_TEST_CASE(smoothing_cuts_corners) {
  const Outline square{{0, 0}, {100, 0}, {100, 100}, {0, 100}};
  const Outline octagon = smooth(square, 1);
  BOOST_TEST(octagon.size() == 8);
  BOOST_TEST((octagon[0].x == 25 && octagon[0].y == 0));
  BOOST_TEST((octagon[1].x == 75 && octagon[1].y == 0));
  BOOST_TEST((octagon[2].x == 100 && octagon[2].y == 25));
  BOOST_TEST(area(smooth(square, 3)) < area(square));
}
