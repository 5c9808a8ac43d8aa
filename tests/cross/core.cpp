// A core with three operators, small enough to be built by a second compiler on the way
// (tests/cross_compiler_test.sh). Loads the plugins named on the command line, hello and
// optim, and computes with them what can be worked out by hand.
#include <cmath>
#include <cstdio>

#include "autograd/backward.hpp"
#include "handgrad_plugin.hpp"
#include "host/dispatch.hpp"
#include "host/loader.hpp"
#include "ops/ops.hpp"

namespace hg {

// Takes the place of core/ops/all.cpp.
int32_t core_entry(const hg_host* host, hg_plugin* me) {
  return plugin::enter(host, me, "core", "cross", "three operators", [](plugin::Plugin& p) {
    ops::describe_add(p);
    ops::describe_mul(p);
    ops::describe_copy(p);
  });
}

}  // namespace hg

using namespace hg;

int main(int argc, char** argv) try {
  for (int i = 1; i < argc; ++i) load_plugin(argv[i]);
  int wrong = 0;
  auto expect = [&](const char* what, double found, double expected) {
    if (std::abs(found - expected) < 1e-6) return;
    std::printf("%s is %g, expected %g\n", what, found, expected);
    ++wrong;
  };

  // The core's own: z = x*y + x, with x = 3 and y = 4.
  static constinit const Op add("core.add"), mul("core.mul");
  Tensor x = full({1}, 3.0f).requires_grad_(), y = full({1}, 4.0f).requires_grad_();
  Tensor z = run(add, {&x, &(const Tensor&)run(mul, {&x, &y})});
  backward({z});
  expect("z", z.item(), 15);
  expect("dz/dx", x.grad().item(), 5);
  expect("dz/dy", y.grad().item(), 3);

  // hello.swish at 0: y = 0 with slope 1/2.
  static constinit const Op swish("hello.swish");
  Tensor u = zeros({1}).requires_grad_();
  Tensor v = run(swish, {&u});
  backward({v});
  expect("swish(0)", v.item(), 0);
  expect("its slope", u.grad().item(), 0.5);

  // optim.sgd_step: p - lr*g = 1 - 0.5*3, in place.
  Tensor p = ones({1}), g = full({1}, 3.0f);
  const Tensor* inputs[] = {&p, &g};
  hg_value lr = Value(0.5);
  run_step(Registry::get().at("optim.sgd_step"), inputs, {&lr, 1}, 1);
  expect("p", p.item(), -0.5);

  // A message that a plugin wrote as a C++ exception and the core throws as another.
  try {
    Tensor wide = ones({2});
    const Tensor* bad[] = {&p, &wide};
    run_step(Registry::get().at("optim.sgd_step"), bad, {&lr, 1}, 1);
    std::printf("a wrong shape was not noticed\n");
    ++wrong;
  } catch (const Error&) {
  }
  if (wrong == 0) std::printf("all as expected\n");
  return wrong;
} catch (const std::exception& e) {
  std::printf("%s\n", e.what());
  return 1;
}
