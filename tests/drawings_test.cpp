// The bundled pictures in colour: the same bytes everywhere, ten classes in equal parts.
#define BOOST_TEST_MODULE drawings
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "../data/outlines.hpp"
#include "data/generated.hpp"
#include "support/sha256.hpp"
#include "tensor/error.hpp"

using namespace hg;
using namespace hg::data;
using hg::test::sha256;

namespace {

std::string digest_of(uint64_t seed, int64_t count) {
  ColorImages images = generate_drawings(seed, count);
  images.pixels.insert(images.pixels.end(), images.labels.begin(), images.labels.end());
  return sha256(images.pixels);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_pictures_are_the_same_bytes_on_every_machine) {
  BOOST_TEST(digest_of(1, 2000) ==
             "0e52f71ce7aec2334888a1df8f42c384f9d3b05035a13ba619fb8c5fde05bd04");
  BOOST_TEST(digest_of(2, 500) ==
             "429fbf3cf5b7e1a8d3836eec457b8ad565e4529c5189897fb0de5f7a239e2aba");
}

BOOST_AUTO_TEST_CASE(a_picture_depends_on_the_seed_and_its_number_alone) {
  const ColorImages few = generate_drawings(7, 23), many = generate_drawings(7, 60);
  BOOST_TEST((few.count == 23 && few.height == 32 && few.width == 32));
  BOOST_TEST((few.pixels.size() == 23 * 3072 && few.labels.size() == 23));
  BOOST_TEST(std::equal(few.pixels.begin(), few.pixels.end(), many.pixels.begin()));
  BOOST_TEST((generate_drawings(8, 23).pixels != few.pixels));
  BOOST_TEST(generate_drawings(7, 0).pixels.empty());
  const ColorImages later = generate_drawings(7, 37, 23);
  BOOST_TEST(std::equal(later.pixels.begin(), later.pixels.end(),
                        many.pixels.begin() + 23 * 3072));
  BOOST_TEST(
      std::equal(later.labels.begin(), later.labels.end(), many.labels.begin() + 23));
}

BOOST_AUTO_TEST_CASE(each_ten_show_each_class_once) {
  const ColorImages images = generate_drawings(3, 200);
  const std::vector<uint8_t> classes{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  for (auto ten = images.labels.begin(); ten != images.labels.end(); ten += 10) {
    BOOST_TEST(std::is_permutation(ten, ten + 10, classes.begin()));
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_count_is_refused) {
  const auto says = [](const Error& error) {
    return std::string(error.what()) ==
           "generate_drawings: count is -1, but must be 0 to 10000000";
  };
  BOOST_CHECK_EXCEPTION(generate_drawings(1, -1), Error, says);
  BOOST_CHECK_THROW(generate_drawings(1, 10'000'001), Error);
  BOOST_CHECK_THROW(generate_drawings(1, 10, -1), Error);
}

// By hand: an oval's ends are outside, its middle is inside; a corner of a triangle is
// inside whichever way round its corners are named.
BOOST_AUTO_TEST_CASE(forms_know_what_is_inside) {
  using namespace outlines;
  BOOST_TEST((oval({0, 0}, 0, 0, 10, 5) && oval({9, 0}, 0, 0, 10, 5)));
  BOOST_TEST((!oval({10, 0}, 0, 0, 10, 5) && !oval({0, 5}, 0, 0, 10, 5)));
  BOOST_TEST((box({-2, 3}, -2, 3, 4, 5) && !box({4, 3}, -2, 3, 4, 5)));
  const Point a{0, 0}, b{10, 0}, c{0, 10};
  for (const Point p : {Point{0, 0}, {3, 3}, {5, 5}}) {
    BOOST_TEST((triangle(p, a, b, c) && triangle(p, a, c, b)));
  }
  for (const Point p : {Point{6, 6}, {-1, 1}, {1, -1}}) {
    BOOST_TEST((!triangle(p, a, b, c) && !triangle(p, a, c, b)));
  }
}

// A usual thing has all three parts, but for a tree, fir or oak, which has no second one;
// and it ends before the picture does.
BOOST_AUTO_TEST_CASE(every_kind_has_its_parts) {
  using namespace outlines;
  const auto parts_of = [](auto part, int64_t form) {
    std::array<int64_t, 4> cells{};
    for (int64_t v = -512; v < 512; v += 8) {
      for (int64_t u = -512; u < 512; u += 8) {
        const int which = part({u, v}, {100, 100, 100, form});
        ++cells.at(static_cast<size_t>(which));
        const bool at_edge = std::max(std::abs(u), std::abs(v)) >= 496;
        BOOST_REQUIRE(!(which != 0 && at_edge));
      }
    }
    std::string parts;
    for (const int which : {1, 2, 3}) {
      if (cells[static_cast<size_t>(which)] > 20) parts += std::to_string(which);
    }
    return parts;
  };
  for (const auto part : {car, truck, boat, house, mushroom, flower, fish, bird, cup}) {
    BOOST_TEST(parts_of(part, 110) == "123");
  }
  for (const int64_t form : {90, 110}) BOOST_TEST(parts_of(tree, form) == "13");
}
