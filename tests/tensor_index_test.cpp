// Subscripts: reading and writing through brackets.
//
// The tensor x of most cases is (3,4,5) and holds 100*i + 10*j + k at index (i,j,k), so that
// an element tells where it came from.
#define BOOST_TEST_MODULE tensor_index
#include <boost/test/unit_test.hpp>

#include "autograd/grad_mode.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

Tensor places() {
  Tensor x = empty({3, 4, 5}, i64);
  auto data = x.span<int64_t>();
  for (int i = 0, at = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      for (int k = 0; k < 5; ++k) data[size_t(at++)] = 100 * i + 10 * j + k;
    }
  }
  return x;
}

void check(const Tensor& t, const Shape& shape, const Numbers& expected) {
  BOOST_TEST((t.shape() == shape), t.shape().to_string()
                                       << " is not " << shape.to_string());
  BOOST_TEST(numbers(t) == expected, per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_pick_and_drop_an_axis) {
  Tensor x = places();
  BOOST_TEST((x[1].shape() == Shape{4, 5}));
  check(x[{1, 2}], {5}, {120, 121, 122, 123, 124});
  check(x[{1, 2, 3}], {}, {123});
  check(x[{-1, -4, -5}], {}, {200});
  check(x[2][3][4], {}, {234});
  BOOST_TEST((x[{1, 2, 3}].item() == 123));
}

BOOST_AUTO_TEST_CASE(slices_follow_python) {
  Tensor x = arange(10);
  check(x[slice(2, 5)], {3}, {2, 3, 4});
  check(x[slice(7)], {3}, {7, 8, 9});
  check(x[slice({}, 3)], {3}, {0, 1, 2});
  check(x[slice({}, {}, 4)], {3}, {0, 4, 8});
  check(x[slice(-3)], {3}, {7, 8, 9});
  check(x[slice({}, -8)], {2}, {0, 1});
  check(x[slice(1, -1, 3)], {3}, {1, 4, 7});
  check(x[slice(-100, 2)], {2}, {0, 1});
  check(x[slice(8, 100)], {2}, {8, 9});
  check(x[slice(5, 2)], {0}, {});
  check(x[slice(20)], {0}, {});
  check(x[all], {10}, numbers(x));
  BOOST_TEST(fails_with("step is 0", [&] { x[slice(0, 5, 0)]; }));
  BOOST_TEST(fails_with("step is -1", [&] { x[slice({}, {}, -1)]; }));
}

BOOST_AUTO_TEST_CASE(plain_entries_combine) {
  Tensor x = places();
  check(x[{all, 1, slice(0, 2)}], {3, 2}, {10, 11, 110, 111, 210, 211});
  check(x[{0, slice(1, 3), 2}], {2}, {12, 22});
  check(x[{ellipsis, 4}], {3, 4}, {4, 14, 24, 34, 104, 114, 124, 134, 204, 214, 224, 234});
  check(x[{1, ellipsis, 0}], {4}, {100, 110, 120, 130});
  check(x[{2, 1, ellipsis, 3}], {}, {213});
  check(x[{2, 1, 3, ellipsis}], {}, {213});
  BOOST_TEST((x[{newaxis, 0}].shape() == Shape{1, 4, 5}));
  BOOST_TEST((x[{0, newaxis, slice(1, 3), newaxis}].shape() == Shape{1, 2, 1, 5}));
  BOOST_TEST((x[{ellipsis, newaxis}].shape() == Shape{3, 4, 5, 1}));
  BOOST_TEST((x[ellipsis].shape() == Shape{3, 4, 5}));
}

BOOST_AUTO_TEST_CASE(plain_subscripts_are_views) {
  Tensor x = places();
  BOOST_TEST((x[{1, 2, 3}].data() == x.span<int64_t>().data() + 33));
  x[{all, 0, 0}].fill_(-1);
  BOOST_TEST(numbers(x)[20] == -1);
}

BOOST_AUTO_TEST_CASE(errors_name_axis_and_size) {
  Tensor x = places();
  BOOST_TEST(error_of([&] { x[3]; }) ==
             "index: 3 is out of range for axis 0 of (3,4,5), which has size 3");
  BOOST_TEST(fails_with("-6 is out of range for axis 2", [&] { x[{0, 0, -6}]; }));
  BOOST_TEST(fails_with("5 is out of range for axis 2", [&] {
    x[{newaxis, 0, newaxis, 0, 5}];
  }));
  BOOST_TEST(fails_with("4 axes are indexed", [&] { x[{0, 0, 0, 0}]; }));
  BOOST_TEST(fails_with("one ellipsis", [&] { x[{ellipsis, 0, ellipsis}]; }));
  BOOST_TEST(fails_with("1 axes are indexed", [] { tensor(1)[0]; }));
  BOOST_TEST(fails_with("type f32 cannot be an index", [&] { x[tensor({0.0})]; }));
  BOOST_TEST(fails_with("its axis 0 has size 2", [&] { x[tensor({true, false})]; }));
  BOOST_TEST(fails_with("the tensor's axis 2 has 5", [&] {
    x[{0, 0, tensor({true, false})}];
  }));
  BOOST_TEST(!error_of([&] { x[index({0, 3})]; }).empty());
  BOOST_TEST(!error_of([&] { x[index({-4})]; }).empty());
  BOOST_TEST(!error_of([&] { x[{index({0, 1}), index({0, 1, 2})}]; }).empty());
}

BOOST_AUTO_TEST_CASE(index_tensors_choose_along_their_axis) {
  Tensor x = places();
  check(x[{index({2, 0, 2}), 1, 1}], {3}, {211, 11, 211});
  check(x[{0, index({3, -1}), slice(0, 2)}], {2, 2}, {30, 31, 30, 31});
  check(x[{0, 0, tensor({{1, 2}, {3, 4}})}], {2, 2}, {1, 2, 3, 4});
  check(x[{0, 0, tensor({1, 2}, u8)}], {2}, {1, 2});
  check(x[{0, 0, index({})}], {0}, {});
  BOOST_TEST((x[index({1, 1})].shape() == Shape{2, 4, 5}));
}

BOOST_AUTO_TEST_CASE(a_tensor_without_axes_counts_as_a_number) {
  Tensor x = places();
  check(x[{tensor(1), 2, tensor(-1)}], {}, {124});
  BOOST_TEST(x[tensor(1)].data() == x.span<int64_t>().data() + 20);
  BOOST_TEST(fails_with("3 is out of range", [&] { x[tensor(3)]; }));
}

BOOST_AUTO_TEST_CASE(several_index_tensors_go_in_pairs_and_broadcast) {
  Tensor x = places();
  check(x[{index({0, 1, 2}), index({3, 2, 1}), index({0, 0, 4})}], {3}, {30, 120, 214});
  check(x[{index({0, 2}), index({1, 3}), all}], {2, 5},
        {10, 11, 12, 13, 14, 230, 231, 232, 233, 234});
  Tensor rows = tensor({{0}, {2}}), columns = index({1, 2, 3});  // (2,1) and (3)
  check(x[{rows, columns, 0}], {2, 3}, {10, 20, 30, 210, 220, 230});
}

// Side by side, the new axes stand where the indexed ones stood; apart, they come first.
BOOST_AUTO_TEST_CASE(the_new_axes_stand_where_pytorch_puts_them) {
  Tensor x = places();
  check(x[{all, index({0, 3}), index({4, 1})}], {3, 2}, {4, 31, 104, 131, 204, 231});
  check(x[{index({0, 2}), all, index({4, 1})}], {2, 4},
        {4, 14, 24, 34, 201, 211, 221, 231});
  check(x[{slice(0, 2), index({1}), slice(0, 2)}], {2, 1, 2}, {10, 11, 110, 111});
  BOOST_TEST((x[{index({0, 2}), newaxis, index({0, 1})}].shape() == Shape{2, 1, 5}));
  // The number is a plain entry: it goes first, and the two tensors are side by side.
  Tensor y = zeros({2, 3, 4, 5});
  BOOST_TEST((y[{all, index({0, 1, 2}), 0, index({0, 1, 2})}].shape() == Shape{2, 3}));
  BOOST_TEST((y[{0, all, index({1, 2})}].shape() == Shape{3, 2, 5}));
}

BOOST_AUTO_TEST_CASE(masks_pick_what_is_true) {
  Tensor x = places();
  check(x[x > 232], {2}, {233, 234});
  check(x[{tensor({true, false, true}), 0, 0}], {2}, {0, 200});
  BOOST_TEST((x[tensor({true, false, true})].shape() == Shape{2, 4, 5}));
  Tensor corner = zeros({3, 4}, bool_);
  corner[{1, 2}] = true;
  corner[{2, 0}] = true;
  check(x[corner], {2, 5}, {120, 121, 122, 123, 124, 200, 201, 202, 203, 204});
  check(x[{corner, index({0, 4})}], {2}, {120, 204});
  check(x[x > 1000], {0}, {});
  check(x[{0, 0, tensor({true, false, false, false, true})}], {2}, {0, 4});
  check(arange(3)[tensor(true)], {1, 3}, {0, 1, 2});
  check(arange(3)[tensor(false)], {0, 3}, {});
  check(zeros({0, 2})[zeros({0}, bool_)], {0, 2}, {});
}

BOOST_AUTO_TEST_CASE(assignment_writes_into_the_tensor) {
  Tensor x = zeros({2, 3});
  x[0] = 7;
  check(x, {2, 3}, {7, 7, 7, 0, 0, 0});
  x[{all, 1}] = tensor({1.5, 2.5});
  check(x, {2, 3}, {7, 1.5, 7, 0, 2.5, 0});
  x[{1, slice(1)}] = x[{0, slice(0, 2)}];
  check(x, {2, 3}, {7, 1.5, 7, 0, 7, 1.5});
  x[{0, 0}] = tensor(3);
  x[1] = tensor({{8}});  // broadcasts; leading sizes of 1 may go
  check(x, {2, 3}, {3, 1.5, 7, 8, 8, 8});
  x[ellipsis] = 1;
  check(x, {2, 3}, Numbers(6, 1.0));
  BOOST_TEST(!error_of([&] { x[0] = tensor({1.0, 2.0}); }).empty());
}

BOOST_AUTO_TEST_CASE(compound_assignment_reads_and_writes) {
  Tensor x = arange(6).view({2, 3});
  x[0] += 10;
  x[1] *= tensor({1, 2, 3});
  check(x, {2, 3}, {10, 11, 12, 3, 8, 15});
  x[{all, 0}] -= x[{all, 2}];
  check(x, {2, 3}, {-2, 11, 12, -12, 8, 15});
}

BOOST_AUTO_TEST_CASE(assignment_through_tensors) {
  Tensor x = zeros({3, 4});
  x[index({2, 0})] = tensor({1.0, 2.0, 3.0, 4.0});
  check(x, {3, 4}, {1, 2, 3, 4, 0, 0, 0, 0, 1, 2, 3, 4});
  x[{index({0, 1, 2}), index({0, 1, 2})}] = tensor({-1, -2, -3});
  check(x, {3, 4}, {-1, 2, 3, 4, 0, -2, 0, 0, 1, 2, -3, 4});
  x[x < 0] = 9;
  check(x, {3, 4}, {9, 2, 3, 4, 0, 9, 0, 0, 1, 2, 9, 4});
  x[{1, x[1] == 0}] = tensor({5.0, 6.0, 7.0});
  check(x, {3, 4}, {9, 2, 3, 4, 5, 9, 6, 7, 1, 2, 9, 4});
  x[{slice(1), index({0})}] += 100;
  check(x, {3, 4}, {9, 2, 3, 4, 105, 9, 6, 7, 101, 2, 9, 4});
  x[x > 1000] = 0;
  x[{all, index({-1})}] = 0;
  check(x, {3, 4}, {9, 2, 3, 0, 105, 9, 6, 0, 101, 2, 9, 0});
}

BOOST_AUTO_TEST_CASE(gradients_flow_through_subscripts) {
  Tensor x = arange(0, 6, 1, f32).view({2, 3}).detach().requires_grad_();
  (x[{1, slice(1)}].sum() + 10 * x[{index({0, 0}), index({2, 2})}].sum()).backward();
  check(x.grad(), {2, 3}, {0, 0, 20, 0, 1, 1});
  x.zero_grad();
  Tensor y = x * 1;
  y[{0, 1}] = 5;
  y[index({1})] = 0;
  y.sum().backward();
  check(x.grad(), {2, 3}, {1, 0, 1, 0, 0, 0});
}
