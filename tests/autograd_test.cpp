// The graph: what is recorded, how gradients flow and accumulate, what is refused.
#define BOOST_TEST_MODULE autograd
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <thread>

#include "autograd/backward.hpp"
#include "autograd/function.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/gradcheck.hpp"
#include "autograd/history.hpp"
#include "ops/functions.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;
using boost::test_tools::per_element;

namespace {

Tensor leaf(std::initializer_list<double> numbers) {
  return tensor(numbers, f64).requires_grad_();
}

}  // namespace

// ---- leaves, gradients, accumulation ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_leaf_and_a_result) {
  Tensor x = arange(4.0);
  BOOST_TEST(!x.requires_grad());
  BOOST_TEST(x.requires_grad_().requires_grad());
  BOOST_TEST(x.is_leaf());
  BOOST_TEST(!x.grad().defined());
  Tensor y = 2 * x.dot(x);
  BOOST_TEST(!y.is_leaf());
  BOOST_TEST(y.grad_fn() == "MulBackward");
  y.backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{0, 4, 8, 12}), per_element());  // 4x
}

BOOST_AUTO_TEST_CASE(gradients_accumulate_until_they_are_cleared) {
  Tensor x = leaf({1, 2});
  for (int pass = 1; pass <= 3; ++pass) {
    x.sum().backward();
    BOOST_TEST(numbers(x.grad()) == (Numbers{double(pass), double(pass)}), per_element());
  }
  Tensor seen = x.grad();
  x.sum().backward();
  BOOST_TEST(seen.sum().item() == 8.0);  // the same tensor, added to in place
  x.zero_grad();
  BOOST_TEST(!x.grad().defined());
}

BOOST_AUTO_TEST_CASE(a_value_used_twice_gets_both_terms) {
  Tensor x = leaf({3});
  Tensor u = x * x;
  (u * u + u).backward();  // x^4 + x^2: 4*27 + 6
  BOOST_TEST(x.grad().item() == 114.0);
}

BOOST_AUTO_TEST_CASE(backward_with_a_gradient_is_a_vector_jacobian_product) {
  Tensor x = leaf({1, 2, 3});
  (x * x).backward(tensor({1.0, 0.1, 0.01}, f64));
  BOOST_TEST(numbers(x.grad()) == (Numbers{2, 0.4, 0.06}),
             boost::test_tools::tolerance(1e-12) << per_element());
}

BOOST_AUTO_TEST_CASE(the_two_gradients_of_a_sum_do_not_share_memory) {
  Tensor a = leaf({1}), b = leaf({2});
  (a + b).backward();
  a.grad().fill_(7);
  BOOST_TEST(b.grad().item() == 1.0);
  Tensor g = tensor({5.0}, f64), c = leaf({1});
  (c + 0).backward(g);
  c.grad().fill_(7);
  BOOST_TEST(g.item() == 5.0);
}

BOOST_AUTO_TEST_CASE(only_what_is_asked_for_gets_a_gradient) {
  Tensor x = leaf({1, 2}), c = tensor({3.0, 4.0}, f64);
  (x * c).sum().backward();
  BOOST_TEST(numbers(x.grad()) == (Numbers{3, 4}), per_element());
  BOOST_TEST(!c.grad().defined());
}

BOOST_AUTO_TEST_CASE(control_flow_is_recorded_as_it_ran) {
  Tensor a = leaf({0.7});
  Tensor b = a * 2;
  while (b.norm().item() < 1000) b = b * 2;
  Tensor c = b.sum().item() > 0 ? b : 100 * b;
  c.sum().backward();
  BOOST_TEST(a.grad().item() == c.item() / a.item(), boost::test_tools::tolerance(1e-12));
}

// ---- depth: no recursion ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_chain_of_a_million_additions) {
  Tensor x = leaf({1}), b = leaf({0.5});
  {
    Tensor y = x;
    for (int i = 0; i < 1000000; ++i) y = y + b;
    BOOST_TEST(y.item() == 500001.0);
    y.backward();
    BOOST_TEST(b.grad().item() == 1e6);
    BOOST_TEST(x.grad().item() == 1.0);
  }  // and here it is freed, without recursion
  Tensor y = x;
  for (int i = 0; i < 1000000; ++i) y = y * b;  // dropped before backward ever ran
}

