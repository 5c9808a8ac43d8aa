// Joining and choosing: cases worked by hand, gradients, messages. Values on more shapes and
// types are compared with PyTorch's in ops_reference_test.
#define BOOST_TEST_MODULE ops_index
#include <boost/test/unit_test.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/gradcheck.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"
#include "support/reference_kernels.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

using Inputs = std::vector<Tensor>;

Tensor counting(const Shape& shape) { return arange(shape.numel()).to(f64).view(shape); }

void check_gradient(const char* what, const std::vector<Shape>& shapes,
                    const std::function<Tensor(const Inputs&)>& f) {
  manual_seed(6);
  Inputs inputs;
  for (const Shape& shape : shapes) inputs.push_back(randn(shape, f64).requires_grad_());
  GradCheck result = gradcheck(f, inputs);
  BOOST_TEST(result.ok, what << ": " << result.report);
}

}  // namespace

// ---- cat, stack -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cat_by_hand) {
  Tensor a = tensor({{1.0, 2.0}, {3.0, 4.0}}).requires_grad_();
  Tensor b = tensor({{5.0}, {6.0}}).requires_grad_();
  Tensor y = cat({a, b, a}, 1);
  BOOST_TEST(numbers(y) == (Numbers{1, 2, 5, 1, 2, 3, 4, 6, 3, 4}), per_element());
  y.backward(tensor({{1.0, 2.0, 3.0, 10.0, 20.0}, {4.0, 5.0, 6.0, 40.0, 50.0}}));
  BOOST_TEST(numbers(a.grad()) == (Numbers{11, 22, 44, 55}), per_element());
  BOOST_TEST(numbers(b.grad()) == (Numbers{3, 6}), per_element());
}

BOOST_AUTO_TEST_CASE(cat_takes_many_tensors_of_many_types) {
  BOOST_TEST((cat({tensor({1, 2}), tensor({0.5})}).dtype() == f32));
  BOOST_TEST((cat({zeros({0}, f64), ones({2, 3})}, 1).shape() == Shape{2, 3}));
  BOOST_TEST((cat({zeros({0}), zeros({0})}).shape() == Shape{0}));
  std::vector<Tensor> many(100, ones({2, 1}).requires_grad_());
  Tensor y = cat(many, -1);
  BOOST_TEST((y.shape() == Shape{2, 100}));
  y.sum().backward();
  BOOST_TEST(numbers(many[0].grad()) == (Numbers{100, 100}), per_element());
}

BOOST_AUTO_TEST_CASE(stack_by_hand) {
  Tensor a = tensor({1, 2}), b = tensor({3, 4});
  BOOST_TEST(numbers(stack({a, b})) == (Numbers{1, 2, 3, 4}), per_element());
  BOOST_TEST(numbers(stack({a, b}, 1)) == (Numbers{1, 3, 2, 4}), per_element());
  BOOST_TEST(numbers(stack({tensor(1), tensor(2)}, -1)) == (Numbers{1, 2}), per_element());
}

// ---- gather, index_select -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gather_by_hand) {
  // From row 0 columns 2 and 2, from row 1 columns 0 and 1.
  Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}).requires_grad_();
  Tensor y = x.gather(1, tensor({{2, 2}, {0, 1}}));
  BOOST_TEST(numbers(y) == (Numbers{3, 3, 4, 5}), per_element());
  y.backward(tensor({{1.0, 10.0}, {2.0, 3.0}}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 0, 11, 2, 3, 0}), per_element());
  BOOST_TEST(numbers(x.gather(0, tensor({{1, 0}}))) == (Numbers{4, 2}), per_element());
}

BOOST_AUTO_TEST_CASE(index_select_by_hand) {
  Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}).requires_grad_();
  Tensor y = x.index_select(0, index({2, 0, 2}));
  BOOST_TEST(numbers(y) == (Numbers{5, 6, 1, 2, 5, 6}), per_element());
  y.backward(ones({3, 2}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{1, 1, 0, 0, 2, 2}), per_element());
  BOOST_TEST(numbers(x.index_select(1, tensor(1))) == (Numbers{2, 4, 6}), per_element());
}

// ---- take, index_put_ -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(paired_indices_pick_a_path) {
  // The predictions for the true classes: y_hat[[0,1], y] of the course.
  Tensor y_hat = tensor({{0.1, 0.3, 0.6}, {0.3, 0.2, 0.5}}, f64).requires_grad_();
  Tensor y = y_hat[{index({0, 1}), index({0, 2})}];
  BOOST_TEST(numbers(y) == (Numbers{0.1, 0.5}), per_element());
  y.backward(tensor({2.0, 3.0}, f64));
  BOOST_TEST(numbers(y_hat.grad()) == (Numbers{2, 0, 0, 0, 0, 3}), per_element());
  // A place that is picked twice collects both gradients.
  Tensor x = zeros({3}, f64).requires_grad_();
  take(x, {index({1, -2, 0})}).backward(tensor({1.0, 10.0, 100.0}, f64));
  BOOST_TEST(numbers(x.grad()) == (Numbers{100, 11, 0}), per_element());
}

