// # 2.5 Automatic differentiation
//
// The rules of 2.4 find the slope of any formula, and on paper they find it slowly and with
// mistakes. A model is a long formula, written as a program. Can the program
// find its own slopes while it runs?
//
// You know: tensors and views (2.1), derivatives and the chain rule (2.4).
// New here: requires_grad, the recorded graph, backward, detach, no_grad.

#include <cmath>
#include <cstdio>
#include <iostream>

#include "handgrad.hpp"
using namespace hg;

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.5 Automatic differentiation");

  // ## A first slope
  // Take y = 2 x^T x, whose gradient with respect to x is 4x. We first ask for a place
  // where the gradient can be kept. Until something is computed there is nothing in it.

  Tensor x = arange(4.0);  // (4)
  std::cout << std::boolalpha << x << "\nrequires_grad: " << x.requires_grad() << "\n";
  x.requires_grad_();
  std::cout << "requires_grad: " << x.requires_grad()
            << ", grad defined: " << x.grad().defined() << "\n";
  //> tensor([0., 1., 2., 3.])
  //> requires_grad: false
  //> requires_grad: true, grad defined: false

  // Now compute. The result remembers the operation that made it: its *grad_fn*.

  Tensor y = 2 * x.dot(x);  // ()
  std::cout << y << "\n";
  //> tensor(28., grad_fn=<MulBackward>)

  // What was recorded is a graph. Its nodes are operations, and they point back at what
  // they used: 2 * (...) at the dot product, the dot product at x, twice. x was made by no
  // operation; such a tensor is a *leaf*. Nobody had to announce the graph beforehand; it
  // is *defined by running*.
  //
  // backward() walks it from the end. At each node the chain rule is applied once,
  //
  //     dL/d(input) = dL/d(output) * d(output)/d(input)
  //
  // and where a value was used several times, the terms add up. The walk visits a node
  // only after everything that used its result, so every gradient is complete when it is
  // passed on.

  lesson.graph(y, {{"x", x}});  // a picture, with --graph
  y.backward();
  std::cout << x.grad() << "\n";
  //> tensor([ 0.,  4.,  8., 12.])
  bool is_4x = x.grad().equal(4 * x);
  std::printf("it is 4x: %s\n", is_4x ? "yes" : "no");
  //> it is 4x: yes

  // ## Gradients accumulate
  // A second function of the same x adds its gradient to what is there. That is what
  // one wants when a loss comes in pieces, and a surprise when one does not: clear first.

  x.sum().backward();  // adds (1,1,1,1)
  std::cout << x.grad() << "\n";
  x.zero_grad();
  x.sum().backward();
  std::cout << x.grad() << "\n";
  //> tensor([ 1.,  5.,  9., 13.])
  //> tensor([1., 1., 1., 1.])

  // ## When the result is not one number
  // For a vector y the derivative dy/dx is a matrix, the *Jacobian* J, with J[i,j] =
  // dy[i]/dx[j]. Nobody wants all of it. What training needs is the gradient of one number
  // at the end, so backward(v) computes v^T J: the gradient of sum_i v[i]*y[i]. backward()
  // of a single number is backward(tensor(1)).
  //
  // Here is x^2 in the three forms; each gives 2x. And y = z^3 gives 3z^2.

  Tensor a = tensor({1.0, 2.0, 3.0}).requires_grad_();  // (3)
  a.square().sum().backward();
  Tensor g1 = a.grad().clone();
  a.zero_grad();
  a.square().sum().backward(tensor(1.0));
  Tensor g2 = a.grad().clone();
  a.zero_grad();
  a.square().backward(ones_like(a));  // v = (1,1,1)
  std::cout << g1 << " " << g2 << " " << a.grad() << "\n";
  //> tensor([2., 4., 6.]) tensor([2., 4., 6.]) tensor([2., 4., 6.])
  Tensor z = tensor({1.0, 2.0, 3.0}).requires_grad_();  // (3)
  z.pow(3).backward(ones_like(z));
  std::cout << z.grad() << "\n";
  //> tensor([ 3., 12., 27.])

  // Without v there would be a gradient for each of three results, and backward says so
  // rather than guess:

  try {
    z.square().backward();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }
  //> backward: a gradient can be created only for one number, and this is (3)
  //>   hint: reduce it to a scalar loss, or pass the gradient to start from

  // ## Detaching
  // Sometimes a value shall count as a constant. With y = x^2 and z = y*x, the full slope
  // of z is 3x^2. If y is *detached*, it has the same numbers and no history; then dz/dx =
  // y.

  x.zero_grad();
  Tensor square = x * x;       // (4)
  Tensor u = square.detach();  // (4), shares the memory
  (u * x).sum().backward();
  std::cout << "detached: " << x.grad() << ", equal to u: " << x.grad().equal(u) << "\n";
  x.zero_grad();
  square.sum().backward();  // the history of x^2 is intact
  std::cout << "of x^2 itself: " << x.grad() << "\n";
  //> detached: tensor([0., 1., 4., 9.]), equal to u: true
  //> of x^2 itself: tensor([0., 2., 4., 6.])

  // Inside a `no_grad` nothing is recorded at all. Updates of parameters and all
  // evaluation of a model belong there: they need no slopes, and without a graph no memory
  // is kept.

  {
    no_grad guard;
    std::cout << "recorded under no_grad: " << (x * 2).requires_grad() << "\n";
  }
  //> recorded under no_grad: false

  // ## Control flow
  // The graph is whatever ran. A loop whose length depends on the data is no obstacle:
  // here b is doubled until it is long enough, so f(a) = k*a with a k that depends on a.
  // Where it does not jump, its slope is k = f(a)/a.

  auto f = [](const Tensor& t) {
    Tensor b = t * 2;  // ()
    while (b.norm().item() < 1000) b = b * 2;
    return b.sum().item() > 0 ? b : 100 * b;
  };
  Tensor t = tensor(0.75).requires_grad_();  // ()
  Tensor d = f(t);
  d.backward();
  std::cout << "slope " << t.grad().item() << ", f(a)/a " << (d / t).item() << "\n";
  //> slope 2048, f(a)/a 2048

  // ## The graph is used up
  // To save memory, backward frees what it no longer needs as it goes. Walking the same
  // graph again needs `retain_graph`:

  Tensor w = tensor({1.0, 2.0}).requires_grad_();  // (2)
  Tensor loss = (w * w * 4.5).sum();               // ()
  loss.backward({}, true);                         // keeps the graph
  loss.backward();                                 // adds 9w once more
  std::cout << w.grad() << "\n";
  //> tensor([18., 36.])
  try {
    loss.backward();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }
  //> backward: SumBackward was already walked: what it had kept is freed
  //>   hint: give the first backward() retain_graph = true, or compute the loss again

  // ## Changing what was kept
  // A product keeps its factors: d(a*b)/da is b. If somebody changes b in place before the
  // backward pass, the slope would silently be wrong. Memory counts its changes, and the
  // walk compares:

  Tensor p = tensor({1.0, 2.0}).requires_grad_();  // (2)
  Tensor q = p * 1, r = q * q;                     // (2) each
  q += 1;
  try {
    r.sum().backward();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }
  //> backward: MulBackward needs its input 0 (2) as it was at version 0, but it was changed in place: it is at version 1
  //>   hint: replace the in-place operation by one that makes a new tensor, or clone() first

  // ## Trust, but check
  // A slope can be measured (2.4): move each input a little to both sides and look.
  // gradcheck does that for every element, in double precision, against L = sum of
  // c[i]*y[i] with random weights c.

  GradCheck result = gradcheck(
      [](const std::vector<Tensor>& v) { return sin(v[0]) * exp(v[1]) + v[0] / v[1]; },
      {rand({2, 3}, f64).requires_grad_(), (rand({3}, f64) + 1).requires_grad_()});
  std::printf("gradcheck: %s, %d elements\n", result.ok ? "agrees" : "differs",
              int(result.checked));
  //> gradcheck: agrees, 9 elements

  // ## Bars
  lesson.expect("the gradient of 2 x.x is 4x", is_4x);
  lesson.expect("slope through control flow", t.grad().item(), near(2048, 0));
  lesson.expect("two passes give 2 * 9w", w.grad().equal(tensor({18.0, 36.0})));
  lesson.expect("three forms of backward agree", g1.equal(g2) && g1.equal(a.grad()));
  lesson.expect("largest difference from measured slopes", result.worst, at_most(1e-6));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - requires_grad_ asks for gradients; operations on such a tensor are recorded as they
//   run.
// - backward applies the chain rule from the end to the leaves and adds to their grad.
// - detach and no_grad keep things out of the record; zero_grad clears what was added.
//
// ## Exercises
// 1. (Predict, then run.) Call y.backward() twice without retaining the graph, for y =
//    x.sum() and for y = x.exp().sum(). Which error do you get, and why would PyTorch's
//    differ for the first?
// 2. (Derive.) In the control-flow example let the input be a vector of 3. Is f(a)/a still
//    the gradient? Try the norm, and the last line with 100*b.
// 3. (Code.) Plot sin(x) and its slope from backward over [-5, 5], without using cos.
// 4. (Code.) Register a hook on a leaf that prints its gradient. When is it called if the
//    leaf is used three times?