BOOST_AUTO_TEST_CASE(wide_graphs_share_nodes) {
  // 2^60 paths, 60 nodes: each must run once.
  Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 60; ++i) y = y + y;
  y.backward();
  BOOST_TEST(x.grad().item() == double(uint64_t(1) << 60));
}

// ---- freeing, retaining -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_second_pass_needs_the_graph_retained) {
  Tensor x = leaf({2});
  Tensor y = x * x;
  y.backward({}, true);
  y.backward();
  BOOST_TEST(x.grad().item() == 8.0);
  BOOST_TEST(
      error_of([&] { y.backward(); }) ==
      "backward: MulBackward was already walked: what it had kept is freed\n"
      "  hint: give the first backward() retain_graph = true, or compute the loss again");
  BOOST_TEST(x.grad().item() == 8.0);
}

BOOST_AUTO_TEST_CASE(memory_of_results_is_freed_with_the_graph) {
  Tensor x = ones({1000}).requires_grad_();
  Tensor y = x.exp();
  Storage* kept = y.impl()->storage.get();
  retain(kept);
  Tensor z = y.sum();
  y = Tensor();
  BOOST_TEST(!kept->refs.unique());  // exp keeps its result
  z.backward();
  BOOST_TEST(kept->refs.unique());
  release(kept);
}

// ---- no_grad, detach, requires_grad_ ----------------------------------------------------

BOOST_AUTO_TEST_CASE(no_grad_records_nothing) {
  Tensor x = leaf({1});
  {
    no_grad guard;
    BOOST_TEST(!grad_enabled());
    BOOST_TEST(!(x * 2).requires_grad());
    {
      enable_grad on;
      BOOST_TEST((x * 2).requires_grad());
    }
    BOOST_TEST(!grad_enabled());
  }
  BOOST_TEST((x * 2).requires_grad());
}

BOOST_AUTO_TEST_CASE(detach_shares_memory_and_cuts_history) {
  Tensor x = leaf({1, 2});
  Tensor y = x * x, u = y.detach();
  (u * x).sum().backward();
  BOOST_TEST(numbers(x.grad()) == numbers(u), per_element());
  u[0] = 100;
  BOOST_TEST(y[0].item() == 100.0);
}

BOOST_AUTO_TEST_CASE(gradients_are_for_fractions) {
  BOOST_TEST(error_of([] { arange(3).requires_grad_(); }) ==
             "requires_grad_: the tensor is of type i64: only floating-point numbers have "
             "derivatives");
  Tensor y = leaf({1}) * 2;
  BOOST_TEST(
      fails_with("only a leaf's flag can be cleared", [&] { y.requires_grad_(false); }));
}

// ---- what backward refuses --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(backward_says_what_is_wrong) {
  Tensor x = leaf({1, 2});
  BOOST_TEST(error_of([&] { (x * 2).backward(); }) ==
             "backward: a gradient can be created only for one number, and this is (2)\n"
             "  hint: reduce it to a scalar loss, or pass the gradient to start from");
  BOOST_TEST(error_of([&] { (x * 2).backward(ones({3}, f64)); }) ==
             "backward: the gradient is (3), the tensor (2)");
  BOOST_TEST(error_of([&] { ones({1}).backward(); }) ==
             "backward: the tensor (1) does not require a gradient: no input of it has "
             "requires_grad\n"
             "  hint: call requires_grad_() on the parameters before computing with them");
  BOOST_TEST(fails_with("create_graph", [&] { x.sum().backward({}, false, true); }));
}

BOOST_AUTO_TEST_CASE(a_failed_pass_leaves_no_trace) {
  Tensor x = leaf({1});
  Tensor y = x * x, z = y.exp() + y;
  y.register_hook([](const Tensor&) -> Tensor { throw Error("hook", "stop"); });
  BOOST_TEST(error_of([&] { z.backward({}, true); }) == "hook: stop");
  BOOST_TEST(!x.grad().defined());
  y.remove_hook(0);
  z.backward();
  BOOST_TEST(x.grad().item() == 2 * (std::exp(1.0) + 1),
             boost::test_tools::tolerance(1e-12));
}

