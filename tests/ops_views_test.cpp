// Views: what they show, that they share memory, their gradients, and their messages.
// Values on more shapes are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_views
#include <boost/test/unit_test.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/gradcheck.hpp"
#include "ops/functions.hpp"
#include "ops/view_strides.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

using Inputs = std::vector<Tensor>;

// 0, 1, 2, ... in the given shape.
Tensor counting(const Shape& shape) { return arange(shape.numel()).to(f64).view(shape); }

void check_gradient(const char* what, const Shape& shape,
                    const std::function<Tensor(const Tensor&)>& f) {
  manual_seed(3);
  Tensor x = randn(shape, f64).requires_grad_();
  GradCheck result = gradcheck([&](const Inputs& in) { return f(in[0]); }, {x});
  BOOST_TEST(result.ok, what << ": " << result.report);
}

}  // namespace

// ---- by hand --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_view_shows_the_right_elements) {
  // x = 0 1 2      as (2,3)
  //     3 4 5
  Tensor x = counting({2, 3});
  BOOST_TEST(numbers(x.t()) == (Numbers{0, 3, 1, 4, 2, 5}), per_element());
  BOOST_TEST(numbers(x.T()) == (Numbers{0, 3, 1, 4, 2, 5}), per_element());
  BOOST_TEST(numbers(transpose(x)) == (Numbers{0, 3, 1, 4, 2, 5}), per_element());
  BOOST_TEST(numbers(x.select(1, -1)) == (Numbers{2, 5}), per_element());
  BOOST_TEST(numbers(x.slice(1, 0, {}, 2)) == (Numbers{0, 2, 3, 5}), per_element());
  BOOST_TEST(numbers(x.slice(1, -2, -1)) == (Numbers{1, 4}), per_element());
  BOOST_TEST(numbers(x.diagonal()) == (Numbers{0, 4}), per_element());
  BOOST_TEST(numbers(x.diagonal(1)) == (Numbers{1, 5}), per_element());
  BOOST_TEST(numbers(x.diagonal(-1)) == (Numbers{3}), per_element());
  BOOST_TEST(numbers(x.view({3, 2})) == (Numbers{0, 1, 2, 3, 4, 5}), per_element());
  BOOST_TEST(numbers(x.narrow(1, -2, 2)) == (Numbers{1, 2, 4, 5}), per_element());
  Tensor y = x.select(0, 1).unsqueeze(1).expand({3, 2});
  BOOST_TEST(numbers(y) == (Numbers{3, 3, 4, 4, 5, 5}), per_element());
  Tensor z = counting({2, 3, 4}).permute({2, 0, 1});
  BOOST_TEST((z.shape() == Shape{4, 2, 3}));
  BOOST_TEST(z.select(0, 1).select(0, 1).select(0, 2).item() == 1 + 12 + 8);
}

BOOST_AUTO_TEST_CASE(views_share_memory) {
  Tensor x = zeros({3, 4});
  x.select(0, 1).fill_(1);
  x.t().select(0, 2).fill_(2);
  x.view({12}).slice(0, 8, 10).fill_(3);
  x.diagonal().fill_(4);
  BOOST_TEST(numbers(x) == (Numbers{4, 0, 2, 0, 1, 4, 2, 1, 3, 3, 4, 0}), per_element());
  BOOST_TEST(x.reshape({2, 6}).data() == x.data());
  BOOST_TEST(x.t().reshape({2, 6}).data() != x.data());
  BOOST_TEST(x.t().reshape({4, 1, 3}).data() == x.data());
}

BOOST_AUTO_TEST_CASE(a_view_of_a_view_keeps_its_place) {
  Tensor x = counting({4, 5, 6});
  Tensor y = x.slice(0, 1, {}, 2).transpose(1, 2).select(0, 1).slice(0, 2, 5);  // (3,5)
  BOOST_TEST((y.shape() == Shape{3, 5}));
  for (int64_t i = 0; i < 3; ++i) {
    for (int64_t j = 0; j < 5; ++j) {
      BOOST_TEST(y.select(0, i).select(0, j).item() == 3 * 30 + j * 6 + (i + 2));
    }
  }
}

