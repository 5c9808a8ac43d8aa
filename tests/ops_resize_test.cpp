// Grids of another size: interpolate and pixel_shuffle. By hand, gradients, messages. More
// cases are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_resize
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "autograd/gradcheck.hpp"
#include "nn/functional.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;
using boost::test_tools::tolerance;
namespace F = hg::nn::functional;

namespace {

Tensor sequence(std::initializer_list<double> values) {
  return tensor(values, f64).view({1, 1, -1});
}

}  // namespace

// ---- interpolate ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nearest_by_hand) {
  Tensor x = sequence({1, 2, 3});
  BOOST_TEST(numbers(F::interpolate(x, 5)) == (Numbers{1, 1, 2, 2, 3}), per_element());
  BOOST_TEST(numbers(F::interpolate(x, {}, {2})) == (Numbers{1, 1, 2, 2, 3, 3}),
             per_element());
  // Halving: "nearest" takes the place 2o, "nearest-exact" the one under the new centre.
  Tensor four = sequence({1, 2, 3, 4});
  BOOST_TEST(numbers(F::interpolate(four, 2)) == (Numbers{1, 3}), per_element());
  BOOST_TEST(numbers(F::interpolate(four, 2, {}, "nearest-exact")) == (Numbers{2, 4}),
             per_element());
  Tensor bytes = sequence({7, 200}).to(u8);
  BOOST_TEST((F::interpolate(bytes, 4).dtype() == u8));
  BOOST_TEST(numbers(F::interpolate(bytes, 4)) == (Numbers{7, 7, 200, 200}), per_element());
}

// Doubling 0 4: the centres of the four new places lie at -1/4, 1/4, 3/4, 5/4 of the old
// grid; the outer two are taken inside. With align_corners they lie at 0, 1/3, 2/3, 1.
BOOST_AUTO_TEST_CASE(linear_by_hand) {
  Tensor x = sequence({0, 4}).requires_grad_();
  Tensor y = F::interpolate(x, 4, {}, "linear");
  BOOST_TEST(numbers(y) == (Numbers{0, 1, 3, 4}), per_element());
  y.backward(sequence({1, 10, 100, 1000}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1 + 7.5 + 25, 2.5 + 75 + 1000}), per_element());
  Numbers corners = numbers(F::interpolate(x, 4, {}, "linear", true));
  BOOST_TEST(corners == (Numbers{0, 4.0 / 3, 8.0 / 3, 4}), tolerance(1e-12)
                                                               << per_element());
  BOOST_TEST(F::interpolate(x, 1, {}, "linear", true).item() == 0);
  // In two directions: the middle of a square is the mean of its corners.
  Tensor square = tensor({{0.0, 1.0}, {2.0, 5.0}}).view({1, 1, 2, 2});
  Tensor z = F::interpolate(square, 3, {}, "bilinear", true);
  BOOST_TEST(numbers(z) == (Numbers{0, 0.5, 1, 1, 2, 3, 2, 3.5, 5}), per_element());
}

