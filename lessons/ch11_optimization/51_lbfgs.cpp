// # 11.51 L-BFGS: curvature from memory
//
// Newton's method divides by the curvature and is there in a few steps; but a network's
// Hessian fits into no memory (11.3). What can be learned about the curvature from the
// gradients that one has seen anyway?
//
// You know: Newton's method (11.3), the race track (11.5).
// New here: quasi-Newton methods, the two loops of L-BFGS, line search, closures.

#include <algorithm>
#include <cstdio>
#include <deque>
#include <vector>

#include "race.hpp"
using namespace hg;

// ## Two gradients show a curvature
// From one point to the next x moves by s and the gradient changes by y. If the Hessian H
// were constant, y = H s, or s = H^-1 y. Each step yields one such pair. BFGS keeps an
// estimate B of H^-1 that agrees with the newest pair, B y = s, is symmetric, and changes
// as little as it can; with rho = 1/(y.s)
//
//     B <- (I - rho s y^T) B (I - rho y s^T) + rho s s^T
//
// *L-BFGS* never writes B down. It keeps the last m pairs, and works out B g by going
// through them, backward and forward. That takes 4 m n multiplications and the memory of 2
// m vectors.

struct Pair {
  Tensor s, y;  // (n) the step, and the gradient's change
};

Tensor direction(const std::deque<Pair>& pairs, const Tensor& g) {  // (n) -> B g, (n)
  Tensor q = g.clone();                                             // (n)
  std::vector<double> a(pairs.size());
  for (size_t i = pairs.size(); i-- > 0;) {
    const auto& [s, y] = pairs[i];
    a[i] = s.dot(q).item() / y.dot(s).item();
    q -= a[i] * y;
  }
  if (!pairs.empty()) {  // B starts as a multiple of I, of the newest pair's size
    const auto& [s, y] = pairs.back();
    q *= s.dot(y).item() / y.dot(y).item();
  }
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto& [s, y] = pairs[i];
    const double b = y.dot(q).item() / y.dot(s).item();
    q += (a[i] - b) * s;
  }
  return q;
}