// Sizes and strides for which a view is or is not possible, and its strides.
BOOST_AUTO_TEST_CASE(view_strides_cut_and_join_axes) {
  using ops::view_strides;
  Shape dense{15, 3, 1}, gapped{30, 6, 1};
  BOOST_TEST((view_strides({4, 5, 3}, dense, {60}) == Shape{1}));
  BOOST_TEST((view_strides({4, 5, 3}, dense, {2, 10, 3}) == Shape{30, 3, 1}));
  BOOST_TEST((view_strides({4, 5, 3}, gapped, {20, 3}) == Shape{6, 1}));
  BOOST_TEST((view_strides({4, 5, 3}, gapped, {2, 10, 3}) == Shape{60, 6, 1}));
  BOOST_TEST((view_strides({4, 5, 3}, gapped, {20, 1, 3, 1}) == Shape{6, 3, 1, 1}));
  BOOST_TEST(!view_strides({4, 5, 3}, gapped, {60}));
  BOOST_TEST(!view_strides({4, 5, 3}, gapped, {4, 15}));
  BOOST_TEST(!view_strides({2, 3}, {1, 2}, {6}));
  BOOST_TEST((view_strides({2, 1, 3}, {3, 77, 1}, {6}) == Shape{1}));
  BOOST_TEST((view_strides({3, 1}, {0, 5}, {1, 3}) == Shape{0, 0}));
  BOOST_TEST((view_strides({}, {}, {1, 1}) == Shape{1, 1}));
  BOOST_TEST((view_strides({1}, {9}, {}) == Shape{}));
  BOOST_TEST((view_strides({0, 3}, {7, 7}, {3, 0, 2}) == Shape{2, 2, 1}));
}

BOOST_AUTO_TEST_CASE(flatten_and_its_relatives) {
  Tensor x = counting({2, 3, 4});
  BOOST_TEST((x.flatten().shape() == Shape{24}));
  BOOST_TEST((x.flatten(1).shape() == Shape{2, 12}));
  BOOST_TEST((x.flatten(0, -2).shape() == Shape{6, 4}));
  BOOST_TEST((x.flatten(1, 1).shape() == Shape{2, 3, 4}));
  BOOST_TEST((tensor(5.0).flatten().shape() == Shape{1}));
  BOOST_TEST((zeros({0, 3}).flatten().shape() == Shape{0}));
  BOOST_TEST((x.reshape({-1}).shape() == Shape{24}));
  BOOST_TEST((ones({1, 3, 1}).squeeze().shape() == Shape{3}));
  BOOST_TEST((ones({1, 3, 1}).squeeze(0).shape() == Shape{3, 1}));
  BOOST_TEST((ones({1, 3, 1}).squeeze(1).shape() == Shape{1, 3, 1}));
  BOOST_TEST((x.unsqueeze(-1).shape() == Shape{2, 3, 4, 1}));
}

BOOST_AUTO_TEST_CASE(split_chunk_and_unbind_cut_along_an_axis) {
  Tensor x = counting({7, 2});
  auto sizes = [](const std::vector<Tensor>& parts, int64_t axis) {
    std::vector<int64_t> list;
    for (const Tensor& t : parts) list.push_back(t.size(axis));
    return list;
  };
  using List = std::vector<int64_t>;
  BOOST_TEST(sizes(x.split(3), 0) == (List{3, 3, 1}), per_element());
  BOOST_TEST(sizes(x.chunk(4), 0) == (List{2, 2, 2, 1}), per_element());
  BOOST_TEST(sizes(x.chunk(5), 0) == (List{2, 2, 2, 1}), per_element());
  BOOST_TEST(sizes(x.chunk(9, -1), 1) == (List{1, 1}), per_element());
  BOOST_TEST(sizes(zeros({0, 2}).chunk(3), 0) == (List{0, 0, 0}), per_element());
  BOOST_TEST(sizes(zeros({0, 2}).split(3), 0) == (List{0}), per_element());
  BOOST_TEST(numbers(x.split(3)[2]) == (Numbers{12, 13}), per_element());
  BOOST_TEST(x.unbind(1).size() == 2u);
  BOOST_TEST(numbers(x.unbind()[6]) == (Numbers{12, 13}), per_element());
}