// ---- in place ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_kept_value_that_changed_is_an_error) {
  Tensor x = leaf({1, 2});
  Tensor y = x * 1, z = y * y;
  y.add_(1);
  BOOST_TEST(
      error_of([&] { z.sum().backward(); }) ==
      "backward: MulBackward needs its input 0 (2) as it was at version 0, but it was "
      "changed in place: it is at version 1\n"
      "  hint: replace the in-place operation by one that makes a new tensor, or clone() "
      "first");
}

BOOST_AUTO_TEST_CASE(an_in_place_result_that_is_kept_is_fine) {
  Tensor x = leaf({0.5});
  Tensor y = x * 1;
  y.exp_();  // keeps its result, which is what y holds now
  y.backward();
  BOOST_TEST(x.grad().item() == std::exp(0.5), boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_leaf_is_not_changed_in_place_while_recording) {
  Tensor w = leaf({1});
  BOOST_TEST(
      fails_with("a leaf that requires a gradient is changed in place", [&] { w += 1; }));
  BOOST_TEST(
      fails_with("a leaf that requires a gradient is changed in place", [&] { w[0] = 1; }));
  no_grad guard;
  w -= 0.25;
  BOOST_TEST(w.item() == 0.75);
}

BOOST_AUTO_TEST_CASE(in_place_results_must_fit) {
  Tensor x = ones({2});
  BOOST_TEST(error_of([&] {
               x.add_(ones({3, 2}));
             }) == "add_: the result is (3,2), which does not fit into (2)");
  BOOST_TEST(fails_with("the result is of type f32, which a tensor of i64 cannot hold",
                        [] { arange(2).add_(0.5); }));
  BOOST_TEST(
      fails_with("share one place in memory", [] { ones({1}).expand({3}).add_(1); }));
  Tensor wide = ones({2});
  wide.add_(ones({2}, f64));  // computed in f64, stored in f32
  BOOST_TEST((wide.dtype() == f32));
  BOOST_TEST(wide.sum().item() == 4.0);
}

BOOST_AUTO_TEST_CASE(in_place_on_what_overlaps_itself) {
  Tensor m = arange(4.0).reshape({2, 2});
  m.add_(m.t());  // reads in another order than it writes
  BOOST_TEST(numbers(m) == (Numbers{0, 3, 3, 6}), per_element());
}

// Writing into a view changes its base, in values and in history.
BOOST_AUTO_TEST_CASE(assignment_through_a_view_is_differentiable) {
  Tensor w = leaf({1, 2, 3});
  Tensor x = zeros({2, 3}, f64);
  x[0] = w * 2;
  BOOST_TEST(x.requires_grad());
  (x * tensor({{1.0, 10.0, 100.0}, {5.0, 5.0, 5.0}}, f64)).sum().backward();
  BOOST_TEST(numbers(w.grad()) == (Numbers{2, 20, 200}), per_element());
}

BOOST_AUTO_TEST_CASE(an_overwritten_part_gets_no_gradient) {
  Tensor w = leaf({1, 2, 3});
  Tensor x = w * 1;
  Tensor other = x[{slice(1, 3)}];  // a view made before the change
  x[0] = 9;
  (x * x).sum().backward({}, true);
  BOOST_TEST(numbers(w.grad()) == (Numbers{0, 4, 6}), per_element());
  w.zero_grad();
  other.sum().backward();  // its history was renewed
  BOOST_TEST(numbers(w.grad()) == (Numbers{0, 1, 1}), per_element());
}

BOOST_AUTO_TEST_CASE(gradients_through_views_in_place) {
  manual_seed(2);
  auto f = [](const std::vector<Tensor>& v) {
    Tensor x = v[0] * 1;
    x[{all, 1}] *= v[1];
    x.t()[0].add_(v[1]);
    x[{1, slice(0, 2)}].exp_();
    return x;
  };
  GradCheck result =
      gradcheck(std::function<Tensor(const std::vector<Tensor>&)>(f),
                {randn({2, 3}, f64).requires_grad_(), randn({2}, f64).requires_grad_()});
  BOOST_TEST(result.ok, result.report);
}

// ---- hooks ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_leafs_hook_sees_the_complete_gradient_once) {
  Tensor x = leaf({1});
  int calls = 0;
  double seen = 0;
  size_t hook = x.register_hook([&](const Tensor& g) {
    ++calls;
    seen = g.item();
    return g * 10;
  });
  (x + x + x).backward();
  BOOST_TEST(calls == 1);
  BOOST_TEST(seen == 3.0);
  BOOST_TEST(x.grad().item() == 30.0);
  x.remove_hook(hook);
  x.sum().backward();
  BOOST_TEST(calls == 1);
  BOOST_TEST(x.grad().item() == 31.0);
}

