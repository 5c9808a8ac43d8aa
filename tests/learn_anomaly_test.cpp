// The anomaly mode: which operator is named, and what is let through.
#define BOOST_TEST_MODULE learn_anomaly
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "autograd/function.hpp"
#include "autograd/grad_mode.hpp"
#include "learn/anomaly.hpp"
#include "nn/functional.hpp"
#include "ops/functions.hpp"
#include "optim/optimizer.hpp"
#include "support/check.hpp"

using namespace hg;
using namespace hg::test;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const double infinity = HUGE_VAL, nan_value = std::nan("");

// The message that f ends with; "" if it is fine.
template <class F>
std::string stopped(const F& f) {
  const detect_anomaly guard;
  try {
    f();
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(forward_the_operator_tensor_and_place_are_named) {
  Tensor x = tensor({{1.0, 2.0, 3.0}, {4.0, -1.0, -2.0}});
  const std::string text = stopped([&] { ((x + 0).log() * 2).sum(); });
  BOOST_TEST(text.starts_with("log: output 0 (2,3) f32 has 2 nan, the first, nan, at (1,1)"));
  BOOST_TEST(has(text, "it ran forward"));
  BOOST_TEST(has(text, "input 0 'input' (2,3) f32 finite"));
  BOOST_TEST(has(text, "all it was given is finite"));
}

BOOST_AUTO_TEST_CASE(every_floating_type_and_stride_is_read) {
  for (DType type : {f64, f16, bf16}) {
    Tensor x = tensor({1.0, -1.0}).to(type);
    const std::string text = stopped([&] { (x.to(f64) - 1).sqrt().to(type); });
    BOOST_TEST(text.starts_with("sqrt: output 0 (2) f64 has 1 nan"), text);
  }
  Tensor column = tensor({{1.0, 5.0}, {1e30, 5.0}}).select(1, 0);
  BOOST_TEST(has(stopped([&] { column.square(); }), "1 inf, the first, inf, at (1)"));
  BOOST_TEST(has(stopped([&] { (column * 10).to(f16); }), "to: output 0 (2) f16"));
}

BOOST_AUTO_TEST_CASE(backward_the_gradient_is_named) {
  Tensor x = tensor({1.0, 0.0, 4.0}).requires_grad_();
  const std::string text = stopped([&] { (x * 1).sqrt().sum().backward(); });
  BOOST_TEST(text.starts_with("sqrt: the gradient of input 0 'input' (3) f32 has 1 inf"), text);
  BOOST_TEST(has(text, "it ran backward"));
  BOOST_TEST(has(text, "before: the gradient of output 0 (3) f32 finite"));
  // Nothing half-made is left behind.
  BOOST_TEST(!x.grad().defined());
  (x * 1).sum().backward();
  BOOST_TEST(x.grad().equal(ones({3})));
}

BOOST_AUTO_TEST_CASE(what_came_in_so_is_told) {
  const std::string text = stopped([] { tensor({nan_value, 1.0}) + 1; });
  BOOST_TEST(text.starts_with("add: output 0 (2) f32 has 1 nan"), text);
  BOOST_TEST(has(text, "input 0 'input' (2) f32 had 1 nan"));
  BOOST_TEST(has(text, "input 0 'input' was so before: look at what made it"));
}

BOOST_AUTO_TEST_CASE(a_change_in_place_is_told_from_what_was_there) {
  Tensor x = tensor({1.0, 2.0});
  const std::string text = stopped([&] { x.div_(0); });
  BOOST_TEST(text.starts_with("div: output 0 (2) f32 has 2 inf"), text);
  BOOST_TEST(has(text, "input 0 'input' (2) f32 finite"));
}

BOOST_AUTO_TEST_CASE(infinities_that_are_meant_pass) {
  Tensor scores = tensor({{1.0, 2.0}, {3.0, 4.0}}).requires_grad_();
  Tensor mask = tensor({{false, true}, {false, false}});
  BOOST_TEST(stopped([&] {
               scores.masked_fill(mask, -infinity).softmax(1).sum().backward();
             }) == "");
  BOOST_TEST(stopped([&] { full({3}, infinity) * 2; }) == "");
  BOOST_TEST(stopped([&] { where(mask, tensor(-infinity), scores); }) == "");
  // A row of nothing but minus infinity is a NaN, and that counts.
  Tensor all_masked = full({1, 2}, -infinity);
  BOOST_TEST(stopped([&] { all_masked.softmax(1); }).starts_with("softmax: output 0"));
  BOOST_TEST(stopped([&] { full({1}, infinity) - infinity; }).starts_with("sub: "));
}

BOOST_AUTO_TEST_CASE(new_infinities_do_not) {
  BOOST_TEST(stopped([] { tensor({100.0}).exp(); }).starts_with("exp: "));
  BOOST_TEST(stopped([] { tensor({0.0}).log(); }).starts_with("log: "));
  BOOST_TEST(stopped([] { 1 / tensor({0.0}); }).starts_with("div: "));
}

BOOST_AUTO_TEST_CASE(views_and_whole_numbers_are_not_looked_at) {
  BOOST_TEST(stopped([] { tensor({nan_value, 1.0}).view({2, 1}).transpose(0, 1); }) == "");
  BOOST_TEST(stopped([] { tensor({nan_value, 1.0}).isnan(); }) == "");
}

BOOST_AUTO_TEST_CASE(an_optimizers_step_that_breaks_a_parameter) {
  Tensor w = tensor({1.0, 2.0}).requires_grad_();
  auto sgd = optim::make("sgd", {w}, {{"lr", 0.1}});
  w.set_grad(tensor({0.0, nan_value}));
  const std::string text = stopped([&] { sgd.step(); });
  BOOST_TEST(has(text, "which it changed, (2) f32 has 1 nan, the first, nan, at (1)"), text);
  BOOST_TEST(has(text, "as an optimizer's step"));
}

namespace {
struct Broken : autograd::Function<Broken> {
  static Tensor forward(autograd::Context&, const Tensor& x) { return x.clone(); }
  static std::vector<Tensor> backward(autograd::Context&, const std::vector<Tensor>& dy) {
    return {full(dy[0].shape(), nan_value)};
  }
};
}  // namespace

BOOST_AUTO_TEST_CASE(functions_of_ones_own_are_named_too) {
  Tensor x = rand({3}).requires_grad_();
  const std::string text = stopped([&] { Broken::apply(x).sum().backward(); });
  BOOST_TEST(text.starts_with("BrokenBackward: the gradient of input 0 (3) f32 has 3 nan"),
             text);
}

BOOST_AUTO_TEST_CASE(only_while_a_guard_lives) {
  Tensor zero = tensor({0.0});
  BOOST_CHECK_NO_THROW(zero.log());
  {
    const detect_anomaly outer;
    { const detect_anomaly inner; }
    BOOST_CHECK_THROW(zero.log(), Error);
    std::thread([&] { BOOST_CHECK_THROW(zero.log(), Error); }).join();
  }
  BOOST_CHECK_NO_THROW(zero.log());
}

BOOST_AUTO_TEST_CASE(the_environment_switches_it_on) {
  const std::string run = std::filesystem::read_symlink("/proc/self/exe").string() +
                          " --run_test=only_while_a_guard_lives >/dev/null 2>&1";
  BOOST_TEST(std::system(run.c_str()) == 0);
  BOOST_TEST(std::system(("HANDGRAD_ANOMALY=0 " + run).c_str()) == 0);
  BOOST_TEST(std::system(("HANDGRAD_ANOMALY=1 " + run).c_str()) != 0);
}