BOOST_AUTO_TEST_CASE(shape_changes_in_place) {
  Tensor x = counting({2, 3}), other = x;
  BOOST_TEST(x.t_().is(x));
  BOOST_TEST((other.shape() == Shape{3, 2}));
  BOOST_TEST(numbers(other) == (Numbers{0, 3, 1, 4, 2, 5}), per_element());
  other.unsqueeze_(1);
  BOOST_TEST((x.shape() == Shape{3, 1, 2}));
  BOOST_TEST(numbers(x) == (Numbers{0, 3, 1, 4, 2, 5}), per_element());

  Tensor base = zeros({2, 3}), view = base.select(0, 1).unsqueeze_(1);
  view.fill_(7);
  BOOST_TEST((view.shape() == Shape{3, 1}));
  BOOST_TEST(numbers(base) == (Numbers{0, 0, 0, 7, 7, 7}), per_element());
}

// ---- gradients ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradient_of_an_expansion_is_a_sum) {
  Tensor x = tensor({1.0, 2.0}).requires_grad_();
  Tensor w = tensor({{1.0, 2.0}, {10.0, 20.0}, {100.0, 200.0}});
  x.expand({3, 2}).backward(w);
  BOOST_TEST(numbers(x.grad()) == (Numbers{111, 222}), per_element());
}

BOOST_AUTO_TEST_CASE(gradients_of_views) {
  check_gradient("view", {2, 6}, [](auto& x) { return x.view({3, 4}); });
  check_gradient("select", {2, 3, 4}, [](auto& x) { return x.select(1, -1); });
  check_gradient("slice", {2, 7}, [](auto& x) { return x.slice(1, 1, -1, 2); });
  check_gradient("transpose", {2, 3, 4}, [](auto& x) { return x.transpose(0, 2); });
  check_gradient("permute", {2, 3, 4}, [](auto& x) { return x.permute({1, 2, 0}); });
  check_gradient("expand", {3, 1}, [](auto& x) { return x.expand({2, 3, 4}); });
  check_gradient("squeeze", {1, 3, 1}, [](auto& x) { return x.squeeze(); });
  check_gradient("unsqueeze", {2, 3}, [](auto& x) { return x.unsqueeze(1); });
  check_gradient("diagonal", {3, 4, 3}, [](auto& x) { return x.diagonal(-1, 0, 2); });
  check_gradient("reshape that copies", {3, 4}, [](auto& x) {
    return x.t().reshape({6, 2});
  });
  check_gradient("view of a view", {4, 6}, [](auto& x) {
    return x.slice(1, 0, {}, 2).t().slice(0, 1).unsqueeze(0).expand({2, 2, 4});
  });
  check_gradient("all parts of a split", {5, 2}, [](auto& x) {
    auto parts = x.split(2);
    return parts[0] * parts[1] + parts[2];
  });
}