// c(d) for a = -3/4 at distances 3/2, 1/2, 1/2, 3/2 is -3/32, 19/32, 19/32, -3/32: halving
// four places puts the new centres at 1/2 and 5/2 of the old grid.
BOOST_AUTO_TEST_CASE(bicubic_by_hand) {
  Tensor x = tensor({32.0, 0.0, 64.0, 96.0}, f64).view({1, 1, 1, 4});
  Tensor y = F::interpolate(x, {1, 2}, {}, "bicubic");
  BOOST_TEST(numbers(y) == (Numbers{-3 + 19 + 0 - 6, 0 + 38 + 57 - 9}),
             tolerance(1e-12) << per_element());
  // Constants and the values in the corners stay.
  BOOST_TEST(F::interpolate(ones({1, 1, 3, 5}, f64), {7, 4}, {}, "bicubic")
                 .allclose(ones({1, 1, 7, 4}, f64)));
  Tensor z = F::interpolate(x, {1, 7}, {}, "bicubic", true);
  BOOST_TEST(numbers(z)[0] == 32, tolerance(1e-12));
  BOOST_TEST(numbers(z)[2] == 0, tolerance(1e-12));
  BOOST_TEST(numbers(z)[6] == 96, tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(area_is_a_mean) {
  Tensor x = sequence({1, 2, 3, 4, 5});
  BOOST_TEST(numbers(F::interpolate(x, 3, {}, "area")) == (Numbers{1.5, 3, 4.5}),
             per_element());
  BOOST_TEST(numbers(F::interpolate(x, {}, {0.5}, "area")) == (Numbers{2, 4}),
             per_element());
}

// The factor that is given maps coordinates, even where n times it is no whole number:
// 3 * 1.5 = 4.5 makes 4 places, and place o lies at (o + 1/2)/1.5 - 1/2.
BOOST_AUTO_TEST_CASE(scale_factors_map_coordinates) {
  Tensor x = sequence({0, 1, 2});
  BOOST_TEST(numbers(F::interpolate(x, {}, {1.5}, "linear")) ==
                 (Numbers{0, 0.5, 2.5 / 1.5 - 0.5, 3.5 / 1.5 - 0.5}),
             tolerance(1e-12) << per_element());
  BOOST_TEST(numbers(F::interpolate(x, 4, {}, "linear"))[1] == 1.5 * 0.75 - 0.5,
             tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(interpolate_without_samples) {
  BOOST_TEST((F::interpolate(zeros({0, 2, 3}), 5).shape() == Shape{0, 2, 5}));
}

// ---- pixel_shuffle ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(pixel_shuffle_by_hand) {
  // Four channels of 1 x 2: the square of place w is filled row by row.
  Tensor x = (arange(8) + 1).to(f64).view({4, 1, 2});
  x.requires_grad_();
  Tensor y = F::pixel_shuffle(x, 2);
  BOOST_TEST((y.shape() == Shape{1, 2, 4}));
  BOOST_TEST(numbers(y) == (Numbers{1, 3, 2, 4, 5, 7, 6, 8}), per_element());
  BOOST_TEST(F::pixel_unshuffle(y, 2).equal(x));
  Tensor dy = randn({1, 2, 4}, f64);
  y.backward(dy);
  BOOST_TEST(x.grad().equal(F::pixel_unshuffle(dy, 2)));
  Tensor many = randn({2, 3, 18, 2, 5});  // any number of axes before the channels
  BOOST_TEST((F::pixel_shuffle(many, 3).shape() == Shape{2, 3, 2, 6, 15}));
  BOOST_TEST(F::pixel_unshuffle(F::pixel_shuffle(many, 3), 3).equal(many));
}

// ---- gradients --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients) {
  manual_seed(4);
  struct Case {
    Shape shape;
    nn::PerAxis size;
    std::vector<double> factors;
    const char* mode;
    std::optional<bool> corners;
  };
  for (const Case& c :
       std::vector<Case>{{{2, 1, 5}, 8, {}, "nearest", {}},
                         {{1, 2, 3, 4}, {}, {0.6, 2.5}, "nearest-exact", {}},
                         {{2, 1, 5}, 3, {}, "linear", {}},
                         {{1, 2, 3, 4}, {5, 7}, {}, "bilinear", false},
                         {{1, 2, 3, 4}, {5, 2}, {}, "bilinear", true},
                         {{1, 1, 2, 3, 4}, {}, {1.7}, "trilinear", {}},
                         {{1, 2, 4, 3}, {6, 5}, {}, "bicubic", {}},
                         {{1, 2, 4, 3}, {}, {0.5, 2}, "bicubic", true},
                         {{1, 2, 5, 4}, {2, 3}, {}, "area", {}}}) {
    GradCheck result = gradcheck(
        [&](const std::vector<Tensor>& in) {
          return F::interpolate(in[0], c.size, c.factors, c.mode, c.corners);
        },
        {randn(c.shape, f64).requires_grad_()});
    BOOST_TEST(result.ok, c.mode << ": " << result.report);
  }
}

// ---- messages ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bad_input) {
  Tensor x = zeros({1, 2, 4, 4});
  BOOST_TEST(error_of([&] { F::interpolate(x, 5, {}, "linear"); }) ==
             "interpolate: input is (1,2,4,4), and mode 'linear' is for grids with 1 axis");
  BOOST_TEST(fails_with("'trilinear' is for grids with 3 axes",
                        [&] { F::interpolate(x, 5, {}, "trilinear"); }));
  BOOST_TEST(fails_with("it must be (N,C,L)", [] { F::interpolate(zeros({4, 4}), 5); }));
  BOOST_TEST(fails_with("none is", [&] { F::interpolate(x); }));
  BOOST_TEST(fails_with("both are given", [&] { F::interpolate(x, 5, {2}); }));
  BOOST_TEST(fails_with("size has 3 numbers", [&] { F::interpolate(x, {1, 2, 3}); }));
  BOOST_TEST(fails_with("scale_factor has 3 numbers", [&] {
    F::interpolate(x, {}, {1, 2, 3});
  }));
  BOOST_TEST(fails_with("size is 0; it must be at least 1", [&] { F::interpolate(x, 0); }));
  for (double factor : {0.0, -1.0, 0.2, std::nan(""), double(INFINITY), 1e300}) {
    for (const char* mode : {"nearest", "bilinear", "area"}) {
      BOOST_TEST(
          fails_with("scale_factor is", [&] { F::interpolate(x, {}, {factor}, mode); }),
          factor << " " << mode);
    }
  }
  BOOST_TEST(fails_with("align_corners is given, and mode 'nearest' has no use for it",
                        [&] { F::interpolate(x, 5, {}, "nearest", false); }));
  BOOST_TEST(fails_with("mode 'area' has no use for it",
                        [&] { F::interpolate(x, 5, {}, "area", true); }));
  BOOST_TEST(fails_with("mode is", [&] { F::interpolate(x, 5, {}, "lanczos"); }));
  BOOST_TEST(fails_with("needs floating-point numbers",
                        [&] { F::interpolate(x.to(u8), 5, {}, "bilinear"); }));
  BOOST_TEST(fails_with("axis 2 is empty", [] { F::interpolate(zeros({1, 2, 0, 4}), 5); }));
  BOOST_TEST(fails_with("it must be (N,C,L)", [] {
    F::interpolate(zeros({4, 4}), 5, {}, "area");
  }));
  BOOST_TEST(fails_with("none is", [&] { F::interpolate(x, {}, {}, "area"); }));
  BOOST_TEST(fails_with("scale_factor has 3 numbers", [&] {
    F::interpolate(x, {}, {1, 2, 3}, "area");
  }));

  BOOST_TEST(error_of([&] {
               F::pixel_shuffle(zeros({1, 6, 2, 2}), 2);
             }) ==
             "pixel_shuffle: input is (1,6,2,2): its 6 channels do not divide into groups "
             "of 2*2");
  BOOST_TEST(fails_with("must be multiples of 3", [] {
    F::pixel_unshuffle(zeros({1, 6, 4}), 3);
  }));
  BOOST_TEST(fails_with("it must be (...,C,H,W)", [] {
    F::pixel_shuffle(zeros({4, 4}), 2);
  }));
  BOOST_TEST(fails_with("upscale_factor is 0", [] {
    F::pixel_shuffle(zeros({4, 4, 4}), 0);
  }));
  BOOST_TEST(fails_with("downscale_factor is -1", [] {
    F::pixel_unshuffle(zeros({4, 4, 4}), -1);
  }));
  BOOST_TEST(fails_with("it must be at most", [] {
    F::pixel_shuffle(zeros({0, 4, 4}), std::numeric_limits<int64_t>::max());
  }));
}