BOOST_AUTO_TEST_CASE(the_picked_axes_stand_where_they_were_or_in_front) {
  Tensor x = counting({4, 5, 6}), i = index({0, 3, 1}), j = index({4, 0, 2});
  BOOST_TEST((take(x, {i, j}).shape() == Shape{3, 6}));
  BOOST_TEST((take(x, {Tensor(), i, j}).shape() == Shape{4, 3}));
  BOOST_TEST((take(x, {i, Tensor(), j}).shape() == Shape{3, 5}));
  BOOST_TEST((take(x, {i.view({3, 1}), j}).shape() == Shape{3, 3, 6}));
  BOOST_TEST(take(x, {Tensor(), i, j})[2][1].item() == 2 * 30 + 3 * 6 + 0);
  BOOST_TEST(take(x, {i, Tensor(), j})[1][4].item() == 3 * 30 + 4 * 6 + 0);
  BOOST_TEST(take(x, {i.view({3, 1}), j})[2][0][5].item() == 1 * 30 + 4 * 6 + 5);
  BOOST_TEST((take(x, {index({})}).shape() == Shape{0, 5, 6}));
}

BOOST_AUTO_TEST_CASE(masks_are_indices_too) {
  Tensor x = counting({2, 3}), mask = x.remainder(2) == 1;
  BOOST_TEST(numbers(take(x, {mask})) == (Numbers{1, 3, 5}), per_element());
  BOOST_TEST(numbers(x.masked_select(mask)) == (Numbers{1, 3, 5}), per_element());
  BOOST_TEST(numbers(x.masked_select(tensor({true, false, true}))) == (Numbers{0, 2, 3, 5}),
             per_element());
  BOOST_TEST(numbers(tensor({1, 2}).masked_select(tensor({{true, false}, {true, true}}))) ==
                 (Numbers{1, 1, 2}),
             per_element());
  BOOST_TEST((tensor(5.0).masked_select(tensor(true)).shape() == Shape{1}));
  BOOST_TEST((tensor(5.0).masked_select(tensor(false)).shape() == Shape{0}));
  BOOST_TEST(numbers(take(x, {tensor({false, true}), index({2})})) == (Numbers{5}),
             per_element());
}

BOOST_AUTO_TEST_CASE(index_put_replaces_or_adds) {
  Tensor x = zeros({4});
  x.index_put_({index({1, 3, 1})}, tensor({1.0, 2.0, 3.0}));
  BOOST_TEST(numbers(x) == (Numbers{0, 3, 0, 2}), per_element());  // the last one stays
  x.index_put_({index({1, 3, 1})}, tensor({1.0, 2.0, 3.0}), true);
  BOOST_TEST(numbers(x) == (Numbers{0, 7, 0, 4}), per_element());
  x.index_put_({x > 5}, tensor(-1.0));
  BOOST_TEST(numbers(x) == (Numbers{0, -1, 0, 4}), per_element());
  Tensor y = zeros({3, 2});
  y.t().index_put_({index({1})}, tensor({1.0, 2.0, 3.0}));  // through a view
  BOOST_TEST(numbers(y) == (Numbers{0, 1, 0, 2, 0, 3}), per_element());
}

BOOST_AUTO_TEST_CASE(what_was_overwritten_gets_no_gradient) {
  Tensor x = ones({3}, f64).requires_grad_(), v = ones({3}, f64).requires_grad_();
  Tensor y = x * 1;
  y.index_put_({index({2, 0, 2})}, v);
  y.backward(tensor({1.0, 10.0, 100.0}, f64));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 10, 0}), per_element());
  BOOST_TEST(numbers(v.grad()) == (Numbers{0, 1, 100}), per_element());
}

// ---- masked_fill, nonzero, one_hot ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(masked_fill_by_hand) {
  Tensor x = tensor({1.0, 2.0, 3.0}).requires_grad_(), mask = tensor({true, false, true});
  Tensor y = x.masked_fill(mask, -5);
  BOOST_TEST(numbers(y) == (Numbers{-5, 2, -5}), per_element());
  y.backward(tensor({1.0, 10.0, 100.0}));
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 10, 0}), per_element());
  Tensor z = zeros({2, 3});
  z.masked_fill_(mask, 1);
  BOOST_TEST(numbers(z) == (Numbers{1, 0, 1, 1, 0, 1}), per_element());
}

