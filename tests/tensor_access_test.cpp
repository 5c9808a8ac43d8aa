// Reading a tensor's numbers and sizes, and comparing tensors.
#define BOOST_TEST_MODULE tensor_access
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

constexpr double nan_ = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

BOOST_AUTO_TEST_CASE(sizes_count_from_both_ends) {
  Tensor t = zeros({2, 3, 4});
  BOOST_TEST(t.size(0) == 2);
  BOOST_TEST(t.size(-1) == 4);
  BOOST_TEST(t.len() == 2);
  BOOST_TEST(len(t) == 2);
  BOOST_TEST(t.numel() == 24);
  BOOST_TEST((t.size() == t.shape()));
  BOOST_TEST(fails_with("axis 3 of a tensor with 3 axes", [&] { t.size(3); }));
  BOOST_TEST(fails_with("axis -4", [&] { t.size(-4); }));
  BOOST_TEST(fails_with("no length", [] { tensor(1).len(); }));
  BOOST_TEST(fails_with("no sizes", [] { tensor(1).size(0); }));
}

BOOST_AUTO_TEST_CASE(an_empty_handle_has_nothing_to_say) {
  Tensor t;
  BOOST_TEST(!t.defined());
  for (auto& message : {error_of([&] { t.dim(); }), error_of([&] { t.numel(); }),
                        error_of([&] { t.item(); }), error_of([&] { t.version(); }),
                        error_of([&] { t.span<float>(); }), error_of([&] { t.shape(); })}) {
    BOOST_TEST(message.starts_with("tensor: this handle is empty"));
  }
}

BOOST_AUTO_TEST_CASE(item_converts_the_only_element) {
  BOOST_TEST(tensor(2.5).item() == 2.5);
  BOOST_TEST(full({1, 1, 1}, 7).item<int>() == 7);
  BOOST_TEST(tensor(2.9).item<int64_t>() == 2);
  BOOST_TEST(tensor(true).item<bool>());
  BOOST_TEST(tensor((int64_t(1) << 53) + 1).item<int64_t>() == (int64_t(1) << 53) + 1);
  BOOST_TEST(float(tensor(0.5)) == 0.5f);
  BOOST_TEST(double(full({1}, 0.5, f16)) == 0.5);
  BOOST_TEST(error_of([] { ones({3}).item(); }) ==
             "item: a tensor with 3 elements has no single value\n"
             "  hint: reduce it (sum, mean, ...) or pick an element: x[0]");
  BOOST_TEST(fails_with("0 elements", [] { ones({0}).item(); }));
}

BOOST_AUTO_TEST_CASE(span_is_the_memory_itself) {
  Tensor t = arange(0, 4, 1, f32);
  auto x = t.span<float>();
  BOOST_TEST(x.size() == 4u);
  x[2] = 20;
  BOOST_TEST(numbers(t) == (Numbers{0, 1, 20, 3}), per_element());
  BOOST_TEST(ones({0, 2}).span<float>().empty());
  BOOST_TEST(fails_with("the tensor is of type f32, the span of type f64",
                        [&] { t.span<double>(); }));
  BOOST_TEST(fails_with("do not lie one after the other", [&] {
    from_blob(t.data(), {2, 2}, f32, {}, Shape{1, 2}).span<float>();
  }));
}

BOOST_AUTO_TEST_CASE(to_vector_copies_in_row_major_order) {
  Tensor t = arange(6);
  Tensor columns = from_blob(t.data(), {2, 3}, i64, {}, Shape{1, 2});
  BOOST_TEST(columns.to_vector<int>() == (std::vector{0, 2, 4, 1, 3, 5}), per_element());
  BOOST_TEST(tensor({0.0, 0.5}).to_vector<bool>() == (std::vector{false, true}),
             per_element());
  BOOST_TEST(zeros({3, 0}).to_vector<float>().empty());
}

BOOST_AUTO_TEST_CASE(handles_share_one_tensor) {
  Tensor a = zeros({2}), b = a;
  b.span<float>()[0] = 5;
  BOOST_TEST(numbers(a)[0] == 5);
  BOOST_TEST(a.is(b));
  BOOST_TEST(!a.is(zeros({2})));
}

BOOST_AUTO_TEST_CASE(equal_compares_shapes_and_numbers) {
  BOOST_TEST(tensor({1, 2}).equal(tensor({1, 2})));
  BOOST_TEST(!tensor({1, 2}).equal(tensor({1, 3})));
  BOOST_TEST(!tensor({1, 2}).equal(tensor({{1, 2}})));
  BOOST_TEST(tensor({1, 2}).equal(tensor({1.0, 2.0})));
  BOOST_TEST(!tensor({nan_}).equal(tensor({nan_})));
  BOOST_TEST(zeros({0, 3}).equal(zeros({0, 3})));
  BOOST_TEST(!zeros({0, 3}).equal(zeros({0, 4})));
  BOOST_TEST(tensor({true}).equal(tensor({1})));
  // Large whole numbers are not compared as fractions, in which these two are the same.
  int64_t large = int64_t(1) << 60;
  BOOST_TEST(!tensor({large}).equal(tensor({large + 1})));
}

BOOST_AUTO_TEST_CASE(allclose_allows_relative_and_absolute_error) {
  Tensor a = tensor({1.0, 100.0});
  BOOST_TEST(a.allclose(tensor({1.000005, 100.0005})));
  BOOST_TEST(!a.allclose(tensor({1.0, 100.01})));
  BOOST_TEST(a.allclose(tensor({1.0, 100.01}), 1e-3));
  BOOST_TEST(a.allclose(tensor({1.4, 100.4}), 0, 0.5));
  BOOST_TEST(!a.allclose(tensor({1.6, 100.0}), 0, 0.5));
  BOOST_TEST(!tensor({1.0}).allclose(tensor({nan_})));
  BOOST_TEST(!tensor({nan_}).allclose(tensor({nan_})));
  BOOST_TEST(tensor({nan_, 1.0}).allclose(tensor({nan_, 1.0}), 1e-5, 1e-8, true));
  BOOST_TEST(tensor({inf}).allclose(tensor({inf})));
  BOOST_TEST(!tensor({inf}).allclose(tensor({-inf})));
  BOOST_TEST(!tensor({inf}).allclose(tensor({1e30}), 1e9));
  BOOST_TEST(zeros({0}).allclose(zeros({0})));
}

// The tolerance is relative to the second tensor: |a - b| <= rtol*|b|.
BOOST_AUTO_TEST_CASE(allclose_measures_against_the_other_and_broadcasts) {
  BOOST_TEST(tensor({10.0}).allclose(tensor({11.0}), 0.095, 0));
  BOOST_TEST(!tensor({11.0}).allclose(tensor({10.0}), 0.095, 0));
  BOOST_TEST(ones({2, 3}).allclose(tensor(1)));
  BOOST_TEST(!tensor({{1.0, 2.0}, {1.0, 3.0}}).allclose(tensor({1.0, 2.0})));
  BOOST_TEST(fails_with("do not broadcast", [] { ones({2}).allclose(ones({3})); }));
}
