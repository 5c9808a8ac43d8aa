// Numbers from one element type to another, and copies between tensors of any strides.
#define BOOST_TEST_MODULE tensor_convert
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "support/check.hpp"
#include "tensor/strides.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

constexpr DType all_types[] = {f32, f64, i64, i32, i16, i8, u8, bool_, f16, bf16};

// A copy of t in another type, by copy_elements alone.
Tensor converted(const Tensor& t, DType type) {
  Tensor result = empty(t.shape(), type);
  copy_elements(result.desc(), t.desc());
  return result;
}

// t's memory, seen with other sizes and strides.
Tensor restrided(const Tensor& t, const Shape& shape, const Shape& strides,
                 int64_t start = 0) {
  return from_blob(
      static_cast<char*>(t.data()) + start * int64_t(size_of(t.dtype())), shape, t.dtype(),
      [t] {}, strides);
}

}  // namespace

BOOST_AUTO_TEST_CASE(fractions_become_whole_numbers_by_dropping_what_follows_the_point) {
  BOOST_TEST(convert<int64_t>(2.9) == 2);
  BOOST_TEST(convert<int64_t>(-2.9) == -2);
  BOOST_TEST(convert<uint8_t>(-0.5) == 0);
  BOOST_TEST(convert<int8_t>(127.9f) == 127);
}

BOOST_AUTO_TEST_CASE(fractions_out_of_range_become_the_nearest_end_and_nan_zero) {
  BOOST_TEST(convert<int8_t>(128.0f) == 127);
  BOOST_TEST(convert<int8_t>(-1000.0) == -128);
  BOOST_TEST(convert<uint8_t>(-1.0) == 0);
  BOOST_TEST(convert<uint8_t>(256.0) == 255);
  BOOST_TEST(convert<int32_t>(2147483648.0f) == std::numeric_limits<int32_t>::max());
  BOOST_TEST(convert<int64_t>(9223372036854775808.0) ==
             std::numeric_limits<int64_t>::max());
  BOOST_TEST(convert<int64_t>(-INFINITY) == std::numeric_limits<int64_t>::min());
  BOOST_TEST(convert<int64_t>(NAN) == 0);
  BOOST_TEST(convert<uint8_t>(NAN) == 0);
}

BOOST_AUTO_TEST_CASE(whole_numbers_keep_their_low_bits) {
  BOOST_TEST(convert<uint8_t>(int64_t(300)) == 44);
  BOOST_TEST(convert<uint8_t>(int64_t(-1)) == 255);
  BOOST_TEST(convert<int8_t>(int64_t(200)) == -56);
}

BOOST_AUTO_TEST_CASE(to_bool_asks_whether_it_differs_from_zero) {
  BOOST_TEST(convert<bool>(0.25f) == true);
  BOOST_TEST(convert<bool>(-0.0) == false);
  BOOST_TEST(convert<bool>(NAN) == true);
  BOOST_TEST(convert<bool>(int64_t(256)) == true);
  BOOST_TEST(convert<bool>(Half(0.0f)) == false);
}

BOOST_AUTO_TEST_CASE(halves_round_to_nearest_even) {
  BOOST_TEST(float(Half(1.0f + 0x1p-11f)) == 1.0f);                // a tie: even below
  BOOST_TEST(float(Half(1.0f + 3 * 0x1p-11f)) == 1.0f + 0x1p-9f);  // a tie: even above
  BOOST_TEST(float(Half(65519.0f)) == 65504.0f);
  BOOST_TEST(std::isinf(float(Half(65520.0f))));
  BOOST_TEST(float(Half(0x1p-24f)) == 0x1p-24f);  // the smallest above 0
  BOOST_TEST(float(Half(0x1p-25f)) == 0.0f);      // a tie with 0
  BOOST_TEST(std::isnan(float(Half(NAN))));
  BOOST_TEST(float(BFloat16(1.0f + 0x1p-8f)) == 1.0f);
  BOOST_TEST(float(BFloat16(1.0f + 3 * 0x1p-8f)) == 1.0f + 0x1p-6f);
  BOOST_TEST(std::isnan(float(BFloat16(NAN))));
}

BOOST_AUTO_TEST_CASE(every_half_survives_the_way_through_float) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    Half half;
    half.bits = uint16_t(bits);
    BFloat16 brain;
    brain.bits = uint16_t(bits);
    bool half_nan = (bits & 0x7fff) > 0x7c00, brain_nan = (bits & 0x7fff) > 0x7f80;
    if (!half_nan && Half(float(half)).bits != bits) BOOST_ERROR("half " << bits);
    if (!brain_nan && BFloat16(float(brain)).bits != bits) BOOST_ERROR("bfloat16 " << bits);
  }
}

BOOST_AUTO_TEST_CASE(every_pair_of_types_copies_small_numbers_exactly) {
  for (DType from : all_types) {
    for (DType to : all_types) {
      Tensor source = converted(arange(0, 100), from);
      Tensor copy = converted(source, to);
      for (int i = 0; i < 100; ++i) {
        double expected = from == bool_ || to == bool_ ? double(i != 0) : i;
        if (numbers(copy)[size_t(i)] != expected) {
          BOOST_ERROR(name(from) << " to " << name(to) << ": " << i << " became "
                                 << numbers(copy)[size_t(i)]);
        }
      }
    }
  }
}

