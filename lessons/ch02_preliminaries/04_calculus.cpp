// # 2.4 Calculus
//
// To make a model better we turn one of its knobs a little and see whether its mistakes
// grow or shrink. How much they change for each bit of turning is a *slope*, and a network
// has a million knobs. How are slopes found, one at a time and all at once, and how do we
// know that a slope we were told is right?
//
// You know: tensors (2.1), matrix products and norms (2.3).    New here: derivatives as
// limits, differences that measure them, partial derivatives, gradients, the chain rule.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "handgrad.hpp"
using namespace hg;

// Functions of one number are plain C++ here, in double: we measure small differences.
using Curve = std::function<double(double)>;

double f(double x) { return 3 * x * x - 4 * x; }

int main(int argc, char** argv) try {
  Lesson lesson(argc, argv, "2.4 Calculus");

  // ## The derivative is a limit
  // Go from x a small step h to the right. f changes by f(x + h) - f(x), and divided by h
  // that is the change for each unit of x. The *derivative* f'(x) is the number that this
  // quotient approaches when h becomes smaller and smaller:
  //
  //     f'(x) = lim_{h -> 0} (f(x + h) - f(x)) / h
  //
  // Our f(x) = 3x^2 - 4x has f'(x) = 6x - 4, by the rules below. At x = 1 that is 2. The
  // quotient gets there:

  double limit = 0;
  for (double h = 0.1; h > 5e-6; h *= 0.1) {
    limit = (f(1 + h) - f(1)) / h;
    std::printf("h = %.5f   slope %.5f\n", h, limit);
  }
  //> h = 0.10000   slope 2.30000
  //> h = 0.01000   slope 2.03000
  //> h = 0.00100   slope 2.00300
  //> h = 0.00010   slope 2.00030
  //> h = 0.00001   slope 2.00003

  // Multiply out f(1 + h) - f(1) and you find 2h + 3h^2, so the quotient is 2 + 3h exactly:
  // the table shows the 3h disappear. Written out with *differentials*, df = f'(x) dx: for
  // a small step dx, the change of f is about f'(x) times as large.
  //
  // The straight line through the point (1, f(1)) with slope 2 is the *tangent*. Close to
  // the point it can't be told from the curve. Learning by small steps means: trust the
  // tangent, but not far.

  const Tensor x = linspace(0, 3, 31, f64);  // (31)
  lesson.show(plot(x, {3 * x * x - 4 * x, 2 * x - 3},
                   {.xlabel = "x", .legend = {"f(x)", "tangent at x = 1"}}),
              "tangent");

  // ## Measuring a slope well
  // With a step to each side, the largest part of the error cancels. Taylor's formula says
  // why:
  //
  //     f(x + h) = f(x) + h f'(x) + (h^2/2) f''(x) + (h^3/6) f'''(x) + ...
  //     f(x - h) = f(x) - h f'(x) + (h^2/2) f''(x) - (h^3/6) f'''(x) + ...
  //
  //     (f(x + h) - f(x)) / h            = f'(x) + (h/2) f''(x) + ...
  //     (f(x + h) - f(x - h)) / (2 h)    = f'(x) + (h^2/6) f'''(x) + ...
  //
  // The *central difference* is wrong by h^2 only, the forward one by h. But h must not be
  // too small either: f(x + h) and f(x - h) then agree in nearly all of their 16 digits,
  // and what is left after subtracting them are the last, rounded ones. We measure the
  // slope of the sine at x = 1, where we know it, cos(1).

  const auto forward = [](const Curve& g, double at, double h) {
    return (g(at + h) - g(at)) / h;
  };
  const auto central = [](const Curve& g, double at, double h) {
    return (g(at + h) - g(at - h)) / (2 * h);
  };
  const Curve sine = [](double at) { return std::sin(at); };
  std::vector<double> steps, forward_error, central_error;
  for (int digits = 1; digits <= 12; ++digits) {
    const double h = std::pow(10, -digits);
    steps.push_back(h);
    forward_error.push_back(std::abs(forward(sine, 1, h) - std::cos(1)));
    central_error.push_back(std::abs(central(sine, 1, h) - std::cos(1)));
  }
  for (const size_t i : {0, 1, 2, 4, 9}) {
    std::printf("h = %.0e   error: forward %.1e   central %.1e\n", steps[i],
                forward_error[i], central_error[i]);
  }
  //> h = 1e-01   error: forward 4.3e-02   central 9.0e-04
  //> h = 1e-02   error: forward 4.2e-03   central 9.0e-06
  //> h = 1e-03   error: forward 4.2e-04   central 9.0e-08
  //~ h = 1e-05   error: forward 4.2e-06   central 1.1e-11
  //~ h = 1e-10   error: forward 5.8e-08   central 5.8e-08
  lesson.show(plot(steps, {forward_error, central_error},
                   {.xlabel = "h",
                    .ylabel = "error",
                    .legend = {"forward", "central"},
                    .xscale = "log",
                    .yscale = "log",
                    .fmts = {"o-", "ms--"}}),
              "step_size");

  // Read the picture from right to left. The errors fall with h, and twice as steeply for
  // the central difference, until rounding takes over and they rise again. A good step is
  // near the cube root of the rounding error: 1e-5 in f64, with ten digits right. In f32
  // the same reasoning leaves four, so slopes are measured in f64.
  //
  // ## Rules
  // Nobody takes limits twice. A few rules, each proved once from the limit, give the
  // derivative of whatever is built of parts that are known:
  //
  //     (c g)' = c g'          (g + k)' = g' + k'          (x^n)' = n x^(n-1)
  //     (g k)' = g' k + g k'   (g / k)' = (g' k - g k') / k^2
  //     exp' = exp    log'(x) = 1/x    sin' = cos    cos' = -sin
  //
  // The last rule is the most important one. When y depends on u and u on x, the slopes
  // multiply: if u changes twice as fast as x, and y three times as fast as u, then y
  // changes six times as fast as x. This *chain rule* is all of backpropagation.
  //
  //     y = g(u), u = k(x):       dy/dx = dy/du * du/dx

  struct Rule {
    const char* name;
    Curve curve, slope;
  };
  const Rule rules[] = {
      {"x^3 + 5 log x", [](double t) { return t * t * t + 5 * std::log(t); },
       [](double t) { return 3 * t * t + 5 / t; }},
      {"x^2 exp x", [](double t) { return t * t * std::exp(t); },
       [](double t) { return 2 * t * std::exp(t) + t * t * std::exp(t); }},
      {"sin x / x", [](double t) { return std::sin(t) / t; },
       [](double t) { return (std::cos(t) * t - std::sin(t)) / (t * t); }},
      {"sin(x^2)", [](double t) { return std::sin(t * t); },
       [](double t) { return std::cos(t * t) * 2 * t; }},
      {"exp(-cos(3x))", [](double t) { return std::exp(-std::cos(3 * t)); },
       [](double t) { return std::exp(-std::cos(3 * t)) * std::sin(3 * t) * 3; }},
  };
  double rule_error = 0;
  for (const auto& [name, curve, slope] : rules) {
    const double by_rule = slope(1.3), measured = central(curve, 1.3, 1e-5);
    std::printf("%-14s at 1.3: by rule %9.5f, measured %9.5f\n", name, by_rule, measured);
    rule_error = std::max(rule_error, std::abs(by_rule - measured));
  }
  //> x^3 + 5 log x  at 1.3: by rule   8.91615, measured   8.91615
  //> x^2 exp x      at 1.3: by rule  15.74128, measured  15.74128
  //> sin x / x      at 1.3: by rule  -0.36438, measured  -0.36438
  //> sin(x^2)       at 1.3: by rule  -0.30920, measured  -0.30920
  //> exp(-cos(3x))  at 1.3: by rule  -4.26413, measured  -4.26413

  // ## Several knobs: partial derivatives
  // A cone with radius r and height h (both in cm) has the volume V = pi r^2 h / 3 (cm^3).
  // Hold h fast and vary r alone: that slope is the *partial derivative* dV/dr. To find it,
  // treat h as a constant. For each cm of radius the volume grows by so many cm^3:
  //
  //     dV/dr = 2 pi r h / 3        dV/dh = pi r^2 / 3
  //
  // All partial derivatives together, in the order of the inputs, are the *gradient*.

  const double pi = std::numbers::pi;
  const auto volume = [&](const Tensor& cone) {  // (2) cm -> () cm^3
    return pi / 3 * cone[0].square() * cone[1];
  };
  const Tensor cone = tensor({2., 6.}, f64);                              // (2) r and h, cm
  const Tensor gradient = tensor({2 * pi * 2 * 6 / 3, pi * 4 / 3}, f64);  // (2) cm^2

  // To measure it, move each input a little up and down while the others stay. We write
  // this for later, too: x and y may have any shape, and the result has a row for each
  // element of x and a column for each element of y.

  using Map = std::function<Tensor(const Tensor&)>;
  const auto slopes = [](const Map& y, const Tensor& at) {
    const double h = 1e-5;
    std::vector<Tensor> rows;
    for (int64_t i = 0; i < at.numel(); ++i) {
      Tensor up = at.clone(), down = at.clone();  // of x's shape
      up.flatten()[i] += h;                       // a view: it moves `up` itself
      down.flatten()[i] -= h;
      rows.push_back((y(up) - y(down)).flatten() / (2 * h));  // (M)
    }
    return stack(rows);  // (N,M): element i,j is dy[j]/dx[i]
  };
  const Tensor measured = slopes(volume, cone).flatten();  // (2)
  std::printf("dV/dr %.4f, measured %.4f;  dV/dh %.4f, measured %.4f\n", gradient[0].item(),
              measured[0].item(), gradient[1].item(), measured[1].item());
  //> dV/dr 25.1327, measured 25.1327;  dV/dh 4.1888, measured 4.1888

  // The gradient points where the function grows fastest. Walk from (r, h) in each of 360
  // directions: the climb is steepest along the gradient, as steep as the gradient is long,
  // and nothing changes at right angles to it. Against it, the function falls fastest, and
  // that is the way a network is trained.

  double steepest = -1, steepest_angle = 0;
  for (int degrees = 0; degrees < 360; ++degrees) {
    const double angle = degrees * pi / 180;
    const Tensor way = tensor({std::cos(angle), std::sin(angle)}, f64);  // (2) of length 1
    const double climb =
        (volume(cone + 1e-5 * way) - volume(cone - 1e-5 * way)).item() / 2e-5;
    if (climb > steepest) steepest = climb, steepest_angle = degrees;
  }
  const double gradient_angle =
      std::atan2(gradient[1].item(), gradient[0].item()) * 180 / pi;
  std::printf("steepest: %.0f degrees, slope %.3f;  gradient: %.1f degrees, length %.3f\n",
              steepest_angle, steepest, gradient_angle, norm(gradient).item());
  //> steepest: 9 degrees, slope 25.479;  gradient: 9.5 degrees, length 25.479

  // ## Slopes of matrix products
  // When x has N elements and y has M, there are N times M slopes. Two habits exist for
  // laying them out. The *numerator layout*, also called the Jacobian, gives y the rows:
  // its element j,i is dy[j]/dx[i]. The *denominator layout* gives x the rows: its element
  // i,j is dy[j]/dx[i]. They are each other's transpose, and much confusion about
  // gradients comes from mixing them. We use the denominator layout, because then a
  // gradient has the shape of the x it belongs to. In index form, where no layout can
  // mislead:
  //
  //     (A x)[j] = sum_i A[j,i]*x[i]              d(A x)[j]/dx[i] = A[j,i]       A^T
  //     (x^T A)[j] = sum_i x[i]*A[i,j]            d(x^T A)[j]/dx[i] = A[i,j]     A
  //
  // x enters the form x^T A x twice, so two sums remain, one for each place:
  //
  //     x^T A x = sum_ij x[i]*A[i,j]*x[j]
  //     d/dx[k] = sum_j A[k,j]*x[j] + sum_i x[i]*A[i,k]              (A + A^T) x
  //
  // With A = I that is |x|^2 = sum_i x[i]^2, whose gradient is 2x, and likewise element by
  // element for a matrix: d|X|_F^2 = 2X. We measure all five. Besides, we ask the tape of
  // the library, which knows the rules and is the subject of the next lesson: `gradcheck`
  // compares its gradients with differences like ours, for a random mixture of the outputs.

  const Tensor A = randn({3, 4}, f64);
  const Tensor Q = randn({4, 4}, f64);  // square, as the form needs it, not symmetric
  const Tensor v3 = randn({3}, f64), v4 = randn({4}, f64), X = randn({3, 4}, f64);
  struct Identity {
    const char *y, *slope;
    Map map;
    Tensor at, formula;  // in denominator layout
  };
  const Identity identities[] = {
      {"d(A x)", "A^T", [&](const Tensor& t) { return matmul(A, t); }, v4, A.T()},
      {"d(x^T A)", "A", [&](const Tensor& t) { return matmul(t, A); }, v3, A},
      {"d(x^T Q x)", "(Q + Q^T) x", [&](const Tensor& t) { return dot(t, mv(Q, t)); }, v4,
       mv(Q + Q.T(), v4)},
      {"d(|x|^2)", "2 x", [](const Tensor& t) { return norm(t).square(); }, v4, 2 * v4},
      {"d(|X|_F^2)", "2 X", [](const Tensor& t) { return norm(t).square(); }, X, 2 * X},
  };
  double worst_slope = 0;
  int64_t tape_agrees = 0;
  for (const auto& [y, slope, map, at, formula] : identities) {
    const Tensor by_steps = slopes(map, at);  // (N,M)
    const double error = (by_steps - formula.reshape(by_steps.shape())).abs().max().item();
    worst_slope = std::max(worst_slope, error);
    const Tensor leaf = at.clone().requires_grad_();
    const GradCheck tape = gradcheck(
        [&map = map](const std::vector<Tensor>& in) { return map(in[0]); }, {leaf});
    tape_agrees += tape.ok;
    std::printf("%-11s = %-11s %-7s error below 1e-8: %s   tape: %s\n", y, slope,
                by_steps.shape().to_string().c_str(), error < 1e-8 ? "yes" : "no",
                tape.ok ? "agrees" : tape.report.c_str());
  }
  //> d(A x)      = A^T         (4,3)   error below 1e-8: yes   tape: agrees
  //> d(x^T A)    = A           (3,4)   error below 1e-8: yes   tape: agrees
  //> d(x^T Q x)  = (Q + Q^T) x (4,1)   error below 1e-8: yes   tape: agrees
  //> d(|x|^2)    = 2 x         (4,1)   error below 1e-8: yes   tape: agrees
  //> d(|X|_F^2)  = 2 X         (12,1)  error below 1e-8: yes   tape: agrees

  // ## The chain rule for vectors
  // Let u = g(x) have M elements, and let y = f(u) be one number. x[i] reaches y on M
  // paths, one through each u[j]. Multiply along each path and add up the paths:
  //
  //     dy/dx[i] = sum_j dy/du[j] * du[j]/dx[i]
  //
  // In denominator layout that is a matrix product, (N,M) with (M). For u = A x - b and
  // y = |u|^2, the squared error of every linear model, it gives A^T 2u, with no limit
  // taken and nothing measured.

  const Tensor b = randn({3}, f64);
  const auto squared_error = [&](const Tensor& t) { return (mv(A, t) - b).square().sum(); };
  const Tensor u = mv(A, v4) - b;            // (3)
  const Tensor by_chain = mv(A.T(), 2 * u);  // (4,3) (3) -> (4)
  const double chain_error =
      (slopes(squared_error, v4).flatten() - by_chain).abs().max().item();
  std::printf("chain rule and measurement agree to 1e-8: %s\n",
              chain_error < 1e-8 ? "yes" : "no");
  //> chain rule and measurement agree to 1e-8: yes

  // ## The bar

  lesson.expect("limit at h = 0.1", (f(1.1) - f(1)) / 0.1, near(2.3, 5e-6));
  lesson.expect("limit at h = 0.00001", limit, near(2.00003, 5e-6));
  lesson.expect("central difference at 1e-5: error", central_error[4], at_most(1e-9));
  lesson.expect("rules against measurements: error", rule_error, at_most(1e-8));
  lesson.expect("steepest direction, degrees off",
                std::abs(steepest_angle - gradient_angle), at_most(0.5));
  lesson.expect("five identities, measured: error", worst_slope, at_most(1e-8));
  lesson.expect("five identities, on the tape", tape_agrees, at_least(5));
  lesson.expect("chain rule for vectors: error", chain_error, at_most(1e-8));
  return lesson.finish();
} catch (...) {
  return lesson_stopped();
}

// ## Summary
//
// - A derivative is the limit of change over step, and the slope of the tangent.
// - A central difference measures it, with an error of order h^2; neither the largest nor
//   the smallest h is best.
// - The gradient collects the partial derivatives. It points uphill, and its length is the
//   slope there.
// - Slopes multiply along a path and add up over paths. In denominator layout,
//   d(A x) = A^T, d(x^T A) = A, d(x^T A x) = (A + A^T) x, d|x|^2 = 2x, d|X|_F^2 = 2X.
//
// ## Exercises
//
// 1. *Predict.* For x^3 at x = 2 and h = 0.1: what do the forward and the central
//    difference give? Which digits are wrong?
// 2. *Derive.* The central difference of every parabola is exact for every h. Why is our
//    own f therefore no good for comparing step sizes?
// 3. *Derive* the gradient of the length itself, |x| = sqrt(sum_i x[i]^2), and check it.
//    What goes wrong at x = 0?
// 4. *Derive* d(x^T A y)/dA for fixed x (N) and y (M). Which shape must it have? Check it.
// 5. *Code.* Roll downhill on f: start at x = 2 and take 40 steps x := x - 0.1 * slope, the
//    slope measured. Where do you end, and what is the slope there?