BOOST_AUTO_TEST_CASE(a_results_hook_and_retain_grad) {
  Tensor x = leaf({2});
  Tensor y = x * 3;
  y.retain_grad();
  double seen = 0;
  y.register_hook([&](const Tensor& g) {
    seen = g.item();
    return Tensor();
  });
  (y * y).backward();
  BOOST_TEST(seen == 12.0);
  BOOST_TEST(y.grad().item() == 12.0);
  BOOST_TEST(x.grad().item() == 36.0);
  BOOST_TEST(fails_with("does not require a gradient", [] {
    ones({1}).register_hook([](const Tensor&) { return Tensor(); });
  }));
  Tensor z = leaf({1}) * 2;
  z.retain_grad();
  Tensor loss = z * 1;
  z = Tensor();  // gone before backward
  loss.backward();
}

// ---- grad() -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(grad_returns_and_does_not_accumulate) {
  Tensor x = leaf({3}), unused = leaf({1});
  Tensor y = x * x, z = y * 2;
  auto g = grad({z}, {x, y}, {}, true);
  BOOST_TEST(g[0].item() == 12.0);
  BOOST_TEST(g[1].item() == 2.0);
  BOOST_TEST(!x.grad().defined());
  BOOST_TEST(fails_with("the roots do not depend on input 1", [&] {
    grad({z}, {x, unused}, {}, true);
  }));
  BOOST_TEST(!grad({z}, {unused}, {}, true, true)[0].defined());
}

// ---- custom functions -------------------------------------------------------------------

struct MulConstant : autograd::Function<MulConstant> {
  static Tensor forward(autograd::Context& ctx, const Tensor& x, double c) {
    ctx.set("c", c);
    return x * c;
  }
  static std::vector<Tensor> backward(autograd::Context& ctx,
                                      const std::vector<Tensor>& dy) {
    return {dy[0] * ctx.get<double>("c"), {}};
  }
};

struct ExpAndSquare : autograd::Function<ExpAndSquare> {
  static std::vector<Tensor> forward(autograd::Context& ctx, const Tensor& x) {
    Tensor y = x.exp();
    ctx.save_for_backward({x, y});
    return {y, x * x};
  }
  static std::vector<Tensor> backward(autograd::Context& ctx,
                                      const std::vector<Tensor>& dy) {
    auto saved = ctx.saved();
    return {dy[0] * saved[1] + dy[1] * 2 * saved[0]};
  }
};

struct WrongCount : autograd::Function<WrongCount> {
  static Tensor forward(autograd::Context&, const Tensor& x, double) { return x * 1; }
  static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
    return {dy[0]};
  }
};

struct WrongShape : autograd::Function<WrongShape> {
  static Tensor forward(autograd::Context&, const Tensor& x) { return x * 1; }
  static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
    return {dy[0].sum()};
  }
};

struct HandThrough : autograd::Function<HandThrough> {
  static Tensor forward(autograd::Context&, const Tensor& x) { return x; }
  static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
    return {-dy[0]};
  }
};

BOOST_AUTO_TEST_CASE(a_function_of_ones_own) {
  Tensor a = leaf({1});
  Tensor y = MulConstant::apply(a, 5.0);
  BOOST_TEST(y.grad_fn() == "MulConstantBackward");
  y.backward();
  BOOST_TEST(a.grad().item() == 5.0);
  BOOST_TEST(!MulConstant::apply(tensor({1.0}), 2.0).requires_grad());
  GradCheck result =
      gradcheck(std::function<std::vector<Tensor>(const std::vector<Tensor>&)>(
                    [](const std::vector<Tensor>& v) { return ExpAndSquare::apply(v[0]); }),
                {randn({2, 3}, f64).requires_grad_()});
  BOOST_TEST(result.ok, result.report);
}