// Rosenbrock's banana: a curved valley with a flat floor, and its lowest point at (1,1).
Tensor banana(const Tensor& x) {  // (2) -> ()
  return 100 * (x[1] - x[0].square()).square() + (1 - x[0]).square();
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.51 L-BFGS: curvature from memory");

  // ## By hand
  // The direction is Newton-like, the length is searched: start with 1, halve until the
  // loss falls by a fair share of what the slope promised (Armijo's rule).

  Tensor x = tensor({-1.2, 1.0}, f64);  // (2)
  std::deque<Pair> pairs;
  std::vector<double> x1{-1.2}, x2{1.0};
  const auto slope = [](const Tensor& at) {
    Tensor leaf = at.clone().requires_grad_();  // (2)
    banana(leaf).backward();
    return leaf.grad();
  };
  Tensor g = slope(x);  // (2)
  int steps = 0;
  for (; steps < 100 && g.abs().max().item() > 1e-8; ++steps) {
    const Tensor d = -direction(pairs, g);  // (2)
    const double promised = g.dot(d).item(), here = banana(x).item();
    double t = pairs.empty() ? std::min(1.0, 1 / g.norm().item()) : 1.0;
    while (banana(x + t * d).item() > here + 1e-4 * t * promised) t /= 2;
    const Tensor next = x + t * d, next_g = slope(next);  // (2) each
    if ((next_g - g).dot(next - x).item() > 1e-12) pairs.push_back({next - x, next_g - g});
    if (pairs.size() > 10) pairs.pop_front();
    x = next;
    g = next_g;
    x1.push_back(x[0].item());
    x2.push_back(x[1].item());
  }
  std::printf("by hand: (%.6f, %.6f) after %d steps\n", x[0].item(), x[1].item(), steps);
  //>[20%] by hand: (1.000000, 1.000000) after 46 steps

  const Tensor a = arange(-1.6, 1.6, 0.02, f64);                             // (160) across
  const Tensor b = arange(-0.6, 1.8, 0.02, f64).unsqueeze(1);                // (120,1) up
  const Tensor height = 100 * (b - a.square()).square() + (1 - a).square();  // (120,160)
  Figure map;
  map.axes()
      .contour(a, b.squeeze(), log(height + 1))
      .line(x1, x2, "r-o")
      .xlabel("x1")
      .ylabel("x2");
  lesson.show(map, "banana");

  // Plain descent takes thousands of steps through this valley, as exercise 1 shows.
  //
  // ## From the library
  // An optimizer that searches along a line must evaluate the loss several times a step.
  // So it takes a *closure*: a function that clears the gradients, computes the loss,
  // calls backward, and returns the loss. "strong_wolfe" is a search that also asks the
  // slope to have become flatter, which keeps y.s positive.

  Tensor z = tensor({-1.2, 1.0}, f64).requires_grad_();  // (2)
  auto lbfgs = optim::make("lbfgs", {z},
                           {{"lr", 1.0},
                            {"max_iter", 20},
                            {"tolerance_change", 1e-16},
                            {"line_search_fn", "strong_wolfe"}});
  int calls = 0;
  const auto closure = [&] {
    ++calls;
    lbfgs.zero_grad();
    const Tensor loss = banana(z);  // ()
    loss.backward();
    return loss;
  };
  for (int round = 0; round < 3; ++round) lbfgs.step(closure);
  const double distance = (z.detach() - 1).norm().item();
  std::printf("lbfgs: within 1e-6 of (1,1): %s, %d evaluations\n",
              distance < 1e-6 ? "yes" : "no", calls);
  //>[20%] lbfgs: within 1e-6 of (1,1): yes, 48 evaluations

  // ## On the race track
  // L-BFGS wants exact gradients: differences of noisy ones say nothing about curvature.
  // So it gets all 1500 rows at once. The loss is a parabola in six unknowns, and it is at
  // the floor after a handful of iterations.

  const race::Track track = race::load(lesson);
  Tensor w = zeros({5, 1}).requires_grad_();  // (5,1)
  Tensor bias = zeros({1}).requires_grad_();  // (1)
  auto whole = optim::make("lbfgs", {w, bias},
                           {{"max_iter", 1}, {"line_search_fn", "strong_wolfe"}});
  std::vector<double> losses;
  int iterations = 0;
  for (; iterations < 20; ++iterations) {
    losses.push_back(track.loss(w, bias));
    if (losses.back() - track.floor < 1e-5) break;
    whole.step([&] {
      whole.zero_grad();
      const Tensor loss = (track.X.mm(w) + bias - track.y).square().mean() / 2;  // ()
      loss.backward();
      return loss;
    });
  }
  const double end = track.loss(w, bias);
  std::printf("track: loss %.4f after %d iterations (floor %.4f)\n", end, iterations,
              track.floor);
  //>[30%] track: loss 0.2809 after 6 iterations (floor 0.2809)
  lesson.show(plot(losses, {.xlabel = "iteration", .ylabel = "loss"}), "track");

  // ## Bars
  lesson.expect("by hand: distance from (1,1)", (x - 1).norm().item(), at_most(1e-6));
  lesson.expect("by hand: steps", steps, at_most(60));
  lesson.expect("lbfgs: distance from (1,1)", distance, at_most(1e-6));
  lesson.expect("track: loss above the floor", end - track.floor, at_most(1e-4));
  lesson.expect("track: iterations", iterations, at_most(20));
  if (track.real) lesson.expect("track: loss", end, near(0.2417, 1e-4));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - Pairs of steps and changes of gradient carry the curvature; two loops over the last m
//   of them give a Newton-like direction.
// - A line search chooses the length; for that the optimizer calls a closure.
// - For smooth losses with exact gradients nothing here is faster; with batches it has no
//   footing.
//
// ## Exercises
// 1. (Predict, then run.) How many steps does plain descent take on the banana, with the
//    largest rate that does not explode, to come within 0.01 of (1,1)?
// 2. (Derive.) Show that the update of B satisfies B y = s, and that B stays positive
//    definite if y.s > 0.
// 3. (Code.) Give L-BFGS batches of 10 on the track. What happens?