BOOST_AUTO_TEST_CASE(nonzero_and_one_hot_by_hand) {
  Tensor x = tensor({{0, 5}, {7, 0}});
  BOOST_TEST(numbers(x.nonzero()) == (Numbers{0, 1, 1, 0}), per_element());
  BOOST_TEST(numbers(x.t().nonzero()) == (Numbers{0, 1, 1, 0}), per_element());
  BOOST_TEST(numbers(tensor({{1, 0}, {1, 0}}).t().nonzero()) == (Numbers{0, 0, 0, 1}),
             per_element());
  BOOST_TEST((tensor(3.0).nonzero().shape() == Shape{1, 0}));
  BOOST_TEST((zeros({2, 0}).nonzero().shape() == Shape{0, 2}));
  BOOST_TEST(numbers(one_hot(tensor({2, 0}))) == (Numbers{0, 0, 1, 1, 0, 0}),
             per_element());
  BOOST_TEST((one_hot(tensor({2, 0}), 5).shape() == Shape{2, 5}));
  BOOST_TEST((one_hot(zeros({0}, i64), 3).shape() == Shape{0, 3}));
  BOOST_TEST((one_hot(tensor({{0, 1}, {4, 0}}).t()).shape() == Shape{2, 2, 5}));
}

// ---- gradients ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gradients_of_joining_and_choosing) {
  check_gradient("cat", {{2, 3}, {2, 1}, {2, 2}}, [](const Inputs& x) {
    return cat({x[0], x[1], x[2], x[0]}, 1);
  });
  check_gradient("stack", {{2, 3}, {2, 3}}, [](const Inputs& x) {
    return stack({x[0], x[1], x[1]}, 1);
  });
  check_gradient("gather", {{3, 4}}, [](const Inputs& x) {
    return x[0].gather(1, tensor({{3, 3, 0}, {1, 0, 1}}));
  });
  check_gradient("index_select", {{2, 3, 2}}, [](const Inputs& x) {
    return x[0].index_select(1, index({2, 0, 2, 2}));
  });
  check_gradient("take", {{4, 2, 3}}, [](const Inputs& x) {
    return take(x[0], {index({1, 1, -1}), Tensor(), index({0, 0, 2})});
  });
  check_gradient("take a block", {{4, 3}}, [](const Inputs& x) {
    return take(x[0], {tensor({{0}, {2}}), tensor({{1, 1, 0}})});
  });
  check_gradient("a mask", {{3, 4}},
                 [](const Inputs& x) { return x[0].masked_select(x[0].detach() > 0) * 2; });
  check_gradient("several choices from one tensor", {{4, 3}}, [](const Inputs& x) {
    return x[0].gather(0, tensor({{1, 1, 3}})) * x[0].index_select(0, index({2, 2})) +
           take(x[0], {index({0, 2})}) + x[0][3];
  });
  check_gradient("index_put", {{4, 3}, {2, 1}}, [](const Inputs& x) {
    Tensor y = x[0] * 2;
    y.index_put_({Tensor(), index({2, 0})}, x[1].t());
    return y;
  });
  check_gradient("index_put, one place twice", {{4}, {3}}, [](const Inputs& x) {
    Tensor y = x[0] * 2;
    y.index_put_({index({1, 3, 1})}, x[1]);
    return y;
  });
  check_gradient("index_put that adds", {{4, 3}, {}}, [](const Inputs& x) {
    Tensor y = x[0] * 2;
    y.index_put_({index({1, 3, 1}), index({0, 2, 0})}, x[1], true);
    return y;
  });
  check_gradient("masked_fill", {{2, 1, 3}}, [](const Inputs& x) {
    return x[0].masked_fill(tensor({{true}, {false}}), 3);
  });
}

// ---- messages -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(messages_of_joining) {
  BOOST_TEST(error_of([] { cat({}); }) == "cat: there are no tensors to join");
  BOOST_TEST(
      error_of([] {
        cat({ones({2, 3}), ones({3, 2})}, 1);
      }) ==
      "cat: tensor 0 is (2,3), tensor 1 is (3,2): all sizes but that of axis 1 must agree");
  BOOST_TEST(
      error_of([] {
        cat({ones({2, 3}), ones({3})});
      }) ==
      "cat: tensor 0 is (2,3), tensor 1 is (3): all sizes but that of axis 0 must agree");
  BOOST_TEST(error_of([] {
               cat({tensor(1.0), tensor(2.0)});
             }) ==
             "cat: tensor 0 has no axes to join along\n  hint: stack() joins numbers");
  BOOST_TEST(fails_with("cat: axis 2 of a tensor with 2 axes", [] {
    cat({ones({2, 3})}, 2);
  }));
  BOOST_TEST(error_of([] {
               stack({ones({2}), ones({3})});
             }) == "stack: tensor 0 is (2), tensor 1 is (3): all must have one shape");
  BOOST_TEST(error_of([] { stack({}); }) == "stack: there are no tensors to stack");
}