// All layouts of a (5,4,3) tensor inside a larger one: each of the six orders of axes, gaps
// along each axis, a start that is not the memory's; copied in both directions.
BOOST_AUTO_TEST_CASE(copies_follow_any_strides_on_both_sides) {
  Tensor memory = arange(1000);
  Shape shape{5, 4, 3};
  int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (auto& order : orders) {
    for (int64_t gap : {1, 2}) {
      Shape strides{0, 0, 0};
      int64_t step = 1;
      for (int d = 2; d >= 0; --d) {
        step *= gap;
        strides[order[d]] = step;
        step *= shape[order[d]];
      }
      Tensor view = restrided(memory, shape, strides, 7);
      Tensor dense = converted(view, i64), other = converted(view, f32);
      Tensor back = zeros({1000}, i64);
      copy_elements(restrided(back, shape, strides, 7).desc(), other.desc());
      size_t at = 0;
      for (int64_t i = 0; i < 5; ++i) {
        for (int64_t j = 0; j < 4; ++j) {
          for (int64_t k = 0; k < 3; ++k, ++at) {
            int64_t place = 7 + i * strides[0] + j * strides[1] + k * strides[2];
            BOOST_TEST(dense.span<int64_t>()[at] == place);
            BOOST_TEST(other.span<float>()[at] == float(place));
            BOOST_TEST(back.span<int64_t>()[size_t(place)] == place);
          }
        }
      }
      auto all = back.to_vector<int64_t>();
      BOOST_TEST(std::count_if(all.begin(), all.end(), [](int64_t x) { return x != 0; }) ==
                 60);
    }
  }
}

// Larger than the squares in which transposed copies work, and no multiple of them.
BOOST_AUTO_TEST_CASE(large_transpositions_are_right_for_each_width) {
  for (DType type : {u8, i16, f32, f64}) {
    Tensor t = converted(arange(2 * 70 * 45), type);
    Tensor copy = converted(restrided(t, {2, 45, 70}, {3150, 1, 45}), type);
    auto x = t.to_vector<double>(), y = copy.to_vector<double>();
    for (size_t b = 0; b < 2; ++b) {
      for (size_t i = 0; i < 45; ++i) {
        for (size_t j = 0; j < 70; ++j) {
          if (y[b * 3150 + i * 70 + j] != x[b * 3150 + j * 45 + i]) {
            BOOST_ERROR(name(type) << " at " << b << ", " << i << ", " << j);
          }
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(copies_broadcast_the_source) {
  Tensor target = zeros({2, 3});
  copy_elements(target.desc(), tensor({1, 2, 3}).desc());
  BOOST_TEST(numbers(target) == (Numbers{1, 2, 3, 1, 2, 3}), per_element());
  copy_elements(target.desc(), tensor({{4.0}, {5.0}}).desc());
  BOOST_TEST(numbers(target) == (Numbers{4, 4, 4, 5, 5, 5}), per_element());
  copy_elements(target.desc(), tensor(6).desc());
  BOOST_TEST(numbers(target) == Numbers(6, 6.0), per_element());
  BOOST_TEST(fails_with("(2) does not broadcast to (2,3)", [&] {
    copy_elements(target.desc(), tensor({1, 2}).desc());
  }));
  BOOST_TEST(fails_with("(1,2,3) does not broadcast to (2,3)", [&] {
    copy_elements(target.desc(), zeros({1, 2, 3}).desc());
  }));
}

BOOST_AUTO_TEST_CASE(copies_of_nothing_and_of_one) {
  Tensor none = empty({0, 3}, i64);
  copy_elements(none.desc(), zeros({0, 3}).desc());
  copy_elements(none.desc(), zeros({1, 3}).desc());
  Tensor one = empty({}, i64);
  copy_elements(one.desc(), tensor(4.5).desc());
  BOOST_TEST(one.item() == 4);
}

// Bytes other than 0 and 1 in a bool tensor, which came from elsewhere, count as true.
BOOST_AUTO_TEST_CASE(any_byte_but_zero_is_true) {
  unsigned char memory[] = {0, 1, 2, 255};
  Tensor t = from_blob(memory, {4}, bool_);
  BOOST_TEST(numbers(t) == (Numbers{0, 1, 1, 1}), per_element());
  BOOST_TEST(t.to_vector<bool>() == (std::vector{false, true, true, true}), per_element());
}

BOOST_AUTO_TEST_CASE(shapes_broadcast_from_the_last_axis) {
  BOOST_TEST((broadcast_shapes("x", {2, 3}, {3}) == Shape{2, 3}));
  BOOST_TEST((broadcast_shapes("x", {4, 1}, {3}) == Shape{4, 3}));
  BOOST_TEST((broadcast_shapes("x", {}, {5}) == Shape{5}));
  BOOST_TEST((broadcast_shapes("x", {1, 0}, {7, 1}) == Shape{7, 0}));
  BOOST_TEST(fails_with("sizes 3 and 4 of axis -1 differ", [] {
    broadcast_shapes("x", {2, 3}, {4});
  }));
}

BOOST_AUTO_TEST_CASE(loops_merge_axes_that_lie_in_one_run) {
  Loops<1> dense({2, 3, 4}, {Shape{12, 4, 1}});
  BOOST_TEST(dense.rank == 1);
  BOOST_TEST(dense.size[0] == 24);
  Loops<2> sliced({4, 5, 3}, {Shape{15, 3, 1}, Shape{30, 6, 1}});
  BOOST_TEST(sliced.rank == 2);
  BOOST_TEST(sliced.size[0] == 20);
  BOOST_TEST(sliced.step[0][1] == 6);
  Loops<1> transposed({3, 2}, {Shape{1, 3}});  // the same memory, so the same loop
  BOOST_TEST(transposed.rank == 1);
  Loops<1> none({3, 0}, {Shape{1, 1}});
  none.for_each_row([](auto&, int64_t n) { BOOST_TEST(n == 0); });
}
