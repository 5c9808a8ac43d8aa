// # 11.3 Gradient descent
//
// Every network so far was trained by going downhill. How far does that carry? Where does
// it end up, how large may a step be, and would knowing the curvature help?
//
// You know: gradients (2.4), the tape (2.5), the training loop (3.2).
// New here: rates that are too large; local minima and saddle points; convexity; Newton's
// method.

#include <cmath>
#include <cstdio>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// ## The tool
// A function of a tensor, its slope by the tape, and the rule of 3.2: a step against the
// slope, `eta` times as long as the slope is steep. The trace keeps every point visited.

using Function = std::function<Tensor(const Tensor&)>;

Tensor slope(const Function& f, const Tensor& at) {
  Tensor x = at.clone().requires_grad_();  // a leaf of its own, of at's shape
  f(x).sum().backward();
  return x.grad();  // of x's shape
}

std::vector<Tensor> descend(const Function& f, const Tensor& start, double eta, int steps) {
  std::vector<Tensor> trace{start};
  for (int t = 0; t < steps; ++t) {
    trace.push_back(trace.back() - eta * slope(f, trace.back()));
  }
  return trace;
}

// A curve, and on it the places that a trace has visited.
void draw(Lesson& lesson, const Function& f, const std::vector<Tensor>& trace, double reach,
          const std::string& name) {
  const Tensor x = arange(-reach, reach + 0.01, 0.01, f64);  // (n)
  const Tensor visited = stack(trace);                       // (steps+1)
  Figure figure;
  figure.axes().line(x, f(x)).line(visited, f(visited), "m-o");
  figure.axes().xlabel("x").ylabel("f(x)");
  lesson.show(figure, name);
}

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "11.3 Gradient descent");

  // ## Downhill in one dimension
  // Why does a step against the slope go down at all? By Taylor's formula,
  //
  //     f(x - eta f'(x)) = f(x) - eta f'(x)^2 + (terms with eta^2)
  //
  // and the first change is never positive. For a small eta it wins. Take f(x) = x^2, with
  // the slope 2x, from x = 10. Each step multiplies x by the same factor, 1 - 2 eta:
  //
  //     x <- x - eta * 2x = (1 - 2 eta) x

  const Function parabola = [](const Tensor& x) { return x.square(); };
  const Tensor ten = tensor(10.0, f64);  // ()
  struct Run {
    double eta, book;
  };
  double worst = 0;
  for (auto [eta, book] : {Run{0.2, 0.060466}, Run{0.05, 3.486784}, Run{1.1, 61.917364}}) {
    const double x = descend(parabola, ten, eta, 10).back().item();
    const double predicted = 10 * std::pow(1 - 2 * eta, 10);
    std::printf("eta %.2f: after 10 steps x = %9.6f, and 10 (1 - 2 eta)^10 = %9.6f\n", eta,
                x, predicted);
    worst = std::max(worst, std::abs(x - book));
  }
  //> eta 0.20: after 10 steps x =  0.060466, and 10 (1 - 2 eta)^10 =  0.060466
  //> eta 0.05: after 10 steps x =  3.486784, and 10 (1 - 2 eta)^10 =  3.486784
  //> eta 1.10: after 10 steps x = 61.917364, and 10 (1 - 2 eta)^10 = 61.917364

  // Too small a rate crawls. Too large a one jumps over the valley and lands higher on the
  // other side, each time: beyond eta = 1 the factor 1 - 2 eta is below -1. So there is a
  // largest rate, and the *curvature* sets it: for f'' = c everywhere, eta must stay below
  // 2/c. Here c = 2.

  draw(lesson, parabola, descend(parabola, ten, 0.2, 10), 11, "parabola");
  draw(lesson, parabola, descend(parabola, ten, 1.1, 10), 62, "parabola_too_fast");

  // ## Valleys that are not the deepest
  // x cos(0.15 pi x) has many valleys. Where the walk ends depends on where it starts and
  // on its first long steps. It does not know of the others: a *local minimum* has no slope
  // that would lead out.

  const double c = 0.15 * std::numbers::pi;
  const Function wavy = [c](const Tensor& x) { return x * cos(c * x); };
  const auto wavy_trace = descend(wavy, ten, 2, 10);
  const double local = wavy_trace.back().item();
  std::printf("eta 2: x = %.6f, f = %.4f\n", local, wavy(wavy_trace.back()).item());
  //> eta 2: x = -1.528166, f = -1.1488
  draw(lesson, wavy, wavy_trace, 11, "local_minimum");

  // It is the shallow valley beside the origin. At x = 7.27 there is one six times as deep.
  //
  // ## Many dimensions
  // With many inputs the slope is the gradient, and the same line of code descends. The
  // bowl f = x1^2 + 2 x2^2 is twice as curved along x2 as along x1:

  const Function bowl = [](const Tensor& x) {  // (2) -> ()
    return x[0].square() + 2 * x[1].square();
  };
  const auto bowl_trace = descend(bowl, tensor({-5.0, -2.0}, f64), 0.1, 20);
  const Tensor end = bowl_trace.back();  // (2)
  std::printf("after 20 steps: (%.6f, %.6f)\n", end[0].item(), end[1].item());
  //> after 20 steps: (-0.057646, -0.000073)

  const Tensor gx = arange(-5.5, 1.0, 0.1, f64), gy = arange(-3.0, 1.0, 0.1, f64);
  const Tensor height = gx.square() + 2 * gy.square().unsqueeze(1);  // (40,65) up, across
  const Tensor way = stack(bowl_trace);                              // (21,2)
  Figure map;
  map.axes().contour(gx, gy, height).line(way[{all, 0}], way[{all, 1}], "r-o");
  map.axes().xlabel("x1").ylabel("x2");
  lesson.show(map, "bowl");

  // The steep direction is done long before the flat one: each step multiplies x2 by 0.6
  // and x1 by 0.8. One rate must serve both, and the steep one sets its limit, here 2/4.
  // When one direction is a thousand times as curved as another, the flat one shrinks by
  // less than 4 permille a step; lessons 11.6 to 11.10 are about that.
  //
  // ## Where the slope is zero
  // The gradient vanishes in valleys, on tops, and at *saddle points*: down along one axis,
  // up along another. For a minimum, the curvature must be positive in every direction; the
  // more directions there are, the rarer that is among the flat points. Does descent get
  // stuck at saddles?

  const Function saddle = [](const Tensor& x) { return x[0].square() - x[1].square(); };
  for (double aside : {0.0, 1e-6}) {
    const Tensor x = descend(saddle, tensor({1.0, aside}, f64), 0.1, 80).back();  // (2)
    std::printf("start (1, %g): after 80 steps (%.6f, %.4f)\n", aside, x[0].item(),
                x[1].item());
  }
  //> start (1, 0): after 80 steps (0.000000, 0.0000)
  //> start (1, 1e-06): after 80 steps (0.000000, 2.1602)

  // Exactly on the ridge, yes, for ever. A millionth beside it, the distance grows by 1.2
  // with each step, and the walk leaves. Random batches and random starts are never exactly
  // on the ridge, but they lose time there. So they do wherever a slope is close to nothing
  // far from any valley: at x = 4 the tanh rises by 0.0013 for each unit of x.

  const Function squash = [](const Tensor& x) { return tanh(x); };
  const double faint = slope(squash, tensor(4.0, f64)).item();
  std::printf("slope of tanh at 4: %.5f\n", faint);
  //> slope of tanh at 4: 0.00134

  // ## Convex: one valley only
  // A function is *convex* when the chord between any two of its points lies nowhere below
  // it. Then every local minimum is the lowest point of all: from any higher place the
  // chord to the lowest point leads down at once. The squared loss of a linear model is
  // convex, and so is softmax regression's loss; with a hidden layer that is over.
  //
  // We look for chords that dip below, at 10,000 random pairs of points:

  manual_seed(lesson.seed() + 1);
  const auto dips = [](const Function& f) {
    const Tensor a = 20 * rand({10000}, f64) - 10;         // (10000) in [-10,10)
    const Tensor b = 20 * rand({10000}, f64) - 10;         // (10000)
    const Tensor part = rand({10000}, f64);                // (10000) in [0,1)
    const Tensor chord = part * f(a) + (1 - part) * f(b);  // (10000) heights
    return (f(part * a + (1 - part) * b) > chord + 1e-9).to(f64).mean().item();
  };
  const double parabola_dips = dips(parabola), wavy_dips = dips(wavy);
  std::printf("share of chords below: x^2 %.2f, |x| %.2f, x cos(0.15 pi x) %.2f\n",
              parabola_dips, dips([](const Tensor& x) { return x.abs(); }), wavy_dips);
  //>[0.02] share of chords below: x^2 0.00, |x| 0.00, x cos(0.15 pi x) 0.51

  // ## Using the curvature
  // One term more of Taylor's formula is a parabola, and its lowest point is known:
  //
  //     f(x + d) = f(x) + f'(x) d + f''(x) d^2 / 2 + ...
  //     f'(x) + f''(x) d = 0      at      d = -f'(x) / f''(x)
  //
  // Going there is *Newton's method*: no rate to choose, and a step that fits the curve.
  // In many dimensions f'' is the matrix of all second derivatives, the *Hessian* H, and
  // d = -H^-1 g; for the bowl H = diag(2, 4), so that a single step ends at the bottom. The
  // tape gives first derivatives only, so we derive the second by hand.

  const auto newton = [](const Function& f, const Function& curvature, double eta) {
    Tensor x = tensor(10.0, f64);  // ()
    for (int t = 0; t < 10; ++t) x = x - eta * slope(f, x) / curvature(x);
    return x.item();
  };
  const Function cosh_half = [](const Tensor& x) { return (exp(x / 2) + exp(-x / 2)) / 2; };
  const double to_zero = newton(
      cosh_half, [&](const Tensor& x) { return cosh_half(x) / 4; }, 1);  // f'' = f / 4
  std::printf("cosh(x/2): after 10 Newton steps |x| < 1e-6: %s\n",
              std::abs(to_zero) < 1e-6 ? "yes" : "no");
  //> cosh(x/2): after 10 Newton steps |x| < 1e-6: yes

  // Near a valley each step squares the error, up to a factor. But Newton looks for a slope
  // of zero, not for a valley: where f'' < 0 it walks uphill, to a top.
  //
  //     f   = x cos(cx)
  //     f'  = cos(cx) - c x sin(cx)
  //     f'' = -2c sin(cx) - c^2 x cos(cx)

  const Function wavy2 = [c](const Tensor& x) {
    return -2 * c * sin(c * x) - c * c * x * cos(c * x);
  };
  const double astray = newton(wavy, wavy2, 1), damped = newton(wavy, wavy2, 0.5);
  std::printf("x cos(0.15 pi x): Newton ends at %.4f, with half steps at %.4f\n", astray,
              damped);
  //> x cos(0.15 pi x): Newton ends at 26.8341, with half steps at 7.2699

  // At 26.8 is a top. Half steps happen to stay in the deep valley. For a network with a
  // million weights the Hessian has 10^12 entries, which no one stores; but what it
  // teaches, a scale for each direction, comes back cheaply in 11.7 and 11.10, and in the
  // quasi-Newton method of 11.51.
  //
  // ## Bars
  lesson.expect("x^2: distance from the book's values", worst, at_most(1e-6));
  lesson.expect("local minimum", local, near(-1.528166, 1e-6));
  lesson.expect("bowl, x1", end[0].item(), near(-0.057646, 1e-6));
  lesson.expect("bowl, x2", end[1].item(), near(-0.000073, 1e-6));
  lesson.expect("Newton", astray, near(26.8341, 1e-4));
  lesson.expect("Newton, half steps", damped, near(7.2699, 1e-4));
  lesson.expect("chords below x^2", parabola_dips, at_most(0));
  lesson.expect("chords below x cos(0.15 pi x)", wavy_dips, at_least(0.3));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
// - A step against the gradient lowers the function if it is short enough. The largest
//   useful rate is 2 divided by the largest curvature.
// - Descent finds *a* valley. Local minima, saddle points and flat stretches stop or slow
//   it; a convex function has none but its global minimum.
// - Newton's method divides by the curvature. It is fast near a valley, dear in many
//   dimensions, and lost where the curvature is negative.
//
// ## Exercises
// 1. (Predict, then run.) x^2 from 10 with eta = 0.5, 1 and 0.999. Where is x after 10
//    steps?
// 2. (Derive.) For f = x1^2 + 2 x2^2, which eta makes the worse of both factors as small as
//    possible? How many steps does it take to come 1000 times closer?
// 3. (Code.) *Golden section*: a valley between a and b can be closed in without any slope,
//    by comparing f at two points inside. Write it, and find the deep valley of
//    x cos(0.15 pi x) to six digits.
// 4. (Code.) Divide by |f''| instead of f''. Where does Newton's method then end?
