// # Solutions to 2.52: functions of your own

#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

using autograd::Context;
using Tensors = std::vector<Tensor>;

// ## 1. The sigmoid
// y = 1/(1 + e^-x), dy/dx = y (1 - y): with y saved, backward is two products; with x it
// would be another exponential.

struct Sigmoid : autograd::Function<Sigmoid> {
  static Tensor forward(Context& ctx, const Tensor& x) {
    Tensor y = 1 / (1 + exp(-x));
    ctx.save_for_backward({y});
    return y;
  }
  static Tensors backward(Context& ctx, const Tensors& dy) {
    Tensor y = ctx.saved()[0];
    return {dy[0] * y * (1 - y)};
  }
};

// ## 2. Straight through
// The check must complain: this backward is no derivative, it is a decision.

struct Step : autograd::Function<Step> {
  static Tensor forward(Context& ctx, const Tensor& x) {
    ctx.save_for_backward({x});
    return (x > 0).to(x.dtype());
  }
  static Tensors backward(Context& ctx, const Tensors& dy) {
    return {dy[0] * (abs(ctx.saved()[0]) < 1)};
  }
};

// ## 4. A product
// d(ab)/da = b and d(ab)/db = a: each needs the other, so a is saved only if b wants a
// gradient, and the other way round.

struct Product : autograd::Function<Product> {
  static Tensor forward(Context& ctx, const Tensor& a, const Tensor& b) {
    ctx.save_for_backward(
        {ctx.needs_input_grad(1) ? a : Tensor(), ctx.needs_input_grad(0) ? b : Tensor()});
    return a * b;
  }
  static Tensors backward(Context& ctx, const Tensors& dy) {
    Tensors saved = ctx.saved();
    return {saved[1].defined() ? dy[0] * saved[1] : Tensor(),
            saved[0].defined() ? dy[0] * saved[0] : Tensor()};
  }
};

struct Exp : autograd::Function<Exp> {
  static Tensor forward(Context& ctx, const Tensor& x) {
    Tensor y = x.exp();
    ctx.save_for_backward({y});
    return y;
  }
  static Tensors backward(Context& ctx, const Tensors& dy) {
    return {dy[0] * ctx.saved()[0]};
  }
};

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.52 Functions of your own: solutions");
  manual_seed(lesson.seed() + 1);
  Tensor x = randn({2, 3}, f64).requires_grad_();  // (2,3)
  Tensor w = randn({2, 3}, f64).requires_grad_();  // (2,3)

  GradCheck sigmoid = gradcheck([](const Tensors& v) { return Sigmoid::apply(v[0]); }, {x});
  lesson.expect("Sigmoid against measured slopes", sigmoid.worst, at_most(1e-6));

  GradCheck step = gradcheck([](const Tensors& v) { return Step::apply(v[0]); }, {x});
  std::printf("gradcheck of the step: %s\n", step.report.c_str());
  lesson.expect("the straight-through step is no derivative", !step.ok);

  // ## 3. A saved tensor that changed
  // The memory's counter differs from the one that was saved: backward refuses.

  Tensor y = Exp::apply(x);  // (2,3)
  y += 1;
  bool refused = false;
  try {
    y.sum().backward();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
    refused = true;
  }
  lesson.expect("a change in place is noticed", refused);

  GradCheck product = gradcheck(
      [](const Tensors& v) { return Product::apply(v[0], v[1]); }, {x, w});
  lesson.expect("Product against measured slopes", product.worst, at_most(1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
