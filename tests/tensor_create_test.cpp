// Tensors filled by rule, from numbers, and around memory that exists already.
#define BOOST_TEST_MODULE tensor_create
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

BOOST_AUTO_TEST_CASE(constants_have_their_shape_type_and_value) {
  BOOST_TEST(numbers(zeros({2, 2})) == Numbers(4, 0.0), per_element());
  BOOST_TEST(numbers(ones({3}, i16)) == Numbers(3, 1.0), per_element());
  BOOST_TEST((ones({3}, i16).dtype() == i16));
  BOOST_TEST((zeros({1}).dtype() == f32));
  BOOST_TEST((full({2}, 7).dtype() == i64));
  BOOST_TEST((full({2}, 0.5).dtype() == f32));
  BOOST_TEST((full({2}, true).dtype() == bool_));
  BOOST_TEST(numbers(full({2}, 2.75, i32)) == (Numbers{2, 2}), per_element());
  BOOST_TEST((zeros({2, 3, 4}).strides() == Shape{12, 4, 1}));
}

BOOST_AUTO_TEST_CASE(every_type_holds_zero_one_and_minus_one) {
  for (DType type : {f32, f64, i64, i32, i16, i8, f16, bf16}) {
    BOOST_TEST(numbers(zeros({2}, type)) == (Numbers{0, 0}), per_element());
    BOOST_TEST(numbers(ones({2}, type)) == (Numbers{1, 1}), per_element());
    BOOST_TEST(numbers(full({2}, -1, type)) == (Numbers{-1, -1}), per_element());
  }
  BOOST_TEST(numbers(full({2}, 255, u8)) == (Numbers{255, 255}), per_element());
  BOOST_TEST(numbers(ones({2}, bool_)) == (Numbers{1, 1}), per_element());
}

BOOST_AUTO_TEST_CASE(a_number_that_does_not_fit_is_refused) {
  BOOST_TEST(error_of([] { full({1}, 300, u8); }) ==
             "full: 300 does not fit in the type u8");
  BOOST_TEST(fails_with("-1 does not fit", [] { full({1}, -1, u8); }));
  BOOST_TEST(fails_with("does not fit", [] { full({1}, 1e19, i64); }));
  BOOST_TEST(fails_with("nan does not fit", [] { full({1}, NAN, i32); }));
  BOOST_TEST(error_of([] { full({1}, 127, i8); }) == "");
  BOOST_TEST(error_of([] { full({1}, -128, i8); }) == "");
}

BOOST_AUTO_TEST_CASE(rank_zero_and_size_zero) {
  Tensor one = full({}, 5.0);
  BOOST_TEST(one.dim() == 0);
  BOOST_TEST(one.numel() == 1);
  BOOST_TEST(one.item() == 5);
  Tensor none = zeros({2, 0, 3});
  BOOST_TEST(none.numel() == 0);
  BOOST_TEST(none.data() != nullptr);
  BOOST_TEST((none.strides() == Shape{3, 3, 1}));
  BOOST_TEST(none.is_contiguous());
  BOOST_TEST(numbers(none).empty());
  int64_t large = int64_t(1) << 40;
  BOOST_TEST(zeros({large, 0, 7}).numel() == 0);
  BOOST_TEST(fails_with("more elements", [&] { zeros({large, 0, large, large}); }));
}

BOOST_AUTO_TEST_CASE(impossible_shapes_are_refused) {
  BOOST_TEST(fails_with("(2,-1) has a negative size", [] { zeros({2, -1}); }));
  BOOST_TEST(fails_with("more elements", [] {
    empty({int64_t(1) << 40, int64_t(1) << 40});
  }));
  BOOST_TEST(fails_with("more bytes", [] { empty({int64_t(1) << 61}, f64); }));
  BOOST_TEST(fails_with("bytes", [] { empty({int64_t(1) << 55}, u8); }));
  BOOST_TEST(fails_with("axes", [] { empty({1, 1, 1, 1, 1, 1, 1, 1, 1}); }));
}

BOOST_AUTO_TEST_CASE(likes_take_shape_and_type) {
  Tensor t = ones({2, 3}, i32);
  BOOST_TEST((zeros_like(t).dtype() == i32));
  BOOST_TEST((ones_like(t, f64).dtype() == f64));
  BOOST_TEST((empty_like(t).shape() == Shape{2, 3}));
  BOOST_TEST(numbers(full_like(t, 4)) == Numbers(6, 4.0), per_element());
  BOOST_TEST(numbers(t.new_full({2}, 9)) == (Numbers{9, 9}), per_element());
  BOOST_TEST((t.new_zeros({1}).dtype() == i32));
  BOOST_TEST((t.new_ones({1}, bool_).dtype() == bool_));
  BOOST_TEST((t.new_empty({0}).shape() == Shape{0}));
}