BOOST_AUTO_TEST_CASE(a_function_that_returns_its_argument) {
  Tensor x = leaf({1});
  Tensor y = HandThrough::apply(x);
  BOOST_TEST(!y.is(x));
  y.backward();
  BOOST_TEST(x.grad().item() == -1.0);
}

BOOST_AUTO_TEST_CASE(what_a_functions_backward_may_not_do) {
  Tensor x = leaf({1, 2});
  BOOST_TEST(error_of([&] { WrongCount::apply(x, 1.0).sum().backward(); }) ==
             "WrongCountBackward: backward returned 1 gradients; forward has 2 arguments\n"
             "  hint: return one for each, {} for those that are no tensors");
  BOOST_TEST(error_of([&] { WrongShape::apply(x).sum().backward(); }) ==
             "WrongShapeBackward: the gradient of argument 0 is (), the argument (2)");
  Tensor changed = x * 1;
  Tensor y = ExpAndSquare::apply(changed)[0];
  changed.add_(1);
  BOOST_TEST(fails_with("a saved tensor (2) was changed in place after forward",
                        [&] { y.sum().backward(); }));
}

// ---- the gradient check itself ----------------------------------------------------------

struct WrongSlope : autograd::Function<WrongSlope> {
  static Tensor forward(autograd::Context&, const Tensor& x) { return softmax(x, 1); }
  static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
    return {zeros_like(dy[0])};
  }
};

BOOST_AUTO_TEST_CASE(gradcheck_finds_what_is_wrong) {
  using F = std::function<Tensor(const std::vector<Tensor>&)>;
  Tensor x = randn({2, 3}, f64).requires_grad_();
  BOOST_TEST(gradcheck(F([](const auto& v) { return softmax(v[0], 1); }), {x}).ok);
  // The sum of a softmax is always 1: only random weights see that this gradient is
  // missing.
  BOOST_TEST(!gradcheck(F([](const auto& v) { return WrongSlope::apply(v[0]); }), {x}).ok);
  GradCheck flat = gradcheck(F([](const auto& v) { return v[0] * 0; }), {x});
  BOOST_TEST(flat.report == "every slope is about 0: these inputs test nothing");
  GradCheck kinks = gradcheck(F([](const auto& v) { return v[0].abs(); }),
                              {zeros({4}, f64).requires_grad_()});
  BOOST_TEST(!kinks.ok);
  BOOST_TEST(kinks.skipped == 4);
  BOOST_TEST(fails_with("it must be f64", [] {
    gradcheck(F([](const auto& v) { return v[0]; }), {ones({1}).requires_grad_()});
  }));
  BOOST_TEST(fails_with("no input requires a gradient", [] {
    gradcheck(F([](const auto& v) { return v[0]; }), {ones({1}, f64)});
  }));
  BOOST_TEST(!x.grad().defined());
}

// ---- threads ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(graphs_of_two_threads_share_a_leaf) {
  Tensor w = leaf({1, 2});
  auto work = [&] {
    for (int i = 0; i < 200; ++i) (w * w).sum().backward();
  };
  std::thread a(work), b(work);
  a.join();
  b.join();
  BOOST_TEST(numbers(w.grad()) == (Numbers{800, 1600}), per_element());
}

// The way back through a network passes every layer, not the shorter ways to its weights.
BOOST_AUTO_TEST_CASE(history_follows_the_longest_way) {
  Tensor x = randn({2, 3}).requires_grad_(), w = randn({4, 3}).requires_grad_();
  const Tensor y = linear(x.exp(), w).relu().sum();
  const std::vector<std::string> expected = {"SumBackward", "ReluBackward",
                                             "LinearBackward", "ExpBackward"};
  BOOST_TEST(history(y) == expected, boost::test_tools::per_element());
  BOOST_TEST(history(x).empty());
  BOOST_TEST(history(y.detach()).empty());
  BOOST_CHECK_THROW(history(Tensor()), Error);
}
