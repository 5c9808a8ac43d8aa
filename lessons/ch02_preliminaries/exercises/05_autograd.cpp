// # Solutions to 2.5: automatic differentiation

#include <cmath>
#include <cstdio>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.5 Automatic differentiation: solutions");

  // ## 1. Twice
  // Both are errors here: a graph that was walked is closed. PyTorch notices only when
  // something that was kept is missing; a sum keeps nothing, so there the second walk
  // works.

  int refused = 0;
  for (int with_exp : {0, 1}) {
    Tensor x = ones({3}).requires_grad_();          // (3)
    Tensor y = with_exp ? x.exp().sum() : x.sum();  // ()
    y.backward();
    try {
      y.backward();
    } catch (const Error&) {
      ++refused;
    }
  }
  lesson.expect("second walks refused", refused, near(2, 0));

  // ## 2. A vector in the loop
  // The loop stops by the norm of the whole vector, but each element is still multiplied by
  // the same constant k (or 100k): f(a) = k*a, the Jacobian is k times the identity, and
  // backward(ones) gives k for each element: f(a)/a, element by element.

  Tensor a = tensor({-0.5, 0.25, 3.0}).requires_grad_();  // (3)
  Tensor b = a * 2;                                       // (3)
  while (b.norm().item() < 1000) b = b * 2;
  Tensor c = b.sum().item() > 0 ? b : 100 * b;  // (3)
  c.backward(ones_like(c));
  lesson.expect("the gradient is f(a)/a", a.grad().allclose((c / a).detach()));

  // ## 3. The slope of the sine
  Tensor x = linspace(-5, 5, 201, f64).requires_grad_();  // (201)
  Tensor y = sin(x);                                      // (201)
  y.sum().backward();
  lesson.show(plot(x.detach(), {y.detach(), x.grad()},
                   {.xlabel = "x", .legend = {"sin x", "its slope"}}),
              "sine");
  double miss = (x.grad() - cos(x.detach())).abs().max().item();
  lesson.expect("distance from the cosine", miss, at_most(1e-12));

  // ## 4. A hook
  // Once, with the sum of the three terms: it waits until the gradient is complete.

  int calls = 0;
  Tensor leaf = ones({1}).requires_grad_();  // (1)
  leaf.register_hook([&](const Tensor& g) {
    std::printf("the gradient is %g\n", g.item());
    ++calls;
    return Tensor();
  });
  (leaf * leaf + leaf).backward();
  lesson.expect("calls of the hook", calls, near(1, 0));
  lesson.expect("the complete gradient", leaf.grad().item(), near(3, 0));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}