// ---- messages -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(messages_name_axis_sizes_and_rule) {
  Tensor x = counting({2, 3});
  BOOST_TEST(
      error_of([&] { x.t().view({6}); }) ==
      "view: a tensor (3,2) with strides (1,3) cannot be seen as (6): at least one new "
      "axis would span two that do not continue each other in memory\n"
      "  hint: use reshape(), which copies where it must");
  BOOST_TEST(error_of([&] {
               x.view({4, 2});
             }) == "view: (2,3) has 6 elements, which do not fill (4,2)");
  BOOST_TEST(error_of([&] {
               x.reshape({-1, 4});
             }) == "reshape: (2,3) has 6 elements, which do not fill (-1,4)");
  BOOST_TEST(error_of([&] {
               x.reshape({-1, -1});
             }) == "reshape: (-1,-1) has -1 twice; only one size can be left open");
  BOOST_TEST(error_of([&] {
               zeros({0, 3}).view({-1, 0});
             }) == "view: -1 in (-1,0) could be any size, for there are no elements");
  BOOST_TEST(error_of([&] { x.reshape({-2, 3}); }) == "reshape: size -2 in (-2,3)");
  BOOST_TEST(error_of([&] {
               x.reshape({int64_t(1) << 62, 8});
             }) ==
             "reshape: (2,3) has 6 elements, which do not fill (4611686018427387904,8)");
  BOOST_TEST(error_of([&] { x.select(1, 3); }) ==
             "select: index 3 is out of range for axis 1 of (2,3), which has size 3");
  BOOST_TEST(error_of([&] { x.select(2, 0); }) ==
             "select: axis 2 of a tensor with 2 axes: it must be from -2 to 1");
  BOOST_TEST(error_of([&] { tensor(1.0).select(0, 0); }) ==
             "select: a tensor without axes has nothing to select");
  BOOST_TEST(error_of([&] { x.slice(0, 0, 2, 0); }) ==
             "slice: step is 0; it must be at least 1");
  BOOST_TEST(error_of([&] {
               x.permute({0, 0});
             }) == "permute: the order (0,0) names axis 0 twice");
  BOOST_TEST(error_of([&] { x.permute({0}); }) ==
             "permute: the order (0) names 1 axes, and the tensor (2,3) has 2");
  BOOST_TEST(error_of([&] {
               x.expand({3, 3});
             }) ==
             "expand: axis 0 of (2,3) has size 2 and cannot become 3 in (3,3)\n"
             "  hint: only axes of size 1 can be expanded");
  BOOST_TEST(error_of([&] { x.expand({3}); }) ==
             "expand: sizes (3) are fewer than the axes of (2,3)");
  BOOST_TEST(
      error_of([&] {
        x.expand({-1, 2, 3});
      }) == "expand: size -1 for axis 0 of (-1,2,3), which is new and has no size to keep");
  BOOST_TEST(fails_with("more elements than 64 bits can count", [&] {
    ones({1, 1}).expand({int64_t(1) << 40, int64_t(1) << 40});
  }));
  BOOST_TEST(error_of([&] { x.select(0, 0).diagonal(); }) ==
             "diagonal: a tensor (3) has no diagonal: it has 1 axes, and two are needed");
  BOOST_TEST(error_of([&] { x.diagonal(0, 1, -1); }) ==
             "diagonal: dim1 and dim2 are the same axis, 1");
  BOOST_TEST(error_of([&] {
               counting({1, 2, 3}).t();
             }) ==
             "t: a tensor (1,2,3) has 3 axes; t() takes at most 2\n"
             "  hint: transpose(axis0, axis1) names the two");
  BOOST_TEST(error_of([&] { x.narrow(1, 2, 2); }) ==
             "narrow: 2 elements from 2 on, along axis 1 of (2,3), which has size 3");
  BOOST_TEST(error_of([&] { x.split(0); }) ==
             "split: parts of size 0 of axis 0, which has size 2");
  BOOST_TEST(error_of([&] { x.chunk(0); }) == "chunk: 0 parts; there must be at least 1");
  BOOST_TEST(error_of([&] { x.flatten(1, 0); }) ==
             "flatten: from axis 1 to axis 0: the first comes after the last");
  BOOST_TEST(fails_with("8 axes", [&] { ones({1, 1, 1, 1, 1, 1, 1, 1}).unsqueeze(0); }));
}

BOOST_AUTO_TEST_CASE(shape_changes_in_place_are_refused_where_they_would_lie) {
  Tensor x = ones({2, 3});
  x.requires_grad_();
  BOOST_TEST(
      error_of([&] { x.unsqueeze_(0); }) ==
      "unsqueeze_: this tensor (2,3) is a leaf that requires a gradient, whose shape "
      "cannot change in place\n"
      "  hint: without the underscore the operation makes a view");
  Tensor y = x * 2;
  BOOST_TEST(fails_with("the result of a recorded operation", [&] { y.t_(); }));
  BOOST_TEST(fails_with("has 3 axes", [&] { ones({1, 2, 3}).t_(); }));
}