BOOST_AUTO_TEST_CASE(arange_counts_like_python) {
  BOOST_TEST(numbers(arange(4)) == (Numbers{0, 1, 2, 3}), per_element());
  BOOST_TEST((arange(4).dtype() == i64));
  BOOST_TEST(numbers(arange(1, 8, 3)) == (Numbers{1, 4, 7}), per_element());
  BOOST_TEST(numbers(arange(1, 7, 3)) == (Numbers{1, 4}), per_element());
  BOOST_TEST(numbers(arange(5, 0, -2)) == (Numbers{5, 3, 1}), per_element());
  BOOST_TEST(numbers(arange(3, 3)).empty());
  BOOST_TEST(numbers(arange(0, 1, 0.25)) == (Numbers{0, 0.25, 0.5, 0.75}), per_element());
  BOOST_TEST((arange(0, 1, 0.25).dtype() == f32));
  BOOST_TEST(arange(0, 1, 0.1).numel() == 10);
  BOOST_TEST(arange(0, 1.0000001, 0.1).numel() == 11);
  BOOST_TEST(numbers(arange(0.0, 3.0, 1.0, i64)) == (Numbers{0, 1, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(arange_is_exact_at_the_ends_of_the_integers) {
  constexpr int64_t top = std::numeric_limits<int64_t>::max();
  constexpr int64_t bottom = std::numeric_limits<int64_t>::min();
  BOOST_TEST(arange(top - 2, top).to_vector<int64_t>() == (std::vector{top - 2, top - 1}),
             per_element());
  BOOST_TEST(arange(bottom, top, top).to_vector<int64_t>() ==
                 (std::vector{bottom, int64_t(-1), top - 1}),
             per_element());
}

BOOST_AUTO_TEST_CASE(arange_refuses_ranges_without_an_end) {
  BOOST_TEST(fails_with("step must not be 0", [] { arange(0, 5, 0); }));
  BOOST_TEST(fails_with("step must not be 0", [] { arange(0, 5, 0.5, i64); }));
  BOOST_TEST(fails_with("leads away", [] { arange(0, 5, -1); }));
  BOOST_TEST(fails_with("leads away", [] { arange(-3); }));
  BOOST_TEST(fails_with("finite", [] { arange(0, INFINITY); }));
  BOOST_TEST(fails_with("finite", [] { arange(0, NAN, 1.0); }));
  BOOST_TEST(fails_with("bool", [] { arange(0, 2, 1, bool_); }));
  BOOST_TEST(fails_with("too many", [] { arange(0, 1, 1e-300); }));
}

// linspace(0, 1, 4) in f32: 1/3 and 2/3 are rounded, and x[i] + x[n-1-i] = 1 all the same.
BOOST_AUTO_TEST_CASE(linspace_meets_both_ends_and_is_symmetric) {
  auto x = linspace(0, 1, 4).to_vector<float>();
  BOOST_TEST(x == (std::vector{0.0f, 1.0f / 3, 2.0f / 3, 1.0f}), per_element());
  auto y = linspace(-0.7, 0.7, 101, f64).to_vector<double>();
  BOOST_TEST(y.front() == -0.7);
  BOOST_TEST(y.back() == 0.7);
  for (size_t i = 0; i < 50; ++i) BOOST_TEST(y[i] == -y[100 - i]);
  BOOST_TEST(numbers(linspace(3, 9, 1)) == Numbers{3}, per_element());
  BOOST_TEST(numbers(linspace(3, 9, 0)).empty());
  BOOST_TEST(numbers(linspace(4, 0, 3)) == (Numbers{4, 2, 0}), per_element());
  BOOST_TEST(numbers(linspace(0, 5, 3, i64)) == (Numbers{0, 2, 5}), per_element());
  BOOST_TEST(fails_with("-1 steps", [] { linspace(0, 1, -1); }));
}

BOOST_AUTO_TEST_CASE(eye_has_ones_on_the_diagonal) {
  BOOST_TEST(numbers(eye(2)) == (Numbers{1, 0, 0, 1}), per_element());
  BOOST_TEST(numbers(eye(2, 3)) == (Numbers{1, 0, 0, 0, 1, 0}), per_element());
  BOOST_TEST(numbers(eye(3, 2, i64)) == (Numbers{1, 0, 0, 1, 0, 0}), per_element());
  BOOST_TEST(numbers(eye(0)).empty());
  BOOST_TEST(fails_with("negative", [] { eye(-1); }));
}

BOOST_AUTO_TEST_CASE(lists_of_numbers_take_pythons_types) {
  BOOST_TEST((tensor({1, 2}).dtype() == i64));
  BOOST_TEST((tensor({1.5, 2.0}).dtype() == f32));
  BOOST_TEST((tensor({true, false}).dtype() == bool_));
  BOOST_TEST((tensor({1, 2}, f64).dtype() == f64));
  BOOST_TEST((tensor(std::vector<float>{1, 2}).dtype() == f32));
  BOOST_TEST(numbers(tensor({{1, 2, 3}, {4, 5, 6}})) == (Numbers{1, 2, 3, 4, 5, 6}),
             per_element());
  Tensor blocks = tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}});
  BOOST_TEST((blocks.shape() == Shape{2, 2, 2}));
  BOOST_TEST(tensor(2.5).dim() == 0);
  BOOST_TEST(tensor(std::vector<double>{}).numel() == 0);
  BOOST_TEST(tensor(int64_t(1) << 60).item<int64_t>() == int64_t(1) << 60);
  BOOST_TEST(fails_with("entry 1 of a nested list has 1 elements, the first one has 2", [] {
    tensor({{1, 2}, {3}});
  }));
}

BOOST_AUTO_TEST_CASE(from_blob_shares_memory_and_calls_back_once) {
  std::vector<float> memory{1, 2, 3, 4, 5, 6};
  int freed = 0;
  {
    Tensor t = from_blob(memory.data(), {2, 3}, f32, [&] { ++freed; });
    Tensor other = t;
    BOOST_TEST(t.data() == memory.data());
    t.span<float>()[4] = 50;
    BOOST_TEST(memory[4] == 50);
    memory[0] = 10;
    BOOST_TEST(numbers(other) == (Numbers{10, 2, 3, 4, 50, 6}), per_element());
    BOOST_TEST(freed == 0);
  }
  BOOST_TEST(freed == 1);
}

BOOST_AUTO_TEST_CASE(from_blob_takes_strides) {
  std::vector<int32_t> memory{1, 2, 3, 4, 5, 6};
  Tensor columns = from_blob(memory.data(), {3, 2}, i32, {}, Shape{1, 3});
  BOOST_TEST(numbers(columns) == (Numbers{1, 4, 2, 5, 3, 6}), per_element());
  Tensor repeated = from_blob(memory.data(), {2, 2}, i32, {}, Shape{0, 1});
  BOOST_TEST(numbers(repeated) == (Numbers{1, 2, 1, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(from_blob_refuses_what_cannot_be_a_tensor) {
  alignas(8) char memory[64] = {};
  BOOST_TEST(fails_with("negative size", [&] { from_blob(memory, {-1}, f32); }));
  BOOST_TEST(fails_with("null", [&] { from_blob(nullptr, {1}, f32); }));
  BOOST_TEST(fails_with("multiple of 4", [&] { from_blob(memory + 1, {1}, f32); }));
  BOOST_TEST(fails_with("negative", [&] { from_blob(memory, {2}, f32, {}, Shape{-1}); }));
  BOOST_TEST(fails_with("1 axes, strides (1,1) have 2", [&] {
    from_blob(memory, {2}, f32, {}, Shape{1, 1});
  }));
  BOOST_TEST(fails_with("64 bits can address", [&] {
    from_blob(memory, {3}, f32, {}, Shape{std::numeric_limits<int64_t>::max() / 2});
  }));
  BOOST_TEST(from_blob(nullptr, {0, 4}, f32).numel() == 0);
  BOOST_TEST(from_blob(nullptr, {0, 4}, f32).data() != nullptr);
}

BOOST_AUTO_TEST_CASE(from_span_sees_what_the_owner_writes) {
  std::vector<double> memory{1, 2, 3, 4};
  Tensor t = from_span(memory, Shape{2, 2});
  memory[3] = 40;
  BOOST_TEST(numbers(t) == (Numbers{1, 2, 3, 40}), per_element());
  BOOST_TEST(
      fails_with("needs 3 elements, the span has 4", [&] { from_span(memory, Shape{3}); }));
}