BOOST_AUTO_TEST_CASE(messages_of_choosing) {
  Tensor x = ones({3, 4});
  BOOST_TEST(error_of([&] {
               x.gather(1, tensor({{0, 4}}));
             }) == "gather: index 4 is out of range for axis 1 of (3,4), which has size 4");
  BOOST_TEST(error_of([&] {
               x.gather(1, tensor({{0, -1}}));
             }) ==
             "gather: index -1 is out of range for axis 1 of (3,4), which has size 4");
  BOOST_TEST(error_of([&] {
               x.gather(1, tensor({0, 1}));
             }) == "gather: input is (3,4), index is (2): both must have as many axes");
  BOOST_TEST(
      error_of([&] {
        x.gather(0, zeros({1, 5}, i64));
      }) ==
      "gather: input is (3,4), index is (1,5): index is longer along axis 1, which is "
      "not the one to index along");
  BOOST_TEST(error_of([&] {
               x.gather(0, zeros({1, 4}));
             }) == "gather: index is f32; it must be i64\n  hint: index.to(i64)");
  BOOST_TEST(error_of([&] { x.index_select(0, index({3})); }) ==
             "index_select: index 3 is out of range for axis 0 of (3,4), which has size 3");
  BOOST_TEST(error_of([&] { x.index_select(0, tensor({{0}})); }) ==
             "index_select: index is (1,1); it must be a list, of one axis\n"
             "  hint: gather() takes an index for every element");
  BOOST_TEST(error_of([&] {
               take(x, {index({0, -4})});
             }) == "index: index -4 is out of range for axis 0 of (3,4), which has size 3");
  BOOST_TEST(error_of([&] {
               take(x, {Tensor(), index({4})});
             }) == "index: index 4 is out of range for axis 1 of (3,4), which has size 4");
  BOOST_TEST(error_of([&] {
               take(x, {index({0}), index({0}), index({0})});
             }) == "index: 3 axes are indexed, and the tensor (3,4) has 2");
  BOOST_TEST(
      error_of([&] {
        take(x, {index({0, 1}), index({0, 1, 2})});
      }) ==
      "index: the index tensors do not broadcast: sizes 2 and 3 differ, and neither is 1");
  BOOST_TEST(error_of([&] { take(x, {tensor({0.5})}); }) ==
             "index: an index tensor is of type f32; whole numbers or bool can be indices");
  BOOST_TEST(error_of([&] {
               take(x, {tensor({true, false})});
             }) == "index: a mask (2) from axis 0 on does not fit the tensor (3,4)");
  BOOST_TEST(
      error_of([&] {
        x.index_put_({index({0, 1})}, ones({3}));
      }) ==
      "index_put: values is (3), which does not stretch to (2,4), the shape of what the "
      "indices pick");
  BOOST_TEST(error_of([&] {
               x.index_put_({index({0, 1})}, ones({4}, f64));
             }) ==
             "index_put: input is f32, values is f64: both must have one element type");
  BOOST_TEST(error_of([&] { x.masked_fill(x, 1); }) ==
             "masked_fill: mask is f32; it must be bool\n  hint: mask != 0");
  BOOST_TEST(error_of([&] {
               tensor({1, 2}).masked_fill(tensor({true, false}), 0.5);
             }) == "masked_fill: value is 0.5, and a tensor of i64 cannot hold it");
  BOOST_TEST(error_of([&] {
               one_hot(tensor({0, 4}), 4);
             }) == "one_hot: class 4 is not one of the 4 classes, 0 to 3");
  BOOST_TEST(error_of([&] {
               one_hot(tensor({1, -1}));
             }) == "one_hot: class -1 is negative; classes count from 0");
  BOOST_TEST(
      error_of([&] { one_hot(zeros({0}, i64)); }) ==
      "one_hot: there is no largest class in an empty tensor\n  hint: give num_classes");
  BOOST_TEST(error_of([&] { one_hot(tensor({1.5})); }) ==
             "one_hot: input is f32; class numbers must be i64\n  hint: x.to(i64)");
  BOOST_TEST(x.equal(ones({3, 4})), "a refused index_put_ leaves the tensor as it was");
}
